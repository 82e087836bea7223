// SPDX-License-Identifier: MIT
//
// Socket.IO 5 on the wire: raw packets over a raw WebSocket, and over polling where that differs.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { appForSuite, oursOnly } from './support/app.mjs';
import { connectClient } from './support/client.mjs';
import { RS, PollingSession, joinWebSocket, openWebSocketSession } from './support/engine.mjs';
import { CLOSE } from './support/websocket.mjs';

const hooks = { before, after };
const NO_CODE = { code: 1005, reason: '' };
const PLACEHOLDER = '{"_placeholder":true,"num":0}';

function placeholder(num) {
  return `{"_placeholder":true,"num":${num}}`;
}

describe('connecting', () => {
  const it = appForSuite(hooks);
  const open = () => openWebSocketSession(it.app.port);

  test('CONNECT is answered with a socket id of its own', async () => {
    const socket = await open();
    const answer = await socket.text('40').nextText();
    assert.match(answer, /^40{"sid":"[\w-]{20}"}$/);
    assert.ok(!answer.includes(socket.sid));
    socket.drop();
  });

  for (const packet of ['40{}', '40{"token":"x"}', '40/,', '40/,{"token":"x"}', '401', '401{"token":"x"}'])
    test(`${packet} joins the main namespace`, async () => {
      const socket = await open();
      assert.match(await socket.text(packet).nextText(), /^40{"sid":"[\w-]{20}"}$/);
      socket.drop();
    });

  for (const packet of ['40/chat', '40/chat,', '40/chat,{"token":"x"}', '40/chat,5{"a":[1,{"b":null}]}'])
    test(`${packet} joins a namespace`, async () => {
      const socket = await open();
      assert.match(await socket.text(packet).nextText(), /^40\/chat,{"sid":"[\w-]{20}"}$/);
      socket.drop();
    });

  test('an unknown namespace is refused and nothing else is harmed', async () => {
    const socket = await open();
    assert.match(await socket.text('40').nextText(), /^40{/);
    assert.equal(await socket.text('40/nope,{"a":1}').nextText(), '44/nope,{"message":"Invalid namespace"}');
    assert.equal(await socket.text('42["echo"]').nextText(), '42["echo"]');
    assert.equal(await socket.text('40/nope').nextText(), '44/nope,{"message":"Invalid namespace"}');
    socket.drop();
  });

  test('a query string belongs to the name of the namespace', async () => {
    const socket = await open();
    assert.equal(await socket.text('40/chat?a=1,').nextText(), '44/chat?a=1,{"message":"Invalid namespace"}');
    socket.drop();
  });

  for (const name of ['/chat/', '/Chat', '/CHAT', '/__proto__', '/%63hat', '/chat ', '/ü😀'])
    test(`${name} is not /chat`, async () => {
      const socket = await open();
      assert.equal(await socket.text(`40${name},`).nextText(), `44${name},{"message":"Invalid namespace"}`);
      socket.drop();
    });

  test('namespaces of one connection are sockets of their own', async () => {
    const socket = await open();
    const main = JSON.parse((await socket.text('40').nextText()).slice(2)).sid;
    const chat = JSON.parse((await socket.text('40/chat,').nextText()).slice(8)).sid;
    assert.notEqual(main, chat);
    assert.equal(await socket.text('42/chat,["echo",1]').nextText(), '42/chat,["echo",1]');
    assert.equal(await socket.text('42["echo",2]').nextText(), '42["echo",2]');
    socket.drop();
  });

  test('leaving one namespace leaves the other', async () => {
    const socket = await joinWebSocket(it.app.port);
    assert.match(await socket.text('40/chat,').nextText(), /^40\/chat,{/);
    socket.text('41');
    assert.equal(await socket.text('42/chat,["echo"]').nextText(), '42/chat,["echo"]');
    socket.drop();
  });

  test('after leaving one may come back, as somebody new', async () => {
    const socket = await joinWebSocket(it.app.port);
    await socket.text('41').settle();
    const again = await socket.text('40').nextText();
    assert.match(again, /^40{"sid":"[\w-]{20}"}$/);
    assert.ok(!again.includes(socket.id));
    socket.drop();
  });

  test('leaving all namespaces leaves the connection open', async () => {
    const socket = await joinWebSocket(it.app.port);
    socket.text('41').text('3');
    assert.match(await socket.text('40/chat,').nextText(), /^40\/chat,{/);
    socket.drop();
  });

  test('sockets that left get no more broadcasts', async () => {
    const [gone, there] = [await joinWebSocket(it.app.port), await joinWebSocket(it.app.port)];
    await gone.text('41').settle();
    assert.match(await gone.text('40/chat,').nextText(), /^40\/chat,{/);
    assert.equal(await there.text('42["chat message",1]').nextText(), '42["chat message",1]');
    assert.equal(await gone.text('42/chat,["echo"]').nextText(), '42/chat,["echo"]');
    gone.drop();
    there.drop();
  });
});

describe('connect timeout', () => {
  const it = appForSuite(hooks, { 'connect-timeout': 300 });

  test('who joins no namespace is closed, over WebSocket', async () => {
    const socket = await openWebSocketSession(it.app.port);
    socket.text('3');
    assert.deepEqual(await socket.closeFrame(), NO_CODE);
    await socket.ended();
  });

  test('who joins no namespace is closed, over polling', async () => {
    const session = await PollingSession.open(it.app.port);
    assert.match(await session.poll(), /^(6\x1e)?1$/);
    assert.ok(!await session.isAlive());
  });

  test('a refused namespace does not count', async () => {
    const socket = await openWebSocketSession(it.app.port);
    assert.match(await socket.text('40/nope').nextText(), /^44\/nope,/);
    assert.deepEqual(await socket.closeFrame(), NO_CODE);
  });

  test('one that was joined counts forever', async () => {
    const socket = await joinWebSocket(it.app.port);
    const witness = await openWebSocketSession(it.app.port);
    socket.text('41');
    assert.deepEqual(await witness.closeFrame(), NO_CODE);
    assert.match(await socket.text('40').nextText(), /^40{/);
    socket.drop();
  });
});

describe('too many events', { skip: oursOnly }, () => {
  const it = appForSuite(hooks, { 'max-events': 3 });

  test('over WebSocket', async () => {
    const socket = await joinWebSocket(it.app.port);
    for (let i = 0; i < 50; i++)
      socket.text(`42["echo",${i}]`);
    let answer = await socket.nextText();
    for (let i = 0; answer !== '41'; i++, answer = await socket.nextText())
      assert.equal(answer, `42["echo",${i}]`);
    assert.deepEqual(await socket.closeFrame(), NO_CODE);
    await socket.ended();
  });

  test('over polling', async () => {
    const session = await PollingSession.join(it.app.port);
    await session.send(Array(10).fill('42["echo",0]').join(RS));
    assert.match(await session.poll(), /^(42\["echo",0\]\x1e){2,3}41$/);
    assert.match(await session.poll(), /^(6\x1e)?1$/);
    assert.ok(!await session.isAlive());
  });

  test('a genuine client does not come back by itself', async (t) => {
    const client = await connectClient(t, it.app.url, { reconnection: true });
    for (let i = 0; i < 10; i++) client.emit('echo', i);
    assert.equal((await client.next('disconnect'))[0], 'io server disconnect');
    assert.ok(!client.socket.active);
  });
});

describe('events', () => {
  const it = appForSuite(hooks);
  const join = () => joinWebSocket(it.app.port);

  const lists = [
    '', ',1', ',-0.5e-3', ',null,true,false', ',""', ',"\\u0000\\"\\\\\\/"', ',[],{}', ',[[[1]],{"a":{"b":[]}}]',
    ',"€é😀"', ',{"__proto__":1}', ',{"_placeholder":true,"num":0}', ',1,2,3,4,5,6,7,8,9,10,11,12',
  ];
  for (const list of lists)
    test(`echo${list} comes back`, async () => {
      const socket = await join();
      const answer = await socket.text(`42["echo"${list}]`).nextText();
      assert.ok(answer.startsWith('42'));
      // The genuine server reads and writes anew, so only the values are the same to the byte.
      assert.deepEqual(JSON.parse(answer.slice(2)), JSON.parse(`["echo"${list}]`));
      socket.drop();
    });

  test('spaces around the values do no harm', async () => {
    const socket = await join();
    const answer = await socket.text('42[ "echo" , 1 ,\t"a" ] ').nextText();
    assert.deepEqual(JSON.parse(answer.slice(2)), ['echo', 1, 'a']);
    socket.drop();
  });

  test('an escaped event name is the same event', async () => {
    const socket = await join();
    assert.equal(await socket.text('42["\\u0065cho",1]').nextText(), '42["echo",1]');
    socket.drop();
  });

  for (const packet of ['42["nobody listens",1]', '42[1,2]', '42[1.5]', '42[""]', '42["error","x"]', '42["connection"]',
    '42["__proto__",1]', '42["constructor"]', '42', '42/', '427["nobody listens"]'])
    test(`${packet} changes nothing`, async () => {
      const socket = await join();
      assert.equal(await socket.text(packet).text('42["echo"]').nextText(), '42["echo"]');
      socket.drop();
    });

  test('42/,["echo"] is for the main namespace', async () => {
    const socket = await join();
    assert.equal(await socket.text('42/,["echo"]').nextText(), '42["echo"]');
    socket.drop();
  });

  test('message is sent back as message', async () => {
    const socket = await join();
    assert.equal(await socket.text('42["message",1,"a"]').nextText(), '42["message",1,"a"]');
    socket.drop();
  });

  test('chat message goes to everybody in the namespace', async () => {
    const [a, b] = [await join(), await join()];
    const elsewhere = await joinWebSocket(it.app.port, '/chat');
    a.text('42["chat message","hi",{"n":1}]');
    assert.equal(await a.nextText(), '42["chat message","hi",{"n":1}]');
    assert.equal(await b.nextText(), '42["chat message","hi",{"n":1}]');
    assert.equal(await elsewhere.text('42/chat,["echo"]').nextText(), '42/chat,["echo"]');
    for (const socket of [a, b, elsewhere])
      socket.drop();
  });

  test('private message goes to one socket', async () => {
    const [a, b, c] = [await join(), await join(), await join()];
    a.text(`42["private message","${b.id}","psst"]`);
    assert.equal(await b.nextText(), `42["private message","${a.id}","psst"]`);
    for (const socket of [a, c])
      assert.equal(await socket.text('42["echo"]').nextText(), '42["echo"]');
    for (const socket of [a, b, c])
      socket.drop();
  });

  test('private message to nobody is harmless', async () => {
    const socket = await join();
    socket.text('42["private message","AAAAAAAAAAAAAAAAAAAA","psst"]').text('42["private message"]');
    socket.text('42["private message",5,6]').text('42["private message",null,{"a":1}]');
    assert.equal(await socket.text('42["echo"]').nextText(), '42["echo"]');
    socket.drop();
  });

  test('rooms reach their members but not the sender', async () => {
    const [a, b, c] = [await join(), await join(), await join()];
    assert.equal(await a.text('420["join","r"]').nextText(), '430[]');
    assert.equal(await b.text('425["join","r"]').nextText(), '435[]');
    a.text('42["to room","r","news",1,{"x":[]}]');
    assert.equal(await b.nextText(), '42["news",1,{"x":[]}]');
    for (const socket of [a, c])
      assert.equal(await socket.text('42["echo"]').nextText(), '42["echo"]');
    assert.equal(await b.text('426["leave","r"]').nextText(), '436[]');
    a.text('42["to room","r","news",2]');
    c.text('42["to room","r","news",3]');
    assert.equal(await a.nextText(), '42["news",3]');
    assert.equal(await b.text('42["echo"]').nextText(), '42["echo"]');
    for (const socket of [a, b, c])
      socket.drop();
  });

  test('joining twice and leaving what was never joined are harmless', async () => {
    const [a, b] = [await join(), await join()];
    assert.equal(await a.text('420["join","r"]').nextText(), '430[]');
    assert.equal(await a.text('421["join","r"]').nextText(), '431[]');
    assert.equal(await a.text('422["leave","other"]').nextText(), '432[]');
    assert.equal(await b.text('42["to room","r","once"]').text('42["echo"]').nextText(), '42["echo"]');
    assert.equal(await a.nextText(), '42["once"]');
    assert.equal(await a.text('42["echo"]').nextText(), '42["echo"]');
    a.drop();
    b.drop();
  });

  test('the id of a socket is a room', async () => {
    const [a, b] = [await join(), await join()];
    a.text(`42["to room","${b.id}","hello",1]`);
    assert.equal(await b.nextText(), '42["hello",1]');
    a.drop();
    b.drop();
  });

  test('a room is of one namespace', async () => {
    const main = await join();
    const chat = await joinWebSocket(it.app.port, '/chat');
    assert.equal(await main.text('420["join","shared name"]').nextText(), '430[]');
    assert.equal(await chat.text('42/chat,0["join","shared name"]').nextText(), '43/chat,0[]');
    chat.text('42/chat,["to room","shared name","news"]');
    assert.equal(await main.text('42["echo"]').nextText(), '42["echo"]');
    main.drop();
    chat.drop();
  });
});

describe('acknowledgements', () => {
  const it = appForSuite(hooks);
  const join = () => joinWebSocket(it.app.port);

  for (const [id, answered] of [['0', '0'], ['7', '7'], ['007', '7'], ['9007199254740991', '9007199254740991']])
    test(`id ${id} is answered`, async () => {
      const socket = await join();
      socket.text(`42${id}["echo",1,"a",[]]`);
      assert.equal(await socket.nextText(), '42["echo",1,"a",[]]');
      assert.equal(await socket.nextText(), `43${answered}[1,"a",[]]`);
      socket.drop();
    });

  test('an empty list of arguments is answered with one', async () => {
    const socket = await join();
    socket.text('423["echo"]');
    assert.equal(await socket.nextText(), '42["echo"]');
    assert.equal(await socket.nextText(), '433[]');
    socket.drop();
  });

  test('the same id may be used again', async () => {
    const socket = await join();
    for (let i = 0; i < 3; i++)
      assert.equal(await socket.text('421["join","r"]').nextText(), '431[]');
    socket.drop();
  });

  test('in a namespace the answer names it', async () => {
    const socket = await joinWebSocket(it.app.port, '/chat');
    socket.text('42/chat,12["echo","x"]');
    assert.equal(await socket.nextText(), '42/chat,["echo","x"]');
    assert.equal(await socket.nextText(), '43/chat,12["x"]');
    socket.drop();
  });

  test('an id too large to count does no harm', async () => {
    const socket = await join();
    await assert.doesNotReject(async () => {
      socket.text('4299999999999999999999["echo",1]');
      const { opcode, payload } = await socket.next();
      assert.ok(opcode === CLOSE || payload.toString() === '42["echo",1]');
    });
    const other = await join();
    assert.equal(await other.text('42["echo"]').nextText(), '42["echo"]');
    socket.drop();
    other.drop();
  });

  for (const packet of ['430[]', '43999[1,2]', '43[]', '43', '431', '430["a",{}]', `461-0[${PLACEHOLDER}]`])
    test(`${packet}, which nobody asked for, is ignored`, async () => {
      const socket = await join();
      socket.text(packet);
      if (packet.startsWith('46'))
        socket.binary(Buffer.of(1));
      assert.equal(await socket.text('42["echo"]').nextText(), '42["echo"]');
      socket.drop();
    });
});

describe('binary', () => {
  const it = appForSuite(hooks);
  const join = () => joinWebSocket(it.app.port);

  test('one attachment comes back', async () => {
    const socket = await join();
    socket.text(`451-["echo",${PLACEHOLDER}]`).binary(Buffer.of(1, 2, 3));
    assert.equal(await socket.nextText(), `451-["echo",${PLACEHOLDER}]`);
    assert.deepEqual(await socket.nextBinary(), Buffer.of(1, 2, 3));
    socket.drop();
  });

  test('an empty attachment comes back', async () => {
    const socket = await join();
    socket.text(`451-["echo",${PLACEHOLDER}]`).binary('');
    assert.equal(await socket.nextText(), `451-["echo",${PLACEHOLDER}]`);
    assert.equal((await socket.nextBinary()).length, 0);
    socket.drop();
  });

  test('ten attachments deep inside come back, in their order', async () => {
    const socket = await join();
    const all = Array.from({ length: 10 }, (_, i) => placeholder(i)).join(',');
    const packet = `4510-["echo",{"a":[${all}]},"text"]`;
    socket.text(packet);
    for (let i = 0; i < 10; i++)
      socket.binary(Buffer.of(i));
    assert.equal(await socket.nextText(), packet);
    for (let i = 0; i < 10; i++)
      assert.deepEqual(await socket.nextBinary(), Buffer.of(i));
    socket.drop();
  });

  test('an acknowledgement carries attachments too', async () => {
    const socket = await joinWebSocket(it.app.port, '/chat');
    socket.text(`451-/chat,9["echo",${PLACEHOLDER}]`).binary(Buffer.of(9));
    assert.equal(await socket.nextText(), `451-/chat,["echo",${PLACEHOLDER}]`);
    assert.deepEqual(await socket.nextBinary(), Buffer.of(9));
    assert.equal(await socket.nextText(), `461-/chat,9[${PLACEHOLDER}]`);
    assert.deepEqual(await socket.nextBinary(), Buffer.of(9));
    socket.drop();
  });

  test('everybody gets the attachments of a broadcast, polling clients as base64', async () => {
    const [a, b] = [await join(), await join()];
    const session = await PollingSession.join(it.app.port);
    a.text(`451-["chat message",${PLACEHOLDER}]`).binary(Buffer.of(1, 2, 3, 4));
    for (const socket of [a, b]) {
      assert.equal(await socket.nextText(), `451-["chat message",${PLACEHOLDER}]`);
      assert.deepEqual(await socket.nextBinary(), Buffer.of(1, 2, 3, 4));
      socket.drop();
    }
    assert.deepEqual(await session.packets(2), [`451-["chat message",${PLACEHOLDER}]`, 'bAQIDBA==']);
  });

  test('a private message may be binary', async () => {
    const [a, b] = [await join(), await join()];
    a.text(`451-["private message","${b.id}",${PLACEHOLDER}]`).binary(Buffer.of(7));
    assert.equal(await b.nextText(), `451-["private message","${a.id}",${PLACEHOLDER}]`);
    assert.deepEqual(await b.nextBinary(), Buffer.of(7));
    a.drop();
    b.drop();
  });

  test('one attachment may be used twice, another not at all', async () => {
    const socket = await join();
    socket.text(`452-["echo",${placeholder(1)},${placeholder(1)}]`).binary(Buffer.of(0)).binary(Buffer.of(1));
    const header = await socket.nextText();
    const [, count, json] = /^45(\d+)-(.*)$/.exec(header);
    const parts = [];
    for (let i = 0; i < Number(count); i++)
      parts.push((await socket.nextBinary())[0]);
    assert.deepEqual(JSON.parse(json).slice(1).map(({ num }) => parts[num]), [1, 1]);
    socket.drop();
  });

  test('further keys of a placeholder are ignored', async () => {
    const socket = await join();
    socket.text('451-["echo",{"_placeholder":true,"num":0,"x":1}]').binary(Buffer.of(5));
    assert.match(await socket.nextText(), /^451-\["echo",{/);
    assert.deepEqual(await socket.nextBinary(), Buffer.of(5));
    socket.drop();
  });

  test('what looks like a placeholder in a plain event is left alone', async () => {
    const socket = await join();
    const packet = `42["echo",${placeholder(3)}]`;
    assert.equal(await socket.text(packet).nextText(), packet);
    socket.drop();
  });

  test('Engine.IO packets may come between a header and its attachments', async () => {
    const socket = await join();
    socket.text(`452-["echo",${placeholder(0)},${placeholder(1)}]`).text('3').binary(Buffer.of(0)).text('6')
      .binary(Buffer.of(1));
    assert.equal(await socket.nextText(), `452-["echo",${placeholder(0)},${placeholder(1)}]`);
    assert.deepEqual(await socket.nextBinary(), Buffer.of(0));
    assert.deepEqual(await socket.nextBinary(), Buffer.of(1));
    socket.drop();
  });
});

describe('what closes the connection', () => {
  const it = appForSuite(hooks);

  const beforeConnect = ['42["echo"]', '43[]', '430[]', '41', '41/chat,', '44{"message":"x"}', '42/chat,["echo"]',
    '40[]', '40"a"', '40null', '40{', '40[1]', '40true', '40/chat,[]', '40{}x'];
  for (const packet of beforeConnect)
    test(`${packet} before any namespace`, async () => {
      const socket = await openWebSocketSession(it.app.port);
      assert.deepEqual(await socket.text(packet).closeFrame(), NO_CODE);
      await socket.ended();
    });

  const afterConnect = [
    '40', '40{}', '44', '44{"message":"x"}', '44/chat,"x"', '41/chat,', '41{}', '41[]', '41/,{}', '42/chat,["echo"]',
    '42/nope,["echo"]', '42/admin["a"]', '42{}', '42[]', '42[null]', '42[true]', '42[{}]', '42[["echo"]]', '42"echo"', '42null',
    '42["echo"', '42["echo",]', '42["echo",1}', '42["echo",01]', '42["echo",+1]', '42["echo",.5]', '42["echo",NaN]',
    '42[\'echo\']', '42["echo","\n"]', '42["echo","\\x"]', '42["echo","\\u12"]', '42["echo"]x', '42["echo"][]', '42["echo"] 1',
    '42-1["echo"]', '421.5["echo"]', '42x["echo"]',
    '42["connect"]', '42["connect_error"]', '42["disconnect"]', '42["disconnecting"]', '42["newListener"]',
    '42["removeListener"]',
    '42["\\u0063onnect"]', '430{}', '430null', '430"a"', '43{}', '47', '47["echo"]', '48', '49', '4a', '4-', '4', '4{}',
    '4["echo"]',
    '4b', '4\u00e9', '45["echo"]', '450-["echo"]', '45-["echo"]', '45-1-["echo"]', '451.5-["echo"]', '4511-["echo"]',
    '455999999999-["echo"]', '4518446744073709551617-["echo"]', '451', '451["echo"]', '46-[]', '460-0[]', '451-{}', '451-[]',
    '451-["connect"]',
    '451-["echo",', '461-0{}',
  ];
  for (const packet of afterConnect)
    test(JSON.stringify(packet), async () => {
      const socket = await joinWebSocket(it.app.port);
      assert.deepEqual(await socket.text(packet).closeFrame(), NO_CODE);
      await socket.ended();
    });

  test('a binary message without a header', async () => {
    const socket = await joinWebSocket(it.app.port);
    assert.deepEqual(await socket.binary(Buffer.of(1)).closeFrame(), NO_CODE);
  });

  test('one attachment too many', async () => {
    const socket = await joinWebSocket(it.app.port);
    socket.text(`451-["nobody listens",${PLACEHOLDER}]`).binary(Buffer.of(1)).binary(Buffer.of(2));
    assert.deepEqual(await socket.closeFrame(), NO_CODE);
  });

  for (const packet of ['42["echo"]', '41', '40/chat,', `451-["echo",${PLACEHOLDER}]`, '4'])
    test(`${packet} in place of an attachment`, async () => {
      const socket = await joinWebSocket(it.app.port);
      assert.deepEqual(await socket.text(`451-["echo",${PLACEHOLDER}]`).text(packet).closeFrame(), NO_CODE);
    });

  for (const num of ['-1', '1', '10', '"0"', 'null', 'true', '[0]', '{}', '1e9'])
    test(`a placeholder numbered ${num}`, async () => {
      const socket = await joinWebSocket(it.app.port);
      socket.text(`451-["echo",${placeholder(num)}]`).binary(Buffer.of(1));
      assert.deepEqual(await socket.closeFrame(), NO_CODE);
    });

  test('a placeholder numbered 0.5', { skip: oursOnly }, async () => {
    const socket = await joinWebSocket(it.app.port);
    socket.text(`451-["echo",${placeholder(0.5)}]`).binary(Buffer.of(1));
    assert.deepEqual(await socket.closeFrame(), NO_CODE);
  });

  test('a placeholder without a number', async () => {
    const socket = await joinWebSocket(it.app.port);
    socket.text('451-["echo",[{"_placeholder":true}]]').binary(Buffer.of(1));
    assert.deepEqual(await socket.closeFrame(), NO_CODE);
  });

  test('a binary event for a namespace not joined, after its last attachment', async () => {
    const socket = await joinWebSocket(it.app.port);
    socket.text(`452-/chat,["echo",${placeholder(0)},${placeholder(1)}]`).binary(Buffer.of(1));
    // Up to the last attachment it is still alive.
    await socket.settle();
    assert.deepEqual(await socket.binary(Buffer.of(2)).closeFrame(), NO_CODE);
  });

  test('an event to a namespace that was left', async () => {
    const socket = await joinWebSocket(it.app.port);
    assert.match(await socket.text('40/chat,').nextText(), /^40\/chat,{/);
    await socket.text('41/chat,').settle();
    assert.deepEqual(await socket.text('42/chat,["echo"]').closeFrame(), NO_CODE);
  });

  test('what was sent in front of the end, in the same POST, is heard', { skip: oursOnly }, async () => {
    const session = await PollingSession.join(it.app.port);
    await session.send('40/chat,');
    assert.match(await session.poll(), /^40\/chat,{/);
    await session.send('42/chat,1["echo",1]', '41/chat,');
    assert.equal(await session.poll(), `42/chat,["echo",1]${RS}43/chat,1[1]`);
    await session.send('42["echo",2]', '44');
    assert.equal(await session.poll(), '42["echo",2]');
    assert.equal(await session.poll(), `6${RS}1`);
  });

  test('but not what came together with the DISCONNECT', async () => {
    const session = await PollingSession.join(it.app.port);
    await session.send('40/chat,');
    assert.match(await session.poll(), /^40\/chat,{/);
    await session.send('41/chat,', '42/chat,1["echo"]', '43/chat,0[]', '41/chat,', '42["echo",1]');
    assert.equal(await session.poll(), '42["echo",1]');
    assert.ok(await session.isAlive());
  });

  test('all namespaces go with it, and nobody else does', async () => {
    const [bad, good] = [await joinWebSocket(it.app.port), await joinWebSocket(it.app.port)];
    assert.match(await bad.text('40/chat,').nextText(), /^40\/chat,{/);
    assert.deepEqual(await bad.text('4').closeFrame(), NO_CODE);
    assert.equal(await good.text('42["chat message"]').nextText(), '42["chat message"]');
    good.drop();
  });

  test('over polling it is an orderly close, too', async () => {
    for (const packet of ['42/nope,["x"]', '40', '42[]', '47', '41{}']) {
      const session = await PollingSession.join(it.app.port);
      await session.send(packet);
      assert.equal(await session.poll(), `6${RS}1`, packet);
      assert.ok(!await session.isAlive());
    }
  });
});
