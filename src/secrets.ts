/**
 * What has to be kept from others, read from files: a command line can be listed by everyone on the machine. Everything
 * here throws UsageError.
 */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UsageError } from './config.js';
import { codeOf } from './error-code.js';
import type { Certificate } from './transports/link.js';
import { checkCertificate } from './transports/tls.js';
import { visible } from './visible.js';

/** Bytes of a passphrase: what a record can carry. */
const MAX_PASSPHRASE = 1024;

export interface CertificateFiles {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** The passphrase in the first line of `file`, or else `given`, from the environment; `undefined` without either. */
export async function readPassphrase(file: string | undefined, given: string | undefined): Promise<string | undefined> {
  const passphrase = file === undefined ? given : firstLine(await readText(file, 'passphrase'));
  if (passphrase === undefined) return undefined;
  const bytes = Buffer.byteLength(passphrase.normalize('NFC'));
  if (bytes > 0 && bytes <= MAX_PASSPHRASE) return passphrase;
  const where = file === undefined ? 'SNUG_PASSPHRASE' : visible(file);
  throw new UsageError(`A passphrase has 1 to ${MAX_PASSPHRASE} bytes, and that of ${where} has ${bytes}.`);
}

/** The certificate that is in these files by now; `undefined` when none are named. */
export async function readCertificate({ tlsCert, tlsKey }: CertificateFiles): Promise<Certificate | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) throw new UsageError('--tls-cert and --tls-key go together.');
  const certificate = { cert: await readText(tlsCert, 'certificate'), key: await readText(tlsKey, 'key') };
  try {
    checkCertificate(certificate);
    return certificate;
  } catch (cause) {
    const files = `${visible(tlsCert)} and ${visible(tlsKey)}`;
    const words = 'are not a certificate and its key, as PEM and without a password';
    throw new UsageError(`${files} ${words}: ${(cause as Error).message}.`, { cause });
  }
}

/** The certificate of whoever vouches for the server, as PEM; `undefined` when no file is named. */
export async function readAuthority(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const pem = await readText(file, 'certificate');
  try {
    return new X509Certificate(pem) && pem;
  } catch (cause) {
    throw new UsageError(`There is no certificate in ${visible(file)}.`, { cause });
  }
}

function firstLine(text: string): string {
  return text.replace(/\r?\n[^]*$/, '');
}

async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const reason = codeOf(cause) === 'ENOENT' ? 'there is no such file' : (cause as Error).message;
    throw new UsageError(`The ${what} in ${visible(file)} cannot be read: ${reason}.`, { cause });
  }
}
