/** Builds the page: index.html, and beside it in assets/ one script and one style sheet under names made of their bytes. */
import { build } from 'esbuild';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = path.join(here, '..', '..', '..', 'dist', 'web');
const assets = path.join(folder, 'assets');

rmSync(folder, { recursive: true, force: true });
mkdirSync(assets, { recursive: true });
const { metafile } = await build({
  entryPoints: [path.join(here, 'main.tsx'), path.join(here, 'style', 'main.css')],
  outdir: assets,
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  loader: { '.svg': 'dataurl' },
  target: ['chrome123', 'firefox120', 'safari17.5'],
  metafile: true,
  logLevel: 'warning',
});
copyFileSync(path.join(here, 'icon.svg'), path.join(folder, 'icon.svg'));

let page = readFileSync(path.join(here, 'index.html'), 'utf8');
for (const output of Object.keys(metafile.outputs)) {
  const name = path.basename(output);
  page = page.replace(`/assets/${name.replace(/-[A-Z0-9]{8}\./, '.')}`, `/assets/${name}`);
}
writeFileSync(path.join(folder, 'index.html'), page);
