/** The protocols that Snug serves. A new one is one folder and one line. */
import type { Protocol } from './protocol.js';
import { records } from './records/index.js';

export function allProtocols(): readonly Protocol[] {
  return [records()];
}
