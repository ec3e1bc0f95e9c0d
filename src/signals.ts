/** Asked to end, to stop for a while, to read its secrets again: how the process takes signals, and how it leaves. */
import { isatty } from 'node:tty';

/** Exit code of what was ended before it could stop in order. */
const INTERRUPTED = 130;

/** Milliseconds within which signals are one press of Ctrl-C, however many. */
const ONE_PRESS = 400;
/** Milliseconds within which npm passes a press on, once: on a busy machine that takes its time. */
const PASSED_ON_TIME = 3000;
export const IS_STARTED_BY_NPM = process.env['npm_lifecycle_event'] !== undefined;

/** Whether a signal has asked us to end. */
let isToldToEnd = false;

/** Which of stdin, stdout and stderr were a terminal when we were started. */
const TERMINALS = [0, 1, 2].filter((descriptor) => isatty(descriptor));

/**
 * Aborted when the process is asked to end. Asked again, it ends at once; but one Ctrl-C comes twice to what npm has
 * started, from the terminal and from npm. So what follows within a moment is not a second one, nor is the second signal
 * of all while it may be npm's; a third one is, since it takes a second Ctrl-C to get that far.
 *
 * SIGHUP says that the terminal is gone, which is such a wish, or, while it is there, to `reload`. A program that
 * `stays` and never had a terminal (nohup, a service) has nothing to do with one that goes: Node undoes what nohup sets.
 */
export function told(reload?: () => void, stays = false): AbortSignal {
  const controller = new AbortController();
  let signals = 0;
  let first = 0;
  const onSignal = (): void => {
    isToldToEnd = true;
    first ||= performance.now();
    const passed = performance.now() - first;
    const mayBePassedOn = IS_STARTED_BY_NPM && ++signals <= 2 && passed < PASSED_ON_TIME;
    if (passed > ONE_PRESS && !mayBePassedOn) process.exit(INTERRUPTED);
    controller.abort();
  };
  const onHangup = (): void => {
    if (!isTerminalGone() && reload) reload();
    else if (TERMINALS.length > 0 || !stays) onSignal();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  process.on('SIGHUP', onHangup);
  return controller.signal;
}

/** Ctrl-Z: stops, with whatever started us, until the shell has us go on. */
export function suspend(): Promise<void> {
  const goingOn = new Promise<void>((resolve) => process.once('SIGCONT', resolve));
  process.kill(0, 'SIGTSTP');
  return goingOn;
}

/** To be called when everything is done. */
export function leave(): void {
  // Node fails on its way out where it cannot set a terminal back; so we end as everyone does whose terminal is gone.
  if (isTerminalGone()) process.removeAllListeners('SIGHUP').kill(process.pid, 'SIGHUP');
  // On its own way out Node gives up its signals one by one, and what npm passes on late would kill us after all.
  if (isToldToEnd) process.once('beforeExit', () => process.exit());
}

function isTerminalGone(): boolean {
  return TERMINALS.some((descriptor) => !isatty(descriptor));
}
