/**
 * The stream of lines. Only its end is drawn, and more of it as the reader scrolls up; a reader at the end stays there,
 * anyone else stays where they are while new lines are counted.
 */
import type { RefObject, VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Line } from '../../connection.js';
import type { Timeline } from '../model/timeline.js';
import type { Visit } from '../model/visit.js';
import { ArrowDown } from './icons.js';
import { PendingRow, Row } from './row.js';
import type { OpenImage } from './shared-file.js';

/** Lines drawn to begin with, and more at a time. */
const STEP = 120;
/** Pixels from the end within which a reader counts as being there. */
const NEAR = 48;
/** How far above the visible part further lines are drawn already. */
const AHEAD = '800px 0px 0px 0px';

/** What others can have the stream do. */
export interface LogControl {
  toEnd(): void;
  /** Shows the line at that place. */
  seek(sequence: number): void;
}

interface LogProps {
  visit: Visit;
  control: { current: LogControl | undefined };
  onOpen: (image: OpenImage) => void;
}

export function Log({ visit, control, onOpen }: LogProps): VNode {
  const { timeline } = visit;
  const scroller = useRef<HTMLDivElement>(null);
  const place = useStay(scroller, visit);
  const [sought, setSought] = useState(0);
  const start = drawnFrom(timeline, place);
  const lines = timeline.lines.slice(start);

  useEffect(() => {
    control.current = {
      toEnd: place.toEnd,
      seek: (sequence) => {
        const first = timeline.lines[Math.max(0, timeline.indexOf(sequence) - STEP / 2)];
        place.leaveEnd(first?.sequence ?? sequence);
        setSought(sequence);
      },
    };
  });
  useLayoutEffect(() => {
    const row = sought && scroller.current?.querySelector<HTMLElement>(`[data-sequence="${sought}"]`);
    if (!row) return;
    row.scrollIntoView({ block: 'center' });
    row.focus({ preventScroll: true });
  }, [sought]);

  return (
    <div class="log-area">
      <div class="log" role="log" aria-label="Chat" tabIndex={0} ref={scroller} onScroll={place.onScroll}>
        <Top hasMore={start > 0 || visit.hasOlder} scroller={scroller} onSeen={() => place.more(start)} />
        {lines.map((line, index) => (
          <Row
            key={line.sequence}
            visit={visit}
            line={line}
            previous={lines[index - 1] ?? timeline.lines[start - 1]}
            isOwn={line.author === visit.me}
            isSought={line.sequence === sought}
            onOpen={onOpen}
          />
        ))}
        {timeline.pending.map((pending) => (
          <PendingRow key={pending.id} visit={visit} pending={pending} />
        ))}
      </div>
      {!place.isAtEnd && <ToEnd count={unread(timeline.lines, place.seen, visit.me)} onClick={place.toEnd} />}
    </div>
  );
}

function ToEnd({ count, onClick }: { count: number; onClick: () => void }): VNode {
  return (
    <button class="to-end" type="button" onClick={onClick}>
      <ArrowDown /> {count === 0 ? 'To the newest' : count === 1 ? '1 new message' : `${count} new messages`}
    </button>
  );
}

/** Stands above the first line and tells when it is about to be seen. */
function Top(props: { hasMore: boolean; scroller: RefObject<HTMLElement | null>; onSeen: () => void }): VNode {
  const { hasMore, scroller } = props;
  const mark = useRef<HTMLDivElement>(null);
  const onSeen = useRef(props.onSeen);
  onSeen.current = props.onSeen;
  useEffect(() => {
    if (!hasMore || !mark.current) return;
    const watch = ([entry]: IntersectionObserverEntry[]): void => {
      if (!entry?.isIntersecting) return;
      onSeen.current();
      // What was seen may still be seen when more has been drawn, of which an observer says nothing by itself.
      observer.unobserve(entry.target);
      requestAnimationFrame(() => mark.current && observer.observe(mark.current));
    };
    const observer = new IntersectionObserver(watch, { root: scroller.current, rootMargin: AHEAD });
    observer.observe(mark.current);
    return () => observer.disconnect();
  }, [hasMore, scroller]);
  return (
    <div class="top" ref={mark}>
      {hasMore ? 'Looking further back…' : 'This is where the room begins.'}
    </div>
  );
}

function unread(lines: readonly Line[], seen: number, me: string): number {
  let count = 0;
  for (let index = lines.length - 1; index >= 0 && lines[index]!.sequence > seen; index--) {
    const { kind, author } = lines[index]!;
    if ((kind === 'text' || kind === 'file') && author !== me) count++;
  }
  return count;
}

interface Stay {
  readonly isAtEnd: boolean;
  /** Place of the first line drawn; 0 draws the newest ones. */
  readonly start: number;
  /** Place of the newest line when the reader left the end. */
  readonly seen: number;
  readonly onScroll: () => void;
  readonly toEnd: () => void;
  readonly leaveEnd: (start: number) => void;
  /** Draws lines above the one of index `start`. */
  readonly more: (start: number) => void;
}

/** Index of the first line drawn. At the end, what is far above is given up again. */
function drawnFrom(timeline: Timeline, { isAtEnd, start }: Pick<Stay, 'isAtEnd' | 'start'>): number {
  const newest = Math.max(0, timeline.lines.length - STEP);
  const chosen = start === 0 ? newest : timeline.indexOf(start);
  return isAtEnd && newest - chosen > 2 * STEP ? newest : chosen;
}

/** Where the reader is, and that they stay there. */
function useStay(scroller: RefObject<HTMLDivElement | null>, visit: Visit): Stay {
  const { timeline } = visit;
  const [state, setState] = useState({ isAtEnd: true, start: 0, seen: 0 });
  /** The first line drawn, and where it stands: drawing more above it, or less, must not move it. */
  const held = state.isAtEnd ? null : scroller.current?.querySelector('article');
  const top = held?.getBoundingClientRect().top ?? 0;

  useLayoutEffect(() => {
    const log = scroller.current!;
    if (state.isAtEnd) log.scrollTop = log.scrollHeight;
    else if (held?.isConnected) log.scrollTop += held.getBoundingClientRect().top - top;
  });
  useEffect(() => {
    const log = scroller.current!;
    const observer = new ResizeObserver(() => {
      if (state.isAtEnd) log.scrollTop = log.scrollHeight;
    });
    observer.observe(log);
    return () => observer.disconnect();
  }, [scroller, state.isAtEnd]);

  return {
    ...state,
    onScroll: () => {
      const { scrollHeight, scrollTop, clientHeight } = scroller.current!;
      const isAtEnd = scrollHeight - scrollTop - clientHeight <= NEAR;
      if (isAtEnd === state.isAtEnd) return;
      const first = isAtEnd ? undefined : timeline.lines[drawnFrom(timeline, state)];
      setState({ isAtEnd, start: first?.sequence ?? 0, seen: timeline.last });
    },
    toEnd: () => setState({ isAtEnd: true, start: 0, seen: 0 }),
    leaveEnd: (start) => setState({ isAtEnd: false, start, seen: timeline.last }),
    more: (start) => {
      const first = timeline.lines[Math.max(0, start - STEP)];
      if (start > 0 && first) setState({ ...state, start: first.sequence });
      else void visit.older();
    },
  };
}
