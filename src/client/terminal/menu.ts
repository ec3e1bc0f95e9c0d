import { visible } from '../../visible.js';
import { type Connect, DEAF, type Key, PassphraseError, RefusedError, UnreachableError } from '../connection.js';
import { opening } from './opening.js';
import { reportText } from './report.js';
import type { After } from './room.js';
import type { Answer } from './screen.js';
import { StoppedError, unless } from './stop.js';
import type { VisitOptions } from './visit.js';

const MENU = [
  'Please select one of the following options:',
  '1. Get a report of the chatroom from the server.',
  '2. Request to join the chatroom.',
  '3. Quit the program.',
].join('\n');
const CHOICE = 'Your choice:';
const USERNAME = 'Please enter a username:';
const PASSPHRASE = 'Please enter the passphrase:';
const HOW_TO_SAY = 'SNUG_PASSPHRASE or --passphrase-file says it.';

export interface MenuOptions extends VisitOptions {
  readonly connect: Connect;
  /** What opens the room. */
  readonly key?: Key | undefined;
  /** Used for the first join in place of asking. */
  readonly username?: string | undefined;
}

/** The menu (seed 002, 5.5), again and again until the person has had enough. */
export class Menu {
  private username: string | undefined;

  constructor(private readonly options: MenuOptions) {
    this.username = options.username;
  }

  async run(): Promise<void> {
    const { screen } = this.options;
    screen.print(MENU);
    const choose = async (): Promise<After> => this.chosen(await this.ask(CHOICE));
    while ((await this.attempt(choose)) !== 'end') screen.print(`\n${MENU}`);
  }

  /** Goes straight into the room, and does not come back to a menu. Says whether we got in. */
  async enter(): Promise<boolean> {
    return (await this.attempt(() => this.join())) !== 'failed';
  }

  /** What a server's refusal or absence ends is said, and over. */
  private async attempt(action: () => Promise<After>): Promise<After | 'failed'> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof StoppedError) return 'end';
      if (!(error instanceof RefusedError || error instanceof UnreachableError)) throw error;
      this.options.screen.print(visible(error.message, { newlines: true }));
      return 'failed';
    }
  }

  private async chosen(choice: string): Promise<After> {
    switch (choice) {
      case '1':
        return this.report();
      case '2':
        return this.join();
      case '3':
        return 'end';
      default:
        this.options.screen.print('Please enter 1, 2 or 3.');
        return 'menu';
    }
  }

  /** Throws StoppedError when nobody answers any more. */
  private async ask(question: string): Promise<string> {
    return lineOf(await this.options.screen.ask(question, this.options.stop.polite)).trim();
  }

  private async report(): Promise<After> {
    const { connect, screen, stop } = this.options;
    const connection = await opening(connect, DEAF, stop.polite);
    try {
      if (!connection.can.report) screen.print('This server gives no report of the chatroom.');
      else screen.print(reportText(await unless(stop.polite, connection.report())));
      return 'menu';
    } finally {
      connection.close();
    }
  }

  private async join(): Promise<After> {
    const name = this.username ?? (await this.ask(USERNAME));
    this.username = undefined;
    if (name === '') throw new RefusedError('A username cannot be empty.');
    // What only the room needs is loaded when it is needed: the menu has to be there at once.
    const { visit } = await import('./visit.js');
    const enter = (): Promise<After> => visit(this.options.connect, name, this.options);
    return enter().catch((error: unknown) => this.tryAgain(error, enter));
  }

  /** R17: asks for the passphrase, once, when that is what was missing. Throws what `enter` throws, or `error`. */
  private async tryAgain(error: unknown, enter: () => Promise<After>): Promise<After> {
    const { screen, stop, key } = this.options;
    if (!(error instanceof PassphraseError) || !key) throw error;
    if (!screen.askHidden) throw new RefusedError(`${error.message} ${HOW_TO_SAY}`);
    screen.print(visible(error.message, { newlines: true }));
    key.passphrase = lineOf(await screen.askHidden(PASSPHRASE, stop.polite));
    return enter();
  }
}

/** Throws StoppedError when there is none. */
function lineOf(answer: Answer): string {
  if (answer.kind !== 'line') throw new StoppedError();
  return answer.text;
}
