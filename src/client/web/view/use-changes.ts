import { useEffect, useReducer } from 'preact/hooks';
import type { Changes } from '../model/changes.js';

/** Milliseconds: a page that is not seen is drawn rarely. */
const UNSEEN = 250;

/** Draws the component again when the model has changed: once a frame at most, however much arrives. */
export function useChanges(changes: Changes): void {
  const [drawn, draw] = useReducer((_: number, version: number) => version, changes.version);
  useEffect(() => {
    let cancel: (() => void) | undefined;
    const redraw = (): void => {
      cancel = undefined;
      draw(changes.version);
    };
    const unsubscribe = changes.subscribe(() => (cancel ??= soon(redraw)));
    if (changes.version !== drawn) redraw();
    return () => {
      unsubscribe();
      cancel?.();
    };
  }, [changes]);
}

function soon(run: () => void): () => void {
  if (document.hidden) {
    const timer = setTimeout(run, UNSEEN);
    return () => clearTimeout(timer);
  }
  const frame = requestAnimationFrame(run);
  return () => cancelAnimationFrame(frame);
}
