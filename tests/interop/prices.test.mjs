// SPDX-License-Identifier: MIT
//
// examples/prices: rooms for those who subscribe, a client that comes back, the page, the numbers.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { io } from 'socket.io-client';
import { Program, build, isReference } from './support/app.mjs';
import { within } from './support/wait.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const READY = /^prices: http:\/\/localhost:(\d+), numbers at http:\/\/localhost:\d+\/metrics$/;

describe('the prices', { skip: isReference && 'they are ours alone' }, () => {
  let prices;

  before(async () => { prices = await Program.start(join(build, 'examples/prices'), ['0'], READY); });
  after(() => prices?.stop());

  async function connect(t) {
    const socket = io(prices.url, { forceNew: true, transports: ['websocket'], reconnectionDelay: 10 });
    t.after(() => socket.disconnect());
    const symbols = within(once(socket, 'symbols'), 'the symbols');
    await within(once(socket, 'connect'), 'the connection');
    return { socket, symbols: (await symbols)[0] };
  }

  /** The next price of a symbol that comes with any. */
  function nextPrice(socket) {
    return within(once(socket, 'price'), 'a price');
  }

  for (const example of ['prices', 'echo'])
    test(`${example} takes nothing but a port`, () => {
      for (const word of ['--help', '99999', '80x', '']) {
        const ended = spawnSync(join(build, 'examples', example), [word], { encoding: 'utf8', timeout: 20_000 });
        assert.equal(ended.status, 2, word);
        assert.equal(ended.stderr, `usage: ${example} [PORT]\n`);
      }
    });

  test('come to those who subscribe, and to nobody else', async (t) => {
    const { socket, symbols } = await connect(t);
    assert.deepEqual(symbols, ['AVOC', 'GDWT', 'KNOT', 'RUFF']);
    const { price } = await socket.timeout(10_000).emitWithAck('subscribe', 'GDWT');
    assert.equal(Number.isInteger(price) && price > 0, true, String(price));
    for (let i = 0; i < 3; i++) {
      const [symbol, cents] = await nextPrice(socket);
      assert.equal(symbol, 'GDWT');
      assert.equal(Number.isInteger(cents), true);
    }
    await socket.timeout(10_000).emitWithAck('unsubscribe', 'GDWT');
    await socket.timeout(10_000).emitWithAck('subscribe', 'KNOT');
    for (let i = 0; i < 3; i++)
      assert.equal((await nextPrice(socket))[0], 'KNOT');
  });

  test('are refused for what is no symbol', async (t) => {
    const { socket } = await connect(t);
    for (const wrong of ['NONE', 7, null, { symbol: 'GDWT' }, 'x'.repeat(100)])
      assert.deepEqual(await socket.timeout(10_000).emitWithAck('subscribe', wrong), { error: 'there is no such symbol' });
  });

  test('go on for a client that was cut off, without subscribing again', async (t) => {
    const { socket } = await connect(t);
    await socket.timeout(10_000).emitWithAck('subscribe', 'RUFF');
    await nextPrice(socket);
    const { id } = socket;
    const again = within(once(socket, 'connect'), 'the connection to come back');
    socket.io.engine.close();
    await again;
    assert.equal(socket.recovered, true);
    assert.equal(socket.id, id);
    assert.equal((await nextPrice(socket))[0], 'RUFF');
  });

  test('are on the page', { skip: !existsSync(CHROMIUM) && `${CHROMIUM} is missing` }, async (t) => {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
    t.after(() => browser.close());
    const page = await browser.newPage();
    const problems = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(prices.url);
    await page.getByText('connected', { exact: true }).waitFor();
    await page.locator('tr', { hasText: 'AVOC' }).getByText(/^\d+\.\d\d$/).waitFor();
    assert.equal(await page.locator('tr').count(), 4);
    assert.deepEqual(problems, []);
  });
});
