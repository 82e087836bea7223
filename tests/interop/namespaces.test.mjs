// SPDX-License-Identifier: MIT
//
// Namespaces that clients make, handlers of one socket, and many sockets at once, with the genuine
// client against tests/programs/namespaces.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Program, build, isReference, repository } from './support/app.mjs';
import { connectClient, makeClient, ways } from './support/client.mjs';
import { until } from './support/wait.mjs';
import { RawWebSocket } from './support/websocket.mjs';

const command = isReference
  ? [process.execPath, [join(repository, 'tests/interop/support/reference-namespaces.mjs')]]
  : [join(build, 'tests/programs/namespaces'), []];

function programForSuite(options = { transports: ['websocket'] }) {
  const it = {};
  before(async () => { it.app = await Program.start(...command, /^listening on (\d+)$/); });
  after(async () => { await it.app?.stop(); });
  it.connect = (t, namespace = '', more = {}) => connectClient(t, it.app.url + namespace, { ...options, ...more });
  it.make = (t, namespace = '', more = {}) => makeClient(t, it.app.url + namespace, { ...options, ...more });
  return it;
}

async function refusal(client) {
  const [error] = await client.next('connect_error');
  return error.message;
}

for (const [way, options] of Object.entries(ways))
  describe(`namespaces that clients make, over ${way}`, () => {
    const it = programForSuite(options);

    test('a name that matches the pattern comes into being', async (t) => {
      const room = await it.connect(t, '/room-1');
      assert.deepEqual(await room.next('hello'), ['/room-1']);
    });

    for (const name of ['/room-', '/room-1x', '/x/room-1', '/_0', '/late'])
      test(`${name} matches nothing`, async (t) => {
        assert.equal(await refusal(it.make(t, name)), 'Invalid namespace');
      });

    test('a predicate that answers later decides by the auth', async (t) => {
      const late = await it.connect(t, '/late-1', { auth: { token: 'ok' } });
      assert.deepEqual(await late.next('hello'), ['/late-1']);
      assert.equal(await refusal(it.make(t, '/late-2', { auth: { token: 'no' } })), 'Invalid namespace');
      assert.equal(await refusal(it.make(t, '/late-2')), 'Invalid namespace');
    });

    test("the parent's middleware runs for its children", async (t) => {
      assert.equal(await refusal(it.make(t, '/room-2', { auth: { refuse: true } })), 'refused');
    });

    test('the parent emits to all its children and to nobody else', async (t) => {
      const [main, one, two, late] = await Promise.all([it.connect(t), it.connect(t, '/room-3'), it.connect(t, '/room-4'),
        it.connect(t, '/late-3', { auth: { token: 'ok' } })]);
      await main.ask('parent emit', 1, { two: [2] });
      for (const client of [one, two])
        assert.deepEqual(await client.next('from parent'), [1, { two: [2] }]);
      await main.ask('log');
      assert.equal(main.pending('from parent') + late.pending('from parent'), 0);
    });

    test('who is refused ends no child where others are, nor two at once make two of it', async (t) => {
      const main = await it.connect(t);
      await until(async () => (await main.ask('namespaces'))[0].length === 1, 'other tests\' namespaces to end');
      await main.ask('log');
      const [one, two] = await Promise.all([it.connect(t, '/late-4', { auth: { token: 'ok' } }),
        it.connect(t, '/late-4', { auth: { token: 'ok' } }), it.connect(t, '/room-6')]);
      assert.deepEqual([await one.next('hello'), await two.next('hello')], [['/late-4'], ['/late-4']]);
      assert.equal(await refusal(it.make(t, '/room-6', { auth: { refuse: true } })), 'refused');
      assert.deepEqual((await main.ask('namespaces'))[0].sort(), ['/', '/late-4', '/room-6']);
      assert.deepEqual((await main.ask('log'))[0].filter((line) => line.startsWith('new')).sort(), ['new /late-4', 'new /room-6']);
      // A client that was refused alone leaves nothing behind.
      assert.equal(await refusal(it.make(t, '/room-7', { auth: { refuse: true } })), 'refused');
      await until(async () => !(await main.ask('namespaces'))[0].includes('/room-7'), 'the empty child to end');
    });

    test('a child is announced once, and ends with its last socket', async (t) => {
      const main = await it.connect(t);
      await until(async () => (await main.ask('namespaces'))[0].length === 1, 'other tests\' namespaces to end');
      await main.ask('log');
      const first = await it.connect(t, '/room-5');
      const second = await it.connect(t, '/room-5');
      assert.deepEqual(await main.ask('namespaces'), [['/', '/room-5']]);
      first.socket.disconnect();
      second.socket.disconnect();
      await until(async () => (await main.ask('namespaces'))[0].length === 1, 'the child to end');
      await it.connect(t, '/room-5');
      assert.deepEqual((await main.ask('log'))[0].filter((line) => line.startsWith('new')), ['new /room-5', 'new /room-5']);
    });
  });

describe('handlers of one socket', () => {
  const it = programForSuite();

  test('on, once and off concern that socket alone', async (t) => {
    const [own, other] = [await it.connect(t), await it.connect(t)];
    await own.ask('own');
    for (const client of [own, other]) {
      for (let i = 0; i < 2; i++) {
        client.emit('once', i);
        client.emit('on', i);
      }
      await client.ask('log');
    }
    assert.deepEqual([own.pending('once answer'), own.pending('on answer')], [1, 2]);
    assert.deepEqual([other.pending('once answer'), other.pending('on answer')], [0, 0]);
    assert.deepEqual(await own.next('once answer'), [0]);
    await own.ask('disown');
    own.emit('on', 2);
    await own.ask('log');
    assert.equal(own.pending('on answer'), 2);
  });

  test('middleware drops an event, and the client is told nothing but what the error handler says', async (t) => {
    const client = await it.connect(t);
    await client.ask('own');
    await client.ask('guard');
    client.emit('forbidden', 1);
    client.emit('on', 1);
    assert.deepEqual(await client.next('dropped'), ['forbidden event']);
    assert.deepEqual(await client.next('on answer'), [1]);
    assert.ok(client.socket.connected);
  });

  test('middleware makes another event of it, with its bytes and its ack', async (t) => {
    const client = await it.connect(t);
    await client.ask('guard');
    assert.deepEqual(await client.ask('change', Buffer.from([1, 2])), ['changed', Buffer.from('new'), Buffer.from([1, 2])]);
    assert.deepEqual(await client.ask('mirror', 1), [1]);
  });

  test('any handlers hear what comes and what goes, acks left out', async (t) => {
    const [client, other] = [await it.connect(t), await it.connect(t)];
    await other.ask('log');
    await client.ask('listen');
    await client.ask('emit both');
    client.emit('unknown');
    await client.ask('conn');
    const [log] = await client.ask('log');
    assert.deepEqual(log.filter((line) => !line.includes('room')), [
      'first in emit both', 'in emit both', 'out direct', 'out broadcast',
      'first in unknown', 'in unknown', 'first in conn', 'in conn',
    ]);
  });
});

describe('many sockets at once', () => {
  const it = programForSuite();

  test('rooms come and go in their order', async (t) => {
    const [one, two] = [await it.connect(t), await it.connect(t)];
    await one.ask('log');
    await one.ask('join', 'a');
    await one.ask('join', 'a');
    await two.ask('join', 'a');
    await one.ask('leave', 'a');
    await one.ask('leave', 'a');
    assert.deepEqual(await one.ask('log'), [['create-room a', 'join-room a', 'join-room a', 'leave-room a']]);
    two.socket.disconnect();
    let log = [];
    await until(async () => {
      log = log.concat((await one.ask('log'))[0]);
      return log.length >= 2;
    }, 'the room to go');
    assert.deepEqual(log, ['leave-room a', 'delete-room a']);
  });

  test('fetching shows id, address, data and rooms', async (t) => {
    const [one, two] = [await it.connect(t), await it.connect(t)];
    await one.ask('data', { name: 'Jörg', list: [1, null] });
    await one.ask('join', 'b');
    await two.ask('join', 'b');
    await two.ask('join', 'c');
    const [found] = await one.ask('fetch', 'b');
    assert.deepEqual(found, [
      { id: one.socket.id, address: '127.0.0.1', data: { name: 'Jörg', list: [1, null] }, rooms: [one.socket.id, 'b'] },
      { id: two.socket.id, address: '127.0.0.1', data: {}, rooms: [two.socket.id, 'b', 'c'] },
    ]);
    assert.deepEqual(await one.ask('fetch', 'nobody'), [[]]);
  });

  test('joining, leaving and disconnecting by room', async (t) => {
    const clients = [await it.connect(t), await it.connect(t), await it.connect(t)];
    const [one, two, three] = clients;
    await one.ask('join', 'd');
    await two.ask('join', 'd');
    await three.ask('many join', 'd', 'e');
    const members = async (room) => (await three.ask('fetch', room))[0].map((found) => found.id);
    assert.deepEqual(await members('e'), [one.socket.id, two.socket.id]);
    await three.ask('many leave', two.socket.id, 'e');
    assert.deepEqual(await members('e'), [one.socket.id]);
    await three.ask('many disconnect', 'e', true);
    assert.equal((await one.next('disconnect'))[0], 'io server disconnect');
    await three.ask('many disconnect', 'd', false);
    assert.equal((await two.next('disconnect'))[0], 'io server disconnect');
    assert.ok(three.socket.connected);
  });
});

describe('what is known of a client', () => {
  const it = programForSuite();

  test('the handshake', async (t) => {
    const began = Date.now();
    const client = await it.connect(t, '/?name=J%C3%B6rg', { extraHeaders: { 'User-Agent': 'test/1' } });
    const [handshake] = await client.ask('handshake');
    assert.ok(handshake.issued >= began - 1000 && handshake.issued <= Date.now() + 1000);
    assert.match(handshake.time, /^\w{3} \w{3} \d\d \d{4} \d\d:\d\d:\d\d GMT[+-]\d{4} \(.+\)$/);
    assert.equal(Date.parse(handshake.time), Math.floor(handshake.issued / 1000) * 1000);
    assert.match(handshake.url, /^\/socket\.io\/\?.*name=J%C3%B6rg/);
    assert.deepEqual([handshake.address, handshake.secure, handshake.xdomain, handshake.query, handshake.agent],
      ['127.0.0.1', false, false, 'Jörg', 'test/1']);
  });

  for (const [origin, expected] of [['http://page.example', true], ['', false]])
    test(`an Origin "${origin}" ${expected ? 'comes from elsewhere' : 'says nothing'}`, async () => {
      const socket = await RawWebSocket.open(it.app.port, '/socket.io/?EIO=4&transport=websocket', { Origin: origin });
      await socket.nextText();
      await socket.text('40').nextText();
      const [{ xdomain }] = JSON.parse((await socket.text('420["handshake"]').nextText()).slice(3));
      assert.equal(xdomain, expected);
      socket.drop();
    });

  test('the transport, and its upgrade', async (t) => {
    const client = await it.connect(t, '', { transports: ['polling', 'websocket'] });
    await client.upgraded();
    await until(async () => (await client.ask('conn'))[0] === 'websocket', 'the server to have seen the upgrade');
    assert.deepEqual(await client.ask('conn'), ['websocket', 4]);
    assert.ok((await client.ask('log'))[0].includes('upgrade websocket'));
    const polling = await it.connect(t, '', { transports: ['polling'] });
    assert.deepEqual(await polling.ask('conn'), ['polling', 4]);
  });
});
