// SPDX-License-Identifier: MIT
//
// What tests/programs/recovery shares with the genuine packages (GODWIT_APP in app.mjs).

import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer();
const io = new Server(http, { connectionStateRecovery: { maxDisconnectionDuration: 2000 } });

for (const nsp of [io.of('/'), io.of('/side')])
  nsp.on('connection', (socket) => serve(nsp, socket));

function serve(nsp, socket) {
  socket.on('who', (done) => done(socket.id, socket.recovered, socket.rooms.has('room'), socket.data));
  socket.on('settle', (done) => {
    socket.join('room');
    socket.data = { name: 'Ada' };
    done();
  });
  socket.on('all', (...args) => {
    const done = typeof args.at(-1) === 'function' ? args.pop() : () => {};
    nsp.emit('all', ...args);
    done();
  });
  socket.on('room', (...args) => {
    const done = typeof args.at(-1) === 'function' ? args.pop() : () => {};
    nsp.to('room').emit('room', ...args);
    nsp.except('room').emit('not room', ...args);
    nsp.volatile.emit('volatile', ...args);
    done();
  });
}
http.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(`listening on ${http.address().port}`));
process.on('SIGTERM', () => process.exit(0));
