import { describe, expect, it } from '@jest/globals';
import { describeDialError, describeListenError, TransportError } from '../../src/transports/errors.js';

const AT = { host: 'example.org', port: 80 };

function failure(code: string, message = 'it failed'): Error {
  return Object.assign(new Error(message), { code });
}

describe('the sentence for a port that cannot be had', () => {
  it.each([
    ['EADDRINUSE', 'Port 80 on example.org is in use already: stop what uses it, or choose another port.'],
    ['EACCES', 'There is no permission to listen on port 80: choose one above 1023.'],
    ['EADDRNOTAVAIL', 'example.org is not an address of this machine.'],
    ['ENOTFOUND', 'The host example.org is unknown.'],
    ['EAI_AGAIN', 'The host example.org is unknown.'],
    ['EODD', 'It is not possible to listen on example.org, port 80: it failed.'],
  ])('of %s', (code, sentence) => {
    const error = describeListenError(failure(code), AT);
    expect(error).toBeInstanceOf(TransportError);
    expect(error.message).toBe(sentence);
  });
});

describe('the sentence for a server that cannot be reached', () => {
  it.each([
    ['ECONNREFUSED', 'There is no server at example.org, port 80.'],
    ['ETIMEDOUT', 'The server at example.org, port 80 does not answer.'],
    ['EHOSTUNREACH', 'There is no way from here to example.org.'],
    ['ENETUNREACH', 'There is no way from here to example.org.'],
    ['ENOTFOUND', 'The host example.org is unknown.'],
    ['EODD', 'It is not possible to connect to example.org, port 80: it failed.'],
  ])('of %s', (code, sentence) => {
    const error = describeDialError(failure(code), AT);
    expect(error).toBeInstanceOf(TransportError);
    expect(error.message).toBe(sentence);
  });

  it('of several attempts is that of the first', () => {
    const all = new AggregateError([failure('ECONNREFUSED'), failure('ENETUNREACH')]);
    expect(describeDialError(all, AT).message).toBe('There is no server at example.org, port 80.');
  });

  it('of something that is no error has it in it', () => {
    expect(describeDialError('odd', AT).message).toBe('It is not possible to connect to example.org, port 80: odd.');
  });
});
