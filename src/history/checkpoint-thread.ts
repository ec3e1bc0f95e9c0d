/** The thread of checkpoint.ts: does one checkpoint for each message, and ends when it is told that nothing more will come. */
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import type { Checkpoint, Outcome } from './checkpoint.js';

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
function checkpoint(mode: Checkpoint): Outcome {
  try {
    return (database.pragma(`wal_checkpoint(${mode})`) as [Outcome])[0];
  } catch {
    return { log: 0, checkpointed: 0 };
  }
}
