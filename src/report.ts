/**
 * What the server reports of itself: a sentence with time, name and address for people, a structured line for programs.
 * Nothing that a peer sent gets out of here unescaped.
 */
import { visible } from './visible.js';

export type Fields = Readonly<Record<string, string | number>>;

/** Reports that `event` happened; events and their fields are listed in `SENTENCES`. */
export type Report = (event: string, fields: Fields) => void;

/** Characters of a line, or of a field. */
const LONGEST = 1000;

/** Bytes of lines that may wait for whoever reads them: some thousand lines, which a reader who is only slow catches up. */
export const MOST_WAITING = 1_048_576;

/** What lines are written to, as far as it tells how much of them is still to be read. */
export interface Paper {
  readonly writableLength: number;
  on(event: 'drain', listener: () => void): unknown;
}

type Sentence = (fields: Fields) => string;

/** One line a happening. `name`, `room`, `address`, `port` and `protocol` come with everything a peer did. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  listening: ({ protocol, address, port }) => `${protocol} on ${place(`${address}`)}:${port}`,
  stopping: ({ people }) => `Stopping: ${counted(people, 'person', 'people')} in the room.`,
  stopped: () => 'Stopped.',
  'left-out': ({ lines }) =>
    `${counted(lines, 'line was', 'lines were')} left out here, since nobody read what was there already.`,
  renewed: () => 'The certificate was read anew, and is shown to who connects from now on.',
  'not-renewed': ({ reason }) => `The certificate stays as it was. ${reason}`,
  ghosts: ({ names }) => `${names} left with the server's last end.`,
  joined: (fields) => `${who(fields)} joined the chatroom${inRoom(fields)}.`,
  away: (fields) => `${who(fields)} is away${inRoom(fields)}: the connection ended.`,
  'came-back': (fields) => `${who(fields)} is back${inRoom(fields)}.`,
  left: (fields) => `${who(fields)} left the chatroom${inRoom(fields)}.`,
  rejected: (fields) => `${who(fields)} was not let in: ${fields['reason']}`,
  refused: (fields) => `${who(fields)} was told: ${fields['reason']}`,
  reported: (fields) => `${who(fields)} asked for a report: ${counted(fields['count'], 'active user')}.`,
  said: (fields) =>
    `${who(fields)} said ${counted(fields['messages'], 'message')} of ${counted(fields['characters'], 'character')}${inRoom(fields)}.`,
  shared: (fields) =>
    `${who(fields)} shared ${fields['file']} (${counted(fields['bytes'], 'byte')}), kept as ${fields['stored']}${inRoom(fields)}.`,
  fetched: (fields) => `${who(fields)} gets ${fields['file']} (${counted(fields['bytes'], 'byte')}).`,
  'fell-silent': (fields) => `${who(fields)} has said nothing for too long and is taken to be gone.`,
  'turned-away': (fields) => `${who(fields)} gets no connection: ${fields['reason']}`,
  dropped: (fields) => `${who(fields)} went beyond a limit and was closed: ${fields['reason']}`,
  'broke-protocol': (fields) => `${who(fields)} broke the protocol ${fields['protocol']}: ${fields['reason']}`,
  'disk-fails': ({ folder, reason }) => `Nothing can be kept in ${folder} at the moment: ${reason}.`,
  'disk-works': ({ folder }) => `What is said and shared is kept in ${folder} again.`,
  'left-aside': ({ file }) =>
    `Not all that was said before the server was killed goes on where the history ends: it is left in ${file}.`,
  removed: ({ entries, files }) =>
    `Let go of ${counted(entries, 'old entry', 'old entries')} and ${counted(files, 'old file')}.`,
  'not-removed': ({ reason }) => `What is old could not be let go of: ${reason}.`,
  failed: (fields) => `A fault of ours, while serving ${who(fields)}: ${fields['reason']}`,
};

/** Reports as sentences: `[20:32:40] Cool (127.0.0.1:54654) joined the chatroom.` */
export function humanReport(write: (line: string) => void, clock: () => number): Report {
  return (event, fields) => write(`[${timeOfDay(clock())}] ${sentence(event, fields)}\n`);
}

/** Reports as structured lines through a logger: the event's name, its fields, and the sentence as the message. */
export function structuredReport(info: (fields: object, message: string) => void): Report {
  return (event, fields) => {
    info({ event, ...visibleFields(fields) }, sentence(event, fields));
  };
}

/**
 * As `report`, which writes to `paper`; what nobody reads does not pile up: while too much of it waits, lines are left out,
 * and when all that waited has been read, one line says how many.
 */
export function unlessUnread(report: Report, paper: Paper): Report {
  let lines = 0;
  const catchUp = (): void => {
    if (lines === 0 || paper.writableLength > 0) return;
    report('left-out', { lines });
    lines = 0;
  };
  paper.on('drain', catchUp);
  return (event, fields) => {
    // A reader who was gone and is replaced has nothing drained.
    catchUp();
    if (lines > 0 || paper.writableLength > MOST_WAITING) lines++;
    else report(event, fields);
  };
}

/** `HH:mm:ss`, as clocks here have it. */
function timeOfDay(time: number): string {
  return new Date(time).toTimeString().slice(0, 'HH:mm:ss'.length);
}

function visibleFields(fields: Fields): Fields {
  const entries = Object.entries(fields).map(([key, value]) => [
    key,
    typeof value === 'string' ? visible(shortened(value)) : value,
  ]);
  return Object.fromEntries(entries) as Fields;
}

function sentence(event: string, fields: Fields): string {
  return visible(shortened(SENTENCES[event]?.(fields) ?? `${event} ${JSON.stringify(fields)}`));
}

/** Whoever can connect must not be able to fill the log. */
function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}

/** An IPv6 address ends where its bracket does. */
function place(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function who({ name, address, port }: Fields): string {
  const at = `${place(`${address}`)}:${port}`;
  return name === undefined || name === '' ? at : `${name} (${at})`;
}

function inRoom({ room }: Fields): string {
  return room === undefined || room === '' ? '' : ` ${room}`;
}

function counted(count: string | number | undefined, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
