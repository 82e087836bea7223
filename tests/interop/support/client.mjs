// SPDX-License-Identifier: MIT
//
// The genuine socket.io-client, with its events as queues to take from.

import { io } from 'socket.io-client';
import { Inbox, within } from './wait.mjs';

/** The ways to connect, by the name that test titles use. */
export const ways = {
  'polling': { transports: ['polling'] },
  'WebSocket': { transports: ['websocket'] },
  'polling with upgrade': { transports: ['polling', 'websocket'] },
};

/** A client that is not connected yet; `t.after` disconnects it. */
export const makeClient = (t, url, options) => makeClientWith(io, t, url, options);

/** The same by the `io` of another version of the library. */
export function makeClientWith(io, t, url, options = {}) {
  return clientOf(t, io(url, { forceNew: true, reconnection: false, ...options }));
}

/** The same for a socket that is there: another namespace of a client's connection, say. */
export function clientOf(t, socket) {
  const inboxes = new Map();
  const inbox = (event) => {
    if (!inboxes.has(event))
      inboxes.set(event, new Inbox());
    return inboxes.get(event);
  };
  socket.onAny((event, ...args) => inbox(event).push(args));
  for (const event of ['connect', 'connect_error', 'disconnect'])
    socket.on(event, (...args) => inbox(event).push(args));
  t.after(() => socket.disconnect());
  return {
    socket,
    emit: (...args) => socket.emit(...args),
    next: (event) => inbox(event).take(`the client's "${event}"`),
    pending: (event) => inbox(event).size,
    /** Emits and gives the arguments of the acknowledgement. */
    ask: (...args) => within(new Promise((resolve) => socket.emit(...args, (...answer) => resolve(answer))),
      `the acknowledgement of "${args[0]}"`),
    upgraded: () => within(new Promise((resolve) => {
      if (socket.io.engine?.transport.name === 'websocket')
        resolve();
      socket.io.engine.once('upgrade', resolve);
    }), 'the upgrade'),
  };
}

export async function connectClient(t, url, options) {
  const client = makeClient(t, url, options);
  await within(new Promise((resolve, reject) => {
    client.socket.once('connect', resolve);
    client.socket.once('connect_error', reject);
  }), 'the client to connect');
  await client.next('connect');
  return client;
}
