// SPDX-License-Identifier: MIT
//
// The genuine socket.io-client 4.8 against the fixed app: over polling alone, over WebSocket alone,
// and from the one to the other.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { appForSuite, startApp } from './support/app.mjs';
import { connectClient, makeClient, ways } from './support/client.mjs';
import { until } from './support/wait.mjs';

const hooks = { before, after };

const values = [
  null, true, false, 0, -1, 1.5, 1e21, 5e-324, Number.MAX_SAFE_INTEGER, '', 'text', ' ', 'a"b\\c/d\b\f\n\r\t\u0000\u001f',
  'Grüße, Ελλάδα, 你好, 😀, 👩‍👩‍👧, \u2028\u2029, \ufeff', '\ud800 alone', [], {}, [[], [[]]], { a: { b: { c: [1, { d: null }] } } },
  { '': 1, 'key with "quotes"': 2, 'ключ': 3, 10: 4 }, Array.from({ length: 300 }, (_, i) => i),
];

for (const [way, options] of Object.entries(ways))
  describe(`over ${way}`, () => {
    const it = appForSuite(hooks);
    const connect = (t, namespace = '', more = {}) => connectClient(t, it.app.url + namespace, { ...options, ...more });

    test('connects and has an id', async (t) => {
      const { socket } = await connect(t);
      assert.match(socket.id, /^[\w-]{20}$/);
      assert.notEqual(socket.id, socket.io.engine.id);
      assert.ok(!socket.recovered);
    });

    test('all kinds of values come back', async (t) => {
      const client = await connect(t);
      for (const value of values) {
        client.emit('echo', value);
        assert.deepEqual(await client.next('echo'), [JSON.parse(JSON.stringify(value))]);
      }
      client.emit('echo', ...values);
      assert.deepEqual(await client.next('echo'), JSON.parse(JSON.stringify(values)));
    });

    test('no argument, many arguments', async (t) => {
      const client = await connect(t);
      client.emit('echo');
      assert.deepEqual(await client.next('echo'), []);
      const many = Array.from({ length: 1000 }, (_, i) => `argument ${i}`);
      client.emit('echo', ...many);
      assert.deepEqual(await client.next('echo'), many);
    });

    test('binary comes back wherever it is', async (t) => {
      const client = await connect(t);
      const blob = randomBytes(5000);
      client.emit('echo', blob, { deep: [blob.subarray(0, 10), { deeper: new Uint8Array([1, 2, 3]).buffer }] }, 'text',
        new Uint16Array([1, 2]), Buffer.alloc(0));
      const [first, second, third, fourth, fifth] = await client.next('echo');
      assert.deepEqual(first, blob);
      assert.deepEqual(second, { deep: [blob.subarray(0, 10), { deeper: Buffer.of(1, 2, 3) }] });
      assert.equal(third, 'text');
      assert.deepEqual(fourth, Buffer.of(1, 0, 2, 0));
      assert.equal(fifth.length, 0);
    });

    test('acknowledgements carry all arguments', async (t) => {
      const client = await connect(t);
      assert.deepEqual(await client.ask('echo'), []);
      assert.deepEqual(await client.ask('echo', 1, 'two', { three: [3] }, null), [1, 'two', { three: [3] }, null]);
      assert.deepEqual(await client.ask('echo', { blob: Buffer.of(1, 2) }), [{ blob: Buffer.of(1, 2) }]);
      assert.deepEqual(await client.ask('join', 'somewhere'), []);
      assert.equal(await client.socket.timeout(15_000).emitWithAck('echo', 'promise'), 'promise');
    });

    test('many acknowledgements at once find their askers', async (t) => {
      const client = await connect(t);
      const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => client.ask('echo', i)));
      assert.deepEqual(answers.map(([i]) => i), Array.from({ length: 200 }, (_, i) => i));
    });

    test('what nobody acknowledges times out and does no harm', async (t) => {
      const client = await connect(t);
      await assert.rejects(client.socket.timeout(50).emitWithAck('nobody listens'), /timed out/);
      assert.deepEqual(await client.ask('echo', 1), [1]);
    });

    test('chat message reaches everybody', async (t) => {
      const clients = await Promise.all([connect(t), connect(t), connect(t)]);
      clients[0].emit('chat message', 'hello', { n: 1 }, Buffer.of(7));
      for (const client of clients)
        assert.deepEqual(await client.next('chat message'), ['hello', { n: 1 }, Buffer.of(7)]);
    });

    test('private message reaches one', async (t) => {
      const [a, b, c] = await Promise.all([connect(t), connect(t), connect(t)]);
      a.emit('private message', b.socket.id, 'between us');
      assert.deepEqual(await b.next('private message'), [a.socket.id, 'between us']);
      for (const client of [a, c]) {
        await client.ask('echo');
        assert.equal(client.pending('private message'), 0);
      }
    });

    test('rooms', async (t) => {
      const [a, b, c] = await Promise.all([connect(t), connect(t), connect(t)]);
      await a.ask('join', 'room');
      await b.ask('join', 'room');
      a.emit('to room', 'room', 'news', 1, { two: 2 });
      assert.deepEqual(await b.next('news'), [1, { two: 2 }]);
      await b.ask('leave', 'room');
      c.emit('to room', 'room', 'news', 3);
      assert.deepEqual(await a.next('news'), [3]);
      for (const client of [a, b, c]) {
        await client.ask('echo');
        assert.equal(client.pending('news'), 0);
      }
    });

    test('a second namespace on the same connection', async (t) => {
      const main = await connect(t);
      const chat = main.socket.io.socket('/chat');
      await new Promise((resolve) => chat.once('connect', resolve));
      assert.notEqual(chat.id, main.socket.id);
      const other = await connect(t, '/chat');
      const heard = new Promise((resolve) => chat.once('chat message', resolve));
      other.emit('chat message', 'in /chat');
      assert.equal(await heard, 'in /chat');
      assert.equal(await chat.timeout(15_000).emitWithAck('echo', 1), 1);
      chat.disconnect();
      assert.deepEqual(await main.ask('echo', 2), [2]);
      assert.equal(main.pending('chat message'), 0);
    });

    test('a namespace that does not exist', async (t) => {
      const client = makeClient(t, `${it.app.url}/nope`, options);
      const [error] = await client.next('connect_error');
      assert.equal(error.message, 'Invalid namespace');
      assert.equal(error.data, undefined);
      assert.equal(client.socket.active, false);
    });

    test('auth, query and headers do no harm', async (t) => {
      const client = await connect(t, '/chat', { auth: { token: 'ü"', list: [1] }, query: { a: '1', b: 'x y', sid2: 'z' },
        extraHeaders: { 'X-Test': 'yes', Cookie: 'a=b' }, withCredentials: true });
      assert.deepEqual(await client.ask('echo', 1), [1]);
    });

    test('the client leaves and comes back', async (t) => {
      const client = await connect(t);
      const first = client.socket.id;
      client.socket.disconnect();
      assert.equal((await client.next('disconnect'))[0], 'io client disconnect');
      client.socket.connect();
      await client.next('connect');
      assert.notEqual(client.socket.id, first);
      assert.deepEqual(await client.ask('echo', 1), [1]);
    });

    test('what is emitted before the connection stands is not lost', async (t) => {
      const client = makeClient(t, it.app.url, options);
      for (let i = 0; i < 20; i++)
        client.emit('echo', i);
      for (let i = 0; i < 20; i++)
        assert.deepEqual(await client.next('echo'), [i]);
    });

    test('a thousand messages come back in order', async (t) => {
      const client = makeClient(t, it.app.url, options);
      for (let i = 0; i < 1000; i++) {
        client.emit('echo', i, i % 10 === 0 ? Buffer.of(i & 255) : 'text');
        if (i % 50 === 0)
          await new Promise((resolve) => setTimeout(resolve, 1));
      }
      for (let i = 0; i < 1000; i++)
        assert.equal((await client.next('echo'))[0], i);
      if (way === 'polling with upgrade')
        await client.upgraded();
      assert.equal(client.socket.io.engine.transport.name, way === 'polling' ? 'polling' : 'websocket');
    });

    test('volatile events arrive when the line is free', async (t) => {
      const client = await connect(t);
      await until(async () => {
        client.socket.volatile.emit('echo', 'volatile');
        await client.ask('echo', 'marker');
        for (let echo = await client.next('echo'); echo[0] !== 'marker'; echo = await client.next('echo'))
          if (echo[0] === 'volatile')
            return true;
        return false;
      }, 'a volatile event has come back');
    });

    test('messages up to the limit pass', async (t) => {
      const client = await connect(t);
      for (const size of [125, 126, 127, 65_535, 65_536, 70_000, 999_900]) {
        const text = 'x'.repeat(size);
        assert.equal((await client.ask('echo', text))[0], text);
      }
      const blob = randomBytes(way === 'WebSocket' ? 999_900 : 600_000);
      assert.deepEqual((await client.ask('echo', blob))[0], blob);
    });

    test('a message over the limit ends the connection and nothing else', async (t) => {
      const [client, other] = await Promise.all([connect(t), connect(t)]);
      if (way === 'polling with upgrade')
        await client.upgraded();
      client.emit('echo', 'x'.repeat(1_000_001));
      assert.match((await client.next('disconnect'))[0], /^transport (close|error)$/);
      assert.deepEqual(await other.ask('echo', 1), [1]);
      client.socket.connect();
      await client.next('connect');
      assert.deepEqual(await client.ask('echo', 1), [1]);
    });

    test('forced base64', async (t) => {
      const client = await connect(t, '', { forceBase64: true });
      assert.deepEqual(await client.ask('echo', Buffer.of(0, 255, 128)), [Buffer.of(0, 255, 128)]);
    });

    test('retries are acknowledged one after the other', async (t) => {
      const client = await connect(t, '', { retries: 2, ackTimeout: 15_000 });
      client.emit('echo', 1);
      client.emit('echo', 2);
      assert.deepEqual([await client.next('echo'), await client.next('echo')], [[1], [2]]);
    });

    test('fifty clients at once', async (t) => {
      const clients = await Promise.all(Array.from({ length: 50 }, () => connect(t)));
      clients[7].emit('chat message', 'all fifty');
      for (const client of clients)
        assert.deepEqual(await client.next('chat message'), ['all fifty']);
      assert.equal(new Set(clients.map(({ socket }) => socket.id)).size, 50);
    });
  });

describe('heartbeat', () => {
  const it = appForSuite(hooks, { 'ping-interval': 200, 'ping-timeout': 5000 });

  for (const [way, options] of Object.entries(ways))
    test(`keeps a connection over ${way}`, async (t) => {
      const client = await connectClient(t, it.app.url, options);
      let pings = 0;
      client.socket.io.on('ping', () => pings++);
      await until(() => pings >= 4, 'four pings came');
      assert.ok(client.socket.connected);
      assert.deepEqual(await client.ask('echo', 1), [1]);
    });
});

describe('small posts', () => {
  const it = appForSuite(hooks, { 'max-payload': 1000 });

  test('the client cuts its payloads to what the server announced', async (t) => {
    const client = makeClient(t, it.app.url, ways.polling);
    for (let i = 0; i < 100; i++)
      client.emit('echo', i, 'x'.repeat(300));
    for (let i = 0; i < 100; i++)
      assert.equal((await client.next('echo'))[0], i);
  });
});

describe('the end of the server', () => {
  for (const [way, options] of Object.entries(ways)) {
    test(`is seen over ${way}, and the client comes back by itself`, async (t) => {
      let app = await startApp();
      t.after(() => app.stop());
      const client = await connectClient(t, app.url,
        { ...options, reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 100 });
      const first = client.socket.id;
      await client.ask('join', 'room');
      const { port } = app;
      await app.stop();
      assert.match((await client.next('disconnect'))[0], /^transport (close|error)$/);
      client.emit('echo', 'kept until then');
      app = await startApp({ port });
      await client.next('connect');
      assert.notEqual(client.socket.id, first);
      assert.deepEqual(await client.next('echo'), ['kept until then']);
    });

    test(`is seen over ${way} when it is sudden`, async (t) => {
      let app = await startApp();
      t.after(() => app.stop());
      const client = await connectClient(t, app.url,
        { ...options, reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 100 });
      const { port } = app;
      await app.kill();
      assert.match((await client.next('disconnect'))[0], /^transport (close|error)$/);
      app = await startApp({ port });
      await client.next('connect');
      assert.deepEqual(await client.ask('echo', 'again'), ['again']);
    });
  }
});
