// SPDX-License-Identifier: MIT
//
// permessage-deflate (RFC 7692) on /echo and /echo-context: the genuine npm `ws` with all of its
// options, and a hand-made peer that sends what no library would.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { WebSocket } from 'ws';
import { appForSuite, isReference } from './support/app.mjs';
import { RSV1, Unpacker, compressed, openDeflated, pack } from './support/deflate.mjs';
import { BINARY, CONTINUATION, PING, PONG, RawWebSocket, TEXT, askUpgrade } from './support/websocket.mjs';
import { Inbox, once } from './support/wait.mjs';

const hooks = { before, after };
const LIMIT = 1024 * 1024;
const skip = isReference && 'the genuine app does not compress on /echo';

/** Something like JSON that does not repeat itself exactly. */
function json(size, seed = 1) {
  let text = '';
  for (let i = seed; text.length < size; i++)
    text += `{"id":${(i * 7919) % 100003},"name":"user ${i % 97}","tags":["alpha","beta"],"at":${i * 31.25}},`;
  return text.slice(0, size);
}

async function connect(t, port, path, options) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { perMessageDeflate: options });
  const messages = new Inbox();
  let answer;
  socket.on('upgrade', (response) => { answer = response.headers['sec-websocket-extensions'] ?? ''; });
  socket.on('message', (data, isBinary) => messages.push({ data, isBinary }));
  socket.on('error', (error) => messages.finish(error));
  t.after(() => socket.terminate());
  await once(socket, 'open', 'the WebSocket to open');
  return { socket, answer, next: () => messages.take('a message') };
}

const everyOption = [
  true,
  { threshold: 0 },
  { threshold: 0, serverNoContextTakeover: true },
  { threshold: 0, clientNoContextTakeover: true },
  { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true },
  ...[9, 10, 11, 12, 13, 14, 15].flatMap((bits) => [
    { threshold: 0, serverMaxWindowBits: bits },
    { threshold: 0, clientMaxWindowBits: bits },
    { threshold: 0, serverMaxWindowBits: bits, clientMaxWindowBits: 24 - bits, clientNoContextTakeover: true },
    { threshold: 0, serverMaxWindowBits: bits, serverNoContextTakeover: true, zlibDeflateOptions: { level: 9, memLevel: 9 } },
  ]),
  { threshold: 0, zlibDeflateOptions: { level: 0 } },
  { threshold: 0, zlibDeflateOptions: { strategy: 4 } },
];

for (const path of ['/echo', '/echo-context']) {
  describe(`the npm client on ${path}`, { skip }, () => {
    const it = appForSuite(hooks);

    for (const options of everyOption)
      test(`with ${JSON.stringify(options)}`, async (t) => {
        const { socket, answer, next } = await connect(t, it.app.port, path, options);
        assert.match(answer, /^permessage-deflate/);
        for (const size of [0, 1, 64, 255, 1024, 4096, 8192, 32768, 131_072]) {
          for (const data of [json(size), json(size, 50), randomBytes(size)]) {
            socket.send(data, { compress: true });
            const echo = await next();
            assert.equal(echo.isBinary, typeof data !== 'string');
            assert.ok(echo.data.equals(Buffer.from(data)), `${size} bytes`);
          }
        }
      });

    for (const size of [16, 64, 256, 1024, 4096, 16_384])
      test(`a thousand messages of ${size} bytes, many on their way`, async (t) => {
        const { socket, next } = await connect(t, it.app.port, path, { threshold: 0 });
        for (let i = 0; i < 1000; i++)
          socket.send(json(size, i), { compress: i % 7 !== 0 });
        for (let i = 0; i < 1000; i++)
          assert.equal((await next()).data.toString(), json(size, i));
      });

    test('a window of 8 bits is declined, and all goes on without', async (t) => {
      const { socket, answer, next } = await connect(t, it.app.port, path, { serverMaxWindowBits: 8 });
      assert.equal(answer, '');
      socket.send(json(5000));
      assert.equal((await next()).data.toString(), json(5000));
    });

    test('a message of the longest kind', async (t) => {
      const { socket, next } = await connect(t, it.app.port, path, { threshold: 0 });
      for (const data of [Buffer.from(json(LIMIT)), randomBytes(LIMIT), Buffer.alloc(LIMIT)]) {
        socket.send(data);
        assert.ok((await next()).data.equals(data));
      }
      socket.send(Buffer.alloc(LIMIT + 1));
      assert.equal((await once(socket, 'close'))[0], 1009);
    });
  });
}

describe('what is agreed on', { skip }, () => {
  const it = appForSuite(hooks);
  const both = '; server_no_context_takeover; client_no_context_takeover';
  const cases = [
    // [path, offer, answer or null]
    ['/echo', 'permessage-deflate', `permessage-deflate${both}`],
    ['/echo', 'permessage-deflate; client_max_window_bits', `permessage-deflate${both}`],
    ['/echo', 'permessage-deflate; server_max_window_bits=10', `permessage-deflate${both}; server_max_window_bits=10`],
    ['/echo', 'permessage-deflate; client_max_window_bits=11', `permessage-deflate${both}; client_max_window_bits=11`],
    ['/echo-context', 'permessage-deflate', 'permessage-deflate'],
    ['/echo-context', 'permessage-deflate; server_max_window_bits="9"', 'permessage-deflate; server_max_window_bits=9'],
    ['/echo-context', 'permessage-deflate; client_max_window_bits=8', 'permessage-deflate'],
    ['/echo-context', 'permessage-deflate; server_max_window_bits=8, permessage-deflate; server_no_context_takeover',
      'permessage-deflate; server_no_context_takeover'],
    ['/echo-context', 'x-other; a=b, permessage-deflate', 'permessage-deflate'],
    ['/echo-context', 'permessage-deflate; unknown', null],
    ['/echo-context', 'permessage-deflate; server_max_window_bits', null],
    ['/echo-context', 'permessage-deflate; server_max_window_bits=16', null],
    ['/echo-context', 'permessage-deflate; server_max_window_bits=010', null],
    ['/echo-context', 'permessage-deflate; client_no_context_takeover=1', null],
    ['/echo-context', 'permessage-deflate; client_no_context_takeover; client_no_context_takeover', null],
    ['/echo-context', 'permessage-bzip2', null],
  ];

  for (const [path, offer, expected] of cases)
    test(`${path}: ${offer}`, async (t) => {
      const { connection, response } = await askUpgrade(it.app.port, path, { 'Sec-WebSocket-Extensions': offer });
      t.after(() => connection.close());
      assert.equal(response.status, 101);
      assert.equal(response.header('sec-websocket-extensions') ?? null, expected);
    });

  for (const offer of ['permessage-deflate;', 'permessage-deflate; =1', 'permessage-deflate; a="', ',', '; a'])
    test(`a list that is none, ${offer}, is refused (RFC 6455 9.1)`, async (t) => {
      const { connection, response } = await askUpgrade(it.app.port, '/echo', { 'Sec-WebSocket-Extensions': offer });
      t.after(() => connection.close());
      assert.equal(response.status, 400);
    });
});

describe('frames by hand', { skip }, () => {
  const it = appForSuite(hooks);

  test('the examples of RFC 7692 7.2.3', async (t) => {
    for (const hex of ['f248cdc9c90700', '000500faff48656c6c6f00', 'f348cdc9c9070000', 'f24805000000ffffcac9c90700']) {
      const ws = await openDeflated(t, it.app.port);
      ws.frame(compressed(Buffer.from(hex, 'hex')));
      assert.equal(await ws.nextText(), 'Hello');
    }
    const ws = await openDeflated(t, it.app.port, '/echo-context');
    const replies = new Unpacker();
    for (const hex of ['f248cdc9c90700', 'f200110000']) {
      ws.frame(compressed(Buffer.from(hex, 'hex')));
      assert.equal((await replies.unpack((await ws.next()).payload)).toString(), 'Hello');
    }
  });

  test('an empty message, in one byte and in none', async (t) => {
    const ws = await openDeflated(t, it.app.port);
    ws.frame(compressed(Buffer.from([0])));
    assert.equal(await ws.nextText(), '');
    ws.frame(compressed(''));
    assert.equal(await ws.nextText(), '');
  });

  test('fragments anywhere, empty ones too, with pings between them', async (t) => {
    const ws = await openDeflated(t, it.app.port);
    const text = json(3000);
    const packed = pack(text);
    for (const size of [1, 7, 100]) {
      ws.frame(compressed(packed.subarray(0, 1), { fin: false }));
      for (let at = 1; at < packed.length; at += size) {
        ws.frame({ opcode: CONTINUATION, fin: false, payload: packed.subarray(at, at + size) });
        if (at % 10 === 1)
          ws.frame({ opcode: PING, payload: `${at}` });
      }
      ws.frame({ opcode: CONTINUATION, payload: '' });
      let reply;
      do
        reply = await ws.next();
      while (reply.opcode === PONG);
      assert.equal(reply.rsv, RSV1);
      assert.equal((await new Unpacker().unpack(reply.payload)).toString(), text);
    }
  });

  test('byte by byte', async (t) => {
    const ws = await openDeflated(t, it.app.port);
    ws.frame(compressed(pack('one')));
    assert.equal(await ws.nextText(), 'one');
    await ws.connection.drip(Buffer.from('c18700000000f248cdc9c90700', 'hex'));
    assert.equal(await ws.nextText(), 'Hello');
  });

  test('a message of final blocks', async (t) => {
    const ws = await openDeflated(t, it.app.port);
    const block = deflateRawSync('again, ');
    ws.frame(compressed(Buffer.concat([block, block, block])));
    assert.equal(await ws.nextText(), 'again, again, again, ');
  });

  test('bare messages between compressed ones', async (t) => {
    const ws = await openDeflated(t, it.app.port, '/echo-context');
    const replies = new Unpacker();
    for (let i = 0; i < 5; i++) {
      ws.text('bare');
      assert.equal((await replies.unpack((await ws.next()).payload)).toString(), 'bare');
      ws.frame(compressed(pack(`packed ${i}`)));
      assert.equal((await replies.unpack((await ws.next()).payload)).toString(), `packed ${i}`);
    }
  });

  test('short messages come back as they are, long ones compressed, noise never', async (t) => {
    const ws = await openDeflated(t, it.app.port);
    for (const [data, rsv] of [[json(1023), 0], [json(1024), RSV1], [json(20_000), RSV1], [randomBytes(5000), 0]]) {
      ws.frame(compressed(pack(data), { opcode: typeof data === 'string' ? TEXT : BINARY }));
      const reply = await ws.next();
      assert.equal(reply.rsv, rsv);
      if (rsv)
        assert.ok(reply.payload.length < data.length / 2);
      const plain = rsv ? await new Unpacker().unpack(reply.payload) : reply.payload;
      assert.ok(plain.equals(Buffer.from(data)));
    }
  });

  test('a context makes the second message short, and none keeps it as it was', async (t) => {
    const text = json(2000);
    for (const [path, isShorter] of [['/echo-context', true], ['/echo', false]]) {
      const ws = await openDeflated(t, it.app.port, path);
      const lengths = [];
      for (let i = 0; i < 2; i++) {
        ws.text(text);
        lengths.push((await ws.next()).payload.length);
      }
      assert.equal(lengths[1] < lengths[0] / 4, isShorter);
      assert.equal(lengths[1] === lengths[0], !isShorter);
    }
  });

  const faults = [
    ['RSV1 on a continuation', 1002, [compressed(pack('a'), { fin: false }), { opcode: CONTINUATION, rsv: RSV1 }]],
    ['RSV1 on a ping', 1002, [{ opcode: PING, rsv: RSV1 }]],
    ['RSV2', 1002, [compressed(pack('a'), { rsv: RSV1 | 2 })]],
    ['a block of the reserved type', 1007, [compressed(Buffer.from([0xff, 0xff]))]],
    ['noise', 1007, [compressed(Buffer.alloc(100, 0xa7))]],
    ['data that is cut off', 1007, [compressed(pack(json(5000)).subarray(0, 300))]],
    ['text that is not UTF-8', 1007, [compressed(pack(Buffer.from([0x61, 0xc3, 0x28])))]],
    ['text that ends in a character', 1007, [compressed(pack(Buffer.from('ü').subarray(0, 1)))]],
    ['a match into a context that was given up', 1007, [compressed(Buffer.from('f248cdc9c90700', 'hex')),
      compressed(Buffer.from('f200110000', 'hex'))]],
    ['one byte more than the limit', 1009, [compressed(pack(Buffer.alloc(LIMIT + 1)), { opcode: BINARY })]],
  ];

  for (const [name, code, frames] of faults)
    test(`${name} is answered with ${code}`, async (t) => {
      const ws = await openDeflated(t, it.app.port);
      const other = await openDeflated(t, it.app.port);
      for (const fields of frames)
        ws.frame(fields);
      assert.equal((await ws.closeFrame({ skips: true })).code, code);
      await ws.ended();
      other.frame(compressed(pack('still here')));
      assert.equal(await other.nextText(), 'still here');
    });

  test('RSV1 that was not agreed on is answered with 1002', async (t) => {
    const ws = await RawWebSocket.open(it.app.port, '/echo');
    t.after(() => ws.drop());
    ws.frame(compressed(pack('a')));
    assert.equal((await ws.closeFrame()).code, 1002);
  });

  test('a gigabyte of zeros stops at the limit and costs no memory', async (t) => {
    const mebibyte = deflateRawSync(Buffer.alloc(LIMIT), { finishFlush: 3, level: 9 }); /* Z_FULL_FLUSH */
    const bomb = Buffer.concat(Array.from({ length: 1000 }, () => mebibyte));
    assert.ok(bomb.length < LIMIT * 1.125);
    const before = it.app.rss;
    for (let i = 0; i < 10; i++) {
      const ws = await openDeflated(t, it.app.port, i % 2 ? '/echo' : '/echo-context');
      ws.frame(compressed(bomb, { opcode: BINARY }));
      assert.equal((await ws.closeFrame()).code, 1009);
      await ws.ended();
    }
    /* The sanitizer keeps what was freed for a while. */
    assert.ok(it.app.rss - before < 200e6, `${it.app.rss - before} bytes more`);
  });
});

describe('with --echo-limit', { skip }, () => {
  const it = appForSuite(hooks, { 'echo-limit': 16 * LIMIT });

  test('16 MiB come back', async (t) => {
    const { socket, next } = await connect(t, it.app.port, '/echo', true);
    for (const data of [Buffer.from(json(16 * LIMIT)), randomBytes(16 * LIMIT)]) {
      socket.send(data);
      assert.ok((await next()).data.equals(data));
    }
  });
});
