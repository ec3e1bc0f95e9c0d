import { describe, expect, it } from '@jest/globals';
import { ProtocolError } from '../../../src/protocols/errors.js';
import {
  announced,
  AnswerDecoder,
  type Answer,
  isRefusal,
  MAX_ANSWER_READ,
  messageIn,
  readAnswer,
  wantsHandshake,
} from '../../../src/protocols/pull/answers.js';

const messages = (...said: [string | undefined, string][]): Answer => ({
  kind: 'messages',
  messages: said.map(([author, text]) => ({ author, text })),
});

describe('an answer', () => {
  it.each<[string, Answer]>([
    ['MSGS:', messages()],
    ['MSGS: ', messages()],
    ['MSGS: <cindy>We had pizza last night.', messages(['cindy', 'We had pizza last night.'])],
    [
      'MSGS: <cindy>We had pizza last night. <ethan>How about spaghetti?',
      messages(['cindy', 'We had pizza last night.'], ['ethan', 'How about spaghetti?']),
    ],
    ['MSGS:<cindy>x\n<ethan>y\n', messages(['cindy', 'x'], ['ethan', 'y'])],
    ['MSGS: <cindy>1 < 2 > 0 and a<b>c, <3', messages(['cindy', '1 < 2 > 0 and a<b>c, <3'])],
    ['MSGS: bob has joined <cindy>Hi', messages([undefined, 'bob has joined'], ['cindy', 'Hi'])],
    ['okMSGS: <cindy>Hi MSGS: is a header', messages(['cindy', 'Hi MSGS: is a header'])],
    ['USERS: cindy ethan', { kind: 'users', names: ['cindy', 'ethan'] }],
    ['USERS:cindy, ethan\n', { kind: 'users', names: ['cindy', 'ethan'] }],
    ['USERS:', { kind: 'users', names: [] }],
    ['[]', { kind: 'list', items: [] }],
    ['["cindy: Hi", "ethan: h\\u00e9 \\"Ho\\""]', { kind: 'list', items: ['cindy: Hi', 'ethan: hé "Ho"'] }],
    ['connected["cindy: Hi"]', { kind: 'list', items: ['cindy: Hi'] }],
    ['["cindy: H', { kind: 'words', text: '["cindy: H' }],
    ['ok\n', { kind: 'words', text: 'ok' }],
  ])('is read: %j', (answer, read) => {
    expect(readAnswer(answer)).toEqual(read);
  });

  it('may have its messages without a space in between when their authors are known', () => {
    expect(readAnswer('MSGS:<cindy>x<ethan>y<b>z', new Set(['ethan']))).toEqual(
      messages(['cindy', 'x'], ['ethan', 'y<b>z']),
    );
  });

  it('is over when nothing more comes, wherever it was cut', () => {
    const decoder = new AnswerDecoder();
    const bytes = Buffer.from('MSGS: <Zoë>€');
    for (const byte of bytes) decoder.append(Uint8Array.of(byte));
    expect(decoder.next()).toBeUndefined();
    decoder.quiet();
    expect(decoder.next()).toBe('MSGS: <Zoë>€');
    expect(decoder.next()).toBeUndefined();
    decoder.quiet();
    expect(decoder.next()).toBeUndefined();
  });

  it('is too long beyond a limit', () => {
    const decoder = new AnswerDecoder();
    for (let size = 0; size <= MAX_ANSWER_READ; size += 65_536) decoder.append(Buffer.alloc(65_536, 'a'));
    expect(() => decoder.next()).toThrow(ProtocolError);
  });
});

describe('an item of a JSON array', () => {
  it.each<[string, string | undefined, string]>([
    ['cindy: Hi', 'cindy', 'Hi'],
    ['cindy:Hi: ho', 'cindy', 'Hi: ho'],
    ['welcome to the chat!', undefined, 'welcome to the chat!'],
  ])('has an author or none: %s', (item, author, text) => {
    expect(messageIn(item)).toEqual({ author, text });
  });
});

describe('an announcement', () => {
  it.each<[string | undefined, string, 'joined' | 'left']>([
    ['Server', 'bob joined the chatroom.', 'joined'],
    ['Server', 'bob left the chatroom.', 'left'],
    [undefined, 'bob entered room', 'joined'],
    [undefined, 'bob left the room', 'left'],
    ['server', 'bob has joined.', 'joined'],
  ])('is known by its words: <%s>%s', (author, text, kind) => {
    expect(announced({ author, text })).toEqual({ kind, name: 'bob' });
  });

  it('is nobody else’s to make', () => {
    expect(announced({ author: 'cindy', text: 'bob left the chatroom.' })).toBeUndefined();
    expect(announced({ author: 'Server', text: 'The server could not keep this.' })).toBeUndefined();
  });
});

describe('an answer to the name', () => {
  it.each([
    'username in use',
    'Username already taken',
    'The name is being used',
    'ERROR: name exists',
    'invalid name',
    'not unique',
    "can't have that name",
    'use another one',
    'bad handshake - no username provided',
    'A username has 1 to 32 letters, digits, marks, "_", "-" or ".".',
    'The username Server is reserved.',
    'The chatroom has reached its maximum capacity.',
    'The server could not keep this, so nobody was shown it.',
  ])('is a no: %s', (answer) => expect(isRefusal(answer)).toBe(true));

  it.each([
    'connected',
    'OK',
    'Welcome, cindy! Do not shout.',
    'username accepted',
    'user cindy joined',
    'MSGS:',
    'MSGS: <bob>not in use',
    'USERS: cindy',
    '[]',
    'cindy',
    'GO',
  ])('is a yes: %s', (answer) => expect(isRefusal(answer)).toBe(false));

  it('may ask for the other way to say it', () => {
    expect(wantsHandshake('bad handshake - no username provided')).toBe(true);
    expect(wantsHandshake('username in use')).toBe(false);
    expect(wantsHandshake('A username has 1 to 32 letters.')).toBe(false);
  });
});
