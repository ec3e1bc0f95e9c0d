import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { PageSettings } from '../src/client/page-settings.js';
import { servePage } from '../src/page.js';
import { atEnd, closeAll } from './support/cleanup.js';
import { eventually } from './support/eventually.js';
import { temporaryFolder } from './support/folders.js';

const INDEX = '<!doctype html><meta name="snug-settings" content="{}" /><p>The page</p>';
const SCRIPT = 'console.log("Hi.");';
const ICON = '<svg xmlns="http://www.w3.org/2000/svg" />';
const HIDDEN = 'not for others';

afterEach(closeAll);

/** A folder as the build makes it, with what must not get out in it and beside it. */
function built(): string {
  const folder = temporaryFolder('page');
  const page = join(folder, 'web');
  mkdirSync(join(page, 'assets'), { recursive: true });
  writeFileSync(join(page, 'index.html'), INDEX);
  writeFileSync(join(page, 'icon.svg'), ICON);
  writeFileSync(join(page, 'assets', 'main-ABC123.js'), SCRIPT);
  writeFileSync(join(page, 'assets', '.hidden.js'), HIDDEN);
  writeFileSync(join(page, '.hidden'), HIDDEN);
  writeFileSync(join(folder, 'secret.txt'), HIDDEN);
  return page;
}

function serve(folder: string, settings?: PageSettings): Promise<number> {
  return listen(servePage(folder, settings));
}

async function listen(onRequest: http.RequestListener): Promise<number> {
  const server = http.createServer(onRequest);
  atEnd(() => new Promise<void>((resolve) => (server.close(() => resolve()), server.closeAllConnections())));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** The path as it stands, which `fetch` would tidy up. */
function ask(port: number, path: string, options: http.RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
      const { statusCode: status, headers } = response;
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status, headers, body }));
    });
    request.on('error', reject);
    request.end();
  });
}

describe('the page', () => {
  it.each(['/', '/index.html', '/Tea', '/T%C3%A9a', '/Tea?x=1', '/Tea.room', '/a/b', '/%', '//', '/index.html/'])(
    'is what one gets at %s',
    async (path) => {
      const { status, headers, body } = await ask(await serve(built()), path);
      expect({ status, body }).toEqual({ status: 200, body: INDEX });
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
    },
  );

  it('is asked for anew each time, and sent only when it has changed', async () => {
    const folder = built();
    const port = await serve(folder);
    const { headers } = await ask(port, '/');
    expect(headers['cache-control']).toBe('no-cache');
    const again = { headers: { 'If-None-Match': headers.etag } };
    expect(await ask(port, '/Tea', again)).toMatchObject({ status: 304, body: '' });
    writeFileSync(join(folder, 'index.html'), `${INDEX}!`);
    expect(await ask(port, '/Tea', again)).toMatchObject({ status: 200, body: `${INDEX}!` });
  });

  it('comes without a body when only its head is asked for', async () => {
    const port = await serve(built());
    const { status, headers, body } = await ask(port, '/', { method: 'HEAD' });
    expect({ status, body, length: headers['content-length'] }).toEqual({
      status: 200,
      body: '',
      length: String(INDEX.length),
    });
  });

  it('has the settings in it, whatever characters they have', async () => {
    const settings: PageSettings = {
      server: `"><script>alert('&quot;')</script>$&$'`,
      username: 'Ann',
      can: { report: true, files: false, history: false },
      lessThan: 100,
    };
    const { body } = await ask(await serve(built(), settings), '/');
    const [, content = ''] = /^<!doctype html><meta name="snug-settings" content="([^"<>]*)" \/><p>/.exec(body) ?? [];
    const read = content
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&');
    expect(JSON.parse(read)).toEqual(settings);
  });

  it('is said to be missing, and how to build it, until it is built', async () => {
    const folder = join(temporaryFolder('page'), 'web');
    const port = await serve(folder);
    const missing = { status: 404, body: 'The page is not built: npm run build builds it.' };
    expect(await ask(port, '/')).toMatchObject(missing);
    expect(await ask(port, '/Tea')).toMatchObject(missing);
    mkdirSync(folder);
    expect(await ask(port, '/')).toMatchObject(missing);
    writeFileSync(join(folder, 'index.html'), INDEX);
    expect(await ask(port, '/')).toMatchObject({ status: 200, body: INDEX });
  });
});

describe('a file of the page', () => {
  it('below /assets/ is kept for good, since its name changes with it', async () => {
    const { status, headers, body } = await ask(await serve(built()), '/assets/main-ABC123.js');
    expect({ status, body }).toEqual({ status: 200, body: SCRIPT });
    expect(headers['content-type']).toMatch(/^text\/javascript/);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it('elsewhere is asked for anew each time', async () => {
    const port = await serve(built());
    const { status, headers, body } = await ask(port, '/icon.svg');
    expect({ status, body }).toEqual({ status: 200, body: ICON });
    expect(headers['content-type']).toBe('image/svg+xml');
    expect(headers['cache-control']).toBe('no-cache');
    expect((await ask(port, '/icon.svg', { headers: { 'If-None-Match': headers.etag } })).status).toBe(304);
  });

  it.each(['/assets/', '/assets/nothing.js', '/assets/.hidden.js', '/assets/../secret.txt', '/assets/<b>'])(
    'is not there at %s',
    async (path) => {
      const { status, headers, body } = await ask(await serve(built()), path);
      expect({ status, body }).toEqual({ status: 404, body: 'There is no such file.' });
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    },
  );

  it.each([
    '/.hidden',
    '/%2ehidden',
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '//secret.txt',
    '/\\..\\secret.txt',
    '/icon.svg/../../secret.txt',
    '/icon.svg%00',
  ])('is not what hides at %s', async (path) => {
    const { body } = await ask(await serve(built()), path);
    expect(body).not.toContain(HIDDEN);
  });

  it('is sent whole, whatever part of it is asked for', async () => {
    const port = await serve(built());
    for (const Range of ['bytes=10-5', 'bytes=0-3', 'bytes=999-', 'bytes=x', 'nonsense']) {
      const { status, body } = await ask(port, '/assets/main-ABC123.js', { headers: { Range } });
      expect({ status, body }).toEqual({ status: 200, body: SCRIPT });
    }
  });

  it('is closed when its reader goes away', async () => {
    const folder = built();
    writeFileSync(join(folder, 'assets', 'large-ABC123.bin'), Buffer.alloc(16 * 1_048_576));
    const files: Readable[] = [];
    const port = await listen((request, response) => {
      response.once('pipe', (file: Readable) => files.push(file));
      servePage(folder)(request, response);
    });
    const socket = net.connect(port, '127.0.0.1');
    atEnd(() => void socket.destroy());
    socket.write('GET /assets/large-ABC123.bin HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3));
    await new Promise((resolve) => socket.once('data', resolve));
    expect(files.map((file) => file.closed)).toEqual([false, false, false]);
    socket.destroy();
    await eventually(() => files.every((file) => file.closed), 'the files to be closed');
  });

  it('that cannot be read ends no more than its own connection', async () => {
    const folder = built();
    // There is such a file, and opening it fails.
    const unreadable = net.createServer();
    atEnd(() => new Promise<void>((resolve) => unreadable.close(() => resolve())));
    await new Promise<void>((resolve) => unreadable.listen(join(folder, 'assets', 'socket'), resolve));
    const port = await serve(folder);
    await expect(ask(port, '/assets/socket')).rejects.toThrow('hang up');
    expect(await ask(port, '/')).toMatchObject({ status: 200 });
  });
});

describe('every answer', () => {
  it.each([
    { method: 'GET', path: '/', status: 200 },
    { method: 'GET', path: '/assets/main-ABC123.js', status: 200 },
    { method: 'GET', path: '/assets/nothing.js', status: 404 },
    { method: 'POST', path: '/', status: 405 },
  ])('has the headers that keep the page to itself: $method $path', async ({ method, path, status }) => {
    const answer = await ask(await serve(built()), path, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
        "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
        "require-trusted-types-for 'script'; trusted-types 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    });
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])('to %s is no', async (method) => {
    const port = await serve(built());
    for (const path of ['/', '/assets/main-ABC123.js']) {
      const { status, headers } = await ask(port, path, { method });
      expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET, HEAD' });
    }
  });
});
