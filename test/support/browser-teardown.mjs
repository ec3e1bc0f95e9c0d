/** After the last test in a browser, and below the results, so that nobody takes them for more than they are. */
export { sayIfLeftOut as default } from './browser-setup.mjs';
