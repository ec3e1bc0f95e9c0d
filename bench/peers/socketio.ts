/** socket.io, over its WebSocket transport and without its client: https://socket.io/docs/v4/socket-io-protocol. */
import { fromNpm } from './npm.js';
import type { Frame, Peer, Wire } from './peer.js';
import { exchange, roomName, userName } from './peer.js';
import { BINARY, nextMessage, TEXT, upgrade, wsMessage } from './websocket.js';

/** It ends with the text: `"}]`. */
const BEHIND = 3;
const TEXT_LENGTH = 64;
const EVENT = '42';
/** Of a file's piece, which is in the next message. */
const ATTACHED = '451-';
const PING = '2'.charCodeAt(0);
const PONG = '3';
const ATTACHMENT = wsMessage(TEXT, Buffer.from(`${ATTACHED}["file",{"_placeholder":true,"num":0}]`));

const packet = (text: string): Buffer => wsMessage(TEXT, Buffer.from(text));
const event = (...values: unknown[]): Buffer => packet(EVENT + JSON.stringify(values));

const wire: Wire = {
  hello: (who) => [
    upgrade('/socket.io/?EIO=4&transport=websocket'),
    exchange(packet('40'), '40{"sid":"'),
    exchange(event('join', { room: roomName(who), name: userName(who) }), `["joined","${userName(who)}"]`),
  ],
  say: (_who, payload) => event('text', payload.toString()),
  next: (bytes, at, end, frame) => {
    if (!nextMessage(bytes, at, end, frame)) return false;
    if (isText(bytes, frame, EVENT)) {
      frame.to -= BEHIND;
      frame.from = frame.to - TEXT_LENGTH;
    } else other(bytes, frame);
    return true;
  },
};

const fileWire: Wire = {
  ...wire,
  say: (_who, payload) => Buffer.concat([ATTACHMENT, wsMessage(BINARY, payload)]),
  next: (bytes, at, end, frame) => {
    if (!nextMessage(bytes, at, end, frame)) return false;
    if ((bytes[at]! & 0x0f) === TEXT) other(bytes, frame);
    return true;
  },
};

const isText = (bytes: Buffer, { from }: Frame, start: string): boolean =>
  bytes.toString('latin1', from, from + start.length) === start;

function other(bytes: Buffer, frame: Frame): void {
  if (frame.to - frame.from === 1 && bytes[frame.from] === PING) frame.reply = packet(PONG);
  frame.from = frame.to = 0;
}

export const socketio: Peer = {
  ...fromNpm('socket.io', 'socketio.mjs'),
  name: 'socketio',
  title: 'socket.io',
  wire: () => wire,
  fileWire,
  echoes: () => true,
  workloads: ['w1', 'w2sat', 'w2fix', 'w3', 'w4', 'w6', 'w6slow'],
};
