/**
 * Which lines are drawn, and that the reader stays where they are. A reader at the end sees the newest lines and follows
 * them; for anyone else a stretch of lines around what they see is drawn, which moves as they scroll, however long the
 * history is.
 */
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { Line } from '../../connection.js';
import type { Visit } from '../model/visit.js';

/** Lines that are drawn for a reader at the end, and by which the stretch moves. */
const STEP = 120;
/** Lines that are drawn for a reader elsewhere. */
const STRETCH = 3 * STEP;
/** Pixels from the end within which a reader counts as being there. */
const NEAR = 48;

export interface Window {
  readonly lines: readonly Line[];
  /** Index of the first of them in the timeline. */
  readonly start: number;
  readonly isAtEnd: boolean;
  /** There is more above, here or at the server, and more below. */
  readonly hasAbove: boolean;
  readonly hasBelow: boolean;
  /** Place of the newest line when the reader left the end. */
  readonly seen: number;
  readonly onScroll: () => void;
  /** Draws what is above, and gets it first if need be. */
  readonly up: () => Promise<void>;
  readonly down: () => void;
  readonly toEnd: () => void;
  /** Draws the lines around the place. */
  readonly around: (sequence: number) => void;
}

interface Place {
  readonly isAtEnd: boolean;
  /** Place of the first line drawn, for a reader who is not at the end. */
  readonly from: number;
  readonly seen: number;
}

const AT_END: Place = { isAtEnd: true, from: 0, seen: 0 };

export function useWindow(scroller: RefObject<HTMLDivElement | null>, visit: Visit): Window {
  const { timeline } = visit;
  const [place, setPlace] = useState(AT_END);
  const { isAtEnd } = place;
  const start = startOf(place, timeline.lines.length, (sequence) => timeline.indexOf(sequence));
  const lines = timeline.lines.slice(start, isAtEnd ? undefined : start + STRETCH);
  const hasBelow = start + lines.length < timeline.lines.length;
  useStay(scroller, isAtEnd);

  /** Draws from the line of this index on. */
  const drawFrom = (index: number): void => {
    const from = timeline.lines[Math.max(0, index)]?.sequence ?? 0;
    setPlace((now) => ({ isAtEnd: false, from, seen: now.isAtEnd ? timeline.last : now.seen }));
  };
  return {
    lines,
    start,
    isAtEnd,
    hasAbove: start > 0 || visit.hasOlder,
    hasBelow,
    seen: place.seen,
    onScroll: () => {
      const { scrollHeight, scrollTop, clientHeight } = scroller.current!;
      const isNear = scrollHeight - scrollTop - clientHeight <= NEAR && !hasBelow;
      if (isNear && !isAtEnd) setPlace(AT_END);
      else if (!isNear && isAtEnd) drawFrom(start);
    },
    up: async () => {
      const first = timeline.lines[start]?.sequence ?? 0;
      if (start === 0) await visit.older();
      if (isAtEnd) return;
      // What was got from the server stands above the first line, whose index is now another one.
      drawFrom(timeline.indexOf(first) - STEP);
    },
    down: () => hasBelow && drawFrom(start + STEP),
    toEnd: () => setPlace(AT_END),
    around: (sequence) => drawFrom(timeline.indexOf(sequence) - STRETCH / 2),
  };
}

function startOf({ isAtEnd, from }: Place, count: number, indexOf: (sequence: number) => number): number {
  return isAtEnd ? Math.max(0, count - STEP) : indexOf(from);
}

/** At the end the reader stays there; elsewhere the first row in view stays where it is, whatever is drawn above it. */
function useStay(scroller: RefObject<HTMLDivElement | null>, isAtEnd: boolean): void {
  const held = isAtEnd ? undefined : firstInView(scroller.current);
  const top = held?.getBoundingClientRect().top ?? 0;

  useLayoutEffect(() => {
    const log = scroller.current!;
    if (isAtEnd) log.scrollTop = log.scrollHeight;
    else if (held?.isConnected) log.scrollTop += held.getBoundingClientRect().top - top;
  });
  useEffect(() => {
    const log = scroller.current!;
    const observer = new ResizeObserver(() => {
      if (isAtEnd) log.scrollTop = log.scrollHeight;
    });
    observer.observe(log);
    return () => observer.disconnect();
  }, [scroller, isAtEnd]);
}

function firstInView(log: Element | null): Element | undefined {
  if (!log) return undefined;
  const edge = log.getBoundingClientRect().top;
  return [...log.querySelectorAll('article')].find((row) => row.getBoundingClientRect().bottom > edge);
}
