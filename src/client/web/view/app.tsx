import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { visible } from '../../../visible.js';
import type { Visit } from '../model/visit.js';
import { DoorView, Farewell, type Place } from './door.js';
import { RoomView } from './room.js';
import { useChanges } from './use-changes.js';

interface AppProps {
  visit: Visit;
  place: Place;
  /** A message has fewer characters than this, where the protocol says so. */
  lessThan: number | undefined;
  /** Who quits here ends what serves the page. */
  isGuest: boolean;
}

export function App({ visit, place, lessThan, isGuest }: AppProps): VNode {
  useChanges(visit.changes);
  const isIn = visit.stage === 'inside' || visit.stage === 'away';
  useTitle(visit, isIn, place.room);
  if (!isIn && isGuest && visit.me) return <Farewell name={visit.me} />;
  if (!isIn) return <DoorView visit={visit} place={place} />;
  return <RoomView visit={visit} room={place.room} capacity={place.capacity} lessThan={lessThan} />;
}

/** Whose room it is (seed 001), and how much has come since the page was last looked at. */
function useTitle(visit: Visit, isIn: boolean, room: string): void {
  const seen = useRef(0);
  const { lines, last } = visit.timeline;
  if (!document.hidden || !isIn) seen.current = last;
  const unseen = lines.filter(({ kind, sequence }) => sequence > seen.current && (kind === 'text' || kind === 'file'));
  const title = isIn ? `${visible(visit.me)}'s Chat Room` : room ? `${visible(room)} – Snug` : 'Snug';
  useEffect(() => {
    document.title = unseen.length > 0 ? `(${unseen.length}) ${title}` : title;
  }, [title, unseen.length]);
}
