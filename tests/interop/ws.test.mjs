// SPDX-License-Identifier: MIT
//
// Raw WebSocket on /echo: the genuine npm `ws` as a client that behaves, and a hand-made peer that
// does not (RFC 6455).

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { appForSuite, isReference, oursOnly } from './support/app.mjs';
import { RawConnection, request, requestBytes } from './support/http.mjs';
import { BINARY, CLOSE, CONTINUATION, PING, PONG, RawWebSocket, TEXT, acceptOf, askUpgrade, closePayload, frame,
  upgradeHeaders } from './support/websocket.mjs';
import { Inbox, once } from './support/wait.mjs';

const hooks = { before, after };
const LIMIT = 1024 * 1024;

async function connect(t, port, protocols = [], options = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/echo`, protocols, options);
  const messages = new Inbox();
  socket.on('message', (data, isBinary) => messages.push({ data, isBinary }));
  socket.on('error', () => {});
  t.after(() => socket.terminate());
  await once(socket, 'open', 'the WebSocket to open');
  return { socket, next: () => messages.take('a message') };
}

describe('the npm client', () => {
  const it = appForSuite(hooks);

  for (const size of [0, 1, 125, 126, 127, 65_535, 65_536, 300_000, LIMIT])
    test(`${size} bytes come back, as text and as binary`, async (t) => {
      const { socket, next } = await connect(t, it.app.port);
      const text = 'x'.repeat(size);
      socket.send(text);
      const first = await next();
      assert.ok(!first.isBinary && first.data.toString() === text);
      const blob = randomBytes(size);
      socket.send(blob);
      const second = await next();
      assert.ok(second.isBinary && second.data.equals(blob));
    });

  test('text of all planes comes back', async (t) => {
    const { socket, next } = await connect(t, it.app.port);
    const text = 'Grüße, Ελλάδα, 你好, 😀, \u0000\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}';
    socket.send(text);
    assert.equal((await next()).data.toString(), text);
  });

  test('fragments become one message', async (t) => {
    const { socket, next } = await connect(t, it.app.port);
    socket.send('one, ', { fin: false });
    socket.ping('between');
    socket.send('', { fin: false });
    socket.send('two', { fin: true });
    assert.equal((await once(socket, 'pong'))[0].toString(), 'between');
    assert.equal((await next()).data.toString(), 'one, two');
  });

  test('a thousand messages come back in order', async (t) => {
    const { socket, next } = await connect(t, it.app.port);
    for (let i = 0; i < 1000; i++)
      socket.send(`${i} ${'x'.repeat(i)}`);
    for (let i = 0; i < 1000; i++)
      assert.equal((await next()).data.toString(), `${i} ${'x'.repeat(i)}`);
  });

  test('pings are answered with their body', async (t) => {
    const { socket } = await connect(t, it.app.port);
    for (const body of ['', 'x', 'y'.repeat(125)]) {
      socket.ping(body);
      assert.equal((await once(socket, 'pong'))[0].toString(), body);
    }
  });

  for (const [code, reason] of [[1000, ''], [1000, 'done'], [1001, 'going'], [3000, ''], [4999, 'Grüße']])
    test(`closing with ${code} "${reason}" is clean`, async (t) => {
      const { socket } = await connect(t, it.app.port);
      socket.close(code, reason);
      const [gotCode, gotReason] = await once(socket, 'close');
      assert.equal(gotCode, code);
      assert.equal(gotReason.toString(), reason);
    });

  for (const [offered, chosen] of [[['chat'], 'chat'], [['superchat'], 'superchat'], [['chat', 'superchat'], 'chat'],
    [['other', 'superchat'], 'superchat']])
    test(`of ${offered} it takes ${chosen}`, async (t) => {
      const { socket } = await connect(t, it.app.port, offered);
      assert.equal(socket.protocol, chosen);
    });

  test('no subprotocol is agreed when none is offered, or none is known', async (t) => {
    assert.equal((await connect(t, it.app.port)).socket.protocol, '');
    for (const offered of ['other', 'Chat', 'chatter', 'CHAT, super'])
      assert.equal((await RawWebSocket.open(it.app.port, '/echo', { 'Sec-WebSocket-Protocol': offered }))
        .response.header('sec-websocket-protocol'), undefined);
  });

  test('compression is agreed with who offers it', async (t) => {
    const { socket, next } = await connect(t, it.app.port, [], { perMessageDeflate: true });
    if (!isReference)
      assert.equal(socket.extensions, 'permessage-deflate');
    socket.send('x'.repeat(5000));
    assert.equal((await next()).data.length, 5000);
  });

  test('a message over the limit is closed with 1009', async (t) => {
    const { socket } = await connect(t, it.app.port);
    socket.send('x'.repeat(LIMIT + 1));
    assert.equal((await once(socket, 'close'))[0], 1009);
  });

  test('a client that goes away without a word harms nobody', async (t) => {
    const [rude, polite] = [await connect(t, it.app.port), await connect(t, it.app.port)];
    rude.socket.terminate();
    polite.socket.send('still here');
    assert.equal((await polite.next()).data.toString(), 'still here');
  });
});

describe('opening handshake', () => {
  const it = appForSuite(hooks);

  test('the example of RFC 6455 1.3 is answered as there', async () => {
    const key = 'dGhlIHNhbXBsZSBub25jZQ==';
    const { response, connection } = await askUpgrade(it.app.port, '/echo', { 'Sec-WebSocket-Key': key,
      'Sec-WebSocket-Protocol': 'chat, superchat', Origin: 'http://example.com' });
    assert.equal(response.status, 101);
    assert.match(response.header('upgrade'), /^websocket$/i);
    assert.match(response.header('connection'), /^upgrade$/i);
    assert.equal(response.header('sec-websocket-accept'), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    assert.equal(acceptOf('x3JJHMbDL1EzLkh9GBhXDw=='), 'HSmrc0sMlYUkAGmm5OPpG2HaGWk=');
    assert.equal(response.header('sec-websocket-protocol'), 'chat');
    connection.close();
  });

  for (const [name, headers] of [
    ['tokens in any case', { Upgrade: 'WebSocket', Connection: 'UPGRADE' }],
    ['Connection with more in it', { Connection: 'keep-alive, Upgrade' }],
    ['a query', {}, '/echo?a=1'],
    ['extensions that nobody knows', { 'Sec-WebSocket-Extensions': 'foo; bar="ab", baz' }],
    ['an Origin of anywhere', { Origin: 'null' }],
  ])
    test(`${name} is accepted`, async () => {
      const socket = await RawWebSocket.open(it.app.port, '/echo', headers);
      assert.equal(await socket.text('x').nextText(), 'x');
      socket.drop();
    });

  test('frames in the same segment are read', async () => {
    const connection = await RawConnection.open(it.app.port);
    connection.write(Buffer.concat([requestBytes({ path: '/echo', headers: upgradeHeaders() }),
      frame({ payload: 'early' })]));
    const socket = new RawWebSocket(connection, await connection.response());
    assert.equal(await socket.nextText(), 'early');
    socket.drop();
  });

  test('the request may come byte by byte', async () => {
    const connection = await RawConnection.open(it.app.port);
    await connection.drip(requestBytes({ path: '/echo', headers: upgradeHeaders() }));
    const socket = new RawWebSocket(connection, await connection.response());
    assert.equal(await socket.text('x').nextText(), 'x');
    socket.drop();
  });

  const refused = [
    ['no key', { 'Sec-WebSocket-Key': undefined }, 400],
    ['an empty key', { 'Sec-WebSocket-Key': '' }, 400],
    ['a key that is too short', { 'Sec-WebSocket-Key': 'AAAA' }, 400],
    ['a key that is too long', { 'Sec-WebSocket-Key': Buffer.alloc(17).toString('base64') }, 400],
    ['a key that is not base64', { 'Sec-WebSocket-Key': '!!!!!!!!!!!!!!!!!!!!!!==' }, 400],
    ['no version', { 'Sec-WebSocket-Version': undefined }, isReference ? 400 : 426],
    ['version 12', { 'Sec-WebSocket-Version': '12' }, isReference ? 400 : 426],
    ['version 14', { 'Sec-WebSocket-Version': '14' }, isReference ? 400 : 426],
    ['another protocol', { Upgrade: 'h2c' }, isReference ? 400 : undefined],
  ];
  for (const [name, headers, status] of refused)
    test(`${name} is refused with ${status ?? 'a status'} and nothing behind it is read`, async () => {
      const connection = await RawConnection.open(it.app.port);
      connection.write(Buffer.concat([requestBytes({ path: '/echo', headers: upgradeHeaders(headers) }),
        frame({ payload: 'a frame?' }), requestBytes({ path: '/a-second-request' })]));
      const response = await connection.response();
      if (status)
        assert.equal(response.status, status);
      else
        assert.ok(response.status === 400 || response.status === 426, response.head);
      assert.match(response.header('connection'), /close/i);
      if (status === 426)
        assert.equal(response.header('sec-websocket-version'), '13');
      assert.ok(response.text.length > 0 && response.text.length < 200);
      assert.equal((await connection.rest()).toString(), '');
    });

  for (const [name, headers] of [['no Upgrade', { Upgrade: undefined }], ['no Connection', { Connection: undefined }],
    ['Connection without upgrade', { Connection: 'keep-alive' }]])
    test(`${name} is no handshake`, async () => {
      const { response, connection } = await askUpgrade(it.app.port, '/echo', headers);
      assert.ok(isReference || [400, 426].includes(response.status), response.head);
      assert.ok(response.status >= 400);
      connection.close();
    });

  test('a plain request is told to upgrade', { skip: oursOnly }, async () => {
    const response = await request(it.app.port, { path: '/echo' });
    assert.equal(response.status, 426);
    assert.match(response.header('upgrade'), /websocket/i);
    assert.equal(response.header('sec-websocket-version'), '13');
  });

  test('POST is refused', async () => {
    const connection = await RawConnection.open(it.app.port);
    connection.write(requestBytes({ method: 'POST', path: '/echo', headers: upgradeHeaders() }));
    assert.ok([400, 405].includes((await connection.response()).status));
    connection.close();
  });

  test('no Host is refused', { skip: oursOnly }, async () => {
    const connection = await RawConnection.open(it.app.port);
    connection.write(requestBytes({ path: '/echo', headers: { Host: undefined, ...upgradeHeaders() } }));
    assert.equal((await connection.response()).status, 400);
    connection.close();
  });

  test('HTTP/1.0 is refused', { skip: oursOnly }, async () => {
    const connection = await RawConnection.open(it.app.port);
    const bytes = requestBytes({ path: '/echo', headers: upgradeHeaders() });
    connection.write(bytes.toString('latin1').replace('HTTP/1.1', 'HTTP/1.0'));
    const { status } = await connection.response();
    assert.ok(status === 400 || status === 426 || status === 505, String(status));
    connection.close();
  });

  for (const field of ['Sec-WebSocket-Protocol', 'Sec-WebSocket-Extensions'])
    for (const value of [',', ',,,', '"', 'a b', 'a;', ';', '=', 'a="unclosed', 'permessage-deflate; client_max_window_bits=',
      'permessage-deflate; server_max_window_bits=07; server_max_window_bits=99', 'chat, chat', 'x'.repeat(4000),
      'a, '.repeat(1000)])
      test(`${field}: ${value.slice(0, 30)} does no harm`, async () => {
        const { response, connection } = await askUpgrade(it.app.port, '/echo', { [field]: value });
        assert.ok([101, 400].includes(response.status), response.head);
        connection.close();
      });
});

describe('frames', () => {
  const it = appForSuite(hooks);
  const open = () => RawWebSocket.open(it.app.port, '/echo');

  async function closesWith(code, bytes, options = {}) {
    const socket = await open();
    socket.write(bytes);
    assert.equal((await socket.closeFrame({ skips: true, ...options })).code, code);
    await socket.ended();
  }

  for (const [name, fields] of [
    ['an unmasked frame', { payload: 'x', isMasked: false }],
    ['RSV1', { payload: 'x', rsv: 4 }],
    ['RSV2', { payload: 'x', rsv: 2 }],
    ['RSV3', { payload: 'x', rsv: 1 }],
    ['RSV1 on a ping', { opcode: PING, rsv: 4 }],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [`opcode ${opcode}`, { opcode, payload: 'x' }]),
    ['a continuation of nothing', { opcode: CONTINUATION, payload: 'x' }],
    ['a ping in fragments', { opcode: PING, fin: false }],
    ['a close in fragments', { opcode: CLOSE, fin: false }],
    ['a ping of 126 bytes', { opcode: PING, payload: 'x'.repeat(126) }],
    ['a close of 126 bytes', { opcode: CLOSE, payload: closePayload(1000, 'x'.repeat(124)) }],
    ['a close of one byte', { opcode: CLOSE, payload: 'x' }],
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]
      .map((code) => [`close code ${code}`, { opcode: CLOSE, payload: closePayload(code) }]),
  ])
    test(`${name} is closed with 1002`, () => closesWith(1002, frame(fields)));

  test('a new message inside another is closed with 1002', () =>
    closesWith(1002, Buffer.concat([frame({ payload: 'a', fin: false }), frame({ payload: 'b' })])));

  test('a length with its top bit set is refused', () =>
    closesWith(isReference ? 1009 : 1002, Buffer.of(0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0)));

  for (const [name, head] of [['16 bits', [0x82, 0xfe, 0, 125]], ['64 bits', [0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff]]])
    test(`a length that needs fewer than ${name} is closed with 1002`, { skip: oursOnly }, () =>
      closesWith(1002, Buffer.from(head)));

  for (const [name, length] of [['just over the limit', LIMIT + 1], ['of four gigabytes', 2 ** 32],
    ['of 2^53 bytes', 2n ** 53n - 1n], ['of 2^63 - 1 bytes', 2n ** 63n - 1n]])
    test(`a frame ${name} is closed with 1009 before its payload comes`, () =>
      closesWith(1009, frame({ opcode: BINARY, length, payload: '' })));

  test('fragments that add up to more than the limit are closed with 1009', async () => {
    const socket = await open();
    for (let i = 0; i < 4; i++)
      socket.frame({ opcode: i ? CONTINUATION : BINARY, payload: Buffer.alloc(LIMIT / 4), fin: false });
    assert.equal((await socket.frame({ opcode: CONTINUATION, payload: 'x' }).closeFrame()).code, 1009);
  });

  test('fragments that add up to the limit pass', async () => {
    const socket = await open();
    for (let i = 0; i < 4; i++)
      socket.frame({ opcode: i ? CONTINUATION : BINARY, payload: Buffer.alloc(LIMIT / 4, i), fin: i === 3 });
    assert.equal((await socket.nextBinary()).length, LIMIT);
    socket.drop();
  });

  for (const [name, bytes] of [
    ['a lone continuation byte', [0x80]], ['an overlong slash', [0xc0, 0xaf]], ['an overlong NUL', [0xe0, 0x80, 0x80]],
    ['a surrogate', [0xed, 0xa0, 0x80]], ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]], ['byte FE', [0xfe]],
    ['half a character', [0xe2, 0x82]],
  ])
    test(`${name} in text is closed with 1007`, () =>
      closesWith(1007, frame({ payload: Buffer.concat([Buffer.from('ok'), Buffer.from(bytes)]) })));

  test('invalid text is closed with 1007 before the message ends', { skip: oursOnly }, () =>
    closesWith(1007, frame({ payload: Buffer.of(0x61, 0xff), fin: false })));

  test('invalid text is closed with 1007 before its frame ends', { skip: oursOnly }, () =>
    closesWith(1007, frame({ payload: Buffer.of(0x61, 0xff), length: 1000 })));

  test('a character may be cut by fragments', async () => {
    const socket = await open();
    const bytes = Buffer.from('😀€');
    for (let i = 0; i < bytes.length; i++)
      socket.frame({ opcode: i ? CONTINUATION : TEXT, payload: bytes.subarray(i, i + 1), fin: i === bytes.length - 1 });
    assert.equal(await socket.nextText(), '😀€');
    socket.drop();
  });

  test('a reason that is not UTF-8 is closed with 1007', () =>
    closesWith(1007, frame({ opcode: CLOSE, payload: Buffer.concat([closePayload(1000), Buffer.of(0xff)]) })));

  test('binary may be anything', async () => {
    const socket = await open();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    assert.deepEqual(await socket.binary(bytes).nextBinary(), bytes);
    socket.drop();
  });

  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999])
    test(`close code ${code} is echoed`, async () => {
      const socket = await open();
      assert.deepEqual(await socket.close(code, 'because'), { code, reason: 'because' });
      await socket.ended();
    });

  test('a close without a code is answered without one', async () => {
    const socket = await open();
    assert.deepEqual(await socket.close(), { code: 1005, reason: '' });
    await socket.ended();
  });

  test('nothing is answered behind a close', async () => {
    const socket = await open();
    socket.write(Buffer.concat([frame({ payload: 'a' }), frame({ opcode: CLOSE, payload: closePayload(1000) }),
      frame({ payload: 'b' }), frame({ opcode: PING }), frame({ opcode: CLOSE })]));
    assert.equal(await socket.nextText(), 'a');
    assert.equal((await socket.closeFrame()).code, 1000);
    assert.equal((await socket.connection.rest()).length, 0);
  });

  test('frames may come byte by byte', async () => {
    const socket = await open();
    await socket.connection.drip(Buffer.concat([frame({ payload: 'one' }), frame({ opcode: PING, payload: 'p' }),
      frame({ payload: 't', fin: false }), frame({ opcode: CONTINUATION, payload: 'wo' }),
      frame({ opcode: BINARY, payload: 'x'.repeat(200) })]));
    assert.equal(await socket.nextText(), 'one');
    assert.equal((await socket.next()).opcode, PONG);
    assert.equal(await socket.nextText(), 'two');
    assert.equal((await socket.nextBinary()).length, 200);
    socket.drop();
  });

  test('many frames in one segment are all answered', async () => {
    const socket = await open();
    const count = 500;
    socket.write(Buffer.concat(Array.from({ length: count }, (_, i) => frame({ payload: `${i}` }))));
    for (let i = 0; i < count; i++)
      assert.equal(await socket.nextText(), `${i}`);
    socket.drop();
  });

  test('messages cut anywhere come back whole', async () => {
    const socket = await open();
    const all = Buffer.concat(Array.from({ length: 40 }, (_, i) => frame({ payload: `${i}:${'é'.repeat(i * 7)}` })));
    for (let at = 0, step = 1; at < all.length; at += step, step = step % 97 + 1) {
      socket.write(all.subarray(at, at + step));
      await new Promise(setImmediate);
    }
    for (let i = 0; i < 40; i++)
      assert.equal(await socket.nextText(), `${i}:${'é'.repeat(i * 7)}`);
    socket.drop();
  });

  test('an empty message is a message', async () => {
    const socket = await open();
    assert.equal(await socket.text('').nextText(), '');
    socket.frame({ opcode: BINARY, fin: false });
    socket.frame({ opcode: CONTINUATION });
    assert.equal((await socket.nextBinary()).length, 0);
    socket.drop();
  });

  test('a half-closed peer gets what it asked for', async () => {
    const socket = await open();
    socket.write(Buffer.concat([frame({ payload: 'last' }), frame({ opcode: CLOSE, payload: closePayload(1000) })]));
    socket.connection.finish();
    assert.equal(await socket.nextText(), 'last');
    assert.equal((await socket.closeFrame({ answers: false })).code, 1000);
    await socket.ended();
  });
});
