/** All protocols, each made anew for every house. */
import { chat10 } from '../../src/protocols/chat10/index.js';
import type { Protocol } from '../../src/protocols/protocol.js';
import { pull } from '../../src/protocols/pull/index.js';
import { raw, rawUdp } from '../../src/protocols/raw/index.js';
import { records } from '../../src/protocols/records/index.js';
import { register } from '../../src/protocols/register/index.js';

export const PROTOCOLS: readonly (() => Protocol)[] = [records, chat10, pull, raw, rawUdp, register];
