// SPDX-License-Identifier: MIT
//
// The genuine engine.io-client against the bare Engine.IO echo of the fixed app, without Socket.IO above it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Socket } from 'engine.io-client';
import { WebSocket } from 'ws';
import { appForSuite, startApp } from './support/app.mjs';
import { request } from './support/http.mjs';
import { Inbox, once, until, within } from './support/wait.mjs';

const hooks = { before, after };
const WAYS = { 'polling': ['polling'], 'WebSocket': ['websocket'], 'polling with upgrade': ['polling', 'websocket'] };
const TEXTS = ['hello', 'Grüße 😀', '4', '{"not":"a packet"}', '0', '451-["x",{"_placeholder":true,"num":0}]', '\0 \n'];

async function open(t, url, options) {
  const engine = new Socket(url, { path: '/engine.io/', ...options });
  const messages = new Inbox();
  engine.on('message', (data) => messages.push(data));
  engine.on('error', () => {});
  t.after(() => engine.close());
  await once(engine, 'open', 'the session to open');
  return { engine, next: () => messages.take('a message of the session') };
}

const isGone = (url, id) => until(
  async () => (await fetch(`${url}/engine.io/?EIO=4&transport=polling&sid=${id}`)).status === 400, 'the session to be gone');

for (const [way, transports] of Object.entries(WAYS))
  describe(`over ${way}`, () => {
    const it = appForSuite(hooks, { 'ping-interval': 300, 'ping-timeout': 5000, 'max-payload': 200_000 });
    const begin = (t, options) => open(t, it.app.url, { transports, ...options });

    test('text comes back as it went', async (t) => {
      const { engine, next } = await begin(t);
      for (const text of TEXTS)
        engine.send(text);
      for (const text of TEXTS)
        assert.equal(await next(), text);
    });

    test('binary comes back as it went, in order with text', async (t) => {
      const { engine, next } = await begin(t);
      const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i & 255));
      engine.send(Buffer.of(0, 1, 255));
      engine.send('between');
      engine.send(Buffer.alloc(0));
      engine.send(bytes);
      assert.deepEqual(Buffer.from(await next()), Buffer.of(0, 1, 255));
      assert.equal(await next(), 'between');
      assert.equal(Buffer.from(await next()).length, 0);
      assert.deepEqual(Buffer.from(await next()), bytes);
    });

    test('the session outlives its pings', async (t) => {
      const { engine, next } = await begin(t);
      for (let i = 0; i < 4; i++)
        await once(engine, 'ping');
      engine.send('still here');
      assert.equal(await next(), 'still here');
    });

    test('the client closes', async (t) => {
      const { engine } = await begin(t);
      const { id } = engine;
      const closed = once(engine, 'close');
      engine.close();
      assert.equal((await closed)[0], 'forced close');
      await isGone(it.app.url, id);
    });
  });

describe('upgrade', () => {
  const it = appForSuite(hooks, { 'ping-interval': 300, 'ping-timeout': 5000 });

  test('messages sent all through the change come back once and in order', async (t) => {
    const { engine, next } = await open(t, it.app.url, { transports: ['polling', 'websocket'] });
    const upgraded = once(engine, 'upgrade', 'the upgrade');
    let sent = 0;
    const sender = setInterval(() => engine.send(`message ${sent++}`), 1);
    t.after(() => clearInterval(sender));
    await upgraded;
    const end = sent + 20;
    await until(() => sent >= end, 'messages behind the upgrade');
    clearInterval(sender);
    for (let i = 0; i < sent; i++)
      assert.equal(await next(), `message ${i}`);
    assert.equal(engine.transport.name, 'websocket');
  });
});

describe('limits and ends', () => {
  test('a message too long ends the session', async (t) => {
    const app = await startApp({ 'max-payload': 1000 });
    t.after(() => app.stop());
    const { engine, next } = await open(t, app.url, { transports: ['websocket'] });
    const longest = 'x'.repeat(999); /* and the type */
    engine.send(longest);
    assert.equal(await next(), longest);
    const closed = once(engine, 'close');
    engine.send('x'.repeat(1000));
    await closed;
  });

  test('who never answers a ping is closed', async (t) => {
    const app = await startApp({ 'ping-interval': 100, 'ping-timeout': 100 });
    t.after(() => app.stop());
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/engine.io/?EIO=4&transport=websocket`);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    t.after(() => socket.terminate());
    await within(closed, 'the end of the WebSocket');
  });

  for (const [way, transports] of Object.entries({ polling: ['polling'], WebSocket: ['websocket'] }))
    test(`the server ends: every session over ${way} is told`, async (t) => {
      const app = await startApp({});
      t.after(() => app.stop());
      const { engine } = await open(t, app.url, { transports });
      const closed = once(engine, 'close');
      const stopped = app.stop();
      assert.match((await closed)[0], /^transport (close|error)$/);
      await stopped;
    });

  test('sessions of Socket.IO are none of its', async (t) => {
    const app = await startApp({});
    t.after(() => app.stop());
    const { text } = await request(app.port, { path: '/socket.io/?EIO=4&transport=polling' });
    const { sid } = JSON.parse(text.slice(1));
    const { status, text: refusal } = await request(app.port, { path: `/engine.io/?EIO=4&transport=polling&sid=${sid}` });
    assert.equal(status, 400);
    assert.deepEqual(JSON.parse(refusal), { code: 1, message: 'Session ID unknown' });
  });

  test('pages of other origins may use it, as they may use Socket.IO', async (t) => {
    const app = await startApp({});
    t.after(() => app.stop());
    const { headers } = await request(app.port, { path: '/engine.io/?EIO=4&transport=polling', headers: { Origin: 'http://page.example' } });
    assert.equal(headers.get('access-control-allow-origin'), 'http://page.example');
    assert.equal(headers.get('access-control-allow-credentials'), 'true');
  });
});
