// SPDX-License-Identifier: MIT
//
// The Admin UI: the genuine socket.io-client in the part of the page (https://admin.socket.io) drives
// tests/programs/admin. What it expects was captured from @socket.io/admin-ui 0.5.

import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Program, build, oursOnly as skip } from './support/app.mjs';
import { connectClient, makeClient } from './support/client.mjs';
import { request } from './support/http.mjs';
import { pause } from './support/wait.mjs';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ALL = ['EMIT', 'JOIN', 'LEAVE', 'DISCONNECT', 'MJOIN', 'MLEAVE', 'MDISCONNECT', 'AGGREGATED_EVENTS', 'ALL_EVENTS'];

const it = {};
before(async () => {
  it.app = await Program.start(join(build, 'tests/programs/admin'), [], /^listening on (\d+)$/);
});
after(async () => { await it.app?.stop(); });

const client = (t, path = '/open', options = {}) =>
  connectClient(t, it.app.url, { path, transports: ['websocket'], ...options });
const admin = (t, path = '/open', options = {}) =>
  connectClient(t, `${it.app.url}/admin`, { path, transports: ['websocket'], ...options });
const login = (t, auth) => makeClient(t, `${it.app.url}/admin`, { path: '/login', transports: ['websocket'], auth });

/** The next event of that name of which `wanted` says yes. */
async function find(from, event, wanted) {
  for (;;) {
    const args = await from.next(event);
    if (wanted(...args))
      return args;
  }
}

describe('what the page hears when it connects', { skip }, () => {
  test('config, itself and all sockets', async (t) => {
    const app = await client(t);
    await app.ask('join', 'a room');
    const ui = makeClient(t, `${it.app.url}/admin`, { path: '/open', transports: ['websocket'] });
    const order = [];
    ui.socket.onAny((event) => order.push(event));
    await ui.next('connect');
    assert.deepEqual(await ui.next('config'), [{ supportedFeatures: ALL }]);
    const [sockets] = await ui.next('all_sockets');
    assert.deepEqual(order.slice(0, 3), ['socket_connected', 'config', 'all_sockets']);

    const [self, at] = await ui.next('socket_connected');
    assert.equal(self.id, ui.socket.id);
    assert.equal(self.nsp, '/admin');
    assert.match(at, ISO);

    const seen = sockets.find(({ id }) => id === app.socket.id);
    assert.deepEqual(Object.keys(seen), ['id', 'clientId', 'transport', 'nsp', 'data', 'handshake', 'rooms']);
    assert.deepEqual(Object.keys(seen.handshake),
      ['address', 'headers', 'query', 'issued', 'secure', 'time', 'url', 'xdomain']);
    assert.equal(seen.clientId, app.socket.io.engine.id.slice(0, 12));
    assert.equal(seen.transport, 'websocket');
    assert.equal(seen.nsp, '/');
    assert.deepEqual(seen.data, {});
    assert.deepEqual(seen.rooms, [app.socket.id, 'a room']);
    assert.equal(seen.handshake.address, '127.0.0.1');
    assert.equal(seen.handshake.headers.host, `127.0.0.1:${it.app.port}`);
    assert.deepEqual(seen.handshake.query, { EIO: '4', transport: 'websocket' });
    assert.equal(seen.handshake.secure, false);
    assert.ok(Math.abs(seen.handshake.issued - Date.now()) < 60_000);
  });

  test('no commands and no sockets where it is readonly and in production', async (t) => {
    const ui = await connectClient(t, `${it.app.url}/watch`, { path: '/readonly' });
    assert.deepEqual(await ui.next('config'), [{ supportedFeatures: ['AGGREGATED_EVENTS'] }]);
    const app = await client(t, '/readonly');
    ui.emit('_disconnect', '/', false, null);
    app.emit('echo', 1);
    await app.next('echo');
    await ui.next('server_stats');
    assert.equal(ui.pending('all_sockets'), 0);
    assert.equal(ui.pending('socket_connected'), 0);
    assert.ok(app.socket.connected);
  });
});

describe('what the page hears of others', { skip }, () => {
  test('a socket that comes, joins, changes its data and goes', async (t) => {
    const ui = await admin(t);
    const app = await client(t);
    const { id } = app.socket;
    const [nsp, room, who, joined] = await find(ui, 'room_joined', (_nsp, name) => name === id);
    assert.deepEqual([nsp, room, who], ['/', id, id]);
    assert.match(joined, ISO);
    const [connected] = await find(ui, 'socket_connected', (socket) => socket.id === id);
    assert.deepEqual(connected.rooms, [id]);

    await app.ask('join', 'r');
    await find(ui, 'room_joined', (_nsp, name, whose) => name === 'r' && whose === id);
    app.emit('data');
    const [updated] = await find(ui, 'socket_updated', (socket) => socket.id === id);
    assert.deepEqual(updated, { id, nsp: '/', data: { name: 'Ada' } });

    const ends = [];
    ui.socket.onAny((event) => ends.push(event));
    app.socket.disconnect();
    const [, , reason, at] = await find(ui, 'socket_disconnected', (_nsp, whose) => whose === id);
    assert.equal(reason, 'client namespace disconnect');
    assert.match(at, ISO);
    await find(ui, 'room_left', (_nsp, name, whose) => name === 'r' && whose === id);
    assert.ok(ends.indexOf('socket_disconnected') < ends.indexOf('room_left'));
  });

  test('an upgrade', async (t) => {
    const ui = await admin(t);
    const app = await client(t, '/open', { transports: ['polling', 'websocket'] });
    const [updated] = await find(ui, 'socket_updated', (socket) => socket.id === app.socket.id);
    assert.deepEqual(updated, { id: app.socket.id, nsp: '/', transport: 'websocket' });
  });

  test('events in and out, binary and namespaces that clients make included', async (t) => {
    const ui = await admin(t);
    const app = await connectClient(t, `${it.app.url}/room-7`, { path: '/open' });
    const main = await client(t);
    const { id } = main.socket;
    main.emit('echo', 'a', { b: Buffer.from([1, 2, 3]) });
    await main.next('echo');
    for (const event of ['event_received', 'event_sent']) {
      const [nsp, who, args, at] = await find(ui, event, (_nsp, whose) => whose === id);
      assert.deepEqual([nsp, who], ['/', id]);
      assert.equal(args[0], 'echo');
      assert.equal(args[1], 'a');
      assert.deepEqual(Buffer.from(args[2].b), Buffer.from([1, 2, 3]));
      assert.match(at, ISO);
    }
    app.emit('hello', null);
    const [nsp, , args] = await find(ui, 'event_received', (_nsp, whose) => whose === app.socket.id);
    assert.deepEqual([nsp, args], ['/room-7', ['hello', null]]);
  });

  test('nothing once the page has gone, and all of it again when it is back', async (t) => {
    const first = await admin(t);
    first.socket.disconnect();
    const app = await client(t);
    app.emit('echo', 1);
    await app.next('echo');
    const second = await admin(t);
    app.emit('echo', 2);
    const [, , args] = await find(second, 'event_received', (_nsp, whose) => whose === app.socket.id);
    assert.deepEqual(args, ['echo', 2]);
  });
});

describe('numbers', { skip }, () => {
  test('come every two seconds and add up', async (t) => {
    const ui = await admin(t);
    const app = await client(t, '/open', { transports: ['polling'] });
    const before = Date.now();
    const sums = new Map();
    let stats;
    app.emit('echo', 'xyz');
    await app.next('echo');
    app.socket.disconnect();
    for (let i = 0; i < 2; i++) {
      [stats] = await ui.next('server_stats');
      for (const { timestamp, type, subType, count } of stats.aggregatedEvents) {
        assert.equal(timestamp % 1000, 0);
        assert.ok(Math.abs(timestamp - before) < 30_000);
        const key = subType ? `${type} ${subType}` : type;
        sums.set(key, (sums.get(key) ?? 0) + count);
      }
    }
    assert.deepEqual(Object.keys(stats), ['serverId', 'hostname', 'pid', 'uptime', 'clientsCount',
      'pollingClientsCount', 'aggregatedEvents', 'namespaces']);
    assert.equal(stats.serverId, 'srv1');
    assert.equal(stats.hostname, hostname());
    assert.equal(stats.pid, it.app.child.pid);
    assert.ok(stats.clientsCount >= 1);
    assert.ok(stats.namespaces.some(({ name, socketsCount }) => name === '/admin' && socketsCount >= 1));
    assert.equal(sums.get('rawConnection'), 2); // the page's own, and the client's
    assert.ok(sums.get('packetsIn') >= 3); // CONNECT, the event, DISCONNECT
    assert.ok(sums.get('packetsOut') >= 3);
    assert.ok(sums.get('bytesIn') >= '2["echo","xyz"]'.length);
    assert.ok(sums.get('bytesOut') > 0);
    assert.ok([...sums.keys()].some((key) => key.startsWith('rawDisconnection ')));
  });
});

describe('commands', { skip }, () => {
  test('emit, join, leave and disconnect, for all, a room or one', async (t) => {
    const ui = await admin(t);
    const [a, b] = [await client(t), await client(t)];
    ui.emit('join', '/', 'club', a.socket.id);
    await find(ui, 'room_joined', (_nsp, name, whose) => name === 'club' && whose === a.socket.id);
    ui.emit('emit', '/', 'club', 'greeting', 'hi', { deep: [Buffer.from([9])] });
    const [hi, deep] = await a.next('greeting');
    assert.equal(hi, 'hi');
    assert.deepEqual(Buffer.from(deep.deep[0]), Buffer.from([9]));
    ui.emit('leave', '/', 'club', null);
    await find(ui, 'room_left', (_nsp, name, whose) => name === 'club' && whose === a.socket.id);
    ui.emit('emit', '/', 'club', 'greeting', 'nobody');
    ui.emit('emit', '/', null, 'all', 1);
    assert.deepEqual(await a.next('all'), [1]);
    assert.deepEqual(await b.next('all'), [1]);
    assert.equal(a.pending('greeting') + b.pending('greeting'), 0);

    ui.emit('_disconnect', '/', false, a.socket.id);
    assert.equal((await a.next('disconnect'))[0], 'io server disconnect');
    assert.ok(b.socket.connected);
    ui.emit('_disconnect', '/', true, b.socket.id);
    await b.next('disconnect');
  });

  test('nonsense does no harm', async (t) => {
    const ui = await admin(t);
    const app = await client(t);
    ui.emit('emit');
    ui.emit('emit', '/nowhere', null, 'x');
    ui.emit('emit', '/', { a: 1 }, 'x');
    ui.emit('emit', '/', null, 'disconnect');
    ui.emit('join', 5, 6, 7);
    ui.emit('join', '/', 'x'.repeat(5000), null);
    ui.emit('leave', '/');
    ui.emit('_disconnect', '/', 'yes', 17);
    ui.emit('emit', '/', null, 'fine');
    await app.next('fine');
    assert.equal(app.pending('x'), 0);
  });
});

describe('the login', { skip }, () => {
  test('is a password the first time and a session afterwards', async (t) => {
    const ui = login(t, { username: 'admin', password: 'secret' });
    await ui.next('connect');
    const [session] = await ui.next('session');
    assert.match(session, /^[0-9a-f]{16}$/);
    const again = login(t, { sessionId: session });
    await again.next('connect');
    await again.next('config');
    assert.equal(again.pending('session'), 0);
  });

  for (const [what, auth] of [
    ['a wrong password', { username: 'admin', password: 'Secret' }],
    ['a wrong name', { username: 'root', password: 'secret' }],
    ['no password', { username: 'admin' }],
    ['an empty password', { username: 'admin', password: '' }],
    ['a NUL in it', { username: 'admin', password: 'secret\0' }],
    ['numbers', { username: 1, password: 2 }],
    ['a session that is none', { sessionId: '0000000000000000' }],
    ['nothing', undefined]])
    test(`refuses ${what}`, async (t) => {
      const ui = login(t, auth);
      const [error] = await ui.next('connect_error');
      assert.equal(error.message, 'invalid credentials');
    });

  test('a flood of logins keeps nobody else waiting', async (t) => {
    const app = await client(t, '/login');
    const flood = Array.from({ length: 40 }, () => login(t, { username: 'admin', password: 'guess' }));
    const answers = Promise.all(flood.map(async (ui) => (await ui.next('connect_error'))[0].message));
    for (let i = 0; i < 20; i++) {
      const began = process.hrtime.bigint();
      app.emit('echo', i);
      await app.next('echo');
      assert.ok(process.hrtime.bigint() - began < 2_000_000_000n);
      await pause(5);
    }
    const words = new Set(await answers);
    assert.ok(words.has('invalid credentials'));
    assert.ok(words.has('too many logins, try again later'));
  });

  test('a client that goes before its password is checked is forgotten', async (t) => {
    const ui = login(t, { username: 'admin', password: 'secret' });
    await new Promise((resolve) => ui.socket.io.engine.once('open', resolve));
    await pause(10);
    ui.socket.disconnect();
    await login(t, { username: 'admin', password: 'secret' }).next('connect');
  });
});

test('the metrics have the numbers of all of them', { skip }, async (t) => {
  const app = await client(t);
  app.emit('echo', 1);
  await app.next('echo');
  const { status, text, headers } = await request(it.app.port, { path: '/metrics' });
  assert.equal(status, 200);
  assert.equal(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  for (const line of text.trimEnd().split('\n'))
    assert.match(line, /^(# (HELP|TYPE) godwit_\S+ .+|godwit_\w+(\{\w+="(\\.|[^"\\])*"(,\w+="(\\.|[^"\\])*")*\})? [\d.]+)$/);
  assert.match(text, /^godwit_socketio_sockets\{path="\/open\/",namespace="\/"\} 1$/m);
  assert.match(text, /^godwit_engine_sessions\{path="\/open\/",transport="websocket",revision="4"\} 1$/m);
});
