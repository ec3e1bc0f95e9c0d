import { describe, expect, it } from '@jest/globals';
import { commandsBeginning, type CommandRoom, runCommand } from '../../../src/client/terminal/commands.js';
import { completeLine } from '../../../src/client/terminal/completion.js';

const EVERYTHING = { report: true, files: true, history: true };
const NOTHING = { report: false, files: false, history: false };

/** Runs what was typed, and gives what was asked of the room. */
async function asked(typed: string, can = EVERYTHING): Promise<string[]> {
  const calls: string[] = [];
  const room: CommandRoom = {
    can,
    tell: (text) => void calls.push(`tell ${text}`),
    say: async (text) => void calls.push(`say ${text}`),
    names: async () => void calls.push('names'),
    older: async () => void calls.push('older'),
    list: () => 'the list',
    get: async (number) => void calls.push(`get ${number}`),
  };
  await runCommand(typed, room);
  return calls;
}

describe('runCommand', () => {
  it.each([
    ['/names', ['names']],
    ['/names  ', ['names']],
    ['/history', ['older']],
    ['/files', ['tell the list']],
    ['/get 12', ['get 12']],
    ['/get', ['get ']],
    ['/say q', ['say q']],
    ['/say  two  spaces ', ['say  two  spaces ']],
    ['/say', ['tell /say needs a text to send.']],
    ['/nope x', ['tell There is no /nope. /help lists the commands; to send a text that starts with /, type //.']],
    ['/', ['tell There is no /. /help lists the commands; to send a text that starts with /, type //.']],
    [
      '/toString',
      ['tell There is no /toString. /help lists the commands; to send a text that starts with /, type //.'],
    ],
  ])('does what %j asks for', async (typed, expected) => {
    expect(await asked(typed)).toEqual(expected);
  });

  it.each(['/names', '/files', '/get 1', '/history'])(
    'refuses %s where the protocol has no such thing',
    async (typed) => {
      const [name] = typed.split(' ');
      expect(await asked(typed, NOTHING)).toEqual([`tell ${name} is not possible on this server.`]);
    },
  );

  it('helps with what is possible, q and a included', async () => {
    const [everything = ''] = await asked('/help');
    const words = everything.replace(/^tell /, '').split('\n');
    expect(words.map((row) => row.split(' ')[0])).toEqual([
      'q',
      'a',
      '/help',
      '/names',
      '/files',
      '/get',
      '/history',
      '/say',
      '//TEXT',
    ]);
    const [little = ''] = await asked('/help', NOTHING);
    const few = little.replace(/^tell /, '').split('\n');
    expect(few.map((row) => row.split(' ')[0])).toEqual(['q', '/help', '/say', '//TEXT']);
  });
});

describe('commandsBeginning', () => {
  it('offers what is possible', () => {
    expect(commandsBeginning('/h', EVERYTHING)).toEqual(['/help', '/history']);
    expect(commandsBeginning('/h', NOTHING)).toEqual(['/help']);
  });
});

describe('completeLine', () => {
  it.each([
    ['/na', '/na', ['/names ']],
    ['Fi', 'Fi', ['Fire: ']],
    ['hello f', 'f', ['Fun ', 'Fire ']],
    ['hello ', '', []],
    ['', '', []],
    ['hello ev', 'ev', []],
  ])('of %j takes %j for one of %j', (typed, word, choices) => {
    expect(completeLine(typed, EVERYTHING, ['Cool', 'Fun', 'Fire', 'ev\x1b[2J'])).toEqual({ word, choices });
  });
});
