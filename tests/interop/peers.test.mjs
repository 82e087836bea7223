// SPDX-License-Identifier: MIT
//
// Our WebSocket server with clients that no one here wrote: Debian's python3-websockets and Chromium,
// over ws and wss, with compression and without.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build, oursOnly, Program, startApp } from './support/app.mjs';
import { Certs } from './support/certs.mjs';
import { within } from './support/wait.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--ignore-certificate-errors'];
const PYTHON = '/usr/bin/python3'; // Debian's, which has Debian's modules
const script = join(dirname(fileURLToPath(import.meta.url)), 'support/websockets_client.py');
const certs = new Certs();

const it = {};
before(async () => {
  const { cert, key } = certs.leaf('localhost', 'DNS:localhost,IP:127.0.0.1');
  it.plain = await startApp();
  it.tls = await Program.start(join(build, 'examples/interop'),
    ['--port', '0', '--tls-port', '0', '--cert', cert, '--key', key], /^listening on (\d+) \(tls\)$/);
});
after(async () => {
  await it.plain?.stop();
  await it.tls?.stop();
});

const urls = { ws: () => `ws://127.0.0.1:${it.plain.port}/echo`, wss: () => `wss://localhost:${it.tls.port}/echo` };

describe('python3-websockets', { skip: oursOnly }, () => {
  for (const scheme of Object.keys(urls)) {
    for (const compression of ['deflate', 'none'])
      test(`over ${scheme}, compression ${compression}`, async () => {
        const child = spawn(PYTHON, [script, urls[scheme](), compression, certs.authority.cert], { stdio: ['ignore', 'ignore', 'pipe'] });
        let errors = '';
        child.stderr.on('data', (bytes) => { errors += bytes; });
        const code = await within(new Promise((done) => child.on('close', done)), 'the client', 90_000);
        assert.equal(code, 0, errors);
      });
  }
});

describe('Chromium', { skip: oursOnly || (!existsSync(CHROMIUM) && `${CHROMIUM} is missing`) }, () => {
  let browser;
  before(async () => { browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS }); });
  after(async () => { await browser?.close(); });

  for (const scheme of Object.keys(urls))
    test(`over ${scheme}`, async () => {
      const page = await browser.newPage();
      const seen = await page.evaluate((url) => new Promise((done, fail) => {
        const messages = ['', 'Hello', 'Grüße, 日本, 🐦', 'the same again '.repeat(5000)];
        const socket = new WebSocket(url, ['superchat']);
        const echoes = [];
        socket.onopen = () => messages.forEach((message) => socket.send(message));
        socket.onerror = () => fail(new Error('error event'));
        socket.onmessage = ({ data }) => {
          echoes.push(data);
          if (echoes.length === messages.length)
            socket.close(4321, 'that is all');
        };
        socket.onclose = ({ wasClean, code, reason }) => done({ protocol: socket.protocol, extensions: socket.extensions,
          areSame: echoes.every((echo, i) => echo === messages[i]), wasClean, code, reason });
      }), urls[scheme]());
      await page.close();
      assert.deepEqual({ ...seen, extensions: seen.extensions.split(';')[0] }, { protocol: 'superchat', extensions: 'permessage-deflate',
        areSame: true, wasClean: true, code: 4321, reason: 'that is all' });
    });
});
