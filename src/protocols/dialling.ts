import type { Accept, Link, LinkListener } from '../transports/link.js';

/** Makes a connection to the server that was asked for; `accept` gets it. Throws TransportError. */
export type Dialling = (accept: Accept) => Promise<void>;

/** What `make` made of the connection. Throws what `dial` throws. */
export async function dialled<Owner extends LinkListener>(dial: Dialling, make: (link: Link) => Owner): Promise<Owner> {
  let owner: Owner | undefined;
  await dial((link) => (owner = make(link)));
  return owner!;
}
