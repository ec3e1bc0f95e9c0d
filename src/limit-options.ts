/** The limits as options of `snug serve`: docs/protocols.md, S8 to S12. */
import type { Command, Option } from 'commander';
import { UsageError } from './config.js';
import { LIMITS, parseRate } from './limits.js';
import { checked, option, whole } from './options.js';
import type { Rate } from './protocols/pace.js';

const GROUP = 'Limits (--rate, --connections and --joins spare this machine unless given):';

const NONE = '0: no limit';

/** Seconds: the longest time that can be set. */
const DAY = 86_400;
const MANY = 1_000_000;

/** Those that this machine's own programs are spared unless they are given. */
const SPARING = ['rate', 'connections', 'joins'] as const;

/** Adds the limits to a command, in a group of their own. */
export function withLimits(command: Command): Command {
  for (const each of limitOptions()) command.addOption(each.helpGroup(GROUP));
  return command;
}

/** Which of the limits that spare this machine were asked for. */
export function askedLimits(command: Command): readonly string[] {
  return SPARING.filter((name) => command.getOptionValueSource(name) !== 'default');
}

function limitOptions(): readonly Option[] {
  const { messageLength, nameLength } = LIMITS;
  return [
    whole('--message-length <bytes>', 'of a text', 1, messageLength).default(messageLength),
    whole('--name-length <characters>', 'of a name', 1, nameLength).default(nameLength),
    option('--rate <n[/burst]>', `messages a second that one connection may send, and how many at once; ${NONE}`)
      .argParser(checked(readRate))
      .default(LIMITS.rate, shown(LIMITS.rate)),
    limit('--connections <number>', 'connections of one address', MANY).default(LIMITS.connections),
    limit('--joins <number>', 'joins of one address in a minute', MANY).default(LIMITS.joins),
    limit('--max-connections <number>', 'connections in all', MANY).default(LIMITS.maxConnections),
    limit('--silence <seconds>', 'until who has not joined asks for something', DAY).default(LIMITS.silence),
    limit('--unfinished <seconds>', 'for a message to be complete', DAY).default(LIMITS.unfinished),
    limit('--stalled <seconds>', 'for a peer to read some of what it is sent', DAY).default(LIMITS.stalled),
    whole('--udp-peers <number>', 'UDP addresses at a time', 1, MANY).default(LIMITS.udpPeers),
    whole('--udp-idle <seconds>', 'after which a silent UDP address has left', 1, DAY).default(LIMITS.udpIdle),
    whole(
      '--udp-advance <bytes>',
      'what a UDP address of another machine gets beyond what came from it, until it has spoken again',
      0,
      1_073_741_824,
    ).default(LIMITS.udpAdvance),
  ];
}

/** One that can be taken away. */
function limit(flags: string, description: string, most: number): Option {
  return whole(flags, `${description}; ${NONE}`, 0, most);
}

function readRate(typed: string): Rate {
  const rate = parseRate(typed);
  if (rate) return rate;
  throw new UsageError(`--rate is N or N/BURST, two whole numbers as in ${shown(LIMITS.rate)}, not "${typed}".`);
}

function shown({ messages, burst }: Rate): string {
  return `${messages}/${burst}`;
}
