import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { UsageError } from '../src/config.js';
import { readAuthority, readCertificate, readPassphrase } from '../src/secrets.js';
import { selfSigned } from './support/certificate.js';
import { closeAll } from './support/cleanup.js';
import { temporaryFolder } from './support/folders.js';

afterEach(closeAll);

function fileWith(contents: string): string {
  const path = join(temporaryFolder('secret'), 'secret');
  writeFileSync(path, contents);
  chmodSync(path, 0o600);
  return path;
}

async function expectRefused(attempt: Promise<unknown>, words: string): Promise<void> {
  await expect(attempt).rejects.toBeInstanceOf(UsageError);
  await expect(attempt).rejects.toThrow(words);
}

describe('a passphrase', () => {
  it.each([
    ['green tea', 'green tea'],
    ['green tea\n', 'green tea'],
    ['green tea\r\n', 'green tea'],
    [' green  tea \nand a second line\n', ' green  tea '],
    ['x'.repeat(1024), 'x'.repeat(1024)],
  ])('is the first line of its file: %j', async (contents, passphrase) => {
    expect(await readPassphrase(fileWith(contents), undefined)).toBe(passphrase);
  });

  it('may come from the environment, and from the file rather than that', async () => {
    expect(await readPassphrase(undefined, undefined)).toBeUndefined();
    expect(await readPassphrase(undefined, 'green tea')).toBe('green tea');
    expect(await readPassphrase(fileWith('black coffee'), 'green tea')).toBe('black coffee');
  });

  it('is not empty, and not longer than a record can carry', async () => {
    await expectRefused(readPassphrase(fileWith('\ngreen tea'), undefined), 'has 0.');
    await expectRefused(readPassphrase(fileWith('x'.repeat(1025)), undefined), 'has 1025.');
    await expectRefused(
      readPassphrase(undefined, ''),
      'A passphrase has 1 to 1024 bytes, and that of SNUG_PASSPHRASE has 0.',
    );
  });

  it('is not missed where its file is', async () => {
    await expectRefused(
      readPassphrase('/no/such/file', undefined),
      'The passphrase in /no/such/file cannot be read: there is no such file.',
    );
    await expectRefused(readPassphrase(temporaryFolder(), undefined), 'EISDIR');
  });
});

describe('a certificate', () => {
  const { cert, key } = selfSigned();

  it('is read with its key, and is none when neither is named', async () => {
    expect(await readCertificate({ tlsCert: fileWith(cert), tlsKey: fileWith(key) })).toEqual({ cert, key });
    expect(await readCertificate({})).toBeUndefined();
  });

  it.each([
    ['a certificate alone', { tlsCert: 'cert.pem' }],
    ['a key alone', { tlsKey: 'key.pem' }],
  ])('is not %s', async (_, files) => {
    await expectRefused(readCertificate(files), '--tls-cert and --tls-key go together.');
  });

  it('goes with its own key', async () => {
    const other = { tlsCert: fileWith(cert), tlsKey: fileWith(selfSigned().key) };
    await expectRefused(readCertificate(other), 'are not a certificate and its key, as PEM and without a password');
    await expectRefused(readCertificate({ ...other, tlsKey: '/no/such/file' }), 'The key in /no/such/file cannot');
    await expectRefused(readCertificate({ ...other, tlsCert: fileWith('x') }), 'are not a certificate and its key');
  });

  it('of who vouches for a server is one', async () => {
    expect(await readAuthority(fileWith(cert))).toBe(cert);
    expect(await readAuthority(undefined)).toBeUndefined();
    await expectRefused(readAuthority(fileWith(key)), 'There is no certificate in ');
  });
});
