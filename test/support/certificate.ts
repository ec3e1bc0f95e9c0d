/** Certificates for tests, made with nothing but Node: X.509 is a few nested lists (RFC 5280). */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import net from 'node:net';
import type { Certificate } from '../../src/transports/link.js';

interface Wishes {
  /** Names and addresses that it is for. */
  readonly names?: readonly string[];
  /** Milliseconds since 1970; from a day ago to a day from now if nothing is said. */
  readonly from?: number;
  readonly to?: number;
}

const DAY = 86_400_000;
const ECDSA_WITH_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME = [0x55, 0x04, 0x03];
const SUBJECT_ALT_NAME = [0x55, 0x1d, 0x11];
const BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];

/** A certificate that signs itself, for this machine unless it is told otherwise, and the key that belongs to it. */
export function selfSigned(wishes: Wishes = {}): Certificate {
  const { names = ['localhost', '127.0.0.1', '::1'], from = Date.now() - DAY, to = Date.now() + DAY } = wishes;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const name = sequence(set(sequence(oid(COMMON_NAME), text('Snug test'))));
  const extensions = sequence(
    sequence(oid(BASIC_CONSTRAINTS), octets(sequence(Buffer.of(0x01, 0x01, 0xff)))),
    sequence(oid(SUBJECT_ALT_NAME), octets(sequence(...names.map(altName)))),
  );
  const body = sequence(
    tagged(0xa0, Buffer.of(0x02, 0x01, 0x02)),
    tagged(0x02, Buffer.of(0x01, ...randomBytes(8))),
    algorithm,
    name,
    sequence(time(from), time(to)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, extensions),
  );
  const signature = sign('sha256', body, privateKey);
  const der = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.of(0), signature])));
  return { cert: pem(der), key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
}

function tagged(tag: number, contents: Buffer): Buffer {
  const { length } = contents;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), contents]);
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function set(...parts: Buffer[]): Buffer {
  return tagged(0x31, Buffer.concat(parts));
}

function oid(bytes: readonly number[]): Buffer {
  return tagged(0x06, Buffer.from(bytes));
}

function octets(contents: Buffer): Buffer {
  return tagged(0x04, contents);
}

function text(words: string): Buffer {
  return tagged(0x0c, Buffer.from(words));
}

function time(at: number): Buffer {
  return tagged(0x18, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, '').slice(0, 14)}Z`));
}

/** An address as its bytes, anything else as a name. */
function altName(name: string): Buffer {
  if (net.isIPv4(name)) return tagged(0x87, Buffer.from(name.split('.').map(Number)));
  if (name === '::1') return tagged(0x87, Buffer.from([...Array<number>(15).fill(0), 1]));
  return tagged(0x82, Buffer.from(name));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
