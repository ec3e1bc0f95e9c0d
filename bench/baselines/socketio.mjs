/**
 * The same room with socket.io, as its own guide builds it.
 *
 *     node socketio.mjs PORT
 */
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer();
const io = new Server(http);

io.on('connection', (socket) => {
  let name = '';
  let room = '';
  socket.on('join', (as) => {
    ({ name, room } = as);
    void socket.join(room);
    socket.emit('joined', name);
  });
  socket.on('text', (text) => io.to(room).emit('text', { name, time: Date.now(), text }));
  socket.on('file', (bytes) => socket.to(room).emit('file', bytes));
});

http.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 1024 });
