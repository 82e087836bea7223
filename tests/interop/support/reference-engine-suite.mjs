// SPDX-License-Identifier: MIT
//
// tests/programs/engine-suite on the genuine package (GODWIT_APP in app.mjs).

import { createServer } from 'node:http';
import { Server } from 'engine.io';

const port = Number(process.argv[process.argv.indexOf('--port') + 1]);
const http = createServer();
const engine = new Server({
  pingInterval: 500,
  maxHttpBufferSize: 100,
  allowRequest: (request, done) => done(null, !new URL(request.url, 'http://x').searchParams.has('deny')),
});

engine.attach(http);
engine.on('initial_headers', (headers) => {
  headers['Set-Cookie'] = ['1=1; Max-Age=86400', '2=2; Path=/; HttpOnly; Secure; SameSite=Strict', '3=3; Max-Age=0',
    `4=4; Expires=${new Date().toUTCString()}`];
});
engine.on('connection', (socket) => {
  const answers = {
    'give binary': () => Buffer.of(0, 1, 2, 3, 4),
    'give utf8': () => 'пойду спать всем спокойной ночи',
    'sendHeaders': () => JSON.stringify(socket.transport.dataReq?.headers ?? null),
  };
  socket.send('hi');
  socket.on('message', (data) => socket.send(Object.hasOwn(answers, data) ? answers[data]() : data));
});
http.listen(port, () => console.log(`listening on ${http.address().port}`));
process.on('SIGTERM', () => process.exit(0));
