// SPDX-License-Identifier: MIT
//
// The app over TLS: with Node.js's own TLS, npm `ws` and socket.io-client, and with peers that do not
// behave (RFC 8446, RFC 5246, RFC 6066, RFC 7301).

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import { chromium } from 'playwright-core';
import { WebSocket } from 'ws';
import { Program, build, oursOnly } from './support/app.mjs';
import { Certs } from './support/certs.mjs';
import { connectClient, ways } from './support/client.mjs';
import { RawConnection } from './support/http.mjs';
import { Inbox, once, pause, until, within } from './support/wait.mjs';

const certs = new Certs();
const ca = certs.authority.pem;
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const TIMEOUT_MS = 1500;
const NAMES = 'DNS:localhost,DNS:first.example,IP:127.0.0.1';

function startTls(pairs, options = {}) {
  const files = pairs.flatMap(({ cert, key }) => ['--cert', cert, '--key', key]);
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return Program.start(join(build, 'examples/interop'), ['--port', '0', '--tls-port', '0', ...files, ...flags],
    /^listening on (\d+) \(tls\)$/);
}

function serve(pairs, options) {
  const it = {};
  before(async () => {
    it.app = await startTls(pairs, options);
    it.idleFiles = it.app.openFiles;
  });
  after(async () => { await it.app?.stop(); });
  return it;
}

/** A TLS connection whose handshake is done. */
async function connect(t, port, options = {}) {
  const socket = tlsConnect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...options });
  t?.after(() => socket.destroy());
  await within(new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  }), 'the handshake');
  socket.on('error', () => {});
  return socket;
}

async function openWebSocket(t, port, options = {}) {
  const socket = new WebSocket(`wss://localhost:${port}/echo`, { ca, ...options });
  const messages = new Inbox();
  socket.on('message', (data, isBinary) => messages.push({ data, isBinary }));
  t.after(() => socket.terminate());
  await within(new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  }), 'the WebSocket to open');
  socket.on('error', () => {});
  return { socket, next: () => messages.take('a message') };
}

async function echoes({ socket, next }, data) {
  socket.send(data);
  const answer = await next();
  assert.ok(answer.data.equals(Buffer.from(data)));
}

/** The whole answer to a GET. */
function get(port, path, options = {}) {
  return within(new Promise((resolve, reject) => {
    const request = httpsRequest({ port, host: '127.0.0.1', servername: 'localhost', ca, path, ...options }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(parts).toString() }));
    });
    request.on('error', reject);
    request.end();
  }), `the answer for ${path}`);
}

describe('genuine clients', { skip: oursOnly }, () => {
  const it = serve([certs.leaf('genuine', NAMES)]);

  for (const version of ['TLSv1.2', 'TLSv1.3'])
    test(`HTTPS over ${version}`, async () => {
      const { status, body } = await get(it.app.port, '/socket.io/?EIO=4&transport=polling',
        { minVersion: version, maxVersion: version });
      assert.equal(status, 200);
      assert.match(body, /^0\{"sid":/);
    });

  for (const perMessageDeflate of [false, true])
    for (const size of [0, 1, 125, 16_384, 16_385, 65_536, 1_000_000])
      test(`npm ws, ${size} bytes, ${perMessageDeflate ? 'compressed' : 'plain'}`, async (t) => {
        const peer = await openWebSocket(t, it.app.port, { perMessageDeflate });
        await echoes(peer, 'x'.repeat(size));
        await echoes(peer, randomBytes(size));
      });

  test('many messages at once, both ways', async (t) => {
    const { socket, next } = await openWebSocket(t, it.app.port);
    const blob = randomBytes(100_000);
    for (let i = 0; i < 100; i++)
      socket.send(blob.subarray(0, i * 1000));
    for (let i = 0; i < 100; i++)
      assert.ok((await next()).data.equals(blob.subarray(0, i * 1000)));
  });

  for (const [way, transports] of Object.entries(ways))
    test(`socket.io-client by ${way}`, async (t) => {
      const client = await connectClient(t, `https://localhost:${it.app.port}`, { ...transports, ca });
      client.emit('echo', 'hello', { a: 1 }, Buffer.from([1, 2, 3]));
      const [text, object, bytes] = await client.next('echo');
      assert.deepEqual([text, object, Buffer.from(bytes)], ['hello', { a: 1 }, Buffer.from([1, 2, 3])]);
      if (transports.transports.length > 1)
        await client.upgraded();
    });

  test('Chromium speaks wss', { skip: !existsSync(CHROMIUM) && 'Chromium is not installed' }, async (t) => {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
    t.after(() => browser.close());
    const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
    await page.goto(`https://localhost:${it.app.port}/socket.io/?EIO=4&transport=polling`);
    const answers = await within(page.evaluate((url) => new Promise((resolve, reject) => {
      const socket = new WebSocket(url);
      const got = [];
      socket.onopen = () => {
        socket.send('hello');
        socket.send('x'.repeat(100_000));
      };
      socket.onmessage = ({ data }) => {
        got.push(data.length);
        if (got.length === 2)
          socket.close(1000);
      };
      socket.onerror = () => reject(new Error('the WebSocket broke'));
      socket.onclose = ({ code, wasClean }) => resolve({ got, code, wasClean });
    }), `wss://localhost:${it.app.port}/echo`), 'the browser');
    assert.deepEqual(answers, { got: [5, 100_000], code: 1000, wasClean: true });
  });

  test('a WebSocket closes cleanly', async (t) => {
    const { socket } = await openWebSocket(t, it.app.port);
    socket.close(1000, 'done');
    const [code] = await once(socket, 'close');
    assert.equal(code, 1000);
  });

  test('HTTP/1.1 is chosen by ALPN, and a client of HTTP/2 alone is refused', async (t) => {
    const socket = await connect(t, it.app.port, { ALPNProtocols: ['h2', 'http/1.1'] });
    assert.equal(socket.alpnProtocol, 'http/1.1');
    await assert.rejects(connect(t, it.app.port, { ALPNProtocols: ['h2'] }), /no application protocol/i);
  });

  test('ciphers without forward secrecy or authentication are refused', async (t) => {
    for (const ciphers of ['AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-SHA'])
      await assert.rejects(connect(t, it.app.port, { maxVersion: 'TLSv1.2', ciphers }), /handshake failure/i);
  });

  test('TLS 1.1 is refused', async (t) => {
    await assert.rejects(connect(t, it.app.port,
      { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }), /version|handshake/i);
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'])
    test(`a session of ${version} is resumed`, async (t) => {
      const options = { minVersion: version, maxVersion: version };
      const first = await connect(t, it.app.port, options);
      const sessions = new Inbox();
      first.on('session', (session) => sessions.push(session));
      first.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
      first.resume();
      const session = version === 'TLSv1.2' ? first.getSession() : await sessions.take('a ticket');
      assert.equal(first.isSessionReused(), false);
      const second = await connect(t, it.app.port, { ...options, session });
      assert.equal(second.isSessionReused(), true);
    });

  test('nothing is left open', async () => {
    const open = it.idleFiles;
    await until(() => it.app.openFiles <= open, 'those of the tests before are gone');
    const sockets = await Promise.all(Array.from({ length: 20 }, () => connect(null, it.app.port)));
    await until(() => it.app.openFiles >= open + 20, 'the connections are there');
    for (const socket of sockets)
      socket.destroy();
    await until(() => it.app.openFiles <= open, 'the connections are gone');
  });
});

describe('several certificates', { skip: oursOnly }, () => {
  const it = serve([
    certs.leaf('first', NAMES),
    certs.leaf('wild', 'DNS:*.b.example'),
    certs.leaf('exact', 'DNS:a.b.example,DNS:c.example'),
  ]);

  for (const [servername, file] of [['first.example', 'first'], ['c.example', 'exact'], ['a.b.example', 'exact'],
    ['z.b.example', 'wild']])
    test(`${servername} gets ${file}`, async (t) => {
      const socket = await connect(t, it.app.port, { servername });
      assert.equal(socket.authorized, true);
      assert.equal(socket.getPeerCertificate().subject.CN, file);
    });

  for (const servername of ['nobody.example', 'x.y.b.example', ''])
    test(`"${servername}" gets the first`, async (t) => {
      const socket = await connect(t, it.app.port, { servername, rejectUnauthorized: false });
      assert.equal(socket.getPeerCertificate().subject.CN, 'first');
    });
});

describe('client certificates', { skip: oursOnly }, () => {
  const it = serve([certs.leaf('asking', NAMES)], { 'client-ca': certs.authority.cert });
  const good = certs.leaf('good-client');
  const strange = certs.make('strange-client');
  const old = certs.leaf('old-client', undefined, { days: -1 });

  test('a good one is let in', async (t) => {
    await echoes(await openWebSocket(t, it.app.port, { cert: good.pem, key: good.keyPem }), 'hello');
  });

  for (const [what, client] of [['none', null], ['one of a stranger', strange], ['one that has expired', old]])
    test(`${what} is refused`, async () => {
      const shown = client ? { cert: client.pem, key: client.keyPem } : {};
      await assert.rejects(get(it.app.port, '/', shown), /alert|ECONNRESET|socket hang up/i);
    });
});

describe('certificates that change', { skip: oursOnly }, () => {
  test('SIGHUP brings the new one, and open connections stay', async (t) => {
    const current = certs.leaf('renewal', NAMES, { name: 'before' });
    const app = await startTls([current]);
    t.after(() => app.stop());
    const peer = await openWebSocket(t, app.port);
    await echoes(peer, 'before');

    certs.replace(current, certs.leaf('renewal-next', NAMES, { name: 'after' }));
    app.child.kill('SIGHUP');
    await until(async () => {
      const socket = await connect(null, app.port);
      const name = socket.getPeerCertificate().subject.CN;
      socket.destroy();
      return name === 'after';
    }, 'the new certificate is shown');
    await echoes(peer, 'still here');
    await echoes(await openWebSocket(t, app.port), 'and the next');
  });

  test('a certificate that cannot be read is told of and the old one stays', async (t) => {
    const current = certs.leaf('spoiled', NAMES, { name: 'kept' });
    const app = await startTls([current]);
    t.after(() => app.stop());
    const peer = await openWebSocket(t, app.port);

    certs.spoil(current);
    app.child.kill('SIGHUP');
    await until(() => /tls_reload_failed error=.*cannot read certificate .*spoiled\.crt/.test(app.errors), 'the log tells');
    const socket = await connect(t, app.port);
    assert.equal(socket.getPeerCertificate().subject.CN, 'kept');
    await echoes(peer, 'still here');
  });

  for (const [what, makePairs, words] of [
    ['a missing file', () => [{ cert: '/nowhere/a.crt', key: '/nowhere/a.key' }],
      /cannot read certificate \/nowhere\/a\.crt: No such file or directory/],
    ['the key of another', () => [{ cert: certs.leaf('one', NAMES).cert, key: certs.leaf('two', NAMES).key }],
      /private key .*two\.key does not belong to certificate .*one\.crt/],
  ])
    test(`${what} at the start is refused in words`, async () => {
      await assert.rejects(startTls(makePairs()), words);
    });
});

describe('peers that do not behave', { skip: oursOnly }, () => {
  const it = serve([certs.leaf('patient', NAMES)], { 'handshake-timeout': TIMEOUT_MS });

  test('plain HTTP gets a 400 that says what to do', async () => {
    const connection = await RawConnection.open(it.app.port);
    connection.write('GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const response = await connection.response();
    assert.equal(response.status, 400);
    assert.equal(response.text, 'this port speaks TLS: use https:// or wss://\n');
    assert.equal(response.header('connection'), 'close');
    await connection.ended();
  });

  for (const [what, bytes] of [['garbage', randomBytes(2000).fill(0, 0, 1)], ['an SSH client', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a handshake of nonsense', Buffer.concat([Buffer.from('1603010200', 'hex'), Buffer.alloc(512, 7)])]])
    test(`${what} is closed at once`, async () => {
      const connection = await RawConnection.open(it.app.port);
      const begin = Date.now();
      connection.write(bytes);
      await connection.ended();
      assert.ok(Date.now() - begin < TIMEOUT_MS - 100, 'before the handshake timeout');
    });

  test('silence is closed by the handshake timeout', async () => {
    const connection = await RawConnection.open(it.app.port);
    const begin = Date.now();
    await connection.ended();
    assert.ok(Date.now() - begin >= TIMEOUT_MS - 50);
  });

  test('a handshake that drips in is closed by the same timeout', async () => {
    const connection = await RawConnection.open(it.app.port);
    const begin = Date.now();
    connection.write(Buffer.from('1603010200010001fc0303', 'hex'));
    while (!connection.isEnded && Date.now() - begin < 10_000) {
      connection.write('\x00');
      await pause(50);
    }
    assert.ok(connection.isEnded);
    assert.ok(Date.now() - begin >= TIMEOUT_MS - 50);
  });

  test('the timeout is for the handshake only', async (t) => {
    const peer = await openWebSocket(t, it.app.port);
    await pause(TIMEOUT_MS + 500);
    await echoes(peer, 'hello');
  });

  test('a reset in the middle of the handshake disturbs nobody', async (t) => {
    const peer = await openWebSocket(t, it.app.port);
    for (let i = 0; i < 20; i++) {
      const connection = await RawConnection.open(it.app.port);
      connection.write('\x16\x03\x01\x02\x00\x01');
      connection.reset();
    }
    await echoes(peer, 'hello');
  });

  test('a client that does not believe the certificate disturbs nobody', async (t) => {
    const peer = await openWebSocket(t, it.app.port);
    await assert.rejects(connect(t, it.app.port, { ca: undefined }), /unable to|self-signed|certificate/i);
    await echoes(peer, 'hello');
  });

  test('renegotiation is refused and does no harm', async (t) => {
    const socket = await connect(t, it.app.port, { maxVersion: 'TLSv1.2' });
    const answer = new Promise((resolve) => socket.renegotiate({}, resolve));
    const end = once(socket, 'close');
    await within(Promise.race([answer.then((error) => assert.ok(error)), end]), 'the refusal');
  });
});

test('the server stops while handshakes are open', { skip: oursOnly }, async () => {
  const app = await startTls([certs.leaf('stopping', NAMES)]);
  const connection = await RawConnection.open(app.port);
  connection.write('\x16\x03\x01');
  await pause(100);
  const begin = Date.now();
  await app.stop();
  assert.ok(Date.now() - begin < 3000);
  connection.close();
});
