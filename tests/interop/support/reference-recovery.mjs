// SPDX-License-Identifier: MIT
//
// What tests/programs/recovery shares with the genuine packages (GODWIT_APP in app.mjs).

import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer();
const io = new Server(http, { connectionStateRecovery: { maxDisconnectionDuration: 2000 } });

io.on('connection', (socket) => {
  socket.on('who', (done) => done(socket.id, socket.recovered, socket.rooms.has('room'), socket.data));
  socket.on('settle', (done) => {
    socket.join('room');
    socket.data = { name: 'Ada' };
    done();
  });
  socket.on('all', (...args) => {
    const done = typeof args.at(-1) === 'function' ? args.pop() : () => {};
    io.emit('all', ...args);
    done();
  });
  socket.on('room', (...args) => {
    const done = typeof args.at(-1) === 'function' ? args.pop() : () => {};
    io.to('room').emit('room', ...args);
    io.except('room').emit('not room', ...args);
    io.volatile.emit('volatile', ...args);
    done();
  });
});
http.listen(0, '127.0.0.1', () => console.log(`listening on ${http.address().port}`));
process.on('SIGTERM', () => process.exit(0));
