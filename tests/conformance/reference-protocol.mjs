// SPDX-License-Identifier: MIT
//
// The server of tests/programs/protocol.c on the genuine npm packages, for GODWIT_APP=reference: it proves that the
// suites ask for what the genuine server does.

import { createServer } from 'node:http';
import { Server as Engine } from 'engine.io';
import { Server } from 'socket.io';

const http = createServer((request, response) => response.writeHead(404).end());
const options = { cors: { origin: '*' }, pingInterval: 300, pingTimeout: 200, connectTimeout: 1000, maxHttpBufferSize: 1e6 };

const io = new Server(http, options);
for (const namespace of [io.of('/'), io.of('/custom')])
  namespace.on('connection', (socket) => {
    socket.emit('auth', socket.handshake.auth);
    socket.on('message', (...args) => socket.emit('message-back', ...args));
    socket.on('message-with-ack', (...args) => args.pop()(...args));
  });

const engine = new Engine(options);
engine.on('connection', (session) => session.on('message', (data) => session.send(data)));
engine.attach(http, { path: '/engine.io/' });

process.on('SIGTERM', () => process.exit(0));
http.listen(0, '127.0.0.1', () => console.log(`listening on ${http.address().port}`));
