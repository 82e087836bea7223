// SPDX-License-Identifier: MIT
//
// Every option and hook of the engine, on tests/programs/engine-options: a Socket.IO for each of
// them, by path, on one port. What is expected was seen with the genuine server (engine.io 6.6).

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { Program, build, oursOnly as skip } from './support/app.mjs';
import { connectClient, makeClient } from './support/client.mjs';
import { RSV1 } from './support/deflate.mjs';
import { RS, parseOpen } from './support/engine.mjs';
import { RawConnection, request, requestBytes, startRequest } from './support/http.mjs';
import { RawWebSocket, TEXT, askUpgrade, upgradeHeaders } from './support/websocket.mjs';
import { Inbox, pause, within } from './support/wait.mjs';

const POLL = 'EIO=4&transport=polling';
const WEBSOCKET = 'EIO=4&transport=websocket';

function serve(...args) {
  const it = {};
  before(async () => {
    it.app = await Program.start(join(build, 'tests/programs/engine-options'), args, /^listening on (\d+)$/);
    it.lines = new Inbox();
    createInterface({ input: it.app.child.stdout }).on('line', (line) => it.lines.push(JSON.parse(line)));
  });
  after(async () => { await it.app?.stop(); });
  it.get = (path, headers) => request(it.app.port, { path, headers });
  it.client = (t, path, options) => connectClient(t, it.app.url, { path, ...options });
  it.heard = () => it.lines.take('a line of the program');
  return it;
}

/** A polling session by hand at any path. */
async function openSession(port, path, headers) {
  const answer = await request(port, { path: `${path}/?${POLL}`, headers });
  assert.equal(answer.status, 200, answer.text);
  const [open, ...more] = answer.text.split(RS);
  const { sid } = parseOpen(open);
  const url = `${path}/?${POLL}&sid=${sid}`;
  return {
    sid, answer, more,
    poll: (fields) => request(port, { path: url, headers: fields }),
    post: (body, fields) => request(port, { method: 'POST', path: url, body, headers: fields }),
  };
}

describe('several Socket.IO servers on one port', { skip }, () => {
  const it = serve();

  test('each has its own sessions', async (t) => {
    const one = await it.client(t, '/socket.io');
    const two = await it.client(t, '/silent');
    assert.equal((await one.ask('who'))[0].clients, 1);
    assert.equal((await two.ask('who'))[0].clients, 1);
    const session = await openSession(it.app.port, '/silent');
    assert.equal((await it.get(`/socket.io/?${POLL}&sid=${session.sid}`)).text,
      '{"code":1,"message":"Session ID unknown"}');
  });

  test('one of them may end', async (t) => {
    const staying = await it.client(t, '/socket.io');
    const leaving = await it.client(t, '/slashless');
    const poll = await openSession(it.app.port, '/slashless');
    const waiting = poll.poll();
    await pause(50);
    leaving.emit('close io');
    assert.equal((await leaving.next('disconnect'))[0], 'transport close');
    assert.equal((await waiting).text, '1');
    assert.equal((await it.get(`/slashless/?${POLL}`)).status, 503);
    staying.emit('echo', 1);
    assert.deepEqual(await staying.next('echo'), [1]);
  });

  test('a path without its slash takes what begins alike', async () => {
    const answer = await it.get(`/slashlessandmore?${POLL}`);
    assert.notEqual(answer.status, 404);
    assert.equal((await it.get(`/silent?${POLL}`)).status, 404);
  });
});

describe('cookie', { skip }, () => {
  const it = serve();

  test('the handshake sets it with the genuine defaults', async () => {
    const { sid, answer, poll, post } = await openSession(it.app.port, '/cookie');
    assert.equal(answer.header('set-cookie'), `io=${sid}; Path=/; HttpOnly; SameSite=Lax`);
    assert.equal((await post('40')).header('set-cookie'), undefined);
    assert.equal((await poll()).header('set-cookie'), undefined);
  });

  test('it is made of the options', async () => {
    const { sid, answer } = await openSession(it.app.port, '/own-cookie');
    assert.equal(answer.header('set-cookie'),
      `sid2=${sid}; Max-Age=86400; Domain=e.com; Path=/my; Secure; SameSite=Strict`);
  });

  test('a WebSocket gets none, and without the option nobody does', async () => {
    const socket = await RawWebSocket.open(it.app.port, `/cookie/?${WEBSOCKET}`);
    assert.equal(socket.response.header('set-cookie'), undefined);
    socket.connection.close();
    assert.equal((await openSession(it.app.port, '/socket.io')).answer.header('set-cookie'), undefined);
  });
});

describe('allowRequest', { skip }, () => {
  const it = serve();
  const ask = (word, rest = '') => it.get(`/allow/?${POLL}&allow=${word}${rest}`);

  for (const when of ['', 'later-']) {
    test(`${when}yes lets the client in`, async () => {
      const answer = await ask(`${when}ok`);
      assert.equal(answer.status, 200);
      parseOpen(answer.text);
      assert.equal(answer.header('x-asked'), 'allow');
    });

    test(`${when}no is 403 with code 4`, async () => {
      const answer = await ask(`${when}no`);
      assert.equal(answer.status, 403);
      assert.equal(answer.text, '{"code":4,"message":"Forbidden"}');
      assert.equal(answer.header('content-type'), 'application/json');
    });

    test(`${when}no may say why`, async () => {
      const answer = await ask(`${when}why`);
      assert.equal(answer.status, 403);
      assert.deepEqual(JSON.parse(answer.text), { code: 4, message: 'not "you"' });
    });

    test(`${when}no to an upgrade is 400 with the text`, async () => {
      for (const [word, text] of [['no', 'Forbidden'], ['why', 'not "you"']]) {
        const { connection, response } = await askUpgrade(it.app.port, `/allow/?${WEBSOCKET}&allow=${when}${word}`);
        assert.equal(response.status, 400);
        assert.equal(response.text, text);
        assert.equal(response.header('content-type'), 'text/html');
        await connection.ended();
      }
    });

    test(`${when}yes to an upgrade opens a session, and early bytes are heard`, async () => {
      const connection = await RawConnection.open(it.app.port);
      const early = Buffer.concat([
        requestBytes({ path: `/allow/?${WEBSOCKET}&allow=${when}ok`, headers: upgradeHeaders() }),
        Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x34, 0x30]),
      ]);
      connection.write(early);
      const response = await connection.response();
      assert.equal(response.status, 101);
      const socket = new RawWebSocket(connection, response);
      parseOpen(await socket.nextText());
      assert.match(await socket.nextText(), /^40\{"sid":"/);
      connection.close();
    });

    test(`${when}an answer of its own`, async () => {
      const answer = await ask(`${when}own`);
      assert.equal(answer.status, 418);
      assert.equal(answer.text, 'a teapot');
    });
  }

  test('nobody is asked about requests of a session', async () => {
    const { sid } = parseOpen((await ask('ok')).text);
    const answer = await request(it.app.port, { method: 'POST', body: '40', path: `/allow/?${POLL}&sid=${sid}&allow=no` });
    assert.equal(answer.text, 'ok');
  });

  test('a genuine client is refused in words', async (t) => {
    const client = makeClient(t, it.app.url, { path: '/allow', query: { allow: 'no' } });
    const [error] = await client.next('connect_error');
    assert.match(error.message, /^xhr poll error/);
  });

  test('who goes while nobody has answered leaves nothing behind', async () => {
    for (const word of ['later-ok', 'later-no', 'never']) {
      const { connection, abort } = await startRequest(it.app.port, { path: `/allow/?${POLL}&allow=${word}` });
      await pause(10);
      assert.equal(connection.isEnded, false);
      abort();
    }
    await pause(60);
    assert.equal((await ask('ok')).status, 200);
  });

  test('what comes ahead of the answer waits outside, not in memory', async () => {
    const rss = it.app.rss;
    const connections = [];
    for (let i = 0; i < 20; i++) {
      const connection = await RawConnection.open(it.app.port);
      connection.write(requestBytes({ path: `/allow/?${WEBSOCKET}&allow=never`, headers: upgradeHeaders() }));
      for (let n = 0; n < 16; n++)
        connection.write(Buffer.alloc(1 << 20));
      connections.push(connection);
    }
    await pause(500);
    assert.equal((await ask('ok')).status, 200);
    assert.ok(it.app.rss - rss < 64 << 20, `grew by ${(it.app.rss - rss) >> 20} MiB`);
    for (const connection of connections) {
      assert.equal(connection.isEnded, false);
      connection.reset();
    }
  });

  test('pipelined requests wait for the answer', async () => {
    const connection = await RawConnection.open(it.app.port);
    connection.write(requestBytes({ path: `/allow/?${POLL}&allow=later-no` }));
    connection.write(requestBytes({ path: `/allow/?${POLL}&allow=own` }));
    assert.equal((await connection.response()).status, 403);
    assert.equal((await connection.response()).status, 418);
    connection.close();
  });
});

describe('middleware', { skip }, () => {
  const it = serve();

  for (const when of ['', 'later-']) {
    test(`${when}ok goes on, one after the other, on every request`, async () => {
      const path = `/use/?${POLL}&first=${when}ok&second=${when}ok`;
      const answer = await it.get(path);
      assert.equal(answer.status, 200);
      assert.equal(answer.header('x-asked'), 'first, second, allow');
      const { sid } = parseOpen(answer.text);
      const posted = await request(it.app.port, { method: 'POST', path: `${path}&sid=${sid}`, body: '40' });
      assert.equal(posted.text, 'ok');
      assert.equal(posted.header('x-asked'), 'first, second');
      const polled = await it.get(`${path}&sid=${sid}`);
      assert.match(polled.text, /^40/);
      assert.equal(polled.header('x-asked'), 'first, second');
    });

    test(`${when}a refusal is code 3, with the fields that were set before`, async () => {
      const answer = await it.get(`/use/?${POLL}&first=ok&second=${when}no`, { Origin: 'http://page.example' });
      assert.equal(answer.status, 400);
      assert.equal(answer.text, '{"code":3,"message":"Bad request"}');
      assert.equal(answer.header('x-asked'), 'first, second');
      assert.equal(answer.header('access-control-allow-origin'), 'http://page.example');
    });

    test(`${when}an answer of its own ends the request`, async () => {
      const answer = await it.get(`/use/?${POLL}&first=${when}own&second=no`);
      assert.equal(answer.status, 418);
      assert.equal(answer.header('x-asked'), 'first');
    });

    test(`${when}a POST is answered before or behind its body`, async () => {
      const body = 'x'.repeat(200_000);
      const answer = await request(it.app.port, { method: 'POST', path: `/use/?${POLL}&sid=x&first=${when}own`, body });
      assert.equal(answer.status, 418);
      const refused = await request(it.app.port, { method: 'POST', path: `/use/?${POLL}&sid=x&first=${when}ok`, body });
      assert.equal(refused.text, '{"code":1,"message":"Session ID unknown"}');
    });

    test(`${when}an upgrade gets the fields, or the refusal`, async () => {
      const { connection, response } = await askUpgrade(it.app.port, `/use/?${WEBSOCKET}&first=${when}ok`);
      assert.equal(response.status, 101);
      assert.equal(response.header('x-asked'), 'first, second, allow');
      connection.close();
      const refused = await askUpgrade(it.app.port, `/use/?${WEBSOCKET}&second=${when}no`);
      assert.equal(refused.response.status, 400);
      assert.equal(refused.response.text, 'Bad request');
      await refused.connection.ended();
      const own = await askUpgrade(it.app.port, `/use/?${WEBSOCKET}&second=${when}own`);
      assert.equal(own.response.status, 418);
      await own.connection.ended();
    });
  }

  test('a POST that comes slowly waits for a word that comes later', async () => {
    const open = await it.get(`/use/?${POLL}`);
    const { sid } = parseOpen(open.text);
    for (const [word, status] of [['later-ok', 200], ['later-own', 418], ['later-no', 400]]) {
      const connection = await RawConnection.open(it.app.port);
      connection.write(requestBytes({ method: 'POST', path: `/use/?${POLL}&sid=${sid}&first=${word}`,
        headers: { 'Content-Length': '2' } }));
      await pause(80);
      connection.write('40');
      assert.equal((await connection.response()).status, status);
      connection.close();
    }
    assert.match((await it.get(`/use/?${POLL}&sid=${sid}`)).text, /^40/);
  });

  test('a whole client passes', async (t) => {
    const client = await it.client(t, '/use', { query: { first: 'later-ok', allow: 'later-ok' } });
    await client.upgraded();
    client.emit('echo', 'through');
    assert.deepEqual(await client.next('echo'), ['through']);
  });

  test('preflights are not asked about', async () => {
    const answer = await request(it.app.port, { method: 'OPTIONS', path: `/use/?${POLL}&first=no`,
      headers: { Origin: 'http://page.example', 'Access-Control-Request-Method': 'POST' } });
    assert.equal(answer.status, 204);
    assert.equal(answer.header('x-asked'), undefined);
  });
});

describe('headers hooks', { skip }, () => {
  const it = serve();

  test('initial ones on the handshake alone, the others on each answer', async () => {
    const { answer, poll, post } = await openSession(it.app.port, '/headers');
    assert.equal(answer.header('x-initial'), '1');
    assert.equal(answer.header('x-each'), '1');
    const posted = await post('40');
    assert.equal(posted.header('x-initial'), undefined);
    assert.equal(posted.header('x-each'), '1');
    assert.equal((await poll()).header('x-each'), '1');
  });

  test('a 101 has them too', async () => {
    const socket = await RawWebSocket.open(it.app.port, `/headers/?${WEBSOCKET}`);
    assert.equal(socket.response.header('x-initial'), '1');
    assert.equal(socket.response.header('x-each'), '1');
    socket.connection.close();
    const { sid } = await openSession(it.app.port, '/headers');
    const candidate = await RawWebSocket.open(it.app.port, `/headers/?${WEBSOCKET}&sid=${sid}`);
    assert.equal(candidate.response.header('x-initial'), undefined);
    assert.equal(candidate.response.header('x-each'), '1');
    candidate.connection.close();
  });

  test('a refusal has none', async () => {
    const answer = await it.get(`/headers/?${POLL}&sid=x`);
    assert.equal(answer.header('x-each'), undefined);
  });

  test('they can take the cookie back', async () => {
    const answer = await it.get(`/headers/?${POLL}&drop=set-cookie`);
    assert.equal(answer.header('set-cookie'), undefined);
    assert.ok((await it.get(`/headers/?${POLL}`)).header('set-cookie'));
  });
});

describe('initial packet', { skip }, () => {
  const it = serve();

  test('it follows the open packet over polling', async () => {
    assert.deepEqual((await openSession(it.app.port, '/initial')).more, ['4faster!']);
    assert.deepEqual((await openSession(it.app.port, '/initial-binary')).more, ['bAQID']);
  });

  test('it follows the open packet over WebSocket', async () => {
    const socket = await RawWebSocket.open(it.app.port, `/initial/?${WEBSOCKET}`);
    parseOpen(await socket.nextText());
    assert.equal(await socket.nextText(), '4faster!');
    socket.connection.close();
    const other = await RawWebSocket.open(it.app.port, `/initial-binary/?${WEBSOCKET}`);
    parseOpen(await other.nextText());
    assert.deepEqual(await other.nextBinary(), Buffer.from([1, 2, 3]));
    other.connection.close();
  });
});

describe('generateId', { skip }, () => {
  const it = serve();
  const id = 'abcdefghij_-23456789';

  test('the application makes the id', async () => {
    const answer = await it.get(`/ids/?${POLL}&id=${id}`);
    assert.equal(parseOpen(answer.text).sid, id);
    assert.equal((await request(it.app.port, { method: 'POST', path: `/ids/?${POLL}&sid=${id}`, body: '40' })).text, 'ok');
  });

  test('one that cannot be used is code 3', async () => {
    for (const bad of [id, '', 'short', 'a'.repeat(21), 'abcdefghij%00123456789', 'abcdefghij+12345678/']) {
      const answer = await it.get(`/ids/?${POLL}&id=${bad}`);
      assert.equal(answer.text, '{"code":3,"message":"Bad request"}', bad);
    }
    const { connection, response } = await askUpgrade(it.app.port, `/ids/?${WEBSOCKET}&id=short`);
    assert.equal(response.status, 400);
    connection.close();
  });
});

describe('transports', { skip }, () => {
  const it = serve();

  test('polling alone', async (t) => {
    const session = await openSession(it.app.port, '/polling');
    assert.deepEqual(parseOpen(session.answer.text).upgrades, []);
    const { connection, response } = await askUpgrade(it.app.port, `/polling/?${WEBSOCKET}`);
    assert.equal(response.status, 400);
    assert.equal(response.text, 'Transport unknown');
    await connection.ended();
    const client = await it.client(t, '/polling');
    assert.equal((await client.ask('who'))[0].transport, 'polling');
  });

  test('WebSocket alone', async (t) => {
    const answer = await it.get(`/websocket/?${POLL}`);
    assert.equal(answer.status, 400);
    assert.equal(answer.text, '{"code":0,"message":"Transport unknown"}');
    const client = await it.client(t, '/websocket', { transports: ['websocket'] });
    assert.equal((await client.ask('who'))[0].transport, 'websocket');
  });

  test('upgrades may be kept secret, not refused', async (t) => {
    const { sid, answer } = await openSession(it.app.port, '/silent');
    assert.deepEqual(parseOpen(answer.text).upgrades, []);
    const candidate = await RawWebSocket.open(it.app.port, `/silent/?${WEBSOCKET}&sid=${sid}`);
    assert.equal(await candidate.text('2probe').nextText(), '3probe');
    candidate.connection.close();
    const client = await it.client(t, '/silent');
    const [{ transport, upgraded }] = await client.ask('who');
    assert.equal(transport, 'polling');
    assert.equal(upgraded, false);
  });

  test('an upgraded client is known as one', async (t) => {
    const client = await it.client(t, '/socket.io');
    await client.upgraded();
    const [{ transport, upgraded, protocol }] = await client.ask('who');
    assert.deepEqual({ transport, upgraded, protocol }, { transport: 'websocket', upgraded: true, protocol: 4 });
  });

  test('maxHttpBufferSize is announced and kept, over both', async () => {
    const { answer, post } = await openSession(it.app.port, '/small');
    assert.equal(parseOpen(answer.text).maxPayload, 100);
    assert.equal((await post('4'.repeat(101))).status, 413);
    const socket = await RawWebSocket.open(it.app.port, `/small/?${WEBSOCKET}`);
    await socket.nextText();
    socket.text('4'.repeat(101));
    assert.equal((await socket.closeFrame()).code, 1009);
  });
});

describe('compression of polls', { skip }, () => {
  const it = serve();

  async function bigPoll(path, headers, count = 5000) {
    const session = await openSession(it.app.port, path);
    await session.post('40');
    await session.poll();
    await session.post(`42["big",${count}]`);
    return session.poll(headers);
  }

  const cases = [
    ['gzip, deflate', 'gzip', gunzipSync],
    ['deflate', 'deflate', inflateSync],
    ['deflate;q=1, gzip;q=0.5', 'deflate', inflateSync],
    ['*', 'gzip', gunzipSync],
    ['br, gzip;q=0', undefined, (bytes) => bytes],
    [undefined, undefined, (bytes) => bytes],
  ];
  for (const [accept, encoding, unpack] of cases)
    test(`Accept-Encoding: ${accept} gets ${encoding}`, async () => {
      const answer = await bigPoll('/socket.io', { 'Accept-Encoding': accept });
      assert.equal(answer.header('content-encoding'), encoding);
      assert.equal(unpack(answer.body).toString(), `42["big","${'x'.repeat(5000)}"]`);
      if (encoding)
        assert.ok(answer.body.length < 500);
    });

  test('what is short is left alone', async () => {
    const answer = await bigPoll('/socket.io', { 'Accept-Encoding': 'gzip' }, 900);
    assert.equal(answer.header('content-encoding'), undefined);
  });

  test('a threshold of its own holds for the handshake too', async () => {
    const answer = await it.get(`/packed-polls/?${POLL}`, { 'Accept-Encoding': 'gzip' });
    assert.equal(answer.header('content-encoding'), 'gzip');
    parseOpen(gunzipSync(answer.body).toString());
  });

  test('it can be switched off', async () => {
    const answer = await bigPoll('/plain-polls', { 'Accept-Encoding': 'gzip' });
    assert.equal(answer.header('content-encoding'), undefined);
  });

  test('a poll that waits is compressed as it had asked', async () => {
    const session = await openSession(it.app.port, '/socket.io');
    await session.post('40');
    await session.poll();
    const waiting = session.poll({ 'Accept-Encoding': 'gzip' });
    await pause(30);
    await session.post('42["big",3000]');
    assert.equal((await waiting).header('content-encoding'), 'gzip');
  });

  test('answers to POSTs and refusals are not', async () => {
    const session = await openSession(it.app.port, '/packed-polls');
    const posted = await session.post('40', { 'Accept-Encoding': 'gzip' });
    assert.equal(posted.header('content-encoding'), undefined);
    const refused = await it.get(`/packed-polls/?${POLL}&sid=x`, { 'Accept-Encoding': 'gzip' });
    assert.equal(refused.header('content-encoding'), undefined);
  });
});

describe('compression of the client bundle', { skip }, () => {
  const it = serve();
  const path = '/socket.io/socket.io.min.js';

  test('it is packed for who likes it, and the same inside', async () => {
    const plain = await it.get(path);
    assert.equal(plain.status, 200);
    assert.equal(plain.header('content-encoding'), undefined);
    assert.equal(plain.header('vary'), 'Accept-Encoding');
    for (const [encoding, unpack] of [['gzip', gunzipSync], ['deflate', inflateSync]])
      for (let i = 0; i < 2; i++) {
        const packed = await it.get(path, { 'Accept-Encoding': encoding });
        assert.equal(packed.header('content-encoding'), encoding);
        assert.equal(packed.header('etag'), plain.header('etag'));
        assert.ok(packed.body.length < plain.body.length / 2);
        assert.ok(unpack(packed.body).equals(plain.body));
      }
  });

  test('who has it gets 304', async () => {
    const etag = (await it.get(path)).header('etag');
    assert.equal((await it.get(path, { 'If-None-Match': etag, 'Accept-Encoding': 'gzip' })).status, 304);
  });
});

describe('perMessageDeflate', { skip }, () => {
  const it = serve();

  for (const path of ['/deflate', '/deflate-context']) {
    test(`${path}: a genuine client talks compressed, both ways`, async (t) => {
      const client = await it.client(t, path, { transports: ['websocket'], perMessageDeflate: { threshold: 0 } });
      const { extensions } = client.socket.io.engine.transport.ws;
      assert.match(extensions, /permessage-deflate/);
      for (const text of ['short', 'y'.repeat(10), 'z'.repeat(100_000)]) {
        client.emit('echo', text, { text }, Buffer.from(text));
        assert.deepEqual(await client.next('echo'), [text, { text }, Buffer.from(text)]);
      }
    });

    test(`${path}: a broadcast reaches those with and those without`, async (t) => {
      const ways = [
        { transports: ['websocket'], perMessageDeflate: { threshold: 0 } },
        { transports: ['websocket'], perMessageDeflate: { threshold: 0 } },
        { transports: ['websocket'], perMessageDeflate: { threshold: 0, serverMaxWindowBits: 10 } },
        { transports: ['websocket'], perMessageDeflate: { threshold: 0, serverNoContextTakeover: true } },
        { transports: ['websocket'], perMessageDeflate: false },
        { transports: ['polling'] },
      ];
      const clients = [];
      for (const options of ways)
        clients.push(await it.client(t, path, options));
      for (const count of [1, 20, 5000, 200_000]) {
        clients[0].emit('cast', count);
        for (const client of clients)
          assert.deepEqual(await client.next('big'), ['x'.repeat(count)]);
        for (const client of clients) {
          client.emit('big', count + 300);
          assert.deepEqual(await client.next('big'), ['x'.repeat(count + 300)]);
        }
      }
      for (const client of clients)
        client.socket.disconnect();
    });
  }

  const join = async (path) => {
    const socket = await RawWebSocket.open(it.app.port, `${path}/?${WEBSOCKET}`,
      { 'Sec-WebSocket-Extensions': 'permessage-deflate' });
    assert.match(socket.response.header('sec-websocket-extensions'), /^permessage-deflate/);
    await socket.nextText();
    await socket.text('40').nextText();
    return socket;
  };

  test('short messages go bare, longer ones compressed', async () => {
    const socket = await join('/deflate');
    socket.text('42["big",1]');
    assert.equal(await socket.nextText(), '42["big","x"]');
    socket.text('42["big",1000]');
    const { rsv, opcode, payload } = await socket.next();
    assert.equal(rsv, RSV1);
    assert.equal(opcode, TEXT);
    assert.ok(payload.length < 100);
    socket.connection.close();
  });

  test('binary goes compressed as text to who asked for b64', async () => {
    const socket = await RawWebSocket.open(it.app.port, `/deflate/?${WEBSOCKET}&b64=1`,
      { 'Sec-WebSocket-Extensions': 'permessage-deflate; server_no_context_takeover' });
    await socket.nextText();
    await socket.text('40').nextText();
    socket.text('451-["echo",{"_placeholder":true,"num":0}]').binary(Buffer.alloc(3000, 7));
    assert.equal(await socket.nextText(), '451-["echo",{"_placeholder":true,"num":0}]');
    const { rsv, opcode, payload } = await socket.next();
    assert.equal(rsv, RSV1);
    assert.equal(opcode, TEXT);
    const text = inflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
    assert.equal(text, 'b' + Buffer.alloc(3000, 7).toString('base64'));
    socket.text('42["big",1]');
    assert.equal(await socket.nextText(), '42["big","x"]');
    socket.connection.close();
  });

  test('all get the same frame of a broadcast', async () => {
    const one = await join('/deflate');
    const two = await join('/deflate');
    one.text('42["cast",3000]');
    const [first, second] = [await one.next(), await two.next()];
    assert.equal(first.rsv, RSV1);
    assert.deepEqual(second, first);
    one.connection.close();
    two.connection.close();
  });

  test('without the option nothing is agreed on', async () => {
    const socket = await RawWebSocket.open(it.app.port, `/socket.io/?${WEBSOCKET}`,
      { 'Sec-WebSocket-Extensions': 'permessage-deflate' });
    assert.equal(socket.response.header('sec-websocket-extensions'), undefined);
    socket.connection.close();
  });
});

describe('connection_error and sessions', { skip }, () => {
  const it = serve();

  test('refusals are told with code and context', async () => {
    const refusals = [
      [`EIO=4&transport=tobi`, 0, 'Transport unknown', { transport: 'tobi' }],
      [`EIO=4`, 0, 'Transport unknown', {}],
      [`${POLL}&sid=a%22b`, 1, 'Session ID unknown', { sid: 'a"b' }],
      [`EIO=4&transport=websocket`, 3, 'Bad request', { name: 'TRANSPORT_HANDSHAKE_ERROR' }],
      [`EIO=3&transport=polling`, 5, 'Unsupported protocol version', { protocol: 3 }],
    ];
    for (const [query, code, message, context] of refusals) {
      await it.get(`/watch/?${query}`);
      assert.deepEqual(await it.heard(), { event: 'connection_error', code, message, context, path: '/watch/' });
    }
    await request(it.app.port, { method: 'PUT', path: `/watch/?${POLL}` });
    assert.deepEqual((await it.heard()).context, { method: 'PUT' });
    await askUpgrade(it.app.port, `/watch/?${WEBSOCKET}&sid=x`).then(({ connection }) => connection.close());
    assert.deepEqual((await it.heard()).context, { sid: 'x' });
  });

  test('the log says it too', async () => {
    await it.get(`/watch/?${POLL}&sid=nobody%0a`);
    await it.heard();
    assert.match(it.app.errors, /connection_error code=1 message="Session ID unknown" context="\{\\"sid\\":\\"nobody\\\\n\\"\}"/);
  });

  test('the life of a session is told', async (t) => {
    const client = await it.client(t, '/watch');
    await client.upgraded();
    const events = [];
    while (events.at(-1)?.event !== 'upgrade')
      events.push(await it.heard());
    const names = events.map(({ event }) => event);
    assert.equal(names[0], 'open');
    assert.deepEqual(names.filter((name) => name.startsWith('upgrad')), ['upgrading', 'upgrade']);
    assert.ok(names.includes('drain'));
    assert.deepEqual(events.find(({ event }) => event === 'upgrading'),
      { event: 'upgrading', transport: 'polling', upgrading: true });
    assert.deepEqual(events.at(-1), { event: 'upgrade', transport: 'websocket', upgrading: false });
    client.emit('close session');
    assert.equal((await client.next('disconnect'))[0], 'transport close');
    assert.deepEqual(await it.heard(), { event: 'close', reason: 'forced close', detail: '' });
  });

  test('why it ended is told in detail', async () => {
    const session = await openSession(it.app.port, '/watch');
    assert.equal((await it.heard()).event, 'open');
    assert.equal((await it.heard()).event, 'drain');
    await session.post('2');
    assert.deepEqual(await it.heard(),
      { event: 'close', reason: 'transport error', detail: 'invalid heartbeat direction' });
  });

  test('output that waits for the network is told when it has gone', async () => {
    const socket = await RawWebSocket.open(it.app.port, `/watch/?${WEBSOCKET}`);
    await socket.nextText();
    await socket.text('40').nextText();
    assert.equal((await it.heard()).event, 'open');
    socket.connection.socket.pause();
    socket.text('42["big",15000000]');
    await pause(100);
    assert.equal(it.lines.size, 0);
    socket.connection.socket.resume();
    assert.equal((await it.heard()).event, 'drain');
    socket.connection.close();
    assert.equal((await it.heard()).event, 'close');
  });
});

describe('upgrades that nobody serves', { skip }, () => {
  const ask = async (port, path = '/nowhere') => {
    const connection = await RawConnection.open(port);
    const start = Date.now();
    connection.write(requestBytes({ path, headers: upgradeHeaders() }));
    const answer = (await connection.rest()).toString();
    connection.close();
    return { answer, ms: Date.now() - start };
  };

  describe('by default', () => {
    const it = serve();
    test('are ended after a second, without a word', async () => {
      const { answer, ms } = await ask(it.app.port);
      assert.equal(answer, '');
      assert.ok(ms >= 990 && ms < 5000, String(ms));
    });
    test('other requests are answered', async () => {
      assert.equal((await it.get('/nowhere')).status, 404);
    });
  });

  describe('with a timeout', () => {
    const it = serve('--upgrade-timeout', '100');
    test('are ended after that', async () => {
      const { answer, ms } = await ask(it.app.port);
      assert.equal(answer, '');
      assert.ok(ms >= 95 && ms < 900, String(ms));
    });
    test('who goes before is forgotten', async () => {
      const connection = await RawConnection.open(it.app.port);
      connection.write(requestBytes({ path: '/nowhere', headers: upgradeHeaders() }));
      await pause(20);
      connection.reset();
      await pause(150);
      assert.equal((await it.get('/nowhere')).status, 404);
    });
  });

  describe('when they are left', () => {
    const it = serve('--leaves-upgrades');
    test('are answered 404 at once', async () => {
      const { answer, ms } = await ask(it.app.port);
      assert.match(answer, /^HTTP\/1\.1 404 /);
      assert.ok(ms < 900, String(ms));
    });
  });
});

describe('behind a reverse proxy', { skip }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-'));
  after(() => rmSync(directory, { recursive: true }));
  const whoami = (it, headers) => it.get('/whoami', headers).then(({ text }) => text);

  describe('that nobody has named', () => {
    const it = serve();
    test('the peer is the client, whatever it says', async () => {
      assert.equal(await whoami(it, { 'X-Forwarded-For': '192.0.2.1', Forwarded: 'for=192.0.2.2' }), '127.0.0.1');
    });
  });

  describe('that is listed', () => {
    const it = serve('--trust', '127.0.0.0/8', '--trust', '10.0.0.1');
    test('the client is who the proxy names', async (t) => {
      assert.equal(await whoami(it), '127.0.0.1');
      assert.equal(await whoami(it, { 'X-Forwarded-For': '198.51.100.1, 192.0.2.1, 10.0.0.1' }), '192.0.2.1');
      assert.equal(await whoami(it, { Forwarded: 'for=192.0.2.2' }), '127.0.0.1');
      const client = await it.client(t, '/socket.io', { extraHeaders: { 'X-Forwarded-For': '2001:db8::1', 'X-Forwarded-Proto': 'https' } });
      const [{ address, secure }] = await client.ask('who');
      assert.deepEqual({ address, secure }, { address: '2001:db8::1', secure: true });
    });
  });

  describe('that is not the one who asks', () => {
    const it = serve('--trust', '10.0.0.0/8');
    test('nothing is believed', async () => {
      assert.equal(await whoami(it, { 'X-Forwarded-For': '192.0.2.1' }), '127.0.0.1');
    });
  });

  describe('that writes the standard field', () => {
    const it = serve('--trust', '127.0.0.1', '--forwarded');
    test('only that is read', async () => {
      assert.equal(await whoami(it, { 'X-Forwarded-For': '192.0.2.1' }), '127.0.0.1');
      assert.equal(await whoami(it, { Forwarded: 'for="[2001:db8::17]:4711";proto=https' }), '2001:db8::17');
    });
  });

  describe('on a Unix-domain socket', () => {
    const socketPath = join(directory, 'proxied.sock');
    const it = serve('--unix', socketPath, '--trust', 'unix');
    const ask = (options) => within(new Promise((resolve, reject) => {
      const asked = httpRequest({ socketPath, ...options }, (answer) => {
        let text = '';
        answer.on('data', (bytes) => { text += bytes; });
        answer.on('end', () => resolve(text));
      });
      asked.on('error', reject);
      asked.end(options.body);
    }), 'the answer over the Unix-domain socket');

    test('sessions go on, and clients have addresses', async () => {
      const headers = { 'X-Forwarded-For': '192.0.2.77' };
      assert.equal(await ask({ path: '/whoami', headers }), '192.0.2.77');
      const { sid } = parseOpen(await ask({ path: `/socket.io/?${POLL}`, headers }));
      const path = `/socket.io/?${POLL}&sid=${sid}`;
      assert.equal(await ask({ method: 'POST', path, body: `40${RS}420["who"]` }), 'ok');
      const packets = (await ask({ path })).split(RS);
      assert.equal(JSON.parse(packets.at(-1).slice(3))[0].address, '192.0.2.77');
    });
  });

  test('a list that makes no sense is refused in words', () => {
    const { status, stderr } = spawnSync(join(build, 'tests/programs/engine-options'), ['--trust', 'localhost'], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /"localhost" is neither an address nor a network/);
  });
});

describe('the end of the server', { skip }, () => {
  test('every client is told', async (t) => {
    const app = await Program.start(join(build, 'tests/programs/engine-options'), [], /^listening on (\d+)$/);
    const socket = await connectClient(t, app.url, { path: '/socket.io', transports: ['websocket'] });
    const polling = await connectClient(t, app.url, { path: '/polling', transports: ['polling'] });
    const raw = await openSession(app.port, '/silent');
    const waiting = raw.poll();
    await pause(50);
    const stopped = app.stop();
    assert.equal((await socket.next('disconnect'))[0], 'transport close');
    assert.equal((await polling.next('disconnect'))[0], 'transport close');
    assert.equal((await waiting).text, '1');
    await stopped;
  });
});
