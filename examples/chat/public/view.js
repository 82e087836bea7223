// SPDX-License-Identifier: MIT
//
// Everything that touches the document. What people write is only ever put into text nodes.

import { EVERYBODY } from './conversations.js';

const STATES = {
  connecting: { text: 'Connecting', banner: '' },
  connected: { text: 'Connected', banner: '' },
  reconnecting: { text: 'Reconnecting', banner: 'The line to the server is down. Trying again…' },
  disconnected: { text: 'Disconnected', banner: 'You are disconnected.' },
};
const GROUP_MS = 5 * 60_000;
const TYPING_SHOWN_MS = 4000;
const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/g;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const calendar = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className)
    element.className = className;
  if (text !== undefined)
    element.textContent = text;
  return element;
}

/** A hue that is the same for a name wherever it is shown. */
function hueOf(name) {
  let hash = 7;
  for (const character of name)
    hash = (Math.imul(hash, 31) + character.codePointAt(0)) >>> 0;
  return hash % 29 * 137 % 360;
}

function initialsOf(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join('');
}

function paintAvatar(element, name) {
  element.textContent = name === EVERYBODY ? '' : initialsOf(name);
  element.classList.toggle('all', name === EVERYBODY);
  element.style.setProperty('--hue', hueOf(name));
}

function withLinks(element, text) {
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    element.append(text.slice(at, match.index));
    const link = make('a', '', match[0]);
    link.href = match[0];
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
    element.append(link);
    at = match.index + match[0].length;
  }
  element.append(text.slice(at));
}

function isGrouped(before, message) {
  return before && !before.note && before.from === message.from && message.time - before.time < GROUP_MS;
}

function dayOf(time) {
  return new Date(time).toDateString();
}

export class View {
  #listeners = new Map();
  #elements = new Map();
  #typing = new Map();
  #state = 'connecting';
  #replaced = false;
  #shownMessages = [];

  constructor(document, conversations, me) {
    this.conversations = conversations;
    this.me = me;
    for (const element of document.querySelectorAll('[id]'))
      this[`$${element.id.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())}`] = element;
    this.#listen();
    this.showMe();
    this.openConversation(EVERYBODY);
  }

  /** One listener for each of: name, send, retry, typing, reconnect, leave. */
  on(event, listener) {
    this.#listeners.set(event, listener);
  }

  #emit(event, value) {
    this.#listeners.get(event)?.(value);
  }

  #listen() {
    this.$join.addEventListener('submit', (event) => {
      event.preventDefault();
      const name = this.$name.value.normalize('NFC').replace(/\s+/g, ' ').trim();
      this.$nameProblem.textContent = name ? '' : 'A name has at least one letter.';
      if (!name)
        return;
      this.$joinButton.disabled = true;
      this.#emit('name', name);
    });
    // Without a name there is nothing to go back to.
    this.$welcome.addEventListener('cancel', (event) => event.preventDefault());
    this.$composer.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    this.$text.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#send();
      }
    });
    this.$text.addEventListener('input', () => {
      this.#fitText();
      if (this.$text.value)
        this.#emit('typing');
    });
    this.$openSide.addEventListener('click', () => this.#showSide(true));
    this.$closeSide.addEventListener('click', () => this.#showSide(false));
    this.$shade.addEventListener('click', () => this.#showSide(false));
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape')
        this.#showSide(false);
    });
    this.$leave.addEventListener('click', () => this.#emit('leave'));
    this.$bannerButton.addEventListener('click', () => this.#emit('reconnect'));
    this.$newer.addEventListener('click', () => this.#scrollDown());
    this.$scroll.addEventListener('scroll', () => {
      if (this.#isAtEnd())
        this.$newer.hidden = true;
    });
    for (const event of ['focus', 'visibilitychange'])
      (event === 'focus' ? window : document).addEventListener(event, () => this.#markRead());
  }

  #send() {
    const text = this.$text.value.trim();
    if (!text || !this.me.name)
      return;
    this.$text.value = '';
    this.#fitText();
    this.#emit('send', text);
    this.#scrollDown();
  }

  #fitText() {
    this.$text.style.height = 'auto';
    this.$text.style.height = `${this.$text.scrollHeight}px`;
    this.$send.classList.toggle('ready', this.$text.value.trim() !== '');
  }

  /* ---- who I am and whether the line stands ---- */

  askName(problem) {
    this.$nameProblem.textContent = problem;
    this.$joinButton.disabled = false;
    if (!this.$name.value)
      this.$name.value = this.me.name;
    if (!this.$welcome.open)
      this.$welcome.showModal();
    this.$name.select();
  }

  closeWelcome() {
    this.$joinButton.disabled = false;
    if (!this.$welcome.open)
      return;
    this.$welcome.close();
    this.$text.focus();
  }

  showMe() {
    this.$myName.textContent = this.me.name;
    paintAvatar(this.$myAvatar, this.me.name || '?');
  }

  showState(state) {
    const { text, banner } = STATES[state];
    this.#state = state;
    for (const element of [this.$state, this.$pill])
      element.dataset.state = state;
    this.$state.textContent = text;
    this.$pillText.textContent = text;
    this.$banner.hidden = !banner || this.$welcome.open;
    this.$welcomeState.textContent = state === 'reconnecting' ? 'The server does not answer. Trying again…' : '';
    this.$bannerText.textContent = this.#replaced ? 'Your name is in use in another window.' : banner;
    if (state === 'connected')
      this.#replaced = false;
    this.$bannerButton.hidden = state !== 'disconnected';
    this.refreshLists();
  }

  /** Until the next change of state the banner says why this page was put out. */
  showReplaced() {
    this.#replaced = true;
  }

  /* ---- lists ---- */

  refreshLists() {
    const { here, gone } = this.conversations.people();
    this.$everybody.replaceChildren(this.#row(EVERYBODY, true));
    this.$here.replaceChildren(...here.map((name) => this.#row(name, true)));
    this.$gone.replaceChildren(...gone.map((name) => this.#row(name, false)));
    this.$goneTitle.hidden = gone.length === 0;
    this.$hereCount.textContent = here.length;
    this.$app.classList.toggle('stale', this.#state !== 'connected');
    this.#showBar(here.length);
    this.#showUnread();
  }

  #row(key, isHere) {
    const { messages, unread } = this.conversations.of(key);
    const last = messages.at(-1);
    const item = make('li');
    const button = make('button', 'row');
    button.type = 'button';
    button.dataset.key = key;
    if (key === this.conversations.open)
      button.setAttribute('aria-current', 'true');
    const avatar = make('span', 'avatar');
    avatar.setAttribute('aria-hidden', 'true');
    paintAvatar(avatar, key);
    avatar.classList.toggle('here', isHere && key !== EVERYBODY);
    const text = make('span', 'row-text');
    text.append(make('span', 'row-name', key || 'Everybody'));
    const line = last ? last.note ?? `${last.isMine ? 'You: ' : key === EVERYBODY ? `${last.from}: ` : ''}${last.text}` : '';
    text.append(make('span', 'row-line', line || (key === EVERYBODY ? 'All who are here' : 'Say hello')));
    button.append(avatar, text);
    if (unread > 0) {
      const badge = make('span', 'badge', unread > 99 ? '99+' : unread);
      badge.append(make('span', 'hidden', ' unread'));
      button.append(badge);
    }
    button.addEventListener('click', () => {
      this.openConversation(key);
      this.#showSide(false);
    });
    item.append(button);
    return item;
  }

  #showBar(hereCount) {
    const key = this.conversations.open;
    const isHere = this.conversations.isHere(key);
    this.$talkName.textContent = key || 'Everybody';
    paintAvatar(this.$talkAvatar, key);
    this.$talkAvatar.classList.toggle('here', isHere);
    const count = hereCount + (this.me.name ? 1 : 0);
    this.$talkLine.textContent = key === EVERYBODY
      ? `${count} ${count === 1 ? 'person' : 'people'} here`
      : isHere ? 'Here now, only you two read this' : 'Not here at the moment';
    this.$text.placeholder = key === EVERYBODY ? 'Write to everybody' : `Write to ${key} alone`;
  }

  #showUnread() {
    const all = this.conversations.unread();
    const others = this.conversations.unread({ exceptOpen: true });
    document.title = `${all ? `(${all}) ` : ''}Godwit chat`;
    this.$otherUnread.hidden = others === 0;
    this.$otherUnread.textContent = others > 99 ? '99+' : others;
    this.$openSide.setAttribute('aria-label', others ? `Conversations, ${others} unread` : 'Conversations');
  }

  #showSide(isShown) {
    this.$app.classList.toggle('side-open', isShown);
    this.$shade.hidden = !isShown;
    this.$openSide.setAttribute('aria-expanded', String(isShown));
  }

  #markRead() {
    if (document.visibilityState !== 'visible')
      return;
    this.conversations.markRead(this.conversations.open);
    this.refreshLists();
  }

  /* ---- the open conversation ---- */

  openConversation(key) {
    this.conversations.open = key;
    this.conversations.markRead(key);
    this.#elements.clear();
    this.#shownMessages = [];
    this.$log.replaceChildren();
    for (const message of this.conversations.of(key).messages)
      this.#append(message);
    this.$empty.hidden = this.#shownMessages.length > 0;
    this.$emptyTitle.textContent = key === EVERYBODY ? 'All quiet on the mudflats' : `Only you and ${key}`;
    this.$emptyLine.textContent = key === EVERYBODY
      ? 'Say something, and everybody who is here will read it.'
      : 'What you write here goes to nobody else.';
    this.refreshLists();
    this.#showTyping();
    this.#scrollDown();
  }

  messageAdded(key, message) {
    if (key !== this.conversations.open)
      return;
    const wasAtEnd = this.#isAtEnd();
    this.#append(message);
    this.$empty.hidden = true;
    if (wasAtEnd || message.isMine)
      this.#scrollDown();
    else if (!message.note)
      this.$newer.hidden = false;
  }

  messageChanged(message) {
    const element = message && this.#elements.get(message);
    if (!element)
      return;
    element.dataset.state = message.state;
    element.querySelector('.retry')?.remove();
    if (message.state === 'failed') {
      const retry = make('button', 'retry', 'Not delivered. Try again');
      retry.type = 'button';
      retry.addEventListener('click', () => this.#emit('retry', { key: this.conversations.open, message }));
      element.append(retry);
    }
  }

  #append(message) {
    const before = this.#shownMessages.at(-1);
    if (!before || dayOf(before.time) !== dayOf(message.time))
      this.$log.append(make('li', 'day', calendar.format(message.time)));
    this.$log.append(message.note ? make('li', 'note', message.note) : this.#bubble(before, message));
    this.#shownMessages.push(message);
    this.messageChanged(message);
  }

  #bubble(before, message) {
    const item = make('li', `message${message.isMine ? ' mine' : ''}${isGrouped(before, message) ? ' grouped' : ''}`);
    const avatar = make('span', 'avatar');
    avatar.setAttribute('aria-hidden', 'true');
    paintAvatar(avatar, message.from);
    const head = make('p', 'from');
    head.append(make('span', 'from-name', message.isMine ? 'You' : message.from));
    const time = make('time', '', clock.format(message.time));
    time.dateTime = new Date(message.time).toISOString();
    head.append(time);
    const text = make('p', 'text');
    withLinks(text, message.text);
    if (/^\p{Extended_Pictographic}[\p{Extended_Pictographic}\u200d\ufe0f\s]{0,12}$/u.test(message.text))
      text.classList.add('emoji');
    item.append(avatar, head, text);
    this.#elements.set(message, item);
    return item;
  }

  #isAtEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.$scroll;
    return scrollHeight - clientHeight - scrollTop < 60;
  }

  #scrollDown() {
    this.$scroll.scrollTop = this.$scroll.scrollHeight;
    this.$newer.hidden = true;
  }

  /* ---- who is writing ---- */

  typingStarted(key, name) {
    const id = JSON.stringify([key, name]);
    clearTimeout(this.#typing.get(id)?.timer);
    this.#typing.set(id, { key, name, timer: setTimeout(() => this.typingStopped(key, name), TYPING_SHOWN_MS) });
    this.#showTyping();
  }

  typingStopped(key, name) {
    const id = JSON.stringify([key, name]);
    clearTimeout(this.#typing.get(id)?.timer);
    if (this.#typing.delete(id))
      this.#showTyping();
  }

  #showTyping() {
    const names = [...this.#typing.values()].filter(({ key }) => key === this.conversations.open).map(({ name }) => name);
    const who = names.length > 2 ? 'Several people are' : `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'}`;
    this.$typing.textContent = names.length ? `${who} writing` : '';
    this.$typing.classList.toggle('active', names.length > 0);
  }
}
