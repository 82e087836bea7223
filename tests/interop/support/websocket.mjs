// SPDX-License-Identifier: MIT
//
// A WebSocket peer that may misbehave: it sends any bits it is told to and shows every frame of the
// server as it came (RFC 6455 5.2).

import { createHash, randomBytes } from 'node:crypto';
import { RawConnection, requestBytes } from './http.mjs';

export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export function acceptOf(key) {
  return createHash('sha1').update(key + GUID).digest('base64');
}

export function upgradeHeaders(extra = {}) {
  return {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    ...extra,
  };
}

/** Answer to an upgrade request, whatever it is; the connection stays with the caller. */
export async function askUpgrade(port, path, headers = {}) {
  const connection = await RawConnection.open(port);
  const fields = upgradeHeaders(headers);
  connection.write(requestBytes({ path, headers: fields }));
  return { connection, response: await connection.response(), key: fields['Sec-WebSocket-Key'] };
}

export function frame({ opcode = TEXT, payload = '', fin = true, rsv = 0, isMasked = true, length } = {}) {
  const data = Buffer.from(payload);
  const announced = length ?? data.length;
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const maskBit = isMasked ? 0x80 : 0;
  if (announced < 126) {
    head.push(maskBit | Number(announced));
  } else if (announced < 65536) {
    head.push(maskBit | 126, Number(announced) >> 8, Number(announced) & 255);
  } else {
    const wide = Buffer.alloc(8);
    wide.writeBigUInt64BE(BigInt(announced));
    head.push(maskBit | 127, ...wide);
  }
  if (!isMasked)
    return Buffer.concat([Buffer.from(head), data]);
  const mask = randomBytes(4);
  const masked = Buffer.from(data.map((byte, i) => byte ^ mask[i & 3]));
  return Buffer.concat([Buffer.from(head), mask, masked]);
}

export function closePayload(code, reason = '') {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return Buffer.concat([payload, Buffer.from(reason)]);
}

export class RawWebSocket {
  constructor(connection, response) {
    this.connection = connection;
    this.response = response;
  }

  static async open(port, path, headers = {}) {
    const { connection, response, key } = await askUpgrade(port, path, headers);
    if (response.status !== 101)
      throw new Error(`expected 101, got ${response.head}${response.text}`);
    if (response.header('sec-websocket-accept') !== acceptOf(key))
      throw new Error(`wrong Sec-WebSocket-Accept in ${response.head}`);
    return new RawWebSocket(connection, response);
  }

  write(bytes) {
    this.connection.write(bytes);
    return this;
  }

  frame(fields) {
    return this.write(frame(fields));
  }

  text(payload) {
    return this.frame({ opcode: TEXT, payload });
  }

  binary(payload) {
    return this.frame({ opcode: BINARY, payload });
  }

  /** The next frame of the server, of whatever kind. */
  async next() {
    const [first, second] = await this.connection.bytes(2, 'a frame');
    if (second & 0x80)
      throw new Error('the server masked a frame');
    let length = second & 0x7f;
    if (length === 126)
      length = (await this.connection.bytes(2)).readUInt16BE();
    else if (length === 127)
      length = Number((await this.connection.bytes(8)).readBigUInt64BE());
    const payload = await this.connection.bytes(length, 'the payload of a frame');
    return { fin: first >= 0x80, rsv: (first >> 4) & 7, opcode: first & 15, payload };
  }

  /** The next frame, which must be a whole text message. */
  async nextText() {
    const { fin, rsv, opcode, payload } = await this.next();
    if (!fin || rsv || opcode !== TEXT)
      throw new Error(`expected text, got opcode ${opcode} with ${payload.toString('hex')}`);
    return payload.toString('utf8');
  }

  async nextBinary() {
    const { fin, rsv, opcode, payload } = await this.next();
    if (!fin || rsv || opcode !== BINARY)
      throw new Error(`expected binary, got opcode ${opcode}: ${payload}`);
    return payload;
  }

  /**
   * The server's close frame as {code, reason}; 1005 stands for "no code". Frames before it are
   * skipped when `skips` says so. Answers it when the server is the one who began.
   */
  async closeFrame({ skips = false, answers = true } = {}) {
    for (;;) {
      const { opcode, payload } = await this.next();
      if (opcode !== CLOSE) {
        if (skips)
          continue;
        throw new Error(`expected close, got opcode ${opcode}: ${payload}`);
      }
      if (answers)
        this.frame({ opcode: CLOSE, payload });
      const code = payload.length >= 2 ? payload.readUInt16BE() : 1005;
      return { code, reason: payload.subarray(2).toString('utf8') };
    }
  }

  /** Returns once the server has read all that was sent: it answers a ping in its turn. */
  async settle() {
    const payload = randomBytes(8);
    const answer = await this.frame({ opcode: PING, payload }).next();
    if (answer.opcode !== PONG || !answer.payload.equals(payload))
      throw new Error(`expected a pong, got opcode ${answer.opcode}: ${answer.payload}`);
  }

  /** The same, whatever else comes before the pong; a close is as good as one. */
  async settleAfter() {
    const payload = randomBytes(8);
    this.frame({ opcode: PING, payload });
    for (;;) {
      const { opcode, payload: answer } = await this.next();
      if (opcode === CLOSE || (opcode === PONG && answer.equals(payload)))
        return;
    }
  }

  /** Starts the close handshake and returns what the server answers. */
  close(code, reason) {
    this.frame({ opcode: CLOSE, payload: code === undefined ? '' : closePayload(code, reason) });
    return this.closeFrame({ skips: true, answers: false });
  }

  ended() {
    return this.connection.ended();
  }

  /** Lets go of the connection without a word. */
  drop() {
    this.connection.close();
  }
}
