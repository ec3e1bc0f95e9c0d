/**
 * What the bench has to know of a peer, Snug being one of them: how its server is started, and what goes over the wire.
 * One file a peer, listed in `index.ts`. The process that starts servers uses the first part, the load the second.
 */

export type WorkloadName = 'w1' | 'w2sat' | 'w2fix' | 'w3' | 'w4' | 'w5' | 'w6' | 'w6slow';

/** What a server is started for. */
export interface Needs {
  workload: WorkloadName;
  port: number;
  /** For a peer that listens on two. */
  secondPort: number;
  rooms: number;
  capacity: number;
  connections: number;
  /** An empty folder of the server's own. */
  folder: string;
  tools: Tools;
}

/** Where things are on this machine. */
export interface Tools {
  /** The compiled `cli.js` of Snug. */
  snug: string;
  /** Folder of the servers that come with the bench. */
  baselines: string;
}

export interface Launch {
  command: [string, ...string[]];
  /** Written into the folder before, by name. */
  files?: Record<string, string>;
}

/** A member: the `seat`th of the `room`th room. */
export interface Who {
  room: number;
  seat: number;
  /** Whether it is to be shown what the others say, where a protocol leaves the choice. */
  listens: boolean;
}

/** One exchange: sends, and waits for the answer. */
export interface Step {
  send: Buffer;
  /** How many bytes the answer has, or -1 while it is not complete. */
  answered: (bytes: Buffer) => number;
}

/** What `Wire.next` found. */
export interface Frame {
  length: number;
  /** The payload of a message is bytes `from` to `to`; both are 0 for whatever else a server sends. */
  from: number;
  to: number;
  /** What the server wants to hear back. */
  reply: Buffer | undefined;
}

/** A protocol, as far as the bench speaks it. */
export interface Wire {
  /** From connecting to being in the room. */
  hello(who: Who): Step[];
  /** The bytes that say `payload`; `last` is set for the last of a file's. */
  say(who: Who, payload: Buffer, last?: boolean): Buffer;
  /** Looks at what begins at `at`; false if it is not complete. Throws when the server complains. */
  next: (bytes: Buffer, at: number, end: number, frame: Frame, who: Who) => boolean;
  /** For protocols inside WebSocket messages that are cut anywhere. */
  framed?: boolean;
  /** The server keeps a file, and has it fetched: nobody is shown it while it goes up. */
  stored?: boolean;
  /** How many bytes come first, to say that one begins or how long it is. */
  opening?(who: Who, size: number): Buffer;
}

/** Joining a room that has a history. */
export interface HistoryWire {
  /** Puts texts into the history of a room, whatever is asked for it. */
  fill(who: Who, texts: Buffer[]): Step[];
  /** From connecting to right before joining. */
  hello(who: Who): Step[];
  /** Joins; the answer ends with the last of `count` texts. */
  join(who: Who, count: number): Step;
  leave?(who: Who): Buffer;
}

export interface Peer {
  name: string;
  /** As the table calls it. */
  title: string;
  /** What it needs and is not there, and how to get it. */
  missing(tools: Tools): string | undefined;
  version(tools: Tools): string;
  launch(needs: Needs): Launch;
  /** What the `seat`th of a room speaks, and whether that is on the second port. */
  wire(seat: number): Wire;
  onSecondPort?(seat: number): boolean;
  workloads: readonly WorkloadName[];
  /** How many can join at the same time, where that is fewer than usual. */
  joinsAtOnce?: number;
  /** Whether who says something is shown it. */
  echoes(seat: number): boolean;
  fileWire?: Wire;
  history?: HistoryWire;
}

/** Names of one length each, in characters that look like no other: nobody's name may look like another's. */
export const roomName = (who: Who): string => `r${String(who.room).padStart(5, '0')}`;
export const userName = ({ room, seat }: Who): string =>
  `u${room.toString(16).padStart(4, '0')}${seat.toString(16).padStart(3, '0')}`;

/** A step whose answer ends with `words`. */
export function exchange(send: string | Buffer, words: string): Step {
  return {
    send: Buffer.from(send as string),
    answered: (bytes) => {
      const at = bytes.indexOf(words);
      return at < 0 ? -1 : at + words.length;
    },
  };
}

/** A step whose answer is a line with `words` in it. */
export function exchangeLine(send: string, words: string): Step {
  return {
    send: Buffer.from(send),
    answered: (bytes) => bytes.indexOf('\n', Math.max(bytes.indexOf(words), 0) || bytes.length) + 1 || -1,
  };
}

/** Finds what ends with LF. */
export function nextLine(bytes: Buffer, at: number, end: number, frame: Frame): boolean {
  const stop = bytes.indexOf(10, at);
  if (stop < 0 || stop >= end) return false;
  found(frame, stop + 1 - at);
  return true;
}

/** Notes something of `length` bytes, without a payload so far. */
export function found(frame: Frame, length: number, from = 0, to = 0): true {
  frame.length = length;
  frame.from = from;
  frame.to = to;
  frame.reply = undefined;
  return true;
}
