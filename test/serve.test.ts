import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { DEFAULTS, parseServed, type Secrets, UsageError } from '../src/config.js';
import { serve } from '../src/serve.js';
import { selfSigned } from './support/certificate.js';
import { closeAll } from './support/cleanup.js';
import { temporaryFolder } from './support/folders.js';

afterEach(closeAll);

interface Settings extends Secrets {
  readonly host: string;
  readonly client: string;
}

/** What the server says when it starts, with the ports that the system picked as `PORT`; it is stopped at once. */
async function saidBy(
  names: string[],
  { host = '127.0.0.1', client = 'npm run client', ...secrets }: Partial<Settings> = {},
): Promise<string[]> {
  const folder = temporaryFolder('serve');
  const folders = { data: join(folder, 'data'), downloads: join(folder, 'downloads') };
  const config = {
    ...DEFAULTS,
    ...folders,
    ...secrets,
    host,
    serve: parseServed(names, names.length > 0 ? undefined : 0),
  };
  let said = '';
  const output = new Writable({ write: (text: Buffer, _, done) => (void (said += text.toString()), done()) });
  const told = (): AbortSignal => AbortSignal.abort();
  expect(await serve(config, { output, told, json: false, version: '1.0.0', client })).toBe(0);
  return said.replace(/:\d{4,5}\b/g, ':PORT').split('\n');
}

describe('the way to join', () => {
  it('is the browser first, and the client beside it', async () => {
    const said = await saidBy([]);
    expect(said).toContain(
      'To join, open http://localhost:PORT/ in a browser, or type in another terminal here: npm run client -- records://localhost:PORT',
    );
    expect(said).toContain('Only programs on this machine can connect; --host 0.0.0.0 opens the room to others.');
  });

  it.each([
    {
      name: 'the browser or our client, where only web is served',
      names: ['web=0'],
      way: 'open http://localhost:PORT/ in a browser, or type in another terminal here: npm run client -- ws://localhost:PORT',
    },
    {
      name: 'our client, where only records is served',
      names: ['records=0'],
      way: 'open another terminal here and type: npm run client -- records://localhost:PORT',
    },
    {
      name: 'our client with a name, where there is no menu',
      names: ['chat10=0', 'raw=0'],
      way: 'open another terminal here and type: npm run client -- NAME chat10://localhost:PORT',
    },
    {
      name: 'the client for the first of the others, where web comes first',
      names: ['web=0', 'raw=0'],
      way: 'open http://localhost:PORT/ in a browser, or type in another terminal here: npm run client -- NAME raw://localhost:PORT',
    },
  ])('is $name', async ({ names, way }) => {
    expect(await saidBy(names)).toContain(`To join, ${way}`);
  });

  it('is the bare command for the usual port', async () => {
    expect(DEFAULTS.url).toBe(`records://localhost:${parseServed(['records'], undefined)[0]!.port}`);
  });

  it('is said as the program was started', async () => {
    const said = await saidBy(['records=0'], { client: 'snug chat' });
    expect(said).toContain('To join, open another terminal here and type: snug chat records://localhost:PORT');
  });

  it('has an IPv6 address in brackets, as localhost need not lead there', async () => {
    const said = await saidBy(['records=0', 'web=0'], { host: '::1' });
    expect(said.join('\n')).toContain('open http://[::1]:PORT/ in');
    expect(said.join('\n')).toContain('npm run client -- records://[::1]:PORT');
    expect(said[1]).toMatch(/records on \[::1\]:PORT$/);
  });

  it('is by localhost where all addresses are listened on', async () => {
    expect((await saidBy(['web=0'], { host: '::' })).join('\n')).toContain('open http://localhost:PORT/ in');
  });

  it('is told for other machines too, where they can connect', async () => {
    const said = await saidBy(['web=0'], { host: '0.0.0.0' });
    expect(said.join('\n')).toContain('open http://localhost:PORT/ in a browser');
    expect(said).toContain("On another machine, this one's name or address stands in place of localhost.");
  });

  it('is over TLS where that is served', async () => {
    const said = await saidBy(['records=0', 'web=0'], { tls: selfSigned() });
    expect(said).toContain(
      'To join, open https://localhost:PORT/ in a browser, or type in another terminal here: npm run client -- records+tls://localhost:PORT',
    );
    expect((await saidBy(['web=0'], { tls: selfSigned() })).join('\n')).toContain(
      'npm run client -- wss://localhost:PORT',
    );
  });
});

describe('what is open', () => {
  const OPEN = 'The room is open: whoever can reach this machine can join, read the history and share files,';
  const CLOSED =
    'Open to whoever can reach this machine: to see how many people are here, and to join with the passphrase;';

  it.each([
    { name: 'everything', who: OPEN, what: 'without a passphrase; what is said is not encrypted on its way.' },
    {
      name: 'less with a passphrase',
      passphrase: 'green tea',
      who: CLOSED,
      what: 'neither it nor what is said is encrypted on its way.',
    },
    {
      name: 'the room with TLS',
      tls: selfSigned(),
      who: OPEN,
      what: 'without a passphrase; what is said is encrypted on its way.',
    },
    {
      name: 'what other protocols carry, with TLS',
      names: ['records=0', 'chat10=0', 'raw=0'],
      tls: selfSigned(),
      who: OPEN,
      what: 'without a passphrase; what is said is encrypted on its way, except over chat10 and raw.',
    },
    {
      name: 'least with both',
      passphrase: 'green tea',
      tls: selfSigned(),
      who: CLOSED,
      what: 'it and what is said are encrypted on their way.',
    },
  ])('is said plainly: $name', async ({ names = ['records=0'], passphrase, tls, who, what }) => {
    const said = await saidBy(names, { host: '0.0.0.0', passphrase, tls });
    expect(said.slice(said.indexOf(who), said.indexOf(who) + 2)).toEqual([who, what]);
  });

  it('is nothing but the machine itself otherwise, and the passphrase is named there too', async () => {
    const said = await saidBy(['records=0'], { passphrase: 'green tea' });
    expect(said).toContain('Only programs on this machine can connect; --host 0.0.0.0 opens the room to others.');
    expect(said).toContain('Whoever joins is asked for the passphrase.');
    expect(said.join('\n')).not.toContain('green tea');
  });

  it('is not what nobody could close: protocols without a passphrase are not served beside one', async () => {
    const attempt = saidBy(['records=0', 'chat10=0', 'pull=0'], { passphrase: 'green tea' });
    await expect(attempt).rejects.toThrow(
      'While a passphrase is set, only records and web can be served: over chat10 and pull nobody can say it.',
    );
    await expect(attempt).rejects.toBeInstanceOf(UsageError);
    await expect(saidBy(['all=0'], { passphrase: 'green tea' })).rejects.toThrow(
      'raw-udp and register nobody can say it.',
    );
  });
});
