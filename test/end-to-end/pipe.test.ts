import { afterAll, describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeAll } from '../support/cleanup.js';
import { COOL_FILE, COOL_TEXT, home, namesIn } from '../support/folders.js';
import { run } from '../support/process.js';
import { ServerProcess } from '../support/server-process.js';

const MENU = [
  'Please select one of the following options:',
  '1. Get a report of the chatroom from the server.',
  '2. Request to join the chatroom.',
  '3. Quit the program.',
];

const WELCOME = [
  'The server welcomes you to the chatroom.',
  "Type lowercase 'q' and press enter at any time to quit the chatroom.",
  "Type lowercase 'a' and press enter at any time to upload an attachment to the chatroom.",
  'Here is a history of the chatroom.',
];

describe('the menu client between pipes', () => {
  afterAll(closeAll);

  it('does what it reads, line by line, and prints plain lines', async () => {
    const server = await ServerProcess.start();
    const { code, stdout, stderr } = await chat(server, '2\nCool\nHi\nq\n3\n');

    expect(stderr).toBe('');
    expect(withoutTimes(stdout)).toEqual([
      ...MENU,
      'Your choice: 2',
      'Please enter a username: Cool',
      ...WELCOME,
      '[time] Server: Cool joined the chatroom.',
      '[time] Cool: Hi',
      '[time] Server: Cool left the chatroom.',
      '',
      ...MENU,
      'Your choice: 3',
      '',
    ]);
    expect(code).toBe(0);
    expect((await server.stop()).code).toBe(0);
  });

  it('leaves the room and ends when its input ends', async () => {
    const server = await ServerProcess.start();
    const { code, stdout } = await chat(server, '2\nCool\nHi');

    expect(withoutTimes(stdout)).toEqual(
      expect.arrayContaining(['[time] Cool: Hi', '[time] Server: Cool left the chatroom.']),
    );
    expect(code).toBe(0);
    await server.waitForReport({ event: 'left', name: 'Cool' });
  });

  it('uses no colour and moves no cursor, whatever the terminal is said to be', async () => {
    const server = await ServerProcess.start();
    const { stdout } = await chat(server, '1\n2\nCool\nHi\nq\n3\n', { TERM: 'xterm-256color', COLORTERM: 'truecolor' });

    expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it('uploads a file and shows it', async () => {
    const server = await ServerProcess.start();
    const own = home('cool');
    writeFileSync(join(own.attachments, 'my notes.txt'), 'Remember the milk.\n');
    const input = `2\nCool\na\nattachments/${COOL_FILE}\na\nattachments/my notes.txt\nq\n3\n`;
    const { code, stdout } = await chat(server, input, {}, own);

    expect(withoutTimes(stdout).filter((line) => line.startsWith('[time] Cool:'))).toEqual([
      `[time] Cool: ${COOL_TEXT}`,
      '[time] Cool: Remember the milk.',
    ]);
    expect(code).toBe(0);
    for (const folder of [server.downloads, own.downloads]) {
      expect(namesIn(folder).sort()).toEqual([COOL_FILE, 'my notes.txt']);
      expect(readFileSync(join(folder, 'my notes.txt'), 'utf8')).toBe('Remember the milk.\n');
    }
  });

  function chat(server: ServerProcess, input: string, env: Record<string, string> = {}, own = home('pipe')) {
    const folders = ['--attachments', own.attachments, '--downloads', own.downloads];
    return run(['chat', server.url, ...folders], { input, env, cwd: own.folder });
  }
});

function withoutTimes(stdout: string): string[] {
  return stdout.split('\n').map((line) => line.replace(/^\[\d\d:\d\d:\d\d\]/, '[time]'));
}
