/**
 * Who may come in, and how fast: what is counted by address (docs/protocols.md, S9). This machine's own programs are
 * spared by limits that nobody asked for: a class room or a measurement on one machine is no attack, and nobody else can
 * have its address.
 */
import { Bucket } from './bucket.js';
import type { Limits } from './limits.js';
import { monotonic } from './monotonic.js';
import { NO_RATE, type Rate } from './protocols/pace.js';
import { RoomError } from './room/errors.js';
import { isLoopback } from './transports/loopback.js';

export type DoorLimits = Pick<Limits, 'rate' | 'connections' | 'joins' | 'maxConnections' | 'asked'>;

/** Nobody is kept out, and nothing counted. */
export const OPEN_DOOR: DoorLimits = { rate: NO_RATE, connections: 0, joins: 0, maxConnections: 0, asked: [] };

/** A connection that was let in, or that is to be told why not. */
export interface Admission {
  readonly refusal?: RoomError;
  /** It is the first that is refused since one was let in: the operator should see it. */
  readonly isNews: boolean;
  /** The connection is gone. */
  leave(): void;
}

/** Of a connection that is not counted. */
export const NO_DOOR: Admission = { isNews: false, leave: () => {} };

/** Connections at a time that are told why they are closed; further ones are closed without a word. */
const MAX_REFUSED = 64;
/** Addresses of which joins are remembered; beyond that the oldest are forgotten. */
const MAX_ADDRESSES = 10_000;
/** Seconds in which `joins` are counted. */
const JOIN_TIME = 60;

export class Doorkeeper {
  private readonly connections = new Map<string, number>();
  private readonly joins = new Map<string, Bucket>();
  private total = 0;
  private refused = 0;
  private wasFull = false;
  private readonly refusedAddresses = new Set<string>();

  constructor(
    private readonly limits: DoorLimits,
    private readonly now = monotonic,
  ) {}

  /** How fast a peer of that address may send messages. */
  rateOf(address: string): Rate {
    return this.counts('rate', address) ? this.limits.rate : NO_RATE;
  }

  /** A connection has come. Nothing is given of one that is not even to be told why it is closed. */
  admit(address: string): Admission | undefined {
    const key = networkOf(address);
    const refusal = this.whyNot(address, key);
    if (refusal) return this.refuse(refusal, key);
    this.wasFull = false;
    this.refusedAddresses.delete(key);
    this.total++;
    this.connections.set(key, (this.connections.get(key) ?? 0) + 1);
    return { isNews: false, leave: () => this.onLeft(key) };
  }

  /**
   * Somebody wants to join from there; `forgeable`: nothing says that it really is that address, and whoever has it must
   * not be kept out by others. Throws RoomError `too-many-joins`.
   */
  checkJoin(address: string, forgeable: boolean): void {
    const { joins } = this.limits;
    if (joins === 0 || !this.counts('joins', address)) return;
    const key = `${forgeable ? 'forgeable ' : ''}${networkOf(address)}`;
    const bucket = this.joins.get(key) ?? this.remember(key, new Bucket(joins / JOIN_TIME, joins, this.now));
    if (bucket.take()) return;
    const many = joins === 1 ? 'There was 1 join' : `There were ${joins} joins`;
    throw new RoomError('too-many-joins', `${many} from your address within a minute: try again a little later.`);
  }

  private get isFull(): boolean {
    const { maxConnections } = this.limits;
    return maxConnections > 0 && this.total >= maxConnections;
  }

  private whyNot(address: string, key: string): RoomError | undefined {
    const { connections } = this.limits;
    if (this.isFull) return tooMany('The server has as many connections as it can take.');
    const there = this.connections.get(key) ?? 0;
    if (connections === 0 || there < connections || !this.counts('connections', address)) return undefined;
    const are = connections === 1 ? 'is 1 connection' : `are ${connections} connections`;
    return tooMany(`There ${are} from your address already, and no more are taken.`);
  }

  private refuse(refusal: RoomError, key: string): Admission | undefined {
    if (this.refused >= MAX_REFUSED) return undefined;
    this.refused++;
    const { isFull } = this;
    const isNews = isFull ? !this.wasFull : !this.refusedAddresses.has(key);
    if (isFull) this.wasFull = true;
    else this.refusedAddresses.add(key);
    return { refusal, isNews, leave: () => void this.refused-- };
  }

  private onLeft(key: string): void {
    this.total--;
    const left = (this.connections.get(key) ?? 1) - 1;
    if (left > 0) this.connections.set(key, left);
    else this.connections.delete(key);
    if (left === 0) this.refusedAddresses.delete(key);
  }

  private remember(key: string, bucket: Bucket): Bucket {
    if (this.joins.size >= MAX_ADDRESSES) this.forgetSome();
    this.joins.set(key, bucket);
    return bucket;
  }

  /** The oldest: a tenth of them at once, so that whoever has very many addresses does not make each join dear. */
  private forgetSome(): void {
    for (const key of [...this.joins.keys()].slice(0, MAX_ADDRESSES / 10)) this.joins.delete(key);
  }

  private counts(limit: 'rate' | 'connections' | 'joins', address: string): boolean {
    return this.limits.asked.includes(limit) || !isLoopback(address);
  }
}

function tooMany(message: string): RoomError {
  return new RoomError('too-many-connections', message);
}

/** What one customer of the network has: an IPv4 address, or the first half of an IPv6 one, of which it has 2^64. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [front = '', back = ''] = address.split('::');
  const groups = front === '' ? [] : front.split(':');
  const behind = back === '' ? [] : back.split(':');
  const zeros = address.includes('::') ? Array<string>(Math.max(0, 8 - groups.length - behind.length)).fill('0') : [];
  return `${[...groups, ...zeros, ...behind].slice(0, 4).join(':')}::/64`;
}
