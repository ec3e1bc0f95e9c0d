import { describe, expect, it } from '@jest/globals';
import { Bridge } from '../../src/gateway/bridge.js';
import { encode, FLAG } from '../support/records-peer.js';
import { gate, settle } from '../support/settle.js';
import { FakeServer, Page } from './support.js';

const CLOCK = Date.UTC(2026, 4, 1, 13);

/** A bridge with nobody at its ends yet. */
class Setting {
  readonly server = new FakeServer();
  quits = 0;
  readonly bridge = new Bridge({
    connect: this.server.connect,
    username: 'alice',
    clock: () => CLOCK,
    onQuit: () => void this.quits++,
  });

  /** With the person in the room. */
  static async with(change: (server: FakeServer) => void = () => undefined): Promise<Setting> {
    const setting = new Setting();
    change(setting.server);
    await setting.bridge.enter();
    return setting;
  }

  page(): Page {
    return new Page((link) => this.bridge.accept(link));
  }

  pageInside(): Promise<Page> {
    return Page.inside((link) => this.bridge.accept(link));
  }
}

/** The server is gone, and back. */
async function lost(setting: Setting): Promise<void> {
  setting.server.connection.end('The server closed the connection.');
  await settle();
}

describe('a page that joins', () => {
  it('is let in under the name of the person, whatever it asks for', async () => {
    const setting = await Setting.with();
    const page = setting.page();
    await page.sends({ flags: FLAG.JOIN_REQUEST, username: 'mallory' });
    expect(page.seen).toEqual(['welcome alice']);
    expect(page.received[0]).toMatchObject({ timestamp: CLOCK, target: '', payload: Buffer.alloc(0) });
    expect(setting.server.connections).toHaveLength(1);
  });

  it('gets what the person has seen, then what is new, each with its place', async () => {
    const setting = await Setting.with();
    setting.server.connection.shows('joined', 'bob');
    setting.server.connection.shows('text', 'bob', 'Hi Alice');
    const page = await setting.pageInside();
    setting.server.connection.shows('left', 'bob');
    expect(page.history).toEqual(['bob joined the chatroom.', 'bob: Hi Alice']);
    expect(page.seen).toEqual(['welcome alice', 'bob left the chatroom.']);
    expect(page.received[1]).toMatchObject({
      flags: FLAG.QUIT_ACCEPT,
      username: 'bob',
      sequence: 3,
      timestamp: Date.UTC(2026, 4, 1, 12),
    });
  });

  it('is not let into a room, since there is one', async () => {
    const setting = await Setting.with();
    const page = setting.page();
    await page.sends({ flags: FLAG.JOIN_REQUEST, username: 'alice', target: 'Tea' });
    expect(page.seen).toEqual([
      'rejected: The server rejects the join request. There is only one room on this server.',
    ]);
  });

  it('joins once', async () => {
    const page = await (await Setting.with()).pageInside();
    await page.sends({ flags: FLAG.JOIN_REQUEST, username: 'alice', number: 5, sequence: 6 });
    expect(page.seen).toEqual(['welcome alice', '* You are in the chatroom already, as alice. (5)']);
    expect(page.received[1]).toMatchObject({ sequence: 6 });
  });

  it('hears what the server said before anyone looked, once', async () => {
    const setting = await Setting.with();
    setting.server.connection.tells('Be nice.');
    const page = await setting.pageInside();
    const other = await setting.pageInside();
    setting.server.connection.tells('Lunch!');
    expect(page.seen).toEqual(['welcome alice', '* Be nice.', '* Lunch!']);
    expect(other.seen).toEqual(['welcome alice', '* Lunch!']);
  });

  it('is told how much is no longer kept', async () => {
    const setting = await Setting.with();
    for (let number = 1; number <= 10_002; number++) setting.server.connection.shows('text', 'bob', `${number}`);
    const page = await setting.pageInside();
    expect(page.history).toHaveLength(10_000);
    expect(page.history[0]).toBe('bob: 3');
    expect(page.seen).toEqual(['welcome alice', '* There are 2 older entries, no longer kept here. (2)']);
  });
});

describe('what a page says', () => {
  it('is said by the person, and comes back under its number', async () => {
    const setting = await Setting.with();
    const page = await setting.pageInside();
    await page.says('Hi', 0x9000_0001);
    expect(setting.server.connection.said.map(({ text }) => text)).toEqual(['Hi']);
    expect(page.seen).toEqual(['welcome alice', 'alice: Hi (2415919105)']);
  });

  it('is confirmed when the server shows it, the first line of several under its number', async () => {
    const setting = await Setting.with((server) => (server.echoes = false));
    const page = await setting.pageInside();
    await page.says('one\ntwo', 7);
    await page.says('three', 8);
    expect(page.seen).toEqual(['welcome alice']);
    const { connection } = setting.server;
    const [first, second] = connection.said;
    connection.shows('text', 'alice', 'one', first!.id);
    connection.shows('text', 'alice', 'two');
    connection.shows('text', 'alice', 'three', second!.id);
    expect(page.seen).toEqual(['welcome alice', 'alice: one (7)', 'alice: two', 'alice: three (8)']);
  });

  it('is seen by all pages, and by those that come later', async () => {
    const setting = await Setting.with();
    const [page, other] = [await setting.pageInside(), await setting.pageInside()];
    await page.says('Hi', 7);
    const later = await setting.pageInside();
    expect(other.seen).toEqual(['welcome alice', 'alice: Hi (7)']);
    expect(later.history).toEqual(['alice: Hi (7)']);
  });

  it('is told apart from what another page says under the same number', async () => {
    const setting = await Setting.with();
    const [page, other] = [await setting.pageInside(), await setting.pageInside()];
    await page.says('Hi', 1);
    await other.says('Ho', 1);
    expect(new Set(setting.server.connection.said.map(({ id }) => id)).size).toBe(2);
  });

  it('is refused to the page alone that said it, when the server refuses it', async () => {
    const setting = await Setting.with((server) => (server.refusesTexts = 'A message on this server is short.'));
    const [page, other] = [await setting.pageInside(), await setting.pageInside()];
    await page.says('A long text', 7);
    expect(page.seen).toEqual(['welcome alice', '* A message on this server is short. (7)']);
    expect(other.seen).toEqual(['welcome alice']);
  });

  it('is refused later, too, under its number', async () => {
    const setting = await Setting.with((server) => (server.echoes = false));
    const [page, other] = [await setting.pageInside(), await setting.pageInside()];
    await page.says('Hi', 7);
    setting.server.connection.tells('This message has not come back.', setting.server.connection.said[0]!.id);
    expect(page.seen).toEqual(['welcome alice', '* This message has not come back. (7)']);
    expect(other.seen).toEqual(['welcome alice']);
  });

  it.each([
    ['nothing', { payload: '' }, 'An empty message is not sent.'],
    ['white space', { payload: ' \n\t' }, 'An empty message is not sent.'],
    ['no UTF-8', { payload: Buffer.from([0xff]) }, 'The message was not sent: it is not valid UTF-8.'],
    ['a text for another room', { payload: 'Hi', target: 'Tea' }, 'You are not in the room Tea.'],
    [
      'a text for one person',
      { payload: 'Hi', target: '@bob' },
      'Messages to one person are not possible here: everything is for the room.',
    ],
    ['a file', { flags: FLAG.ATTACHMENT, filename: 'a.txt', payload: 'x' }, 'Files are not possible on this server.'],
    [
      'a wish for a file',
      { flags: FLAG.FETCH_REQUEST, sequence: 1 },
      'Neither files nor older history are possible on this server.',
    ],
    ['a wish for a report', { flags: FLAG.REPORT_REQUEST }, 'There is no report.'],
    ['what only a server says', { flags: FLAG.JOIN_ACCEPT }, 'Only the server sends records of this kind.'],
  ])('is refused in words when it is %s', async (_, record, words) => {
    const setting = await Setting.with();
    const page = await setting.pageInside();
    await page.sends({ ...record, number: 9 });
    expect(page.seen).toEqual(['welcome alice', `* ${words} (9)`]);
    expect(setting.server.connection.said).toEqual([]);
    await page.says('Hi');
    expect(page.seen.at(-1)).toBe('alice: Hi');
  });

  it('is refused before joining', async () => {
    const page = (await Setting.with()).page();
    await page.says('Hi', 7);
    await page.sends({ flags: FLAG.QUIT_REQUEST, number: 8 });
    expect(page.seen).toEqual(['* Join the chatroom first. (7)', '* Join the chatroom first. (8)']);
  });

  it('is refused once for a file in pieces', async () => {
    const page = await (await Setting.with()).pageInside();
    const piece = { filename: 'a.txt', number: 3, payload: 'x' };
    await page.sends(
      { flags: FLAG.ATTACHMENT | FLAG.MORE, ...piece },
      { flags: FLAG.ATTACHMENT | FLAG.MORE, ...piece },
      { flags: FLAG.ATTACHMENT, ...piece },
      { flags: FLAG.ATTACHMENT, ...piece },
    );
    const refused = '* Files are not possible on this server. (3)';
    expect(page.seen).toEqual(['welcome alice', refused, refused]);
  });

  it('is a report where the server gives one', async () => {
    const setting = await Setting.with((server) => (server.report = { count: 2, text: '1. alice\n2. bob' }));
    const page = setting.page();
    await page.sends({ flags: FLAG.REPORT_REQUEST }, { flags: FLAG.REPORT_REQUEST, target: 'Tea' });
    expect(page.seen).toEqual(['2 here: 1. alice\n2. bob', '* There is only one room on this server.']);
  });

  it('is a report with the person alone where the server for once gives none', async () => {
    const setting = await Setting.with((server) => (server.canReport = true));
    const page = await setting.pageInside();
    await page.sends({ flags: FLAG.REPORT_REQUEST });
    expect(page.seen).toEqual(['welcome alice', '1 here: 1. alice']);
  });
});

describe('a page that is no good', () => {
  it.each([
    ['a reserved bit', { flags: 0x8000 }, /^\* The reserved bits of FLAGS .* The connection is closed\.$/],
    ['two kinds at once', { flags: 0x0005 }, /^\* A record is of one kind.* The connection is closed\.$/],
  ])('is told what is wrong with %s, and closed; the others notice nothing', async (_, record, words) => {
    const setting = await Setting.with();
    const [bad, good] = [await setting.pageInside(), await setting.pageInside()];
    bad.link.send(Buffer.concat([encode({ payload: 'Hi' }), encode(record), encode({ payload: 'never' })]));
    await settle();
    expect(bad.seen.slice(0, 2)).toEqual(['welcome alice', 'alice: Hi']);
    expect(bad.seen[2]).toMatch(words);
    expect(bad.isClosed).toBe(true);
    await good.says('Still here');
    expect(good.seen).toEqual(['welcome alice', 'alice: Hi', 'alice: Still here']);
  });

  it('is closed without a word when it speaks something else', async () => {
    const page = (await Setting.with()).page();
    page.link.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await settle();
    expect(page.seen).toEqual([]);
    expect(page.isClosed).toBe(true);
  });

  it('is obeyed in what it said before it went', async () => {
    const setting = await Setting.with();
    const { passed, open } = gate();
    setting.server.network = passed;
    const page = await setting.pageInside();
    page.link.send(Buffer.concat([encode({ payload: 'one' }), encode({ payload: 'two' })]));
    page.link.reset();
    open();
    await settle();
    expect(setting.server.connection.said.map(({ text }) => text)).toEqual(['one', 'two']);
    expect((await setting.pageInside()).history).toEqual(['alice: one', 'alice: two']);
  });

  it('is not read from while the server takes nothing', async () => {
    const setting = await Setting.with();
    const { passed, open } = gate();
    const page = await setting.pageInside();
    setting.server.network = passed;
    await page.says('one');
    await page.says('two');
    expect(page.link.isPaused).toBe(true);
    expect(setting.server.connection.said).toHaveLength(1);
    open();
    await settle();
    expect(page.link.isPaused).toBe(false);
    expect(setting.server.connection.said).toHaveLength(2);
  });

  it('is not obeyed while it does not read', async () => {
    const setting = await Setting.with();
    const page = await setting.pageInside();
    page.link.stopReading();
    setting.server.connection.shows('text', 'bob', 'x'.repeat(1_040_000));
    setting.server.connection.shows('text', 'bob', 'x'.repeat(1_040_000));
    await page.says('Hi', 7);
    expect(setting.server.connection.said).toEqual([]);
    page.link.read();
    await settle();
    expect(setting.server.connection.said).toHaveLength(1);
  });

  it('costs a bounded number of bytes when it does not read, and is shown everything once it does', async () => {
    const setting = await Setting.with();
    const page = await setting.pageInside();
    page.link.stopReading();
    const text = 'x'.repeat(100_000);
    for (let number = 0; number < 40; number++) setting.server.connection.shows('text', 'bob', `${number} ${text}`);
    expect(page.link.mostPending).toBeLessThan(1_048_576 + 200_000);
    while (page.link.pending > 0) page.link.readOnce();
    expect(page.seen.slice(1).map((words) => words.split(' ')[1])).toEqual(
      Array.from({ length: 40 }, (_, number) => `${number}`),
    );
  });

  it('is told what it missed when it stops reading for too long', async () => {
    const setting = await Setting.with();
    const page = await setting.pageInside();
    page.link.stopReading();
    const text = 'x'.repeat(1_000_000);
    for (let number = 0; number < 20; number++) setting.server.connection.shows('text', 'bob', text);
    while (page.link.pending > 0) page.link.readOnce();
    expect(page.seen.filter((words) => words.startsWith('*'))).toEqual([
      expect.stringMatching(/^\* There are \d+ older entries, no longer kept here\. \(\d+\)$/),
    ]);
    expect(page.received.at(-1)).toMatchObject({ sequence: 20 });
  });
});

describe('a server that is gone', () => {
  it('is told to the pages, whose connections end', async () => {
    const setting = await Setting.with();
    const [page, outside] = [await setting.pageInside(), setting.page()];
    await lost(setting);
    expect(page.seen).toEqual(['welcome alice', '* The server closed the connection.']);
    expect(page.isClosed).toBe(true);
    expect({ seen: outside.seen, isClosed: outside.isClosed }).toEqual({ seen: [], isClosed: false });
    expect(setting.quits).toBe(0);
  });

  it('leaves texts in doubt, which are said to be so', async () => {
    const setting = await Setting.with((server) => (server.echoes = false));
    const page = await setting.pageInside();
    await page.says('Hi', 7);
    await lost(setting);
    expect(page.seen).toEqual([
      'welcome alice',
      '* The connection to the server ended before this message came back: it may not have been heard. (7)',
      '* The server closed the connection.',
    ]);
  });

  it('is joined anew by the next page that joins, with all that was kept', async () => {
    const setting = await Setting.with();
    const page = await setting.pageInside();
    await page.says('Hi', 7);
    await lost(setting);
    const [next, other] = await Promise.all([setting.pageInside(), setting.pageInside()]);
    expect(setting.server.connections).toHaveLength(2);
    expect([next.history, other.history]).toEqual([['alice: Hi (7)'], ['alice: Hi (7)']]);
    await next.says('Again', 8);
    expect(next.received.at(-1)).toMatchObject({ sequence: 2, number: 8 });
  });

  it('is told to a page that joins while it is still gone', async () => {
    const setting = await Setting.with();
    await lost(setting);
    setting.server.isThere = false;
    const page = await setting.pageInside();
    expect(page.seen).toEqual(['* There is no server at example, port 1.']);
    expect(page.isClosed).toBe(true);
    setting.server.isThere = true;
    expect((await setting.pageInside()).seen).toEqual(['welcome alice']);
  });

  it('may refuse the person when it is back; the page may try again', async () => {
    const setting = await Setting.with();
    await lost(setting);
    setting.server.refusal = 'Another user is using this username.';
    const page = await setting.pageInside();
    expect(page.seen).toEqual(['rejected: The server rejects the join request. Another user is using this username.']);
    expect(page.isClosed).toBe(false);
    setting.server.refusal = undefined;
    await page.sends({ flags: FLAG.JOIN_REQUEST, username: 'alice' });
    expect(page.seen.slice(1)).toEqual(['welcome alice']);
  });

  it('ends the connection while the person joins, too', async () => {
    const setting = await Setting.with();
    await lost(setting);
    const { passed, open } = gate();
    setting.server.door = passed;
    const page = await setting.pageInside();
    await lost(setting);
    open();
    await settle();
    expect(page.seen).toEqual(['* The server closed the connection.']);
    expect(page.isClosed).toBe(true);
  });
});

describe('the end', () => {
  it('is asked for by a page, and shown to all', async () => {
    const setting = await Setting.with();
    const [page, other] = [await setting.pageInside(), await setting.pageInside()];
    await page.sends({ flags: FLAG.QUIT_REQUEST });
    expect(setting.quits).toBe(1);
    await setting.bridge.stop();
    await settle();
    expect(setting.server.connection.hasLeft).toBe(true);
    for (const one of [page, other]) {
      expect(one.seen).toEqual(['welcome alice', 'alice left the chatroom.']);
      expect(one.received[1]).toMatchObject({ flags: FLAG.QUIT_ACCEPT, username: 'alice', sequence: 1 });
      expect(one.isClosed).toBe(true);
    }
  });

  it('is asked for by a text that means it', async () => {
    const setting = await Setting.with((server) => (server.echoes = false));
    const page = await setting.pageInside();
    await page.says('exit', 7);
    setting.server.connection.end('You have left the chatroom.', true);
    expect(setting.quits).toBe(1);
    await setting.bridge.stop();
    await settle();
    expect(page.seen).toEqual(['welcome alice', 'alice left the chatroom.']);
  });

  it('does not wait for a server that is gone', async () => {
    const setting = await Setting.with();
    await lost(setting);
    await setting.bridge.stop();
    expect(setting.server.connection.hasLeft).toBe(false);
  });

  it('comes in the midst of joining', async () => {
    const setting = new Setting();
    const { passed, open } = gate();
    setting.server.door = passed;
    const entering = setting.bridge.enter();
    await settle();
    await setting.bridge.stop();
    open();
    await expect(entering).rejects.toThrow('no connection');
    expect(setting.server.connection.isClosed).toBe(true);
  });
});

describe('the way in', () => {
  it("fails with the server's words", async () => {
    const setting = new Setting();
    setting.server.refusal = 'Another user is using this username.';
    await expect(setting.bridge.enter()).rejects.toMatchObject({
      name: 'RefusedError',
      message: setting.server.refusal,
    });
  });

  it('fails when there is no server', async () => {
    const setting = new Setting();
    setting.server.isThere = false;
    await expect(setting.bridge.enter()).rejects.toMatchObject({ name: 'UnreachableError' });
  });
});
