// SPDX-License-Identifier: MIT
//
// What was said and who is here. Knows nothing of the page or the wire.
//
// A conversation is known by the name of the other person; EVERYBODY is the one with all.
// A message is {from, id, text, time} and, for one's own, {isMine, state: pending | sent | failed};
// a note is {note, time}.

export const EVERYBODY = '';
const KEPT_MESSAGES = 500;
const LATELY_MS = 60_000;

export class Conversations {
  #byKey = new Map();
  #here = new Set();
  #lastSeen = new Map();

  constructor(stored = []) {
    this.open = EVERYBODY;
    for (const { key, messages, unread } of stored)
      this.#byKey.set(key, { key, messages, unread });
    this.of(EVERYBODY);
  }

  toJSON() {
    return [...this.#byKey.values()];
  }

  of(key) {
    if (!this.#byKey.has(key))
      this.#byKey.set(key, { key, messages: [], unread: 0 });
    return this.#byKey.get(key);
  }

  /** False when it is there already: a message may come twice when a line breaks at the wrong moment. */
  add(key, message, isUnread) {
    const conversation = this.of(key);
    if (message.id && conversation.messages.some(({ id, from }) => id === message.id && from === message.from))
      return false;
    conversation.messages.push(message);
    conversation.messages.splice(0, conversation.messages.length - KEPT_MESSAGES);
    if (isUnread)
      conversation.unread++;
    return true;
  }

  /** The server's word on one's own message: its time, or null when it did not get through. */
  settle(id, time) {
    for (const { messages } of this.#byKey.values())
      for (const message of messages)
        if (message.isMine && message.id === id) {
          message.state = time === null ? 'failed' : 'sent';
          message.time = time ?? message.time;
          return message;
        }
    return null;
  }

  /** One's own messages that the server has not answered for. */
  pending() {
    return [...this.#byKey.values()].flatMap(({ key, messages }) =>
      messages.filter(({ isMine, state }) => isMine && state === 'pending').map((message) => ({ key, message })));
  }

  markRead(key) {
    this.of(key).unread = 0;
  }

  /** Unread messages of all conversations but the open one, or of all. */
  unread({ exceptOpen = false } = {}) {
    return [...this.#byKey.values()].filter(({ key }) => !exceptOpen || key !== this.open)
      .reduce((sum, { unread }) => sum + unread, 0);
  }

  setPeople(names) {
    const now = Date.now();
    for (const name of this.#here)
      this.#lastSeen.set(name, now);
    this.#here = new Set(names);
  }

  setHere(name, isHere) {
    if (isHere)
      this.#here.add(name);
    else if (this.#here.delete(name))
      this.#lastSeen.set(name, Date.now());
  }

  isHere(name) {
    return this.#here.has(name);
  }

  /** Was here a moment ago: before a restart of the server, say. */
  wasHereLately(name) {
    return this.#here.has(name) || Date.now() - (this.#lastSeen.get(name) ?? 0) < LATELY_MS;
  }

  /** Names of the others who are here, and of those who are gone but left words behind. */
  people() {
    const latest = (name) => this.#byKey.get(name)?.messages.at(-1)?.time ?? 0;
    const sorted = (names) => names.sort((a, b) => latest(b) - latest(a) || a.localeCompare(b));
    const gone = [...this.#byKey.values()].filter(({ key, messages }) =>
      key !== EVERYBODY && !this.#here.has(key) && (messages.length > 0 || key === this.open)).map(({ key }) => key);
    return { here: sorted([...this.#here]), gone: sorted(gone) };
  }
}
