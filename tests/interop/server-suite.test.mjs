// SPDX-License-Identifier: MIT
//
// What the genuine server's own tests make sure of, in our own words, as far as no other file here does:
// tests/programs/server-suite, or the same app on the genuine packages.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Program, build, isReference, repository } from './support/app.mjs';
import { clientOf, connectClient, makeClient, ways } from './support/client.mjs';
import { PollingSession, RS, joinWebSocket, openWebSocketSession } from './support/engine.mjs';
import { pause, until } from './support/wait.mjs';
import { TEXT } from './support/websocket.mjs';

const command = isReference
  ? [process.execPath, [join(repository, 'tests/interop/support/reference-server-suite.mjs')]]
  : [join(build, 'tests/programs/server-suite'), []];
const start = () => Program.start(...command, /^listening on (\d+)$/);

let app;

before(async () => { app = await start(); });
after(async () => { await app?.stop(); });

/** How many of the packets are 'ev'. */
const events = (packets) => packets.filter((packet) => /^4[25].*\["ev"/.test(packet)).length;

/** What an open poll, and those behind it, bring until `isLast`. */
async function pollUntil(session, poll, isLast) {
  const packets = [];
  for (let response = poll; ; response = await session.startPoll()) {
    packets.push(...(await response.response).text.split(RS));
    if (packets.some(isLast))
      return packets;
  }
}

describe('volatile events', () => {
  // Letters: r is an event as usual, v a volatile one. The genuine transport counts as busy from the first packet of a turn on,
  // and drops the volatile ones behind it; here what leaves in the same write is not late.
  const cases = [['v', 1], ['rv', isReference ? 1 : 2], ['vv', isReference ? 1 : 2], ['rvr', isReference ? 2 : 3]];

  for (const who of ['one', 'all'])
    for (const what of ['text', 'binary'])
      for (const [letters, count] of cases) {
        const ask = `427${JSON.stringify(['letters', letters, who, what])}`;
        const title = `${letters} to ${who} (${what})`;

        test(`${title}, over WebSocket`, async () => {
          const socket = await joinWebSocket(app.port);
          socket.text(ask);
          const packets = [];
          while (!packets.includes('437[]')) {
            const { opcode, payload } = await socket.next();
            packets.push(opcode === TEXT ? payload.toString() : 'bytes');
          }
          assert.equal(events(packets), count, packets.join(' '));
          socket.drop();
        });

        test(`${title}, over polling`, async () => {
          const session = await PollingSession.join(app.port);
          const poll = await session.startPoll();
          await pause(50); // the poll must be there before the POST, and nobody answers it
          await session.send(ask);
          const packets = await pollUntil(session, poll, (packet) => packet === '437[]');
          assert.equal(events(packets), count, packets.join(' '));
          await session.send('1');
        });
      }

  test('one behind another while the socket begins, over WebSocket', async () => {
    const socket = await openWebSocketSession(app.port);
    socket.text('40/hasty,').text('40');
    const packets = [];
    while (!packets.some((packet) => packet.startsWith('40{')))
      packets.push(await socket.nextText());
    assert.equal(events(packets), isReference ? 1 : 2, packets.join(' '));
    socket.drop();
  });

  test('and over polling, where no poll waits yet', async () => {
    const session = await PollingSession.open(app.port);
    await session.send('40/hasty,', '40');
    const packets = await pollUntil(session, await session.startPoll(), (packet) => packet.startsWith('40{'));
    assert.equal(events(packets), 1, packets.join(' '));
    await session.send('1');
  });
});

for (const [way, options] of Object.entries(ways))
  describe(`over ${way}`, () => {
    const connect = (t, nsp = '', more = {}) => connectClient(t, app.url + nsp, { ...options, ...more });

    test('targets of rooms and exceptions, each socket once', async (t) => {
      const clients = [];
      for (const rooms of [['a', 'b'], ['b', 'c'], ['c'], []]) {
        const client = await connect(t);
        for (const room of rooms)
          await client.ask('join', room);
        clients.push(client);
      }
      const ids = clients.map(({ socket }) => socket.id);
      for (const [target, heard] of [
        [{ to: [], except: [] }, [0, 1, 2]],
        [{ all: true, to: [], except: [] }, [0, 1, 2, 3]],
        [{ all: true, to: ['a', 'b'], except: [] }, [0, 1]],
        [{ all: true, to: ['b', 'c'], except: ['a'] }, [1, 2]],
        [{ all: true, to: ['a', 'b', 'c'], except: ['a', 'c'] }, []],
        [{ all: true, to: [], except: ['b'] }, [2, 3]],
        [{ all: true, to: [], except: [ids[1]] }, [0, 2, 3]],
        [{ to: [], except: [ids[0], 'c'] }, []],
        [{ to: [ids[0], 'a'], except: [] }, [0]],
        [{ all: true, to: ['nowhere'], except: [] }, []],
        [{ to: ['c', ids[3]], except: [ids[2]] }, [1]],
      ]) {
        await clients[3].ask('spread', target, JSON.stringify(target), Buffer.from('bytes'));
        await Promise.all(clients.map((client) => client.ask('join', 'later')));
        for (const [i, client] of clients.entries()) {
          assert.equal(client.pending('spread'), heard.includes(i) ? 1 : 0, `client ${i} of ${JSON.stringify(target)}`);
          if (heard.includes(i))
            assert.deepEqual(await client.next('spread'), [JSON.stringify(target), Buffer.from('bytes')]);
        }
      }
    });

    test('middlewares that think run one after the other, before the socket is connected', async (t) => {
      const main = await connect(t);
      await main.ask('notes');
      await connect(t, '/guard');
      assert.deepEqual(await main.ask('notes'), ['1|2|3|in|']);
    });

    test('who is refused is told why, and leaves the rooms that it had joined', async (t) => {
      const main = await connect(t);
      await main.ask('notes');
      const [was] = await main.ask('count', '/guard', 'guarded');
      const refused = makeClient(t, app.url + '/guard', { ...options, auth: { refuse: true } });
      const [error] = await refused.next('connect_error');
      assert.deepEqual([error.message, error.data], ['Go away', { a: 'b', c: 3 }]);
      assert.deepEqual(await main.ask('count', '/guard', 'guarded'), [was]);
      assert.deepEqual(await main.ask('notes'), ['']);
    });

    test('a socket that has been disconnected joins no rooms', async (t) => {
      const main = await connect(t);
      const gone = makeClient(t, app.url + '/gone', options);
      assert.equal((await gone.next('disconnect'))[0], 'io server disconnect');
      assert.deepEqual(await main.ask('count', '/gone', 'room'), [0]);
    });

    test('disconnect(true) ends all namespaces of the connection', async (t) => {
      const main = await connect(t);
      const foo = clientOf(t, main.socket.io.socket('/foo'));
      await foo.next('connect');
      const bar = clientOf(t, main.socket.io.socket('/bar'));
      for (const client of [main, foo, bar])
        assert.equal((await client.next('disconnect'))[0], 'io server disconnect');
    });
  });

test('a client that goes while a middleware thinks is never connected', async (t) => {
  const main = await connectClient(t, app.url);
  await main.ask('notes');
  const socket = await openWebSocketSession(app.port);
  socket.text('40/guard,');
  await until(async () => (await main.ask('count', '/', main.socket.id))[0] === 1, 'the server has read');
  socket.drop();
  const later = await connectClient(t, app.url + '/guard');
  later.socket.disconnect();
  const [notes] = await main.ask('notes');
  assert.equal(notes.split('|').filter((one) => one === 'in').length, 1, notes);
});

for (const [way, options] of Object.entries(ways))
  test(`a server ends and begins again in one process, and its clients come back over ${way}`, { skip: isReference && 'tried with ours only' }, async (t) => {
    const own = await start();
    t.after(() => own.stop());
    const client = await connectClient(t, own.url, { ...options, reconnection: true, reconnectionDelay: 20 });
    for (let i = 0; i < 2; i++) {
      const { id } = client.socket;
      client.emit('restart');
      await client.next('disconnect');
      client.emit('join', 'kept until then', () => client.emit('join', 'and behind'));
      await client.next('connect');
      assert.notEqual(client.socket.id, id);
      await until(async () => (await client.ask('count', '/', 'and behind'))[0] === 1, 'what was emitted meanwhile has come');
    }
    client.socket.disconnect();
  });
