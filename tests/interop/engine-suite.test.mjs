// SPDX-License-Identifier: MIT
//
// What the official Engine.IO client's own tests ask of a server, asked of tests/programs/engine-suite with that
// client. How to run those tests themselves: docs/socketio-parity.md.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Socket } from 'engine.io-client';
import { Program, build, isReference, repository } from './support/app.mjs';
import { Inbox, once } from './support/wait.mjs';

const [command, args] = isReference
  ? [process.execPath, [join(repository, 'tests/interop/support/reference-engine-suite.mjs'), '--port', '0']]
  : [join(build, 'tests/programs/engine-suite'), ['--port', '0']];
const ways = { 'polling': ['polling'], 'WebSocket': ['websocket'], 'polling with upgrade': ['polling', 'websocket'] };
const five = Buffer.of(0, 1, 2, 3, 4);

function programForSuite(transports) {
  const it = {};
  before(async () => { it.app = await Program.start(command, args, /^listening on (\d+)$/); });
  after(async () => { await it.app?.stop(); });
  it.make = (t, options = {}) => {
    const engine = new Socket(it.app.url, { transports, ...options });
    const messages = new Inbox();
    engine.on('message', (data) => messages.push(data));
    engine.on('error', () => {});
    t.after(() => engine.close());
    return { engine, next: () => messages.take('a message') };
  };
  it.open = async (t, options) => {
    const session = it.make(t, options);
    await once(session.engine, 'open');
    assert.equal(await session.next(), 'hi');
    return session;
  };
  return it;
}

describe('the first message over polling', () => {
  const it = programForSuite(['polling']);

  test('reaches who listens only once the client is open', async (t) => {
    const { engine } = it.make(t);
    await once(engine, 'open');
    assert.equal((await once(engine, 'message'))[0], 'hi');
  });
});

for (const [way, transports] of Object.entries(ways))
  describe(`the echo over ${way}`, () => {
    const it = programForSuite(transports);

    test('gives texts of many scripts back', async (t) => {
      const { engine, next } = await it.open(t);
      for (const text of ['cash money €€€', '\u{10000}-\u{DFFFF}\u{F0000}-\u{10FFFF}\uE000-\uF8FF', 'a\tb\nc']) {
        engine.send(text);
        assert.equal(await next(), text);
      }
      engine.send('give utf8');
      assert.equal(await next(), 'пойду спать всем спокойной ночи');
    });

    for (const forceBase64 of [false, true])
      test(`gives bytes back${forceBase64 ? ', with base64' : ''}`, async (t) => {
        const { engine, next } = await it.open(t, { forceBase64 });
        engine.binaryType = 'arraybuffer';
        for (const bytes of [five, new Uint8Array(0), new Uint8Array(60).fill(255)]) {
          engine.send(bytes);
          assert.deepEqual(Buffer.from(await next()), Buffer.from(bytes));
        }
        engine.send('give binary');
        engine.send('and text');
        assert.deepEqual(Buffer.from(await next()), five);
        assert.equal(await next(), 'and text');
      });

    test('takes as many messages as the client puts together under the limit', async (t) => {
      const { engine, next } = await it.open(t);
      const sent = ['a'.repeat(99), 'b'.repeat(30), 'c'.repeat(30), 'd'.repeat(35), '€'.repeat(33), 'f'.repeat(99)];
      for (const message of sent)
        engine.send(message);
      for (const message of sent)
        assert.equal(await next(), message);
    });

    test('goes on through pings', async (t) => {
      const { engine, next } = await it.open(t);
      for (let i = 0; i < 3; i++)
        await once(engine, 'ping');
      engine.send('alive');
      assert.equal(await next(), 'alive');
    });
  });

/** The error of an engine; the body of the answer is read at once, for the client forgets it. */
function errorOf(engine) {
  const body = new Promise((done) => engine.once('error', ({ context }) => done(context?.responseText)));
  return once(engine, 'error').then(async ([error]) => ({ error, body: await body }));
}

describe('the echo refuses', () => {
  const it = programForSuite(['polling']);

  test('a message over the limit, with 413 over polling', async (t) => {
    const { engine } = await it.open(t);
    const failed = errorOf(engine);
    engine.send('a'.repeat(101));
    engine.send('b');
    const { error, body } = await failed;
    assert.deepEqual([error.type, error.description, body], ['TransportError', 413, '']);
  });

  test('a message over the limit, with 1009 over WebSocket', async (t) => {
    const { engine } = await it.open(t, { transports: ['websocket'] });
    const close = once(engine, 'close');
    engine.send('a'.repeat(101));
    const [reason, { context }] = await close;
    assert.equal(reason, 'transport close');
    assert.deepEqual([context.code, context.reason], [1009, '']);
  });

  test('a session that it does not know', async (t) => {
    const polling = await errorOf(it.make(t, { query: { sid: 'abc' } }).engine);
    assert.equal(polling.error.description, 400);
    assert.equal(polling.body, '{"code":1,"message":"Session ID unknown"}');
    const [error] = await once(it.make(t, { query: { sid: 'abc' }, transports: ['websocket'] }).engine, 'error');
    assert.equal(error.message, 'websocket error');
  });

  for (const [refused, other] of [['websocket', 'polling'], ['polling', 'websocket']])
    test(`a handshake over ${refused}, and the client tries ${other}`, async (t) => {
      const { engine, next } = await it.open(t, { transports: [refused, other], upgrade: false, tryAllTransports: true,
        transportOptions: { [refused]: { query: { deny: 1 } } } });
      assert.equal(engine.transport.name, other);
      engine.send('well');
      assert.equal(await next(), 'well');
    });
});

describe('the cookies of the echo', () => {
  const it = programForSuite(['polling']);

  for (const [title, withCredentials, cookie] of [['come back', true, '1=1; 2=2'], ['do not come unasked', false, undefined]])
    test(title, async (t) => {
      const { engine, next } = await it.open(t, { withCredentials });
      engine.send('wait');
      assert.equal(await next(), 'wait');
      // What has expired at this very second is dropped in the next one.
      let seen;
      do {
        engine.send('sendHeaders');
        seen = JSON.parse(await next()).cookie;
      } while (withCredentials && seen.includes('4=4'));
      assert.equal(seen, cookie);
    });
});

describe('the headers of a POST', () => {
  const it = programForSuite(['polling']);

  test('are known when its message comes', async (t) => {
    const { engine, next } = await it.open(t, { extraHeaders: { 'X-Thing': 'a "b"' } });
    engine.send('sendHeaders');
    const headers = JSON.parse(await next());
    assert.equal(headers['x-thing'], 'a "b"');
    assert.equal(headers['content-length'], String('4sendHeaders'.length));
  });
});

describe('a client that closes while it changes over', () => {
  const it = programForSuite(['polling', 'websocket']);

  test('has changed over first, and all it said has gone out', async (t) => {
    const { engine } = it.make(t);
    const events = [];
    engine.on('upgrade', () => events.push('upgrade'));
    const closed = once(engine, 'close');
    await once(engine, 'upgrading');
    engine.send('last');
    engine.close();
    await closed;
    assert.deepEqual(events, ['upgrade']);
    assert.equal(engine.writeBuffer.length, 0);
  });

  test('closes all the same when that fails', async (t) => {
    const { engine } = it.make(t);
    let isFailed = false;
    engine.on('upgradeError', () => { isFailed = true; });
    const closed = once(engine, 'close');
    await once(engine, 'upgrading');
    engine.close();
    engine.transport.onError('upgrade error');
    await closed;
    assert.equal(isFailed, true);
  });
});
