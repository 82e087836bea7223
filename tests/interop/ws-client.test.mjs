// SPDX-License-Identifier: MIT
//
// Our WebSocket client, driven as tests/interop/wsprobe and examples/wsclient: against the genuine npm
// `ws`, Debian's python3-websockets, our own server, and hand-made servers, proxies and DNS that
// break the rules or fall silent (RFC 6455 4.1, 7; RFC 8305; RFC 9110 9.3.6).

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect as tcpConnect, createServer } from 'node:net';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { WebSocketServer } from 'ws';
import { Program, build, isReference, startApp } from './support/app.mjs';
import { Certs } from './support/certs.mjs';
import { Inbox, once, within } from './support/wait.mjs';
import { acceptOf } from './support/websocket.mjs';

const probePath = join(build, 'tests/interop/wsprobe');
const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;

/** Runs a client to its end; gives its lines, all of them and by event. */
async function probe(...args) {
  const { code, signal, stdout, stderr } = await within(new Promise((resolve) => {
    const child = execFile(probePath, args.map(String), { maxBuffer: 1 << 28 }, (error, out, err) =>
      resolve({ code: child.exitCode, signal: child.signalCode, stdout: out, stderr: err }));
  }), 'the client to end', 60_000);
  assert.equal(code ?? signal, 0, stderr);
  assert.equal(stderr, '');
  const lines = stdout.trim().split('\n').map((line) => JSON.parse(line));
  const of = (event) => lines.filter((line) => line.event === event);
  assert.equal(lines[0].readyState, 0);
  assert.equal(lines[0].sent, 'GW_E_CLOSED');
  assert.equal(of('close').length, 1);
  assert.equal(lines.at(-1).event, 'close');
  assert.equal(lines.at(-1).readyState, 3);
  assert.ok(of('open').length <= 1 && of('error').length <= 1);
  return { lines, of, open: of('open')[0], error: of('error')[0], close: of('close')[0],
    messages: of('message') };
}

/** Insists on a failure: one error of that step, then a close with 1006. */
async function probeFails(step, err, why, ...args) {
  const result = await probe(...args);
  assert.ok(result.error, JSON.stringify(result.lines));
  assert.equal(result.error.step, step, result.error.why);
  assert.equal(result.error.err, err, result.error.why);
  assert.match(result.error.why, why);
  assert.equal(result.close.code, 1006);
  assert.equal(result.close.reason, '');
  assert.equal(result.close.wasClean, false);
  return result;
}

function escape(text) {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}

async function listening(t, server, ...where) {
  server.listen(...(where.length ? where : [0, '127.0.0.1']));
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections?.();
    server.close();
  });
  return server.address().port;
}

/** A TCP server that does with each connection what `handle` says, and forgets its errors. */
async function rawServer(t, handle, ...where) {
  const sockets = new Set();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    handle(socket);
  });
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  return listening(t, server, ...where);
}

/** Reads a request head, then calls `answer(socket, head, key, rest)`. */
function onHead(socket, answer) {
  let received = Buffer.alloc(0);
  const read = (bytes) => {
    received = Buffer.concat([received, bytes]);
    const end = received.indexOf('\r\n\r\n');
    if (end < 0)
      return;
    socket.off('data', read);
    const head = received.subarray(0, end + 4).toString('latin1');
    answer(socket, head, /Sec-WebSocket-Key: (\S+)/.exec(head)?.[1] ?? '', received.subarray(end + 4));
  };
  socket.on('data', read);
}

function goodAnswer(key, extra = '') {
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
    + `Sec-WebSocket-Accept: ${acceptOf(key)}\r\n${extra}\r\n`;
}

/** A server that answers every handshake with the bytes that `answer(key, head)` gives. */
function answering(t, answer) {
  return rawServer(t, (socket) => onHead(socket, (_, head, key) => socket.write(answer(key, head))));
}

async function npmServer(t, options = {}, server) {
  const port = server ? await listening(t, server) : 0;
  const wss = server ? new WebSocketServer({ server, ...options })
    : new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  if (!server)
    await once(wss, 'listening');
  t.after(() => {
    wss.clients.forEach((client) => client.terminate());
    wss.close();
  });
  return { wss, port: port || wss.address().port };
}

/** A DNS server: `names` maps "name TYPE" to an address; others do not exist. Mute: it says nothing. */
async function dnsServer(t, names, isMute = false) {
  const socket = createSocket('udp4');
  socket.on('message', (question, peer) => {
    if (isMute)
      return;
    const labels = [];
    let at = 12;
    for (; question[at]; at += question[at] + 1)
      labels.push(question.toString('latin1', at + 1, at + 1 + question[at]));
    const end = at + 5;
    const name = labels.join('.');
    const address = names[name];
    const isA = question[end - 3] === 1;
    const head = Buffer.from(question.subarray(0, end));
    head.fill(0, 6, 12);
    head[2] = 0x81;
    head[3] = 0x80 | (name in names ? 0 : 3);
    if (!isA || !address) {
      socket.send(head, peer.port, peer.address);
      return;
    }
    head[7] = 1;
    socket.send(Buffer.concat([head, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]),
      Buffer.from(address.split('.').map(Number))]), peer.port, peer.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

describe('against npm ws', { skip: isReference }, () => {
  for (const deflate of [false, true])
    test(`messages of all sizes are echoed ${deflate ? 'with' : 'without'} compression`, async (t) => {
      const { wss, port } = await npmServer(t, { perMessageDeflate: deflate });
      const sizes = [0, 1, 125, 126, 127, 1024, 65_535, 65_536, 200_000, 5_000_000];
      const echoes = new Inbox();
      wss.on('connection', (socket) => {
        socket.on('message', (data, isBinary) => echoes.push({ data, isBinary }));
        socket.on('close', (code) => echoes.push({ code }));
        (async () => {
          for (const size of sizes)
            for (const data of ['€'.repeat(size / 3) + 'x'.repeat(size % 3), randomBytes(size)]) {
              socket.send(data);
              const echo = await echoes.take('an echo');
              assert.equal(echo.isBinary, typeof data !== 'string');
              assert.ok(echo.data.equals(Buffer.from(data)), `${size} bytes came back changed`);
            }
          assert.equal(socket.extensions, deflate ? 'permessage-deflate' : '');
          socket.close(1000);
        })().catch((error) => { t.diagnostic(String(error)); socket.close(4999); });
      });
      const { code, stdout } = await within(new Promise((resolve) => {
        const child = execFile(join(build, 'examples/wsclient'), [`ws://127.0.0.1:${port}/`],
          (_, out, err) => resolve({ code: child.exitCode, stdout: out + err }));
      }), 'wsclient to end', 120_000);
      assert.equal(stdout, 'closed: code 1000, reason "", clean\n');
      assert.equal(code, 0);
    });

  test('the request is what was asked for', async (t) => {
    const { wss, port } = await npmServer(t, { handleProtocols: () => 'superchat' });
    wss.on('connection', (socket) => socket.close());
    const request = once(wss, 'connection');
    const { open } = await probe('--subprotocol', 'chat', '--subprotocol', 'superchat', '--origin',
      'https://example.org', '--header', 'Cookie: a=b', '--header', 'X-Thing:  c d ',
      `ws://us%40er:p%3Aw@127.0.0.1:${port}/a/../b c?d=ü&e`);
    const [, { headers, url }] = await request;
    assert.equal(url, '/b%20c?d=%C3%BC&e');
    assert.equal(headers.host, `127.0.0.1:${port}`);
    assert.equal(headers.origin, 'https://example.org');
    assert.equal(headers.cookie, 'a=b');
    assert.equal(headers['x-thing'], 'c d');
    assert.equal(headers.authorization, `Basic ${Buffer.from('us@er:p:w').toString('base64')}`);
    assert.equal(headers['sec-websocket-protocol'], 'chat, superchat');
    assert.equal(headers['sec-websocket-extensions'], undefined);
    assert.equal(open.protocol, 'superchat');
    assert.equal(open.extensions, '');
    assert.equal(open.url, `ws://127.0.0.1:${port}/b%20c?d=%C3%BC&e`);
    assert.equal(open.readyState, 1);
  });

  test('compression is offered and agreed on', async (t) => {
    const { wss, port } = await npmServer(t, { perMessageDeflate: { threshold: 0 } });
    wss.on('connection', (socket) => socket.send('a'.repeat(100_000)));
    const { open, messages } = await probe('--deflate', '--close-after', 1, `ws://127.0.0.1:${port}`);
    assert.match(open.extensions, /^permessage-deflate/);
    assert.equal(messages[0].text.length, 100_000);
  });

  test('the close of the server is told with its code and reason', async (t) => {
    const { wss, port } = await npmServer(t);
    wss.on('connection', (socket) => socket.close(4321, 'grüß Gott'));
    const { close, error } = await probe(`ws://127.0.0.1:${port}/`);
    assert.deepEqual([close.code, close.reason, close.wasClean], [4321, 'grüß Gott', true]);
    assert.equal(error, undefined);
  });

  test('a close without a code is 1005', async (t) => {
    const { wss, port } = await npmServer(t);
    wss.on('connection', (socket) => socket.close());
    const { close } = await probe(`ws://127.0.0.1:${port}/`);
    assert.deepEqual([close.code, close.reason, close.wasClean], [1005, '', true]);
  });

  test('our close reaches the server with its code and reason', async (t) => {
    const { wss, port } = await npmServer(t);
    const closed = new Inbox();
    wss.on('connection', (socket) =>
      socket.on('close', (code, reason) => closed.push([code, reason.toString()])));
    const { close, error } = await probe('--close-after', 0, '--close', 3000, '--reason', 'tschüß',
      `ws://127.0.0.1:${port}/`);
    assert.deepEqual(await closed.take('the close'), [3000, 'tschüß']);
    assert.deepEqual([close.code, close.wasClean], [3000, true]);
    assert.equal(error, undefined);
  });

  test('terminate cuts the connection without a word', async (t) => {
    const { wss, port } = await npmServer(t);
    const closed = new Inbox();
    wss.on('connection', (socket) => socket.on('close', (code) => closed.push(code)));
    const { close, error } = await probe('--close-after', 0, '--terminate', `ws://127.0.0.1:${port}/`);
    assert.equal(await closed.take('the close'), 1006);
    assert.deepEqual([close.code, close.wasClean], [1006, false]);
    assert.equal(error, undefined);
  });

  test('a server that drops the connection is an error', async (t) => {
    const { wss, port } = await npmServer(t);
    wss.on('connection', (socket) => socket.terminate());
    await probeFails('messages', 'GW_E_CLOSED', /ended without a close frame/,
      `ws://127.0.0.1:${port}/`);
  });

  test('pings are answered', async (t) => {
    const { wss, port } = await npmServer(t);
    const pongs = new Inbox();
    wss.on('connection', (socket) => {
      socket.on('pong', (data) => { pongs.push(data.toString()); socket.close(); });
      socket.ping('still there?');
    });
    await probe(`ws://127.0.0.1:${port}/`);
    assert.equal(await pongs.take('a pong'), 'still there?');
  });

  test('a silent server is pinged, and kept when it answers', async (t) => {
    const { wss, port } = await npmServer(t);
    wss.on('connection', (socket) => socket.on('ping', () => socket.close(1000, 'heard you')));
    const { close } = await probe('--idle-timeout', 400, `ws://127.0.0.1:${port}/`);
    assert.equal(close.reason, 'heard you');
  });

  test('names are resolved by the DNS server that was given', async (t) => {
    const { wss, port } = await npmServer(t);
    wss.on('connection', (socket) => socket.close(1000));
    const dns = await dnsServer(t, { 'here.test': '127.0.0.1' });
    const { open, close } = await probe('--dns', dns, `ws://here.test:${port}/`);
    assert.equal(open.url, `ws://here.test:${port}/`);
    assert.equal(close.code, 1000);
  });

  test('a Unix-domain socket can stand in for host and port', async (t) => {
    const certificates = new Certs();
    const path = join(certificates.folder, 'socket');
    const server = createHttpServer();
    await listening(t, server, path);
    const unix = new WebSocketServer({ server });
    unix.on('connection', (socket, request) => socket.close(1000, request.headers.host));
    const { close } = await probe('--unix', path, 'ws://example.org/x');
    assert.equal(close.reason, 'example.org');
  });
});

describe('answers that break a rule', { skip: isReference }, () => {
  const cases = {
    'another status': [() => 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n',
      'the server answered HTTP/1.1 403 Forbidden', 'GW_E_REFUSED'],
    'a page': [() => 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
      'the server answered HTTP/1.1 200 OK', 'GW_E_REFUSED'],
    'HTTP/1.0': [(key) => goodAnswer(key).replace('HTTP/1.1', 'HTTP/1.0'), 'the answer is not HTTP/1.1'],
    'no Upgrade': [(key) => goodAnswer(key).replace('Upgrade: websocket\r\n', ''), 'Upgrade is missing'],
    'another Upgrade': [(key) => goodAnswer(key).replace('websocket', 'h2c'),
      'Upgrade does not say websocket'],
    'no Connection': [(key) => goodAnswer(key).replace('Connection: Upgrade\r\n', ''),
      'Connection does not say upgrade'],
    'no accept': [(key) => goodAnswer(key).replace(/Sec-WebSocket-Accept.*\r\n/, ''),
      'Sec-WebSocket-Accept is missing'],
    'the accept of another key': [() => goodAnswer('dGhlIHNhbXBsZSBub25jZQ=='),
      'Sec-WebSocket-Accept is not the answer to our key'],
    'the accept twice': [(key) => goodAnswer(key, `Sec-WebSocket-Accept: ${acceptOf(key)}\r\n`),
      'Sec-WebSocket-Accept comes more than once'],
    'a subprotocol nobody asked for': [(key) => goodAnswer(key, 'Sec-WebSocket-Protocol: chat\r\n'),
      'the server chose a subprotocol that was not offered'],
    'an extension nobody offered': [(key) => goodAnswer(key, 'Sec-WebSocket-Extensions: permessage-deflate\r\n'),
      'extension'],
    'another protocol': [() => 'SSH-2.0-OpenSSH_9.2\r\n', 'it does not begin with HTTP/1.'],
    'binary garbage': [() => randomBytes(4000).fill(0, 0, 1), 'it does not begin with HTTP/1.'],
    'line ends without CR': [(key) => goodAnswer(key).replaceAll('\r', ''), 'a line does not end in CRLF'],
    'a folded field': [(key) => goodAnswer(key, 'A: b\r\n c\r\n'), 'a field is folded over two lines'],
    'an endless head': [() => 'HTTP/1.1 101 Go\r\n' + 'A: 12345678901234567890\r\n'.repeat(2000),
      'the head is too long', 'GW_E_LIMIT'],
    'an endless line': [() => 'HTTP/1.1 101 ' + 'o'.repeat(20_000), 'a line of the head is too long', 'GW_E_LIMIT'],
    'endless interim answers': [() => 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(50), 'too many interim answers',
      'GW_E_LIMIT'],
  };
  for (const [name, [answer, why, err = 'GW_E_PROTO']] of Object.entries(cases))
    test(`${name} is refused`, async (t) => {
      const port = await answering(t, answer);
      const { open } = await probeFails('handshake', err, escape(why), `ws://127.0.0.1:${port}/`);
      assert.equal(open, undefined);
    });

  test('the status of a refusal is told', async (t) => {
    const port = await answering(t, () => 'HTTP/1.1 429 Slow Down\r\n\r\n');
    const { error } = await probeFails('handshake', 'GW_E_REFUSED', /429 Slow Down/, `ws://127.0.0.1:${port}/`);
    assert.equal(error.status, 429);
  });

  test('a good answer may come byte by byte, with the first frame behind it', async (t) => {
    const port = await rawServer(t, (socket) => onHead(socket, async (_, head, key) => {
      socket.setNoDelay(true);
      for (const byte of Buffer.concat([Buffer.from(goodAnswer(key)), Buffer.from([0x81, 2, 104, 105, 0x88, 0])])) {
        socket.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
      socket.on('data', () => socket.end());
    }));
    const { messages, close } = await probe(`ws://127.0.0.1:${port}/`);
    assert.equal(messages[0].text, 'hi');
    assert.equal(close.wasClean, true);
  });

  test('frames in the same segment as the answer are not lost', async (t) => {
    const port = await answering(t, (key) => Buffer.concat([Buffer.from(goodAnswer(key)),
      Buffer.from([0x81, 2, 104, 105, 0x82, 1, 0, 0x88, 2, 3, 0xe8])]));
    const { messages, close } = await probe(`ws://127.0.0.1:${port}/`);
    assert.deepEqual(messages.map(({ text, binary }) => text ?? binary), ['hi', 1]);
    assert.equal(close.code, 1000);
  });
});

describe('frames', { skip: isReference }, () => {
  /** Opens, sends the bytes and gives all that the client sends, until it ends. */
  async function exchange(t, bytes, ...args) {
    const received = new Inbox();
    const port = await rawServer(t, (socket) => onHead(socket, (_, head, key, rest) => {
      const chunks = [rest];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('end', () => { received.push(Buffer.concat(chunks)); socket.end(); });
      socket.on('close', () => received.push(Buffer.concat(chunks)));
      socket.write(Buffer.concat([Buffer.from(goodAnswer(key)), Buffer.from(bytes)]));
    }));
    const result = await probe(...args, `ws://127.0.0.1:${port}/`);
    return { ...result, received: await received.take('the end') };
  }

  test('every frame is masked, each with another key', async (t) => {
    const { received } = await exchange(t, [0x89, 0, 0x88, 2, 3, 0xe8],
      '--send', 'same', '--send', 'same', '--send', 'same');
    const keys = new Set();
    let at = 0;
    const opcodes = [];
    while (at < received.length) {
      const length = received[at + 1] & 0x7f;
      assert.ok(received[at + 1] & 0x80, 'a frame is bare');
      opcodes.push(received[at] & 15);
      const key = received.subarray(at + 2, at + 6);
      keys.add(key.toString('hex'));
      const data = received.subarray(at + 6, at + 6 + length).map((byte, i) => byte ^ key[i & 3]);
      if ((received[at] & 15) === 1)
        assert.equal(data.toString(), 'same');
      at += 6 + length;
    }
    assert.deepEqual(opcodes.sort((a, b) => a - b), [1, 1, 1, 8, 10]);
    assert.equal(keys.size, 5);
  });

  test('a masked frame of the server is refused', async (t) => {
    const { error, close } = await exchange(t, [0x81, 0x81, 1, 2, 3, 4, 5]);
    assert.equal(error.step, 'messages');
    assert.equal(error.err, 'GW_E_PROTO');
    assert.equal(close.code, 1006);
  });

  test('a message that is too long is refused by its head', async (t) => {
    const { error } = await exchange(t, [0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0], '--max-message', 1000);
    assert.equal(error.step, 'messages');
    assert.match(error.why, /long/);
  });

  test('a server that never ends TCP is cut two seconds after the close', async (t) => {
    const begin = Date.now();
    const { close } = await exchange(t, [0x88, 2, 3, 0xe8]);
    assert.equal(close.wasClean, true);
    assert.ok(Date.now() - begin < 10_000);
  });

  test('a server that does not answer the close is cut at the timeout', async (t) => {
    const { close, error } = await exchange(t, [], '--close-after', 0, '--close', 1000, '--close-timeout', 200);
    assert.deepEqual([close.code, close.wasClean], [1006, false]);
    assert.equal(error, undefined);
  });
});

describe('what leads nowhere', { skip: isReference }, () => {
  test('a refused connection', async (t) => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    await probeFails('connect', 'GW_E_REFUSED', escape(`cannot connect to 127.0.0.1:${port}: Connection refused`),
      `ws://127.0.0.1:${port}/`);
  });

  test('an address that does not answer', async (t) => {
    const hole = await Program.start('/usr/bin/python3', [join(here, 'support/hole.py')], /^listening on (\d+)$/);
    t.after(() => hole.kill());
    const begin = Date.now();
    await probeFails('connect', 'GW_E_TIMEOUT', escape(`no connection to 127.0.0.1:${hole.port} within 300 ms`),
      '--connect-timeout', 300, `ws://127.0.0.1:${hole.port}/`);
    assert.ok(Date.now() - begin < 5000);
  });

  test('a name that does not exist', async (t) => {
    const dns = await dnsServer(t, {});
    await probeFails('resolve', 'GW_E_NOT_FOUND', /cannot resolve nowhere\.test\.: Domain name not found/,
      '--dns', dns, 'ws://nowhere.test./');
  });

  test('a name without addresses', async (t) => {
    const dns = await dnsServer(t, { 'empty.test': null });
    await probeFails('resolve', 'GW_E_NOT_FOUND', /cannot resolve empty\.test/, '--dns', dns, 'ws://empty.test/');
  });

  test('a DNS server that says nothing', async (t) => {
    const dns = await dnsServer(t, {}, true);
    await probeFails('resolve', 'GW_E_TIMEOUT', /no address for slow\.test within 300 ms/,
      '--dns', dns, '--connect-timeout', 300, 'ws://slow.test/');
  });

  test('a server that says nothing', async (t) => {
    const port = await rawServer(t, () => {});
    await probeFails('handshake', 'GW_E_TIMEOUT', /no answer within 300 ms/,
      '--handshake-timeout', 300, `ws://127.0.0.1:${port}/`);
  });

  test('a server that sends one byte at a time for ever', async (t) => {
    const port = await rawServer(t, (socket) => {
      const answer = 'HTTP/1.1 101 Switching Protocols\r\n' + 'X'.repeat(8000);
      let at = 0;
      const timer = setInterval(() => socket.write(answer[at++]), 20);
      socket.on('close', () => clearInterval(timer));
    });
    await probeFails('handshake', 'GW_E_TIMEOUT', /no answer within 500 ms/,
      '--handshake-timeout', 500, `ws://127.0.0.1:${port}/`);
  });

  test('a server that hangs up at once', async (t) => {
    const port = await rawServer(t, (socket) => socket.end());
    await probeFails('handshake', 'GW_E_CLOSED', /the connection ended before an answer/, `ws://127.0.0.1:${port}/`);
  });

  test('a server that hangs up in the middle of its answer', async (t) => {
    const port = await rawServer(t, (socket) => onHead(socket, () => socket.end('HTTP/1.1 101 Swi')));
    await probeFails('handshake', 'GW_E_CLOSED', /the answer broke off/, `ws://127.0.0.1:${port}/`);
  });

  test('a server that resets', async (t) => {
    const port = await rawServer(t, (socket) => onHead(socket, () => socket.resetAndDestroy()));
    await probeFails('handshake', 'GW_E_SYSTEM', /the connection broke: Connection reset by peer/,
      `ws://127.0.0.1:${port}/`);
  });

  test('a reset when it is open', async (t) => {
    const port = await rawServer(t, (socket) => onHead(socket, (_, head, key) => {
      socket.write(goodAnswer(key), () => setTimeout(() => socket.resetAndDestroy(), 100));
    }));
    await probeFails('messages', 'GW_E_SYSTEM', /the connection broke: Connection reset by peer/,
      `ws://127.0.0.1:${port}/`);
  });

  test('a Unix-domain socket that is not there', async () => {
    await probeFails('connect', 'GW_E_REFUSED', /cannot connect to unix:\/nowhere\/socket: No such file/,
      '--unix', '/nowhere/socket', 'ws://x/');
  });

  for (const [url, why] of Object.entries({
    'example.org': 'bad URL: the URL does not begin with ws:// or wss://',
    'ftp://example.org': 'bad URL: the scheme is not ws, wss, http or https',
    'ws://example.org/#part': 'bad URL: a WebSocket URL has no fragment (write %23 for #)',
    'ws://example.org:99999/': 'bad URL: the port is not a number from 1 to 65535',
    'ws://256.1.1.1/': 'bad URL: the host is not a valid IPv4 address',
  }))
    test(`the URL ${url}`, async () => {
      const { close } = await probeFails('argument', 'GW_E_ARG', escape(why), url);
      assert.equal(close.code, 1006);
    });

  for (const [args, why] of [
    [['--header', 'A: b\r\nC: d'], 'bad header "A: b\r\nC: d": the value of a header has a control character'],
    [['--header', 'Host: x'], 'bad header "Host: x": this header is the handshake\'s own'],
    [['--header', 'sec-websocket-key: x'], 'this header is the handshake\'s own'],
    [['--subprotocol', 'a b'], 'bad subprotocol "a b": a subprotocol is not a token'],
    [['--subprotocol', 'a', '--subprotocol', 'a'], 'a subprotocol is asked for twice'],
    [['--origin', 'a\nb'], 'bad origin: it has a control character'],
    [['--proxy', 'https://x'], 'bad proxy URL: it is written http://host:port'],
    [['--proxy', 'nonsense'], 'bad proxy URL:'],
    [['--unix', 'x'.repeat(200)], 'bad Unix-domain path'],
    [['--dns', 'nonsense'], 'the DNS servers are no addresses'],
  ])
    test(`the option ${JSON.stringify(args)}`, async () => {
      const result = await probe(...args, 'ws://a.test/');
      assert.equal(result.error.err, 'GW_E_ARG');
      assert.match(result.error.why, escape(why));
    });

  for (const ms of [0, 150])
    test(`a client that gives up after ${ms} ms`, async (t) => {
      const port = await rawServer(t, () => {});
      const hole = await Program.start('/usr/bin/python3', [join(here, 'support/hole.py')], /^listening on (\d+)$/);
      t.after(() => hole.kill());
      for (const target of [port, hole.port]) {
        const { of } = await probeFails(target === port && ms ? 'handshake' : 'connect', 'GW_E_CLOSED',
          /closed before the connection was open/, '--give-up', ms, `ws://127.0.0.1:${target}/`);
        if (ms)
          assert.equal(of('gave up')[0].readyState, 2);
      }
    });
});

describe('redirects', { skip: isReference }, () => {
  const to = (location, status = '302 Found') => () =>
    `HTTP/1.1 ${status}\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;

  test('are not followed unless asked for', async (t) => {
    const port = await answering(t, to('ws://127.0.0.1:1/x'));
    const { error } = await probeFails('handshake', 'GW_E_REFUSED',
      /answered HTTP\/1\.1 302 Found, to ws:\/\/127\.0\.0\.1:1\/x, and no \(more\) redirects/, `ws://127.0.0.1:${port}/`);
    assert.equal(error.status, 302);
  });

  for (const status of ['301 a', '302 b', '303 c', '307 d', '308 e'])
    test(`${status.slice(0, 3)} leads to the new place`, async (t) => {
      const { wss, port } = await npmServer(t);
      wss.on('connection', (socket, request) => socket.close(1000, request.url));
      const first = await answering(t, to(`http://127.0.0.1:${port}/there?x`, status));
      const { open, close } = await probe('--redirects', 1, `ws://127.0.0.1:${first}/here`);
      assert.equal(open.url, `ws://127.0.0.1:${port}/there?x`);
      assert.equal(close.reason, '/there?x');
    });

  test('may be relative, and have a fragment', async (t) => {
    const port = await rawServer(t, (socket) => onHead(socket, (_, head, key) => {
      socket.end(head.startsWith('GET /a/b ') ? to('../c#d')()
        : Buffer.concat([Buffer.from(goodAnswer(key)), Buffer.from([0x88, 0])]));
    }));
    const { open } = await probe('--redirects', 5, `ws://127.0.0.1:${port}/a/b`);
    assert.equal(open.url, `ws://127.0.0.1:${port}/c`);
  });

  test('are counted', async (t) => {
    let count = 0;
    const port = await rawServer(t, (socket) => onHead(socket, () => {
      count++;
      socket.end(to('/again')());
    }));
    await probeFails('handshake', 'GW_E_REFUSED', /no \(more\) redirects/, '--redirects', 3, `ws://127.0.0.1:${port}/`);
    assert.equal(count, 4);
  });

  for (const [location, why] of [['ftp://x/', 'the scheme is not ws'], ['ws://:0/', 'there is no host']])
    test(`to ${location} fail`, async (t) => {
      const port = await answering(t, to(location));
      await probeFails('handshake', 'GW_E_PROTO', escape(why), '--redirects', 1, `ws://127.0.0.1:${port}/`);
    });

  test('without a Location fail', async (t) => {
    const port = await answering(t, () => 'HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n');
    await probeFails('handshake', 'GW_E_PROTO', /without a Location/, '--redirects', 1, `ws://127.0.0.1:${port}/`);
  });

  test('to another origin leave secrets behind', async (t) => {
    const { wss, port } = await npmServer(t);
    const request = once(wss, 'connection');
    wss.on('connection', (socket) => socket.close());
    const first = await answering(t, to(`ws://127.0.0.1:${port}/`));
    await probe('--redirects', 1, '--header', 'Authorization: Bearer x', '--header', 'Cookie: a=b',
      '--header', 'X-Public: c', `ws://user:password@127.0.0.1:${first}/`);
    const [, { headers }] = await request;
    assert.equal(headers.authorization, undefined);
    assert.equal(headers.cookie, undefined);
    assert.equal(headers['x-public'], 'c');
  });
});

describe('through a proxy', { skip: isReference }, () => {
  /** A proxy that connects where it is asked to; gives the heads of the requests. */
  async function startProxy(t, answer = 'HTTP/1.1 200 Connection established\r\nContent-Length: 7\r\n\r\n') {
    const heads = new Inbox();
    const port = await rawServer(t, (socket) => onHead(socket, (_, head, key, rest) => {
      heads.push(head);
      const [, host, to] = /^CONNECT \[?([^\s\]]+)\]?:(\d+) /.exec(head) ?? [];
      const next = tcpConnect({ host: host?.endsWith('.test') ? '127.0.0.1' : host, port: Number(to) }, () => {
        socket.write(answer);
        next.write(rest);
        socket.pipe(next).pipe(socket);
      });
      next.on('error', () => socket.destroy());
      t.after(() => next.destroy());
    }));
    return { port, heads };
  }

  test('the server is reached, its name left to the proxy', async (t) => {
    const { wss, port } = await npmServer(t);
    wss.on('connection', (socket, request) => socket.close(1000, request.headers.host));
    const proxy = await startProxy(t);
    const { close } = await probe('--proxy', `http://us%40er:pass@127.0.0.1:${proxy.port}`, `ws://far.test:${port}/`);
    assert.equal(close.reason, `far.test:${port}`);
    const head = await proxy.heads.take('the head');
    assert.equal(head, `CONNECT far.test:${port} HTTP/1.1\r\nHost: far.test:${port}\r\n`
      + `Proxy-Authorization: Basic ${Buffer.from('us@er:pass').toString('base64')}\r\n\r\n`);
  });

  const failures = {
    'refuses': ['HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', 'GW_E_REFUSED',
      /the proxy 127\.0\.0\.1:\d+ answered HTTP\/1\.1 407 Proxy Authentication Required/],
    'speaks something else': ['220 mail.example ESMTP\r\n', 'GW_E_PROTO',
      /bad answer from the proxy 127\.0\.0\.1:\d+: it does not begin with HTTP\/1\./],
    'adds bytes': ['HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 Go\r\n', 'GW_E_PROTO', /something follows it/],
  };
  for (const [name, [answer, err, why]] of Object.entries(failures))
    test(`that ${name}`, async (t) => {
      const port = await answering(t, () => answer);
      await probeFails('proxy', err, why, '--proxy', `http://127.0.0.1:${port}`, 'ws://far.test/');
    });

  test('that says nothing', async (t) => {
    const port = await rawServer(t, () => {});
    await probeFails('proxy', 'GW_E_TIMEOUT', /did not answer the CONNECT within 300 ms/,
      '--handshake-timeout', 300, '--proxy', `http://127.0.0.1:${port}`, 'ws://far.test/');
  });

  test('that hangs up', async (t) => {
    const port = await rawServer(t, (socket) => onHead(socket, () => socket.end()));
    await probeFails('proxy', 'GW_E_CLOSED', /the proxy 127\.0\.0\.1:\d+ closed the connection/,
      '--proxy', `http://127.0.0.1:${port}`, 'ws://far.test/');
  });

  test('that is not there', async () => {
    await probeFails('connect', 'GW_E_REFUSED', /proxy: cannot connect to 127\.0\.0\.1:1: Connection refused/,
      '--proxy', 'http://127.0.0.1:1', 'ws://far.test/');
  });

  test('TLS goes through it end to end', async (t) => {
    const certificates = new Certs();
    const far = certificates.leaf('far', 'DNS:far.test');
    const { wss, port } = await npmServer(t, {}, createHttpsServer({ cert: far.pem, key: far.keyPem }));
    wss.on('connection', (socket) => socket.close(1000, 'secret'));
    const proxy = await startProxy(t);
    const { close } = await probe('--proxy', `http://127.0.0.1:${proxy.port}`, '--ca', certificates.authority.cert,
      `wss://far.test:${port}/`);
    assert.equal(close.reason, 'secret');
  });
});

describe('over TLS', { skip: isReference }, () => {
  let certificates, good, wrong, expired;
  before(() => {
    certificates = new Certs();
    good = certificates.leaf('good', 'DNS:localhost,IP:127.0.0.1');
    wrong = certificates.leaf('wrong', 'DNS:other.example');
    expired = certificates.leaf('expired', 'DNS:localhost,IP:127.0.0.1', { days: -1 });
  });

  async function secure(t, files, options = {}) {
    const { wss, port } = await npmServer(t, {},
      createHttpsServer({ cert: files.pem, key: files.keyPem, ...options }));
    wss.on('connection', (socket, request) => socket.on('message', (data) =>
      socket.close(1000, data.toString() + (request.socket.getPeerCertificate?.()?.subject?.CN ?? ''))));
    return port;
  }

  for (const host of ['localhost', '127.0.0.1'])
    test(`a good certificate for ${host} is trusted`, async (t) => {
      const port = await secure(t, good);
      const { open, close } = await probe('--ca', certificates.authority.cert, '--send', 'hello', `wss://${host}:${port}/`);
      assert.equal(open.url, `wss://${host}:${port}/`);
      assert.equal(close.reason, 'hello');
    });

  test('an unknown authority is refused', async (t) => {
    const port = await secure(t, good);
    await probeFails('tls', 'GW_E_PROTO', /localhost: .*(authority|self-signed)/, `wss://localhost:${port}/`);
  });

  test('another name is refused', async (t) => {
    const port = await secure(t, wrong);
    await probeFails('tls', 'GW_E_PROTO', /other\.example/, '--ca', certificates.authority.cert, `wss://localhost:${port}/`);
  });

  test('an expired certificate is refused', async (t) => {
    const port = await secure(t, expired);
    await probeFails('tls', 'GW_E_PROTO', /certificate has expired/, '--ca', certificates.authority.cert,
      `wss://localhost:${port}/`);
  });

  test('insecure takes them all', async (t) => {
    const port = await secure(t, expired);
    const { close } = await probe('--insecure', '--send', 'hi', `wss://localhost:${port}/`);
    assert.equal(close.reason, 'hi');
  });

  test('a client certificate is shown', async (t) => {
    const mine = certificates.leaf('client', 'DNS:client.example');
    const port = await secure(t, good, { requestCert: true, 
      ca: certificates.authority.pem });
    const { close } = await probe('--ca', certificates.authority.cert, '--cert', mine.cert, '--key', mine.key,
      '--send', 'I am ', `wss://localhost:${port}/`);
    assert.equal(close.reason, 'I am client');
  });

  test('a server that wants a client certificate refuses who has none', async (t) => {
    const port = await secure(t, good, { requestCert: true, rejectUnauthorized: true,
      ca: certificates.authority.pem });
    const { error } = await probe('--ca', certificates.authority.cert, `wss://localhost:${port}/`);
    assert.ok(error && ['tls', 'handshake'].includes(error.step), JSON.stringify(error));
  });

  test('a plain server is told apart', async (t) => {
    const { port } = await npmServer(t);
    await probeFails('tls', 'GW_E_PROTO', /does not speak TLS/, `wss://127.0.0.1:${port}/`);
  });

  test('a server that hangs up during the TLS handshake', async (t) => {
    const port = await rawServer(t, (socket) => socket.once('data', () => socket.end()));
    await probeFails('tls', 'GW_E_PROTO', /closed the connection during the TLS handshake/, `wss://127.0.0.1:${port}/`);
  });

  test('a server that says nothing', async (t) => {
    const port = await rawServer(t, () => {});
    await probeFails('tls', 'GW_E_TIMEOUT', /did not answer the TLS handshake within 300 ms/,
      '--handshake-timeout', 300, `wss://127.0.0.1:${port}/`);
  });

  test('a CA file that is not there', async () => {
    await probeFails('argument', 'GW_E_ARG', /cannot read (the )?CA file \/nowhere\.pem/, '--ca', '/nowhere.pem', 'wss://localhost/');
  });

  test('no redirect leads from wss to ws', async (t) => {
    const server = createHttpsServer({ cert: good.pem, key: good.keyPem });
    server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 302 Found\r\nLocation: ws://localhost/\r\n\r\n'));
    const port = await listening(t, server);
    await probeFails('handshake', 'GW_E_REFUSED', /redirect from wss to ws is not followed/, '--redirects', 3,
      '--ca', certificates.authority.cert, `wss://localhost:${port}/`);
  });

  test('a redirect may lead from ws to wss', async (t) => {
    const port = await secure(t, good);
    const first = await answering(t, () => `HTTP/1.1 302 Found\r\nLocation: https://localhost:${port}/\r\n\r\n`);
    const { close } = await probe('--redirects', 1, '--ca', certificates.authority.cert, '--send', 'safe',
      `ws://127.0.0.1:${first}/`);
    assert.equal(close.reason, 'safe');
  });
});

describe('against python3-websockets', { skip: isReference }, () => {
  for (const [name, serverArgs, clientArgs] of [['plain', ['plain'], []], ['compressed', [], ['--deflate']]])
    test(`${name} messages come back`, async (t) => {
      const server = await Program.start('/usr/bin/python3', [join(here, 'support/websockets_server.py'), ...serverArgs],
        /^listening on (\d+)$/);
      t.after(() => server.kill());
      const texts = ['', 'Grüße 😀', 'x'.repeat(20_000), 'close'];
      const { open, messages, close } = await probe(...clientArgs, '--subprotocol', 'a', ...texts.flatMap((text) => ['--send', text]),
        `ws://localhost:${server.port}/`);
      assert.equal(open.protocol, 'a');
      assert.equal(open.extensions.startsWith('permessage-deflate'), name === 'compressed');
      assert.deepEqual(messages.map(({ text }) => text), texts.slice(0, 3));
      assert.deepEqual([close.code, close.reason, close.wasClean], [4321, 'as you wish', true]);
    });
});

describe('against our own server', { skip: isReference }, () => {
  for (const args of [[], ['--deflate']])
    test(`messages come back ${args}`, async (t) => {
      const app = await startApp();
      t.after(() => app.stop());
      const { messages, close } = await probe(...args, '--send', 'one', '--send', 'ü'.repeat(10_000), '--close-after', 2,
        '--close', 1000, `ws://127.0.0.1:${app.port}/echo`);
      assert.deepEqual(messages.map(({ text }) => text), ['one', 'ü'.repeat(10_000)]);
      assert.deepEqual([close.code, close.wasClean], [1000, true]);
    });

  test('a path without WebSocket is refused with its status', async (t) => {
    const app = await startApp();
    t.after(() => app.stop());
    const { error } = await probeFails('handshake', 'GW_E_REFUSED', /HTTP\/1\.1 404/, `ws://127.0.0.1:${app.port}/nothing`);
    assert.equal(error.status, 404);
  });
});
