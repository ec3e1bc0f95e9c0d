/** Before the first test in a browser: compiles, and finds the browser; says so when there is none. */
import { stderr } from 'node:process';
import compile from './compile.mjs';
import { findBrowser } from './find-browser.mjs';

const LEFT_OUT = `Left out: the tests in a browser (test/end-to-end/browser), since no Chromium was found.
On Debian: apt-get install chromium; elsewhere name one in SNUG_BROWSER.
`;

export default function setUp() {
  compile();
  const browser = findBrowser();
  // The tests are other processes, which inherit it.
  if (browser) process.env.SNUG_BROWSER = browser;
  else sayIfLeftOut();
}

/** Not to stdout, where the results may be wanted for a program. */
export function sayIfLeftOut() {
  if (!process.env.SNUG_BROWSER) stderr.write(`\n${LEFT_OUT}`);
}
