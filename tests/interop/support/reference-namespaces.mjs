// SPDX-License-Identifier: MIT
//
// The app of tests/programs/namespaces on the genuine npm packages (GODWIT_APP in app.mjs).

import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer();
const io = new Server(http, { cleanupEmptyChildNamespaces: true });
let log = [];
const isOwnRoom = (room) => room.length === 20;

io.on('new_namespace', (nsp) => log.push(`new ${nsp.name}`));
const rooms = io.of(/^\/room-[0-9]+$/);
rooms.use((socket, next) => next(socket.handshake.auth.refuse ? new Error('refused') : undefined));
const hello = (socket) => socket.emit('hello', socket.nsp.name);
rooms.on('connection', hello);
io.of((name, auth, next) => {
  if (!name.startsWith('/late-'))
    next(null, false);
  else
    setTimeout(() => next(null, auth.token === 'ok'), 30);
}).on('connection', hello);

const { adapter } = io.of('/');
adapter.on('create-room', (room) => isOwnRoom(room) || log.push(`create-room ${room}`));
adapter.on('join-room', (room) => isOwnRoom(room) || log.push(`join-room ${room}`));
adapter.on('leave-room', (room) => isOwnRoom(room) || log.push(`leave-room ${room}`));
adapter.on('delete-room', (room) => isOwnRoom(room) || log.push(`delete-room ${room}`));

io.on('connection', (socket) => {
  const all = (room) => (typeof room === 'string' ? io.to(room) : io);
  const note = (how) => (event) => event === 'log' || log.push(`${how} ${event}`);
  socket.conn.on('upgrade', (transport) => log.push(`upgrade ${transport.name}`));
  socket.on('log', (done) => {
    done(log);
    log = [];
  });
  socket.on('parent emit', (...args) => {
    const done = args.pop();
    rooms.emit('from parent', ...args);
    done();
  });
  socket.on('namespaces', (done) => done([...io._nsps.keys()]));
  socket.on('own', (done) => {
    socket.once('once', (...args) => socket.emit('once answer', ...args));
    socket.on('on', (...args) => socket.emit('on answer', ...args));
    done();
  });
  socket.on('disown', (done) => {
    socket.removeAllListeners('once');
    socket.removeAllListeners('on');
    done();
  });
  socket.on('guard', (done) => {
    socket.use(([event], next) => next(event === 'forbidden' ? new Error('forbidden event') : undefined));
    socket.use((event, next) => {
      if (event[0] === 'change')
        event.splice(0, 1, 'mirror', 'changed', Buffer.from('new'));
      next();
    });
    socket.on('mirror', (...args) => args.pop()(...args));
    socket.on('error', (error) => socket.emit('dropped', error.message));
    done();
  });
  socket.on('listen', (done) => {
    socket.onAny(note('in'));
    socket.prependAny(note('first in'));
    socket.onAnyOutgoing(note('out'));
    done();
  });
  socket.on('emit both', (done) => {
    socket.emit('direct');
    io.emit('broadcast');
    done();
  });
  socket.on('join', (room, done) => {
    socket.join(room);
    done();
  });
  socket.on('leave', (room, done) => {
    socket.leave(room);
    done();
  });
  socket.on('data', (data, done) => {
    socket.data = data;
    done();
  });
  socket.on('fetch', async (room, done) => done((await all(room).fetchSockets()).map((one) => ({
    id: one.id, address: one.handshake.address.replace('::ffff:', ''), data: one.data, rooms: [...one.rooms] }))));
  socket.on('many join', (room, other, done) => {
    all(room).socketsJoin(other);
    done();
  });
  socket.on('many leave', (room, other, done) => {
    all(room).socketsLeave(other);
    done();
  });
  socket.on('many disconnect', (room, close, done) => {
    done();
    all(room).disconnectSockets(close);
  });
  socket.on('handshake', (done) => {
    const { time, issued, address, secure, xdomain, url, query, headers } = socket.handshake;
    done({ time, issued, address: address.replace('::ffff:', ''), secure, xdomain, url, query: query.name ?? '',
      agent: headers['user-agent'] });
  });
  socket.on('conn', (done) => done(socket.conn.transport.name, socket.conn.protocol));
});

http.listen(0, '127.0.0.1', () => console.log(`listening on ${http.address().port}`));
process.on('SIGTERM', () => io.close());
