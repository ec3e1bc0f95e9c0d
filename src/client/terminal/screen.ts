/** What the menu and the room need of whatever shows them: a real terminal, or plain pipes. */

export type Answer =
  | { readonly kind: 'line'; readonly text: string }
  /** Nobody will type anything any more. */
  | { readonly kind: 'end' }
  /** The signal given was aborted first. */
  | { readonly kind: 'cancelled' };

export interface Screen {
  /** Someone is sitting there: what takes long runs beside the typing, not before the next line. */
  readonly live: boolean;
  /** Prints one or more lines; `text` has no newline at its end. */
  print(text: string): void;
  /** Asks a question of the menu; `question` ends in its colon. */
  ask(question: string, signal: AbortSignal): Promise<Answer>;
  /** As `ask`, for what nobody is to read over the shoulder; not there where it could not be hidden. */
  askHidden?(question: string, signal: AbortSignal): Promise<Answer>;
  /** Opens the room's part of the screen; until it is closed nothing else of the screen is used. */
  room(complete: Complete): RoomScreen;
  /** Puts everything back as it was found. */
  close(): void;
}

export interface RoomScreen {
  readonly live: boolean;
  /** As on the screen; at any moment, without disturbing the line that is being typed. */
  print(text: string): void;
  /** One passing line above the one that is being typed; empty takes it away. */
  status(text: string): void;
  /** The next line typed, after `question` if it is not empty. */
  read(question: string, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

/** What the end of `typed` could become: each of `choices` may stand in place of `word`, with which `typed` ends. */
export type Complete = (typed: string) => Promise<Completion>;

export interface Completion {
  readonly word: string;
  readonly choices: readonly string[];
}
