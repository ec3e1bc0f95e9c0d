/** Milliseconds between two looks. */
const INTERVAL = 20;

/** Milliseconds after which a test gives up waiting. */
export const PATIENCE = 10_000;

/**
 * Waits until `look` gives something other than undefined or false, and gives that. After `timeout` milliseconds throws
 * that `what` did not come, with what `show` says of the state by then.
 */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  { timeout = PATIENCE, show = () => '' }: { timeout?: number; show?: () => string | Promise<string> } = {},
): Promise<T> {
  const giveUp = Date.now() + timeout;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > giveUp)
      throw new Error(`Waited ${timeout} ms for ${what}, and it did not come.${withState(await show())}`);
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
}

function withState(state: string): string {
  return state === '' ? '' : `\n${state}`;
}
