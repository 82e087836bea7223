// SPDX-License-Identifier: MIT
//
// What the suites of the two protocols share: the server (tests/programs/protocol.c), and the checks that both make
// of Engine.IO, at the one path and at the other.

import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build, isReference, Program } from '../interop/support/app.mjs';
import { request, startRequest } from '../interop/support/http.mjs';
import { within } from '../interop/support/wait.mjs';
import { WebSocket } from 'ws';

export const PING_INTERVAL = 300;
export const PING_TIMEOUT = 200;

/** Starts the server for a suite, given node:test's hooks. `it.port` is there when the tests run. */
export function serverForSuite({ before, after }) {
  const it = {};
  before(async () => {
    const [command, args] = isReference
      ? [process.execPath, [join(dirname(fileURLToPath(import.meta.url)), 'reference-protocol.mjs')]]
      : [join(build, 'tests/programs/protocol'), []];
    it.program = await Program.start(command, args, /^listening on (\d+)$/);
    it.port = it.program.port;
  });
  after(async () => { await it.program?.stop(); });
  return it;
}

/** Engine.IO at one path of the server, as a client sees it. */
export class Peer {
  constructor(it, path) {
    this.it = it;
    this.path = path;
  }

  /** Any request, whatever the parameters. */
  ask(query, method = 'GET', body = undefined) {
    return request(this.it.port, { method, path: this.path + query, body });
  }

  get(sid) {
    return this.ask(`?EIO=4&transport=polling&sid=${sid}`);
  }

  /** A poll under way, to be awaited or aborted. */
  startGet(sid) {
    return startRequest(this.it.port, { path: `${this.path}?EIO=4&transport=polling&sid=${sid}` });
  }

  post(sid, body) {
    return this.ask(`?EIO=4&transport=polling&sid=${sid}`, 'POST', body);
  }

  /**
   * The genuine ws as a WebSocket client; its messages are awaited with `next`, or with
   * `nextMessage`, which answers pings and passes over them.
   */
  webSocket(t, query = '?EIO=4&transport=websocket') {
    const socket = new WebSocket(`ws://127.0.0.1:${this.it.port}${this.path}${query}`);
    const received = [];
    const takers = [];
    socket.binaryType = 'nodebuffer';
    socket.on('error', () => {});
    socket.on('message', (data, isBinary) => {
      const message = isBinary ? data : data.toString();
      const taker = takers.shift();
      if (taker)
        taker(message);
      else
        received.push(message);
    });
    t.after(() => socket.terminate());
    socket.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.next = () => (received.length > 0 ? Promise.resolve(received.shift())
      : within(new Promise((resolve) => takers.push(resolve)), 'a message'));
    socket.nextMessage = async () => {
      for (;;) {
        const message = await socket.next();
        if (message !== '2')
          return message;
        socket.send('3');
      }
    };
    return socket;
  }

  /** A session over polling. */
  async poller() {
    const { status, text } = await this.ask('?EIO=4&transport=polling');
    assert.equal(status, 200);
    return JSON.parse(text.slice(1)).sid;
  }

  /** A session over WebSocket, its open packet taken. */
  async session(t) {
    const socket = this.webSocket(t);
    assert.match(await socket.next(), /^0{/);
    return socket;
  }
}

const KEYS = ['maxPayload', 'pingInterval', 'pingTimeout', 'sid', 'upgrades'];

function checkOpen(text, upgrades) {
  assert.equal(text[0], '0');
  const open = JSON.parse(text.slice(1));
  assert.deepEqual(Object.keys(open).sort(), KEYS);
  assert.equal(typeof open.sid, 'string');
  assert.deepEqual({ ...open, sid: '' },
    { sid: '', upgrades, pingInterval: PING_INTERVAL, pingTimeout: PING_TIMEOUT, maxPayload: 1_000_000 });
}

export function testHandshake(peer) {
  describe('handshake', () => {
    describe('over polling', () => {
      test('opens a session', async () => {
        const { status, text } = await peer.ask('?EIO=4&transport=polling');
        assert.equal(status, 200);
        checkOpen(text, ['websocket']);
      });

      for (const query of ['?transport=polling', '?EIO=abc&transport=polling', '?EIO=4', '?EIO=4&transport=abc'])
        test(`${query} is refused`, async () => {
          assert.equal((await peer.ask(query)).status, 400);
        });

      for (const method of ['POST', 'PUT'])
        test(`${method} opens none`, async () => {
          assert.equal((await peer.ask('?EIO=4&transport=polling', method, '')).status, 400);
        });
    });

    describe('over WebSocket', () => {
      test('opens a session', async (t) => {
        checkOpen(await peer.webSocket(t).next(), []);
      });

      for (const query of ['?transport=websocket', '?EIO=abc&transport=websocket', '?EIO=4', '?EIO=4&transport=abc'])
        test(`${query} is closed`, async (t) => {
          await within(peer.webSocket(t, query).closed, 'the end of the WebSocket');
        });
    });
  });
}

/** Over WebSocket; the polling half is the Engine.IO suite's alone. */
export function testHeartbeat(peer) {
  test('ping comes again and again while pong answers it', async (t) => {
    const socket = await peer.session(t);
    for (let i = 0; i < 3; i++) {
      assert.equal(await socket.next(), '2');
      socket.send('3');
    }
  });

  test('who does not answer is closed', async (t) => {
    const socket = await peer.session(t);
    const begin = Date.now();
    await within(socket.closed, 'the end of the WebSocket');
    assert.ok(Date.now() - begin >= PING_INTERVAL + PING_TIMEOUT - 50);
  });
}

/** By the packet, which our server and the genuine one take no notice of, or by the heartbeat it then misses. */
export function testClosePacket(peer) {
  test('a close packet ends the session', async (t) => {
    const socket = await peer.session(t);
    socket.send('1');
    await within(socket.closed, 'the end of the WebSocket');
  });
}

