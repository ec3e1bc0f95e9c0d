/**
 * What a fresh checkout needs, done by whichever command comes first: it installs the dependencies and compiles the
 * sources, each only when something changed, then becomes `snug` in this very process (so that signals, the terminal
 * and the exit code are snug's own).
 *
 *     node src/setup.mjs ARGS         everything, then snug ARGS
 *     node src/setup.mjs --only       everything, and no more
 *     node src/setup.mjs --install    the dependencies alone
 *
 * It runs before there is anything to rely on, hence plain JavaScript without a dependency, in a syntax that a Node
 * too old for the rest still reads. All it has to say goes to stderr: stdout belongs to snug.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_NODE = [20, 17];
/** Between two looks at a lock that another run holds. */
const LOCK_POLL_MS = 100;
/** A holder touches its lock this often ... */
const LOCK_BEAT_MS = 1000;
/** ... and one that missed this many looks is gone, even if another process has its number by now. */
const LOCK_PATIENCE_POLLS = 300;
/** What is told to stop and has not after this long is killed. */
const STOP_PATIENCE_MS = 2000;
/** The holder of a stale lock died at a moment that leaves no trace, or never finished making the lock. */
const STALE = 'stale';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const at = (...names) => path.join(root, ...names);
const source = at('src');
/** The browser's page, which is not compiled but built. */
const page = at('src', 'client', 'web');
const dist = at('dist');
const builtPage = at('dist', 'web');
const lock = at('dist', '.setup-lock');
const stampFile = at('dist', '.setup-stamp');

class SetupError extends Error {}

async function main(args) {
  requireNode();
  const installOnly = args[0] === '--install';
  const ready = () => isInstalled() && (installOnly || isCompiled());
  if (!ready()) {
    await alone(async () => {
      if (!isInstalled()) await install();
      if (!installOnly && !isCompiled()) await compile();
    }, ready);
  }
  if (!installOnly && args[0] !== '--only') await becomeSnug(args);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new SetupError(
    `Snug needs Node ${OLDEST_NODE.join('.')} or newer, and this is Node ${process.versions.node}. ` +
      'Please install a newer one (https://nodejs.org) and try again.',
  );
}

async function becomeSnug(args) {
  const cli = at('dist', 'cli.js');
  process.argv = [process.execPath, cli, ...args];
  await import(pathToFileURL(cli).href);
}

// Dependencies

/** npm leaves a lock file of its own behind, written last, which lists what it has installed. */
function isInstalled() {
  const wanted = readJson(at('package-lock.json'));
  const present = readJson(at('node_modules', '.package-lock.json'));
  if (!wanted || !present) return false;
  // Native parts are made for one version of Node's interface: after a change of Node they have to be made again.
  const { nodeInterface } = readStamp();
  if (nodeInterface && nodeInterface !== process.versions.modules) return false;
  return Object.keys(wanted.packages)
    .filter((name) => name !== '')
    .every((name) => {
      const [want, have] = [wanted.packages[name], present.packages[name]];
      return have ? have.version === want.version && have.integrity === want.integrity : want.optional === true;
    });
}

async function install() {
  say('Installing the packages Snug needs (npm ci). This is done once and may take a few minutes,');
  say('because the database may have to be compiled for this machine.');
  const npm = process.env.npm_execpath || '';
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  if (/npm-cli\.c?js$/.test(npm)) await run('npm ci', process.execPath, [npm, ...args]);
  else await run('npm ci', 'npm', args);
  writeStamp({ nodeInterface: process.versions.modules });
}

// Compiling

function isCompiled() {
  const made = [at('dist', 'cli.js'), path.join(builtPage, 'index.html')];
  return readStamp().sources === fingerprint() && made.every((file) => fs.existsSync(file));
}

async function compile() {
  say('Compiling Snug ...');
  // Taken first: what changes while the compiler runs is compiled the next time.
  const sources = fingerprint();
  removeLeftovers();
  await run('The compiler', process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'src']);
  await run('The builder of the page', process.execPath, [path.join(page, 'build.mjs')]);
  writeStamp({ sources, nodeInterface: process.versions.modules });
}

/** Changes with every file that is compiled or built: made, removed, renamed, edited or put back to an older state. */
function fingerprint() {
  const hash = createHash('sha256');
  const files = [at('package-lock.json'), at('tsconfig.json'), at('src', 'tsconfig.json'), ...filesIn(source, '')];
  for (const file of files) {
    const { mtimeMs, size } = fs.statSync(file);
    hash.update(`${path.relative(root, file)} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

/**
 * Removes what was compiled from files that are gone, and the compiler's notes when an output has gone missing, for it
 * would trust them and not write it again. The rest stays: other processes may be running from it.
 */
function removeLeftovers() {
  const wanted = new Set(
    filesIn(source, '.ts', page).map((file) => path.join(dist, path.relative(source, file)).replace(/\.ts$/, '.js')),
  );
  for (const file of filesIn(dist, '.js', builtPage)) {
    if (!wanted.delete(file)) {
      fs.rmSync(file, { force: true });
      fs.rmSync(file.replace(/\.js$/, '.d.ts'), { force: true });
    }
  }
  if (wanted.size > 0) fs.rmSync(at('dist', '.tsbuildinfo'), { force: true });
}

/** Files below `folder` whose names end so; those below `except` are left out. */
function filesIn(folder, ending, except) {
  if (!fs.existsSync(folder) || folder === except) return [];
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(file, ending, except);
    return entry.name.endsWith(ending) && !entry.name.endsWith('.d.ts') ? [file] : [];
  });
}

// One at a time

/** Runs `work` while no other process does; not at all when another one has made it `done` meanwhile. */
async function alone(work, done) {
  await acquireLock();
  const beat = setInterval(() => touch(lock), LOCK_BEAT_MS);
  try {
    if (!done()) await work();
  } finally {
    clearInterval(beat);
    fs.rmSync(lock, { recursive: true, force: true });
  }
}

async function acquireLock() {
  fs.mkdirSync(dist, { recursive: true });
  const holder = path.join(lock, 'pid');
  let seen = '';
  let same = 0;
  for (let polls = 0; !tryMakeFolder(lock); polls += 1) {
    if (polls === 1) say('Waiting for another snug to finish setting up ...');
    const now = describeLock(holder);
    same = now === seen ? same + 1 : 0;
    seen = now;
    if (now === STALE || same > LOCK_PATIENCE_POLLS) {
      // Renamed first, so that of several who find it stale only one removes it.
      const grave = `${lock}-${process.pid}`;
      if (tryRename(lock, grave)) fs.rmSync(grave, { recursive: true, force: true });
      same = 0;
    }
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS * (0.5 + Math.random())));
  }
  fs.writeFileSync(holder, String(process.pid));
}

/** Changes as long as the holder lives. */
function describeLock(holder) {
  try {
    const beat = fs.statSync(lock).mtimeMs;
    const pid = fs.existsSync(holder) ? Number(fs.readFileSync(holder, 'utf8')) : 0;
    if (pid > 0) process.kill(pid, 0);
    return `${pid} ${beat}`;
  } catch (error) {
    return error.code === 'ESRCH' ? STALE : 'changing hands';
  }
}

function tryMakeFolder(folder) {
  try {
    fs.mkdirSync(folder);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function tryRename(from, to) {
  try {
    fs.renameSync(from, to);
    return true;
  } catch (error) {
    return false;
  }
}

function touch(file) {
  const now = new Date();
  fs.utimes(file, now, now, () => undefined);
}

// Small things

/** Runs a command in silence. When it fails, what it said is shown; when we are told to stop, so is the command. */
async function run(what, command, args) {
  const env = { ...process.env };
  // `npm run --silent` would silence the errors of an npm inside it as well.
  delete env.npm_config_loglevel;
  const child = spawn(command, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32' && command === 'npm',
    // A group of its own, so that it can be stopped with all that it started: npm alone would wait for its compiler.
    detached: process.platform !== 'win32',
  });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  let stoppedBy = '';
  const stop = (signal) => {
    stoppedBy = signal;
    killGroup(child, 'SIGTERM');
    setTimeout(() => killGroup(child, 'SIGKILL'), STOP_PATIENCE_MS).unref();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  signals.forEach((signal) => process.on(signal, stop));
  const code = await new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new SetupError(`${command} could not be started: ${error.message}`)));
    child.on('close', resolve);
  });
  signals.forEach((signal) => process.removeListener(signal, stop));
  if (stoppedBy) throw new SetupError(`Stopped by ${stoppedBy} before Snug was set up.`);
  if (code !== 0) throw new SetupError(`${Buffer.concat(output).toString().trim()}\n${what} failed, see above.`);
}

function killGroup(child, signal) {
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal);
  } catch (error) {
    // Gone already.
  }
}

function readStamp() {
  return readJson(stampFile) || {};
}

function writeStamp(stamp) {
  fs.writeFileSync(stampFile, JSON.stringify(stamp));
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    return undefined;
  }
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

main(process.argv.slice(2)).catch((error) => {
  say(error instanceof SetupError ? error.message : error.stack);
  process.exit(1);
});
