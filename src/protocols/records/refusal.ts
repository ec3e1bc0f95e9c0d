/** What opens the door, what does not, and what a JOIN_REJECT means to a client: docs/protocols.md, R5, R15 and R17. */
import { type Key, PassphraseError, RefusedError, type Return } from '../../client/connection.js';
import { parseRoomName } from '../../room/names.js';
import { WRONG_PASSPHRASE } from '../refusals.js';

/** What every server refuses need not be asked for. Throws RefusedError for a room with a name that no room has (S3). */
export function checkRoom(name: string): void {
  try {
    if (name !== '') parseRoomName(name);
  } catch (error) {
    throw new RefusedError((error as Error).message);
  }
}

/** That a passphrase is wanted shows in the words. */
export function refusalOf(said: string): RefusedError {
  return said.endsWith(WRONG_PASSPHRASE) ? new PassphraseError(said) : new RefusedError(said);
}

/** Asks with the token of one's seat, or with the passphrase; with this too where the seat was not kept. */
export async function knock(ask: (key: string) => Promise<void>, { passphrase }: Key, back?: Return): Promise<void> {
  try {
    await ask(back?.token ?? passphrase);
  } catch (error) {
    if (!(error instanceof PassphraseError) || !back || passphrase === '') throw error;
    await ask(passphrase);
  }
}
