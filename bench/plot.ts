/** The picture of the comparison: a panel a workload, a dot a server, from cheap to dear in powers of ten. */
import { ACCENT, decades, element, FAINT, GREY, INK, label, logScale, picture, tick } from './svg.js';
import { short } from './table.js';

export interface Panel {
  title: string;
  dots: { name: string; value: number; ours: boolean }[];
}

const WIDTH = 860;
const NAMES = 200;
const ROW = 20;
const HEAD = 44;
const FOOT = 28;

export function plot(title: string, panels: Panel[]): string {
  const filled = panels.filter(({ dots }) => dots.length > 0);
  const { range, ticks } = decades(filled.flatMap(({ dots }) => dots.map(({ value }) => value)));
  const x = logScale(range, [NAMES, WIDTH - 60]);
  let top = 28;
  const parts = [label(16, 24, title, { 'font-size': 15, 'font-weight': 'bold' })];
  for (const { title: heading, dots } of filled) {
    const bottom = top + HEAD + dots.length * ROW;
    parts.push(label(16, top + HEAD - 14, heading, { 'font-weight': 'bold' }));
    for (const value of ticks) {
      parts.push(element('line', { x1: x(value), x2: x(value), y1: top + HEAD - 8, y2: bottom, stroke: FAINT }));
      parts.push(label(x(value), bottom + 14, tick(value), { 'text-anchor': 'middle', fill: GREY }));
    }
    const sorted = dots.toSorted((one, other) => one.value - other.value);
    sorted.forEach(({ name, value, ours }, i) => {
      const y = top + HEAD + i * ROW + ROW / 2;
      const weight = ours ? { 'font-weight': 'bold' } : {};
      parts.push(label(NAMES - 12, y + 4, name, { 'text-anchor': 'end', ...weight }));
      parts.push(element('line', { x1: NAMES, x2: x(value), y1: y, y2: y, stroke: ours ? ACCENT : FAINT }));
      parts.push(element('circle', { cx: x(value), cy: y, r: 4.5, fill: ours ? ACCENT : GREY }));
      parts.push(label(x(value) + 10, y + 4, short(value), { fill: ours ? ACCENT : INK }));
    });
    top = bottom + FOOT - 8;
  }
  return picture(WIDTH, top + 20, title, parts);
}
