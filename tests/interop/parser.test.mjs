// SPDX-License-Identifier: MIT
//
// The msgpack parser, with the genuine client and socket.io-msgpack-parser against
// `tests/programs/emit msgpack`.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import parser from 'socket.io-msgpack-parser';
import { Program, build, isReference } from './support/app.mjs';
import { connectClient, makeClient, ways } from './support/client.mjs';
import { openWebSocketSession } from './support/engine.mjs';

const skip = isReference && 'the program is ours';

function programForSuite(options) {
  const it = {};
  before(async () => {
    it.app = await Program.start(join(build, 'tests/programs/emit'), ['msgpack'], /^listening on (\d+)$/);
  });
  after(async () => { await it.app?.stop(); });
  it.connect = (t, namespace = '') => connectClient(t, it.app.url + namespace, { parser, ...options });
  it.make = (t, namespace = '') => makeClient(t, it.app.url + namespace, { parser, ...options });
  return it;
}

// No integers of 2^64 and beyond: the client's own encoder makes others of them.
const values = [
  0, 1, 127, 128, 255, 256, 65535, 65536, 4294967295, 4294967296, Number.MAX_SAFE_INTEGER, -1, -32, -33, -128, -129,
  -32768, -32769, -2147483648, -2147483649, Number.MIN_SAFE_INTEGER, 0.1, -1.5, 1.5e-7, 5e-324,
  true, false, null, '', 'text', 'ä😀"\\\n\0', 'x'.repeat(31), 'x'.repeat(32), 'x'.repeat(255), 'x'.repeat(256),
  'x'.repeat(70000), [], {}, [[], [{}]], { a: { b: { c: [1, 'two', null] } } }, Array.from({ length: 16 }, (_, i) => i),
  Array.from({ length: 70000 }, (_, i) => i % 7), Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, i])),
];

for (const [way, options] of Object.entries(ways))
  describe(`msgpack over ${way}`, { skip }, () => {
    const it = programForSuite(options);

    test('every value comes back as it was, in an event and in an answer', async (t) => {
      const client = await it.connect(t);
      for (const value of values) {
        assert.deepEqual(await client.ask('echo', value, 'x'), [value, 'x']);
        assert.deepEqual(await client.next('echo'), [value, 'x']);
      }
    });

    test('bytes come back, wherever they are', async (t) => {
      const client = await it.connect(t);
      const sent = [Buffer.from([1, 2]), { deep: [Buffer.alloc(0), { er: Buffer.alloc(70000, 7) }] }, 3];
      assert.deepEqual(await client.ask('echo', ...sent), sent);
      const [back] = await client.ask('echo', new Uint8Array([1, 2, 3]));
      assert.deepEqual([...back], [1, 2, 3]);
    });

    test('dates are text, undefined is null or nothing', async (t) => {
      const client = await it.connect(t);
      const date = new Date(1700000000123);
      assert.deepEqual(await client.ask('echo', date, undefined, { a: undefined, b: 1 }, [undefined]),
        [date.toJSON(), null, { b: 1 }, [null]]);
      assert.deepEqual(await client.ask('echo', new Date(-1), new Date(8.64e15), NaN, Infinity),
        [new Date(-1).toJSON(), new Date(8.64e15).toJSON(), null, null]);
    });

    test('namespaces, builders, formats and questions work as ever', async (t) => {
      const client = await it.connect(t), chat = await it.connect(t, '/chat');
      assert.deepEqual(await chat.ask('echo', 1), [1]);
      client.emit('built');
      assert.deepEqual((await client.next('built'))[7], { list: [Buffer.from([1, 2]), { a: [1] }], bytes: Buffer.from([3]) });
      assert.deepEqual(await client.ask('format', 'x', 1), ['x!']);
      client.socket.once('question', (bytes, answer) => answer({ got: bytes }));
      client.emit('ask me');
      assert.deepEqual(await client.next('answer'), [{ got: Buffer.from([5, 6]) }]);
      assert.deepEqual(await client.ask('later'), ['late', Buffer.from([7])]);
      client.socket.on('question', (why, answer) => answer(why));
      assert.deepEqual(await client.ask('join', 'r'), []);
      assert.deepEqual(await client.ask('survey', 'r', 1000), [1]);
      assert.deepEqual(await client.next('answers'), [null, ['why?'], []]);
    });

    test('an unknown namespace is refused', async (t) => {
      const [error] = await it.make(t, '/nope').next('connect_error');
      assert.equal(error.message, 'Invalid namespace');
    });

    test('attachments may be any number', async (t) => {
      const client = await it.connect(t);
      for (const length of [10, 11, 300]) {
        const sent = Array.from({ length }, (_, i) => Buffer.from([i & 255, i >> 8]));
        assert.deepEqual(await client.ask('echo', sent, ...sent), [sent, ...sent]);
        assert.deepEqual(await client.next('echo'), [sent, ...sent]);
      }
    });
  });

describe('msgpack with what is none', { skip }, () => {
  const it = programForSuite({});

  for (const text of ['40', '40{}', '', 'x'])
    test(`text ${JSON.stringify(text)} ends the connection`, async () => {
      const socket = await openWebSocketSession(it.app.port);
      socket.text(`4${text}`);
      await socket.closeFrame();
    });
});
