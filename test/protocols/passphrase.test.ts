import { describe, expect, it } from '@jest/globals';
import { Passphrase } from '../../src/protocols/passphrase.js';
import { testClock } from '../support/fake-house.js';

const RIGHT = 'gr\u00fcner Tee';
const WRONG = 'The passphrase is missing or wrong.';
const SECOND = 1000;
const ADDRESS = '192.168.1.5';

const clock = testClock();

function after(guesses: number, address = ADDRESS, passphrase = new Passphrase(RIGHT, clock)): Passphrase {
  for (let guess = 0; guess < guesses; guess += 1) {
    expect(() => passphrase.check(`guess ${guess}`, address)).toThrow(WRONG);
  }
  return passphrase;
}

describe('a passphrase', () => {
  it.each([
    ['as it was set', RIGHT],
    ['with its accents typed in another way', 'gru\u0308ner Tee'],
  ])('lets in who says it %s', (_, said) => {
    expect(() => after(0).check(said, ADDRESS)).not.toThrow();
  });

  it.each([
    ['nothing', ''],
    ['another one', 'gr\u00fcner Tea'],
    ['its beginning', 'gr\u00fcner'],
    ['more than it', `${RIGHT} `],
    ['it in capitals', RIGHT.toUpperCase()],
  ])('lets in nobody who says %s', (_, said) => {
    const attempt = (): void => after(0).check(said, ADDRESS);
    expect(attempt).toThrow(expect.objectContaining({ name: 'RoomError', code: 'not-admitted' }));
    expect(attempt).toThrow(WRONG);
  });

  it('is not listened to from where many wrong ones came, for longer each time, and at most a minute', () => {
    const passphrase = after(6);
    const waits: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      const began = clock.now;
      expect(() => passphrase.check(RIGHT, ADDRESS)).toThrow('Too many wrong passphrases came from your address');
      while (isDeaf(passphrase)) clock.now += SECOND;
      waits.push((clock.now - began) / SECOND);
      expect(() => passphrase.check('wrong again', ADDRESS)).toThrow(WRONG);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it('says how long one has to wait', () => {
    const passphrase = after(6);
    expect(() => passphrase.check(RIGHT, ADDRESS)).toThrow('try again in 1 second.');
    clock.now += SECOND;
    expect(() => passphrase.check('x', ADDRESS)).toThrow(WRONG);
    clock.now += 1;
    expect(() => passphrase.check(RIGHT, ADDRESS)).toThrow('try again in 2 seconds.');
  });

  it('is not guessed at by who says nothing', () => {
    const passphrase = after(0);
    for (let count = 0; count < 100; count += 1) expect(() => passphrase.check('', ADDRESS)).toThrow(WRONG);
    expect(() => passphrase.check(RIGHT, ADDRESS)).not.toThrow();
  });

  it('is listened to from elsewhere meanwhile', () => {
    expect(() => after(6).check(RIGHT, '192.168.1.6')).not.toThrow();
  });

  it('takes the addresses of one IPv6 subscriber for one', () => {
    const passphrase = after(3, '2001:db8:1:2::5');
    after(3, '2001:db8:1:2:3:4:5:6', passphrase);
    expect(() => passphrase.check(RIGHT, '2001:db8:1:2::9')).toThrow('Too many');
    expect(() => passphrase.check(RIGHT, '2001:db8:1:3::9')).not.toThrow();
    expect(() => passphrase.check(RIGHT, '::1')).not.toThrow();
  });

  it('forgives in time', () => {
    const passphrase = after(5);
    clock.now += 600 * SECOND;
    after(5, ADDRESS, passphrase);
    expect(() => passphrase.check(RIGHT, ADDRESS)).not.toThrow();
  });

  it('remembers only so many addresses', () => {
    const passphrase = after(6);
    for (let count = 0; count < 10_000; count += 1) {
      isDeaf(passphrase, 'x', `10.0.${count >> 8}.${count & 255}`);
    }
    expect(() => passphrase.check(RIGHT, ADDRESS)).not.toThrow();
  });
});

function isDeaf(passphrase: Passphrase, said = '', address = ADDRESS): boolean {
  try {
    passphrase.check(said, address);
    return false;
  } catch (error) {
    return (error as Error).message.startsWith('Too many');
  }
}
