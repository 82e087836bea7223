// SPDX-License-Identifier: MIT
//
// Engine.IO 4 on the wire: raw HTTP and raw WebSocket against the fixed app.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { appForSuite, isReference, oursOnly } from './support/app.mjs';
import { RS, PollingSession, joinWebSocket, openWebSocketSession, parseOpen, pollingPath,
  webSocketPath } from './support/engine.mjs';
import { RawConnection, request, requestBytes } from './support/http.mjs';
import { CLOSE, CONTINUATION, PING, PONG, RawWebSocket, TEXT, askUpgrade,
  closePayload, frame, upgradeHeaders } from './support/websocket.mjs';
import { until } from './support/wait.mjs';

const hooks = { before, after };
const UNKNOWN_TRANSPORT = '{"code":0,"message":"Transport unknown"}';
const UNKNOWN_SID = '{"code":1,"message":"Session ID unknown"}';
const BAD_METHOD = '{"code":2,"message":"Bad handshake method"}';
const BAD_REQUEST = '{"code":3,"message":"Bad request"}';
const UNSUPPORTED = '{"code":5,"message":"Unsupported protocol version"}';

async function refuses(port, options, body, status = 400) {
  const response = await request(port, options);
  assert.equal(response.status, status);
  assert.equal(response.text, body);
  return response;
}

async function diesSoon(session) {
  await until(async () => !(await session.isAlive()), 'the session to be gone');
}

describe('routing', () => {
  const it = appForSuite(hooks);
  const status = async (path) => (await request(it.app.port, { path })).status;

  test('whatever follows the path is accepted', async () => {
    assert.equal(await status('/socket.io/foo/bar?EIO=4&transport=polling'), 200);
  });

  test('the path without its slash is not Engine.IO', async () => {
    assert.equal(await status('/socket.io?EIO=4&transport=polling'), 404);
    assert.equal(await status('/nowhere?EIO=4&transport=polling'), 404);
  });

  test('the last of several equal keys wins', async () => {
    assert.equal(await status('/socket.io/?EIO=4&transport=abc&transport=polling'), 200);
    await refuses(it.app.port, { path: '/socket.io/?EIO=4&transport=polling&transport=abc' },
      UNKNOWN_TRANSPORT);
  });

  test('keys and values are percent-decoded', async () => {
    assert.equal(await status('/socket.io/?EI%4F=%34&tr%61nsport=p%6flling'), 200);
  });

  test('an empty sid counts as none', async () => {
    assert.equal(await status('/socket.io/?EIO=4&transport=polling&sid='), 200);
  });

  test('an upgrade elsewhere is not left hanging', async () => {
    const connection = await RawConnection.open(it.app.port);
    connection.write(requestBytes({ path: '/nowhere', headers: {
      Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' } }));
    const answer = (await connection.rest()).toString();
    assert.match(answer, /^(HTTP\/1\.1 404 [^]*)?$/);
  });
});

describe('checks in their order', () => {
  const it = appForSuite(hooks);
  const at = (query) => `/socket.io/?${query}`;
  const upgrade = async (query, headers) => {
    const { connection, response } = await askUpgrade(it.app.port, at(query), headers);
    return { response, ended: connection.ended() };
  };

  const plain = [
    ['neither revision nor transport', 'GET', '', UNKNOWN_TRANSPORT],
    ['no transport', 'GET', 'EIO=4', UNKNOWN_TRANSPORT],
    ['a transport that does not exist', 'GET', 'EIO=4&transport=abc', UNKNOWN_TRANSPORT],
    ['a transport that is never in a URL', 'GET', 'EIO=4&transport=webtransport', UNKNOWN_TRANSPORT],
    ['a transport named like a property', 'GET', 'EIO=4&transport=constructor', UNKNOWN_TRANSPORT],
    ['the transport before the sid', 'GET', 'EIO=4&transport=abc&sid=nope', UNKNOWN_TRANSPORT],
    ['the transport before the method', 'POST', 'EIO=4&transport=abc', UNKNOWN_TRANSPORT],
    ['an unknown sid', 'GET', 'EIO=4&transport=polling&sid=nope', UNKNOWN_SID],
    ['an unknown sid with POST', 'POST', 'EIO=4&transport=polling&sid=nope', UNKNOWN_SID],
    ['a sid of twenty characters', 'GET', 'EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA', UNKNOWN_SID],
    ['__proto__ as sid', 'GET', 'EIO=4&transport=polling&sid=__proto__', UNKNOWN_SID],
    ['the sid before the revision', 'GET', 'EIO=3&transport=polling&sid=nope', UNKNOWN_SID],
    ['a handshake by POST', 'POST', 'EIO=4&transport=polling', BAD_METHOD],
    ['a handshake by PUT', 'PUT', 'EIO=4&transport=polling', BAD_METHOD],
    ['a handshake by DELETE', 'DELETE', 'EIO=4&transport=polling', BAD_METHOD],
    ['the method before the revision', 'POST', 'EIO=3&transport=polling', BAD_METHOD],
    ['WebSocket without an upgrade', 'GET', 'EIO=4&transport=websocket', BAD_REQUEST],
    ['WebSocket without an upgrade before the revision', 'GET', 'EIO=3&transport=websocket', BAD_REQUEST],
    ['revision 3', 'GET', 'EIO=3&transport=polling', UNSUPPORTED],
    ['revision 5', 'GET', 'EIO=5&transport=polling', UNSUPPORTED],
    ['revision 04', 'GET', 'EIO=04&transport=polling', UNSUPPORTED],
    ['no revision', 'GET', 'transport=polling', UNSUPPORTED],
  ];
  for (const [name, method, query, body] of plain)
    test(`refuses ${name}`, async () => {
      const response = await refuses(it.app.port, { method, path: at(query) }, body);
      assert.match(response.header('content-type'), /^application\/json/);
      assert.equal(response.header('cache-control'), undefined);
    });

  test('a refusal keeps the connection alive', async () => {
    const connection = await RawConnection.open(it.app.port);
    for (let i = 0; i < 3; i++) {
      connection.write(requestBytes({ path: at('EIO=4&transport=abc') }));
      assert.equal((await connection.response()).text, UNKNOWN_TRANSPORT);
    }
    connection.close();
  });

  test('a refused HEAD has no body', async () => {
    const connection = await RawConnection.open(it.app.port);
    connection.write(requestBytes({ method: 'HEAD', path: at('EIO=4&transport=polling') }));
    assert.equal((await connection.response('HEAD')).status, 400);
    connection.write(requestBytes({ path: at('EIO=4&transport=polling') }));
    assert.equal((await connection.response()).status, 200);
    connection.close();
  });

  test('a known sid with another transport is refused', async () => {
    const session = await PollingSession.open(it.app.port);
    await refuses(it.app.port, { path: webSocketPath(session.sid) }, BAD_REQUEST);
    assert.ok(await session.isAlive());
  });

  test('a known sid with another revision is refused', async () => {
    const session = await PollingSession.open(it.app.port);
    for (const revision of ['EIO=3&', ''])
      await refuses(it.app.port, { path: at(`${revision}transport=polling&sid=${session.sid}`) }, BAD_REQUEST);
    assert.ok(await session.isAlive());
  });

  for (const method of ['PUT', 'DELETE', 'PATCH', 'HEAD'])
    test(`${method} with a known sid is answered with an empty 500`, async () => {
      const session = await PollingSession.open(it.app.port);
      const response = await request(it.app.port, { method, path: pollingPath(session.sid) });
      assert.equal(response.status, 500);
      assert.equal(response.text, '');
      assert.ok(await session.isAlive());
    });

  test('control characters in Origin are refused', async () => {
    const response = await request(it.app.port,
      { path: pollingPath(), headers: { Origin: 'http://a\x01b' } });
    assert.equal(response.status, 400);
  });

  const upgrades = [
    ['a transport that does not exist', 'EIO=4&transport=abc', 'Transport unknown'],
    ['no transport', 'EIO=4', 'Transport unknown'],
    ['an unknown sid', 'EIO=4&transport=websocket&sid=nope', 'Session ID unknown'],
    ['an unknown sid on polling', 'EIO=4&transport=polling&sid=nope', 'Session ID unknown'],
  ];
  for (const [name, query, text] of upgrades)
    test(`refuses an upgrade with ${name}`, async () => {
      const { response, ended } = await upgrade(query);
      assert.equal(response.status, 400);
      assert.match(response.header('content-type'), /^text\/html/);
      assert.equal(response.header('connection').toLowerCase(), 'close');
      assert.equal(response.header('content-length'), String(text.length));
      assert.equal(response.text, text);
      await ended;
    });

  test('refuses an upgrade with a known sid and another revision', async () => {
    const session = await PollingSession.open(it.app.port);
    const { response, ended } = await upgrade(`EIO=3&transport=websocket&sid=${session.sid}`);
    assert.equal(response.status, 400);
    assert.equal(response.text, 'Bad request');
    await ended;
    assert.ok(await session.isAlive());
  });

  test('refuses an upgrade with an unsupported revision', async () => {
    const { response, ended } = await upgrade('EIO=3&transport=websocket');
    // The genuine server says 101 first and then writes an HTTP response into the WebSocket stream.
    assert.equal(response.status, isReference ? 101 : 400);
    if (!isReference)
      assert.equal(response.text, 'Unsupported protocol version');
    await ended;
  });

  test('refuses another WebSocket version and names its own', async () => {
    const { response, ended } = await upgrade('EIO=4&transport=websocket',
      { 'Sec-WebSocket-Version': '12' });
    assert.equal(response.status, isReference ? 400 : 426);
    assert.match(response.header('sec-websocket-version'), /\b13\b/);
    await ended;
  });

  test('refuses a bad WebSocket key', async () => {
    const { response, ended } = await upgrade('EIO=4&transport=websocket', { 'Sec-WebSocket-Key': 'abc' });
    assert.equal(response.status, 400);
    await ended;
  });

  test('an upgrade to something else is no WebSocket', async () => {
    const { response, connection } = await askUpgrade(it.app.port, webSocketPath(), { Upgrade: 'h2c' });
    assert.equal(response.status, 400);
    connection.close();
  });
});

describe('handshake', () => {
  const it = appForSuite(hooks);

  test('polling answers with the open packet', async () => {
    const response = await request(it.app.port, { path: pollingPath() });
    assert.equal(response.status, 200);
    assert.equal(response.header('content-type'), 'text/plain; charset=UTF-8');
    assert.equal(response.header('cache-control'), 'no-store');
    assert.equal(response.header('content-length'), String(response.body.length));
    assert.match(response.text, new RegExp('^0{"sid":"[\\w-]{20}","upgrades":\\["websocket"\\],'
      + '"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}$'));
  });

  test('WebSocket answers with the open packet and offers no upgrade', async () => {
    const socket = await RawWebSocket.open(it.app.port, webSocketPath());
    assert.match(await socket.nextText(), new RegExp('^0{"sid":"[\\w-]{20}","upgrades":\\[\\],'
      + '"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}$'));
    await socket.close(1000);
  });

  test('every session has an id of its own', async () => {
    const sids = new Set();
    for (let i = 0; i < 50; i++)
      sids.add((await PollingSession.open(it.app.port)).sid);
    assert.equal(sids.size, 50);
    for (const sid of sids)
      assert.match(sid, /^[\w-]{20}$/);
  });

  test('the first offered subprotocol is echoed', async () => {
    const socket = await openWebSocketSession(it.app.port, { 'Sec-WebSocket-Protocol': 'foo, bar' });
    assert.equal(socket.response.header('sec-websocket-protocol'), 'foo');
    socket.drop();
  });

  for (const offer of ['permessage-deflate; client_max_window_bits', ''])
    test(`compression is not negotiated (offered: "${offer}")`, async () => {
      const socket = await openWebSocketSession(it.app.port, { 'Sec-WebSocket-Extensions': offer });
      assert.equal(socket.response.header('sec-websocket-extensions'), undefined);
      socket.drop();
    });

  for (const agent of ['Mozilla/4.0 (compatible;MSIE 8.0)', 'Mozilla/5.0 (Trident/7.0; rv:11.0)'])
    test(`polling turns the filter of ${agent} off`, async () => {
      const headers = { 'User-Agent': agent };
      const response = await request(it.app.port, { path: pollingPath(), headers });
      assert.equal(response.header('x-xss-protection'), '0');
      const refused = await request(it.app.port, { path: pollingPath('none'), headers });
      assert.equal(refused.header('x-xss-protection'), undefined);
    });

  test('a WebSocket upgrade for polling without a sid is closed at once', async () => {
    const socket = await RawWebSocket.open(it.app.port, pollingPath());
    assert.deepEqual(await socket.closeFrame(), { code: 1005, reason: '' });
  });

  test('frames right behind the handshake are read', { skip: oursOnly }, async () => {
    const connection = await RawConnection.open(it.app.port);
    connection.write(Buffer.concat([requestBytes({ path: webSocketPath(), headers: upgradeHeaders() }),
      frame({ payload: '40' })]));
    const socket = new RawWebSocket(connection, await connection.response());
    parseOpen(await socket.nextText());
    assert.match(await socket.nextText(), /^40{"sid":"[\w-]{20}"}$/);
    socket.drop();
  });
});

describe('polling', () => {
  const it = appForSuite(hooks);
  const open = () => PollingSession.open(it.app.port);
  const join = () => PollingSession.join(it.app.port);

  test('POST is answered with ok after its packets were handled', async () => {
    const session = await open();
    const response = await session.post('40');
    assert.equal(response.status, 200);
    assert.match(response.header('content-type'), /^text\/html/);
    assert.equal(response.header('content-length'), '2');
    assert.equal(response.header('cache-control'), 'no-store');
    assert.equal(response.text, 'ok');
  });

  test('GET is answered with what has gathered', async () => {
    const session = await open();
    await session.send('40');
    const response = await session.get();
    assert.equal(response.status, 200);
    assert.equal(response.header('content-type'), 'text/plain; charset=UTF-8');
    assert.equal(response.header('cache-control'), 'no-store');
    assert.match(response.text, /^40{"sid":"[\w-]{20}"}$/);
  });

  test('GET waits until there is something', async () => {
    const session = await join();
    const { response } = await session.startPoll();
    await session.send('42["echo","late"]');
    assert.equal((await response).text, '42["echo","late"]');
  });

  test('packets are separated by one byte, in both directions', async () => {
    const session = await join();
    await session.send('42["echo",1]', '42["echo",2]', '42["echo",3]');
    assert.deepEqual(await session.packets(3), ['42["echo",1]', '42["echo",2]', '42["echo",3]']);
  });

  test('binary travels as base64', async () => {
    const session = await join();
    await session.send('451-["echo",{"_placeholder":true,"num":0}]', 'bAQIDBA==');
    assert.deepEqual(await session.packets(2), ['451-["echo",{"_placeholder":true,"num":0}]', 'bAQIDBA==']);
  });

  for (const [name, sent, got] of [
    ['of the URL alphabet', 'b-_-_', 'b+/+/'],
    ['without padding', 'bAQIDBA', 'bAQIDBA=='],
    ['with junk between', 'bAQ I\nD*BA==', 'bAQIDBA=='],
    ['that is empty', 'b', 'b'],
  ])
    test(`base64 ${name} is understood`, async () => {
      const session = await join();
      await session.send('451-["echo",{"_placeholder":true,"num":0}]', sent);
      assert.equal((await session.packets(2))[1], got);
    });

  test('a header and its attachment may come in two posts', async () => {
    const session = await join();
    await session.send('451-["echo",{"_placeholder":true,"num":0}]');
    await session.send('3');
    await session.send('bAQIDBA==');
    assert.equal((await session.packets(2))[1], 'bAQIDBA==');
  });

  test('invalid UTF-8 becomes replacement characters', async () => {
    const session = await join();
    await session.post(Buffer.concat([Buffer.from('42["echo","a'), Buffer.of(0xff, 0xc3), Buffer.from('z"]')]));
    assert.equal(await session.poll(), '42["echo","a\ufffd\ufffdz"]');
  });

  test('text beyond the basic plane survives', async () => {
    const session = await join();
    await session.send('42["echo","€é😀\u2028"]');
    assert.equal(await session.poll(), '42["echo","€é😀\u2028"]');
  });

  test('a chunked POST is as good as any', async () => {
    const session = await join();
    const response = await request(it.app.port, { method: 'POST', path: pollingPath(session.sid),
      headers: { 'Transfer-Encoding': 'chunked' },
      body: '3\r\n42[\r\n8;x=y\r\n"echo",7\r\n1\r\n]\r\n0\r\n\r\n' });
    assert.equal(response.text, 'ok');
    assert.equal(await session.poll(), '42["echo",7]');
  });

  test('requests of one session may share a connection', async () => {
    const session = await open();
    const connection = await RawConnection.open(it.app.port);
    connection.write(Buffer.concat([
      requestBytes({ method: 'POST', path: pollingPath(session.sid), body: '40' }),
      requestBytes({ path: pollingPath(session.sid) })]));
    assert.equal((await connection.response()).text, 'ok');
    assert.match((await connection.response()).text, /^40{/);
    connection.close();
  });

  test('a second GET ends the session', async () => {
    const session = await join();
    const first = await session.startPoll();
    const second = await session.startPoll();
    const answers = await Promise.all([first.response, second.response]);
    const [closed, refused] = answers.sort((a, b) => a.status - b.status);
    assert.equal(closed.status, 200);
    assert.equal(closed.text, '1');
    assert.equal(refused.status, 400);
    assert.equal(refused.text, '');
    assert.ok(!await session.isAlive());
  });

  test('a second POST ends the session', async () => {
    const session = await join();
    const first = await RawConnection.open(it.app.port);
    first.write(`POST ${pollingPath(session.sid)} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n42`);
    // A moment later the head has been read; until then the second one would be the first.
    let refused;
    await until(async () => (refused = await session.post('3')).status === 400, 'the second POST to be refused');
    assert.equal(refused.text === '' || refused.text === UNKNOWN_SID, true);
    assert.equal((await first.rest()).toString(), '');
    assert.ok(!await session.isAlive());
  });

  test('an aborted GET ends the session', async () => {
    const session = await join();
    const poll = await session.startPoll();
    await session.send('3');
    poll.abort();
    await diesSoon(session);
  });

  test('an aborted POST ends the session', async () => {
    const session = await join();
    const post = await RawConnection.open(it.app.port);
    post.write(`POST ${pollingPath(session.sid)} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n42["echo",1`);
    await request(it.app.port, { path: pollingPath() });
    post.close();
    await until(async () => (await session.get()).status === 400, 'the session to be gone');
  });

  test('octet-stream ends the session', async () => {
    const session = await join();
    const response = await session.post('42["echo",1]', { 'Content-Type': 'application/octet-stream' });
    assert.equal(response.status, 400);
    assert.equal(response.text, '');
    assert.ok(!await session.isAlive());
  });

  for (const [name, body] of [['letters', 'abc'], ['type 7', '7'], ['nothing', ''], ['a lone separator', RS]])
    test(`${name} in a POST ends the session, politely`, async () => {
      const session = await join();
      const poll = await session.startPoll();
      await session.send('3');
      const response = await session.post(body);
      assert.equal(response.status, 200);
      assert.equal(response.text, 'ok');
      assert.equal((await poll.response).text, '1');
      assert.ok(!await session.isAlive());
    });

  test('the client may close', async () => {
    const session = await join();
    const poll = await session.startPoll();
    await session.send('3');
    assert.equal((await session.post('1')).text, 'ok');
    assert.equal((await poll.response).text, '6');
    assert.ok(!await session.isAlive());
  });

  test('nothing is read behind a close packet', async () => {
    const session = await join();
    const poll = await session.startPoll();
    await session.send('3');
    await session.send('1', '42["echo",1]');
    assert.equal((await poll.response).text, '6');
  });

  test('packets before garbage are handled', { skip: oursOnly }, async () => {
    const session = await join();
    const other = await joinWebSocket(it.app.port);
    await session.send('42["chat message","last words"]', 'x', '42["chat message","never"]');
    assert.equal(await other.nextText(), '42["chat message","last words"]');
    assert.equal(await other.text('42["echo"]').nextText(), '42["echo"]');
    assert.ok(!await session.isAlive());
    other.drop();
  });

  test('a ping from the client ends the session', async () => {
    const session = await join();
    const poll = await session.startPoll();
    await session.send('3');
    assert.equal((await session.post('2')).text, 'ok');
    assert.equal((await poll.response).text, '1');
    assert.ok(!await session.isAlive());
  });

  for (const packet of ['0', '5', '6', '3', '3probe', '0{"sid":"x"}'])
    test(`packet ${packet} changes nothing`, async () => {
      const session = await join();
      await session.send(packet, '42["echo",1]');
      assert.equal(await session.poll(), '42["echo",1]');
    });

  test('what Socket.IO refuses is closed in an orderly way, with a poll waiting', async () => {
    const session = await join();
    const poll = await session.startPoll();
    await session.send('3');
    assert.equal((await session.post('4')).text, 'ok');
    assert.equal((await poll.response).text, '1');
    assert.ok(!await session.isAlive());
  });

  test('what Socket.IO refuses is closed in an orderly way, with none', async () => {
    const session = await join();
    assert.equal((await session.post('4')).text, 'ok');
    assert.equal(await session.poll(), `6${RS}1`);
    await refuses(it.app.port, { path: pollingPath(session.sid) }, UNKNOWN_SID);
  });

  test('what was queued goes out before the close', async () => {
    const session = await join();
    await session.send('42["echo","kept"]');
    await session.send('4');
    const packets = [];
    while (packets.at(-1) !== '1')
      packets.push(...(await session.poll()).split(RS));
    assert.deepEqual(packets.filter((packet) => packet !== '6'), ['42["echo","kept"]', '1']);
  });
});

describe('polling limits', () => {
  const it = appForSuite(hooks, { 'max-payload': 1000 });
  const message = (size) => `42["echo","${'x'.repeat(size - 13)}"]`;

  test('the limit is announced', async () => {
    assert.equal((await PollingSession.open(it.app.port)).open.maxPayload, 1000);
  });

  test('a body of exactly the limit passes', async () => {
    const session = await PollingSession.join(it.app.port);
    await session.send(message(1000));
    assert.equal(await session.poll(), message(1000));
  });

  test('a larger body is refused and the session stays', async () => {
    const session = await PollingSession.join(it.app.port);
    const response = await session.post(message(1001));
    assert.equal(response.status, 413);
    assert.equal(response.text, '');
    await session.send('42["echo","still here"]');
    assert.equal(await session.poll(), '42["echo","still here"]');
  });

  test('a larger chunked body is refused and the session stays', async () => {
    const session = await PollingSession.join(it.app.port);
    const response = await request(it.app.port, { method: 'POST', path: pollingPath(session.sid),
      headers: { 'Transfer-Encoding': 'chunked' },
      body: `3e9\r\n${'x'.repeat(1001)}\r\n0\r\n\r\n` });
    assert.equal(response.status, 413);
    assert.ok(await session.isAlive());
  });

  test('a larger WebSocket message is closed with 1009', async () => {
    const socket = await joinWebSocket(it.app.port);
    assert.equal((await socket.text(message(1001)).closeFrame()).code, 1009);
    await socket.ended();
  });

  test('fragments that add up to more are closed with 1009', async () => {
    const socket = await joinWebSocket(it.app.port);
    socket.frame({ opcode: TEXT, payload: message(900), fin: false });
    socket.frame({ opcode: CONTINUATION, payload: 'y'.repeat(101) });
    assert.equal((await socket.closeFrame()).code, 1009);
  });

  test('a WebSocket message of exactly the limit passes', async () => {
    const socket = await joinWebSocket(it.app.port);
    assert.equal(await socket.text(message(1000)).nextText(), message(1000));
    socket.drop();
  });
});

describe('WebSocket', () => {
  const it = appForSuite(hooks);
  const join = () => joinWebSocket(it.app.port);

  for (const payload of ['0', '1', '3', '3probe', '5', '6', '1abc'])
    test(`text ${payload} changes nothing`, async () => {
      const socket = await join();
      assert.equal(await socket.text(payload).text('42["echo",1]').nextText(), '42["echo",1]');
      socket.drop();
    });

  for (const payload of ['abc', '', '7', '9', ' 4', '2', '2probe'])
    test(`text ${JSON.stringify(payload)} is closed without a code`, async () => {
      const socket = await join();
      assert.deepEqual(await socket.text(payload).closeFrame(), { code: 1005, reason: '' });
      await socket.ended();
    });

  test('text beginning with b is a binary message', async () => {
    const socket = await join();
    socket.text('451-["echo",{"_placeholder":true,"num":0}]').text('bAQ==');
    assert.equal(await socket.nextText(), '451-["echo",{"_placeholder":true,"num":0}]');
    assert.deepEqual(await socket.nextBinary(), Buffer.of(1));
    socket.drop();
  });

  test('who asked for b64 gets binary as text, of a broadcast too', async () => {
    const other = await join();
    const socket = await RawWebSocket.open(it.app.port, webSocketPath(null, '&b64=1'));
    parseOpen(await socket.nextText());
    await socket.text('40').nextText();
    for (const [event, bytes] of [['echo', []], ['echo', [1, 2, 3]], ['chat message', [4]]]) {
      const header = `451-["${event}",{"_placeholder":true,"num":0}]`;
      socket.text(header).binary(Buffer.from(bytes));
      assert.equal(await socket.nextText(), header);
      assert.equal(await socket.nextText(), 'b' + Buffer.from(bytes).toString('base64'));
    }
    assert.equal(await other.nextText(), '451-["chat message",{"_placeholder":true,"num":0}]');
    assert.deepEqual(await other.nextBinary(), Buffer.of(4));
    socket.drop();
    other.drop();
  });

  test('an empty b64 asks for nothing', async () => {
    const socket = await RawWebSocket.open(it.app.port, webSocketPath(null, '&b64='));
    parseOpen(await socket.nextText());
    await socket.text('40').nextText();
    socket.text('451-["echo",{"_placeholder":true,"num":0}]').binary(Buffer.of(1));
    await socket.nextText();
    assert.deepEqual(await socket.nextBinary(), Buffer.of(1));
    socket.drop();
  });

  test('invalid UTF-8 is closed with 1007', async () => {
    const socket = await join();
    socket.text(Buffer.concat([Buffer.from('42["echo","'), Buffer.of(0xff), Buffer.from('"]')]));
    assert.equal((await socket.closeFrame()).code, 1007);
  });

  test('a WebSocket ping is answered with its body', async () => {
    const socket = await join();
    const { opcode, payload } = await socket.frame({ opcode: PING, payload: 'are you there' }).next();
    assert.equal(opcode, PONG);
    assert.equal(payload.toString(), 'are you there');
    socket.drop();
  });

  test('an unsolicited WebSocket pong is ignored', async () => {
    const socket = await join();
    assert.equal(await socket.frame({ opcode: PONG, payload: 'x' }).text('42["echo"]').nextText(), '42["echo"]');
    socket.drop();
  });

  for (const [name, code, reason] of [['1000', 1000, ''], ['a code and a reason of its own', 3001, 'foo']])
    test(`closing with ${name} is echoed`, async () => {
      const socket = await join();
      assert.deepEqual(await socket.close(code, reason), { code, reason });
      await socket.ended();
    });

  test('closing without a code is echoed', async () => {
    const socket = await join();
    assert.deepEqual(await socket.close(), { code: 1005, reason: '' });
    await socket.ended();
  });

  for (const [name, fields] of [
    ['an unmasked frame', { payload: '42["echo"]', isMasked: false }],
    ['a reserved bit', { payload: '42["echo"]', rsv: 4 }],
    ['a reserved opcode', { opcode: 3, payload: 'x' }],
    ['a continuation of nothing', { opcode: CONTINUATION, payload: 'x' }],
    ['a fragmented ping', { opcode: PING, payload: 'x', fin: false }],
    ['a long ping', { opcode: PING, payload: 'x'.repeat(126) }],
    ['a close code that may not be sent', { opcode: CLOSE, payload: closePayload(1005) }],
  ])
    test(`${name} is closed with 1002`, async () => {
      const socket = await join();
      assert.equal((await socket.frame(fields).closeFrame()).code, 1002);
      await socket.ended();
    });

  test('a message may come in fragments with a ping between', async () => {
    const socket = await join();
    socket.frame({ opcode: TEXT, payload: '42["ec', fin: false });
    socket.frame({ opcode: PING, payload: 'p' });
    socket.frame({ opcode: CONTINUATION, payload: 'ho",', fin: false });
    socket.frame({ opcode: CONTINUATION, payload: '5]' });
    assert.equal((await socket.next()).opcode, PONG);
    assert.equal(await socket.nextText(), '42["echo",5]');
    socket.drop();
  });

  test('plain requests with the sid of a WebSocket session are refused', async () => {
    const socket = await join();
    await refuses(it.app.port, { path: pollingPath(socket.sid) }, BAD_REQUEST);
    await refuses(it.app.port, { method: 'POST', path: pollingPath(socket.sid), body: '1' }, BAD_REQUEST);
    assert.equal(await socket.text('42["echo"]').nextText(), '42["echo"]');
    socket.drop();
  });

  test('the session is gone once the connection is cut', async () => {
    const socket = await join();
    socket.drop();
    await until(async () => (await request(it.app.port, { path: pollingPath(socket.sid) })).text === UNKNOWN_SID,
      'the session to be gone');
  });
});

describe('upgrade', () => {
  const it = appForSuite(hooks);
  const candidateOf = (session) => RawWebSocket.open(it.app.port, webSocketPath(session.sid));

  async function upgraded() {
    const session = await PollingSession.join(it.app.port);
    const socket = await candidateOf(session);
    assert.equal(await socket.text('2probe').nextText(), '3probe');
    socket.text('5');
    return { session, socket };
  }

  test('probe, switch and go on', async () => {
    const { session, socket } = await upgraded();
    assert.equal(await socket.text('42["echo","over"]').nextText(), '42["echo","over"]');
    await refuses(it.app.port, { path: pollingPath(session.sid) }, BAD_REQUEST);
    socket.drop();
  });

  test('b64 counts in the request of the WebSocket, and there alone', async () => {
    for (const [query, isText] of [['', false], ['&b64=1', true]]) {
      const session = await PollingSession.join(it.app.port);
      const socket = await RawWebSocket.open(it.app.port, webSocketPath(session.sid, query));
      assert.equal(await socket.text('2probe').nextText(), '3probe');
      socket.text('5').text('451-["echo",{"_placeholder":true,"num":0}]').binary(Buffer.of(1, 2));
      await socket.nextText();
      if (isText)
        assert.equal(await socket.nextText(), 'bAQI=');
      else
        assert.deepEqual(await socket.nextBinary(), Buffer.of(1, 2));
      socket.drop();
    }
  });

  test('a waiting poll is released, again and again', async () => {
    const session = await PollingSession.join(it.app.port);
    const { response } = await session.startPoll();
    const socket = await candidateOf(session);
    assert.equal(await socket.text('2probe').nextText(), '3probe');
    assert.equal((await response).text, '6');
    assert.equal(await session.poll(), '6');
    assert.equal(await session.poll(), '6');
    socket.text('5');
    assert.equal(await socket.text('42["echo"]').nextText(), '42["echo"]');
    socket.drop();
  });

  test('what is sent before the switch goes to a waiting poll', async () => {
    const session = await PollingSession.join(it.app.port);
    const socket = await candidateOf(session);
    assert.equal(await socket.text('2probe').nextText(), '3probe');
    await session.send('42["echo","early"]');
    assert.equal((await session.packets(1)).filter((packet) => packet !== '6').join(), '42["echo","early"]');
    socket.drop();
  });

  test('what is queued at the switch follows on the new transport, in order', async () => {
    const session = await PollingSession.join(it.app.port);
    const socket = await candidateOf(session);
    assert.equal(await socket.text('2probe').nextText(), '3probe');
    await session.send('42["echo",1]', '42["echo",2]');
    await session.send('42["echo",3]');
    socket.text('5').text('42["echo",4]');
    for (let i = 1; i <= 4; i++)
      assert.equal(await socket.nextText(), `42["echo",${i}]`);
    socket.drop();
  });

  test('the switch needs no probe and answers a waiting poll with a close', async () => {
    const session = await PollingSession.join(it.app.port);
    const { response } = await session.startPoll();
    await session.send('3');
    const socket = await candidateOf(session);
    assert.equal(await socket.text('5').text('42["echo"]').nextText(), '42["echo"]');
    assert.equal((await response).text, '1');
    socket.drop();
  });

  test('a POST under way at the switch is cut off', async () => {
    const session = await PollingSession.join(it.app.port);
    const post = await RawConnection.open(it.app.port);
    post.write(`POST ${pollingPath(session.sid)} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n42`);
    await request(it.app.port, { path: pollingPath() });
    const socket = await candidateOf(session);
    assert.equal(await socket.text('2probe').nextText(), '3probe');
    assert.equal(await socket.text('5').text('42["echo"]').nextText(), '42["echo"]');
    assert.equal((await post.rest()).toString(), '');
    socket.drop();
  });

  for (const packet of ['42["echo"]', '2', '3', '6', 'x', '2other'])
    test(`${packet} on the candidate ends the candidate alone`, async () => {
      const session = await PollingSession.join(it.app.port);
      const socket = await candidateOf(session);
      assert.deepEqual(await socket.text(packet).closeFrame(), { code: 1005, reason: '' });
      await session.send('42["echo","polling"]');
      assert.equal((await session.packets(1)).at(-1), '42["echo","polling"]');
      const again = await candidateOf(session);
      assert.equal(await again.text('2probe').nextText(), '3probe');
      assert.equal(await again.text('5').text('42["echo"]').nextText(), '42["echo"]');
      again.drop();
    });

  test('a second candidate is closed and the first one is not', async () => {
    const session = await PollingSession.join(it.app.port);
    const first = await candidateOf(session);
    assert.equal(await first.text('2probe').nextText(), '3probe');
    const second = await candidateOf(session);
    assert.deepEqual(await second.closeFrame(), { code: 1005, reason: '' });
    assert.equal(await first.text('5').text('42["echo"]').nextText(), '42["echo"]');
    first.drop();
  });

  test('a candidate after the switch is closed and the session is not', async () => {
    const { session, socket } = await upgraded();
    assert.equal(await socket.text('42["echo"]').nextText(), '42["echo"]');
    const late = await candidateOf(session);
    assert.deepEqual(await late.closeFrame(), { code: 1005, reason: '' });
    assert.equal(await socket.text('42["echo",1]').nextText(), '42["echo",1]');
    socket.drop();
  });

  test('a candidate for a session that began with WebSocket is closed', async () => {
    const socket = await joinWebSocket(it.app.port);
    const other = await RawWebSocket.open(it.app.port, webSocketPath(socket.sid));
    // The genuine server takes it for an upgrade like any other and waits for its probe.
    if (!isReference)
      assert.deepEqual(await other.closeFrame(), { code: 1005, reason: '' });
    assert.equal(await socket.text('42["echo"]').nextText(), '42["echo"]');
    other.drop();
    socket.drop();
  });

  test('a candidate that is cut leaves the session on polling', async () => {
    const session = await PollingSession.join(it.app.port);
    const socket = await candidateOf(session);
    assert.equal(await socket.text('2probe').nextText(), '3probe');
    socket.drop();
    await session.send('42["echo","polling"]');
    const packets = [];
    while (!packets.includes('42["echo","polling"]'))
      packets.push(...await session.packets(1));
  });

  test('a session that closes takes its candidate along', async () => {
    const session = await PollingSession.join(it.app.port);
    const socket = await candidateOf(session);
    assert.equal(await socket.text('2probe').nextText(), '3probe');
    await session.send('1');
    assert.deepEqual(await socket.closeFrame(), { code: 1005, reason: '' });
    assert.ok(!await session.isAlive());
  });

  test('probe and switch may come in one segment', async () => {
    const session = await PollingSession.join(it.app.port);
    const socket = await candidateOf(session);
    socket.write(Buffer.concat(['2probe', '5', '42["echo"]'].map((payload) => frame({ payload }))));
    assert.equal(await socket.nextText(), '3probe');
    assert.equal(await socket.nextText(), '42["echo"]');
    socket.drop();
  });

  test('an upgrade before the first poll works', async () => {
    const session = await PollingSession.open(it.app.port);
    const socket = await candidateOf(session);
    assert.equal(await socket.text('2probe').nextText(), '3probe');
    assert.match(await socket.text('5').text('40').nextText(), /^40{"sid":/);
    socket.drop();
  });

  test('an idle candidate is closed and the session stays on polling', { timeout: 60_000 }, async () => {
    const [silent, probed] = await Promise.all([0, 1].map(() => PollingSession.join(it.app.port)));
    const sockets = [await candidateOf(silent), await candidateOf(probed)];
    assert.equal(await sockets[1].text('2probe').nextText(), '3probe');
    for (const socket of sockets)
      assert.deepEqual(await socket.closeFrame(), { code: 1005, reason: '' });
    for (const session of [silent, probed]) {
      await session.send('42["echo","polling"]');
      assert.equal((await session.packets(1)).at(-1), '42["echo","polling"]');
    }
  });
});

describe('heartbeat', () => {
  const it = appForSuite(hooks, { 'ping-interval': 300, 'ping-timeout': 200 });

  test('its times are announced', async () => {
    const { open } = await PollingSession.open(it.app.port);
    assert.equal(open.pingInterval, 300);
    assert.equal(open.pingTimeout, 200);
  });

  test('the server pings as long as it is answered, over WebSocket', async () => {
    const socket = await openWebSocketSession(it.app.port);
    for (let i = 0; i < 4; i++) {
      assert.equal(await socket.nextText(), '2');
      socket.text('3');
    }
    socket.drop();
  });

  test('the server pings as long as it is answered, over polling', async () => {
    const session = await PollingSession.open(it.app.port);
    for (let i = 0; i < 4; i++) {
      assert.equal(await session.poll(), '2');
      await session.send('3');
    }
  });

  test('no pong ends a WebSocket session', async () => {
    const socket = await openWebSocketSession(it.app.port);
    assert.equal(await socket.nextText(), '2');
    assert.deepEqual(await socket.closeFrame(), { code: 1005, reason: '' });
    await socket.ended();
  });

  test('no pong ends a polling session', async () => {
    const session = await PollingSession.open(it.app.port);
    assert.equal(await session.poll(), '2');
    const response = await session.get();
    assert.equal(response.text, response.status === 200 ? '1' : UNKNOWN_SID);
    assert.ok(!await session.isAlive());
  });

  test('a client that never polls is forgotten', async () => {
    const session = await PollingSession.open(it.app.port);
    await until(async () => (await request(it.app.port, { path: webSocketPath(session.sid) })).text === UNKNOWN_SID,
      'the session to be gone');
  });

  test('other packets do not stand in for the pong forever', async () => {
    const socket = await joinWebSocket(it.app.port);
    assert.equal(await socket.nextText(), '2');
    const chatter = setInterval(() => socket.text('42["join","r"]'), 40);
    assert.deepEqual(await socket.closeFrame(), { code: 1005, reason: '' });
    clearInterval(chatter);
  });

  test('a WebSocket pong does not stand in for the pong', async () => {
    const socket = await openWebSocketSession(it.app.port);
    assert.equal(await socket.nextText(), '2');
    const chatter = setInterval(() => socket.frame({ opcode: PONG, payload: '3' }), 40);
    assert.deepEqual(await socket.closeFrame(), { code: 1005, reason: '' });
    clearInterval(chatter);
  });

  test('the heartbeat goes on after an upgrade', async () => {
    const session = await PollingSession.open(it.app.port);
    const socket = await RawWebSocket.open(it.app.port, webSocketPath(session.sid));
    assert.equal(await socket.text('2probe').nextText(), '3probe');
    socket.text('5');
    for (let i = 0; i < 3; i++) {
      assert.equal(await socket.nextText(), '2');
      socket.text('3');
    }
    assert.equal(await socket.nextText(), '2');
    assert.deepEqual(await socket.closeFrame(), { code: 1005, reason: '' });
  });

  test('a ping asked before an upgrade must still be answered after it', { skip: oursOnly }, async () => {
    const session = await PollingSession.open(it.app.port);
    assert.equal(await session.poll(), '2');
    const socket = await RawWebSocket.open(it.app.port, webSocketPath(session.sid));
    socket.text('5');
    assert.deepEqual(await socket.closeFrame({ skips: true }), { code: 1005, reason: '' });
  });

  test('the answer to a ping asked before an upgrade may come after it', async () => {
    const session = await PollingSession.open(it.app.port);
    assert.equal(await session.poll(), '2');
    const socket = await RawWebSocket.open(it.app.port, webSocketPath(session.sid));
    socket.text('5').text('3');
    assert.equal(await socket.nextText(), '2');
    socket.drop();
  });
});
