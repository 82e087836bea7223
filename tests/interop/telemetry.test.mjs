// SPDX-License-Identifier: MIT
//
// Clients that do not read, under each policy of a namespace: tests/programs/telemetry. The genuine server has no policies.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Program, build, isReference } from './support/app.mjs';
import { PollingSession, RS } from './support/engine.mjs';
import { connectClient } from './support/client.mjs';
import { until } from './support/wait.mjs';

const SAMPLE_BYTES = 20_000;
const THRESHOLD_BYTES = 100_000;
const MAX_QUEUED_BYTES = 4_000_000;

/** A client whose socket is not read any more, until resume(). */
class Deaf {
  constructor(client) {
    this.client = client;
    this.raw = client.socket.io.engine.transport.ws._socket;
    this.seen = [];
    for (const event of ['wind', 'rain', 'picture'])
      client.socket.on(event, (i, what) => {
        assert.equal(what.length, event === 'picture' ? SAMPLE_BYTES : SAMPLE_BYTES - 1);
        this.seen.push(i);
      });
    this.raw.pause();
  }

  resume() {
    this.raw.resume();
  }
}

describe('a policy for a namespace', { skip: isReference && 'it is ours alone' }, () => {
  let app;
  let operator;

  before(async () => {
    app = await Program.start(join(build, 'tests/programs/telemetry'), [], /^listening on (\d+)$/);
    operator = await connectClient({ after: () => {} }, app.url, { transports: ['websocket'] });
  });
  after(async () => {
    operator?.socket.disconnect();
    await app?.stop();
  });

  const connect = (t, ward) => connectClient(t, app.url + ward, { transports: ['websocket'] });

  async function statsOf(ward) {
    const [all, sockets] = await operator.ask('stats', ward);
    return { all, sockets, of: (id) => sockets.find(([one]) => one === id)?.[1] };
  }

  /** A client that reads and one that does not, and samples until `isEnough` of the second one's numbers. Returns how many. */
  async function flood(t, ward, isEnough, event = 'sample') {
    const reader = await connect(t, ward);
    const heard = [];
    for (const name of ['wind', 'rain', 'picture'])
      reader.socket.on(name, (i) => heard.push(i));
    const deaf = new Deaf(await connect(t, ward));
    const { id } = deaf.client.socket;
    const before = (await statsOf(ward)).all;
    let count = 0;
    await until(async () => {
      await operator.ask(event, ward, count, 10);
      count += 10;
      await until(() => heard.length === count, 'the one that reads to hear all');
      const stats = await statsOf(ward);
      return isEnough(stats.of(id), stats);
    }, 'that is enough');
    assert.deepEqual(heard, heard.map((_, i) => i));
    const { all, of, sockets } = await statsOf(ward);
    const none = { newest: 0, oldest: 0, replaced: 0, closed: 0, held: 0, bytes: 0 };
    assert.deepEqual(of(reader.socket.id), none, 'the one that reads');
    const grown = Object.fromEntries(Object.entries(all).map(([key, value]) => [key, value - before[key]]));
    return { reader, deaf, count, stats: of(id), grown, sockets };
  }

  const isAscending = (list) => list.every((x, i) => i === 0 || list[i - 1] < x);

  for (const event of ['sample', 'picture']) {
    test(`the newest is dropped (${event})`, async (t) => {
      const { deaf, count, stats, grown } = await flood(t, '/newest', ({ newest }) => newest > 50, event);
      assert.deepEqual({ ...stats, newest: 0 }, { newest: 0, oldest: 0, replaced: 0, closed: 0, held: 0, bytes: 0 });
      assert.deepEqual(grown, stats);
      deaf.resume();
      await until(() => deaf.seen.length === count - stats.newest, 'what was not dropped');
      assert.equal(deaf.seen[0], 0);
      assert.ok(isAscending(deaf.seen), `${deaf.seen}`);
      await operator.ask(event, '/newest', count, 1);
      await until(() => deaf.seen.at(-1) === count, 'news, now that it reads');
    });

    test(`the oldest are dropped (${event})`, async (t) => {
      let most = 0;
      const { deaf, count, stats, grown } = await flood(t, '/oldest', ({ oldest, bytes }) => {
        most = Math.max(most, bytes);
        return oldest > 50;
      }, event);
      assert.ok(most > SAMPLE_BYTES && most <= THRESHOLD_BYTES, `${most} bytes wait apart`);
      assert.equal(stats.held, Math.floor(THRESHOLD_BYTES / (stats.bytes / stats.held)));
      assert.deepEqual(grown, stats);
      deaf.resume();
      await until(() => deaf.seen.at(-1) === count - 1, 'the last one');
      assert.equal(deaf.seen.length, count - stats.oldest);
      assert.ok(isAscending(deaf.seen), `${deaf.seen}`);
      assert.equal((await statsOf('/oldest')).of(deaf.client.socket.id).held, 0);
    });

    test(`the latest of each key is kept (${event})`, async (t) => {
      const { deaf, count, stats, grown } = await flood(t, '/latest', ({ replaced }) => replaced > 50, event);
      assert.deepEqual([stats.held, stats.newest, stats.oldest, stats.closed], [2, 0, 0, 0]);
      assert.deepEqual(grown, stats);
      deaf.resume();
      await until(() => deaf.seen.length === count - stats.replaced, 'what was not replaced');
      assert.deepEqual(deaf.seen.slice(-2), [count - 2, count - 1]);
      assert.ok(isAscending(deaf.seen), `${deaf.seen}`);
    });
  }

  test('the connection is closed, and the cause says so', async (t) => {
    const { deaf, grown, sockets } = await flood(t, '/close', (own) => !own);
    assert.equal(grown.closed, 1);
    assert.equal(sockets.length, 1);
    deaf.resume();
    await deaf.client.next('disconnect');
    assert.deepEqual(await operator.ask('end of', '/close'), ['transport error', 'overloaded']);
  });

  test('who waits waits until max_queued_bytes, and the cause says so', async (t) => {
    let most = 0;
    const { deaf, grown } = await flood(t, '/wait', (own, { sockets }) => {
      most = Math.max(most, ...sockets.map(([, , queued]) => queued));
      return !own;
    });
    assert.deepEqual(grown, { newest: 0, oldest: 0, replaced: 0, closed: 0, held: 0, bytes: 0 });
    assert.ok(most > MAX_QUEUED_BYTES / 2 && most <= MAX_QUEUED_BYTES, `${most}`);
    deaf.resume();
    await deaf.client.next('disconnect');
    assert.deepEqual(await operator.ask('end of', '/wait'), ['transport error', 'queue_full']);
  });

  for (const ward of ['/newest', '/oldest', '/latest'])
    test(`a question waits for its answer, whatever the policy (${ward})`, async (t) => {
      const { reader, deaf } = await flood(t, ward, ({ newest, oldest, replaced }) => newest + oldest + replaced > 20);
      for (const { socket } of [reader, deaf.client])
        socket.on('alive?', (answer) => answer('yes'));
      const answer = operator.ask('poll', ward);
      deaf.resume();
      assert.deepEqual(await answer, [2]);
    });

  test('a poll that does not come is the same, to the byte', async () => {
    const session = await PollingSession.open(app.port);
    await session.send('40/newest,');
    await session.poll();
    await operator.ask('sample', '/newest', 0, 100);
    const { sockets } = await statsOf('/newest');
    const [, stats, queued] = sockets[0];
    assert.ok(queued > THRESHOLD_BYTES && queued < THRESHOLD_BYTES + 2 * SAMPLE_BYTES, `${queued}`);
    const packets = (await session.poll()).split(RS);
    assert.equal(packets.length, 100 - stats.newest);
    await session.send('1');
  });

  test('memory stays where it is, however much is dropped', async () => {
    const sessions = [];
    for (let i = 0; i < 10; i++) {
      const session = await PollingSession.open(app.port);
      await session.send('40/oldest,');
      await session.poll();
      sessions.push(session);
    }
    await operator.ask('sample', '/oldest', 0, 200);
    const rss = app.rss;
    for (let i = 0; i < 20; i++)
      await operator.ask('sample', '/oldest', 0, 100);
    assert.ok(app.rss - rss < 8_000_000, `${app.rss - rss} bytes more`);
    assert.ok((await statsOf('/oldest')).all.held >= 10);
    await Promise.all(sessions.map((session) => session.send('1')));
    await until(async () => (await statsOf('/oldest')).all.held === 0, 'nothing is held for those who have gone');
  });
});
