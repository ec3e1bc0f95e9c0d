/** The page: puts the connection, the model and the views together. */
import { render } from 'preact';
import { Visit } from './model/visit.js';
import type { PageSettings } from '../page-settings.js';
import { dialer } from './socket.js';
import { App } from './view/app.js';
import { keptPassphrase, SeatCard } from './view/card.js';

/** Milliseconds between two reports while someone stands before the door. */
const LOOK_AGAIN = 15_000;
/** The same while the page is not looked at: enough for the server not to hang up (docs/protocols.md, S11). */
const LOOK_HIDDEN = 60_000;

const { username = '', can, capacity, lessThan, passphrase: isAsked = false } = settings();
const room = nameIn(location.pathname.slice(1));
const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/`;
const key = { passphrase: keptPassphrase() };
const seats = new SeatCard(room);
const visit = new Visit({ connect: dialer(url, room, key), can, seats, clock: Date.now, random: Math.random });

render(
  <App
    visit={visit}
    place={{ room, capacity, username, key, isAsked }}
    lessThan={lessThan}
    isGuest={can !== undefined}
  />,
  document.body,
);

// Someone else may have come or gone since.
setInterval(() => document.hidden || visit.lookAgain(), LOOK_AGAIN);
setInterval(() => document.hidden && visit.lookAgain(), LOOK_HIDDEN);
window.addEventListener('online', () => visit.wake());
document.addEventListener('visibilitychange', () => document.hidden || visit.wake());

// Where the server of the page sits in the room itself, there is nothing to choose before joining.
if (can && username) void visit.join(username, undefined);
else void visit.look();

/** A path that is no text is no name either, which the person is told then. */
function nameIn(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function settings(): PageSettings {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="snug-settings"]');
  return JSON.parse(meta?.content ?? '{}') as PageSettings;
}
