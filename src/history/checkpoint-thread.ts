/** The thread of checkpoint.ts: does one checkpoint for each message, and ends when it is told that nothing more will come. */
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import type { Checkpoint, Outcome } from './checkpoint.js';

/** Times that the log is moved beside the commits before they wait for the rest. */
const BESIDE = 2;

const port = parentPort!;
const database = new Database(workerData as string, { fileMustExist: true });
database.pragma('synchronous = NORMAL');

port.on('message', (mode: Checkpoint) => {
  if (mode === 'none') {
    database.close();
    port.close();
  } else port.postMessage(checkpoint(mode));
});

/** What a full disk does not take now stays in the log, for the next time. */
function checkpoint(mode: Exclude<Checkpoint, 'none'>): Outcome {
  try {
    // So that they wait only for what comes while the last one of these is at work.
    if (mode === 'RESTART') for (let time = 0; time < BESIDE; time++) move('PASSIVE');
    return move(mode);
  } catch {
    return { log: 0 };
  }
}

function move(mode: Exclude<Checkpoint, 'none'>): Outcome {
  return (database.pragma(`wal_checkpoint(${mode})`) as [Outcome])[0];
}
