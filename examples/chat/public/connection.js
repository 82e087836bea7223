// SPDX-License-Identifier: MIT
//
// The line to the server: keeps the name announced across reconnections and holds back what is to be
// sent until it is. The events are listed in chat.js.

const ANSWER_TIMEOUT_MS = 10_000;
const TYPING_EVERY_MS = 2000;

export class Connection {
  #listeners = new Map();
  #outbox = new Map();
  #wish = null;
  #isJoined = false;
  #typedAt = 0;

  constructor(io) {
    this.socket = io({ autoConnect: false, reconnectionDelay: 500, reconnectionDelayMax: 3000 });
    const socket = this.socket;
    socket.on('connect', () => this.#announce());
    socket.on('disconnect', () => this.#lost());
    socket.on('connect_error', () => this.#lost());
    socket.on('people', (...names) => this.#emit('people', names));
    socket.on('joined', (name) => this.#emit('joined', name));
    socket.on('left', (name) => this.#emit('left', name));
    socket.on('message', (from, id, text, time) => this.#emit('message', { from, id, text, time }));
    socket.on('whisper', (from, id, text, time) => this.#emit('whisper', { from, id, text, time }));
    socket.on('typing', (from, isPrivate) => this.#emit('typing', { from, isPrivate: isPrivate === 1 }));
    socket.on('replaced', () => {
      this.#wish = null;
      this.#emit('replaced');
    });
  }

  /** One listener for each of: state, joined-in, refused, replaced, people, joined, left, message,
   *  whisper, typing, delivered, failed. */
  on(event, listener) {
    this.#listeners.set(event, listener);
  }

  #emit(event, value) {
    this.#listeners.get(event)?.(value);
  }

  connect() {
    this.#emit('state', 'connecting');
    this.socket.connect();
  }

  /** Leaves for good: nothing is announced or sent again. */
  disconnect() {
    this.#wish = null;
    this.#outbox.clear();
    this.socket.disconnect();
  }

  /** Asks for a name, now and after every reconnection. */
  join(name, key) {
    this.#wish = { name, key };
    if (this.socket.connected)
      this.#announce();
    else if (!this.socket.active)
      this.connect();
  }

  #announce() {
    const wish = this.#wish;
    if (!wish) {
      this.#emit('state', 'connected');
      return;
    }
    this.socket.timeout(ANSWER_TIMEOUT_MS).emit('join', wish.name, wish.key, (error, problem) => {
      if (wish !== this.#wish)
        return;
      if (error) {
        if (this.socket.connected)
          this.#announce();
      } else if (problem) {
        this.#wish = null;
        this.#emit('state', 'connected');
        this.#emit('refused', problem);
      } else {
        this.#isJoined = true;
        this.#emit('state', 'connected');
        this.#emit('joined-in', wish.name);
        for (const id of this.#outbox.keys())
          this.#transmit(id);
      }
    });
  }

  #lost() {
    this.#isJoined = false;
    this.#emit('state', this.socket.active ? 'reconnecting' : 'disconnected');
  }

  /** to: a name, or "" for everybody. What is not acknowledged is sent again after a reconnection. */
  send(to, id, text) {
    this.#outbox.set(id, { to, text });
    this.#typedAt = 0;
    if (this.#isJoined)
      this.#transmit(id);
  }

  #transmit(id) {
    const { to, text } = this.#outbox.get(id);
    const answered = (time) => {
      if (!this.#outbox.delete(id))
        return;
      if (typeof time === 'number')
        this.#emit('delivered', { id, time });
      else
        this.#emit('failed', { id });
    };
    if (to)
      this.socket.emit('whisper', to, id, text, answered);
    else
      this.socket.emit('say', id, text, answered);
  }

  /** Tells that something is being written, now and then. */
  typing(to) {
    const now = Date.now();
    if (!this.#isJoined || now - this.#typedAt < TYPING_EVERY_MS)
      return;
    this.#typedAt = now;
    this.socket.volatile.emit('typing', to);
  }
}
