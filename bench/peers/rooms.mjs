// SPDX-License-Identifier: MIT
// The genuine socket.io server with its defaults, doing what bench/rooms.c does. usage: rooms.mjs PORT
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const ROOMS = Array.from({ length: 10 }, (_, i) => `room ${i}`);
const MUTED_OF = 21;
const port = Number(process.argv[2]);
const http = createServer();
const io = new Server(http);
let count = 0;

io.on('connection', (socket) => {
  const number = count++;
  socket.join(ROOMS[number % ROOMS.length]);
  if (number % 2 === 0)
    socket.join('even');
  if (number % MUTED_OF === MUTED_OF - 1)
    socket.join('muted');
  socket.on('chat message', (...args) => io.to([...ROOMS, 'even']).except('muted').emit('chat message', ...args));
});
http.listen({ host: '127.0.0.1', port, backlog: 4096 }, () => console.log(`listening on ${port}`));
