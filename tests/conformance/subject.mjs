// SPDX-License-Identifier: MIT
//
// The two subjects of the suite, behind one face: our server (examples/interop at /echo), to which
// the suite is a client, and our client (examples/wsclient), to which it is a server. Both send
// back every message. The suite's own frames are made and read by hand.

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { build, Program, startApp } from '../interop/support/app.mjs';
import { RawConnection, requestBytes } from '../interop/support/http.mjs';
import { within } from '../interop/support/wait.mjs';
import { acceptOf, frame, upgradeHeaders } from '../interop/support/websocket.mjs';

export const MESSAGE_LIMIT = 16 * 1024 * 1024;

/** One connection to a subject. `extension` is what the subject said in Sec-WebSocket-Extensions, `answer` what we did. */
export class Connection {
  constructor(raw, { sendsMasked, extension = '', answer = '', done = async () => {} }) {
    this.raw = raw;
    this.sendsMasked = sendsMasked;
    this.extension = extension;
    this.answer = answer;
    this.done = done;
  }

  /** The bytes of a frame as this end has to send it; `isMasked` breaks that rule. */
  encode(fields) {
    return Buffer.isBuffer(fields) ? fields : frame({ isMasked: this.sendsMasked, ...fields });
  }

  /** Sends frames in one write, byte by byte (1), or in pieces of `cut` bytes. */
  async send(frames, cut = 0) {
    const bytes = Buffer.concat(frames.map((fields) => this.encode(fields)));
    if (cut === 1) {
      await this.raw.drip(bytes);
    } else if (cut > 0) {
      for (let at = 0; at < bytes.length; at += cut) {
        this.raw.write(bytes.subarray(at, at + cut));
        await new Promise(setImmediate);
      }
    } else {
      this.raw.write(bytes);
    }
  }

  /** The next frame of the subject; a wrong mask bit is an error of its own (RFC 6455 5.1). */
  async next() {
    const [first, second] = await this.raw.bytes(2, 'a frame');
    const isMasked = (second & 0x80) !== 0;
    if (isMasked === this.sendsMasked)
      throw new Error(isMasked ? 'a server masked a frame' : 'a client did not mask a frame');
    let length = second & 0x7f;
    if (length === 126)
      length = (await this.raw.bytes(2)).readUInt16BE();
    else if (length === 127)
      length = Number((await this.raw.bytes(8)).readBigUInt64BE());
    const mask = isMasked ? await this.raw.bytes(4) : null;
    const payload = Buffer.from(await this.raw.bytes(length, 'the payload of a frame'));
    for (let i = 0; mask && i < length; i++)
      payload[i] ^= mask[i & 3];
    return { fin: first >= 0x80, rsv: (first >> 4) & 7, opcode: first & 15, payload };
  }

  /** Waits until the subject has ended the connection; a client may wait for us to do it. */
  async ended() {
    if (!this.sendsMasked)
      this.raw.socket.end();
    await this.raw.ended();
    await this.done();
  }

  drop() {
    this.raw.close();
  }
}

class ServerSubject {
  name = 'server';

  async start() {
    this.app = await startApp({ 'echo-limit': MESSAGE_LIMIT });
  }

  async stop() {
    await this.app.stop();
  }

  /** `offer`: Sec-WebSocket-Extensions of the request. */
  async connect({ offer } = {}) {
    const raw = await RawConnection.open(this.app.port);
    const headers = upgradeHeaders(offer ? { 'Sec-WebSocket-Extensions': offer } : {});
    raw.write(requestBytes({ path: '/echo', headers }));
    const response = await raw.response();
    if (response.status !== 101)
      throw new Error(`expected 101, got ${response.head}`);
    return new Connection(raw, {
      sendsMasked: true,
      extension: response.header('sec-websocket-extensions') ?? '',
    });
  }
}

class ClientSubject {
  name = 'client';
  #waiting = [];

  async start() {
    this.listener = createServer({ allowHalfOpen: true }, (socket) => this.#waiting.shift()(socket));
    await new Promise((done) => this.listener.listen(0, '127.0.0.1', done));
  }

  async stop() {
    await new Promise((done) => this.listener.close(done));
  }

  async #request(raw) {
    const head = (await raw.take((received) => {
      const at = received.indexOf('\r\n\r\n');
      return at < 0 ? -1 : at + 4;
    }, 'a request')).toString('latin1');
    const field = (name) => new RegExp(`^${name}: *(.*)\r$`, 'im').exec(head)?.[1];
    return { head, key: field('sec-websocket-key'), offer: field('sec-websocket-extensions') ?? '' };
  }

  /** `answer` makes Sec-WebSocket-Extensions of the response out of that of the request. */
  async connect({ answer: answerTo } = {}) {
    const accepted = within(new Promise((done) => this.#waiting.push(done)), 'the client');
    const url = `ws://127.0.0.1:${this.listener.address().port}/`;
    const running = Program.start(join(build, 'examples/wsclient'), [url], /^closed: .*()$/);
    running.catch(() => {}); // it is looked at in the end
    const raw = new RawConnection(await accepted);
    const { key, offer } = await this.#request(raw);
    const answer = answerTo?.(offer);
    raw.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
      + `Sec-WebSocket-Accept: ${acceptOf(key)}\r\n`
      + (answer ? `Sec-WebSocket-Extensions: ${answer}\r\n` : '') + '\r\n');
    const done = async () => {
      const program = await running;
      await within(program.exited, 'the client to end');
      if (/ERROR: |runtime error: /.test(program.errors))
        throw new Error(program.errors);
    };
    return new Connection(raw, { sendsMasked: false, extension: offer, answer, done });
  }
}

export const subjects = [new ServerSubject(), new ClientSubject()];

export function randomText(length) {
  return randomBytes(length).toString('base64').slice(0, length);
}
