// SPDX-License-Identifier: MIT
//
// Engine.IO 4 by hand: sessions over polling and over a raw WebSocket.

import { request, startRequest } from './http.mjs';
import { RawWebSocket } from './websocket.mjs';

export const RS = '\x1e';
const BASE = '/socket.io/?EIO=4';

export function pollingPath(sid, extra = '') {
  return `${BASE}&transport=polling${sid ? `&sid=${sid}` : ''}${extra}`;
}

export function webSocketPath(sid, extra = '') {
  return `${BASE}&transport=websocket${sid ? `&sid=${sid}` : ''}${extra}`;
}

export function parseOpen(packet) {
  if (packet[0] !== '0')
    throw new Error(`expected an open packet, got ${packet}`);
  return JSON.parse(packet.slice(1));
}

export class PollingSession {
  constructor(port, open) {
    this.port = port;
    this.open = open;
    this.sid = open.sid;
  }

  static async open(port) {
    const response = await request(port, { path: pollingPath() });
    if (response.status !== 200)
      throw new Error(`handshake answered ${response.head}${response.text}`);
    return new PollingSession(port, parseOpen(response.text));
  }

  /** A session that has joined the namespace `/`; its socket id is in `.id`. */
  static async join(port) {
    const session = await PollingSession.open(port);
    await session.send('40');
    session.id = JSON.parse((await session.poll()).slice(2)).sid;
    return session;
  }

  /** A GET under way: await `.response` or `.abort()`. */
  startPoll() {
    return startRequest(this.port, { path: pollingPath(this.sid) });
  }

  get() {
    return request(this.port, { path: pollingPath(this.sid) });
  }

  post(body, headers = {}) {
    return request(this.port, { method: 'POST', path: pollingPath(this.sid), body,
      headers: { 'Content-Type': 'text/plain;charset=UTF-8', ...headers } });
  }

  /** Body of the next poll, which must be answered with 200. */
  async poll() {
    const response = await this.get();
    if (response.status !== 200)
      throw new Error(`poll answered ${response.head}${response.text}`);
    return response.text;
  }

  /** Polls until `count` packets have come. */
  async packets(count) {
    const packets = [];
    while (packets.length < count)
      packets.push(...(await this.poll()).split(RS));
    return packets;
  }

  async send(...packets) {
    const response = await this.post(packets.join(RS));
    if (response.status !== 200 || response.text !== 'ok')
      throw new Error(`post answered ${response.head}${response.text}`);
  }

  /** Whether the server still knows the session; asked with a pong, which changes nothing. */
  async isAlive() {
    const { status, text } = await this.post('3');
    if (status !== 200 && text !== '{"code":1,"message":"Session ID unknown"}')
      throw new Error(`answered ${status} ${text}`);
    return status === 200;
  }
}

/** A session over WebSocket from the start: {open, sid, ...RawWebSocket}. */
export async function openWebSocketSession(port, headers) {
  const socket = await RawWebSocket.open(port, webSocketPath(), headers);
  socket.open = parseOpen(await socket.nextText());
  socket.sid = socket.open.sid;
  return socket;
}

/** The same, joined to a namespace; the socket id is in `.id`. */
export async function joinWebSocket(port, namespace = '/') {
  const socket = await openWebSocketSession(port);
  const prefix = namespace === '/' ? '40' : `40${namespace},`;
  const answer = await socket.text(prefix).nextText();
  if (!answer.startsWith(prefix + '{'))
    throw new Error(`expected the answer to ${prefix}, got ${answer}`);
  socket.id = JSON.parse(answer.slice(prefix.length)).sid;
  return socket;
}
