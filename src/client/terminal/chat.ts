import { homedir } from 'node:os';
import type { Avatar, Connect, Key } from '../connection.js';
import type { Inbox } from '../inbox.js';
import type { TerminalInput } from './keyboard.js';
import { Menu } from './menu.js';
import type { TerminalOutput } from './paper.js';
import { PlainScreen } from './plain-screen.js';
import type { Screen } from './screen.js';
import { Stop } from './stop.js';

export interface ChatOptions {
  connect: Connect;
  /** What opens the room; it is asked for when the server wants another one. */
  key?: Key | undefined;
  /** Used for the first join in place of asking. */
  username?: string | undefined;
  /** The picture to join with. */
  avatar?: Avatar | undefined;
  /** Goes straight into the room, without the menu before and after it; the exit code is 1 if we do not get in. */
  direct?: boolean | undefined;
  /** The folder that files are offered from. */
  attachments: string;
  /** Where received files go. */
  inbox: Inbox;
  input: TerminalInput;
  output: TerminalOutput;
  color: boolean;
  /** Aborted when the program is to end: we leave politely. */
  signal: AbortSignal;
  /** Milliseconds since 1970-01-01 UTC. */
  clock: () => number;
  /** For terminals that cannot move their cursor (`TERM=dumb`): as if it were a pipe. */
  plain?: boolean | undefined;
  /** Stops the process for Ctrl-Z and resolves once it goes on; without it the key does nothing. */
  suspend?: (() => Promise<void>) | undefined;
}

/**
 * The menu client: shows the menu on `output`, reads `input`, and resolves with the exit code when the person quits,
 * nothing more can be read or written, or `signal` is aborted. The terminal is left as it was found.
 */
export async function chat(options: ChatOptions): Promise<number> {
  const stop = new Stop(options.signal);
  // Stays to the end of the program: a pipe that nobody reads any more tells so after our last write, too.
  options.output.on('error', () => {
    if (!stop.polite.aborted) stop.request();
  });
  const screen = await createScreen(options, stop);
  try {
    const places = { attachments: options.attachments, home: homedir() };
    const menu = new Menu({ ...options, screen, stop, places });
    if (options.direct) return (await menu.enter()) ? 0 : 1;
    await menu.run();
    return 0;
  } finally {
    screen.close();
  }
}

async function createScreen(options: ChatOptions, stop: Stop): Promise<Screen> {
  const { input, output } = options;
  const terminal = input.isTTY === true && output.isTTY === true && input.setRawMode !== undefined;
  if (!terminal || options.plain) return new PlainScreen(input, output, input.isTTY === true);
  const { TerminalScreen } = await import('./terminal-screen.js');
  return new TerminalScreen(input, output, { interrupt: () => stop.request(), suspend: options.suspend });
}
