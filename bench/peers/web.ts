/** The same records inside WebSocket messages (R13). */
import type { Step, Wire } from './peer.js';
import { recordsWire } from './records.js';
import { BINARY, nextMessage, upgrade, wsMessage } from './websocket.js';

export function webWire(): Wire {
  const records = recordsWire();
  return {
    framed: true,
    hello: (who) => [upgrade('/'), ...records.hello(who).map(inMessages)],
    say: (who, payload) => wsMessage(BINARY, records.say(who, payload)),
    next: records.next,
  };
}

function inMessages(step: Step): Step {
  return {
    send: wsMessage(BINARY, step.send),
    answered: (bytes) => {
      const { payload, end } = unwrapped(bytes);
      return step.answered(payload) < 0 ? -1 : end;
    },
  };
}

function unwrapped(bytes: Buffer): { payload: Buffer; end: number } {
  const frame = { length: 0, from: 0, to: 0, reply: undefined };
  const payloads = [];
  let end = 0;
  for (; nextMessage(bytes, end, bytes.length, frame); end += frame.length) {
    payloads.push(bytes.subarray(frame.from, frame.to));
  }
  return { payload: Buffer.concat(payloads), end };
}
