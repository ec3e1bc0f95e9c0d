/** The same records inside WebSocket messages (R13). */
import type { HistoryWire, Step, Wire } from './peer.js';
import { recordsFileWire, recordsHistory, recordsWire } from './records.js';
import { BINARY, nextMessage, upgrade, wsMessage } from './websocket.js';

export const webWire = (): Wire => overWebSocket(recordsWire());

export const webFileWire: Wire = overWebSocket(recordsFileWire);

export const webHistory: HistoryWire = {
  fill: (who, texts) => [upgrade('/'), ...recordsHistory.fill(who, texts).map(inMessages)],
  hello: () => [upgrade('/')],
  join: (who, count) => inMessages(recordsHistory.join(who, count)),
  leave: (who) => wsMessage(BINARY, recordsHistory.leave!(who)),
};

function overWebSocket(wire: Wire): Wire {
  return {
    ...wire,
    framed: true,
    hello: (who) => [upgrade('/'), ...wire.hello(who).map(inMessages)],
    say: (who, payload, last) => wsMessage(BINARY, wire.say(who, payload, last)),
    ...(wire.opening && { opening: (who, size) => wsMessage(BINARY, wire.opening!(who, size)) }),
    next: (bytes, at, end, frame, who) => {
      if (!wire.next(bytes, at, end, frame, who)) return false;
      if (frame.reply) frame.reply = wsMessage(BINARY, frame.reply);
      return true;
    },
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
