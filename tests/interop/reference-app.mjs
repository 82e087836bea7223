// SPDX-License-Identifier: MIT
//
// The app of examples/interop on the genuine npm packages, with the same command line. The tests
// are run against it to prove that they tell the truth about the genuine server (GODWIT_APP in
// support/app.mjs); nothing else uses it.

import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { Server as Engine } from 'engine.io';
import { Server } from 'socket.io';
import { WebSocketServer } from 'ws';

const text = { type: 'string' };
const { values } = parseArgs({ options: {
  port: text, 'ping-interval': text, 'ping-timeout': text, 'max-payload': text, 'connect-timeout': text,
} });

function milliseconds(name) {
  return values[name] === undefined ? undefined : Number(values[name]);
}

const http = createServer((request, response) => {
  response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Not Found\n');
});
const options = {
  cors: { origin: true, credentials: true, allowedHeaders: ['content-type'] },
  pingInterval: milliseconds('ping-interval'),
  pingTimeout: milliseconds('ping-timeout'),
  maxHttpBufferSize: milliseconds('max-payload'),
  connectTimeout: milliseconds('connect-timeout'),
};
for (const name of Object.keys(options))
  if (options[name] === undefined)
    delete options[name];
const io = new Server(http, options);

for (const namespace of [io.of('/'), io.of('/chat')]) {
  namespace.on('connection', (socket) => {
    socket.on('echo', (...args) => {
      const ack = typeof args.at(-1) === 'function' ? args.pop() : null;
      socket.emit('echo', ...args);
      ack?.(...args);
    });
    socket.on('message', (...args) => socket.emit('message', ...args));
    socket.on('chat message', (...args) => namespace.emit('chat message', ...args));
    socket.on('private message', (toId, message) => {
      namespace.to(toId).emit('private message', socket.id, message);
    });
    socket.on('join', (room, ack) => {
      socket.join(room);
      ack?.();
    });
    socket.on('leave', (room, ack) => {
      socket.leave(room);
      ack?.();
    });
    socket.on('to room', (room, event, ...args) => socket.to(room).emit(event, ...args));
  });
}

const engine = new Engine(options);
engine.on('connection', (session) => session.on('message', (data) => session.send(data)));
engine.attach(http, { path: '/engine.io/' });

const echo = new WebSocketServer({
  noServer: true,
  maxPayload: 1024 * 1024,
  handleProtocols: (offered) => [...offered].find((name) => ['chat', 'superchat'].includes(name)) ?? false,
});
echo.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
http.on('upgrade', (request, socket, head) => {
  if (new URL(request.url, 'http://localhost').pathname === '/echo')
    echo.handleUpgrade(request, socket, head, (ws) => echo.emit('connection', ws));
});

process.on('SIGTERM', () => {
  io.close();
  setTimeout(() => process.exit(0), 100);
});
http.listen(Number(values.port ?? 3000), () => console.log(`listening on ${http.address().port}`));
