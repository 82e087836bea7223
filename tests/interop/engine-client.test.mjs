// SPDX-License-Identifier: MIT
//
// The genuine engine.io-client against the fixed app: sessions, transports and closes, with Socket.IO
// packets as their payload because that is what the app understands.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Socket } from 'engine.io-client';
import { appForSuite, startApp } from './support/app.mjs';
import { Inbox, once, until } from './support/wait.mjs';

const hooks = { before, after };

function makeEngine(t, url, options) {
  const engine = new Socket(url, { path: '/socket.io/', ...options });
  const messages = new Inbox();
  engine.on('message', (data) => messages.push(data));
  engine.on('error', () => {});
  t.after(() => engine.close());
  return { engine, next: () => messages.take('a message of the session') };
}

async function openEngine(t, url, options) {
  const session = makeEngine(t, url, options);
  await once(session.engine, 'open', 'the session to open');
  return session;
}

for (const [way, transports] of Object.entries({
  'polling': ['polling'], 'WebSocket': ['websocket'], 'polling with upgrade': ['polling', 'websocket'] }))
  describe(`over ${way}`, () => {
    const it = appForSuite(hooks, { 'ping-interval': 300, 'ping-timeout': 5000 });
    const open = (t, options) => openEngine(t, it.app.url, { transports, ...options });

    test('opens with the handshake of the server', async (t) => {
      const { engine } = makeEngine(t, it.app.url, { transports });
      const [handshake] = await once(engine, 'handshake');
      assert.match(handshake.sid, /^[\w-]{20}$/);
      assert.deepEqual(handshake, { sid: handshake.sid, upgrades: way === 'WebSocket' ? [] : ['websocket'],
        pingInterval: 300, pingTimeout: 5000, maxPayload: 1_000_000 });
    });

    test('messages go both ways, text and binary', async (t) => {
      const { engine, next } = await open(t);
      engine.send('0');
      assert.match(await next(), /^0{"sid":/);
      engine.send('2["echo","Grüße 😀"]');
      assert.equal(await next(), '2["echo","Grüße 😀"]');
      engine.send('51-["echo",{"_placeholder":true,"num":0}]');
      engine.send(Buffer.of(0, 1, 255));
      assert.match(await next(), /^51-/);
      assert.deepEqual(Buffer.from(await next()), Buffer.of(0, 1, 255));
    });

    test('answers pings', async (t) => {
      const { engine } = await open(t);
      for (let i = 0; i < 4; i++)
        await once(engine, 'ping');
      assert.equal(engine.readyState, 'open');
    });

    test('the client closes', async (t) => {
      const { engine } = await open(t);
      const { id } = engine;
      const closed = once(engine, 'close');
      engine.close();
      assert.equal((await closed)[0], 'forced close');
      const isGone = async () => (await fetch(`${it.app.url}/socket.io/?EIO=4&transport=polling&sid=${id}`)).status === 400;
      await until(isGone, 'the session to be gone');
    });

    test('the server closes', async (t) => {
      const { engine } = await open(t);
      const closed = once(engine, 'close');
      engine.send('not a packet');
      assert.match((await closed)[0], /^transport (close|error)$/);
    });

    test('query and subprotocols do no harm', async (t) => {
      const { engine, next } = await open(t, { query: { a: 'b c&d=é' }, protocols: ['one', 'two'], timestampRequests: true });
      engine.send('0');
      assert.match(await next(), /^0{"sid":/);
    });

    test('a thousand messages in order', async (t) => {
      const { engine, next } = makeEngine(t, it.app.url, { transports });
      engine.send('0');
      assert.match(await next(), /^0{"sid":/);
      for (let i = 0; i < 1000; i++)
        engine.send(`2["echo",${i}]`);
      for (let i = 0; i < 1000; i++)
        assert.equal(await next(), `2["echo",${i}]`);
    });
  });

describe('upgrade', () => {
  const it = appForSuite(hooks);

  test('is made and announced', async (t) => {
    const { engine, next } = makeEngine(t, it.app.url, { transports: ['polling', 'websocket'] });
    const [transport] = await once(engine, 'upgrade');
    assert.equal(transport.name, 'websocket');
    engine.send('0');
    assert.match(await next(), /^0{"sid":/);
  });

  test('remembered, the next session begins with WebSocket', async (t) => {
    const { engine } = makeEngine(t, it.app.url, { transports: ['polling', 'websocket'] });
    await once(engine, 'upgrade');
    const second = await openEngine(t, it.app.url, { transports: ['polling', 'websocket'], rememberUpgrade: true });
    assert.equal(second.engine.transport.name, 'websocket');
  });

  test('WebSocket tried first falls back to nothing worse', async (t) => {
    const { engine, next } = await openEngine(t, it.app.url, { transports: ['websocket', 'polling'], tryAllTransports: true });
    assert.equal(engine.transport.name, 'websocket');
    engine.send('0');
    assert.match(await next(), /^0{"sid":/);
  });
});

describe('the watchdog of the client', () => {
  test('sees a server that went away', async (t) => {
    const app = await startApp({ 'ping-interval': 300, 'ping-timeout': 200 });
    const { engine } = await openEngine(t, app.url, { transports: ['websocket'] });
    const closed = once(engine, 'close');
    await app.kill();
    assert.match((await closed)[0], /^(transport (close|error)|ping timeout)$/);
  });
});
