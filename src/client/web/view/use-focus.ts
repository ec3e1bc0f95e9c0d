import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * For the field where the next thing is typed: gives it the focus when it appears, since what had it is gone. Not where
 * a keyboard on the screen would come up and hide what is there to be read.
 */
export function useFocus<T extends HTMLElement>(): RefObject<T | null> {
  const field = useRef<T>(null);
  useLayoutEffect(() => {
    if (!matchMedia('(pointer: coarse)').matches) field.current?.focus();
  }, []);
  return field;
}
