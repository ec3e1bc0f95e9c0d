import { describe, expect, it } from '@jest/globals';
import { Progress } from '../../../src/client/terminal/progress.js';
import { FakeScreen } from './support/fakes.js';

const MB = 1024 * 1024;

function setUp(live: boolean): {
  progress: Progress;
  screen: FakeScreen;
  told: string[];
  pass: (time: number) => void;
} {
  const screen = new FakeScreen(live);
  const told: string[] = [];
  let now = 1_000_000;
  const progress = new Progress(
    screen,
    (text) => told.push(text),
    () => now,
  );
  return { progress, screen, told, pass: (time) => void (now += time) };
}

describe('Progress', () => {
  it('shows a passing status, not more often than can be read', () => {
    const { progress, screen, told, pass } = setUp(true);
    const gauge = progress.start('Uploading a.bin', 10 * MB);
    gauge.moved(MB);
    pass(100);
    gauge.moved(2 * MB);
    gauge.moved(3 * MB);
    gauge.end();
    expect(screen.statuses).toEqual(['Uploading a.bin: 0 % of 10 MB', 'Uploading a.bin: 20 % of 10 MB', '']);
    expect(told).toEqual([]);
  });

  it('shows several transfers beside one another', () => {
    const { progress, screen, pass } = setUp(true);
    const first = progress.start('Uploading a.bin', 10 * MB);
    pass(100);
    progress.start('Fetching b.bin', 4 * MB);
    first.end();
    expect(screen.statuses.slice(1)).toEqual([
      'Uploading a.bin: 0 % of 10 MB   Fetching b.bin: 0 % of 4 MB',
      'Fetching b.bin: 0 % of 4 MB',
    ]);
  });

  it('prints a line every quarter where nothing can be erased', () => {
    const { progress, screen, told } = setUp(false);
    const gauge = progress.start('Uploading a.bin', 8 * MB);
    for (let bytes = MB; bytes <= 8 * MB; bytes += MB) gauge.moved(bytes);
    gauge.end();
    expect(told).toEqual([
      'Uploading a.bin (8 MB).',
      ...[25, 50, 75, 100].map((percent) => `Uploading a.bin: ${percent} %.`),
    ]);
    expect(screen.statuses).toEqual([]);
  });

  it.each([true, false])('says nothing about small files', (live) => {
    const { progress, screen, told } = setUp(live);
    const gauge = progress.start('Uploading a.txt', MB);
    gauge.moved(MB);
    gauge.end();
    expect([...screen.statuses, ...told]).toEqual([]);
  });
});
