// SPDX-License-Identifier: MIT
//
// HTTP/1.1 by hand (RFC 9112), the client bundle, and CORS.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { appForSuite, isReference, oursOnly, repository } from './support/app.mjs';
import { PollingSession, pollingPath, webSocketPath } from './support/engine.mjs';
import { RawConnection, request, requestBytes } from './support/http.mjs';
import { askUpgrade } from './support/websocket.mjs';
import { pause } from './support/wait.mjs';

const hooks = { before, after };

describe('connections', () => {
  const it = appForSuite(hooks);
  const open = () => RawConnection.open(it.app.port);
  const handshake = () => requestBytes({ path: pollingPath() });

  test('are kept alive', async () => {
    const connection = await open();
    for (let i = 0; i < 5; i++) {
      connection.write(handshake());
      assert.equal((await connection.response()).status, 200);
    }
    connection.close();
  });

  test('are closed when asked to', async () => {
    const connection = await open();
    connection.write(requestBytes({ path: pollingPath(), headers: { Connection: 'close' } }));
    const response = await connection.response();
    assert.equal(response.status, 200);
    assert.match(response.header('connection'), /close/i);
    await connection.ended();
  });

  test('of HTTP/1.0 are closed', async () => {
    const connection = await open();
    connection.write(`GET ${pollingPath()} HTTP/1.0\r\n\r\n`);
    assert.match((await connection.rest()).toString(), /^HTTP\/1\.1 200 .*\r\n\r\n0{"sid":/s);
  });

  test('answer pipelined requests in their order', async () => {
    const connection = await open();
    connection.write(Buffer.concat([handshake(), requestBytes({ path: '/nowhere' }), requestBytes({ path: '/socket.io/?EIO=4' }),
      requestBytes({ method: 'POST', path: '/nowhere', body: 'a body' }), handshake()]));
    const statuses = [];
    for (let i = 0; i < 5; i++)
      statuses.push((await connection.response()).status);
    assert.ok([404, 405].includes(statuses.splice(3, 1)[0]));
    assert.deepEqual(statuses, [200, 404, 400, 200]);
    connection.close();
  });

  test('answer what is pipelined behind a waiting poll after it', async () => {
    const session = await PollingSession.join(it.app.port);
    const connection = await open();
    connection.write(Buffer.concat([requestBytes({ path: pollingPath(session.sid) }), requestBytes({ path: '/nowhere' })]));
    await session.send('42["echo","first"]');
    assert.equal((await connection.response()).text, '42["echo","first"]');
    assert.equal((await connection.response()).status, 404);
    connection.close();
  });

  test('take a request byte by byte', async () => {
    const connection = await open();
    await connection.drip(handshake());
    assert.equal((await connection.response()).status, 200);
    await connection.drip(requestBytes({ method: 'POST', path: '/socket.io/?EIO=4&transport=polling&sid=x', body: 'body' }));
    assert.equal((await connection.response()).status, 400);
    connection.close();
  });

  test('skip empty lines before a request', async () => {
    const connection = await open();
    connection.write(Buffer.concat([Buffer.from('\r\n'), handshake()]));
    assert.equal((await connection.response()).status, 200);
    connection.close();
  });

  test('half-closed by the client are answered', async () => {
    const connection = await open();
    connection.write(handshake());
    connection.finish();
    assert.match((await connection.rest()).toString(), /^HTTP\/1\.1 200 /);
  });

  // Clients that keep connections for 5 s, as Node.js does, must not meet the close with their next request.
  test('that idle outlast those of clients', { timeout: 60_000 }, async () => {
    for (let elapsed = Infinity; elapsed > 5800;) {
      const connection = await open();
      connection.write(handshake());
      await connection.response();
      const since = performance.now();
      await pause(5300);
      connection.write(handshake());
      elapsed = performance.now() - since;
      if (elapsed <= 5800)
        assert.equal((await connection.response()).status, 200);
      connection.close();
    }
  });

  test('that idle are closed in the end', { timeout: 60_000 }, async () => {
    const connection = await open();
    connection.write(handshake());
    await connection.response();
    await connection.rest();
  });
});

describe('requests', () => {
  const it = appForSuite(hooks);
  const open = () => RawConnection.open(it.app.port);

  test('every answer has a date', async () => {
    const { headers } = await request(it.app.port, { path: '/nowhere' });
    const date = headers.get('date');
    assert.equal(new Date(date).toUTCString(), date);
  });

  test('Expect: 100-continue is answered before the body comes', async () => {
    const session = await PollingSession.join(it.app.port);
    const connection = await open();
    connection.write(requestBytes({ method: 'POST', path: pollingPath(session.sid),
      headers: { Expect: '100-continue', 'Content-Length': '12' } }));
    assert.equal((await connection.response()).status, 100);
    connection.write('42["echo",1]');
    assert.equal((await connection.response()).text, 'ok');
    assert.equal(await session.poll(), '42["echo",1]');
    connection.close();
  });

  test('any other expectation is refused', async () => {
    const response = await request(it.app.port, { path: pollingPath(), headers: { Expect: 'miracles' } });
    assert.equal(response.status, 417);
  });

  for (const target of ['nowhere', '*', '/ /'])
    test(`HEAD ${target} is refused without a body`, { skip: target === '*' && oursOnly }, async () => {
      const connection = await open();
      connection.write(`HEAD ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      assert.equal((await connection.response('HEAD')).status, 400);
      assert.equal((await connection.rest()).length, 0);
    });

  test('a body too large is refused before it comes', async () => {
    const session = await PollingSession.join(it.app.port);
    const connection = await open();
    connection.write(requestBytes({ method: 'POST', path: pollingPath(session.sid), headers: { 'Content-Length': '1000001' } }));
    if (isReference)
      connection.write('x'.repeat(1_000_001));
    assert.equal((await connection.response()).status, 413);
    connection.close();
  });

  test('a body too large that comes all the same is swallowed or cut', async () => {
    const session = await PollingSession.join(it.app.port);
    const connection = await open();
    connection.write(requestBytes({ method: 'POST', path: pollingPath(session.sid), body: 'x'.repeat(3_000_000) }));
    assert.equal((await connection.response()).status, 413);
    connection.close();
    assert.ok(await session.isAlive());
  });

  // Each row is answered once, with an error, and nothing behind it is read.
  const host = 'Host: localhost\r\n';
  const chunked = `POST ${pollingPath('x')} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`;
  const refused = [
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', [400]],
    ['two Hosts', `GET / HTTP/1.1\r\n${host}Host: other\r\n\r\n`, [400], 'lenient'],
    ['an empty field name', `GET / HTTP/1.1\r\n${host}: x\r\n\r\n`, [400]],
    ['a space before the colon', `GET / HTTP/1.1\r\n${host}Name : x\r\n\r\n`, [400]],
    ['a line without a colon', `GET / HTTP/1.1\r\n${host}Name\r\n\r\n`, [400]],
    ['a bare LF', 'GET / HTTP/1.1\nHost: localhost\n\n', [400], 'lenient'],
    ['a bare CR', `GET / HTTP/1.1\r\n${host}Name: a\rb\r\n\r\n`, [400]],
    ['a folded line', `GET / HTTP/1.1\r\n${host}Name: a\r\n b\r\n\r\n`, [400], 'lenient'],
    ['a NUL in a value', `GET / HTTP/1.1\r\n${host}Name: a\0b\r\n\r\n`, [400]],
    ['a control character in a value', `GET / HTTP/1.1\r\n${host}Name: a\x01b\r\n\r\n`, [400]],
    ['a space in a field name', `GET / HTTP/1.1\r\n${host}Na me: x\r\n\r\n`, [400]],
    ['both framings', `POST / HTTP/1.1\r\n${host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, [400]],
    ['two lengths that differ', `POST / HTTP/1.1\r\n${host}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, [400]],
    ['a list of lengths', `POST / HTTP/1.1\r\n${host}Content-Length: 3, 4\r\n\r\nabcd`, [400]],
    ['a signed length', `POST / HTTP/1.1\r\n${host}Content-Length: +5\r\n\r\nabcde`, [400]],
    ['a negative length', `POST / HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`, [400]],
    ['a hexadecimal length', `POST / HTTP/1.1\r\n${host}Content-Length: 0x5\r\n\r\nabcde`, [400]],
    ['an empty length', `POST / HTTP/1.1\r\n${host}Content-Length: \r\n\r\n`, [400]],
    ['a length beyond counting', `POST / HTTP/1.1\r\n${host}Content-Length: 99999999999999999999\r\n\r\n`, [400, 413]],
    ['an encoding that nobody knows', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: gzip\r\n\r\nx`, [400, 501], 'lenient'],
    ['chunked not last', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, [400, 501]],
    ['chunked twice', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`, [400, 501], 'lenient'],
    ['HTTP/2.0', `GET / HTTP/2.0\r\n${host}\r\n`, [400, 505], 'lenient'],
    ['HTTP/1.2', `GET / HTTP/1.2\r\n${host}\r\n`, [400, 505]],
    ['no version', 'GET /\r\n\r\n', [400, 505], 'lenient'],
    ['another protocol', `GET / SIP/2.0\r\n${host}\r\n`, [400]],
    ['a method that is no token', `G@T / HTTP/1.1\r\n${host}\r\n`, [400]],
    ['no target', `GET  HTTP/1.1\r\n${host}\r\n`, [400]],
    ['a target without a slash', `GET nowhere HTTP/1.1\r\n${host}\r\n`, [400]],
    ['a control character in the target', `GET /\x01 HTTP/1.1\r\n${host}\r\n`, [400]],
    ['the start of TLS', Buffer.from('16030100c8010000c40303', 'hex'), [400]],
    ['garbage', Buffer.from(Array.from({ length: 600 }, (_, i) => (i * 7919) & 255)), [400]],
    ['a chunk size that is no number', `${chunked}xyz\r\n`, [400]],
    ['a chunk size beyond counting', `${chunked}fffffffffffffffff\r\n`, [400, 413]],
    ['a chunk without its end', `${chunked}3\r\nabcdef\r\n0\r\n\r\n`, [400]],
  ];
  for (const [name, bytes, statuses, lenient] of refused)
    test(`${name} is refused`, { skip: Boolean(lenient) && oursOnly }, async () => {
      const connection = await open();
      connection.write(Buffer.concat([Buffer.from(bytes, 'latin1'), requestBytes({ path: pollingPath() })]));
      const response = await connection.response();
      assert.ok(statuses.includes(response.status), `${response.head}${response.text}`);
      const rest = (await connection.rest()).toString();
      if (!isReference)
        assert.match(response.header('connection'), /close/i);
      assert.ok(!rest.includes('0{"sid"'), rest);
    });

  test('a target too long is refused', async () => {
    const response = await request(it.app.port, { path: `/${'x'.repeat(17_000)}` });
    assert.equal(response.status, isReference ? 431 : 414);
  });

  test('a line may take nearly all of the room', async () => {
    for (const [path, headers] of [[pollingPath(), { Cookie: 'a=b; '.repeat(3000) }], [`${pollingPath()}&a=${'b'.repeat(15_000)}`, {}]])
      assert.equal((await request(it.app.port, { path, headers })).status, 200);
  });

  test('a field too long is refused', async () => {
    const response = await request(it.app.port, { path: '/', headers: { 'X-Long': 'x'.repeat(20_000) } });
    assert.equal(response.status, 431);
  });

  test('a field without end is refused', async () => {
    const connection = await open();
    connection.write(`GET / HTTP/1.1\r\nX-Long: ${'x'.repeat(40_000)}`);
    assert.equal((await connection.response()).status, 431);
    await connection.ended();
  });

  test('too many fields are refused', async () => {
    const headers = Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`X-${i}`, 'yyyy']));
    assert.equal((await request(it.app.port, { path: '/', headers })).status, 431);
  });

  test('a hundred and one fields are refused', { skip: oursOnly }, async () => {
    const headers = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`X-${i}`, '']));
    assert.equal((await request(it.app.port, { path: '/', headers })).status, 431);
  });

  test('a request that never ends is answered with 408', { skip: oursOnly, timeout: 60_000 }, async () => {
    const [head, body] = [await open(), await open()];
    const session = await PollingSession.join(it.app.port);
    head.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    body.write(requestBytes({ method: 'POST', path: pollingPath(session.sid), headers: { 'Content-Length': 100 } }));
    body.write('42["echo"');
    const drip = setInterval(() => { head.write('x'); body.write(' '); }, 1000);
    try {
      const answers = await Promise.all([head.rest(), body.rest()].map((rest) => rest.catch(() => null)));
      assert.match(String(answers[0]), /^HTTP\/1\.1 408 /);
      assert.match(String(answers[1]), /^HTTP\/1\.1 408 /);
    } finally {
      clearInterval(drip);
    }
  });
});

describe('the client bundle', () => {
  const it = appForSuite(hooks);
  const require = createRequire(join(repository, 'package.json'));
  const dist = join(dirname(require.resolve('socket.io-client/package.json')), 'dist');
  const { version } = require('socket.io-client/package.json');
  const path = (name) => `/socket.io/${name}`;
  const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

  for (const name of ['socket.io.js', 'socket.io.min.js', 'socket.io.esm.min.js', 'socket.io.msgpack.min.js'])
    for (const file of [name, `${name}.map`])
      test(`${file} is the genuine one`, async () => {
        const response = await request(it.app.port, { path: path(file) });
        assert.equal(response.status, 200);
        assert.equal(response.header('cache-control'), 'public, max-age=0');
        assert.equal(response.header('etag'), `"${version}"`);
        assert.equal(response.header('content-type'),
          file.endsWith('.map') ? 'application/json; charset=utf-8' : 'application/javascript; charset=utf-8');
        assert.equal(hash(response.body), hash(readFileSync(join(dist, file))));
      });

  test('a query does not matter', async () => {
    assert.equal((await request(it.app.port, { path: path('socket.io.js?v=1') })).status, 200);
  });

  test('HEAD has no body', async () => {
    const connection = await RawConnection.open(it.app.port);
    connection.write(requestBytes({ method: 'HEAD', path: path('socket.io.js') }));
    const response = await connection.response('HEAD');
    assert.equal(response.status, 200);
    assert.equal(response.header('etag'), `"${version}"`);
    connection.write(requestBytes({ path: '/nowhere' }));
    assert.equal((await connection.response()).status, 404);
    connection.close();
  });

  for (const tag of [`"${version}"`, `W/"${version}"`])
    test(`If-None-Match: ${tag} is answered with 304`, async () => {
      const response = await request(it.app.port, { path: path('socket.io.js'), headers: { 'If-None-Match': tag } });
      assert.equal(response.status, 304);
      assert.equal(response.text, '');
    });

  test('another ETag gets the file', async () => {
    const response = await request(it.app.port, { path: path('socket.io.js'), headers: { 'If-None-Match': '"1.0.0"' } });
    assert.equal(response.status, 200);
    assert.ok(response.body.length > 10_000);
  });

  for (const name of ['nope.js', 'socket.io.js.gz', 'socket.io.jsx', '../package.json', '..%2fpackage.json', 'socket.io.js/',
    'socket%2eio.js'])
    test(`${name} is not in it`, async () => {
      const response = await request(it.app.port, { path: path(name) });
      assert.ok([400, 404].includes(response.status), response.head);
    });

  test('CORS covers it', async () => {
    const response = await request(it.app.port, { path: path('socket.io.js'), headers: { Origin: 'http://a.example' } });
    assert.equal(response.header('access-control-allow-origin'), 'http://a.example');
  });
});

describe('CORS', () => {
  const it = appForSuite(hooks);
  const origin = 'https://app.example:8443';

  function allows(response) {
    assert.equal(response.header('access-control-allow-origin'), origin);
    assert.equal(response.header('access-control-allow-credentials'), 'true');
    assert.match(response.header('vary'), /\bOrigin\b/i);
  }

  for (const [name, query] of [['a handshake', 'EIO=4&transport=polling'],
    ['an unknown session', 'EIO=4&transport=polling&sid=nope'], ['anything below the path', '']])
    test(`the preflight of ${name} is answered`, async () => {
      const response = await request(it.app.port, { method: 'OPTIONS', path: `/socket.io/?${query}`, headers: { Origin: origin,
        'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type' } });
      assert.equal(response.status, 204);
      assert.equal(response.header('content-length'), '0');
      allows(response);
      assert.match(response.header('access-control-allow-headers'), /\bcontent-type\b/i);
      for (const method of ['GET', 'POST'])
        assert.match(response.header('access-control-allow-methods'), new RegExp(`\\b${method}\\b`));
    });

  test('handshake, poll and post allow the origin', async () => {
    const headers = { Origin: origin };
    const handshake = await request(it.app.port, { path: pollingPath(), headers });
    allows(handshake);
    const { sid } = JSON.parse(handshake.text.slice(1));
    allows(await request(it.app.port, { method: 'POST', path: pollingPath(sid), headers, body: '40' }));
    allows(await request(it.app.port, { path: pollingPath(sid), headers }));
    allows(await request(it.app.port, { method: 'PUT', path: pollingPath(sid), headers }));
  });

  test('errors allow the origin', async () => {
    for (const path of ['/socket.io/', '/socket.io/?EIO=3&transport=polling', pollingPath('nope')]) {
      const response = await request(it.app.port, { path, headers: { Origin: origin } });
      assert.equal(response.status, 400);
      allows(response);
    }
  });

  test('the answer to a WebSocket handshake allows the origin', async () => {
    const { response, connection } = await askUpgrade(it.app.port, webSocketPath(), { Origin: origin });
    assert.equal(response.status, 101);
    allows(response);
    connection.close();
  });

  for (const [name, headers] of [['without an origin', {}], ['with an empty origin', { Origin: '' }]])
    test(`${name} none is named`, async () => {
      const response = await request(it.app.port, { path: pollingPath(), headers });
      assert.equal(response.header('access-control-allow-origin'), undefined);
      assert.match(response.header('vary'), /\bOrigin\b/i);
    });

  test('the rest of the server has none', async () => {
    const response = await request(it.app.port, { path: '/nowhere', headers: { Origin: origin } });
    assert.equal(response.header('access-control-allow-origin'), undefined);
  });

  test('an origin cannot add a field', async () => {
    const response = await request(it.app.port, { path: pollingPath(), headers: { Origin: 'http://a\x85Set-Cookie: x' } });
    assert.ok([200, 400].includes(response.status));
    assert.equal(response.header('set-cookie'), undefined);
  });
});
