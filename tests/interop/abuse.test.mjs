// SPDX-License-Identifier: MIT
//
// What nobody should do, done: garbage on every layer, half-open and reset connections, races and
// floods. Afterwards the server answers as before, holds no more than before, and ends with status 0.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { appForSuite, isReference, oursOnly, startApp } from './support/app.mjs';
import { connectClient, ways } from './support/client.mjs';
import { RS, PollingSession, joinWebSocket, openWebSocketSession, pollingPath, webSocketPath } from './support/engine.mjs';
import { RawConnection, request, requestBytes } from './support/http.mjs';
import { CLOSE, CONTINUATION, PING, RawWebSocket, TEXT, closePayload, frame, upgradeHeaders,
} from './support/websocket.mjs';
import { pause, until } from './support/wait.mjs';

const hooks = { before, after };
const MIB = 1024 * 1024;
// What a sanitizer keeps aside of freed memory is not a leak, so its build gets room for that.
const ROOM = 96 * MIB;

async function answers(app) {
  const socket = await joinWebSocket(app.port);
  assert.equal(await socket.text('42["echo","alive"]').nextText(), '42["echo","alive"]');
  await socket.close(1000);
  socket.drop();
  const session = await PollingSession.join(app.port);
  await session.send('42["echo","alive"]');
  assert.equal(await session.poll(), '42["echo","alive"]');
  await session.send('1');
}

/** Numbers that look random and are the same in every run. */
function makeRandom(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

describe('garbage', () => {
  const it = appForSuite(hooks);

  test('on a fresh connection', async () => {
    for (let i = 0; i < 50; i++) {
      const connection = await RawConnection.open(it.app.port);
      connection.write(randomBytes(1 + i * 40));
      connection.finish();
      await connection.ended();
      connection.close();
    }
    await answers(it.app);
  });

  test('in a request that began well', async () => {
    const random = makeRandom(1);
    const good = requestBytes({ method: 'POST', path: pollingPath('x'), headers: { Cookie: 'a=b' }, body: '42["echo",1]' });
    for (let i = 0; i < 200; i++) {
      const bad = Buffer.from(good);
      bad[random(bad.length)] = random(256);
      const connection = await RawConnection.open(it.app.port);
      connection.write(bad);
      connection.finish();
      await connection.ended();
      connection.close();
    }
    await answers(it.app);
  });

  test('in a WebSocket, behind a good handshake', async () => {
    for (const path of ['/echo', webSocketPath()])
      for (let i = 0; i < 30; i++) {
        const socket = await RawWebSocket.open(it.app.port, path);
        socket.write(randomBytes(500));
        socket.connection.finish();
        await socket.ended();
        socket.drop();
      }
    await answers(it.app);
  });

  test('in frames that are otherwise right', async () => {
    for (let i = 0; i < 50; i++) {
      const socket = await openWebSocketSession(it.app.port);
      socket.text(randomBytes(30).toString('latin1')).frame({ opcode: CLOSE });
      await socket.closeFrame({ skips: true, answers: false });
      socket.drop();
    }
    await answers(it.app);
  });

  test('in packets, one byte wrong at a time', async () => {
    const random = makeRandom(2);
    const packets = ['40', '42["echo",{"a":[1,"é",null]},"x"]', '42/chat,17["echo",-1.5e3]',
      '451-["echo",{"_placeholder":true,"num":0}]', '430["x"]'];
    for (let i = 0; i < 300; i++) {
      const socket = await openWebSocketSession(it.app.port);
      const bytes = Buffer.from(packets[i % packets.length]);
      bytes[random(bytes.length)] = random(128);
      socket.text('40').text(bytes).binary(Buffer.of(1, 2, 3)).frame({ opcode: CLOSE, payload: closePayload(1000) });
      await socket.ended();
      socket.drop();
    }
    await answers(it.app);
  });

  test('in posts, one byte wrong at a time', async () => {
    const random = makeRandom(3);
    const good = Buffer.from(['42["echo",1]', '451-["echo",{"_placeholder":true,"num":0}]', 'bAQIDBA==', '3',
      '42/chat,["x"]'].join(RS));
    for (let i = 0; i < 150; i++) {
      const session = await PollingSession.join(it.app.port);
      const bad = Buffer.from(good);
      bad[random(bad.length)] = random(256);
      const { status } = await session.post(bad);
      assert.ok(status === 200 || status === 400);
    }
    await answers(it.app);
  });

  test('deep JSON', async () => {
    for (const depth of [100, 511, 513, 5000, 100_000, 400_000]) {
      const socket = await joinWebSocket(it.app.port);
      socket.text(`42["nobody listens",${'['.repeat(depth)}${']'.repeat(depth)}]`);
      socket.text(`42["nobody listens",${'{"a":'.repeat(depth / 5 | 0)}1${'}'.repeat(depth / 5 | 0)}]`);
      socket.text(`42["nobody listens",${'['.repeat(depth)}`);
      await socket.closeFrame({ skips: true });
      socket.drop();
    }
    await answers(it.app);
  });

  test('numbers, escapes and names at the edge of JSON', async () => {
    const socket = await joinWebSocket(it.app.port);
    for (const value of ['1e400', '-1e-400', '"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '{"":{"":{}}}',
      '{"__proto__":{"a":1},"constructor":1}', '{"a":1,"a":2}', `"${'\\n'.repeat(1000)}"`, '1'.repeat(400), `{"toString":1}`]) {
      const answer = await socket.text(`42["echo",${value}]`).nextText();
      assert.match(answer, /^42\["echo",/);
    }
    socket.drop();
    await answers(it.app);
  });
});

describe('connections', () => {
  const it = appForSuite(hooks);

  test('cut at every byte of a handshake and a packet', async () => {
    const bytes = Buffer.concat([requestBytes({ path: webSocketPath(), headers: upgradeHeaders() }), frame({ payload: '40' }),
      frame({ payload: '451-["echo",{"_placeholder":true,"num":0}]' })]);
    for (let at = 0; at < bytes.length; at += 3) {
      const connection = await RawConnection.open(it.app.port);
      connection.write(bytes.subarray(0, at));
      await new Promise(setImmediate);
      if (at % 2)
        connection.reset();
      else
        connection.close();
    }
    await answers(it.app);
  });

  test('reset in every state', async () => {
    const { port } = it.app;
    const reset = [
      () => RawConnection.open(port),
      async () => (await PollingSession.join(port)).startPoll(),
      async () => RawWebSocket.open(port, '/echo'),
      async () => (await RawWebSocket.open(port, '/echo')).frame({ payload: 'x', fin: false }),
      async () => (await RawWebSocket.open(port, '/echo')).write(frame({ payload: 'x'.repeat(5000) }).subarray(0, 3000)),
      async () => joinWebSocket(port),
      async () => (await joinWebSocket(port)).text('451-["echo",{"_placeholder":true,"num":0}]'),
      async () => (await joinWebSocket(port)).text('42["join","room of one that is cut"]'),
      async () => RawWebSocket.open(port, webSocketPath((await PollingSession.join(port)).sid)),
      async () => (await RawWebSocket.open(port, webSocketPath((await PollingSession.join(port)).sid))).text('2probe'),
      async () => (await RawWebSocket.open(port, webSocketPath((await PollingSession.join(port)).sid))).text('5'),
    ];
    for (const begin of reset)
      for (let i = 0; i < 5; i++) {
        const holder = await begin();
        (holder.connection ?? holder).reset();
      }
    await answers(it.app);
  });

  test('that vanish while a broadcast is on its way', async () => {
    const sender = await joinWebSocket(it.app.port);
    for (let i = 0; i < 40; i++) {
      const victim = await joinWebSocket(it.app.port);
      sender.text(`42["chat message","${'x'.repeat(20_000)}"]`);
      victim.connection.reset();
    }
    await sender.settleAfter();
    sender.drop();
    await answers(it.app);
  });

  test('leave no descriptor behind', async () => {
    const rest = it.app.openFiles;
    const open = [];
    for (let i = 0; i < 150; i++)
      open.push(await (i % 2 ? RawConnection.open(it.app.port) : joinWebSocket(it.app.port)));
    assert.ok(it.app.openFiles >= rest + 100);
    for (const [i, holder] of open.entries())
      (holder.connection ?? holder)[i % 3 ? 'close' : 'reset']();
    await until(() => it.app.openFiles <= rest + 2, 'the descriptors are given back');
  });

  test('half open by the thousand keep nobody out', { timeout: 60_000 }, async () => {
    const rest = it.app.openFiles;
    const starts = ['', 'GET /soc', requestBytes({ path: pollingPath() }).subarray(0, -2), requestBytes({ method: 'POST',
      path: pollingPath(), headers: { 'Content-Length': 1000 } })];
    const open = [];
    for (let i = 0; i < 2000; i++) {
      open.push(await RawConnection.open(it.app.port));
      open[i].write(starts[i % starts.length]);
      if (i % 500 === 499)
        await answers(it.app);
    }
    open.forEach((connection, i) => connection[i % 2 ? 'close' : 'reset']());
    await until(() => it.app.openFiles <= rest + 2, 'the descriptors are given back');
  });

  test('without end wait for a descriptor, and get it', { skip: oursOnly, timeout: 60_000 }, async (t) => {
    const app = await startApp({}, { openFiles: 64 });
    t.after(() => app.stop());
    const waiting = [];
    for (let i = 0; i < 150; i++) {
      const connection = await RawConnection.open(app.port);
      connection.write(requestBytes({ path: pollingPath(), headers: { Connection: 'close' } }));
      if (i < 80)
        connection.answer = connection.response();
      else
        connection.close();
      waiting.push(connection);
    }
    for (const { answer } of waiting.slice(0, 80))
      assert.equal((await answer).status, 200);
    const sockets = [];
    for (let i = 0; i < 100; i++) {
      const connection = await RawConnection.open(app.port);
      sockets.push(connection.write(requestBytes({ path: webSocketPath(), headers: upgradeHeaders() })));
    }
    assert.equal((await sockets[0].response()).status, 101);
    assert.ok(app.openFiles <= 64 + 1, `${app.openFiles} descriptors`);
    for (const socket of sockets.slice(0, 60))
      socket.reset();
    for (const socket of sockets.slice(60)) {
      assert.equal((await socket.response()).status, 101);
      socket.close();
    }
    await answers(app);
  });
});

describe('races', () => {
  const it = appForSuite(hooks);

  test('many upgrades of one session at once', async () => {
    const session = await PollingSession.join(it.app.port);
    const candidates = await Promise.all(Array.from({ length: 10 },
      () => RawWebSocket.open(it.app.port, webSocketPath(session.sid))));
    const results = await Promise.all(candidates.map(async (socket) => {
      const { opcode, payload } = await socket.text('2probe').next();
      return opcode === TEXT ? `${payload}` : opcode;
    }));
    assert.deepEqual(results.sort(), ['3probe', ...Array(9).fill(CLOSE)].sort());
    candidates.forEach((socket) => socket.drop());
    await answers(it.app);
  });

  test('an upgrade of a session that is closing', async () => {
    for (let i = 0; i < 20; i++) {
      const session = await PollingSession.join(it.app.port);
      const [socket] = await Promise.all([
        RawConnection.open(it.app.port).then((connection) =>
          connection.write(requestBytes({ path: webSocketPath(session.sid), headers: upgradeHeaders() }))),
        session.post(i % 2 ? '1' : '4'),
      ]);
      socket.write(frame({ payload: '2probe' })).write(frame({ payload: '5' }));
      await socket.take((bytes) => (bytes.length > 20 ? bytes.length : -1), 'some answer');
      socket.close();
    }
    await answers(it.app);
  });

  test('polls, posts and upgrades of one session, all at once', async () => {
    for (let i = 0; i < 20; i++) {
      const session = await PollingSession.join(it.app.port);
      const socket = await RawWebSocket.open(it.app.port, webSocketPath(session.sid));
      await Promise.all([session.get(), session.get(), session.post('42["echo",1]'), session.post('42["echo",2]'),
        socket.text('2probe').text('5')].map((step) => Promise.resolve(step).catch(() => {})));
      socket.drop();
    }
    await answers(it.app);
  });

  test('sessions that are polled after they have been aborted', async () => {
    for (let i = 0; i < 20; i++) {
      const session = await PollingSession.join(it.app.port);
      const poll = await session.startPoll();
      await session.send('3');
      poll.abort();
      const { status } = await session.get();
      assert.ok(status === 400 || status === 200);
    }
    await answers(it.app);
  });

  test('leaving, coming and talking in one segment', async () => {
    for (const packets of [['41', '42["echo"]'], ['41', '41'], ['40', '40', '40/chat,', '41/chat,', '42["echo"]'],
      ['42["join","a"]', '41', '40', '42["leave","a"]']]) {
      const socket = await openWebSocketSession(it.app.port);
      socket.write(Buffer.concat(['40', ...packets].map((payload) => frame({ payload }))));
      socket.frame({ opcode: CLOSE });
      await socket.ended();
      socket.drop();
    }
    await answers(it.app);
  });
});

// The genuine app ends here: nobody listens to the errors of a socket whose upgrade was not for Engine.IO.
describe('clients of all kinds, with no manners', { skip: oursOnly }, () => {
  const it = appForSuite(hooks, { 'ping-interval': 500, 'ping-timeout': 500 });

  const lines = ['40', '41', '40/chat,', '42["message",1]', '42["chat message",{"a":[1,2]}]', '42/chat,["echo"]', '420["join","r"]',
    '42["to room","r","x",1]', '451-["message",{"_placeholder":true,"num":0}]', '2', '2probe', '3', '1', '5', '6', '4', '', '7', 'bAQID',
    '44', '430[]', '42[', `42["message","${'x'.repeat(30_000)}"]`, `42["message","${'x'.repeat(1_000_000)}"]`];

  function makeClients(port, random) {
    const pick = (list) => list[random(list.length)];
    const end = (connection) => connection[pick(['close', 'reset', 'finish'])]();
    return [
      async () => {
        const connection = await RawConnection.open(port);
        connection.write(requestBytes({ path: pick([webSocketPath(), webSocketPath('x'.repeat(20)), '/echo', '/echo-context']),
          headers: { ...upgradeHeaders(), ...pick([{}, { 'Sec-WebSocket-Extensions': 'permessage-deflate' }]) } }));
        for (let i = random(8); i > 0; i--)
          connection.write(frame({ payload: pick(lines), opcode: pick([1, 1, 1, 2, 8, 9, 0, 3]), fin: random(6) > 0 }));
        await pause(random(40));
        return end(connection);
      },
      async () => {
        const { sid } = await PollingSession.open(port);
        const connections = [];
        for (let i = 1 + random(5); i > 0; i--) {
          const connection = await RawConnection.open(port);
          connection.write(pick([requestBytes({ path: pollingPath(sid) }), requestBytes({ path: webSocketPath(sid),
            headers: upgradeHeaders() }), requestBytes({ method: 'POST', path: pollingPath(sid), body: [pick(lines), pick(lines)].join(RS) }),
          requestBytes({ method: 'POST', path: pollingPath(sid), headers: { 'Content-Length': 99 } })]));
          connections.push(connection);
        }
        await pause(random(40));
        return connections.forEach(end);
      },
      async () => {
        const { sid } = await PollingSession.join(port);
        const socket = await RawWebSocket.open(port, webSocketPath(sid));
        for (const packet of ['2probe', pick(['5', '5', '2', '40']), pick(lines), pick(lines)])
          socket.text(packet);
        await pause(random(20));
        return end(socket.connection);
      },
      async () => {
        const connection = await RawConnection.open(port);
        connection.write(Buffer.from(Array.from({ length: random(3000) }, () => random(256))));
        return end(connection);
      },
    ];
  }

  test('leave it as it was', { timeout: 120_000 }, async () => {
    const rest = it.app.openFiles;
    const random = makeRandom(7);
    const clients = makeClients(it.app.port, random);
    await Promise.all(Array.from({ length: 12 }, async () => {
      for (let i = 0; i < 50; i++)
        await clients[random(clients.length)]().catch(() => {});
    }));
    await answers(it.app);
    await until(() => it.app.openFiles <= rest + 2, 'the descriptors are given back', 60_000);
    assert.equal(it.app.errors, '');
  });
});

describe('floods', () => {
  const it = appForSuite(hooks);

  async function staysSmall(work) {
    await answers(it.app);
    const rss = it.app.rss;
    await work();
    await answers(it.app);
    if (!isReference)
      assert.ok(it.app.rss - rss < ROOM, `grew by ${(it.app.rss - rss) / MIB | 0} MiB`);
  }

  /** Writes and waits for the server to read it; false when it has stopped reading. */
  async function isTaken({ connection: { socket } }, bytes) {
    if (socket.destroyed || socket.write(bytes))
      return !socket.destroyed;
    const drained = new Promise((resolve) => socket.once('drain', () => resolve(true)));
    const closed = new Promise((resolve) => socket.once('close', () => resolve(false)));
    return Promise.race([drained, closed, pause(1000).then(() => false)]);
  }

  test('large frames announced by many', () => staysSmall(async () => {
    const sockets = [];
    for (let i = 0; i < 200; i++) {
      const socket = await RawWebSocket.open(it.app.port, '/echo');
      socket.frame({ payload: '', length: MIB });
      sockets.push(socket);
    }
    sockets.forEach((socket) => socket.drop());
  }));

  test('large posts announced by many', () => staysSmall(async () => {
    const connections = [];
    for (let i = 0; i < 200; i++) {
      const session = await PollingSession.open(it.app.port);
      const connection = await RawConnection.open(it.app.port);
      connection.write(requestBytes({ method: 'POST', path: pollingPath(session.sid),
        headers: { 'Content-Length': 1_000_000 } }));
      connections.push(connection);
    }
    connections.forEach((connection) => connection.close());
  }));

  test('empty fragments without end', { skip: oursOnly }, () => staysSmall(async () => {
    const socket = await RawWebSocket.open(it.app.port, '/echo');
    socket.frame({ payload: '', fin: false });
    const many = Buffer.concat(Array.from({ length: 1000 }, () => frame({ opcode: CONTINUATION, fin: false })));
    for (let i = 0; i < 200; i++)
      socket.write(many);
    const { code } = await socket.closeFrame();
    assert.ok(code === 1008 || code === 1009, String(code));
    socket.drop();
  }));

  test('tiny fragments', () => staysSmall(async () => {
    const socket = await RawWebSocket.open(it.app.port, '/echo');
    const count = 10_000;
    socket.write(Buffer.concat(Array.from({ length: count }, (_, i) =>
      frame({ opcode: i ? CONTINUATION : TEXT, payload: 'x', fin: i === count - 1 }))));
    assert.equal((await socket.nextText()).length, count);
    socket.drop();
  }));

  test('pings that nobody reads the answers of', () => staysSmall(async () => {
    const socket = await RawWebSocket.open(it.app.port, '/echo');
    socket.connection.socket.pause();
    const many = Buffer.concat(Array.from({ length: 1000 }, () => frame({ opcode: PING, payload: 'x'.repeat(125) })));
    for (let i = 0; i < 200 && await isTaken(socket, many); i++)
      ;
    socket.connection.reset();
  }));

  test('echoes that nobody reads', () => staysSmall(async () => {
    const socket = await RawWebSocket.open(it.app.port, '/echo');
    socket.connection.socket.pause();
    const message = frame({ opcode: 2, payload: Buffer.alloc(MIB) });
    for (let i = 0; i < 64 && await isTaken(socket, message); i++)
      ;
    socket.connection.reset();
  }));

  test('a broadcast that one member never reads', () => staysSmall(async () => {
    const [slow, sender] = [await joinWebSocket(it.app.port), await joinWebSocket(it.app.port)];
    slow.connection.socket.pause();
    const message = `42["chat message","${'x'.repeat(100_000)}"]`;
    for (let i = 0; i < 400; i++) {
      sender.text(message);
      assert.equal((await sender.nextText()).length, message.length);
    }
    slow.connection.reset();
    sender.drop();
  }));

  test('a payload of very many packets', () => staysSmall(async () => {
    const session = await PollingSession.join(it.app.port);
    const { status } = await session.post(Array(400_000).fill('6').join(RS));
    assert.ok([200, 400].includes(status));
    const other = await PollingSession.join(it.app.port);
    assert.ok([200, 400].includes((await other.post(RS.repeat(900_000))).status));
  }));

  test('sessions that are never used', () => staysSmall(async () => {
    const connection = await RawConnection.open(it.app.port);
    for (let i = 0; i < 50; i++) {
      connection.write(Buffer.concat(Array(100).fill(requestBytes({ path: pollingPath() }))));
      for (let j = 0; j < 100; j++)
        assert.equal((await connection.response()).status, 200);
    }
    connection.close();
  }));

  test('attachments that never come', () => staysSmall(async () => {
    const sockets = [];
    for (let i = 0; i < 100; i++) {
      const socket = await joinWebSocket(it.app.port);
      socket.text('4510-["echo",{"_placeholder":true,"num":9}]').binary(Buffer.alloc(50_000));
      sockets.push(socket);
    }
    sockets.forEach((socket) => socket.drop());
  }));

  test('rooms without end', () => staysSmall(async () => {
    const socket = await joinWebSocket(it.app.port);
    for (let i = 0; i < 5000; i++)
      socket.text(`42["join","room ${i} ${'x'.repeat(50)}"]`);
    await socket.settleAfter();
    socket.drop();
  }));

  test('namespaces without end', () => staysSmall(async () => {
    const socket = await openWebSocketSession(it.app.port);
    for (let i = 0; i < 2000; i++)
      socket.text(`40/nope${i}`);
    await socket.settleAfter();
    socket.drop();
  }));

  test('acknowledgements that nobody asked for', () => staysSmall(async () => {
    const socket = await joinWebSocket(it.app.port);
    for (let i = 0; i < 10_000; i++)
      socket.text(`43${i}["x"]`);
    await socket.settleAfter();
    socket.drop();
  }));
});

describe('SIGTERM ends it with status 0', () => {
  const situations = {
    'when nobody is there': async () => {},
    'with clients of all kinds connected': async (t, { url }) => {
      for (const options of Object.values(ways))
        for (const namespace of ['', '/chat'])
          await connectClient(t, url + namespace, options);
    },
    'with a waiting poll': async (t, { port }) => {
      const session = await PollingSession.join(port);
      const poll = await session.startPoll();
      await session.send('3');
      t.after(async () => assert.equal((await poll.response).text, '1'));
    },
    'with raw WebSockets that do not answer': async (t, { port }) => {
      for (let i = 0; i < 5; i++)
        await RawWebSocket.open(port, '/echo');
    },
    'with half a request': async (t, { port }) => {
      (await RawConnection.open(port)).write('GET / HTTP/1.1\r\nHo');
    },
    'with half a message': async (t, { port }) => {
      (await RawWebSocket.open(port, '/echo')).frame({ payload: 'half', fin: false });
      (await joinWebSocket(port)).text('451-["echo",{"_placeholder":true,"num":0}]');
    },
    'with an upgrade under way': async (t, { port }) => {
      const session = await PollingSession.join(port);
      const socket = await RawWebSocket.open(port, webSocketPath(session.sid));
      assert.equal(await socket.text('2probe').nextText(), '3probe');
    },
    'with a reader that has stopped': async (t, { port }) => {
      const socket = await RawWebSocket.open(port, '/echo');
      socket.connection.socket.pause();
      for (let i = 0; i < 8; i++)
        socket.frame({ opcode: 2, payload: Buffer.alloc(1_000_000) });
      await pause(200);
    },
    'with messages in full flow': async (t, { port }) => {
      const socket = await joinWebSocket(port);
      const flow = setInterval(() => socket.text('42["chat message","flow"]'), 1);
      t.after(() => clearInterval(flow));
      await socket.nextText();
    },
  };
  for (const [name, arrange] of Object.entries(situations))
    test(name, { timeout: 60_000 }, async (t) => {
      const app = await startApp();
      await arrange(t, app);
      await app.stop();
    });

  test('and so does SIGINT', { skip: oursOnly }, async () => {
    const app = await startApp();
    await joinWebSocket(app.port);
    await app.stop('SIGINT');
  });

  test('and the port is free at once', async () => {
    let app = await startApp();
    const { port } = app;
    const socket = await joinWebSocket(port);
    await app.stop();
    socket.drop();
    app = await startApp({ port });
    await answers(app);
    await app.stop();
  });

  test('a raw WebSocket is told that the server goes away', { skip: oursOnly }, async () => {
    const app = await startApp();
    const socket = await RawWebSocket.open(app.port, '/echo');
    const stopped = app.stop();
    assert.equal((await socket.closeFrame()).code, 1001);
    await stopped;
  });
});

describe('the command line', { skip: oursOnly }, () => {
  const bad = {
    'a port in use': [(port) => ({ port }), 1],
    'an unknown option': [() => ({ 'no-such-option': 1 }), 2],
    'a port that is no number': [() => ({ port: 'abc' }), 2],
    'a port beyond the last': [() => ({ port: 65_536 }), 2],
    'a negative interval': [() => ({ 'ping-interval': -1 }), 2],
  };
  const it = appForSuite(hooks);
  for (const [name, [options, status]] of Object.entries(bad))
    test(`${name} is one line and status ${status}`, async () => {
      const given = options(it.app.port);
      await assert.rejects(startApp(given), (error) => {
        assert.match(error.message, new RegExp(`ended \\(${status}\\)`));
        const lines = error.message.split('before it was ready: ')[1].trim().split('\n');
        assert.ok(lines.length >= 1 && lines[0].length > 0 && lines.length <= (status === 1 ? 1 : 3), error.message);
        const [[option, value]] = Object.entries(given);
        assert.ok(lines.some((line) => line.includes(option) || line.includes(String(value))), error.message);
        return true;
      });
    });
});
