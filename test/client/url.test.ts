import { describe, expect, it } from '@jest/globals';
import { parseTarget } from '../../src/client/url.js';

const target = (host: string, port?: number, room = '', scheme = 'records'): object => ({ scheme, host, port, room });

describe('where a client goes', () => {
  it.each([
    ['records://localhost', target('localhost')],
    ['records://localhost/', target('localhost')],
    ['records://localhost:18001', target('localhost', 18001)],
    ['records://192.168.1.5:0', target('192.168.1.5', 0)],
    ['records://[::1]:18000', target('::1', 18000)],
    ['records://[fe80::1]', target('fe80::1')],
    ['records://example.org/den', target('example.org', undefined, 'den')],
    ['records://example.org:5/den', target('example.org', 5, 'den')],
    ['records://example.org/Ju%CC%88rg', target('example.org', undefined, 'Ju\u0308rg')],
    ['records://example.org/你好', target('example.org', undefined, '你好')],
    ['records://münchen.example', target('münchen.example')],
    ['RECORDS://localhost', target('localhost')],
    ['chat10://localhost:8765', target('localhost', 8765, '', 'chat10')],
  ])('is read from %s', (typed, expected) => {
    expect(parseTarget(typed)).toEqual(expected);
  });

  it.each([
    '',
    'localhost',
    'localhost:18000',
    '192.168.1.5:18000',
    'records:',
    'records://',
    'records:///den',
    'records:localhost',
    'records://localhost:port',
    'records://localhost:65536',
    'records://local host',
    'records://Cool@localhost',
    'records://Cool:secret@localhost',
    'records://localhost?room=den',
    'records://localhost#den',
    'records://localhost/%ff',
    'records://%ff',
    'records://[::1',
  ])('is not read from "%s"', (typed) => {
    expect(parseTarget(typed)).toBeUndefined();
  });
});
