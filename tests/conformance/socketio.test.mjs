// SPDX-License-Identifier: MIT
//
// What the test suite of the Socket.IO protocol (revision 5) pins, in our own words.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { within } from '../interop/support/wait.mjs';
import { Peer, serverForSuite, testClosePacket, testHandshake, testHeartbeat } from './suite.mjs';

const it = serverForSuite({ before, after });
const peer = new Peer(it, '/socket.io/');

async function join(t, namespace = '') {
  const socket = await peer.session(t);
  socket.send(`40${namespace}`);
  assert.match(await socket.nextMessage(), new RegExp(`^40${namespace}{`));
  assert.equal(await socket.nextMessage(), `42${namespace}["auth",{}]`);
  return socket;
}

const closed = (socket) => within(socket.closed, 'the end of the WebSocket');

describe('Engine.IO', () => {
  testHandshake(peer);
  describe('heartbeat', () => testHeartbeat(peer));
  describe('close', () => testClosePacket(peer));
});

describe('connect', () => {
  for (const [where, prefix] of [['the main namespace', ''], ['another namespace', '/custom,']])
    for (const [what, payload] of [['without a payload', ''], ['with a payload', '{"token":"123"}']])
      test(`to ${where}, ${what}`, async (t) => {
        const socket = await peer.session(t);
        socket.send(`40${prefix}${payload}`);
        const answer = await socket.nextMessage();
        assert.ok(answer.startsWith(`40${prefix}{`), answer);
        const handshake = JSON.parse(answer.slice(2 + prefix.length));
        assert.deepEqual(Object.keys(handshake), ['sid']);
        assert.equal(typeof handshake.sid, 'string');
        assert.equal(await socket.nextMessage(), `42${prefix}["auth",${payload || '{}'}]`);
      });

  // Whoever listens anew for each message misses what is told in the same tick. A busy machine may bring two writes
  // together in one read all the same, so a few tries are allowed; one write would never come apart.
  for (const prefix of ['', '/custom,'])
    test(`to ${prefix || '/'}: what is emitted at once is not told together with the answer`, async (t) => {
      let second = '2';
      for (let tries = 0; tries < 20 && second === '2'; tries++) {
        const socket = await peer.session(t);
        socket.send(`40${prefix}`);
        const [answer] = await within(once(socket, 'message'), 'the answer');
        assert.ok(answer.toString().startsWith(`40${prefix}{`), answer);
        second = (await within(once(socket, 'message'), 'what follows, or a ping'))[0].toString();
        socket.terminate();
      }
      assert.equal(second, `42${prefix}["auth",{}]`);
    });

  test('to a namespace that is not there', async (t) => {
    const socket = await peer.session(t);
    socket.send('40/random');
    assert.equal(await socket.nextMessage(), '44/random,{"message":"Invalid namespace"}');
  });

  test('with what is not a packet', async (t) => {
    const socket = await peer.session(t);
    socket.send('4abc');
    await closed(socket);
  });

  test('never: the connection is closed', async (t) => {
    const socket = await peer.session(t);
    socket.on('message', (data) => data.toString() === '2' && socket.send('3'));
    await closed(socket);
  });
});

describe('disconnect', () => {
  test('from the main namespace leaves the connection', async (t) => {
    const socket = await join(t);
    socket.send('41');
    assert.equal(await socket.next(), '2');
  });

  test('from another namespace leaves the main one', async (t) => {
    const socket = await join(t);
    socket.send('40/custom');
    assert.match(await socket.nextMessage(), /^40\/custom,{/);
    assert.equal(await socket.nextMessage(), '42/custom,["auth",{}]');
    socket.send('41/custom');
    socket.send('42["message","to the main namespace"]');
    assert.equal(await socket.nextMessage(), '42["message-back","to the main namespace"]');
  });
});

describe('message', () => {
  const first = '{"_placeholder":true,"num":0}', second = '{"_placeholder":true,"num":1}';

  for (const [where, namespace] of [['', ''], [' in a namespace', '/custom,']]) {
    test(`of text${where}`, async (t) => {
      const socket = await join(t, namespace);
      socket.send(`42${namespace}["message",1,"2",{"3":[true]}]`);
      assert.equal(await socket.nextMessage(), `42${namespace}["message-back",1,"2",{"3":[true]}]`);
    });

    test(`with attachments${where}`, async (t) => {
      const socket = await join(t, namespace);
      socket.send(`452-${namespace}["message",${first},${second}]`);
      socket.send(Buffer.of(1, 2, 3));
      socket.send(Buffer.of(4, 5, 6));
      assert.equal(await socket.nextMessage(), `452-${namespace}["message-back",${first},${second}]`);
      assert.deepEqual(await socket.nextMessage(), Buffer.of(1, 2, 3));
      assert.deepEqual(await socket.nextMessage(), Buffer.of(4, 5, 6));
    });

    test(`of text with an acknowledgement${where}`, async (t) => {
      const socket = await join(t, namespace);
      socket.send(`42${namespace}456["message-with-ack",1,"2",{"3":[false]}]`);
      assert.equal(await socket.nextMessage(), `43${namespace}456[1,"2",{"3":[false]}]`);
    });

    test(`with attachments and an acknowledgement${where}`, async (t) => {
      const socket = await join(t, namespace);
      socket.send(`452-${namespace}789["message-with-ack",${first},${second}]`);
      socket.send(Buffer.of(1, 2, 3));
      socket.send(Buffer.of(4, 5, 6));
      assert.equal(await socket.nextMessage(), `462-${namespace}789[${first},${second}]`);
      assert.deepEqual(await socket.nextMessage(), Buffer.of(1, 2, 3));
      assert.deepEqual(await socket.nextMessage(), Buffer.of(4, 5, 6));
    });
  }

  for (const [what, packet] of [
    ['an unknown type', '4abc'], ['arguments that are no list', '42{}'],
    ['an acknowledgement that is no number', '42abc["message-with-ack",1,"2",{"3":[false]}]']])
    test(`with ${what} closes the connection`, async (t) => {
      const socket = await join(t);
      socket.send(packet);
      await closed(socket);
    });
});
