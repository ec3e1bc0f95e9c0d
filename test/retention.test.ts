import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryStore } from '../src/files/memory.js';
import { MemoryHistory } from '../src/history/memory.js';
import { Retention, type RetentionRules } from '../src/retention.js';
import type { Log } from '../src/room/ports.js';
import { bytesOf, keep } from './contracts/file-store-contract.js';
import { say } from './contracts/history-contract.js';

const DAY = 86_400_000;
const FOR_EVER: RetentionRules = { keepDays: 0, keepBytes: 0, keepFileDays: 0, keepFileBytes: 0 };

let time = 0;
let history: MemoryHistory;
let files: MemoryStore;
let log: Log;
let reported: string[] = [];

beforeEach(async () => {
  time = 1_704_227_560_000;
  history = new MemoryHistory(() => time);
  files = new MemoryStore(() => time);
  log = await history.open('');
  reported = [];
});

afterEach(() => history.close());

function sweep(rules: Partial<RetentionRules>): Promise<void> {
  const report = (event: string, fields: object): void => void reported.push(`${event} ${JSON.stringify(fields)}`);
  return new Retention(history, files, { ...FOR_EVER, ...rules }, () => time, report).sweep();
}

async function share(name: string, text: string): Promise<void> {
  const file = await keep(files, name, bytesOf(text));
  await log.append([{ kind: 'file', author: 'Cool', file }]);
}

const names = (): string[] => [...files.files.keys()];

describe('what is kept for ever', () => {
  it('is everything unless something else is said', async () => {
    await log.append([say('Cool', 'a')]);
    await share('a.txt', 'a');
    time += 9999 * DAY;
    await sweep({});
    expect([log.first, names(), reported]).toEqual([1, ['a.txt'], []]);
  });
});

describe('old entries', () => {
  it('go after so many days, all of them, however many they are', async () => {
    await log.append(Array.from({ length: 1000 }, (_, index) => say('Cool', `text ${index}`)));
    time += 7 * DAY;
    await log.append([say('Cool', 'young')]);
    await sweep({ keepDays: 7 });
    expect(log.first).toBe(1);
    time += 1;
    await sweep({ keepDays: 7 });
    expect([log.first, log.last]).toEqual([1001, 1001]);
    expect(reported).toEqual(['removed {"entries":1000,"files":0}']);
  });

  it('go when there is more than so many bytes, and leave the files', async () => {
    await share('a.txt', 'a');
    for (let count = 0; count < 10; count++) await log.append([say('Cool', 'x'.repeat(1000))]);
    await sweep({ keepBytes: 5000 });
    expect(log.first).toBe(8);
    expect(names()).toEqual(['a.txt']);
  });

  it('leave room for others to be heard in between', async () => {
    await log.append(Array.from({ length: 1000 }, () => say('Cool', 'old')));
    time += DAY;
    const sweeping = sweep({ keepDays: 1 });
    time += 1;
    const said: number[] = [];
    log.subscribe(() => said.push(log.first));
    await log.append([say('Cool', 'in between')]);
    await sweeping;
    expect(said).toHaveLength(1);
  });
});

describe('old files', () => {
  it('go after so many days since they were last shared, and stay announced', async () => {
    await share('old.txt', 'old');
    await share('again.txt', 'again');
    time += 2 * DAY;
    await share('again.txt', 'again');
    time += DAY;
    await sweep({ keepFileDays: 2 });
    expect(names()).toEqual(['again.txt']);
    expect(reported).toEqual(['removed {"entries":0,"files":1}']);
    expect(await log.read({ from: 1, to: 1 })).toMatchObject([{ file: { name: 'old.txt', gone: true } }]);
    expect(history.fileBytes).toBe(5);
  });

  it('go from the oldest on when there are more than so many bytes', async () => {
    for (const name of ['a', 'b', 'c']) {
      await share(name, name.repeat(10));
      time += 1;
    }
    await sweep({ keepFileBytes: 20 });
    expect([names(), history.fileBytes]).toEqual([['b', 'c'], 20]);
  });

  it('stay when they are not ours any more, and are no longer counted', async () => {
    await share('a.txt', 'mine');
    files.files.set('a.txt', Buffer.from('owns'));
    time += DAY;
    await sweep({ keepFileBytes: 1 });
    expect([names(), history.fileBytes]).toEqual([['a.txt'], 0]);
  });

  it('stay when somebody is about to share them again', async () => {
    for (let number = 0; number < 25; number++) await share(`${number}`, `text ${number}`);
    time += 5 * DAY;
    await keep(files, '3', bytesOf('text 3'));
    await sweep({ keepFileDays: 1 });
    expect(names()).toEqual(['3']);
    expect(await history.oldestFiles(9)).toHaveLength(1);
  });
});

describe('a disk that fails', () => {
  it('is reported, and what is old goes the next time', async () => {
    await share('a.txt', 'a');
    time += 5 * DAY;
    const { remove } = files;
    files.remove = () => Promise.reject(new Error('read-only'));
    await sweep({ keepFileDays: 1 });
    files.remove = remove;
    await sweep({ keepFileDays: 1 });
    expect(reported).toEqual(['not-removed {"reason":"read-only"}', 'removed {"entries":0,"files":1}']);
  });
});

describe('stopping', () => {
  it('waits for what is under way, and begins nothing more', async () => {
    await log.append(Array.from({ length: 1000 }, () => say('Cool', 'old')));
    time += 5 * DAY;
    const retention = new Retention(
      history,
      files,
      { ...FOR_EVER, keepDays: 1 },
      () => time,
      () => undefined,
    );
    retention.start();
    await retention.stop();
    const { first } = log;
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.first).toBe(first);
  });
});
