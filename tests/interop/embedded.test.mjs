// SPDX-License-Identifier: MIT
//
// Godwit in a loop that is not its own, with another thread that posts: tests/programs/embedded.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Program, build, isReference } from './support/app.mjs';
import { connectClient, ways } from './support/client.mjs';
import { until } from './support/wait.mjs';

const READINGS = 5000;
const BEATS = 20;

test('a loop of the program rules, another thread posts, and nothing is lost or late for ever',
  { skip: isReference && 'it is ours alone' }, async (t) => {
    const app = await Program.start(join(build, 'tests/programs/embedded'), [], /^listening on (\d+)$/);
    t.after(() => app.stop());
    const clients = [];
    for (const options of Object.values(ways)) {
      const client = await connectClient(t, app.url, options);
      client.heard = { reading: [], beat: [] };
      for (const [event, numbers] of Object.entries(client.heard))
        client.socket.on(event, (n) => numbers.push(n));
      clients.push(client);
    }
    for (const client of clients)
      for (let i = 0; i < 20; i++)
        assert.deepEqual(await client.ask('echo', i, Buffer.of(i)), [i, Buffer.of(i)]);
    for (const { heard } of clients) {
      await until(() => heard.reading.length >= READINGS && heard.beat.length >= BEATS, 'enough has come');
      for (const numbers of Object.values(heard))
        assert.ok(numbers.every((n, i) => n === numbers[0] + i), 'without holes and in order');
    }
    const ends = clients.map((client) => client.next('disconnect'));
    await app.stop();
    await Promise.all(ends);
  });
