// SPDX-License-Identifier: MIT
//
// What RFC 6455 asks of a receiver, as data. A case sends frames and says what has to come back:
//
//   send     frames, as fields of frame() or as raw bytes
//   cuts     how the bytes are cut: 0 whole, 1 byte by byte, n pieces of n bytes; each is a test
//   expect   frames that come back, in order
//   close    the code of the close frame that follows (1005: a close frame without a code); absent: the
//            connection is still good, which is proved by closing it with 1000
//   section  where the standard says so

import { MESSAGE_LIMIT } from './subject.mjs';
import { closePayload } from '../interop/support/websocket.mjs';

const CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;
const SMALL = [0, 1];
const groups = [];

function group(name, section, cases) {
  groups.push({ name, section, cases });
}

const text = (payload, more) => ({ opcode: TEXT, payload, ...more });
const binary = (payload, more) => ({ opcode: BINARY, payload, ...more });
const more = (payload, fields) => ({ opcode: CONTINUATION, payload, ...fields });
const ping = (payload = '', fields) => ({ opcode: PING, payload, ...fields });
const pong = (payload = '', fields) => ({ opcode: PONG, payload, ...fields });
const close = (payload = '', fields) => ({ opcode: CLOSE, payload, ...fields });
const open = { fin: false };
const hex = (digits) => Buffer.from(digits.replaceAll(' ', ''), 'hex');

// ---- frames of every size class ----

const sizes = [0, 1, 2, 124, 125, 126, 127, 128, 254, 255, 256, 65534, 65535, 65536, 65537, 1 << 20];
group('frames of every size', '5.2', sizes.flatMap((size) => {
  const letters = 'GODWIT'.repeat(size / 6 + 1).slice(0, size);
  const bytes = Buffer.alloc(size, 0xfe);
  const cuts = size <= 256 ? SMALL : [0, 997, 65536];
  return [
    { name: `text of ${size} bytes`, send: [text(letters)], expect: [text(letters)], cuts },
    { name: `binary of ${size} bytes`, send: [binary(bytes)], expect: [binary(bytes)], cuts },
  ];
}));

group('messages in a row', '5.4', [
  {
    name: 'a hundred in one segment',
    send: Array.from({ length: 100 }, (_, i) => text(`message ${i}`)),
    expect: Array.from({ length: 100 }, (_, i) => text(`message ${i}`)),
    cuts: [0, 1, 7],
  },
  {
    name: 'text and binary in turn',
    send: [text('a'), binary('b'), text('c'), binary('')],
    expect: [text('a'), binary('b'), text('c'), binary('')],
    cuts: SMALL,
  },
]);

// ---- control frames ----

group('pings and pongs', '5.5', [
  { name: 'empty ping', send: [ping()], expect: [pong()], cuts: SMALL },
  { name: 'ping with text', send: [ping('Hello')], expect: [pong('Hello')], cuts: SMALL },
  { name: 'ping with bytes', send: [ping(hex('00fffefdfcfb00ff'))], expect: [pong(hex('00fffefdfcfb00ff'))], cuts: SMALL },
  { name: 'ping of 125 bytes', send: [ping(Buffer.alloc(125, 0xfe))], expect: [pong(Buffer.alloc(125, 0xfe))], cuts: SMALL },
  { name: 'ping of 126 bytes', send: [ping(Buffer.alloc(126, 0xfe))], close: 1002, cuts: SMALL },
  { name: 'unasked pong', send: [pong(), text('still here')], expect: [text('still here')], cuts: SMALL },
  { name: 'unasked pong with payload', send: [pong('who asked'), ping('me')], expect: [pong('me')], cuts: SMALL },
  { name: 'pong of 126 bytes', send: [pong(Buffer.alloc(126))], close: 1002, cuts: SMALL },
  {
    name: 'ten pings',
    send: Array.from({ length: 10 }, (_, i) => ping(`ping ${i}`)),
    expect: Array.from({ length: 10 }, (_, i) => pong(`ping ${i}`)),
    cuts: SMALL,
  },
  { name: 'fragmented ping', send: [ping('a', open), more('b')], close: 1002, cuts: SMALL },
  { name: 'fragmented pong', send: [pong('a', open), more('b')], close: 1002, cuts: SMALL },
  { name: 'fragmented close', send: [close(closePayload(1000), open)], close: 1002, cuts: SMALL },
]);

// ---- reserved bits and opcodes ----

group('reserved bits', '5.2', [1, 2, 3, 4, 5, 6, 7].flatMap((rsv) => [
  { name: `rsv ${rsv} on text`, send: [text('a', { rsv })], close: 1002 },
  { name: `rsv ${rsv} on text behind a message`, send: [text('first'), text('second', { rsv }), ping()], expect: [text('first')], close: 1002, cuts: SMALL },
  { name: `rsv ${rsv} on binary`, send: [binary(hex('00ff'), { rsv })], close: 1002 },
  { name: `rsv ${rsv} on a continuation`, send: [text('a', open), more('b', { rsv })], close: 1002 },
  { name: `rsv ${rsv} on ping`, send: [ping('a', { rsv })], close: 1002 },
  { name: `rsv ${rsv} on close`, send: [close(closePayload(1000), { rsv })], close: 1002 },
]));

group('reserved opcodes', '5.2', [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode) => [
  { name: `opcode ${opcode}`, send: [{ opcode }], close: 1002 },
  { name: `opcode ${opcode} with payload`, send: [{ opcode, payload: 'reserved' }], close: 1002 },
  { name: `opcode ${opcode} between messages`, send: [text('a'), { opcode, payload: 'b' }, text('c')], expect: [text('a')], close: 1002, cuts: SMALL },
  { name: `opcode ${opcode} inside a message`, send: [text('a', open), { opcode }, more('b')], close: 1002 },
]));

// ---- fragments ----

group('fragments', '5.4', [
  { name: 'two', send: [text('frag', open), more('ment')], expect: [text('fragment')], cuts: SMALL },
  { name: 'three of bytes', send: [binary(hex('00'), open), more(hex('ff'), open), more(hex('fe'))], expect: [binary(hex('00fffe'))], cuts: SMALL },
  { name: 'all empty', send: [text('', open), more('', open), more('')], expect: [text('')], cuts: SMALL },
  { name: 'empty ones around', send: [text('', open), more('middle', open), more('')], expect: [text('middle')], cuts: SMALL },
  { name: 'ping in between', send: [text('a', open), ping('now'), more('b')], expect: [pong('now'), text('ab')], cuts: SMALL },
  { name: 'pings between all', send: [text('a', open), ping('1'), more('b', open), ping('2'), more('c')], expect: [pong('1'), pong('2'), text('abc')], cuts: SMALL },
  { name: 'pong in between', send: [text('a', open), pong('x'), more('b')], expect: [text('ab')], cuts: SMALL },
  { name: 'continuation of nothing', send: [more('a')], close: 1002, cuts: SMALL },
  { name: 'open continuation of nothing', send: [more('a', open), text('b')], close: 1002, cuts: SMALL },
  { name: 'continuation behind a whole message', send: [text('a'), more('b')], expect: [text('a')], close: 1002, cuts: SMALL },
  { name: 'continuation behind an assembled message', send: [text('a', open), more('b'), more('c')], expect: [text('ab')], close: 1002, cuts: SMALL },
  { name: 'text inside a message', send: [text('a', open), text('b')], close: 1002, cuts: SMALL },
  { name: 'open text inside a message', send: [text('a', open), text('b', open)], close: 1002, cuts: SMALL },
  { name: 'binary inside a message', send: [text('a', open), binary('b')], close: 1002, cuts: SMALL },
  { name: 'text inside a binary message', send: [binary('a', open), text('b')], close: 1002, cuts: SMALL },
  {
    name: 'a thousand of one byte',
    send: [binary('x', open), ...Array.from({ length: 998 }, () => more('x', open)), more('x')],
    expect: [binary('x'.repeat(1000))],
    cuts: [0, 1],
  },
  {
    name: '256 KiB in 4 KiB',
    send: [binary(Buffer.alloc(4096, 7), open), ...Array.from({ length: 62 }, () => more(Buffer.alloc(4096, 7), open)), more(Buffer.alloc(4096, 7))],
    expect: [binary(Buffer.alloc(64 * 4096, 7))],
    cuts: [0, 1000],
  },
  {
    // 65,537 frames: public suites send a message so, with an empty last frame.
    name: '4 MiB in 64 bytes',
    send: [text('G'.repeat(64), open), ...Array.from({ length: 65535 }, () => more('G'.repeat(64), open)), more('')],
    expect: [text('G'.repeat(4 << 20))],
  },
  { name: 'close inside a message', send: [text('a', open), close(closePayload(1000))], close: 1000, answered: true, cuts: SMALL },
]);

// ---- UTF-8 ----

const valid = {
  'ASCII': '48656c6c6f',
  'umlauts, kana and signs': Buffer.from('κόσμε-ÄÖÜ-日本-€').toString('hex'),
  'the first of two bytes': 'c280', 'the first of three bytes': 'e0a080', 'the first of four bytes': 'f0908080',
  'the last of one byte': '7f', 'the last of two bytes': 'dfbf', 'the last of three bytes': 'efbfbf', 'the last of all': 'f48fbfbf',
  'the last before the surrogates': 'ed9fbf', 'the first behind the surrogates': 'ee8080', 'the replacement character': 'efbfbd',
  'non-characters': 'efbfbeefbfbff09fbfbef09fbfbf', 'U+0000': '00', 'a byte order mark': 'efbbbf',
};
const invalid = {
  'a lone continuation': '80', 'the last continuation': 'bf', 'two continuations': '80bf', 'six continuations': '80bf80bf80bf',
  'c0': 'c0', 'c1': 'c1', 'c0 80 for U+0000': 'c080', 'c0 af for a slash': 'c0af', 'c1 bf': 'c1bf',
  'e0 80 80': 'e08080', 'e0 80 af': 'e080af', 'e0 9f bf': 'e09fbf', 'f0 80 80 80': 'f0808080', 'f0 80 80 af': 'f08080af', 'f0 8f bf bf': 'f08fbfbf',
  'five bytes': 'f888808080', 'six bytes': 'fc8480808080', 'fe': 'fe', 'ff': 'ff', 'fe fe ff ff': 'fefeffff',
  'the first surrogate': 'eda080', 'the last high surrogate': 'edafbf', 'the first low surrogate': 'edb080', 'the last surrogate': 'edbfbf', 'a pair of surrogates': 'eda080edb080',
  'U+110000': 'f4908080', 'f5': 'f5808080', 'f7 bf bf bf': 'f7bfbfbf',
  'a lead before a space': 'c320', 'a lead of three before ASCII': 'e28261', 'a lead of four before ASCII': 'f09f9861',
  'a sound start, then a surrogate': 'cebae1bdb9cf83cebceb80eda080656469746564',
};
const unfinished = { 'two bytes': 'c3', 'three bytes': 'e282', 'four bytes, three there': 'f09f98', 'four bytes, one there': 'f0' };

group('valid UTF-8', '8.1', Object.entries(valid).flatMap(([name, digits]) => {
  const payload = hex(digits);
  const split = [...payload].slice(1).map((_, i) => ({
    name: `${name}, cut behind byte ${i + 1}`,
    send: [text(payload.subarray(0, i + 1), open), more(payload.subarray(i + 1))],
    expect: [text(payload)],
  }));
  return [
    { name, send: [text(payload)], expect: [text(payload)], cuts: SMALL },
    ...split,
    {
      name: `${name}, a fragment a byte`,
      send: [text('', open), ...[...payload].map((byte) => more(Buffer.of(byte), open)), more('')],
      expect: [text(payload)],
      cuts: SMALL,
    },
  ];
}));
group('invalid UTF-8', '8.1', [
  ...Object.entries(invalid).flatMap(([name, digits]) => [
    { name, send: [text(hex(digits))], close: 1007, cuts: SMALL },
    { name: `${name} behind text`, send: [text(Buffer.concat([Buffer.from('Grüße '), hex(digits), Buffer.from(' end')]))], close: 1007 },
    { name: `${name} behind 100 bytes`, send: [text(Buffer.concat([Buffer.alloc(100, 'x'), hex(digits), Buffer.alloc(100, 'y')]))], close: 1007 },
    { name: `${name} in the second fragment`, send: [text('sound ', open), more(hex(digits))], close: 1007 },
  ]),
  ...Object.entries(unfinished).flatMap(([name, digits]) => [
    { name: `unfinished: ${name}`, send: [text(hex(digits))], close: 1007, cuts: SMALL },
    { name: `unfinished over an empty last fragment: ${name}`, send: [text(hex(digits), open), more('')], close: 1007, cuts: SMALL },
  ]),
  { name: 'as binary all is well', send: [binary(hex('c0ff80'))], expect: [binary(hex('c0ff80'))] },
]);
group('invalid UTF-8 fails at once', '8.1', Object.entries(invalid).flatMap(([name, digits]) => [
  // Nothing is finished: not the message, and in the second case not even the frame.
  { name: `${name}, in a fragment that is not the last`, send: [text(Buffer.concat([hex(digits), Buffer.from('a')]), open)], close: 1007 },
  { name: `${name}, in the middle of a frame`, sendStart: { opcode: TEXT, payload: Buffer.concat([Buffer.from('ab'), hex(digits), Buffer.from('cd')]), length: 4000 }, close: 1007 },
]));

// ---- closing ----

const sendable = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
const forbidden = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535];
group('closing', '5.5.1, 7', [
  { name: 'without a code', send: [close()], close: 1005, answered: true, cuts: SMALL },
  ...sendable.map((code) => ({ name: `code ${code}`, send: [close(closePayload(code))], close: code, answered: true })),
  ...forbidden.map((code) => ({ name: `code ${code}, which may not be sent`, send: [close(closePayload(code))], close: 1002 })),
  { name: 'with a reason', send: [close(closePayload(1000, 'that is all'))], close: 1000, answered: true, cuts: SMALL },
  { name: 'with a reason of 123 bytes', send: [close(closePayload(1000, 'x'.repeat(123)))], close: 1000, answered: true, cuts: SMALL },
  { name: 'with a reason of 124 bytes', send: [close(closePayload(1000, 'x'.repeat(124)))], close: 1002 },
  { name: 'payload of one byte', send: [close(hex('03'))], close: 1002, cuts: SMALL },
  { name: 'reason that is not UTF-8', send: [close(Buffer.concat([closePayload(1000), hex('ceba80')]))], close: 1007, cuts: SMALL },
  { name: 'reason that ends in a character', send: [close(Buffer.concat([closePayload(1000), hex('e282')]))], close: 1007 },
  { name: 'text behind it is not answered', send: [close(closePayload(1000)), text('too late')], close: 1000, answered: true, cuts: SMALL },
  { name: 'ping behind it is not answered', send: [close(closePayload(1000)), ping('too late')], close: 1000, answered: true, cuts: SMALL },
  { name: 'second close is not answered', send: [close(closePayload(1000)), close(closePayload(1001))], close: 1000, answered: true, cuts: SMALL },
  { name: 'garbage behind it does not matter', send: [close(closePayload(1000)), hex('ffffffffffffffff')], close: 1000, answered: true },
  { name: 'behind messages', send: [text('a'), text('b'), close(closePayload(4000))], expect: [text('a'), text('b')], close: 4000, answered: true, cuts: SMALL },
]);

// ---- what must not be, whatever comes ----

group('masks', '5.1', [
  { name: 'the wrong mask bit', send: [text('a', { wrongMask: true })], close: 1002 },
  { name: 'the wrong mask bit on ping', send: [ping('a', { wrongMask: true })], close: 1002 },
  { name: 'the wrong mask bit in a fragment', send: [text('a', open), more('b', { wrongMask: true })], close: 1002 },
]);

group('lengths in a longer form than needed', '5.2', [
  { name: '16 bits for 5', sendHead: { opcode: TEXT, form: 16, length: 5 }, close: 1002 },
  { name: '16 bits for 125', sendHead: { opcode: BINARY, form: 16, length: 125 }, close: 1002 },
  { name: '64 bits for 5', sendHead: { opcode: TEXT, form: 64, length: 5 }, close: 1002 },
  { name: '64 bits for 65,535', sendHead: { opcode: BINARY, form: 64, length: 65535 }, close: 1002 },
  { name: 'the highest bit of 64', sendHead: { opcode: BINARY, form: 64, length: 2n ** 63n }, close: 1002 },
  { name: 'all 64 bits', sendHead: { opcode: BINARY, form: 64, length: 2n ** 64n - 1n }, close: 1002 },
]);

group('limits', '10.4', [
  { name: 'one byte over, by its head alone', sendHead: { opcode: BINARY, form: 64, length: MESSAGE_LIMIT + 1 }, close: 1009, roles: ['server'] },
  { name: '2^63 - 1, by its head alone', sendHead: { opcode: BINARY, form: 64, length: 2n ** 63n - 1n }, close: 1009 },
  {
    name: 'over in fragments',
    send: [...Array.from({ length: 17 }, (_, i) => ({ opcode: i ? CONTINUATION : BINARY, payload: Buffer.alloc(1 << 20), fin: false }))],
    close: 1009,
    roles: ['server'],
  },
]);

export { groups };
