// SPDX-License-Identifier: MIT
//
// What the test suite of the Engine.IO protocol (revision 4) pins, in our own words. Its server is a bare echo.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pause, within } from '../interop/support/wait.mjs';
import { Peer, PING_INTERVAL, PING_TIMEOUT, serverForSuite, testClosePacket, testHandshake, testHeartbeat } from './suite.mjs';

const RS = '\x1e';
const it = serverForSuite({ before, after });
const peer = new Peer(it, '/engine.io/');

/** The messages of polls, until there are `count`; pings are answered. */
async function messages(sid, count) {
  const all = [];
  while (all.length < count) {
    const { status, text } = await peer.get(sid);
    assert.equal(status, 200);
    for (const packet of text.split(RS))
      if (packet !== '2')
        all.push(packet);
      else
        await peer.post(sid, '3');
  }
  return all;
}

async function upgrade(t) {
  const sid = await peer.poller();
  const socket = peer.webSocket(t, `?EIO=4&transport=websocket&sid=${sid}`);
  await within(new Promise((resolve) => socket.once('open', resolve)), 'the WebSocket');
  socket.send('2probe');
  assert.equal(await socket.nextMessage(), '3probe');
  socket.send('5');
  return { sid, socket };
}

async function checkEcho(socket) {
  socket.send('4hello');
  assert.equal(await socket.nextMessage(), '4hello');
}

testHandshake(peer);

describe('message', () => {
  describe('over polling', () => {
    test('one packet of text', async () => {
      const sid = await peer.poller();
      const { status, text } = await peer.post(sid, '4hello');
      assert.deepEqual([status, text], [200, 'ok']);
      assert.deepEqual(await messages(sid, 1), ['4hello']);
    });

    test('several packets of text, parted by RS', async () => {
      const sid = await peer.poller();
      const all = ['4test1', '4test2', '4test3'];
      const { status, text } = await peer.post(sid, all.join(RS));
      assert.deepEqual([status, text], [200, 'ok']);
      assert.deepEqual(await messages(sid, 3), all);
    });

    test('text and binary, as b and base64', async () => {
      const sid = await peer.poller();
      const all = ['4hello', 'bAQIDBA=='];
      const { status, text } = await peer.post(sid, all.join(RS));
      assert.deepEqual([status, text], [200, 'ok']);
      assert.deepEqual(await messages(sid, 2), all);
    });

    test('what is not a packet ends the session', async () => {
      const sid = await peer.poller();
      await peer.post(sid, 'abc');
      assert.equal((await peer.get(sid)).status, 400);
    });

    test('a second poll beside the first ends the session', async () => {
      const sid = await peer.poller();
      const first = await peer.startGet(sid);
      await pause(5);
      const second = await peer.get(sid);
      const { status, text } = await first.response;
      assert.deepEqual([status, text], [200, '1']);
      assert.ok(second.status === 400 || second.status === 500, `${second.status}`);
    });

    test('a poll that is given up ends the session', async () => {
      const sid = await peer.poller();
      const poll = await peer.startGet(sid);
      await pause(5);
      poll.abort();
      await pause(50);
      assert.equal((await peer.get(sid)).status, 400);
    });
  });

  describe('over WebSocket', () => {
    test('a packet of text', async (t) => {
      const socket = await peer.session(t);
      socket.send('4hello');
      assert.equal(await socket.nextMessage(), '4hello');
    });

    test('a packet of binary', async (t) => {
      const socket = await peer.session(t);
      socket.send(Buffer.of(1, 2, 3, 4));
      assert.deepEqual(await socket.nextMessage(), Buffer.of(1, 2, 3, 4));
    });

    test('what is not a packet ends the session', async (t) => {
      const socket = await peer.session(t);
      socket.send('abc');
      await within(socket.closed, 'the end of the WebSocket');
    });
  });
});

describe('heartbeat', () => {
  describe('over polling', () => {
    test('ping comes again and again while pong answers it', async () => {
      const sid = await peer.poller();
      for (let i = 0; i < 3; i++) {
        const { status, text } = await peer.get(sid);
        assert.deepEqual([status, text], [200, '2']);
        assert.equal((await peer.post(sid, '3')).text, 'ok');
      }
    });

    test('who does not answer is forgotten', async () => {
      const sid = await peer.poller();
      await pause(PING_INTERVAL + PING_TIMEOUT + 100);
      assert.equal((await peer.get(sid)).status, 400);
    });
  });

  describe('over WebSocket', () => testHeartbeat(peer));
});

describe('close', () => {
  test('over polling the close packet releases the poll with a noop', async () => {
    const sid = await peer.poller();
    const poll = await peer.startGet(sid);
    await pause(5);
    assert.equal((await peer.post(sid, '1')).status, 200);
    const { status, text } = await poll.response;
    assert.deepEqual([status, text], [200, '6']);
    assert.equal((await peer.get(sid)).status, 400);
  });

  describe('over WebSocket', () => testClosePacket(peer));
});

describe('upgrade', () => {
  test('a session goes from polling to WebSocket', async (t) => {
    const { socket } = await upgrade(t);
    await checkEcho(socket);
  });

  test('a poll that waits at the probe is released with a noop', async (t) => {
    const sid = await peer.poller();
    const poll = await peer.startGet(sid);
    await pause(5);
    const socket = peer.webSocket(t, `?EIO=4&transport=websocket&sid=${sid}`);
    await within(new Promise((resolve) => socket.once('open', resolve)), 'the WebSocket');
    socket.send('2probe');
    assert.equal(await socket.nextMessage(), '3probe');
    const { status, text } = await poll.response;
    assert.deepEqual([status, text], [200, '6']);
    socket.send('5');
    await checkEcho(socket);
  });

  test('requests of the session after it are refused, and do it no harm', async (t) => {
    const { sid, socket } = await upgrade(t);
    await checkEcho(socket);
    assert.equal((await peer.get(sid)).status, 400);
    assert.equal((await peer.post(sid, '4x')).status, 400);
    socket.send('4still there');
    assert.equal(await socket.nextMessage(), '4still there');
  });

  test('a second WebSocket of the session is closed, and does it no harm', async (t) => {
    const { sid, socket } = await upgrade(t);
    await checkEcho(socket);
    await within(peer.webSocket(t, `?EIO=4&transport=websocket&sid=${sid}`).closed, 'the end of the second WebSocket');
    socket.send('4still there');
    assert.equal(await socket.nextMessage(), '4still there');
  });
});
