// SPDX-License-Identifier: MIT
//
// Older genuine clients, which speak the same protocol in their own way: socket.io-client 4.0 and 3.1.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { appForSuite, startApp } from './support/app.mjs';
import { makeClientWith, ways } from './support/client.mjs';
import { Inbox, once } from './support/wait.mjs';

const require = createRequire(import.meta.url);
const versions = ['socket.io-client-4.0', 'socket.io-client-3.1'];
const hooks = { before, after };

async function connect(t, io, url, options) {
  const client = makeClientWith(io, t, url, options);
  await client.next('connect');
  return client;
}

async function upgraded({ socket }) {
  if (socket.io.engine.transport.name !== 'websocket')
    await once(socket.io.engine, 'upgrade', 'the upgrade');
}

for (const version of versions) {
  const { io } = require(version);

  test(`${version} is what it says it is`, () => {
    assert.ok(require(`${version}/package.json`).version.startsWith(version.slice(-3)));
  });

  for (const [way, options] of Object.entries(ways))
    describe(`${version} over ${way}`, () => {
      const it = appForSuite(hooks, { 'ping-interval': 200, 'ping-timeout': 5000, 'max-payload': 200_000 });
      const open = (t, namespace = '', more = {}) => connect(t, io, it.app.url + namespace, { ...options, ...more });

      test('connects, with an id', async (t) => {
        const client = await open(t);
        assert.match(client.socket.id, /^[\w-]{20}$/);
        if (way === 'polling with upgrade')
          await upgraded(client);
        assert.equal(client.socket.io.engine.transport.name, way === 'polling' ? 'polling' : 'websocket');
      });

      test('values and binary come back', async (t) => {
        const client = await open(t);
        const blob = randomBytes(3000);
        const args = [null, true, -1.5, 'Grüße, 你好, 😀', [], { a: [{ b: null }] }, blob, { deep: [blob.subarray(0, 10)] }];
        client.socket.emit('echo', ...args);
        assert.deepEqual(await client.next('echo'), args);
        assert.deepEqual(await client.ask('echo', ...args), args);
      });

      test('a hundred events come back in order, the upgrade among them', async (t) => {
        const client = makeClientWith(io, t, it.app.url, options);
        for (let i = 0; i < 100; i++)
          client.socket.emit('echo', i, i % 10 === 0 ? Buffer.of(i) : 'text');
        await client.next('connect');
        for (let i = 100; i < 200; i++) {
          client.socket.emit('echo', i);
          if (i % 10 === 0)
            await new Promise(setImmediate);
        }
        for (let i = 0; i < 200; i++)
          assert.equal((await client.next('echo'))[0], i);
      });

      test('acknowledgements find their askers', async (t) => {
        const client = await open(t, '/chat');
        const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => client.ask('echo', i, Buffer.of(i))));
        assert.deepEqual(answers, Array.from({ length: 50 }, (_, i) => [i, Buffer.of(i)]));
      });

      test('broadcasts, rooms and private messages', async (t) => {
        const [a, b, c] = await Promise.all([open(t), open(t), open(t)]);
        a.socket.emit('chat message', 'hello', Buffer.of(7));
        for (const client of [a, b, c])
          assert.deepEqual(await client.next('chat message'), ['hello', Buffer.of(7)]);
        assert.deepEqual(await b.ask('join', 'room'), []);
        a.socket.emit('to room', 'room', 'news', 1);
        assert.deepEqual(await b.next('news'), [1]);
        a.socket.emit('private message', c.socket.id, 'between us');
        assert.deepEqual(await c.next('private message'), [a.socket.id, 'between us']);
        for (const client of [a, c]) {
          await client.ask('echo');
          assert.equal(client.pending('news'), 0);
        }
      });

      test('several namespaces of one connection', async (t) => {
        const main = await open(t, '', { auth: { token: 'x' }, query: { a: '1' } });
        const chat = main.socket.io.socket('/chat');
        await once(chat, 'connect');
        assert.notEqual(chat.id, main.socket.id);
        const heard = once(chat, 'chat message');
        chat.emit('chat message', 'in /chat');
        assert.deepEqual(await heard, ['in /chat']);
        chat.disconnect();
        assert.deepEqual(await main.ask('echo', 2), [2]);
        assert.equal(main.pending('chat message'), 0);
      });

      test('a namespace that is not there', async (t) => {
        const client = makeClientWith(io, t, `${it.app.url}/nope`, options);
        const [error] = await client.next('connect_error');
        assert.equal(error.message, 'Invalid namespace');
      });

      test('the heartbeat goes round', async (t) => {
        const client = await open(t);
        if (way === 'polling with upgrade')
          await upgraded(client);
        const packets = new Inbox();
        client.socket.io.engine.on('packet', ({ type }) => type === 'ping' && packets.push(type));
        for (let i = 0; i < 3; i++)
          await packets.take('a ping');
        assert.deepEqual(await client.ask('echo', 1), [1]);
      });

      test('leaves and comes back', async (t) => {
        const client = await open(t);
        const first = client.socket.id;
        const closed = once(client.socket.io.engine, 'close'); // an old client that does not wait for it stumbles
        client.socket.disconnect();
        assert.equal((await client.next('disconnect'))[0], 'io client disconnect');
        await closed;
        client.socket.connect();
        await client.next('connect');
        assert.notEqual(client.socket.id, first);
        assert.deepEqual(await client.ask('echo', 1), [1]);
      });

      test('a message over the limit ends the connection', async (t) => {
        const client = await open(t);
        if (way === 'polling with upgrade')
          await upgraded(client);
        client.socket.emit('echo', 'x'.repeat(200_001));
        assert.match((await client.next('disconnect'))[0], /^transport (close|error)$/);
      });
    });

  test(`${version} comes back when the server does`, async (t) => {
    const old = await startApp();
    const client = await connect(t, io, old.url, { reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 50 });
    const { port } = old;
    await old.stop();
    assert.match((await client.next('disconnect'))[0], /^transport (close|error)$/);
    const young = await startApp({ port });
    await client.next('connect');
    assert.deepEqual(await client.ask('echo', 1), [1]);
    client.socket.disconnect();
    await young.stop();
  });
}
