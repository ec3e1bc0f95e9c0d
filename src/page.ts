/**
 * The built page of the browser's client, over HTTP. A room's name stands in the path, so every path that names no file
 * gives the page. Nothing that a peer sent is in any answer.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import sirv from 'sirv';
import type { PageSettings } from './client/page-settings.js';

/** The page loads what comes from here, talks to here and stands in no other page; what it is not given it cannot do. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
];

/** With every answer. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': POLICY.join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
};

/** What may be a file of the build; all else is a room's name, and never looked up in a folder. */
const FILE = /^(\/\w[\w.-]*)+$/;
/** Files whose names change with their contents. */
const ASSETS = '/assets/';
const FOR_A_YEAR = 'public, max-age=31536000, immutable';
const ASK_EACH_TIME = 'no-cache';

const INDEX = 'index.html';
/** The place for the settings in the page, as the build leaves it. */
const SETTINGS = '<meta name="snug-settings" content="{}" />';

const NOT_BUILT = 'The page is not built: npm run build builds it.';
const NO_SUCH_FILE = 'There is no such file.';
const ONLY_READ = 'Pages here can only be read.';

/** Answers requests for the page in `folder`, as built there by the time of the request, with `settings` put into it. */
export function servePage(folder: string, settings: PageSettings = {}): RequestListener {
  // `dev` looks at the folder at each request: a page that is built anew, or only later, is served as it is.
  const files = sirv(folder, { dev: true, etag: true, extensions: [], setHeaders: setCaching });
  return (request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answer(response, 405, ONLY_READ, { Allow: 'GET, HEAD' });
    }
    const path = pathOf(request);
    const onNoFile = (): void => {
      if (path.startsWith(ASSETS)) answer(response, 404, NO_SUCH_FILE);
      else void sendIndex(request, response, folder, settings);
    };
    if (!FILE.test(path) || path.toLowerCase() === `/${INDEX}`) return onNoFile();
    guard(request, response);
    files(request, response, onNoFile);
  };
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.replace(/[?#].*$/s, '');
}

function setCaching(response: ServerResponse, path: string): void {
  response.setHeader('Cache-Control', path.startsWith(ASSETS) ? FOR_A_YEAR : ASK_EACH_TIME);
}

/**
 * What sirv leaves to others: a Range with its end before its start, or a file that cannot be read, would end the
 * process, and a reader who goes away would leave the file open.
 */
function guard(request: IncomingMessage, response: ServerResponse): void {
  delete request.headers.range;
  response.once('pipe', (file: Readable) => {
    file.once('error', () => response.destroy());
    // Not the response: one that waits behind another on its connection is not told of its end.
    request.once('close', () => file.destroy());
  });
}

async function sendIndex(
  request: IncomingMessage,
  response: ServerResponse,
  folder: string,
  settings: PageSettings,
): Promise<void> {
  const built = await readFile(join(folder, INDEX), 'utf8').catch(() => undefined);
  if (built === undefined) return answer(response, 404, NOT_BUILT);
  const content = escaped(JSON.stringify(settings));
  const page = built.replace(SETTINGS, () => SETTINGS.replace('{}', () => content));
  const ETag = `"${createHash('sha256').update(page).digest('base64url')}"`;
  const caching = { ETag, 'Cache-Control': ASK_EACH_TIME };
  if (request.headers['if-none-match'] === ETag) return void response.writeHead(304, caching).end();
  answer(response, 200, page, { 'Content-Type': 'text/html; charset=utf-8', ...caching });
}

function answer(response: ServerResponse, status: number, body: string, headers: OutgoingHttpHeaders = {}): void {
  const usual = { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(body) };
  response.writeHead(status, { ...usual, ...headers }).end(body);
}

/** As the value of an attribute in double quotes. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
