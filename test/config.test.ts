import { describe, expect, it } from '@jest/globals';
import { DEFAULTS, parsePort, parseServed, parseWhole, UsageError } from '../src/config.js';

const named = (names: readonly string[], port?: number): string[] =>
  parseServed(names, port).map(({ protocol, port }) => `${protocol.name}=${port}`);

describe('the protocols to serve', () => {
  it('are the usual ones when none is named', () => {
    expect(named([])).toEqual(['records=18000', 'web=18080']);
  });

  it.each([
    { port: 19000, served: ['records=19000', 'web=19080'] },
    { port: 1, served: ['records=1', 'web=81'] },
    { port: 65_455, served: ['records=65455', 'web=65535'] },
    { port: 0, served: ['records=0', 'web=0'] },
  ])('are the usual ones from a port on when none is named: $port', ({ port, served }) => {
    expect(named([], port)).toEqual(served);
  });

  it('need room for the usual ones', () => {
    expect(() => named([], 65_456)).toThrow(UsageError);
    expect(() => named([], 65_456)).toThrow('With --port 65456, web would be on 65536, and the last port is 65535');
  });

  it.each([
    { names: ['records'], served: ['records=18000'] },
    { names: ['records=0'], served: ['records=0'] },
    { names: ['records=18001'], served: ['records=18001'] },
    { names: ['records=65535'], served: ['records=65535'] },
  ])('are those that are named, on the ports that are named: $names', ({ names, served }) => {
    expect(named(names)).toEqual(served);
  });

  it('may be all of them', () => {
    const all = parseServed(['all'], undefined);
    expect(all.map(({ protocol }) => protocol.name)).toContain('records');
    for (const { protocol, port } of all) expect(port).toBe(protocol.defaultPort);
  });

  it('take a port of its own when there is one of them', () => {
    expect(named(['records'], 18001)).toEqual(['records=18001']);
    expect(named(['web'], 18001)).toEqual(['web=18001']);
    expect(() => named(['records', 'web'], 18001)).toThrow('--port goes with one protocol');
  });

  it.each([
    { names: ['nonsense'], says: 'There is no protocol "nonsense"' },
    { names: [''], says: 'There is no protocol ""' },
    { names: ['Records'], says: 'There is no protocol "Records"' },
    { names: ['records='], says: 'A port is a whole number from 0 to 65535, not "".' },
    { names: ['records=x'], says: 'not "x".' },
    { names: ['records=65536'], says: 'not "65536".' },
    { names: ['records=1=2'], says: '1=2' },
    { names: ['records', 'records=1'], says: 'Each protocol can be named once.' },
    { names: ['all', 'records'], says: 'Each protocol can be named once.' },
  ])('are refused in one sentence: $names', ({ names, says }) => {
    expect(() => parseServed(names, undefined)).toThrow(UsageError);
    expect(() => parseServed(names, undefined)).toThrow(says);
  });
});

describe('a port', () => {
  it.each([
    ['0', 0],
    ['80', 80],
    ['018000', 18000],
    ['65535', 65535],
  ])('is read from %s', (typed, port) => {
    expect(parsePort(typed)).toBe(port);
  });

  it.each(['', ' ', '-1', '+1', '1.5', '1e3', '0x10', '65536', '80 ', 'http', '٣', '9'.repeat(30)])(
    'is not read from "%s"',
    (typed) => {
      expect(() => parsePort(typed)).toThrow(UsageError);
      expect(() => parsePort(typed)).toThrow(`A port is a whole number from 0 to 65535, not "${typed}".`);
    },
  );
});

describe('a whole number', () => {
  it.each(['1', '64'])('is read when it is within its limits: %s', (typed) => {
    expect(parseWhole(typed, '--seats', 1, 64)).toBe(Number(typed));
  });

  it.each(['0', '65'])('is not read when it is beyond them: %s', (typed) => {
    expect(() => parseWhole(typed, '--seats', 1, 64)).toThrow(
      `--seats is a whole number from 1 to 64, not "${typed}".`,
    );
  });
});

describe('the defaults', () => {
  it('are those of the seed', () => {
    expect(DEFAULTS).toMatchObject({ capacity: 3, downloads: 'downloads', attachments: 'attachments' });
  });
});
