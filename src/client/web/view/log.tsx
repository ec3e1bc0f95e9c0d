/** The stream of lines: those that are drawn (use-window.ts), and how many are new below what is being read. */
import type { ComponentChildren, RefObject, VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Line } from '../../connection.js';
import type { Visit } from '../model/visit.js';
import { ArrowDown } from './icons.js';
import { PendingRow, Row } from './row.js';
import type { OpenImage } from './shared-file.js';
import { useWindow } from './use-window.js';

/** How far beyond what is in view lines are drawn already. */
const AHEAD = '1500px 0px';

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
  const { lines, start, isAtEnd, hasAbove, hasBelow, seen, onScroll, up, down, toEnd, around } = useWindow(
    scroller,
    visit,
  );
  /** An object, since the same line may be sought again. */
  const [sought, setSought] = useState({ sequence: 0 });
  const drawn = `${isAtEnd} ${lines[0]?.sequence} ${lines.length}`;

  useEffect(() => {
    control.current = {
      toEnd,
      seek: (sequence) => {
        around(sequence);
        setSought({ sequence });
      },
    };
  });
  useLayoutEffect(() => {
    const row = scroller.current?.querySelector<HTMLElement>(`[data-sequence="${sought.sequence}"]`);
    if (!row) return;
    row.scrollIntoView({ block: 'center' });
    row.focus({ preventScroll: true });
  }, [sought]);

  return (
    <div class="log-area">
      <div class="log" role="log" aria-label="Chat" tabIndex={0} ref={scroller} onScroll={onScroll}>
        <Edge isOpen={hasAbove} drawn={drawn} scroller={scroller} onNear={() => void up()}>
          {hasAbove ? 'Looking further back…' : visit.isComplete && 'This is where the room begins.'}
        </Edge>
        {lines.map((line, index) => (
          <Row
            key={line.sequence}
            visit={visit}
            line={line}
            previous={timeline.lines[start + index - 1]}
            isOwn={line.author === visit.me}
            isSought={line.sequence === sought.sequence}
            onOpen={onOpen}
          />
        ))}
        {!hasBelow &&
          timeline.pending.map((pending) => <PendingRow key={pending.id} visit={visit} pending={pending} />)}
        <Edge isOpen={hasBelow} drawn={drawn} scroller={scroller} onNear={down} />
      </div>
      {!isAtEnd && <ToEnd count={unread(timeline.lines, seen, visit.me)} onClick={toEnd} />}
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

interface EdgeProps {
  /** There is more beyond. */
  isOpen: boolean;
  /** Which lines are drawn: when that changes it may be in view still, of which an observer says nothing by itself. */
  drawn: string;
  scroller: RefObject<HTMLElement | null>;
  /** It is in view, or soon will be. */
  onNear: () => void;
  children?: ComponentChildren;
}

/** Stands above the first line, and below the last. */
function Edge(props: EdgeProps): VNode {
  const { isOpen, drawn, scroller, children } = props;
  const mark = useRef<HTMLDivElement>(null);
  const onNear = useRef(props.onNear);
  onNear.current = props.onNear;
  useEffect(() => {
    if (!isOpen || !mark.current) return;
    const watch = ([entry]: IntersectionObserverEntry[]): void => {
      if (!entry?.isIntersecting) return;
      onNear.current();
    };
    const observer = new IntersectionObserver(watch, { root: scroller.current, rootMargin: AHEAD });
    observer.observe(mark.current);
    return () => observer.disconnect();
  }, [isOpen, drawn, scroller]);
  return (
    <div class="edge" ref={mark}>
      {children}
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
