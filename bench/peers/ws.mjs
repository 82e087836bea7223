// SPDX-License-Identifier: MIT
// The genuine ws server with its defaults: echoes on every path. usage: ws.mjs PORT
import { WebSocketServer } from 'ws';

const port = Number(process.argv[2]);
const server = new WebSocketServer({ host: '127.0.0.1', port, backlog: 4096 }, () => console.log(`listening on ${port}`));

server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
