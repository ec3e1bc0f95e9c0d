import { describe, expect, it } from '@jest/globals';
import { MemoryStore } from '../../../src/files/memory.js';
import { Outbox } from '../../../src/protocols/outbox.js';
import { makeRecord, Flag } from '../../../src/protocols/records/codec.js';
import { Downloads } from '../../../src/protocols/records/downloads.js';
import { FakeLink } from '../../support/fake-link.js';
import { settle } from '../../support/settle.js';

/** R9: QUIT_REQUEST drops what has not been sent. Found by `npm run fuzz`. */
describe('a file that was asked for from its very end', () => {
  async function asked(): Promise<{ downloads: Downloads; link: FakeLink }> {
    const [store, link] = [new MemoryStore(), new FakeLink()];
    const incoming = await store.receive('a.txt');
    const file = await incoming.keep();
    const downloads = new Downloads({ outbox: new Outbox(link), refuse: () => undefined });
    const request = makeRecord(Flag.FETCH_REQUEST, { sequence: 1 });
    downloads.add({ file, store, request, fields: { sequence: 1, filename: 'a.txt' } });
    return { downloads, link };
  }

  it('is answered by an empty piece', async () => {
    const { link } = await asked();
    await settle();
    expect(link.written).toHaveLength(1);
  });

  it('is not answered any more behind the leaving', async () => {
    const { downloads, link } = await asked();
    downloads.stop();
    await settle();
    expect(link.written).toEqual([]);
  });
});
