// SPDX-License-Identifier: MIT
//
// HTTP/1.1 by hand, on a plain TCP connection: what is sent is exactly what the test wrote, and what
// comes back is looked at byte by byte.

import { connect as tcpConnect } from 'node:net';
import { within } from './wait.mjs';

export class RawConnection {
  #received = Buffer.alloc(0);
  #waiting = [];
  #isEnded = false;
  #error = null;

  constructor(socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#wake();
    });
    const end = (error) => {
      this.#isEnded = true;
      this.#error ??= error ?? null;
      this.#wake();
    };
    socket.on('end', () => end());
    socket.on('close', () => end());
    socket.on('error', end);
  }

  static async open(port, options = {}) {
    const socket = tcpConnect({ port, host: '127.0.0.1', allowHalfOpen: true, ...options });
    const connection = new RawConnection(socket);
    await within(new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    }), 'a TCP connection');
    return connection;
  }

  #wake() {
    for (const waiter of this.#waiting.splice(0))
      waiter();
  }

  #changed(what) {
    return within(new Promise((resolve) => this.#waiting.push(resolve)), what);
  }

  write(data) {
    if (!this.socket.destroyed)
      this.socket.write(data);
    return this;
  }

  /** Writes one byte at a time, each in a segment of its own as far as the kernel plays along. */
  async drip(data) {
    for (const byte of Buffer.from(data)) {
      this.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
  }

  /** Takes what `find(received)` points at: it returns a length, or -1 for "not yet". */
  async take(find, what) {
    for (;;) {
      const length = find(this.#received);
      if (length >= 0) {
        const taken = this.#received.subarray(0, length);
        this.#received = this.#received.subarray(length);
        return taken;
      }
      if (this.#isEnded)
        throw new Error(`the connection ended (${this.#error?.code ?? 'FIN'}) before ${what}; `
          + `got ${JSON.stringify(this.#received.toString('latin1').slice(0, 200))}`);
      await this.#changed(what);
    }
  }

  bytes(count, what = `${count} bytes`) {
    return this.take((received) => (received.length >= count ? count : -1), what);
  }

  async line() {
    const line = await this.take((received) => {
      const at = received.indexOf('\r\n');
      return at < 0 ? -1 : at + 2;
    }, 'a line');
    return line.toString('latin1').slice(0, -2);
  }

  /** One response, its body read as its head says. `method` matters for HEAD alone. */
  async response(method = 'GET') {
    const head = (await this.take((received) => {
      const at = received.indexOf('\r\n\r\n');
      return at < 0 ? -1 : at + 4;
    }, 'a response head')).toString('latin1');
    const [statusLine, ...lines] = head.slice(0, -4).split('\r\n');
    const [, version, status, reason] = /^HTTP\/(1\.[01]) (\d{3}) ?(.*)$/.exec(statusLine);
    const headers = new Map();
    for (const line of lines) {
      const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
      const key = name.toLowerCase();
      headers.set(key, headers.has(key) ? `${headers.get(key)}, ${value}` : value);
    }
    const response = { version, status: Number(status), reason, headers, head };
    response.body = await this.#body(response, method);
    response.text = response.body.toString('utf8');
    response.header = (name) => headers.get(name);
    return response;
  }

  async #body({ status, headers }, method) {
    if (method === 'HEAD' || status === 204 || status === 304 || status < 200)
      return Buffer.alloc(0);
    if (/chunked/i.test(headers.get('transfer-encoding') ?? ''))
      return this.#chunks();
    if (headers.has('content-length'))
      return this.bytes(Number(headers.get('content-length')), 'the body');
    return this.rest();
  }

  async #chunks() {
    const parts = [];
    for (;;) {
      const length = parseInt(await this.line(), 16);
      parts.push(await this.bytes(length));
      await this.line();
      if (length === 0)
        return Buffer.concat(parts);
    }
  }

  /** Everything up to the peer's end. */
  async rest() {
    while (!this.#isEnded)
      await this.#changed('the end of the connection');
    const rest = this.#received;
    this.#received = Buffer.alloc(0);
    return rest;
  }

  /** Resolves once the peer has ended or reset the connection; what had come is thrown away. */
  async ended() {
    await this.rest();
  }

  get received() {
    return this.#received;
  }

  get isEnded() {
    return this.#isEnded;
  }

  /** Sends FIN. */
  finish() {
    this.socket.end();
  }

  /** Closes without ceremony. */
  close() {
    this.socket.destroy();
  }

  /** Closes with RST. */
  reset() {
    this.socket.resetAndDestroy();
  }
}

/** The bytes of a request; a body brings its Content-Length unless the caller framed it. A field with a list of
 * values comes once for each. */
export function requestBytes({ method = 'GET', path, headers = {}, body }) {
  const fields = { Host: 'localhost', ...headers };
  const isFramed = Object.keys(fields).some((name) => /^(content-length|transfer-encoding)$/i.test(name));
  const content = body === undefined ? Buffer.alloc(0) : Buffer.from(body);
  if (body !== undefined && !isFramed)
    fields['Content-Length'] = content.length;
  const lines = Object.entries(fields).filter(([, value]) => value !== undefined)
    .flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}\r\n`));
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), content]);
}

/** A request under way on a connection of its own: await `.response`, or `.abort()` it. */
export async function startRequest(port, request) {
  const connection = await RawConnection.open(port);
  connection.write(requestBytes(request));
  const response = connection.response(request.method).finally(() => connection.close());
  response.catch(() => {});
  return { connection, response, abort: () => connection.close() };
}

export async function request(port, options) {
  const { response } = await startRequest(port, options);
  return response;
}
