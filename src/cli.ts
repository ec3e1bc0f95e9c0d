#!/usr/bin/env node
/** From argv to a command. With config.ts and signals.ts the only code that touches argv, the environment, exit and signals. */
import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import type { ChatCommand } from './chat.js';
import type { CheckCommand } from './check.js';
import { DEFAULTS, parsePort, parseServed, type Secrets, type ServerConfig, UsageError } from './config.js';
import { codeOf } from './error-code.js';
import { askedLimits, withLimits } from './limit-options.js';
import { grouped } from './option-groups.js';
import { checked, option, whole } from './options.js';
import { allProtocols } from './protocols/index.js';
import {
  clientSecrets,
  type ClientSecretOptions,
  type ClientSecrets,
  serverSecrets,
  type ServerSecretOptions,
  withClientSecrets,
  withServerSecrets,
} from './secret-options.js';
import { IS_STARTED_BY_NPM, leave, suspend, told } from './signals.js';
import { STORAGE_OPTIONS } from './storage-config.js';
import { visible } from './visible.js';

const VERSION = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string })
  .version;

/** Exit codes: the command was not understood; it was, and could not be done. */
const USAGE = 2;
const FAILED = 1;

/** Milliseconds that whoever reads what the server said has for the last of it. */
const LAST_WORDS_TIME = 2000;

const PROTOCOLS = allProtocols().map(({ name }) => name);

const ADDRESSES = `
Addresses:
  records://host:port/ROOM   the room's own protocol, with menu, history and files
  ws://host:port/ROOM        the same over WebSocket
  records+tls://, wss://     the same two over TLS
  chat10://host:port         CHAT/1.0
  pull://host:port           GET, USERS, PUT
  raw://host:port            bare TCP
  raw-udp://host:port        bare UDP
  chat://host:port           REGISTER
`;

interface ServeOptions extends Omit<ServerConfig, 'serve' | 'asked' | keyof Secrets>, ServerSecretOptions {
  readonly port?: number;
  readonly log: 'auto' | 'human' | 'json';
}

type ChatCommandOptions = Omit<ChatCommand, 'words' | keyof ClientSecrets> & ClientSecretOptions;

function program(): Command {
  const snug = new Command('snug')
    .description('A small chat room with a long memory that anyone can join with any client.')
    .version(`snug ${VERSION}`, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError(false)
    .configureOutput({ outputError })
    .exitOverride();
  snug.addCommand(grouped(withServerSecrets(withLimits(withStorage(serveCommand())))));
  snug.addCommand(withClientSecrets(chatCommand()));
  snug.addCommand(checkCommand());
  return snug;
}

function serveCommand(): Command {
  return subcommand('serve')
    .description('run the room')
    .argument(
      '[protocol...]',
      `what to serve, each as NAME or NAME=PORT (=0 takes a free port): ${PROTOCOLS.join(', ')}, or all; ` +
        'records, and web for browsers, when nothing is named',
    )
    .addOption(
      option('--port <number>', 'port of the one protocol named; with none, of records, and web is 80 above').argParser(
        checked(parsePort),
      ),
    )
    .addOption(
      option('--host <address>', 'address to listen on; 0.0.0.0 opens the room to other machines').default(
        DEFAULTS.host,
      ),
    )
    .addOption(whole('--capacity <number>', 'seats in a room', 1, 1_000_000).default(DEFAULTS.capacity))
    .addOption(whole('--rooms <number>', 'rooms there may be beside the lobby', 0, 100_000).default(DEFAULTS.rooms))
    .addOption(
      whole('--grace <seconds>', 'how long a seat is kept for someone whose link dropped', 0, 86_400).default(
        DEFAULTS.grace,
      ),
    )
    .addOption(option('--data <folder>', 'folder of the history').default(DEFAULTS.data))
    .addOption(option('--downloads <folder>', 'folder of the files that were shared').default(DEFAULTS.downloads))
    .addOption(whole('--replay <bytes>', 'history shown on joining', 0, 1_073_741_824).default(DEFAULTS.replay))
    .addOption(
      whole('--inline <bytes>', 'files up to this size are shown with their contents', 0, 67_108_864).default(
        DEFAULTS.inline,
      ),
    )
    .addOption(
      option('--log <form>', 'what the server reports: sentences, or JSON lines (auto: sentences in a terminal)')
        .choices(['auto', 'human', 'json'])
        .default('auto'),
    )
    .action(async (names: string[], options: ServeOptions, command: Command) => {
      const { serve } = await import('./serve.js');
      const served = parseServed(names, options.port);
      const json = options.log === 'json' || (options.log === 'auto' && !process.stdout.isTTY);
      // Whoever reads our output may be gone, or its disk full; the room goes on.
      const { stdout: output } = process;
      output.on('error', () => {});
      const { secrets, certificate } = await serverSecrets(options, process.env['SNUG_PASSPHRASE']);
      process.exitCode = await serve(
        { ...options, ...secrets, serve: served, asked: askedLimits(command) },
        { output, json, version: VERSION, client: clientCommand(), told: (reload) => told(reload, true), certificate },
      );
      // What nobody reads would keep the process for ever.
      setTimeout(() => process.exit(), LAST_WORDS_TIME).unref();
    });
}

function chatCommand(): Command {
  return subcommand('chat')
    .description('open the menu and join a room')
    .argument('[word...]', `the server, ${DEFAULTS.url} if none is given, and your name; in any order`)
    .addOption(option('--target <host>', "the server's host, instead of that in the URL"))
    .addOption(option('--port <number>', "the server's port, instead of that in the URL").argParser(checked(parsePort)))
    .addOption(option('--username <name>', 'the name to join with, instead of being asked'))
    .addOption(option('-n, --name <name>', 'the same'))
    .addOption(option('--avatar <file>', 'a picture of you, for those whose clients show pictures (records)'))
    .addOption(option('--gui', 'in a browser instead of the terminal'))
    .addOption(option('--no-open', 'with --gui, only say the address, and leave the browser alone'))
    .addOption(option('--attachments <folder>', 'folder of what you share').default(DEFAULTS.attachments))
    .addOption(option('--downloads <folder>', 'folder where received files land').default(DEFAULTS.downloads))
    .addHelpText('after', ADDRESSES)
    .action(async (words: string[], options: ChatCommandOptions) => {
      const { runChat } = await import('./chat.js');
      const { stdin: input, stdout: output } = process;
      const secrets = await clientSecrets(options, process.env['SNUG_PASSPHRASE']);
      process.exitCode = await runChat(
        { words, ...options, ...secrets },
        { input, output, color: wantsColor(), plain: isDumb(), signal: told(), suspend, browse },
      );
    });
}

function checkCommand(): Command {
  return subcommand('check')
    .description('verify that everything in a data folder is as it was written; changes nothing')
    .addOption(option('--data <folder>', 'folder of the history').default(DEFAULTS.data))
    .addOption(option('--downloads <folder>', 'folder of the files that were shared').default(DEFAULTS.downloads))
    .action(async (options: CheckCommand) => {
      const { check } = await import('./check.js');
      process.exitCode = await check(options, (line) => void process.stdout.write(line));
    });
}

function withStorage(command: Command): Command {
  for (const [flags, description, most, usual] of STORAGE_OPTIONS) {
    command.addOption(whole(flags, description, 0, most).default(usual));
  }
  return command;
}

function subcommand(name: string): Command {
  return new Command(name)
    .helpOption('--help', 'print this help')
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .configureOutput({ outputError })
    .exitOverride();
}

/** One sentence in our own form. */
function outputError(text: string, write: (text: string) => void): void {
  const sentence = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\.$/, '');
  write(`snug: ${sentence}; --help lists what there is.\n`);
}

function clientCommand(): string {
  return IS_STARTED_BY_NPM ? 'npm run client' : 'snug chat';
}

async function browse(address: string): Promise<void> {
  const { default: open } = await import('open');
  await open(address);
}

/** https://no-color.org */
function wantsColor(): boolean {
  return process.stdout.isTTY && !process.env['NO_COLOR'] && !isDumb();
}

/** A terminal that cannot move its cursor. */
function isDumb(): boolean {
  return process.env['TERM'] === 'dumb';
}

async function main(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(argv, { from: 'user' });
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
  leave();
}

/** The command could not be understood or done: one sentence, and no stack where the fault is not ours. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (error instanceof UsageError) {
    process.stderr.write(`snug: ${error.message}\n`);
    return USAGE;
  }
  process.stderr.write(`snug: ${describe(error)}\n`);
  return FAILED;
}

const EXPECTED = new Set([
  'TransportError',
  'UnreachableError',
  'RefusedError',
  'HistoryFileError',
  'FolderInUseError',
]);

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // That it was not kept is said for those in a room.
  if (error.name === 'RoomError' && error.cause !== undefined) return describe(error.cause);
  // Some of the words may be a server's.
  if (EXPECTED.has(error.name)) return visible(error.message);
  if (codeOf(error).startsWith('SQLITE_')) return `The data folder cannot be used: ${error.message}.`;
  // Errors of the system (no permission, no space, not a folder) are sentences already.
  return 'syscall' in error ? `${error.message}.` : (error.stack ?? error.message);
}

await main(process.argv.slice(2));
