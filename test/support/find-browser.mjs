/** Which browser the tests in test/end-to-end/browser run in: one of the Chromium family, as it is installed. */
import { existsSync } from 'node:fs';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const FOLDERS = [
  '/usr/bin',
  '/usr/local/bin',
  '/snap/bin',
  '/opt/google/chrome',
  '/Applications/Chromium.app/Contents/MacOS',
  '/Applications/Google Chrome.app/Contents/MacOS',
];
const NAMES_ELSEWHERE = ['chrome', 'Chromium', 'Google Chrome'];

/** Its path; `undefined` when there is none. Throws when $SNUG_BROWSER names one that is not there. */
export function findBrowser({ SNUG_BROWSER, PATH = '' } = process.env) {
  if (SNUG_BROWSER && !existsSync(SNUG_BROWSER)) {
    throw new Error(`SNUG_BROWSER names a browser that is not there: ${SNUG_BROWSER}`);
  }
  if (SNUG_BROWSER) return SNUG_BROWSER;
  const folders = [...PATH.split(path.delimiter), ...FOLDERS].filter((folder) => path.isAbsolute(folder));
  const candidates = folders.flatMap((folder) => [...NAMES, ...NAMES_ELSEWHERE].map((name) => path.join(folder, name)));
  return candidates.find((candidate) => existsSync(candidate));
}
