/**
 * Which requests of a browser are refused: docs/protocols.md, R13. A browser lets any page open a WebSocket to any
 * address, this machine's too, so a page that somebody visits could sit in the room in their place. Two headers, which a
 * page cannot set, give it away: Origin says whose page it is, Host says what name it used for us.
 */

import { isLoopback } from './loopback.js';

/** A request that is refused: the HTTP status, and why in one sentence. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
  /** What else the status asks to be said. */
  readonly headers?: Readonly<Record<string, string>>;
}

const NOT_OUR_NAME: Refusal = {
  status: 421,
  reason: 'This server is for this machine alone: use localhost or 127.0.0.1 in the address.',
};

const FOREIGN_PAGE: Refusal = { status: 403, reason: 'A page of another site may not connect to this server.' };

/**
 * Refuses a request whose Host is not a name of this machine, when the server listens on `listening`, an address that
 * only this machine can reach: such a name belongs to a page that has had it point here (DNS rebinding), and then counts
 * as that page's own site.
 */
export function refuseHost(host: string | undefined, listening: string): Refusal | undefined {
  if (!isLoopback(listening)) return undefined;
  return isOurName(hostIn('http:', host)?.hostname) ? undefined : NOT_OUR_NAME;
}

/** Refuses a WebSocket for a page that does not come from this server. Programs send no Origin. */
export function refuseOrigin(origin: string | undefined, host: string | undefined): Refusal | undefined {
  if (origin === undefined) return undefined;
  const page = URL.canParse(origin) ? new URL(origin) : undefined;
  // Both without the port where it is the scheme's own, since a browser leaves that out of both.
  return page?.host && page.host === hostIn(page.protocol, host)?.host ? undefined : FOREIGN_PAGE;
}

/** The Host header, read as the browser's own address was; `undefined` when it holds anything else than a host. */
function hostIn(protocol: string, host: string | undefined): URL | undefined {
  if (host === undefined || !/^[\w.:[\]-]+$/.test(host)) return undefined;
  const url = `${protocol}//${host}`;
  return URL.canParse(url) ? new URL(url) : undefined;
}

function isOurName(hostname: string | undefined): boolean {
  if (hostname === undefined) return false;
  // A URL has an IPv6 address in brackets.
  return /^([^.]+\.)*localhost$/.test(hostname) || isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'));
}
