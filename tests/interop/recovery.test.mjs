// SPDX-License-Identifier: MIT
//
// Clients that are cut off and come back, what the program learns of why they went, and clients
// that do not read: the genuine client against tests/programs/recovery.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Program, build, isReference, oursOnly, repository } from './support/app.mjs';
import { openWebSocketSession } from './support/engine.mjs';
import { clientOf, connectClient, ways } from './support/client.mjs';
import { until } from './support/wait.mjs';

const command = isReference
  ? [process.execPath, [join(repository, 'tests/interop/support/reference-recovery.mjs')]]
  : [join(build, 'tests/programs/recovery'), []];
const RECOVERY = { done: 2, unknown: 3, gap: 5 };

function programForSuite(options = { transports: ['websocket'] }) {
  const it = {};
  before(async () => { it.app = await Program.start(...command, /^listening on (\d+)$/); });
  after(async () => { await it.app?.stop(); });
  it.connect = (t) => connectClient(t, it.app.url, options);
  return it;
}

/** Ends the connection under a client as a broken cable would, as soon as the server knows. */
async function cut(client) {
  client.socket.io.engine.close();
  await client.next('disconnect');
}

async function comeBack(client) {
  client.socket.connect();
  await client.next('connect');
}

for (const [way, options] of Object.entries(ways))
  describe(`coming back over ${way}`, () => {
    const it = programForSuite(options);

    test('a client finds its socket, and gets what it has missed before it is connected', async (t) => {
      const [client, other] = [await it.connect(t), await it.connect(t)];
      const { id } = client.socket;
      await client.ask('settle');
      await client.ask('all', 'seen');
      assert.equal((await client.next('all'))[0], 'seen');
      await cut(client);
      await other.ask('all', 'one');
      await other.ask('room', 'two', Buffer.from('bytes'));
      const order = [];
      client.socket.onAny((event, ...args) => order.push([event, args[0], args.length, client.socket.connected]));
      client.socket.once('connect', () => order.push('connect'));
      await comeBack(client);
      await until(() => order.length === 3, 'all that was missed');
      // The genuine client keeps events that come before CONNECT until it is connected.
      assert.deepEqual(order.filter((entry) => entry !== 'connect').map((entry) => entry.slice(0, 3)),
        [['all', 'one', 2], ['room', 'two', 3]]);
      assert.equal(client.socket.recovered, true);
      assert.equal(client.socket.id, id);
      assert.deepEqual((await client.ask('who')).slice(0, 4), [id, true, true, { name: 'Ada' }]);
      await other.ask('room', 'three');
      assert.equal((await client.next('room'))[0], 'two');
      assert.equal((await client.next('room'))[0], 'three');
    });

    test('again and again', async (t) => {
      const [client, other] = [await it.connect(t), await it.connect(t)];
      await client.ask('all', 'seen');
      await client.next('all');
      for (let i = 0; i < 3; i++) {
        await cut(client);
        await other.ask('all', i);
        await comeBack(client);
        assert.equal(client.socket.recovered, true);
        assert.equal((await client.next('all'))[0], i);
        assert.equal(client.pending('all'), 0);
      }
    });

    test('one that disconnects by its own will does not', async (t) => {
      const client = await it.connect(t);
      const { id } = client.socket;
      await client.ask('all', 'seen');
      client.socket.disconnect();
      await comeBack(client);
      assert.equal(client.socket.recovered, false);
      assert.notEqual(client.socket.id, id);
    });

    test('one that comes too late does not', async (t) => {
      const client = await it.connect(t);
      await client.ask('all', 'seen');
      await cut(client);
      await sleep(2500);
      await comeBack(client);
      assert.equal(client.socket.recovered, false);
      assert.equal((await client.ask('who'))[2], false);
    });

    test('each namespace of the connection for itself', async (t) => {
      const [client, other] = [await it.connect(t), await it.connect(t)];
      const side = clientOf(t, client.socket.io.socket('/side'));
      const otherSide = clientOf(t, other.socket.io.socket('/side'));
      await side.next('connect');
      await side.ask('settle');
      await client.ask('all', 'seen');
      await side.ask('all', 'seen aside');
      await otherSide.ask('all', 'and by the other');
      const ids = [client.socket.id, side.socket.id];
      await cut(client);
      await side.next('disconnect');
      await other.ask('all', 'one');
      await otherSide.ask('room', 'two', Buffer.from('bytes'));
      side.socket.connect();
      await comeBack(client);
      await side.next('connect');
      assert.deepEqual([client.socket.recovered, side.socket.recovered], [true, true]);
      assert.deepEqual([client.socket.id, side.socket.id], ids);
      assert.equal((await client.next('all'))[0], 'seen');
      assert.equal((await client.next('all'))[0], 'one');
      assert.deepEqual((await side.next('room')).slice(0, 2), ['two', Buffer.from('bytes')]);
      assert.deepEqual((await client.ask('who')).slice(1, 3), [true, false]);
      assert.deepEqual((await side.ask('who')).slice(1, 4), [true, true, { name: 'Ada' }]);
      assert.equal(client.pending('room'), 0);
    });

    test('a server that was started anew knows nobody, and its clients know that', async (t) => {
      const first = await Program.start(...command, /^listening on (\d+)$/);
      const client = await connectClient(t, first.url, { ...options, reconnection: true, reconnectionDelay: 20 });
      await client.ask('settle');
      await client.ask('all', 'seen');
      await client.next('all');
      const { id } = client.socket;
      await first.kill();
      await client.next('disconnect');
      const second = await Program.start(command[0], [...command[1], String(first.port)], /^listening on (\d+)$/);
      t.after(() => second.stop());
      await client.next('connect');
      assert.equal(client.socket.recovered, false);
      assert.notEqual(client.socket.id, id);
      const [, recovered, isInRoom, data, how] = await client.ask('who');
      assert.deepEqual([recovered, isInRoom, data], [false, false, {}]);
      if (!isReference)
        assert.equal(how, RECOVERY.unknown);
      await client.ask('all', 'news');
      assert.equal((await client.next('all'))[0], 'news');
      client.socket.disconnect();
    });

    test('one that has received nothing yet does', { skip: oursOnly }, async (t) => {
      const [client, other] = [await it.connect(t), await it.connect(t)];
      await cut(client);
      await other.ask('all', 'missed');
      await comeBack(client);
      assert.equal(client.socket.recovered, true);
      assert.equal((await client.next('all'))[0], 'missed');
    });
  });

describe('what is kept', () => {
  const it = programForSuite();

  test('on the wire: a pid, a number behind the arguments, packets before CONNECT', async () => {
    const first = await openWebSocketSession(it.app.port);
    const { pid, sid } = JSON.parse((await first.text('40').nextText()).slice(2));
    assert.match(pid, /^[\w-]{20}$/);
    assert.equal(await first.text('421["settle"]').nextText(), '431[]');
    first.text('422["all",1]');
    const event = JSON.parse((await first.nextText()).slice(2));
    assert.deepEqual(event.slice(0, 2), ['all', 1]);
    assert.match(event[2], /^[\w.-]+$/);
    await first.nextText(); // the answer
    first.drop();
    const other = await openWebSocketSession(it.app.port);
    await other.text('40').nextText();
    other.text('42["all",2]');
    await other.nextText();
    other.text('42["room",{"x":3}]');
    await sleep(100);
    other.drop();
    const again = await openWebSocketSession(it.app.port);
    again.text(`40${JSON.stringify({ pid, offset: event[2] })}`);
    assert.match(await again.nextText(), /^42\["all",2,"[\w.-]+"\]$/);
    assert.match(await again.nextText(), /^42\["room",{"x":3},"[\w.-]+"\]$/);
    assert.deepEqual(await again.nextText(), `40${JSON.stringify({ sid, pid })}`);
    again.drop();
  });

  test('an offset that is no string joins anew', async () => {
    const first = await openWebSocketSession(it.app.port);
    const { pid, sid } = JSON.parse((await first.text('40').nextText()).slice(2));
    first.text('42["all",1]');
    await first.nextText();
    first.drop();
    const again = await openWebSocketSession(it.app.port);
    const answer = await again.text(`40${JSON.stringify({ pid, offset: 123 })}`).nextText();
    assert.match(answer, /^40/);
    assert.notEqual(JSON.parse(answer.slice(2)).sid, sid);
    again.drop();
  });

  test('a gap is told to the program, and its client joins anew', { skip: oursOnly }, async (t) => {
    const [client, other] = [await it.connect(t), await it.connect(t)];
    await client.ask('all', 'seen');
    await cut(client);
    for (let i = 0; i < 25; i++)
      await other.ask('all', i);
    await comeBack(client);
    assert.equal(client.socket.recovered, false);
    const [, recovered, , , how, gap] = await client.ask('who');
    assert.deepEqual([recovered, how, gap], [false, RECOVERY.gap, 5]);
  });

  test('one whose old connection is not known to be dead takes its place', { skip: oursOnly }, async (t) => {
    const client = await it.connect(t);
    const { id } = client.socket;
    const watcher = await it.connect(t);
    const raw = client.socket.io.engine.transport.ws._socket;
    await client.ask('all', 'seen');
    // The client thinks that it has lost the server, which knows of nothing.
    raw.pause();
    raw.end = raw.destroy = raw.destroySoon = raw.write = () => raw;
    client.socket.io.engine._onClose('transport close');
    await client.next('disconnect');
    await comeBack(client);
    assert.equal(client.socket.recovered, true);
    assert.equal(client.socket.id, id);
    assert.deepEqual((await watcher.ask('cause')).slice(0, 2), ['superseded', 'client']);
  });
});

describe('why they went', { skip: oursOnly }, () => {
  const it = programForSuite();

  test('a message that is too long is named as such', async (t) => {
    const [client, watcher] = [await it.connect(t), await it.connect(t)];
    client.emit('big', 'x'.repeat(1000001));
    await client.next('disconnect');
    assert.deepEqual(await watcher.ask('cause'),
      ['message_too_long', 'client', 'max_payload_bytes', 'message too long']);
  });

  test('over polling too', async (t) => {
    const watcher = await it.connect(t);
    const client = await connectClient(t, it.app.url, { transports: ['polling'] });
    client.emit('big', 'x'.repeat(1000001));
    await client.next('disconnect');
    await until(async () => (await watcher.ask('cause'))[0] === 'message_too_long', 'the cause');
  });

  test('the words of the application reach the client', async (t) => {
    const [client, watcher] = [await it.connect(t), await it.connect(t)];
    client.emit('leave me');
    assert.equal((await client.next('disconnect_reason'))[0], 'the token is too old');
    assert.equal((await client.next('disconnect'))[0], 'io server disconnect');
    assert.deepEqual(await watcher.ask('cause'), ['disconnected', 'server', '', 'the token is too old']);
  });

  test('a client that just goes', async (t) => {
    const [client, watcher] = [await it.connect(t), await it.connect(t)];
    client.socket.io.engine.close();
    await until(async () => (await watcher.ask('cause'))[0] === 'client_closed', 'the cause');
    const other = await it.connect(t);
    other.socket.disconnect();
    await until(async () => (await watcher.ask('cause'))[0] === 'client_left', 'the cause');
  });
});

describe('clients that do not read', { skip: oursOnly }, () => {
  const it = programForSuite();
  const POLICY = { newest: 2, oldest: 3, latest: 4, close: 5 };

  async function flood(t, policy) {
    const [client, other] = [await it.connect(t), await it.connect(t)];
    const raw = client.socket.io.engine.transport.ws._socket;
    await client.ask('settle');
    raw.pause();
    for (let i = 0; i < 40; i++)
      await other.ask('flood', policy, 10);
    const stats = await other.ask('pressure');
    const seen = [];
    client.socket.on('flood', (i) => seen.push(i));
    raw.resume();
    return { client, other, stats, seen };
  }

  test('the newest is dropped', async (t) => {
    const { client, stats, seen } = await flood(t, POLICY.newest);
    assert.ok(stats[0] > 100, `${stats}`);
    await client.ask('who');
    assert.equal(seen.length + stats[0], 400);
  });

  test('the oldest are dropped', async (t) => {
    const { client, stats, seen } = await flood(t, POLICY.oldest);
    assert.ok(stats[1] > 100, `${stats}`);
    await until(() => seen.length + stats[1] === 400, 'the rest');
    assert.equal(seen.at(-1), 9);
    client.socket.disconnect();
  });

  test('the latest is kept', async (t) => {
    const { stats, seen } = await flood(t, POLICY.latest);
    assert.ok(stats[2] > 100, `${stats}`);
    assert.equal(stats[4], 1);
    await until(() => seen.length + stats[2] === 400, 'the rest');
    assert.equal(seen.at(-1), 9);
  });

  test('the connection is closed', async (t) => {
    const { client, other, stats } = await flood(t, POLICY.close);
    assert.equal(stats[3], 1);
    await client.next('disconnect');
    assert.equal((await other.ask('cause'))[0], 'overloaded');
  });
});
