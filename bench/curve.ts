/** The pictures of the growth: one small curve each, both ways in powers of ten. */
import { ACCENT, decades, element, FAINT, GREY, label, logScale, picture, tick } from './svg.js';

export interface Series {
  name: string;
  points: { size: number; value: number }[];
}

const WIDTH = 420;
const HEIGHT = 260;
const BOX = { left: 52, right: 404, top: 48, bottom: 214 };
const COLOURS = [ACCENT, '#bc4c00', '#1a7f37', '#8250df'];

export function curve(title: string, across: string, up: string, series: Series[]): string {
  const points = series.flatMap((one) => one.points);
  const sizes = decades(points.map(({ size }) => size));
  const values = decades(points.map(({ value }) => value));
  const x = logScale(sizes.range, [BOX.left, BOX.right]);
  const y = logScale(values.range, [BOX.bottom, BOX.top]);
  const upright = sizes.ticks.flatMap((size) => [
    element('line', { x1: x(size), x2: x(size), y1: BOX.top, y2: BOX.bottom, stroke: FAINT }),
    label(x(size), BOX.bottom + 16, tick(size), { 'text-anchor': 'middle', fill: GREY }),
  ]);
  const level = values.ticks.flatMap((value) => [
    element('line', { x1: BOX.left, x2: BOX.right, y1: y(value), y2: y(value), stroke: FAINT }),
    label(BOX.left - 6, y(value) + 4, tick(value), { 'text-anchor': 'end', fill: GREY }),
  ]);
  const lines = series.flatMap((one, i) => {
    const stroke = COLOURS[i % COLOURS.length]!;
    const places = one.points.map(({ size, value }) => `${x(size).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
    return [
      element('polyline', { points: places, fill: 'none', stroke, 'stroke-width': 2 }),
      ...one.points.map(({ size, value }) => element('circle', { cx: x(size), cy: y(value), r: 3, fill: stroke })),
      label(BOX.left + i * 90, 40, one.name, { fill: stroke }),
    ];
  });
  const names = [
    label(12, 20, title, { 'font-size': 14, 'font-weight': 'bold' }),
    label(BOX.right, HEIGHT - 10, across, { 'text-anchor': 'end', fill: GREY }),
    label(BOX.right, 40, up, { 'text-anchor': 'end', fill: GREY }),
  ];
  return picture(WIDTH, HEIGHT, title, [...names, ...upright, ...level, ...lines]);
}
