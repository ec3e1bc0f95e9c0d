/** Everyone who is measured, Snug first, in the order of the tables. */
import { inspircd, ngircd } from './irc.js';
import { c, node } from './lines.js';
import { aedes, mosquitto } from './mqtt.js';
import { nats } from './nats.js';
import type { Peer } from './peer.js';
import { redis } from './redis.js';
import { snug, snugChat10, snugMixed, snugMixedChat10, snugWeb } from './snug.js';
import { socketio } from './socketio.js';
import { ws } from './ws.js';

export const PEERS: readonly Peer[] = [
  snug,
  snugWeb,
  snugChat10,
  snugMixed,
  snugMixedChat10,
  node,
  c,
  ws,
  socketio,
  aedes,
  mosquitto,
  nats,
  redis,
  inspircd,
  ngircd,
];

export function peerNamed(name: string): Peer {
  const peer = PEERS.find((one) => one.name === name);
  if (!peer) throw new Error(`There is no peer ${name}. There are: ${PEERS.map((one) => one.name).join(', ')}`);
  return peer;
}
