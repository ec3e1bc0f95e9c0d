import { expect, it } from '@jest/globals';
import { Mailbox, MAILBOX } from '../../../src/protocols/pull/mailbox.js';

const part = (text: string): Uint8Array => Buffer.from(text);
const taken = (mailbox: Mailbox, bytes: number): string[] =>
  mailbox.take(bytes).map((one) => Buffer.from(one).toString());

it('gives the oldest parts that fit, and keeps the others', () => {
  const mailbox = new Mailbox();
  for (const text of ['one', 'two', 'three']) mailbox.put(part(text));
  expect(taken(mailbox, 8)).toEqual(['one', 'two']);
  expect(mailbox.isEmpty).toBe(false);
  expect(taken(mailbox, 8)).toEqual(['three']);
  expect(mailbox.isEmpty).toBe(true);
  expect(taken(mailbox, 8)).toEqual([]);
});

it('gives a part that does not fit alone', () => {
  const mailbox = new Mailbox();
  for (const text of ['much too long', 'two']) mailbox.put(part(text));
  expect(taken(mailbox, 5)).toEqual(['much too long']);
});

it('is full from a number of bytes on, until some are taken', () => {
  const mailbox = new Mailbox();
  for (let size = 0; size < MAILBOX; size += 1000) {
    expect(mailbox.isFull).toBe(false);
    mailbox.put(new Uint8Array(1000));
  }
  expect(mailbox.isFull).toBe(true);
  mailbox.take(2002);
  expect(mailbox.isFull).toBe(false);
});
