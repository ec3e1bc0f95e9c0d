/** The protocols that Snug serves. A new one is one folder and one line. */
import { chat10 } from './chat10/index.js';
import type { Protocol } from './protocol.js';
import { pull } from './pull/index.js';
import { raw, rawUdp } from './raw/index.js';
import { recordsProtocols } from './records/index.js';
import { register } from './register/index.js';

export function allProtocols(): readonly Protocol[] {
  return [...recordsProtocols(), chat10(), pull(), raw(), rawUdp(), register()];
}
