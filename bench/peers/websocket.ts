/** As much of RFC 6455 as a client needs that knows its server. */
import type { Frame, Step } from './peer.js';
import { exchange, found } from './peer.js';

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

const FINAL = 0x80;
const MASKED = 0x80;

export function upgrade(path: string): Step {
  const head = [
    `GET ${path} HTTP/1.1`,
    'Host: localhost',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Version: 13',
  ];
  return exchange(`${head.join('\r\n')}\r\n\r\n`, '\r\n\r\n');
}

/** A message from a client, masked with zeros, which leave it as it is. */
export function wsMessage(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const size = length < 126 ? 0 : length < 65536 ? 2 : 8;
  const head = Buffer.alloc(2 + size + 4);
  head[0] = FINAL | opcode;
  head[1] = MASKED | (size === 0 ? length : size === 2 ? 126 : 127);
  if (size === 2) head.writeUInt16BE(length, 2);
  if (size === 8) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

/** Finds a whole message of a server; `from` and `to` are its payload, whatever it is. */
export function nextMessage(bytes: Buffer, at: number, end: number, frame: Frame): boolean {
  if (end - at < 2) return false;
  let head = 2;
  let length = bytes[at + 1]!;
  if (length === 126) {
    head = 4;
    if (end - at < head) return false;
    length = bytes.readUInt16BE(at + 2);
  } else if (length === 127) {
    head = 10;
    if (end - at < head) return false;
    length = Number(bytes.readBigUInt64BE(at + 2));
  }
  if (end - at < head + length) return false;
  found(frame, head + length, at + head, at + head + length);
  const opcode = bytes[at]! & 0x0f;
  if (opcode === CLOSE) throw new Error(`The server closed: ${bytes.toString('latin1', at + head + 2, frame.to)}`);
  if (opcode === PING) frame.reply = wsMessage(PONG, Buffer.from(bytes.subarray(frame.from, frame.to)));
  if (opcode === PING || opcode === PONG) frame.from = frame.to = 0;
  return true;
}
