import { describe, expect, it } from '@jest/globals';
import { refuseHost, refuseOrigin } from '../../src/transports/origin.js';

describe('the Host of a request, where the server listens for this machine alone', () => {
  it.each([
    'localhost',
    'localhost:18080',
    'LOCALHOST:18080',
    'tea.localhost:18080',
    '127.0.0.1:18080',
    '127.0.0.1',
    '127.1.2.3:80',
    '[::1]:18080',
    '[0:0:0:0:0:0:0:1]:18080',
  ])('may be %s', (host) => {
    expect(refuseHost(host, '127.0.0.1')).toBeUndefined();
    expect(refuseHost(host, '::1')).toBeUndefined();
  });

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:18080',
    'localhost.evil.example',
    'evillocalhost',
    '127.0.0.1.evil.example',
    '127.evil.example',
    '192.168.1.5:18080',
    '0.0.0.0:18080',
    '[::]:18080',
    '[::ffff:192.168.1.5]',
    'localhost@evil.example',
    'evil.example/@localhost',
    'evil.example#localhost',
    'evil.example\\localhost',
    'local host',
    'localhost:port',
    'localhost,evil.example',
    '[::1',
    '..localhost',
  ])('may not be %s', (host) => {
    for (const listening of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
      expect(refuseHost(host, listening)).toMatchObject({ status: 421, reason: expect.stringMatching(/^[^.].+\.$/) });
    }
  });
});

describe('the Host of a request, where others can reach the server', () => {
  it.each([undefined, 'example.org', '192.168.1.5:18080', 'localhost'])('may be %s', (host) => {
    for (const listening of ['0.0.0.0', '::', '192.168.1.5', 'fe80::1']) {
      expect(refuseHost(host, listening)).toBeUndefined();
    }
  });
});

describe('the Origin of a WebSocket', () => {
  it.each([
    ['http://localhost:18080', 'localhost:18080'],
    ['http://LocalHost:18080', 'localhost:18080'],
    ['http://127.0.0.1:18080', '127.0.0.1:18080'],
    ['http://[::1]:18080', '[::1]:18080'],
    ['http://example.org', 'example.org'],
    ['http://example.org', 'example.org:80'],
    ['https://example.org', 'example.org'],
    ['https://example.org', 'example.org:443'],
  ])('may be %s for the Host %s', (origin, host) => {
    expect(refuseOrigin(origin, host)).toBeUndefined();
  });

  it.each(['localhost:18080', 'evil.example', undefined])('may be missing for the Host %s', (host) => {
    expect(refuseOrigin(undefined, host)).toBeUndefined();
  });

  it.each([
    ['http://evil.example', 'localhost:18080'],
    ['http://localhost', 'localhost:18080'],
    ['http://localhost:3000', 'localhost:18080'],
    ['http://127.0.0.1:18080', 'localhost:18080'],
    ['http://tea.localhost:18080', 'localhost:18080'],
    ['http://localhost:18080@evil.example', 'localhost:18080'],
    ['http://localhost:18080', undefined],
    ['http://evil.example', 'evil.example/'],
    ['https://example.org', 'example.org:80'],
    ['null', 'localhost:18080'],
    ['null', 'null'],
    ['', ''],
    ['', 'localhost:18080'],
    ['file://', 'localhost:18080'],
    ['localhost:18080', 'localhost:18080'],
    ['chrome-extension://localhost', 'localhost:18080'],
  ])('may not be %s for the Host %s', (origin, host) => {
    expect(refuseOrigin(origin, host)).toMatchObject({ status: 403, reason: expect.stringMatching(/^[^.].+\.$/) });
  });
});
