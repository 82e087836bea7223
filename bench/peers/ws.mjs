// SPDX-License-Identifier: MIT
// The genuine ws server: echoes on every path. usage: ws.mjs [--deflate] [--everybody] PORT
//   --deflate    with permessage-deflate at zlib's level 1, the one that Godwit takes
//   --everybody  each message goes to all
import { WebSocketServer } from 'ws';

const flags = process.argv.slice(2, -1);
const port = Number(process.argv.at(-1));
const perMessageDeflate = flags.includes('--deflate') && { zlibDeflateOptions: { level: 1 } };
const server = new WebSocketServer({ host: '127.0.0.1', port, backlog: 4096, perMessageDeflate }, () => console.log(`listening on ${port}`));

server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => {
    for (const to of flags.includes('--everybody') ? server.clients : [socket])
      to.send(data, { binary: isBinary });
  });
});
