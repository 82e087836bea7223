// SPDX-License-Identifier: MIT
//
// The program godwit, as scripts use it: what connect, echo and bench read and write, and how they exit.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { build, oursOnly, Program } from './support/app.mjs';
import { Certs } from './support/certs.mjs';
import { until, within } from './support/wait.mjs';

const godwit = join(build, 'godwit');
const certs = new Certs();
const READY = /^listening on wss?:\/\/[^/]*:(\d+)\/$/;

/** Runs godwit to its end. `input` is written to its standard input. */
async function run(args, input = '') {
  const child = spawn(godwit, args, { stdio: 'pipe' });
  const output = [];
  let errors = '';
  child.stdout.on('data', (bytes) => output.push(bytes));
  child.stderr.on('data', (text) => { errors += text; });
  child.stdin.on('error', () => {}); // it may end before it has read all
  child.stdin.end(input);
  const [code, signal] = await within(once(child, 'close'), `godwit ${args.join(' ')}`, 60_000);
  const bytes = Buffer.concat(output);
  return { code, signal, bytes, output: bytes.toString(), errors };
}

/** A server of npm ws; `onConnection(socket, request)`. */
async function serve(t, onConnection, options = {}) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  server.on('connection', (socket, request) => {
    socket.on('error', () => {});
    onConnection(socket, request);
  });
  await once(server, 'listening');
  t.after(() => {
    for (const socket of server.clients)
      socket.terminate();
    server.close();
  });
  return `ws://127.0.0.1:${server.address().port}/`;
}

const echo = (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
const startEcho = (...args) => Program.start(godwit, ['echo', '--port', '0', ...args], READY);
const lines = (text) => text.split('\n').slice(0, -1);
const events = ({ output }) => lines(output).map((line) => JSON.parse(line));

describe('godwit', { skip: oursOnly }, () => {
  test('says what it can, and its version', async () => {
    const help = await run(['--help']);
    assert.equal(help.code, 0);
    for (const command of ['connect', 'echo', 'bench']) {
      assert.match(help.output, new RegExp(`^ +${command}`, 'm'));
      for (const args of [[command, '--help'], [command, '-h'], ['help', command]]) {
        const manual = await run(args);
        assert.equal(manual.code, 0);
        assert.equal(manual.errors, '');
        for (const part of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXAMPLES', 'EXIT STATUS'])
          assert.ok(lines(manual.output).includes(part), `${command} explains its ${part}`);
      }
    }
    assert.match((await run(['--version'])).output, /^godwit \d+\.\d+\.\d+\n$/);
  });

  test('refuses what it does not understand in one line with status 2', async () => {
    const wrong = {
      'godwit: nothing to do; godwit --help tells what it can': [],
      'godwit: conect: no such command; godwit --help lists them': ['conect'],
      'godwit: --verbose: no such option; godwit --help lists them': ['--verbose'],
      'godwit connect: the URL is missing; say for example: godwit connect ws://localhost:9001/': ['connect'],
      'godwit connect: unknown option --heder; did you mean --header?': ['connect', '--heder', 'a: b', 'ws://localhost/'],
      'godwit connect: --ping soon: takes seconds from 0.1 to 86400': ['connect', '--ping', 'soon', 'ws://localhost/'],
      'godwit connect: b: one URL is enough; quote what has spaces in it': ['connect', 'a', 'b'],
      'godwit connect: --key needs the --cert FILE that it belongs to: --key k.pem': ['connect', '--key', 'k.pem', 'wss://localhost/'],
      'godwit echo: --port 70000: takes a whole number from 0 to 65535': ['echo', '--port', '70000'],
      'godwit echo: 9001: takes options only; --port N chooses the port': ['echo', '9001'],
      'godwit bench: --connections 0: takes a whole number from 1 to 1000000': ['bench', '-c0', 'ws://localhost/'],
      'godwit bench: --rate: needs a value': ['bench', 'ws://localhost/', '--rate'],
    };
    for (const [line, args] of Object.entries(wrong)) {
      const { code, output, errors } = await run(args);
      assert.equal(errors, `${line}\n`);
      assert.equal(code, 2);
      assert.equal(output, '');
    }
  });

  test('refuses URLs and headers that are none', async () => {
    for (const args of [['ftp://localhost/'], ['ws://'], ['ws://localhost/#part'], ['ws://localhost:99999/'],
      ['-H', 'no colon', 'ws://localhost/'], ['-H', 'Sec-WebSocket-Key: mine', 'ws://localhost/'],
      ['--cacert', '/nowhere.pem', 'wss://localhost/'], ['--proxy', 'socks://localhost/', 'ws://localhost/']]) {
      const { code, errors } = await run(['connect', ...args]);
      assert.equal(code, 2, `${args}: ${errors}`);
      assert.equal(lines(errors).length, 1);
    }
  });

  test('a full disk is no success', async () => {
    const child = spawn('sh', ['-c', `"${godwit}" --help > /dev/full`], { stdio: ['ignore', 'ignore', 'pipe'] });
    assert.deepEqual(await once(child, 'close'), [1, null]);
  });
});

describe('godwit connect in a pipe', { skip: oursOnly }, () => {
  test('one line, one message', async (t) => {
    const got = [];
    const url = await serve(t, (socket) => {
      socket.on('message', (data, isBinary) => {
        got.push([data.toString(), isBinary]);
        socket.send(`${data}!`);
      });
    });
    const { code, output, errors } = await run(['connect', '--wait', '0.3', url], 'one\n\nzwei – 你好\nlast');
    assert.deepEqual(got, [['one', false], ['', false], ['zwei – 你好', false], ['last', false]]);
    assert.equal(output, 'one!\n!\nzwei – 你好!\nlast!\n');
    assert.equal(errors, `connected to ${url}, permessage-deflate\nclosed with 1000 (normal)\n`.replace(', permessage-deflate', ''));
    assert.equal(code, 0);
  });

  test('closes with 1000 when the input ends', async (t) => {
    let closed;
    const url = await serve(t, (socket) => { closed = once(socket, 'close'); });
    await run(['connect', '-w0', url], 'x\n');
    const [code, reason] = await closed;
    assert.equal(code, 1000);
    assert.equal(reason.length, 0);
  });

  test('binary comes and goes as it is', async (t) => {
    const url = await serve(t, echo, { maxPayload: 1 << 26 });
    const bytes = randomBytes(3_000_000);
    const { code, bytes: output } = await run(['connect', '-q', '--binary', url], bytes);
    assert.equal(code, 0);
    assert.ok(output.equals(bytes));
  });

  test('much input does not run ahead of a slow server', async (t) => {
    let count = 0;
    const url = await serve(t, (socket) => {
      socket.on('message', () => {
        if (++count % 100 !== 0)
          return;
        socket.pause();
        setTimeout(() => socket.resume(), 20);
      });
    });
    const { code } = await run(['connect', '-q', '-w', '0.2', '--no-compress', url], `${'x'.repeat(30_000)}\n`.repeat(1000));
    assert.equal(code, 0);
    assert.equal(count, 1000);
  });

  test('a large message comes whole', async (t) => {
    const text = 'Größe '.repeat(1_000_000);
    const url = await serve(t, (socket) => {
      socket.send(text);
      socket.close(1000);
    });
    assert.ok((await run(['connect', '-q', '-w', 'forever', url])).output === `${text}\n`); // equal() would print it all
  });

  test('--max-message limits both ways', async (t) => {
    const url = await serve(t, echo);
    const tooLong = await run(['connect', '--max-message', '1K', url], `fits\n${'x'.repeat(1025)}\n`);
    assert.equal(tooLong.code, 1);
    assert.match(tooLong.errors, /standard input, line 2: longer than 1024 bytes; --max-message allows more/);
    const large = await serve(t, (socket) => socket.send('x'.repeat(1025)));
    const tooLarge = await run(['connect', '--max-message', '1K', '-w5', large]);
    assert.equal(tooLarge.code, 1);
    assert.match(tooLarge.errors, /messages: /);
  });

  test('text that is no UTF-8 is refused by its line', async (t) => {
    const url = await serve(t, echo);
    const { code, errors } = await run(['connect', '-w5', url], Buffer.from('good\n\xff\n', 'latin1'));
    assert.equal(code, 1);
    assert.match(errors, /standard input, line 2: not UTF-8, which text messages must be; --binary sends bytes/);
  });

  test('--execute sends, --wait waits', async (t) => {
    const url = await serve(t, (socket) => socket.on('message', (data) => setTimeout(() => socket.send(`re: ${data}`), 200)));
    const { code, output } = await run(['connect', '-q', '-x', 'one', '--execute=two', '-w', '1', url], 'never read\n');
    assert.equal(output, 're: one\nre: two\n');
    assert.equal(code, 0);
    assert.equal((await run(['connect', '-q', '-x', 'one', '-w', '0', url])).output, '');
  });

  test('--wait forever ends with the server', async (t) => {
    const url = await serve(t, (socket) => setTimeout(() => {
      socket.send('late');
      socket.close();
    }, 500));
    const { code, output } = await run(['connect', '-q', '--wait', 'forever', url]);
    assert.equal(output, 'late\n');
    assert.equal(code, 0); // closed without a code
  });

  test('-q says nothing but messages', async (t) => {
    const url = await serve(t, echo);
    const { output, errors } = await run(['connect', '-q', '-x', 'one', '-w', '0.3', url]);
    assert.equal(output, 'one\n');
    assert.equal(errors, '');
  });

  test('headers, origin and subprotocols reach the server', async (t) => {
    let request;
    const url = await serve(t, (socket, asked) => {
      request = asked;
      socket.close(1000);
    }, { handleProtocols: (offered) => [...offered].at(-1) });
    const { errors } = await run(['connect', '-H', 'X-One: 1', '--header', 'Authorization: Bearer abc', '-s', 'a', '--subprotocol=b',
      '--origin', 'https://example.org', '-w', 'forever', `${url}path?query=1`]);
    assert.equal(request.url, '/path?query=1');
    assert.equal(request.headers['x-one'], '1');
    assert.equal(request.headers.authorization, 'Bearer abc');
    assert.equal(request.headers.origin, 'https://example.org');
    assert.equal(request.headers['sec-websocket-protocol'].replaceAll(' ', ''), 'a,b');
    assert.match(errors, /, subprotocol b$/m);
  });

  test('compresses unless it is told not to', async (t) => {
    const offers = [];
    const url = await serve(t, (socket, request) => {
      offers.push(request.headers['sec-websocket-extensions']);
      socket.close(1000);
    });
    await run(['connect', '-w', 'forever', url]);
    await run(['connect', '-w', 'forever', '--no-compress', url]);
    assert.match(offers[0], /permessage-deflate/);
    assert.equal(offers[1], undefined);
  });

  test('--ping pings, and notices a server that is gone', async (t) => {
    let pings = 0;
    const url = await serve(t, (socket) => {
      socket.on('ping', () => {
        if (++pings === 3)
          socket.close(1000);
      });
    });
    assert.equal((await run(['connect', '--ping', '0.1', '-w', 'forever', url])).code, 0);
    assert.ok(pings >= 3);
    const deaf = await serve(t, (socket) => { socket.pause(); });
    const { code, errors } = await run(['connect', '--ping', '0.2', '-w', 'forever', deaf]);
    assert.equal(code, 1);
    assert.match(errors, /messages: /);
  });

  test('the URL needs no scheme', async (t) => {
    const url = await serve(t, echo);
    assert.equal((await run(['connect', '-q', '-x', 'a', '-w', '0.3', url.slice('ws://'.length)])).output, 'a\n');
  });
});

describe('godwit connect --json', { skip: oursOnly }, () => {
  test('tells events', async (t) => {
    const url = await serve(t, (socket) => {
      socket.send('a "text"\n\x1b\u202e😀');
      socket.send(Buffer.of(0, 255, 7));
      socket.close(4000, 'enough');
    });
    const result = await run(['connect', '--json', '-w', 'forever', url]);
    const [open, text, binary, close, ...rest] = events(result);
    for (const event of [open, text, binary, close]) {
      assert.ok(Math.abs(Date.parse(event.time) - Date.now()) < 60_000);
      delete event.time;
    }
    assert.deepEqual(open, { event: 'open', url, protocol: '', extensions: '' });
    assert.deepEqual(text, { event: 'message', type: 'text', data: 'a "text"\n\x1b\u202e😀' });
    assert.deepEqual(binary, { event: 'message', type: 'binary', encoding: 'base64', data: 'AP8H' });
    assert.deepEqual(close, { event: 'close', code: 4000, reason: 'enough', wasClean: true });
    assert.deepEqual(rest, []);
    assert.doesNotMatch(result.output, /[\x1b\u202e]/);
    assert.equal(result.errors, '');
    assert.equal(result.code, 3);
  });

  test('tells errors', async (t) => {
    const server = createServer((socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => server.close());
    const result = await run(['connect', '--json', `ws://127.0.0.1:${server.address().port}/`]);
    const [error, close] = events(result);
    assert.equal(error.event, 'error');
    assert.equal(error.step, 'handshake');
    assert.equal(error.error, 'GW_E_REFUSED');
    assert.equal(error.status, 403);
    assert.match(error.why, /403 Forbidden/);
    assert.equal(close.event, 'close');
    assert.equal(close.code, 1006);
    assert.equal(close.wasClean, false);
    assert.equal(result.code, 1);
  });
});

describe('the exit status of godwit connect', { skip: oursOnly }, () => {
  const closings = [[1000, 0], [undefined, 0], [1001, 3], [1011, 3], [3000, 3], [4999, 3]];
  for (const [code, status] of closings)
    test(`is ${status} when the server closes with ${code ?? 'no code'}`, async (t) => {
      const url = await serve(t, (socket) => socket.close(code, code && 'because \x1b[31m'));
      const result = await run(['connect', '-w', 'forever', url]);
      assert.equal(result.code, status);
      assert.match(result.errors, code ? new RegExp(`^closed with ${code}.*: because \\\\x1b\\[31m$`, 'm') : /^closed with 1005/m);
    });

  test('is 1 when the connection breaks', async (t) => {
    const url = await serve(t, (socket) => socket.terminate());
    const result = await run(['connect', '-w', 'forever', url]);
    assert.equal(result.code, 1);
    assert.match(result.errors, /messages: /);
  });

  const failures = {
    'nobody listens': ['ws://127.0.0.1:1/', /connect: .*refused/],
    'the host has no address': ['ws://no-such-host.invalid/', /resolve: /],
  };
  for (const [what, [url, why]] of Object.entries(failures))
    test(`is 1 when ${what}`, async () => {
      const result = await run(['connect', url]);
      assert.equal(result.code, 1);
      assert.match(result.errors, why);
      assert.equal(lines(result.errors).length, 1);
    });

  test('is 1 when the server never answers', async (t) => {
    const server = createServer(() => {});
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => server.close());
    const { code, errors } = await run(['connect', '--timeout', '0.3', `ws://127.0.0.1:${server.address().port}/`]);
    assert.equal(code, 1);
    assert.match(errors, /handshake: no answer within 300 ms/);
  });

  for (const signal of ['SIGINT', 'SIGTERM'])
    test(`is 0 when ${signal} ends it, and the close code 1000`, async (t) => {
      let closed;
      const url = await serve(t, (socket) => { closed = once(socket, 'close'); });
      const child = spawn(godwit, ['connect', '-w', 'forever', '-x', 'a', url], { stdio: ['ignore', 'ignore', 'pipe'] });
      child.stderr.once('data', () => child.kill(signal)); // "connected to"
      assert.deepEqual(await within(once(child, 'close'), 'the end'), [0, null]);
      assert.equal((await closed)[0], 1000);
    });

  test('a second SIGINT does not wait for the server', async (t) => {
    const url = await serve(t, (socket) => socket.pause()); // it will not answer the close frame
    const child = spawn(godwit, ['connect', '-w', 'forever', '-x', 'a', url], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.once('data', () => {
      child.kill('SIGINT');
      setTimeout(() => child.kill('SIGINT'), 300);
    });
    assert.deepEqual(await within(once(child, 'close'), 'the end', 5000), [null, 'SIGINT']);
  });

  test('is 1, without a word, when SIGINT comes before it is open', async (t) => {
    const server = createServer(() => child.kill('SIGINT'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => server.close());
    const child = spawn(godwit, ['connect', `ws://127.0.0.1:${server.address().port}/`], { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (text) => { errors += text; });
    assert.deepEqual(await within(once(child, 'close'), 'the end', 5000), [1, null]);
    assert.equal(errors, '');
  });

  test('is 0 when nobody reads the output any more', async (t) => {
    let closed;
    const url = await serve(t, (socket) => {
      closed = once(socket, 'close');
      socket.send('first');
      socket.send('second');
    });
    const child = spawn('bash', ['-c', `set -o pipefail; "${godwit}" connect -w forever ${url} </dev/null | head -n1`],
      { stdio: ['ignore', 'pipe', 'ignore'] });
    assert.deepEqual(await within(once(child, 'close'), 'the end'), [0, null]);
    assert.equal((await closed)[0], 1000);
  });

  test('is 1 when the output fails otherwise', async (t) => {
    const url = await serve(t, echo);
    const child = spawn('sh', ['-c', `"${godwit}" connect -x hello ${url} > /dev/full`], { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (text) => { errors += text; });
    assert.deepEqual(await within(once(child, 'close'), 'the end'), [1, null]);
    assert.match(errors, /cannot write to standard output: No space left on device/);
  });
});

describe('godwit connect over TLS', { skip: oursOnly }, () => {
  const names = 'DNS:localhost,IP:127.0.0.1';
  const ca = certs.authority.cert;
  const it = {};
  before(async () => {
    const good = certs.leaf('cli-good', names);
    const other = certs.leaf('cli-other', 'DNS:elsewhere.example');
    it.good = await startEcho('--tls-cert', good.cert, '--tls-key', good.key);
    it.other = await startEcho('--tls-cert', other.cert, '--tls-key', other.key);
  });
  after(async () => {
    await it.good?.stop();
    await it.other?.stop();
  });
  const hello = (...args) => run(['connect', '-q', '-x', 'hello', '-w', '0.5', ...args]);

  test('a good certificate', async () => {
    const result = await hello('--cacert', ca, `wss://localhost:${it.good.port}/`);
    assert.deepEqual([result.code, result.output, result.errors], [0, 'hello\n', '']);
  });

  test('a certificate of nobody known', async () => {
    const result = await hello(`wss://localhost:${it.good.port}/`);
    assert.equal(result.code, 1);
    assert.match(result.errors, /: tls: .*; --cacert FILE trusts another authority, --insecure every certificate\n$/);
    assert.equal((await hello('--insecure', `wss://localhost:${it.good.port}/`)).output, 'hello\n');
    assert.equal((await hello('-k', `wss://localhost:${it.good.port}/`)).output, 'hello\n');
  });

  test('the certificate of another host', async () => {
    const result = await hello('--cacert', ca, `wss://localhost:${it.other.port}/`);
    assert.equal(result.code, 1);
    assert.match(result.errors, /: tls: /);
  });

  test('no TLS where TLS is asked for, and TLS where none is', async (t) => {
    const plain = await serve(t, echo);
    assert.equal((await hello('-k', plain.replace('ws:', 'wss:'))).code, 1);
    const result = await hello(`ws://localhost:${it.good.port}/`);
    assert.equal(result.code, 1);
    assert.match(result.errors, /400/);
  });
});

describe('godwit echo', { skip: oursOnly }, () => {
  test('sends back what it gets and tells of it', async (t) => {
    const told = join(certs.folder, 'echo.txt');
    const child = spawn('sh', ['-c', `exec "${godwit}" echo --port 0 > ${told}`], { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (text) => { errors += text; });
    t.after(() => child.kill('SIGKILL'));
    const port = await until(() => existsSync(told) && READY.exec(readFileSync(told, 'utf8').trim())?.[1], 'it listens');
    const socket = new WebSocket(`ws://127.0.0.1:${port}/some/path?x=%1b`, ['first', 'second']);
    await once(socket, 'open');
    assert.equal(socket.protocol, 'first');
    assert.equal(socket.extensions, 'permessage-deflate');
    for (const data of ['hello', 'evil \x1b[2J', '', Buffer.of(0, 255), 'x'.repeat(200_000)]) {
      socket.send(data);
      const [answer, isBinary] = await within(once(socket, 'message'), 'the echo');
      assert.equal(isBinary, typeof data !== 'string');
      assert.deepEqual(answer, Buffer.from(data));
    }
    socket.close(4001, 'bye');
    await once(socket, 'close');
    child.kill('SIGTERM');
    assert.deepEqual(await within(once(child, 'close'), 'the end'), [0, null]);
    assert.equal(errors, '');
    assert.deepEqual(lines(readFileSync(told, 'utf8')), [
      `listening on ws://localhost:${port}/`,
      '#1 connected from 127.0.0.1, /some/path?x=%1b, subprotocol first',
      '#1 text, 5 bytes: hello',
      '#1 text, 9 bytes: evil \\x1b[2J',
      '#1 text, 0 bytes',
      '#1 binary, 2 bytes: 00 ff',
      `#1 text, 200,000 bytes: ${'x'.repeat(60)} ...`,
      '#1 closed with 4001: bye',
    ]);
  });

  test('a port that is taken, and a certificate that is none', async (t) => {
    const taken = createServer(() => {});
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    t.after(() => taken.close());
    const { code, errors } = await run(['echo', '--port', String(taken.address().port)]);
    assert.equal(code, 1);
    assert.match(errors, /^godwit echo: cannot listen on 127\.0\.0\.1:\d+: .*; --port 0 takes a free one\n$/);
    const file = join(certs.folder, 'nonsense.pem');
    writeFileSync(file, 'nonsense\n');
    const bad = await run(['echo', '--port', '0', '--tls-cert', file]);
    assert.equal(bad.code, 1);
    assert.match(bad.errors, /nonsense\.pem/);
  });

  test('is reached over IPv4 and IPv6 by name', async () => {
    const server = await startEcho('-q');
    for (const host of ['127.0.0.1', 'localhost'])
      assert.equal((await run(['connect', '-q', '-x', 'a', '-w', '0.5', `ws://${host}:${server.port}/`])).output, 'a\n');
    await server.stop();
  });
});

describe('godwit bench', { skip: oursOnly }, () => {
  const it = {};
  before(async () => { it.server = await startEcho('-q'); });
  after(async () => { await it.server?.stop(); });
  const bench = async (...args) => {
    const result = await run(['bench', '--json', '-t', '0.5', '-w', '0.1', ...args]);
    return { ...result, json: result.output && JSON.parse(result.output) };
  };
  const url = () => `ws://127.0.0.1:${it.server.port}/`;
  const isOrdered = ({ min, p50, p75, p90, p99, max, 'p99.9': p999, 'p99.99': p9999 }) =>
    [min, p50, p75, p90, p99, p999, p9999, max].every((value, i, all) => value > 0 && (i === 0 || value >= all[i - 1]));

  test('closed loop', async () => {
    const { code, json, errors } = await bench('-c', '3', '-d', '4', '--size', '1K', url());
    assert.equal(code, 0, errors);
    assert.equal(json.mode, 'closed loop');
    assert.deepEqual([json.connections, json.connected, json.depth, json.size, json.type], [3, 3, 4, 1024, 'text']);
    assert.ok(json.answers > 0 && json.answered === json.due && json.sent === json.due);
    assert.ok(Math.abs(json.answersPerSecond - json.answers / json.seconds) < 1 + json.answers * 0.01);
    assert.deepEqual([json.failed, json.broken, json.unanswered, json.wrong, json.errors], [0, 0, 0, 0, []]);
    assert.equal(json.latency.count, json.answered);
    assert.equal(json.connectTime.count, 3);
    assert.ok(isOrdered(json.latency));
  });

  test('at a rate, binary, compressed', async () => {
    const { code, json, errors } = await bench('-c', '5', '--rate', '400', '--binary', '--compress', url());
    assert.equal(code, 0, errors);
    assert.equal(json.mode, 'rate');
    assert.equal(json.type, 'binary');
    assert.equal(json.isCompressed, true);
    assert.ok(Math.abs(json.due - 400 * json.seconds) <= 2, `${json.due} in ${json.seconds} s`);
    assert.equal(json.answered, json.due);
    assert.ok(json.latency.mean >= json.serviceTime.mean);
    assert.ok(isOrdered(json.latency));
  });

  test('a stall is not hidden at a rate', async (t) => {
    // Answers wait for half a second once: a tenth of what falls due in 2 seconds waits 250 ms and more.
    let isStalled = false;
    const stalling = await serve(t, (socket) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
      setTimeout(() => {
        isStalled = true;
        const end = Date.now() + 500;
        while (Date.now() < end)
          ;
      }, 800);
    });
    const { json } = await bench('-c', '1', '-d', '1', '--rate', '100', '-t', '2', stalling);
    assert.ok(isStalled);
    assert.equal(json.unanswered, 0);
    assert.ok(json.latency.p90 > 100_000, `p90 ${json.latency.p90}`);
    assert.ok(json.serviceTime.p90 < json.latency.p90);
  });

  test('reports for people', async () => {
    const { code, output } = await run(['bench', '-t', '0.3', '-w', '0', '-c1', url()]);
    assert.equal(code, 0);
    assert.match(output, /^ws:\/\/127.0.0.1:\d+\/\n  load +1 connection, 64 bytes of text, closed loop/);
    assert.match(output, /p50 .*p99\.99 /);
    assert.doesNotMatch(output, /PROBLEM/);
  });

  test('is honest about a server that is no echo', async (t) => {
    const wrong = await serve(t, (socket) => socket.on('message', () => socket.send('something else')));
    const { code, json } = await bench('-c', '2', wrong);
    assert.equal(code, 1);
    assert.equal(json.answered, 0);
    assert.equal(json.unanswered, 2);
    assert.equal(json.wrong, 2);
  });

  test('is honest about connections that fail or are lost', async (t) => {
    let count = 0;
    const flaky = await serve(t, (socket) => {
      echo(socket);
      if (++count === 2)
        setTimeout(() => socket.close(1013, 'later'), 200);
    }, { verifyClient: (_, answer) => answer(count !== 3, 503) });
    const { code, json } = await bench('-c', '4', '-t', '1', flaky);
    assert.equal(code, 1);
    assert.equal(json.connected + json.failed, 4);
    assert.equal(json.broken, 1);
    assert.ok(json.errors.some(({ why }) => why === 'the server closed with 1013: later'));
    const { code: nobody, json: none } = await bench('ws://127.0.0.1:1/');
    assert.equal(nobody, 1);
    assert.equal(none.connected, 0);
    assert.equal(none.failed, 10);
    assert.equal(none.errors[0].step, 'connect');
  });

  test('SIGINT ends it with what was measured', async () => {
    const child = spawn(godwit, ['bench', '--json', '-t', '60', '-w', '0', url()], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (text) => { output += text; });
    setTimeout(() => child.kill('SIGINT'), 1000);
    assert.deepEqual(await within(once(child, 'close'), 'the end'), [0, null]);
    const json = JSON.parse(output);
    assert.equal(json.isInterrupted, true);
    assert.ok(json.answers > 0 && json.seconds < 30);
  });
});
