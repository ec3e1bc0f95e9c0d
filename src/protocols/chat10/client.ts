/** The client's side of CHAT/1.0 (seed 000, "Chat Client"): docs/protocols.md, "CHAT/1.0", C9. */
import type { Connection, ConnectionListener } from '../../client/connection.js';
import { announcement, SERVER_NAME } from '../../room/entry.js';
import { foldName } from '../../room/names.js';
import type { Link } from '../../transports/link.js';
import { type Dialling, dialled } from '../dialling.js';
import { PlainClient } from '../plain-client.js';
import { cutLines } from '../projection.js';
import { encode, type Frame, type Method, roomForText } from './codec.js';
import { Decoder } from './decoder.js';
import { PACING, QUIET } from './pacing.js';

/** Milliseconds after JOIN in which a server that refuses says so: CHAT/1.0 has no yes to wait for. */
const REFUSAL_TIME = 150;
/** Milliseconds that a server which has said something has to close, too; ours and others let it stand for half a second. */
const CLOSING_TIME = 1000;
/** Milliseconds between LEAVE and the end of the connection, so that a server can take it for a message of its own. */
const LEAVING_TIME = 100;

/** Connects, as `dial` does; CHAT/1.0 has one room. */
export function connectChat10(dial: Dialling, _room: string, listener: ConnectionListener): Promise<Connection> {
  return dialled(dial, (link) => new Chat10Client(link, listener));
}

class Chat10Client extends PlainClient<Frame> {
  protected readonly decoder = new Decoder();
  private state: 'new' | 'asking' | 'in' = 'new';
  /** What the server said before anything else: a refusal if it closes now. */
  private readonly objections: string[] = [];
  private acceptTimer: NodeJS.Timeout | undefined;

  constructor(link: Link, listener: ConnectionListener) {
    super({ link, listener, pacing: { ...PACING, linger: LEAVING_TIME }, quiet: QUIET });
  }

  override closed(): void {
    if (this.state === 'asking' && this.objections.length > 0) this.refused(this.objections.join(' '));
    super.closed();
  }

  protected askToJoin(): void {
    this.state = 'asking';
    this.send('JOIN');
    this.acceptIn(REFUSAL_TIME);
  }

  /** Seed 000: the message is shown at once, since the server sends it to all others only. */
  protected sayText(text: string, id: number): void {
    const lines = cutLines(text, roomForText(this.name));
    for (const line of lines) this.send('TEXT', line);
    if (lines.length > 0) this.show('text', this.name, text, id);
  }

  protected sayFarewell(): void {
    this.send('LEAVE');
  }

  protected handle(frame: Frame): void {
    if (this.state !== 'in' && isFromServer(frame)) return this.object(frame.text);
    this.accept();
    // Some servers show the room to whoever is connected; before joining it is not ours to see.
    if (this.state === 'in') this.showFrame(frame);
  }

  protected override stopped(): void {
    clearTimeout(this.acceptTimer);
  }

  private object(text: string): void {
    this.objections.push(text);
    this.acceptIn(CLOSING_TIME);
  }

  private acceptIn(milliseconds: number): void {
    clearTimeout(this.acceptTimer);
    this.acceptTimer = setTimeout(() => this.accept(), milliseconds);
  }

  /** Whatever comes but a refusal says that we are in, and so does nothing; what the server said was no refusal then. */
  private accept(): void {
    if (this.state !== 'asking') return;
    this.state = 'in';
    clearTimeout(this.acceptTimer);
    this.accepted();
    for (const text of this.objections.splice(0)) this.notice(text);
  }

  private showFrame(frame: Frame): void {
    const { method, username, text } = frame;
    if (isFromServer(frame)) this.notice(text);
    else if (method === 'TEXT') this.show('text', username, text);
    else if (username !== '') this.announce(method, username);
  }

  private announce(method: 'JOIN' | 'LEAVE', author: string): void {
    const joined = method === 'JOIN';
    this.show(joined ? 'joined' : 'left', author, announcement({ kind: joined ? 'join' : 'leave', author }));
  }

  private send(method: Method, text = ''): void {
    this.outbox.send(encode({ method, username: this.name, text }));
  }
}

function isFromServer({ method, username }: Frame): boolean {
  return method === 'TEXT' && foldName(username) === foldName(SERVER_NAME);
}
