/** The options of what not everyone may know. They name files: everyone on the machine can list the commands that run. */
import type { Command, Option } from 'commander';
import type { Secrets } from './config.js';
import { option } from './options.js';
import type { CertificateFiles } from './secrets.js';
import type { Certificate } from './transports/link.js';

interface PassphraseFile {
  readonly passphraseFile?: string;
}

export interface ServerSecretOptions extends PassphraseFile, CertificateFiles {}

export interface ClientSecretOptions extends PassphraseFile {
  readonly ca?: string;
}

export interface ClientSecrets {
  readonly passphrase: string | undefined;
  /** The passphrase was named on the command line, and not only in the environment, which may be there for another room. */
  readonly isAsked: boolean;
  readonly ca: string | undefined;
}

/** Gives `snug serve` its options. */
export function withServerSecrets(command: Command): Command {
  return command
    .addOption(passphraseFile('the passphrase that whoever joins has to say'))
    .addOption(option('--tls-cert <file>', 'with --tls-key, has records and web encrypted: the certificate, as PEM'))
    .addOption(option('--tls-key <file>', "the certificate's key, as PEM; SIGHUP has both files read anew"));
}

/** Gives `snug chat` its options. */
export function withClientSecrets(command: Command): Command {
  return command
    .addOption(passphraseFile('the passphrase of the room'))
    .addOption(option('--ca <file>', 'over TLS: the certificate, as PEM, of who vouches for the server'));
}

/** What the options and the environment say; `certificate` reads the files again. Throws UsageError. */
export async function serverSecrets(
  options: ServerSecretOptions,
  inEnvironment: string | undefined,
): Promise<{ secrets: Secrets; certificate: () => Promise<Certificate | undefined> }> {
  const { readCertificate, readPassphrase } = await import('./secrets.js');
  const certificate = (): Promise<Certificate | undefined> => readCertificate(options);
  const passphrase = await readPassphrase(options.passphraseFile, inEnvironment);
  return { secrets: { passphrase, tls: await certificate() }, certificate };
}

/** The same for a client. Throws UsageError. */
export async function clientSecrets(
  { passphraseFile, ca }: ClientSecretOptions,
  inEnvironment: string | undefined,
): Promise<ClientSecrets> {
  const { readAuthority, readPassphrase } = await import('./secrets.js');
  const passphrase = await readPassphrase(passphraseFile, inEnvironment);
  return { passphrase, isAsked: passphraseFile !== undefined, ca: await readAuthority(ca) };
}

function passphraseFile(what: string): Option {
  return option('--passphrase-file <file>', `${what}, in its first line; or SNUG_PASSPHRASE holds it`);
}
