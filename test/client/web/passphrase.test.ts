/** A visit to a room that wants to hear a passphrase. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeAll } from '../../support/cleanup.js';
import { Server, until, visitTo } from './support.js';

const PASSPHRASE = 'green tea';
const REFUSAL = 'The server rejects the join request. The passphrase is missing or wrong.';

afterEach(closeAll);

describe('a room with a passphrase', () => {
  it('says so at the first attempt, and lets in who says it at the next', async () => {
    const server = await Server.start({ passphrase: PASSPHRASE });
    const visit = visitTo(server);
    expect(visit.wantsPassphrase).toBe(false);
    await visit.join('Cool', undefined);
    expect(visit).toMatchObject({ stage: 'outside', refusal: REFUSAL, wantsPassphrase: true });
    server.key.passphrase = PASSPHRASE;
    await visit.join('Cool', undefined);
    expect(visit).toMatchObject({ stage: 'inside', refusal: '', me: 'Cool' });
  });

  it('tells before the door how many are in, and who they are only to who knows it', async () => {
    const server = await Server.start({ passphrase: PASSPHRASE });
    const other = visitTo(server);
    server.key.passphrase = PASSPHRASE;
    await other.join('Fun', undefined);
    server.key.passphrase = '';
    const visit = visitTo(server);
    await visit.look();
    expect(visit.report).toEqual({ count: 1, text: '' });
    server.key.passphrase = PASSPHRASE;
    await visit.look();
    expect(visit.report?.text).toContain('1. Fun at IP:');
  });

  it('leaves who comes back to one that has been changed before the door', async () => {
    const server = await Server.start({ passphrase: PASSPHRASE });
    server.key.passphrase = PASSPHRASE;
    const visit = visitTo(server);
    await visit.join('Cool', undefined);
    const history = await server.kill();
    await server.start({ history, passphrase: 'black coffee' });
    await until(visit, () => (visit.wake(), visit.stage === 'outside'), 'the door');
    expect(visit).toMatchObject({ refusal: REFUSAL, wantsPassphrase: true });
  });
});
