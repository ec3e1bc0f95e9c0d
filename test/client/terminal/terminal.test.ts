import { afterEach, describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { closeAll } from '../../support/cleanup.js';
import { eventually } from '../../support/eventually.js';
import { Terminal, type TerminalOptions } from '../../support/terminal.js';

const TYPESCRIPT = new URL('./support/typescript.mjs', import.meta.url).href;
const PROGRAM = fileURLToPath(new URL('./support/program.ts', import.meta.url));
/** Behind everything wide, where a press of the arrow is one code unit. */
const CURSOR_FROM_END = 40;
const CHOICE = 'Your choice: ';

function start(options?: TerminalOptions): Terminal {
  return new Terminal([process.execPath, '--import', TYPESCRIPT, PROGRAM], options);
}

async function inTheRoom(options?: TerminalOptions): Promise<Terminal> {
  const terminal = start(options);
  terminal.type('2\rFire\r');
  await terminal.waitFor('Fire joined the chatroom.');
  return terminal;
}

/** The rows of the screen, times blotted out, from the first that begins with `from`. */
function rows(terminal: Terminal, from: string): string[] {
  const all = terminal
    .screen()
    .replace(/\[\d\d:\d\d:\d\d\]/g, '[TIME]')
    .split('\n');
  return all.slice(all.findIndex((row) => row.startsWith(from)));
}

/** Waits until nothing new appears any more. */
async function calm(terminal: Terminal): Promise<void> {
  let before = '';
  await eventually(async () => {
    const now = terminal.screen() + JSON.stringify(terminal.cursor());
    await new Promise((resolve) => setTimeout(resolve, 100));
    const same = now === before;
    before = now;
    return same;
  }, 'calm');
}

/** Without what a break between rows may add or take away. */
function unspaced(text: string): string {
  return text.replace(/\s/g, '');
}

afterEach(closeAll);

describe('the menu on a terminal', () => {
  it('asks at the beginning of the line and leaves the cursor behind the question', async () => {
    const terminal = start();
    await terminal.waitFor('Your choice:');
    expect(terminal.screen()).toBe(
      [
        'Please select one of the following options:',
        '1. Get a report of the chatroom from the server.',
        '2. Request to join the chatroom.',
        '3. Quit the program.',
        'Your choice:',
      ].join('\n'),
    );
    expect(terminal.cursor()).toEqual({ column: CHOICE.length, row: 4 });
    terminal.enter('2');
    await terminal.waitFor('Please enter a username:');
    expect(rows(terminal, 'Your')).toEqual(['Your choice: 2', 'Please enter a username:']);
    expect(terminal.cursor()).toEqual({ column: 'Please enter a username: '.length, row: 5 });
  });

  it.each(['ctrl-c', 'ctrl-d'] as const)('ends at %s, the cursor at the beginning of a line', async (key) => {
    const terminal = start();
    await terminal.waitFor('Your choice:');
    terminal.press(key);
    expect(await terminal.waitForExit()).toEqual({ code: 0, signal: null });
    expect(terminal.cursor()).toEqual({ column: 0, row: 5 });
  });

  it('loses nothing that is typed or pasted ahead', async () => {
    const terminal = start();
    await terminal.waitFor('Your choice:');
    terminal.type('1\r2\rFire\rHey guys!\r\nI just joined.\rhalf');
    await terminal.waitFor('] Fire: I just joined.');
    await calm(terminal);
    expect(rows(terminal, 'Your choice: 2')).toEqual([
      'Your choice: 2',
      'Please enter a username: Fire',
      'The server welcomes you to the chatroom.',
      "Type lowercase 'q' and press enter at any time to quit the chatroom.",
      "Type lowercase 'a' and press enter at any time to upload an attachment to the chatroom.",
      'Here is a history of the chatroom.',
      '[TIME] Server: Fire joined the chatroom.',
      'Hey guys!',
      '[TIME] Fire: Hey guys!',
      'I just joined.',
      '[TIME] Fire: I just joined.',
      'half',
    ]);
  });
});

describe('the room on a terminal', () => {
  it.each([
    'Alright 漢字 guys. I should leave now. Bye. And this goes on for three rows.',
    // Terminals disagree about the width of emoji; this one and readline do.
    'Alright 漢字 guys 👋. I should leave now. Bye. And this goes on for three rows.',
    '👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋👋 and this goes on after all that waving, too.',
  ])('keeps a long line whole while others talk: %s', async (typed) => {
    const terminal = await inTheRoom({ cols: 40, rows: 24 });
    terminal.enter('!lines 60');
    terminal.type(typed);
    terminal.press(...Array.from({ length: CURSOR_FROM_END }, () => 'left' as const));
    for (const character of '<here 漢>') {
      terminal.type(character);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await terminal.waitFor('line 60 ');
    await calm(terminal);
    const changed = `${typed.slice(0, -CURSOR_FROM_END)}<here 漢>${typed.slice(-CURSOR_FROM_END)}`;
    expect(unspaced(terminal.transcript()).split('x.').at(-1)).toBe(unspaced(changed));
    const numbers = Array.from({ length: 60 }, (_, index) => index + 1);
    const lines = numbers.map((number) => `Cool: line ${number} 漢字 👋 ${'x'.repeat(number)}.`);
    expect(lines.filter((each) => terminal.occurrences(each) !== 1)).toEqual([]);
    terminal.press('enter');
    await terminal.waitFor(`Fire: ${changed}`);
  });

  it('puts a paste where the cursor is', async () => {
    const terminal = await inTheRoom({ cols: 60 });
    const paste = 'a pasted text, long enough for more than one row of the screen\tand with a tab ';
    terminal.type('beginning end');
    terminal.press('left', 'left', 'left');
    terminal.type(paste);
    terminal.press('enter');
    await terminal.waitFor(`Fire: beginning ${paste.replace('\t', ' ')}end`);
  });

  it.each([
    [100, 40],
    [40, 100],
    [80, 50],
  ])('goes on when the width changes from %d to %d', async (cols, narrow) => {
    const terminal = await inTheRoom({ cols, rows: 20 });
    const typed = 'This is typed while somebody pulls at the edge of the window, a row and more.';
    terminal.type(typed);
    terminal.press('left', 'left', 'left');
    await terminal.waitFor('and more.');
    terminal.resize(narrow, 20);
    terminal.type('!');
    await calm(terminal);
    terminal.type('?\r');
    const changed = `${typed.slice(0, -3)}!?${typed.slice(-3)}`;
    await terminal.waitFor(`Fire: ${changed}`);
    await calm(terminal);
    const screen = terminal.screen().replaceAll('\n', '');
    expect(screen.split(changed)).toHaveLength(3);
    expect(screen.split('This is typed')).toHaveLength(3);
    expect(screen).toContain('Server: Fire joined the chatroom.');
  });

  it('shows progress above the line that is typed, and nothing of it stays', async () => {
    const terminal = await inTheRoom();
    terminal.enter(`!file ${2 * 1024 * 1024}`);
    await terminal.waitFor('Fetching big.iso');
    terminal.enter('meanwhile');
    terminal.type('typing');
    await terminal.waitFor('* Saved big.iso as downloads/big.iso (2 MB).');
    await calm(terminal);
    expect(rows(terminal, '!file')).toEqual([
      '!file 2097152',
      '[TIME] Cool: shared big.iso (application/x-iso9660-image, 2 MB); number 2',
      'meanwhile',
      '[TIME] Fire: meanwhile',
      '* Saved big.iso as downloads/big.iso (2 MB).',
      'typing',
    ]);
  });

  it('completes commands, and shows a choice above the line', async () => {
    const terminal = await inTheRoom();
    terminal.type('/h\t');
    await terminal.waitFor('* /help  /history');
    terminal.type('el\t\r');
    await terminal.waitFor('quits the chatroom');
    expect(rows(terminal, '* /help').slice(0, 2)).toEqual(['* /help  /history', '/help ']);
  });

  it('remembers what was typed in the room before', async () => {
    const terminal = await inTheRoom();
    terminal.enter('Hi');
    await terminal.waitFor('Fire: Hi');
    terminal.enter('q');
    await terminal.waitFor('Your choice:', { count: 2 });
    terminal.type('2\rFire\r');
    await terminal.waitFor('Fire joined', { count: 2 });
    terminal.press('up', 'up', 'enter');
    await terminal.waitFor('Fire: Hi', { count: 2 });
  });

  it('returns to the menu when the server is gone, without what was half typed', async () => {
    const terminal = await inTheRoom();
    terminal.enter('!gone');
    await terminal.waitFor('Your choice:', { count: 2 });
    expect(rows(terminal, '!gone').slice(0, 4)).toEqual([
      '!gone',
      'The server closed the connection.',
      '',
      'Please select one of the following options:',
    ]);
  });

  it.each(['ctrl-c', 'ctrl-d'] as const)('leaves politely at %s', async (key) => {
    const terminal = await inTheRoom();
    terminal.type(key === 'ctrl-c' ? 'not sent' : '');
    terminal.press(key);
    expect(await terminal.waitForExit()).toEqual({ code: 0, signal: null });
    expect(rows(terminal, '[TIME]')).toEqual([
      '[TIME] Server: Fire joined the chatroom.',
      '[TIME] Server: Fire left the chatroom.',
    ]);
    expect(terminal.cursor().column).toBe(0);
  });

  it('stops and goes on with what was typed, the terminal in order in between', async () => {
    const shell = new Terminal(['/bin/bash', '--norc', '--noprofile'], { env: { PS1: '$ ' } });
    shell.enter(`${process.execPath} --import ${TYPESCRIPT} ${PROGRAM}`);
    await shell.waitFor('Your choice:');
    shell.type('2\rFire\r');
    await shell.waitFor('Fire joined the chatroom.');
    shell.type('half');
    await shell.waitFor('half');
    shell.press('ctrl-z');
    await shell.waitFor('Stopped');
    shell.enter('stty -a');
    await shell.waitFor(/ icanon/);
    shell.enter('fg');
    await shell.waitFor(/fg\n.*program\.ts\nhalf/);
    shell.enter(' a line');
    await shell.waitFor('Fire: half a line');
    shell.press('ctrl-c');
    await shell.waitFor('Fire left the chatroom.');
    shell.enter('stty -a; exit');
    await shell.waitForExit();
    expect(shell.occurrences(/ icanon/)).toBe(2);
  });
});
