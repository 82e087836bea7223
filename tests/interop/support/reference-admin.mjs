// SPDX-License-Identifier: MIT
//
// tests/programs/admin.c on the genuine npm packages: node reference-admin.mjs --port N --page DIRECTORY

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import admin from '@socket.io/admin-ui';
import { Server } from 'socket.io';
import msgpack from 'socket.io-msgpack-parser';

const HASH = '$2b$08$abcdefghijklmnopqrstuuKxCcvB7KZ7.BpDoK0bh6qM7Dl1/xiJa'; // of "secret"
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, page: { type: 'string' } } });

async function answer({ url }, response) {
  const path = url.replace(/^\/ui\/$/, '/ui/index.html').replace(/^\/ui/, '');
  try {
    const body = await readFile(join(values.page, path));
    response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}

const server = createServer(answer);

function attach(path, options, parser) {
  const io = new Server(server, { path, parser, cors: { origin: true, credentials: true } });
  admin.instrument(io, { mode: 'development', ...options });
  io.of(/^\/room-[0-9]+$/);
  io.on('connection', (socket) => {
    socket.on('echo', (...args) => socket.emit('echo', ...args));
    socket.on('join', (room, ack) => {
      socket.join(room);
      ack();
    });
    socket.on('data', () => { socket.data.name = 'Ada'; });
  });
}

attach('/open', { auth: false, serverId: 'srv1' });
attach('/login', { auth: { type: 'basic', username: 'admin', password: HASH } });
attach('/msgpack', { auth: false }, msgpack);
attach('/readonly', { auth: false, readonly: true, mode: 'production', namespaceName: '/watch' });
server.listen(Number(values.port), '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
process.on('SIGTERM', () => process.exit(0));
