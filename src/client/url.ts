/** Where a client goes: `records://host:port/ROOM`. */
export interface Target {
  readonly scheme: string;
  readonly host: string;
  /** `undefined` where the URL names none. */
  readonly port: number | undefined;
  /** Empty for the lobby. */
  readonly room: string;
}

/** Reads an address as a person types it; `undefined` when it is none. */
export function parseTarget(typed: string): Target | undefined {
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  if (!url?.hostname || url.username || url.password || url.search || url.hash) return undefined;
  const room = decoded(url.pathname.replace(/^\//, ''));
  if (room === undefined) return undefined;
  const host = decoded(url.hostname.replace(/^\[(.*)\]$/, '$1'));
  if (!host) return undefined;
  return { scheme: url.protocol.slice(0, -1), host, port: url.port === '' ? undefined : Number(url.port), room };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
