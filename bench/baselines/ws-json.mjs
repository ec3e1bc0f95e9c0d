/**
 * A room as most tutorials build it: `ws`, a JSON object a message, and a loop over the members.
 *
 *     node ws-json.mjs PORT
 */
import { WebSocketServer } from 'ws';

const rooms = new Map();
const server = new WebSocketServer({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 1024 });

server.on('connection', (socket) => {
  let name = '';
  let room = new Set();
  socket.on('error', () => socket.terminate());
  socket.on('close', () => room.delete(socket));
  socket.on('message', (data, isBinary) => {
    if (isBinary)
      return send(
        [...room].filter((member) => member !== socket),
        data,
      );
    const message = JSON.parse(data.toString());
    if (message.type === 'text') {
      return send(room, JSON.stringify({ type: 'text', name, time: Date.now(), text: message.text }));
    }
    name = message.name;
    room = rooms.get(message.room) ?? new Set();
    rooms.set(message.room, room.add(socket));
    return socket.send(JSON.stringify({ type: 'joined', name }));
  });
});

function send(members, data) {
  for (const member of members) member.send(data);
}
