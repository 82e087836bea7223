// SPDX-License-Identifier: MIT
//
// All ways to emit, with the genuine client against tests/programs/emit.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Program, build, isReference } from './support/app.mjs';
import { connectClient, ways } from './support/client.mjs';

const skip = isReference && 'the program is ours';

function programForSuite(args, options) {
  const it = {};
  before(async () => { it.app = await Program.start(join(build, 'tests/programs/emit'), args, /^listening on (\d+)$/); });
  after(async () => { await it.app?.stop(); });
  it.connect = (t, namespace = '', more = {}) => connectClient(t, it.app.url + namespace, { ...options, ...more });
  return it;
}

for (const [way, options] of Object.entries(ways))
  describe(`emitting over ${way}`, { skip }, () => {
    const it = programForSuite([], options);

    test('what a builder has built is what arrives', async (t) => {
      const client = await it.connect(t);
      client.emit('built');
      for (const event of ['built', 'built all'])
        assert.deepEqual(await client.next(event), ['text "quoted" \x01 ä', 'bad \ufffd', 0.1, -7, 9007199254740991, true,
          null, { list: [Buffer.from([1, 2]), { a: [1] }], bytes: Buffer.from([3]) }]);
    });

    test('a format puts values in, whatever is in them', async (t) => {
      const client = await it.connect(t);
      for (const text of ['plain', '","x":"', '\\', '%s%n', 'ä😀', '', '\u2028']) {
        assert.deepEqual(await client.ask('format', text, 0.5), [`${text}!`]);
        assert.deepEqual(await client.next('format'), [text, { said: `<${text}>`, n: 0.5, ok: true }, 'ab', -1]);
        assert.deepEqual(await client.next('message'), ['sent']);
      }
    });

    test('a question may hold bytes, and so may its answer', async (t) => {
      const client = await it.connect(t);
      client.socket.once('question', (bytes, answer) => answer({ got: bytes }, Buffer.from([9])));
      client.emit('ask me');
      assert.deepEqual(await client.next('answer'), [{ got: Buffer.from([5, 6]) }, Buffer.from([9])]);
    });

    test('a question without an answer ends with its time', async (t) => {
      const client = await it.connect(t);
      client.emit('ask me');
      assert.deepEqual(await client.next('answer'), ['GW_E_TIMEOUT']);
    });

    test('an answer that comes later may hold bytes', async (t) => {
      const client = await it.connect(t);
      assert.deepEqual(await client.ask('later'), ['late', Buffer.from([7])]);
    });

    test('everything arrives in the order of the calls', async (t) => {
      const client = await it.connect(t);
      client.emit('burst', 2000);
      for (let i = 0; i < 2000; i++)
        assert.deepEqual(await client.next('n'), [i]);
    });

    test('all answers of many come together', async (t) => {
      const clients = await Promise.all([it.connect(t), it.connect(t), it.connect(t)]);
      for (const [i, client] of clients.entries()) {
        await client.ask('join', 'all');
        client.socket.on('question', (why, answer) => answer(i === 1 ? Buffer.from([1]) : `${why}${i}`));
      }
      assert.deepEqual(await clients[0].ask('survey', 'all', 5000), [3]);
      const [err, answers, missing] = await clients[0].next('answers');
      assert.equal(err, null);
      assert.deepEqual(new Set(answers.map(String)), new Set(['why?0', '\x01', 'why?2']));
      assert.deepEqual(missing, []);
    });

    test('who is missing is named when the time is over', async (t) => {
      const [one, silent] = [await it.connect(t), await it.connect(t)];
      await one.ask('join', 'some');
      await silent.ask('join', 'some');
      one.socket.on('question', (why, answer) => answer(1));
      assert.deepEqual(await one.ask('survey', 'some', 150), [2]);
      assert.deepEqual(await one.next('answers'), ['GW_E_TIMEOUT', [1], [silent.socket.id]]);
    });

    test('who disconnects is missing at once', async (t) => {
      const [one, gone] = [await it.connect(t), await it.connect(t)];
      await one.ask('join', 'two');
      await gone.ask('join', 'two');
      const { id } = gone.socket;
      one.socket.on('question', (why, answer) => answer(1));
      gone.socket.on('question', () => gone.socket.disconnect());
      assert.deepEqual(await one.ask('survey', 'two', 60000), [2]);
      assert.deepEqual(await one.next('answers'), ['GW_E_CLOSED', [1], [id]]);
    });

    test('nobody to ask: no answers', async (t) => {
      const client = await it.connect(t);
      assert.deepEqual(await client.ask('survey', 'nobody', 60000), [0]);
      assert.deepEqual(await client.next('answers'), [null, [], []]);
    });
  });
