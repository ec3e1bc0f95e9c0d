import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { humanReport, MOST_WAITING, structuredReport, unlessUnread } from '../src/report.js';

const PEER = { protocol: 'records', address: '192.168.1.5', port: 54654 };
const COOL = { ...PEER, name: 'Cool', room: '' };

/** Noon and a bit in the zone of whoever runs the test, as the report is for people there. */
const TIME = new Date(2024, 0, 2, 12, 3, 4).getTime();

function sentence(event: string, fields: Parameters<ReturnType<typeof humanReport>>[1]): string {
  const lines: string[] = [];
  humanReport(
    (line) => lines.push(line),
    () => TIME,
  )(event, fields);
  expect(lines).toHaveLength(1);
  const [line = ''] = lines;
  expect(line).toMatch(/^\[12:03:04\] .+\n$/);
  return line.slice('[12:03:04] '.length, -1);
}

describe('the report for people', () => {
  it.each([
    ['listening', PEER, 'records on 192.168.1.5:54654'],
    ['joined', COOL, 'Cool (192.168.1.5:54654) joined the chatroom.'],
    ['joined', { ...COOL, room: 'den' }, 'Cool (192.168.1.5:54654) joined the chatroom den.'],
    ['left', COOL, 'Cool (192.168.1.5:54654) left the chatroom.'],
    [
      'rejected',
      { ...PEER, name: 'Sad', reason: 'It is full.' },
      'Sad (192.168.1.5:54654) was not let in: It is full.',
    ],
    ['rejected', { ...PEER, name: '', reason: 'No name.' }, '192.168.1.5:54654 was not let in: No name.'],
    ['refused', { ...PEER, reason: 'Join first.' }, '192.168.1.5:54654 was told: Join first.'],
    ['reported', { ...PEER, count: 0 }, '192.168.1.5:54654 asked for a report: 0 active users.'],
    ['reported', { ...COOL, count: 1 }, 'Cool (192.168.1.5:54654) asked for a report: 1 active user.'],
    ['said', { ...COOL, messages: 1, characters: 3 }, 'Cool (192.168.1.5:54654) said 1 message of 3 characters.'],
    [
      'said',
      { ...COOL, room: 'den', messages: 2, characters: 1 },
      'Cool (192.168.1.5:54654) said 2 messages of 1 character den.',
    ],
    [
      'shared',
      { ...COOL, file: 'a.txt', stored: 'a (2).txt', bytes: 1 },
      'Cool (192.168.1.5:54654) shared a.txt (1 byte), kept as a (2).txt.',
    ],
    ['fetched', { ...COOL, file: 'a.txt', bytes: 9 }, 'Cool (192.168.1.5:54654) gets a.txt (9 bytes).'],
    [
      'broke-protocol',
      { ...PEER, reason: 'What is this?' },
      '192.168.1.5:54654 broke the protocol records: What is this?',
    ],
    ['failed', { ...COOL, reason: 'A bug.' }, 'A fault of ours, while serving Cool (192.168.1.5:54654): A bug.'],
    ['ghosts', { room: '', names: 'Cool, Fun' }, "Cool, Fun left with the server's last end."],
    ['stopping', { people: 1 }, 'Stopping: 1 person in the room.'],
    ['stopping', { people: 3 }, 'Stopping: 3 people in the room.'],
    ['stopped', {}, 'Stopped.'],
    [
      'left-aside',
      { file: '/data/history.sqlite-recent-1-2' },
      'Not all that was said before the server was killed goes on where the history ends: it is left in /data/history.sqlite-recent-1-2.',
    ],
    ['left-out', { lines: 1 }, '1 line was left out here, since nobody read what was there already.'],
    ['left-out', { lines: 7 }, '7 lines were left out here, since nobody read what was there already.'],
  ])('says that somebody or something has %s %#', (event, fields, expected) => {
    expect(sentence(event, fields)).toBe(expected);
  });

  it('says what it has no sentence for as it is', () => {
    expect(sentence('exploded', { port: 5 })).toBe('exploded {"port":5}');
  });

  it('stays on one line and drives no terminal, whatever a peer sent', () => {
    const evil = 'a\x1b[2J\r\n[12:00:00] Cool joined\u202e\u2028b';
    const said = sentence('shared', { ...PEER, file: evil, stored: evil, bytes: 5 });

    expect(said).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
    expect(said).toContain('a␛[2J␍␊[12:00:00] Cool joined');
  });
});

describe('the report for programs', () => {
  function reported(event: string, fields: Parameters<ReturnType<typeof structuredReport>>[1]): unknown[] {
    const calls: unknown[] = [];
    structuredReport((...call) => calls.push(...call))(event, fields);
    return calls;
  }

  it('has the event, its fields and the sentence', () => {
    expect(reported('joined', COOL)).toEqual([
      { event: 'joined', ...COOL },
      'Cool (192.168.1.5:54654) joined the chatroom.',
    ]);
  });

  it('has nothing in its fields that drives a terminal', () => {
    expect(reported('refused', { ...PEER, reason: 'a\x1bb' })[0]).toMatchObject({ reason: 'a␛b', port: 54654 });
  });
});

describe('a report that nobody reads', () => {
  /** What it was reported to, and how much of it waits. */
  class FakePaper extends EventEmitter {
    writableLength = 0;
  }

  function onPaper(): { paper: FakePaper; report: ReturnType<typeof unlessUnread>; told: string[] } {
    const paper = new FakePaper();
    const told: string[] = [];
    const report = unlessUnread((event, { lines = '' }) => void told.push(`${event}${lines}`), paper);
    return { paper, report, told };
  }

  it('has everything in it while no more than may wait is waiting', () => {
    const { paper, report, told } = onPaper();
    paper.writableLength = MOST_WAITING;
    report('joined', COOL);
    expect(told).toEqual(['joined']);
  });

  it('leaves out what is too much until all that waits has been read, and then says how much, once', () => {
    const { paper, report, told } = onPaper();
    paper.writableLength = MOST_WAITING + 1;
    report('joined', COOL);
    paper.writableLength = 1;
    report('left', COOL);
    expect(told).toEqual([]);
    paper.writableLength = 0;
    paper.emit('drain');
    paper.emit('drain');
    report('joined', COOL);
    expect(told).toEqual(['left-out2', 'joined']);
  });

  it('goes on where a reader was gone and another one came, of which nothing is told', () => {
    const { paper, report, told } = onPaper();
    paper.writableLength = MOST_WAITING + 1;
    report('joined', COOL);
    paper.writableLength = 0;
    report('left', COOL);
    expect(told).toEqual(['left-out1', 'left']);
  });
});
