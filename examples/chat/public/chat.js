// SPDX-License-Identifier: MIT
//
// The page's wiring: what people do goes to the connection, what comes from it goes to the
// conversations, and the view shows them.
//
// Events between page and server. All arguments are plain strings and numbers; a name is 1 to 24
// characters, a text up to 2,000, `id` is a random string of the sender that stays the same when a
// message is sent again, `time` is milliseconds since 1970.
//
//   page -> server
//     join (name, key), ack (problem)   asks for a name. The ack is null, or why not: "taken",
//                                       "invalid". key is a secret of this page: who holds a name may
//                                       take it over with the same key from a connection that the
//                                       server has not yet given up.
//     say (id, text), ack (time)        to everybody else; null when refused
//     whisper (to, id, text), ack (time)  to one person by name; null when that person is not here
//     typing (to)                       to a person by name, "" for everybody; nobody answers
//
//   server -> page
//     people (name, ...)                all who are here, oneself included; follows a join
//     joined (name), left (name)        somebody else came or went
//     message (from, id, text, time)    said to everybody; after a join also what was said lately
//     whisper (from, id, text, time)    said to this page alone
//     typing (from, isPrivate)          isPrivate is 1 for a whisper, else 0
//     replaced ()                       another page took the name over; a disconnect follows

import { Connection } from './connection.js';
import { Conversations, EVERYBODY } from './conversations.js';
import { View } from './view.js';

const STORE = 'godwit-chat';

function load() {
  try {
    return JSON.parse(sessionStorage.getItem(STORE)) ?? {};
  } catch {
    return {};
  }
}

const stored = load();
const me = { name: stored.name ?? '', key: stored.key ?? crypto.getRandomValues(new Uint32Array(4)).join('-') };
const conversations = new Conversations(stored.conversations);
const connection = new Connection(window.io);
const view = new View(document, conversations, me);

// A reload of the page keeps the name and what was said; a new window begins afresh.
addEventListener('pagehide', () => {
  sessionStorage.setItem(STORE, JSON.stringify({ ...me, conversations: conversations.toJSON() }));
});

function isBeingRead(key) {
  return key === conversations.open && document.visibilityState === 'visible' && document.hasFocus();
}

function receive(key, message) {
  if (conversations.add(key, message, !isBeingRead(key)))
    view.messageAdded(key, message);
  view.typingStopped(key, message.from);
  view.refreshLists();
}

function note(text) {
  const message = { note: text, time: Date.now() };
  conversations.add(EVERYBODY, message, false);
  view.messageAdded(EVERYBODY, message);
}

/* ---- from the server ---- */

connection.on('state', (state) => view.showState(state));

connection.on('joined-in', (name) => {
  me.name = name;
  view.closeWelcome();
  view.showMe();
  view.openConversation(conversations.open);
});

connection.on('replaced', () => view.showReplaced());

connection.on('refused', (problem) => {
  view.askName(problem === 'taken'
    ? 'Somebody here has that name already. Try another one.'
    : 'That cannot be a name here. Use up to 24 letters.');
});

connection.on('people', (names) => {
  conversations.setPeople(names.filter((name) => name !== me.name));
  view.refreshLists();
});

// Who reloads the page leaves and is back a moment later: that is not worth two notes.
const leaving = new Map();
const LEAVE_NOTE_DELAY_MS = 3000;

connection.on('joined', (name) => {
  const isBack = leaving.has(name) || conversations.wasHereLately(name);
  clearTimeout(leaving.get(name));
  leaving.delete(name);
  conversations.setHere(name, true);
  if (!isBack)
    note(`${name} joined`);
  view.refreshLists();
});

connection.on('left', (name) => {
  conversations.setHere(name, false);
  leaving.set(name, setTimeout(() => {
    leaving.delete(name);
    note(`${name} left`);
  }, LEAVE_NOTE_DELAY_MS));
  view.typingStopped(EVERYBODY, name);
  view.typingStopped(name, name);
  view.refreshLists();
});

connection.on('message', ({ from, id, text, time }) => receive(EVERYBODY, { from, id, text, time }));
connection.on('whisper', ({ from, id, text, time }) => receive(from, { from, id, text, time }));
connection.on('typing', ({ from, isPrivate }) => view.typingStarted(isPrivate ? from : EVERYBODY, from));
connection.on('delivered', ({ id, time }) => view.messageChanged(conversations.settle(id, time)));
connection.on('failed', ({ id }) => view.messageChanged(conversations.settle(id, null)));

/* ---- from the person ---- */

view.on('name', (name) => connection.join(name, me.key));

view.on('send', (text) => {
  const key = conversations.open;
  const message = { from: me.name, id: crypto.getRandomValues(new Uint32Array(2)).join('-'), text, time: Date.now(),
    isMine: true, state: 'pending' };
  conversations.add(key, message, false);
  view.messageAdded(key, message);
  view.refreshLists();
  connection.send(key, message.id, text);
});

view.on('retry', ({ key, message }) => {
  message.state = 'pending';
  view.messageChanged(message);
  connection.send(key, message.id, message.text);
});

view.on('typing', () => connection.typing(conversations.open));
view.on('reconnect', () => (me.name ? connection.join(me.name, me.key) : connection.connect()));
view.on('leave', () => {
  connection.disconnect();
  me.name = '';
  view.askName('');
});

if (me.name)
  connection.join(me.name, me.key);
else
  view.askName('');
for (const { key, message } of conversations.pending())
  connection.send(key, message.id, message.text);
connection.connect();
