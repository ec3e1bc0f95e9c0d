/** Everything that is fuzzed. */
import { CHAT10 } from './decoders/chat10.js';
import { PULL } from './decoders/pull.js';
import { RAW } from './decoders/raw.js';
import { RECORDS } from './decoders/records.js';
import { REGISTER } from './decoders/register.js';
import { TEXTS } from './decoders/texts.js';
import { SESSIONS } from './sessions/targets.js';
import { CLIENTS } from './clients/garbage.js';
import { CONVERSATIONS } from './clients/conversations.js';
import { VISITS } from './clients/visits.js';
import { LIMIT_TARGETS } from './decoders/limits.js';
import type { Target } from './engine/target.js';

export const TARGETS: readonly Target[] = [
  ...RECORDS,
  ...CHAT10,
  ...PULL,
  ...RAW,
  ...REGISTER,
  ...TEXTS,
  ...LIMIT_TARGETS,
  ...SESSIONS,
  ...CLIENTS,
  ...CONVERSATIONS,
  ...VISITS,
];
