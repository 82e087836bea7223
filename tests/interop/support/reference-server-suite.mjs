// SPDX-License-Identifier: MIT
//
// The app of tests/programs/server-suite on the genuine npm packages (GODWIT_APP in app.mjs), without its restart.

import { Server } from 'socket.io';

const io = new Server();
let notes = '';
const note = (text) => { notes += `${text}|`; };

io.on('connection', (socket) => {
  socket.on('letters', (letters, who, what, done) => {
    for (const letter of letters) {
      const all = who === 'all' ? io : socket;
      (letter === 'v' ? all.volatile : all).emit('ev', what === 'binary' ? Buffer.of(1, 2, 3) : 'data');
    }
    done();
  });
  socket.on('join', (room, done) => {
    socket.join(room);
    done();
  });
  socket.on('spread', ({ all, to, except }, ...args) => {
    const done = args.pop();
    (all ? io : socket.broadcast).to(to).except(except).emit('spread', ...args);
    done();
  });
  socket.on('count', (nsp, room, done) => done(io.of(nsp).adapter.rooms.get(room)?.size ?? 0));
  socket.on('notes', (done) => {
    done(notes);
    notes = '';
  });
});

const guard = io.of('/guard');
guard.use((socket, next) => {
  socket.join('guarded');
  next(socket.handshake.auth.refuse && Object.assign(new Error('Go away'), { data: { a: 'b', c: 3 } }));
});
for (const name of ['1', '2', '3'])
  guard.use((socket, next) => {
    note(socket.connected ? 'connected' : name);
    setTimeout(next, 20);
  });
guard.on('connection', (socket) => note(socket.connected ? 'in' : 'not in'));
io.of('/hasty').on('connection', (socket) => {
  socket.emit('ev', 'data');
  socket.volatile.emit('ev', 'data');
});
io.of('/gone').on('connection', (socket) => {
  socket.disconnect();
  socket.join('room');
});
io.of('/foo');
io.of('/bar').on('connection', (socket) => socket.disconnect(true));

io.listen(0);
io.httpServer.once('listening', () => console.log(`listening on ${io.httpServer.address().port}`));
process.on('SIGTERM', () => process.exit(0));
