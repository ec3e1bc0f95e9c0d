/** What was asked for before the end of a connection is still answered (docs/protocols.md, R4, R9 and R11). */
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeAll } from '../support/cleanup.js';
import { encode, FLAG, RecordsPeer } from '../support/records-peer.js';
import { ServerProcess } from '../support/server-process.js';

const FILE_BYTES = 3_000_000;
/** Bytes of a file in one record. */
const PIECE = 65_536;

afterEach(closeAll);

describe('the last words of a connection', () => {
  it('are shown to their author too when a broken record follows them', async () => {
    const server = await ServerProcess.start({ args: ['--grace', '0'] });
    const { peer } = await RecordsPeer.join(server.port, 'Cool');
    const broken = encode({ flags: FLAG.REPORT_REQUEST | FLAG.JOIN_REQUEST });
    peer.write(Buffer.concat([encode({ payload: 'one' }), encode({ payload: 'two' }), broken]));
    await peer.waitForText('one');
    await peer.waitForText('two');
    await peer.waitForAnnouncement('Cool left the chatroom.');
    await peer.waitForClose();
  });

  it('may ask for a file, which still comes whole', async () => {
    const server = await ServerProcess.start();
    const { peer: cool } = await RecordsPeer.join(server.port, 'Cool');
    for (let sent = 0; sent < FILE_BYTES; sent += PIECE) {
      const payload = Buffer.alloc(Math.min(PIECE, FILE_BYTES - sent), sent / PIECE);
      const more = sent + PIECE < FILE_BYTES ? FLAG.MORE : 0;
      cool.send({ flags: FLAG.ATTACHMENT | more, filename: 'film.mp4', number: FILE_BYTES, payload });
    }
    const { sequence } = await cool.waitFor(({ flags }) => flags === FLAG.ATTACHMENT, 'the announcement of the file');
    const { peer: fun } = await RecordsPeer.join(server.port, 'Fun');
    fun.send({ flags: FLAG.FETCH_REQUEST, sequence });
    fun.end();
    await fun.waitForClose();
    const pieces = fun.received.filter((record) => record.sequence === sequence && record.payload.length > 0);
    expect(pieces.reduce((length, { payload }) => length + payload.length, 0)).toBe(FILE_BYTES);
  });

  it('stay out of the history when they are too long, whatever the protocol', async () => {
    const server = await ServerProcess.start();
    const { peer } = await RecordsPeer.join(server.port, 'Cool');
    peer.send({ payload: Buffer.alloc(1_046_529, 'x') });
    await peer.waitFor(({ flags }) => flags === FLAG.NOTICE, 'a refusal');
    peer.send({ payload: Buffer.alloc(1_046_528, 'y') });
    await peer.waitFor(({ payload }) => payload.length === 1_046_528, 'the longest text there can be');
    const { history } = await RecordsPeer.join(server.port, 'Fun');
    expect(history.map(({ payload }) => payload.length)).toEqual(['Cool joined the chatroom.'.length, 1_046_528]);
  });
});
