// SPDX-License-Identifier: MIT
//
// godwit connect as a person sees it: typing on a terminal while messages come.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { WebSocketServer } from 'ws';
import { build, oursOnly } from './support/app.mjs';
import { Terminal } from './support/terminal.mjs';
import { Inbox, pause } from './support/wait.mjs';

const godwit = join(build, 'godwit');
const state = mkdtempSync(join(tmpdir(), 'godwit-state-'));
after(() => rmSync(state, { recursive: true, force: true }));
const history = join(state, 'godwit/connect_history');

const CTRL = { a: '\x01', c: '\x03', d: '\x04', e: '\x05', r: '\x12', u: '\x15' };
const LEFT = '\x1b[D';
const UP = '\x1b[A';

/** A server, one terminal connected to it, and the server's end of the connection with what it got. */
async function connect(t, options = {}, ...args) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  t.after(() => {
    for (const socket of server.clients)
      socket.terminate();
    server.close();
  });
  const connection = once(server, 'connection');
  const terminal = new Terminal(t, godwit, ['connect', ...args, `ws://127.0.0.1:${server.address().port}/`],
    { ...options, env: { XDG_STATE_HOME: state, NO_COLOR: '1', ...options.env } });
  const [socket] = await connection;
  const got = new Inbox();
  const closed = once(socket, 'close');
  socket.on('error', () => {});
  socket.on('message', (data) => got.push(data.toString()));
  const head = `connected to ws://127.0.0.1:${server.address().port}/\neach line is a message; Ctrl-D closes the connection\n`;
  return { terminal, socket, got, closed, head };
}

async function endsWith(terminal, status) {
  assert.equal(await terminal.end(), status);
  assert.match(terminal.errors, /^terminal is restored$/m);
  assert.deepEqual(terminal.screen.unknown, []);
}

describe('godwit connect on a terminal', { skip: oursOnly }, () => {
  test('lines go out, messages come in, Ctrl-D closes with 1000', async (t) => {
    const { terminal, socket, got, closed, head } = await connect(t);
    await terminal.shows(`${head}>`);
    terminal.type('hello\r');
    assert.equal(await got.take('the line'), 'hello');
    socket.send('hello yourself');
    await terminal.shows(`${head}> hello\n< hello yourself\n>`);
    terminal.type('\r'); // an empty line is no message
    terminal.type('Grüße 你好\r');
    assert.equal(await got.take('the line'), 'Grüße 你好');
    terminal.type(CTRL.d);
    assert.equal((await closed)[0], 1000);
    await endsWith(terminal, 0);
    assert.match(terminal.text, /\nclosed with 1000 \(normal\)$/);
  });

  test('a line that is being typed is not torn by messages', async (t) => {
    const { terminal, socket, got, head } = await connect(t);
    await terminal.shows(`${head}>`);
    terminal.type('abcdef');
    await terminal.shows(`${head}> abcdef`);
    socket.send('one');
    socket.send('two\nlines');
    await terminal.shows(`${head}< one\n< two\n  lines\n> abcdef`);
    terminal.type(LEFT + LEFT);
    await pause(200);
    socket.send('three');
    await terminal.shows(`${head}< one\n< two\n  lines\n< three\n> abcdef`);
    terminal.type('X');
    await terminal.shows(/> abcdXef$/);
    terminal.type('\r');
    assert.equal(await got.take('the line'), 'abcdXef');
    terminal.type(CTRL.d);
    await endsWith(terminal, 0);
  });

  test('nor one that is longer than the screen is wide', async (t) => {
    const { terminal, socket, got, head } = await connect(t, { columns: 80 });
    const line = Array.from({ length: 50 }, (_, i) => `word${i}`).join(' ');
    const shown = `> ${line}`.match(/.{1,80}/g).map((part) => part.trimEnd()).join('\n');
    await terminal.shows(`${head}>`);
    terminal.type(line);
    await terminal.shows(`${head}${shown}`);
    socket.send('one');
    await terminal.shows(`${head}< one\n${shown}`);
    terminal.type(CTRL.a);
    await pause(200);
    socket.send('two');
    await terminal.shows(`${head}< one\n< two\n${shown}`);
    terminal.type(CTRL.e);
    await pause(200);
    socket.send('three');
    await terminal.shows(`${head}< one\n< two\n< three\n${shown}`);
    terminal.type('\r');
    assert.equal(await got.take('the line'), line);
    terminal.type(CTRL.d);
    await endsWith(terminal, 0);
  });

  test('the arrow and Ctrl-R bring back lines, of earlier runs too', async (t) => {
    const first = await connect(t);
    await first.terminal.shows(`${first.head}>`);
    first.terminal.type('remember me\r');
    await first.got.take('the line');
    first.terminal.type(' a secret\r');
    assert.equal(await first.got.take('the line'), ' a secret');
    first.terminal.type('the last\r');
    await first.got.take('the line');
    first.terminal.type(CTRL.d);
    await endsWith(first.terminal, 0);
    assert.doesNotMatch(readFileSync(history, 'utf8'), /secret/);
    assert.equal(statSync(history).mode & 0o777, 0o600);

    const { terminal, got, socket } = await connect(t);
    await terminal.shows(/>$/);
    terminal.type(UP);
    await terminal.shows(/> the last$/);
    terminal.type('\r');
    assert.equal(await got.take('the line'), 'the last');
    terminal.type(`${CTRL.r}ember`);
    await terminal.shows(/remember me/);
    socket.send('meanwhile'); // the loop goes on while libedit searches
    await terminal.shows(/< meanwhile/);
    terminal.type('\r');
    assert.equal(await got.take('the line'), 'remember me');
    terminal.type(CTRL.d);
    await endsWith(terminal, 0);
  });

  test('what a server says cannot steer the terminal', async (t) => {
    const { terminal, socket, head } = await connect(t);
    await terminal.shows(`${head}>`);
    socket.send('\x1b[2J\x1b]0;title\x07 \u202e\x9b1m\rover\r\n> fake');
    await terminal.shows(`${head}< \\x1b[2J\\x1b]0;title\\x07 \\u202e\\u009b1m\\rover\n  > fake\n>`);
    socket.close(4000, 'bye \x1b[31m\n');
    await endsWith(terminal, 3);
    assert.match(terminal.text, /\nclosed with 4000: bye \\x1b\[31m\\n$/);
    assert.ok(!terminal.raw.includes('\x1b]0;'));
  });

  test('binary and huge messages are shown in part', async (t) => {
    const { terminal, socket } = await connect(t, { columns: 100 });
    await terminal.shows(/>$/);
    socket.send(Buffer.from(Array.from({ length: 1300 }, (_, i) => i & 255)));
    await terminal.shows(/< binary, 1,300 bytes\n {2}00000000 {2}00 01 [^\n]*\n[^]* {2}000000f0 [^\n]*\n {2}\.\.\. 1,044 more bytes;/);
    socket.send('x'.repeat(20_000));
    await terminal.shows(/x\n {2}\.\.\. 3,616 more bytes; a pipe \(\| less\) or --json gives all\n>$/);
    terminal.type(CTRL.d);
    await endsWith(terminal, 0);
  });

  test('Ctrl-C closes with 1000, and what was typed is not sent', async (t) => {
    const { terminal, closed, got } = await connect(t);
    await terminal.shows(/>$/);
    terminal.type('half');
    await terminal.shows(/> half$/);
    terminal.type(CTRL.c);
    assert.equal((await closed)[0], 1000);
    await endsWith(terminal, 0);
    assert.equal(got.size, 0);
    assert.doesNotMatch(terminal.text, /half/);
  });

  test('a second Ctrl-C ends at once and gives the terminal back', async (t) => {
    const { terminal, socket } = await connect(t);
    await terminal.shows(/>$/);
    socket.pause(); // it will not answer
    terminal.type(CTRL.c);
    await pause(300);
    terminal.type(CTRL.c);
    assert.equal(await terminal.end(), 130);
    assert.match(terminal.errors, /^terminal is restored$/m);
  });

  test('a connection that breaks while somebody types', async (t) => {
    const { terminal, socket } = await connect(t);
    await terminal.shows(/>$/);
    terminal.type('half');
    await terminal.shows(/> half$/);
    socket.terminate();
    await endsWith(terminal, 1);
    assert.match(terminal.text, /\ngodwit connect: ws:\/\/[^\n]*: messages: [^]*$/);
    assert.doesNotMatch(terminal.text, /half/);
  });

  test('colors only where they are wanted', async (t) => {
    const plain = await connect(t);
    await plain.terminal.shows(/>$/);
    assert.doesNotMatch(plain.terminal.raw, /\x1b\[[0-9;]*m/);
    const colored = await connect(t, { env: { NO_COLOR: '' } });
    await colored.terminal.shows(/>$/);
    assert.match(colored.terminal.raw, /\x1b\[32m/);
    for (const { terminal } of [plain, colored]) {
      terminal.type(CTRL.d);
      await endsWith(terminal, 0);
    }
  });

  test('a dumb terminal gets lines without editing', async (t) => {
    const { terminal, got, socket } = await connect(t, { env: { TERM: 'dumb', NO_COLOR: '' } });
    await terminal.shows(/connected/);
    terminal.type('hello\n');
    assert.equal(await got.take('the line'), 'hello');
    socket.send('\x1b[2J');
    await terminal.shows(/\n< \\x1b\[2J$/);
    terminal.type(CTRL.d);
    await endsWith(terminal, 0);
    assert.doesNotMatch(terminal.raw, /\x1b/);
  });
});
