// SPDX-License-Identifier: MIT
//
// RFC 7692 (permessage-deflate) against our server and our client: every parameter, messages of all
// kinds, and what must not be. zlib of Node.js does the suite's own part.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import zlib from 'node:zlib';
import { closePayload } from '../interop/support/websocket.mjs';
import { MESSAGE_LIMIT, subjects } from './subject.mjs';

const CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;
const RSV1 = 4;
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

/** One direction of a connection: raw deflate that is flushed behind each message. */
class Compressor {
  constructor({ windowBits = 15, keepsContext = true, level = 6, strategy = zlib.constants.Z_DEFAULT_STRATEGY } = {}) {
    this.options = { windowBits, level, strategy };
    this.keepsContext = keepsContext;
    this.stream = null;
  }

  async message(payload) {
    if (!this.stream || !this.keepsContext)
      this.stream = zlib.createDeflateRaw(this.options);
    const parts = [];
    this.stream.on('data', (part) => parts.push(part));
    this.stream.write(payload);
    await new Promise((done) => this.stream.flush(zlib.constants.Z_SYNC_FLUSH, done));
    this.stream.removeAllListeners('data');
    return Buffer.concat(parts).subarray(0, -4);
  }
}

class Decompressor {
  constructor({ windowBits = 15, keepsContext = true } = {}) {
    this.options = { windowBits };
    this.keepsContext = keepsContext;
    this.stream = null;
  }

  async message(payload) {
    if (!this.stream || !this.keepsContext)
      this.stream = zlib.createInflateRaw(this.options);
    const parts = [];
    const failed = once(this.stream, 'error').then(([error]) => { throw error; });
    failed.catch(() => {});
    this.stream.on('data', (part) => parts.push(part));
    this.stream.write(payload);
    this.stream.write(TAIL);
    await Promise.race([failed, new Promise((done) => this.stream.flush(done))]);
    this.stream.removeAllListeners('data');
    return Buffer.concat(parts);
  }
}

/** "permessage-deflate; a; b=1" as {a: true, b: '1'}; null when it is not that. */
function parameters(extension) {
  const [name, ...rest] = extension.split(';').map((part) => part.trim());
  if (name !== 'permessage-deflate')
    return null;
  return Object.fromEntries(rest.map((part) => {
    const [key, value] = part.split('=');
    return [key, value === undefined ? true : value.replaceAll('"', '')];
  }));
}

/** What a server may say to this offer: what the case is about, and what the client insists on. */
function answerTo(offer, extension) {
  const insists = 'server_no_context_takeover' in (parameters(offer) ?? {}) && !extension.includes('server_no_context_takeover');
  return extension + (insists ? '; server_no_context_takeover' : '');
}

/** Opens a connection with what was agreed, our compressor and our decompressor for it. */
async function connect(subject, extension) {
  const asked = subject.name === 'server' ? { offer: extension } : { answer: (offer) => answerTo(offer, extension) };
  const connection = await subject.connect(asked);
  const agreed = parameters(subject.name === 'server' ? connection.extension : connection.answer);
  assert.ok(agreed, `agreed on "${connection.extension}"`);
  const [ours, theirs] = subject.name === 'server' ? ['client', 'server'] : ['server', 'client'];
  const bits = (side) => Number(agreed[`${side}_max_window_bits`] ?? 15) || 15;
  const keeps = (side) => !agreed[`${side}_no_context_takeover`];
  connection.agreed = agreed;
  connection.compressor = new Compressor({ windowBits: Math.max(9, bits(ours)), keepsContext: keeps(ours) });
  connection.decompressor = new Decompressor({ windowBits: Math.max(9, bits(theirs)), keepsContext: keeps(theirs) });
  return connection;
}

async function sendMessage(connection, opcode, payload, pieces = 1) {
  const bytes = await connection.compressor.message(payload);
  const size = Math.ceil(bytes.length / pieces) || 1;
  const frames = [];
  for (let at = 0; at === 0 || at < bytes.length; at += size)
    frames.push({ opcode: at ? CONTINUATION : opcode, rsv: at ? 0 : RSV1, fin: at + size >= bytes.length, payload: bytes.subarray(at, at + size) });
  await connection.send(frames);
}

async function expectMessage(connection, opcode, payload) {
  const got = await connection.next();
  assert.equal(got.opcode, opcode, got.payload.toString('hex').slice(0, 80));
  assert.ok(got.rsv === 0 || got.rsv === RSV1, `reserved bits ${got.rsv}`);
  assert.ok(got.fin);
  const data = got.rsv ? await connection.decompressor.message(got.payload) : got.payload;
  assert.ok(data.equals(Buffer.from(payload)), `payload of ${data.length} bytes`);
  return got;
}

async function expectClose(connection, ...codes) {
  const { opcode, payload } = await connection.next();
  assert.equal(opcode, CLOSE);
  assert.ok(codes.includes(payload.readUInt16BE()), `close code ${payload.readUInt16BE()}`);
  await connection.ended();
}

async function closeWell(connection) {
  await connection.send([{ opcode: CLOSE, payload: closePayload(1000) }]);
  await expectClose(connection, 1000);
}

const json = (i) => JSON.stringify({ id: i, name: `user ${i}`, text: 'the same words over and over, '.repeat(i % 20) });
const takeovers = ['', '; server_no_context_takeover', '; client_no_context_takeover', '; server_no_context_takeover; client_no_context_takeover'];

for (const subject of subjects) {
  describe(`permessage-deflate as ${subject.name}`, () => {
    before(() => subject.start());
    after(() => subject.stop());

    const withConnection = (name, extension, work) => test(name, async () => {
      const connection = await connect(subject, extension);
      try {
        await work(connection);
      } finally {
        connection.drop();
      }
    });

    describe('messages of every size (7.2)', () => {
      for (const takeover of takeovers) {
        for (const size of [0, 1, 16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072])
          withConnection(`40 of ${size} bytes${takeover}`, `permessage-deflate${takeover}`, async (connection) => {
            const payload = Buffer.from(json(19).repeat(size / 500 + 1).slice(0, size));
            for (let i = 0; i < 40; i++) {
              await sendMessage(connection, i % 2 ? TEXT : BINARY, payload);
              await expectMessage(connection, i % 2 ? TEXT : BINARY, payload);
            }
            await closeWell(connection);
          });
      }
      withConnection('200 in a row before any answer is read', 'permessage-deflate', async (connection) => {
        for (let i = 0; i < 200; i++)
          await sendMessage(connection, TEXT, json(i));
        for (let i = 0; i < 200; i++)
          await expectMessage(connection, TEXT, json(i));
        await closeWell(connection);
      });
      withConnection('bytes that cannot be compressed', 'permessage-deflate', async (connection) => {
        const noise = zlib.deflateRawSync(Buffer.from(json(19).repeat(4000)), { level: 9 });
        await sendMessage(connection, BINARY, noise);
        await expectMessage(connection, BINARY, noise);
        await closeWell(connection);
      });
    });

    describe('window sizes (7.1.2)', () => {
      const side = subject.name === 'server' ? 'server' : 'client';
      for (let bits = 9; bits <= 15; bits++) {
        const extension = `permessage-deflate; ${side}_max_window_bits=${bits}`;
        withConnection(`its own of ${bits} bits`, extension, async (connection) => {
          assert.ok(Number(connection.agreed[`${side}_max_window_bits`]) <= bits);
          for (let i = 0; i < 10; i++) {
            const payload = json(i * 7).repeat(300);
            await sendMessage(connection, TEXT, payload);
            await expectMessage(connection, TEXT, payload);
          }
          await closeWell(connection);
        });
      }
    });

    describe('fragments and control frames (6.1)', () => {
      for (const pieces of [2, 3, 10])
        withConnection(`a message in ${pieces} fragments`, 'permessage-deflate', async (connection) => {
          const payload = json(19).repeat(20);
          await sendMessage(connection, TEXT, payload, pieces);
          await expectMessage(connection, TEXT, payload);
          await closeWell(connection);
        });
      withConnection('a ping between two fragments', 'permessage-deflate', async (connection) => {
        const bytes = await connection.compressor.message('fragment');
        await connection.send([{ opcode: TEXT, rsv: RSV1, fin: false, payload: bytes.subarray(0, 3) }, { opcode: PING, payload: 'x' },
          { opcode: CONTINUATION, payload: bytes.subarray(3) }]);
        assert.equal((await connection.next()).opcode, PONG);
        await expectMessage(connection, TEXT, 'fragment');
        await closeWell(connection);
      });
      withConnection('an empty last fragment', 'permessage-deflate', async (connection) => {
        const bytes = await connection.compressor.message('fragment');
        await connection.send([{ opcode: TEXT, rsv: RSV1, fin: false, payload: bytes }, { opcode: CONTINUATION, payload: '' }]);
        await expectMessage(connection, TEXT, 'fragment');
        await closeWell(connection);
      });
      withConnection('a message that is not compressed', 'permessage-deflate', async (connection) => {
        await connection.send([{ opcode: TEXT, payload: 'plain' }, { opcode: BINARY, payload: 'plain too' }]);
        await expectMessage(connection, TEXT, 'plain');
        await expectMessage(connection, BINARY, 'plain too');
        await closeWell(connection);
      });
    });

    describe('the examples of 7.2.3', () => {
      const examples = {
        'one block': ['f248cdc9c90700', 'Hello'],
        'a block without compression': ['000500faff48656c6c6f00', 'Hello'],
        'BFINAL set': ['f348cdc9c9070000', 'Hello'],
        'two blocks': ['f248050000 00ffffcac9c90700', 'Hello'],
      };
      for (const [name, [digits, payload]] of Object.entries(examples))
        withConnection(name, 'permessage-deflate', async (connection) => {
          await connection.send([{ opcode: TEXT, rsv: RSV1, payload: Buffer.from(digits.replaceAll(' ', ''), 'hex') }]);
          await expectMessage(connection, TEXT, payload);
          await closeWell(connection);
        });
      withConnection('the window of the message before', 'permessage-deflate', async (connection) => {
        if (!connection.compressor.keepsContext)
          return closeWell(connection); // the subject has asked us not to
        await connection.send([{ opcode: TEXT, rsv: RSV1, payload: Buffer.from('f248cdc9c90700', 'hex') },
          { opcode: TEXT, rsv: RSV1, payload: Buffer.from('f200110000', 'hex') }]);
        await expectMessage(connection, TEXT, 'Hello');
        await expectMessage(connection, TEXT, 'Hello');
        return closeWell(connection);
      });
      withConnection('the empty message as one byte', 'permessage-deflate', async (connection) => {
        await connection.send([{ opcode: TEXT, rsv: RSV1, payload: Buffer.from([0]) }]);
        await expectMessage(connection, TEXT, '');
        await closeWell(connection);
      });
    });

    describe('what must not be (6)', () => {
      withConnection('RSV1 on a continuation', 'permessage-deflate', async (connection) => {
        await connection.send([{ opcode: TEXT, rsv: RSV1, fin: false, payload: Buffer.from('f248', 'hex') },
          { opcode: CONTINUATION, rsv: RSV1, payload: Buffer.from('cdc9c90700', 'hex') }]);
        await expectClose(connection, 1002);
      });
      withConnection('RSV1 on a ping', 'permessage-deflate', async (connection) => {
        await connection.send([{ opcode: PING, rsv: RSV1, payload: 'x' }]);
        await expectClose(connection, 1002);
      });
      withConnection('RSV2 beside RSV1', 'permessage-deflate', async (connection) => {
        await connection.send([{ opcode: TEXT, rsv: RSV1 | 2, payload: Buffer.from('f248cdc9c90700', 'hex') }]);
        await expectClose(connection, 1002);
      });
      withConnection('bytes that are no deflate', 'permessage-deflate', async (connection) => {
        await connection.send([{ opcode: BINARY, rsv: RSV1, payload: Buffer.alloc(20, 0xff) }]);
        await expectClose(connection, 1002, 1007);
      });
      withConnection('text that is not UTF-8 once inflated', 'permessage-deflate', async (connection) => {
        await sendMessage(connection, TEXT, Buffer.from([0x61, 0xff, 0x62]));
        await expectClose(connection, 1007);
      });
      if (subject.name === 'server')
        withConnection('a message that is too long once inflated', 'permessage-deflate', async (connection) => {
          await sendMessage(connection, BINARY, Buffer.alloc(MESSAGE_LIMIT + 1));
          await expectClose(connection, 1009);
        });
    });

    if (subject.name === 'server')
      describe('offers (7.1)', () => {
        const agreedOn = async (offer) => {
          const connection = await subject.connect({ offer });
          connection.drop();
          return connection.extension;
        };
        for (const [offer, isTaken] of [
          ['permessage-deflate', true],
          ['permessage-deflate; client_max_window_bits', true],
          ['permessage-deflate; client_max_window_bits=10', true],
          ['permessage-deflate; server_max_window_bits=8', false],
          ['permessage-deflate; server_max_window_bits=16', false],
          ['permessage-deflate; server_max_window_bits=7', false],
          ['permessage-deflate; server_max_window_bits', false],
          ['permessage-deflate; server_max_window_bits=010', false],
          ['permessage-deflate; client_max_window_bits=7', false],
          ['permessage-deflate; client_max_window_bits=16', false],
          ['permessage-deflate; server_no_context_takeover=1', false],
          ['permessage-deflate; client_no_context_takeover=true', false],
          ['permessage-deflate; server_no_context_takeover; server_no_context_takeover', false],
          ['permessage-deflate; unknown', false],
          ['permessage-deflate; server_max_window_bits="10"', true],
          ['x-webkit-deflate-frame', false],
          ['unknown, permessage-deflate', true],
          ['permessage-deflate; server_max_window_bits=8, permessage-deflate', true],
        ])
          test(`${offer} is ${isTaken ? 'taken' : 'declined'}`, async () => {
            const extension = await agreedOn(offer);
            assert.equal(extension.startsWith('permessage-deflate'), isTaken, extension);
          });
        test('the first offer that can be taken is taken', async () => {
          assert.equal(parameters(await agreedOn('permessage-deflate; server_max_window_bits=10, permessage-deflate')).server_max_window_bits, '10');
        });
        test('the client\'s window is limited only where it said that it can do that', async () => {
          assert.equal(parameters(await agreedOn('permessage-deflate')).client_max_window_bits, undefined);
        });
      });

    if (subject.name === 'client')
      describe('answers (7.1)', () => {
        for (const answer of [
          'permessage-deflate; unknown', 'permessage-deflate; server_max_window_bits=16', 'permessage-deflate; server_max_window_bits',
          'permessage-deflate; client_max_window_bits', 'permessage-deflate; server_no_context_takeover=1', 'permessage-deflate, permessage-deflate',
          'permessage-deflate; client_max_window_bits=9; client_max_window_bits=9', 'x-unknown',
        ])
          test(`${answer} fails the connection`, async () => {
            const connection = await subject.connect({ answer: () => answer });
            await connection.send([{ opcode: TEXT, payload: 'anybody there?' }]);
            await connection.ended();
          });
      });
  });
}
