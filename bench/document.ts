/** docs/performance.md: what is measured stands between marks, and is replaced; what people wrote around it stays. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export type Section = 'bench' | 'growth';

const SKELETON = `# Performance

What Snug costs, beside servers that do less, or more, or the same in another way; and how that grows.

## Beside others

<!-- bench: begin -->
<!-- bench: end -->

## With size

<!-- growth: begin -->
<!-- growth: end -->
`;

export function replaceSection(root: string, section: Section, text: string): void {
  const file = path.join(root, 'docs', 'performance.md');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : SKELETON;
  const [begin, end] = [`<!-- ${section}: begin -->`, `<!-- ${section}: end -->`];
  const from = before.indexOf(begin);
  const to = before.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for this: ${begin} ... ${end}`);
  writeFileSync(
    file,
    `${before.slice(0, from)}${begin}\n\n${text.trim().replace(/\n{3,}/g, '\n\n')}\n\n${before.slice(to)}`,
  );
}

export function writeImage(root: string, name: string, svg: string): void {
  const folder = path.join(root, 'docs', 'images');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, name), svg);
}
