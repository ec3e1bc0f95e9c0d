/** `ws` with a JSON object a message. */
import { BINARY, nextMessage, TEXT, upgrade, wsMessage } from './websocket.js';
import { fromNpm } from './npm.js';
import type { Peer, Wire } from './peer.js';
import { exchange, roomName, userName } from './peer.js';

/** It ends with the text: `"}`. */
const BEHIND = 2;
const TEXT_LENGTH = 64;

const wire: Wire = {
  hello: (who) => {
    const join = JSON.stringify({ type: 'join', room: roomName(who), name: userName(who) });
    return [upgrade('/'), exchange(wsMessage(TEXT, Buffer.from(join)), `"${userName(who)}"}`)];
  },
  say: (_who, payload) => wsMessage(TEXT, Buffer.from(JSON.stringify({ type: 'text', text: payload.toString() }))),
  next: (bytes, at, end, frame) => {
    if (!nextMessage(bytes, at, end, frame)) return false;
    if (frame.to > 0) {
      frame.to -= BEHIND;
      frame.from = frame.to - TEXT_LENGTH;
    }
    return true;
  },
};

export const ws: Peer = {
  ...fromNpm('ws', 'ws-json.mjs'),
  name: 'ws',
  title: 'ws + JSON',
  wire: () => wire,
  fileWire: { ...wire, say: (_who, payload) => wsMessage(BINARY, payload), next: nextMessage },
  echoes: () => true,
  workloads: ['w1', 'w2sat', 'w2fix', 'w3', 'w4', 'w6', 'w6slow'],
};
