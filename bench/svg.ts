/** As much SVG as two kinds of pictures need. */

export const INK = '#1f2328';
export const FAINT = '#d0d7de';
export const GREY = '#6e7781';
export const ACCENT = '#0969da';

export const element = (name: string, attributes: Record<string, string | number>, content = ''): string => {
  const said = Object.entries(attributes).map(([key, value]) => ` ${key}="${round(value)}"`);
  return content === '' ? `<${name}${said.join('')}/>` : `<${name}${said.join('')}>${content}</${name}>`;
};

const round = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 10) / 10) : value;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export const label = (x: number, y: number, text: string, more: Record<string, string | number> = {}): string =>
  element('text', { x, y, fill: INK, ...more }, escaped(text));

export function picture(width: number, height: number, title: string, parts: string[]): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12">`;
  const ground = element('rect', { width, height, fill: '#fff' });
  return [head, element('title', {}, escaped(title)), ground, ...parts, '</svg>', ''].join('\n');
}

/** From values to places, in powers of ten. */
export function logScale([least, most]: [number, number], [from, to]: [number, number]): (value: number) => number {
  const unit = (to - from) / (Math.log10(most) - Math.log10(least) || 1);
  return (value) => from + (Math.log10(value) - Math.log10(least)) * unit;
}

/** The powers of ten around all of the values. */
export function decades(values: number[]): { range: [number, number]; ticks: number[] } {
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.max(Math.ceil(Math.log10(Math.max(...values))), from + 1);
  const ticks = Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
  return { range: [10 ** from, 10 ** to], ticks };
}

const UNITS = ['', 'k', 'M', 'G'];

/** 0.01, 10, 10k, 10M. */
export function tick(value: number): string {
  const power = value >= 10_000 ? Math.floor(Math.log10(value) / 3) : 0;
  return `${String(Number((value / 1000 ** power).toPrecision(2)))}${UNITS[power] ?? ''}`;
}
