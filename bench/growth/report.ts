/** The curves, as tables and pictures. */
import { curve as drawCurve } from '../curve.js';
import { replaceSection, writeImage } from '../document.js';
import type { Machine } from '../machine.js';
import { short, table } from '../table.js';
import type { Curve, Row } from './curve.js';

export interface Drawn {
  curve: Curve;
  rows: Row[];
}

export const growthTables = (drawn: Drawn[]): string =>
  drawn.map(({ curve, rows }) => `\n${curve.title}\n\n${rowsOf(curve, rows)}`).join('\n');

export function writeGrowth(drawn: Drawn[], machine: Machine, root: string): void {
  const parts = drawn.map(({ curve, rows }) => {
    const pictures = curve.pictures.map((picture, i) => {
      const name = `growth-${curve.name}${i === 0 ? '' : `-${i + 1}`}.svg`;
      const series = picture.columns.map((column) => ({ name: column, points: pointsOf(rows, column) }));
      writeImage(root, name, drawCurve(`${curve.title}: ${picture.title}`, curve.across, picture.unit, series));
      return `![${curve.title}: ${picture.title}](images/${name})`;
    });
    return [`### ${curve.title}`, curve.about, rowsOf(curve, rows), pictures.join('\n')].filter((part) => part !== '');
  });
  const head = `\`npm run bench -- growth\` measured this on ${machine.date}: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}.`;
  replaceSection(root, 'growth', [head, ...parts.flat()].join('\n\n'));
}

function rowsOf({ across, columns }: Curve, rows: Row[]): string {
  const cells = rows.map(({ size, values }) => [
    ...(across === '' ? [] : [size.toLocaleString('en-US')]),
    ...columns.map((column) => short(values[column] ?? NaN)),
  ]);
  return table([[...(across === '' ? [] : [across]), ...columns], ...cells]);
}

const pointsOf = (rows: Row[], column: string): { size: number; value: number }[] =>
  rows.flatMap(({ size, values }) => {
    const value = values[column];
    return value !== undefined && value > 0 ? [{ size, value }] : [];
  });
