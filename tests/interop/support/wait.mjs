// SPDX-License-Identifier: MIT
//
// Waiting without clocks: a test waits for an event and the limit here is only there so that a
// server that never answers shows up as "nothing came" instead of a hanging run. It is generous
// because the same tests run under AddressSanitizer on a busy machine.

const LIMIT_MS = 20_000;

export class NothingCame extends Error {}

/** Resolves like `promise`; rejects and names `what` when nothing has come within the limit. */
export function within(promise, what, limitMs = LIMIT_MS) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new NothingCame(`waited ${limitMs} ms for ${what}`)), limitMs);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/** One event of an emitter as an array of its arguments. */
export function once(emitter, event, what = `event "${event}"`) {
  return within(new Promise((resolve) => emitter.once(event, (...args) => resolve(args))), what);
}

/** Asks again and again until `check` gives something truthy; that is returned. */
export async function until(check, what, limitMs = LIMIT_MS) {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await check();
    if (answer)
      return answer;
    if (Date.now() > end)
      throw new NothingCame(`waited ${limitMs} ms until ${what}`);
    await pause(20);
  }
}

/** Lets time pass where only the passing of time is the subject, never to await an answer. */
export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A queue that a producer fills and a test empties, each item awaited. */
export class Inbox {
  #items = [];
  #takers = [];
  #end = null;

  push(item) {
    const taker = this.#takers.shift();
    if (taker)
      taker.resolve(item);
    else
      this.#items.push(item);
  }

  /** From now on takers get `error` once the items have run out. */
  finish(error) {
    if (this.#end)
      return;
    this.#end = error;
    for (const taker of this.#takers.splice(0))
      taker.reject(error);
  }

  take(what, limitMs) {
    if (this.#items.length > 0)
      return Promise.resolve(this.#items.shift());
    if (this.#end)
      return Promise.reject(new Error(`${this.#end.message}, while waiting for ${what}`));
    return within(new Promise((resolve, reject) => this.#takers.push({ resolve, reject })), what,
      limitMs);
  }

  get size() {
    return this.#items.length;
  }
}
