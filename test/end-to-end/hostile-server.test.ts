import { afterEach, describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { closeAll } from '../support/cleanup.js';
import { home } from '../support/folders.js';
import { HOSTILE_SERVERS, type HostileServer } from '../support/hostile-servers.js';
import { playHostile } from '../support/hostile-show.js';
import { HOSTILE_FILE_NAMES, HOSTILE_LINES, HOSTILE_TEXTS, UNSAFE } from '../support/hostile-texts.js';
import { WELCOME } from '../support/people.js';
import { snugWatched, stateAfter, type WatchedTerminal } from '../support/watched-terminal.js';

const PATIENT = 60_000;

/** Each protocol, and the places in which its server can put a text. */
const PLACES = {
  records: [
    'a message',
    'the name of an author',
    'a joining',
    'a leaving',
    'a notice',
    'the name of a room',
    'the name of a file',
  ],
  chat10: ['a message', 'the name of an author', 'a joining', 'a notice'],
  raw: ['a message', 'a joining', 'a notice'],
  pull: ['a message', 'a notice'],
  register: ['a message', 'a notice', 'words'],
} as const;
const PROTOCOLS = Object.keys(PLACES) as (keyof typeof PLACES)[];

/** Where a message has no end of its own but silence, one waits for each to be shown. */
const UNFRAMED: ReadonlySet<string> = new Set(['raw', 'register']);

/** What is a folder, an author, or the end of a head. */
const PARTS: Readonly<Record<string, RegExp>> = {
  'records, the name of a file': /[/\\]/g,
  'raw, a notice': /:/g,
  'chat10, the name of an author': /[\u2028\u2029]/g,
  'chat10, a joining': /[\u2028\u2029]/g,
};

describe('our client in a terminal, at a hostile server', () => {
  afterEach(closeAll);

  it.each(PROTOCOLS)(
    'leaves the terminal as after plain text, wherever a text is put: %s',
    async (protocol) => {
      const harms = await Promise.all(
        PLACES[protocol].map(async (place) => ({ [place]: await harmOf(protocol, place) })),
      );
      expect(harms).toEqual(PLACES[protocol].map((place) => ({ [place]: 'none' })));
    },
    PATIENT,
  );

  it.each(PROTOCOLS)('leaves it so when it is refused: %s', async (protocol) => {
    const texts = [...HOSTILE_TEXTS, ...HOSTILE_LINES].map(({ text }) => text);
    const states = await Promise.all([
      refused(protocol, 'no'),
      refused(protocol, `no ${texts.join(' ')}`.slice(0, 1000)),
    ]);
    expect(states[1]).toEqual(states[0]);
  });

  it('keeps files where they belong, under harmless names, whatever the server calls them', async () => {
    const server = await HOSTILE_SERVERS.records({});
    const { terminal, folder } = await visitor(server);
    const names = [...HOSTILE_FILE_NAMES, ...HOSTILE_LINES.map(({ text }) => text)];
    for (const name of names) server.places['the name of a file']!(name);
    server.places['a message']!('the end');
    await terminal.waitFor('eve: the end');
    server.places['a message']!('the very end');
    await terminal.waitFor('saved as downloads/', { count: names.length });

    const kept = readdirSync(join(folder, 'downloads'));
    expect(kept).toHaveLength(names.length);
    expect(kept.filter((name) => UNSAFE.test(name) || /[<>:"/\\|?*]|^\.snug-|^\.+$/.test(name))).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['attachments', 'downloads']);
  });
});

/** What is wrong with the terminal of somebody in whose room hostile texts were put there. */
async function harmOf(protocol: keyof typeof PLACES, place: string): Promise<string> {
  const server = await HOSTILE_SERVERS[protocol]({});
  const { terminal } = await visitor(server);
  const put = server.places[place]!;
  const show = async (text: string): Promise<void> => {
    put(text);
    if (UNFRAMED.has(protocol)) await terminal.waitFor(/^\w+-\d+-/.exec(text)![0]);
  };
  return playHostile({ terminal, show }, textsFor(protocol, place)).then(() => 'none', String);
}

/** Somebody with our client, in the room of that server. */
async function visitor(server: HostileServer): Promise<{ terminal: WatchedTerminal; folder: string }> {
  const { folder } = home('visitor');
  const terminal = snugWatched(['chat', server.url, '--username', 'ann'], folder);
  await enter(terminal, server);
  await terminal.waitFor(WELCOME);
  return { terminal, folder };
}

async function enter(terminal: WatchedTerminal, { url }: HostileServer): Promise<void> {
  if (!url.startsWith('records')) return;
  await terminal.waitFor('Your choice:');
  terminal.enter('2');
}

/** How the terminal is set when a refusal in these words, and a report of them where there is one, was read. */
async function refused(protocol: keyof typeof PLACES, refusal: string): Promise<object> {
  const server = await HOSTILE_SERVERS[protocol]({ refusal });
  const terminal = snugWatched(['chat', server.url, '--username', 'ann'], home('visitor').folder);
  await enter(terminal, server);
  if (protocol === 'records') {
    await terminal.waitFor('Your choice:', { count: 2 });
    terminal.enter('1');
    await terminal.waitFor('Your choice:', { count: 3 });
    terminal.enter('3');
  }
  await terminal.waitForExit();
  expect(terminal.transcript()).toContain('no');
  expect(terminal.answers).toEqual([]);
  return stateAfter(terminal.raw);
}

/** The texts, without what parts of a message are told by in that place. */
function textsFor(protocol: string, place: string): { what: string; text: string }[] {
  const parts = PARTS[`${protocol}, ${place}`] ?? /(?!)/;
  return HOSTILE_TEXTS.map(({ what, text }) => ({ what, text: text.replace(parts, '') }));
}
