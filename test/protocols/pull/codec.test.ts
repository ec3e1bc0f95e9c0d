import { describe, expect, it } from '@jest/globals';
import { ProtocolError } from '../../../src/protocols/errors.js';
import { encodeRequest, MAX_MESSAGE, type Request, RequestDecoder } from '../../../src/protocols/pull/codec.js';

/** Chunks as they arrive; `QUIET` is silence. */
const QUIET = Symbol('quiet');
type Arrival = string | typeof QUIET;

const cindy: Request = { kind: 'name', name: 'cindy', family: 'seed' };
const cindyOfJson: Request = { kind: 'name', name: 'cindy', family: 'json' };
const get: Request = { kind: 'get' };
const users: Request = { kind: 'users' };
const canvas: Request = { kind: 'canvas' };
const put = (text: string): Request => ({ kind: 'put', text });

function decode(...arrivals: Arrival[]): Request[] {
  const decoder = new RequestDecoder();
  for (const arrival of arrivals) {
    if (typeof arrival === 'string') decoder.append(Buffer.from(arrival));
    else decoder.quiet();
  }
  return rest(decoder);
}

function rest(decoder: RequestDecoder): Request[] {
  const requests: Request[] = [];
  for (let request = decoder.next(); request; request = decoder.next()) requests.push(request);
  return requests;
}

/** What comes once cindy, of the seed's family, has given her name. */
function after(...arrivals: Arrival[]): Request[] {
  return decode('cindy', QUIET, ...arrivals).slice(1);
}

/** Every message alone in its chunk, and silence after it. */
const ALONE: readonly [string, Arrival[], Request[]][] = [
  ['a bare name', ['cindy', QUIET], [cindy]],
  ['a name with a newline', ['cindy\n', QUIET], [cindy]],
  ['a name in a buffer of fixed size', ['cindy\0\0\0', QUIET], [cindy]],
  ['a name outside ASCII', ['Zoë', QUIET], [{ kind: 'name', name: 'Zoë', family: 'seed' }]],
  ['a name that is a request, since it comes first', ['GET', QUIET], [{ kind: 'name', name: 'GET', family: 'seed' }]],
  [
    'a name in capitals that ends like a request',
    ['BRIDGET', QUIET],
    [{ kind: 'name', name: 'BRIDGET', family: 'seed' }],
  ],
  ['USERNAME:', ['USERNAME:cindy', QUIET], [cindyOfJson]],
  ['USERNAME: with a space', ['USERNAME: cindy', QUIET], [cindyOfJson]],
  ['USERNAME: without a name', ['USERNAME:', QUIET], [{ kind: 'name', name: '', family: 'json' }]],
  ['GET', ['cindy', QUIET, 'GET'], [cindy, get]],
  ['USERS', ['cindy', QUIET, 'USERS'], [cindy, users]],
  [
    'PUT: text',
    ['cindy', QUIET, 'PUT: Okay, spaghetti sounds good.', QUIET],
    [cindy, put('Okay, spaghetti sounds good.')],
  ],
  ['PUT:text', ['cindy', QUIET, 'PUT:Okay', QUIET], [cindy, put('Okay')]],
  ['PUT text', ['cindy', QUIET, 'PUT Okay', QUIET], [cindy, put('Okay')]],
  ['the words in small letters', ['cindy', QUIET, 'get', 'users', 'put: Hi', QUIET], [cindy, get, users, put('Hi')]],
  ['GET:', ['USERNAME:cindy', QUIET, 'GET:'], [cindyOfJson, get]],
  ['USERS:', ['USERNAME:cindy', QUIET, 'USERS:'], [cindyOfJson, users]],
  ['CGET:', ['USERNAME:cindy', QUIET, 'CGET:'], [cindyOfJson, canvas]],
  ['CPUT:, which is swallowed', ['USERNAME:cindy', QUIET, 'CPUT:10 20 5 red ', QUIET, 'GET:'], [cindyOfJson, get]],
];

describe('a request alone', () => {
  it.each(ALONE)('is told: %s', (_, arrivals, requests) => {
    expect(decode(...arrivals)).toEqual(requests);
  });

  it.each(ALONE)('is told when it comes byte by byte: %s', (_, arrivals, requests) => {
    const decoder = new RequestDecoder();
    for (const arrival of arrivals) {
      if (typeof arrival !== 'string') decoder.quiet();
      else for (const byte of Buffer.from(arrival)) decoder.append(Uint8Array.of(byte));
    }
    expect(rest(decoder)).toEqual(requests);
  });

  it('is told at once where nothing can follow, and after silence where something can', () => {
    expect(decode('cindy')).toEqual([]);
    expect(after('GET')).toEqual([get]);
    expect(after('USERS')).toEqual([users]);
    expect(after('PUT: Hi')).toEqual([]);
  });

  it('has its text from one end to the other', () => {
    expect(after('PUT:   two spaces of its own  \r\n', QUIET)).toEqual([put('  two spaces of its own')]);
    expect(after('PUT: one\ntwo\n', QUIET)).toEqual([put('one\ntwo')]);
    expect(after('PUT: héllo €\u{1f35d}', QUIET)).toEqual([put('héllo €\u{1f35d}')]);
  });
});

describe('requests that are glued together', () => {
  it.each<[string, Arrival[], Request[]]>([
    ['cindyGET', ['cindyGET', QUIET], [cindy, get]],
    ['cindyUSERS', ['cindyUSERS', QUIET], [cindy, users]],
    ['cindyPUT: Hi', ['cindyPUT: Hi', QUIET], [cindy, put('Hi')]],
    ['USERNAME:cindyGET:', ['USERNAME:cindyGET:', QUIET], [cindyOfJson, get]],
    ['a name, newlines and requests', ['cindy\nUSERS\nPUT: Hi\nGET\n', QUIET], [cindy, users, put('Hi'), get]],
  ])('to a name: %s', (_, arrivals, requests) => {
    expect(decode(...arrivals)).toEqual(requests);
  });

  it.each<[string, Request[]]>([
    ['GETUSERS', [get, users]],
    ['GETGETGET', [get, get, get]],
    ['GET:USERS:', [get, users]],
    ['GETPUT: Hi', [get, put('Hi')]],
    ['PUT:textGET:', [put('text'), get]],
    ['PUT: textGET', [put('text'), get]],
    ['PUT: textUSERS', [put('text'), users]],
    ['PUT: textGETUSERS', [put('text'), get, users]],
    ['PUT: onePUT: two', [put('one'), put('two')]],
    ['PUT: oneGETPUT: two', [put('one'), get, put('two')]],
    ['PUT:oneCGET:', [put('one'), canvas]],
    ['PUT:oneCPUT:1 2 3 red PUT:two', [put('one'), put('two')]],
    ['CPUT:1 2 3 red CPUT:1 2 4 red GET:', [get]],
    ['PUT:HIGET:', [put('HI'), get]],
    ['PUT:GET:', [get]],
  ])('are told apart: %s', (sent, requests) => {
    expect(after(sent, QUIET)).toEqual(requests);
  });

  it.each([
    'I forgot to GET',
    'our BUDGET',
    'OUTPUT: 5',
    'who are the USERS',
    'GET',
    'GET it',
    'the GET: of it',
    'bucketGETs',
  ])('leaves a text whole that only looks like it: %s', (text) =>
    expect(after(`PUT: ${text}`, QUIET)).toEqual([put(text)]),
  );

  it('takes what comes in a chunk of its own for a request, and a text that goes on for a text', () => {
    expect(after('PUT: Hi', 'GET')).toEqual([put('Hi'), get]);
    expect(after('PUT: Hi', 'USERS')).toEqual([put('Hi'), users]);
    expect(after('PUT: Hi', 'PUT: Ho', QUIET)).toEqual([put('Hi'), put('Ho')]);
    expect(after('PUT:', 'GET:')).toEqual([get]);
    expect(after('PUT: a ', 'GET is what one sends', QUIET)).toEqual([put('a GET is what one sends')]);
    expect(decode('cindy', 'GET')).toEqual([cindy, get]);
  });

  it('tells them apart wherever the chunks are cut', () => {
    const sent = Buffer.from('PUT: Zoë saysPUT: HoGETUSERSPUT: bye');
    for (let first = 1; first < sent.length; first++) {
      const decoder = new RequestDecoder();
      decoder.append(Buffer.from('cindy'));
      decoder.quiet();
      decoder.append(sent.subarray(0, first));
      decoder.append(sent.subarray(first));
      decoder.quiet();
      expect(rest(decoder)).toEqual([cindy, put('Zoë says'), put('Ho'), get, users, put('bye')]);
    }
  });
});

describe('what is no request', () => {
  it.each(['\n', '\r\n', '   ', '\n\n\n', '\0'])('is nothing when there is nothing to see: %j', (noise) => {
    expect(after(noise, QUIET, `GET${noise}`, QUIET, `${noise}USERS`, `PUT: Hi${noise}`, QUIET)).toEqual([
      get,
      users,
      put('Hi'),
    ]);
  });

  it('does not count as a name when there is nothing to see', () => {
    expect(decode('\n', QUIET, ' ', QUIET, 'cindy', QUIET)).toEqual([cindy]);
  });

  it.each(['LEAVE', 'hello there', 'PUT', 'G', 'PUT:', 'PUT:  ', 'FILE:a.txtfileDataBeginAAAA\n'])(
    'is swallowed: %j',
    (noise) => {
      expect(after(noise, QUIET, 'GET')).toEqual([get]);
    },
  );

  it('may be of any length', () => {
    const much = Array<string>(200).fill('A'.repeat(1000));
    expect(after('FILE:a.binfileDataBegin', ...much, QUIET, 'GET')).toEqual([get]);
  });
});

describe('a message without an end', () => {
  it('is too long beyond a limit, and what came before it is still told', () => {
    const decoder = new RequestDecoder();
    decoder.append(Buffer.from(`cindyPUT: ${'a'.repeat(MAX_MESSAGE + 1)}`));
    expect(decoder.next()).toEqual(cindy);
    expect(() => decoder.next()).toThrow(ProtocolError);
    decoder.append(Buffer.from('GET'));
    decoder.quiet();
    expect(() => decoder.next()).toThrow(ProtocolError);
  });

  it('has room for a long text', () => {
    const text = 'a'.repeat(MAX_MESSAGE - 1);
    expect(after(`PUT: ${text}`, QUIET)).toEqual([put(text)]);
  });

  it('costs no more for being glued', () => {
    const many = 4000;
    expect(after('PUT: Hi there.'.repeat(many), QUIET)).toHaveLength(many);
  });
});

describe('a client', () => {
  it.each<[Request, string, string]>([
    [cindy, 'cindy', 'USERNAME:cindy'],
    [get, 'GET', 'GET:'],
    [users, 'USERS', 'USERS:'],
    [canvas, 'CGET', 'CGET:'],
    [put('Zoë: Hi'), 'PUT: Zoë: Hi', 'PUT:Zoë: Hi'],
  ])('says %j in the way of either family', (request, seed, json) => {
    expect(Buffer.from(encodeRequest(request, 'seed')).toString()).toBe(seed);
    expect(Buffer.from(encodeRequest(request, 'json')).toString()).toBe(json);
  });
});
