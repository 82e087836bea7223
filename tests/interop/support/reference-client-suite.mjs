// SPDX-License-Identifier: MIT
//
// tests/programs/client-suite on the genuine packages (GODWIT_APP in app.mjs).

import { createServer } from 'node:http';
import { Server } from 'socket.io';

const port = Number(process.argv[process.argv.indexOf('--port') + 1]);
const http = createServer();
const io = new Server(http, {
  pingInterval: 2000,
  connectionStateRecovery: {},
  allowRequest: (request, done) => setTimeout(done, 10, null, true),
});
const texts = ['てすと', 'Я Б Г Д Ж Й', 'Ä ä Ü ü ß', 'utf8 — string', 'utf8 — string'];
const bytes = Buffer.from('asdfasdf');
const isMixed = (value) => value?.hello === 'lol' && Buffer.isBuffer(value.message) && value.goodbye === 'gotcha';

for (const name of ['/timeout_socket', '/valid', '/asd'])
  io.of(name);
io.of('/foo').on('connection', (socket) => socket.on('getId', (done) => done(socket.id)));
io.of('/abc').on('connection', (socket) => socket.emit('handshake', socket.handshake));
io.of('/no').use((socket, next) => next(new Error('Auth failed (custom namespace)')));
io.use((socket, next) => next(socket.handshake.query.fail ? new Error('Auth failed (main namespace)') : undefined));
io.on('connection', (socket) => {
  let step = 0;
  const handlers = {
    hi: () => socket.emit('hi'),
    echo: (...args) => args.pop()(...args),
    ack: () => socket.emit('ack', (a, b) => { if (a === 5 && b?.test === true) socket.emit('got it'); }),
    getAckDate: (data, done) => done(new Date()),
    getDate: () => socket.emit('takeDate', new Date()),
    getDateObj: () => socket.emit('takeDateObj', { date: new Date() }),
    getUtf8: () => texts.forEach((text) => socket.emit('takeUtf8', text)),
    false: () => socket.emit('false', false),
    doge: () => socket.emit('doge', bytes),
    getbin: () => socket.emit('takebin', bytes),
    buffa: (value) => { if (Buffer.isBuffer(value)) socket.emit('buffack'); },
    blob: (value) => { if (Buffer.isBuffer(value)) socket.emit('back'); },
    jsonbuff: (value) => { if (isMixed(value)) socket.emit('jsonbuff-ack'); },
    jsonblob: (value) => { if (isMixed(value)) socket.emit('jsonblob-ack'); },
    abuff1: (value) => { step += step === 0 && Buffer.isBuffer(value); },
    abuff2: () => { if (step === 1) socket.emit('abuff2-ack'); },
    blob1: (value) => { step += step === 0 && Buffer.isBuffer(value); },
    blob2: (value) => { step += step === 1 && value === 'second'; },
    blob3: (value) => { if (step === 2 && Buffer.isBuffer(value)) socket.emit('blob3-ack'); },
    getHandshake: (done) => done(socket.handshake),
    getId: (done) => done(socket.id),
  };

  for (const [event, handler] of Object.entries(handlers))
    socket.on(event, handler);
});
http.listen(port, () => console.log(`listening on ${http.address().port}`));
process.on('SIGTERM', () => process.exit(0));
