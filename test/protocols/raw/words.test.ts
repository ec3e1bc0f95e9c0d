import { describe, expect, it } from '@jest/globals';
import { heardIn, isExit, parseJoin, withoutOwnName } from '../../../src/protocols/raw/words.js';

describe('the farewell of a client', () => {
  it.each(['exit', 'exitexit', 'exitexitexit', ' exit ', 'exit\r'])('is %j', (text) => {
    expect(isExit(text)).toBe(true);
  });

  it.each(['exits', 'an exit', 'exit exit', 'EXIT', 'exi', ''])('is not %j', (text) => {
    expect(isExit(text)).toBe(false);
  });
});

describe('joining over UDP', () => {
  it.each([
    ['bob:join', 'bob', 'bob:'],
    ['join:bob', 'bob', ''],
    ['bob: join', 'bob', 'bob: '],
    ['join: bob ', 'bob', ''],
    ['join:join', 'join', 'join:'],
    ['a:b:join', 'a:b', 'a:b:'],
  ])('is %j', (asked, name, own) => {
    expect(parseJoin(asked)).toEqual({ name, own, asked });
  });

  it.each(['join', ':join', 'join:', ' :join', 'bob:hello', 'bob:', ':', '', 'bob:joint', 'bob:exit'])(
    'is not %j',
    (text) => {
      expect(parseJoin(text)).toBeUndefined();
    },
  );

  it('looks at a long datagram once', () => {
    expect(parseJoin(`${' '.repeat(65_000)}:join`)).toBeUndefined();
  });
});

describe('a text over UDP', () => {
  it.each([
    ['bob:hi', 'hi'],
    ['bob:see: this', 'see: this'],
    ['bob:bob:hi', 'bob:hi'],
    ['bob: hi', ' hi'],
    ['carol:hi', 'carol:hi'],
    ['Bob:hi', 'Bob:hi'],
    ['hi', 'hi'],
  ])('loses only its own name: %j is %j', (text, said) => {
    expect(withoutOwnName(text, { name: 'bob', own: 'bob:', asked: 'bob:join' })).toBe(said);
  });

  it('loses nothing in the bare family', () => {
    expect(withoutOwnName('bob:hi', { name: 'bob', own: '', asked: 'join:bob' })).toBe('bob:hi');
  });
});

describe('what a server tells', () => {
  const joined = (name: string): object => ({ kind: 'joined', name, text: `User ${name} joined` });
  const left = (name: string): object => ({ kind: 'left', name, text: `User ${name} left` });
  const said = (name: string, text: string): object => ({ kind: 'text', name, text });
  const notice = (text: string): object => ({ kind: 'notice', text });
  const shutdown = { kind: 'shutdown' };

  it.each([
    ['User bob joined', [joined('bob')]],
    ['User bob left', [left('bob')]],
    ['User Mary Ann joined', [joined('Mary Ann')]],
    ['bob: hi', [said('bob', 'hi')]],
    ['bob: see: this', [said('bob', 'see: this')]],
    ['bob:hi', [said('bob', 'hi')]],
    ['bob: ', [said('bob', '')]],
    ['Mary Ann: hi\nthere', [said('Mary Ann', 'hi\nthere')]],
    ['bob: User eve left', [said('bob', 'User eve left')]],
    ['bob: server-shutdown', [said('bob', 'server-shutdown')]],
    ['server-shutdown', [shutdown]],
    ['Maintenance tonight', [notice('Maintenance tonight')]],
    ['User bob joined the party', [notice('User bob joined the party')]],
    ['', []],
    // Glued together:
    ['User bob joinedUser eve left', [joined('bob'), left('eve')]],
    ['User bob joinedeve: hi', [joined('bob'), said('eve', 'hi')]],
    ['User bob leftserver-shutdown', [left('bob'), shutdown]],
    ['server-shutdownUser bob left', [shutdown]],
    ['bob: hiUser eve left', [said('bob', 'hiUser eve left')]],
    ['bob: hiserver-shutdown', [said('bob', 'hiserver-shutdown')]],
    // Names that are words of the protocol:
    ['server-shutdown: hi', [said('server-shutdown', 'hi')]],
    ['User joined joined', [joined('joined')]],
    ['User: hi', [said('User', 'hi')]],
  ])('%j', (message, heard) => {
    expect(heardIn(message)).toEqual(heard);
  });
});
