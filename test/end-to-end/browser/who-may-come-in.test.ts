/** A room with a passphrase, over TLS, as people come into it with a browser. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { BrowserPerson, describeInBrowser } from '../../support/browser.js';
import { selfSigned } from '../../support/certificate.js';
import { closeAll } from '../../support/cleanup.js';
import { temporaryFolder } from '../../support/folders.js';
import { ServerProcess } from '../../support/server-process.js';

const PASSPHRASE = 'green tea';

describeInBrowser('a closed room in a browser', () => {
  afterEach(closeAll);

  it('asks for the passphrase, says when it is wrong, and needs it once a session', async () => {
    const server = await ServerProcess.start({ page: true, env: { SNUG_PASSPHRASE: PASSPHRASE } });
    const cool = await BrowserPerson.at(server.pageUrl);
    const field = cool.page.getByLabel('The passphrase of this room');
    expect(await field.getAttribute('type')).toBe('password');
    await cool.asksToJoin('Cool');
    await cool.isTold('The passphrase is missing or wrong.');
    await field.fill('coffee');
    await cool.asksToJoin('Cool');
    await cool.isTold('The passphrase is missing or wrong.');
    await field.fill(PASSPHRASE);
    await cool.joins('Cool');

    const fun = await BrowserPerson.at(server.pageUrl);
    await fun.page.getByText('1 person is here').waitFor();
    expect(await fun.page.getByRole('listitem').filter({ hasText: 'Cool' }).count()).toBe(0);

    await cool.quits();
    await cool.page.reload();
    await cool.joins('Cool');
  });

  it('is carried over TLS, WebSocket and all', async () => {
    const folder = temporaryFolder('tls');
    const { cert, key } = selfSigned();
    writeFileSync(join(folder, 'cert.pem'), cert);
    writeFileSync(join(folder, 'key.pem'), key);
    const args = ['--tls-cert', join(folder, 'cert.pem'), '--tls-key', join(folder, 'key.pem')];
    const server = await ServerProcess.start({ page: true, args });
    const url = `https://127.0.0.1:${server.pagePort}/`;
    const cool = await BrowserPerson.join(url, 'Cool', { ignoreHTTPSErrors: true });
    await cool.says('Hi');
    await cool.hears('Cool: Hi');
  });
});
