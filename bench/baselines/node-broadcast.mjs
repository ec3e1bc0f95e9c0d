/**
 * The least that a chat server in Node can do: whoever connects names a room in a line of his own, and what comes after
 * it goes to all of the room, as one joined buffer per room and turn of the event loop. It parses nothing and keeps
 * nothing. With `--others` it relays bytes as they come, to all but their sender.
 *
 *     node node-broadcast.mjs PORT [--others]
 */
import net from 'node:net';
import { setImmediate } from 'node:timers';

const LINE_FEED = 10;
const rooms = new Map();
const waiting = new Set();
const toOthers = process.argv.includes('--others');

net
  .createServer({ noDelay: true }, welcome)
  .listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 1024 });

function welcome(socket) {
  socket.on('error', () => socket.destroy());
  socket.once('data', (line) => {
    const room = roomCalled(line.subarray(0, line.indexOf(LINE_FEED)).toString());
    room.members.add(socket);
    socket.on('close', () => room.members.delete(socket));
    if (toOthers) socket.on('data', (bytes) => relay(room, socket, bytes));
    else say(room, socket);
    socket.write('+\n');
  });
}

function roomCalled(name) {
  let room = rooms.get(name);
  if (!room) rooms.set(name, (room = { members: new Set(), said: [] }));
  return room;
}

/** Whole lines only, or those of two senders could get into each other. */
function say(room, socket) {
  let rest;
  socket.on('data', (chunk) => {
    const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
    const end = bytes.at(-1) === LINE_FEED ? bytes.length : bytes.lastIndexOf(LINE_FEED) + 1;
    rest = end < bytes.length ? bytes.subarray(end) : undefined;
    if (end === 0) return;
    room.said.push(end < bytes.length ? bytes.subarray(0, end) : bytes);
    if (waiting.size === 0) setImmediate(tellAll);
    waiting.add(room);
  });
}

function tellAll() {
  for (const { members, said } of waiting) {
    const all = said.length === 1 ? said[0] : Buffer.concat(said);
    said.length = 0;
    for (const member of members) member.write(all);
  }
  waiting.clear();
}

function relay(room, from, bytes) {
  for (const member of room.members) if (member !== from) member.write(bytes);
}
