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

    test('bytes in auth arrive', async (t) => {
      const client = await connectClient(t, it.app.url, { parser, ...options, auth: { key: Buffer.from([1, 2, 255]) } });
      assert.deepEqual(await client.ask('auth'), [Buffer.from([1, 2, 255])]);
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

  for (const name of ['connect', 'disconnect', 'disconnecting', 'newListener'])
    test(`the reserved event ${name} is one that nobody handles`, async () => {
      const socket = await openWebSocketSession(it.app.port);
      socket.binary(CONNECT);
      await socket.nextBinary();
      const data = Buffer.concat([hex('91'), Buffer.of(0xa0 + name.length), Buffer.from(name)]);
      socket.binary(Buffer.concat([hex('83 a4 74797065 02 a3 6e7370 a1 2f a4 64617461'), data]));
      socket.binary(echo(hex('07')));
      const packet = decode(await socket.nextBinary());
      assert.deepEqual(packet.data, ['echo', 7]);
      socket.drop();
    });
});

// One argument of an event, as bytes: what the genuine parser makes of them, and what comes back from ours.

const hex = (text) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const CONNECT = hex('82 a4 74797065 00 a3 6e7370 a1 2f');
const echo = (value) => Buffer.concat([hex('83 a4 74797065 02 a3 6e7370 a1 2f a4 64617461 92 a4 6563686f'), value]);

function decode(message) {
  const decoder = new parser.Decoder();
  let packet;
  decoder.on('decoded', (decoded) => { packet = decoded; });
  decoder.add(message);
  return packet;
}

/** As ours says it: what JSON has no form for is told by the header of codec/msgpack.h. */
function plain(value, isElement = true) {
  if (value === undefined)
    return isElement ? null : undefined;
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? null : value.toJSON();
  if (typeof value === 'number')
    return Number.isFinite(value) ? (value === 0 ? 0 : value) : null;
  if (value instanceof ArrayBuffer)
    return Buffer.from(value);
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value))
    return value;
  if (Array.isArray(value))
    return value.map((element) => plain(element));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member, false)])
    .filter(([, member]) => member !== undefined));
}

const lengths = [0, 1, 31, 32, 255, 256, 65535, 65536];
const u = (size, value) => { const bytes = Buffer.alloc(size); bytes.writeUIntBE(value, 0, size); return bytes; };
const rows = {
  'bin 8, 16 and 32': [[0xc4, 1], [0xc5, 2], [0xc6, 4]].flatMap(([tag, size]) => lengths.filter((n) => n < 256 ** size)
    .map((n) => Buffer.concat([Buffer.from([tag]), u(size, n), Buffer.alloc(n, 7)]))),
  'str 8, 16 and 32': [[0xd9, 1], [0xda, 2], [0xdb, 4]].flatMap(([tag, size]) => lengths.filter((n) => n < 256 ** size)
    .map((n) => Buffer.concat([Buffer.from([tag]), u(size, n), Buffer.alloc(n, 'x')]))),
  'ext of any length and type': [[0xc7, 1], [0xc8, 2], [0xc9, 4]].flatMap(([tag, size]) => [0, 3, 255].flatMap((n) => [0, 1, 127, 0x80]
    .map((type) => Buffer.concat([Buffer.from([tag]), u(size, n), Buffer.from([type]), Buffer.alloc(n, 9)])))),
  'fixext': [1, 2, 4, 8, 16].flatMap((n, i) => [0, 5, 0x80].map((type) =>
    Buffer.concat([Buffer.from([0xd4 + i, type]), Buffer.alloc(n, 1)]))),
  'dates and undefined': ['d7 00 0000018bcfe5687b', 'd7 00 ffffffffffffffff', 'd4 00 00', '92 d4 00 00 01', '81 a1 61 d4 00 00'].map(hex),
  'numbers': ['7f', 'e0', 'cc ff', 'cd ffff', 'ce ffffffff', 'cf 001fffffffffffff', 'd0 80', 'd1 8000', 'd2 80000000',
    'd3 ffe0000000000001', 'ca 3fc00000', 'ca 7f800000', 'ca 7fc00000', 'cb 7fefffffffffffff', 'cb 8000000000000000'].map(hex),
  'strings that are no UTF-8': ['a1 ff', 'a3 61e282', 'a4 f09f9862', 'a3 eda080', 'a2 c080', 'd9 05 61ff62c363', '81 a1 ff 01'].map(hex),
  'keys that are no strings': ['81 01 02', '81 ff 02', '84 c0 01 c2 02 c3 03 d4 00 00 04', '81 cb 3ff8000000000000 01',
    '81 cb 7ff0000000000000 01', '82 a1 61 01 a1 61 02'].map(hex),
  'what is cut short': ['', '91', '81 a1 61', 'a2 61', 'c4 02 01', 'c4', 'c5 00', 'd9', 'cd 01', 'cb 00', 'd4', 'd4 05', 'd7 00 00',
    'c7 02 05 01', 'dc 00', 'dd 00000001', 'c1'].map(hex),
  'what follows': ['01 01', '90 c0'].map(hex),
  'nesting': [1, 10, 400].flatMap((depth) => [Buffer.concat([Buffer.alloc(depth, 0x91), hex('c0')]),
    Buffer.concat([Buffer.concat(Array(depth).fill(hex('81 a1 61'))), hex('c0')])]),
};

describe('msgpack byte by byte', { skip }, () => {
  const it = programForSuite({});

  async function open() {
    const socket = await openWebSocketSession(it.app.port);
    socket.binary(CONNECT);
    await socket.nextBinary();
    return socket;
  }

  for (const [name, values] of Object.entries(rows))
    test(name, async () => {
      let socket = await open();
      for (const value of values) {
        const message = echo(value);
        let expected;
        try {
          expected = plain(decode(message).data);
        } catch {
          expected = undefined;
        }
        socket.binary(message);
        if (expected) {
          assert.deepEqual(decode(await socket.nextBinary()).data, expected, value.toString('hex', 0, 20));
        } else {
          await socket.closeFrame();
          socket = await open();
        }
      }
      socket.destroy?.();
    });
});
