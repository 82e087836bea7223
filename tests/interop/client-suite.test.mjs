// SPDX-License-Identifier: MIT
//
// What the official JavaScript client's own tests ask of a server, asked of tests/programs/client-suite with
// that client. How to run those tests themselves: docs/socketio-parity.md.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Manager } from 'socket.io-client';
import { Program, build, isReference, repository } from './support/app.mjs';
import { connectClient, makeClient, ways } from './support/client.mjs';
import { RS } from './support/engine.mjs';
import { request } from './support/http.mjs';
import { once, until, within } from './support/wait.mjs';

const [command, args] = isReference
  ? [process.execPath, [join(repository, 'tests/interop/support/reference-client-suite.mjs'), '--port', '0']]
  : [join(build, 'tests/programs/client-suite'), ['--port', '0']];
const ISO_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const bytes = new TextEncoder().encode('bytes');

function programForSuite(transport) {
  const it = {};
  before(async () => { it.app = await Program.start(command, args, /^listening on (\d+)$/); });
  after(async () => { await it.app?.stop(); });
  it.make = (t, options = {}, path = '/') => makeClient(t, it.app.url + path, { ...transport, ...options });
  it.connect = (t, options = {}, path = '/') => connectClient(t, it.app.url + path, { ...transport, ...options });
  it.manage = (t, options = {}) => {
    const manager = new Manager(it.app.url, { reconnection: false, ...transport, ...options });
    t.after(() => manager._close());
    return manager;
  };
  return it;
}

for (const [way, transport] of Object.entries(ways))
  describe(`the suite's server over ${way}`, () => {
    const it = programForSuite(transport);

    for (const path of ['/', '/foo'])
      test(`a socket in ${path} has one id on both sides, and it is not the session's`, async (t) => {
        const client = await it.connect(t, {}, path);
        const [id] = await client.ask('getId');
        assert.match(id, /^[\w-]{20}$/);
        assert.equal(client.socket.id, id);
        assert.notEqual(id, client.socket.io.engine.id);
      });

    test('what was emitted before the connection comes first', async (t) => {
      const client = it.make(t, { autoConnect: false });
      const early = client.ask('echo', 'early');
      client.socket.connect();
      await client.next('connect');
      const late = client.ask('echo', 'late');
      assert.deepEqual([await early, await late], [['early'], ['late']]);
    });

    test('answers carry what was asked, whatever it is', async (t) => {
      const client = await it.connect(t);
      for (const value of [0, -1.5, '', 'Grüße', true, false, null, [], [1, [2]], {}, { a: { b: null } }])
        assert.deepEqual(await client.ask('echo', value), [value]);
      const [answer] = await client.ask('echo', bytes);
      assert.deepEqual(Buffer.from(answer), Buffer.from(bytes));
    });

    test('the server asks the client, and reads the answer', async (t) => {
      const client = await it.connect(t);
      for (const answer of [[], [5], [5, { test: false }], ['5', { test: true }], [4, { test: true }], [5, [true]]]) {
        client.emit('ack');
        (await client.next('ack'))[0](...answer);
      }
      assert.deepEqual(await client.ask('echo', 'all read'), ['all read']);
      assert.equal(client.pending('got it'), 0);
      client.emit('ack');
      (await client.next('ack'))[0](5, { test: true });
      await client.next('got it');
    });

    test('dates come as strings', async (t) => {
      const client = await it.connect(t);
      const begin = Date.now() - 1000;
      const dates = [(await client.ask('getAckDate', { test: true }))[0]];
      client.emit('getDate');
      dates.push((await client.next('takeDate'))[0]);
      client.emit('getDateObj');
      dates.push((await client.next('takeDateObj'))[0].date);
      for (const date of dates) {
        assert.match(date, ISO_DATE);
        assert.ok(Date.parse(date) >= begin && Date.parse(date) <= Date.now() + 1000);
      }
    });

    test('texts of many scripts arrive in order, and false is false', async (t) => {
      const client = await it.connect(t);
      client.emit('getUtf8');
      client.emit('false');
      for (const text of ['てすと', 'Я Б Г Д Ж Й', 'Ä ä Ü ü ß', 'utf8 — string', 'utf8 — string'])
        assert.equal((await client.next('takeUtf8'))[0], text);
      assert.equal((await client.next('false'))[0], false);
    });

    test('bytes arrive as bytes', async (t) => {
      const client = await it.connect(t);
      client.socket.io.engine.binaryType = 'arraybuffer';
      for (const [ask, answer] of [['doge', 'doge'], ['getbin', 'takebin']]) {
        client.emit(ask);
        assert.deepEqual(Buffer.from((await client.next(answer))[0]), Buffer.from('asdfasdf'));
      }
    });

    for (const [event, answer] of [['buffa', 'buffack'], ['blob', 'back']])
      test(`"${event}" takes bytes and nothing else`, async (t) => {
        const client = await it.connect(t);
        for (const value of ['bytes', null, { inside: bytes }, [bytes]])
          client.emit(event, value);
        await client.ask('echo', 'all seen');
        assert.equal(client.pending(answer), 0);
        for (const value of [bytes, bytes.buffer.slice(0, 5), Buffer.from('bytes'), new Uint8Array(0)]) {
          client.emit(event, value);
          await client.next(answer);
        }
      });

    for (const [event, answer] of [['jsonbuff', 'jsonbuff-ack'], ['jsonblob', 'jsonblob-ack']])
      test(`"${event}" takes bytes between texts`, async (t) => {
        const client = await it.connect(t);
        client.emit(event, { hello: 'lol', message: 'bytes', goodbye: 'gotcha' });
        client.emit(event, { hello: 'lol', message: bytes });
        client.emit(event, bytes);
        await client.ask('echo', 'all seen');
        assert.equal(client.pending(answer), 0);
        client.emit(event, { goodbye: 'gotcha', message: bytes, hello: 'lol' });
        await client.next(answer);
      });

    test('events with bytes and without keep their order', async (t) => {
      const [first, second] = [await it.connect(t), await it.connect(t)];
      first.emit('abuff1', bytes);
      first.emit('abuff2', 'after it');
      await first.next('abuff2-ack');
      second.emit('blob1', bytes);
      second.emit('blob2', 'second');
      second.emit('blob3', bytes);
      await second.next('blob3-ack');
    });

    test('the server tells how a client came', async (t) => {
      const client = await it.connect(t, { query: { e: 'f', '&a': '&=?a', empty: '' }, auth: { token: 't', deep: [1] },
        extraHeaders: { 'X-Thing': 'a "b"', origin: 'http://example.com' } });
      const [handshake] = await client.ask('getHandshake');
      assert.deepEqual(Object.keys(handshake),
        ['headers', 'time', 'address', 'xdomain', 'secure', 'issued', 'url', 'query', 'auth']);
      assert.equal(handshake.headers.host, `127.0.0.1:${it.app.port}`);
      assert.equal(handshake.headers['x-thing'], 'a "b"');
      assert.equal(new Date(handshake.issued).toString().slice(0, 15), handshake.time.slice(0, 15));
      assert.match(handshake.address, /^(::ffff:)?127\.0\.0\.1$/);
      assert.deepEqual([handshake.xdomain, handshake.secure], [true, false]);
      assert.match(handshake.url, /^\/socket\.io\/\?/);
      assert.equal(handshake.query.e, 'f');
      assert.equal(handshake.query['&a'], '&=?a');
      assert.equal(handshake.query.empty, '');
      assert.equal(handshake.query.EIO, '4');
      assert.deepEqual(handshake.auth, { token: 't', deep: [1] });
    });

    test('a query may stand in the address, and auth may be a function', async (t) => {
      const client = it.make(t, { auth: (done) => done({ e: 'f' }) }, '/abc?b=c&d=e');
      const [handshake] = await client.next('handshake');
      assert.deepEqual([handshake.query.b, handshake.query.d, handshake.query.e], ['c', 'e', undefined]);
      assert.deepEqual(handshake.auth, { e: 'f' });
    });

    test('who is refused learns why, and the connection goes on', async (t) => {
      const manager = it.manage(t);
      const refused = manager.socket('/no');
      const [error] = await once(refused, 'connect_error');
      assert.equal(error.message, 'Auth failed (custom namespace)');
      const other = manager.socket('/asd');
      await once(other, 'connect');
      assert.equal(refused.connected, false);
      assert.equal(manager.engine.readyState, 'open');
    });

    test('the main namespace refuses by a parameter, and other namespaces do not', async (t) => {
      const manager = it.manage(t, { query: { fail: 1 } });
      const [error] = await once(manager.socket('/'), 'connect_error');
      assert.equal(error.message, 'Auth failed (main namespace)');
      await once(manager.socket('/valid'), 'connect');
    });

    test('a namespace that nobody serves is refused', async (t) => {
      const [error] = await once(it.make(t, {}, '/invalid').socket, 'connect_error');
      assert.equal(error.message, 'Invalid namespace');
    });

    test('namespaces are joined and left one by one on a connection', async (t) => {
      const manager = it.manage(t);
      const [main, foo] = [manager.socket('/'), manager.socket('/foo')];
      await Promise.all([once(main, 'connect'), once(foo, 'connect')]);
      const engine = manager.engine;
      main.disconnect();
      assert.equal(await within(foo.emitWithAck('getId'), 'the answer'), foo.id);
      const asd = manager.socket('/asd');
      await once(asd, 'connect');
      main.connect();
      await once(main, 'connect');
      assert.equal(manager.engine, engine);
      assert.equal(await within(main.emitWithAck('getId'), 'the answer'), main.id);
      for (const socket of [main, foo, asd])
        socket.disconnect();
      assert.equal(engine.readyState === 'open', false);
    });

    test('a client that left comes back', async (t) => {
      const client = await it.connect(t);
      const first = client.socket.id;
      client.socket.disconnect();
      assert.equal((await client.next('disconnect'))[0], 'io client disconnect');
      const late = client.ask('echo', 'buffered');
      client.socket.connect();
      await client.next('connect');
      assert.deepEqual(await late, ['buffered']);
      assert.notEqual(client.socket.id, first);
      assert.equal(client.socket.recovered, false);
    });

    test('a client that was cut off comes back by itself, as who it was', async (t) => {
      const client = await it.connect(t, { reconnection: true, reconnectionDelay: 10 });
      const { id } = client.socket;
      client.emit('hi');
      await client.next('hi');
      client.socket.io.engine.close();
      await client.next('connect');
      assert.equal(client.socket.recovered, true);
      assert.equal(client.socket.id, id);
      assert.deepEqual(await client.ask('getId'), [id]);
    });

    test('a client that reads nonsense starts anew', async (t) => {
      const client = await it.connect(t, { reconnection: true, reconnectionDelay: 10 });
      const { engine } = client.socket.io;
      engine.emit('data', 'bad');
      assert.equal((await client.next('disconnect'))[0], 'parse error');
      await client.next('connect');
      assert.equal(engine.readyState, 'closed');
      assert.deepEqual(await client.ask('echo', 1), [1]);
    });

    test('a client that does not wait for its handshake leaves nothing behind', async (t) => {
      for (let i = 0; i < 5; i++) {
        const client = it.make(t, { timeout: 0 });
        assert.equal((await client.next('connect_error'))[0].message, 'timeout');
        client.socket.disconnect();
      }
      const client = await it.connect(t);
      assert.deepEqual(await client.ask('echo', 'well'), ['well']);
    });

    test('a client that repeats what is not answered is answered in order', async (t) => {
      const client = it.make(t, { retries: 3, ackTimeout: 15_000 });
      const answers = await Promise.all([1, 2, 3].map((n) =>
        within(new Promise((done) => client.emit('echo', n, (err, value) => done([err, value]))), 'the answer')));
      assert.deepEqual(answers, [[null, 1], [null, 2], [null, 3]]);
    });

    test('what nobody answers is sent as often as the client likes, and then given up', async (t) => {
      const client = it.make(t, { retries: 3, ackTimeout: 50 });
      const error = await within(new Promise((done) => client.emit('ack', done)), 'the end of the tries');
      assert.ok(error instanceof Error);
      await until(() => client.pending('ack') === 4, 'the server has seen all tries');
    });

    test('an event that nobody handles is not answered', async (t) => {
      const client = await it.connect(t);
      await assert.rejects(within(client.socket.timeout(100).emitWithAck('unknown'), 'the time-out'),
        /operation has timed out/);
      assert.deepEqual(await client.ask('echo', 1), [1]);
    });
  });

describe('a header that came twice', () => {
  const it = programForSuite(ways.polling);

  test('is told as one text', async () => {
    const headers = { 'X-Many': ['a', 'b'], cookie: ['a=1', 'b=2'], 'User-Agent': ['first', 'second'] };
    const ask = async (options, query = '') => (await request(it.app.port,
      { path: `/socket.io/?EIO=4&transport=polling&a=1&a=2${query}`, headers, ...options })).body.toString();
    const { sid } = JSON.parse((await ask({})).slice(1));
    await ask({ method: 'POST', body: '40/abc,' }, `&sid=${sid}`);
    let told;
    while (!told)
      told = (await ask({}, `&sid=${sid}`)).split(RS).find((packet) => packet.startsWith('42/abc,'));
    const [event, handshake] = JSON.parse(told.slice('42/abc,'.length));
    assert.equal(event, 'handshake');
    assert.equal(handshake.headers['x-many'], 'a, b');
    assert.equal(handshake.headers.cookie, 'a=1; b=2');
    assert.equal(handshake.headers['user-agent'], 'first');
    assert.equal(handshake.query.a, '2');
  });
});
