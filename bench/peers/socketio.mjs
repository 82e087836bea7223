// SPDX-License-Identifier: MIT
// The genuine socket.io server with its defaults, with the two events that the generator uses. usage: socketio.mjs PORT
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const port = Number(process.argv[2]);
const http = createServer();
const io = new Server(http);

io.on('connection', (socket) => {
  socket.on('echo', (...args) => socket.emit('echo', ...args));
  socket.on('chat message', (...args) => io.emit('chat message', ...args));
});
http.listen({ host: '127.0.0.1', port, backlog: 4096 }, () => console.log(`listening on ${port}`));
