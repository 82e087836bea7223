// SPDX-License-Identifier: MIT
//
// The chat page of examples/chat in headless Chromium: people talk, whisper, reload, lose the server
// and get it back.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { Program, build, isReference, repository } from './support/app.mjs';
import { browserMissing, launchBrowser } from './support/browser.mjs';
import { request } from './support/http.mjs';

const LIMIT_MS = 20_000;
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

function startChat(port = 0) {
  return Program.start(join(build, 'examples/chat'), ['--port', String(port)], /^chat: http:\/\/localhost:(\d+)$/);
}

const skip = isReference ? 'the page is served by examples/chat alone'
  : browserMissing;

describe('the chat page', { skip }, () => {
  let chat;
  let browser;
  let contexts = [];
  let problems = [];

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => { chat = await startChat(); });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    await chat.stop();
    const found = problems.splice(0);
    assert.deepEqual(found, []);
  });

  /** A window of its own, as another person would have it. What goes wrong in it fails the test. */
  async function openPage(options = {}) {
    const context = await browser.newContext(options);
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(LIMIT_MS);
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      // That a server is gone is said by the browser itself and is what some tests are about.
      if (message.type() === 'error' && !/ERR_|WebSocket|Failed to load resource/.test(message.text()))
        problems.push(message.text());
    });
    await page.goto(chat.url);
    return page;
  }

  async function enter(page, name) {
    await page.getByLabel('Your name').fill(name);
    await page.getByRole('button', { name: 'Join', exact: true }).click();
    await page.locator('#welcome').waitFor({ state: 'hidden' });
  }

  async function openAs(name, options) {
    const page = await openPage(options);
    await enter(page, name);
    return page;
  }

  async function say(page, text) {
    await page.getByLabel('Message', { exact: true }).fill(text);
    await page.keyboard.press('Enter');
  }

  const reads = (page, text) => page.getByRole('log').locator('.text', { hasText: text }).waitFor();
  const notes = (page, text) => page.getByRole('log').locator('.note', { hasText: text }).waitFor();
  const state = (page, name) => page.locator(`#state[data-state="${name}"]`).waitFor({ state: 'attached' });
  const row = (page, name) => page.locator('.row', { has: page.locator('.row-name').getByText(name, { exact: true }) });
  const isHere = (page, name) => page.locator('#here').filter({ has: row(page, name) }).waitFor({ state: 'attached' });
  const unread = (page, name, count) => row(page, name).locator('.badge', { hasText: new RegExp(`^${count} unread$`) })
    .waitFor({ state: 'attached' });

  test('two pages talk', async () => {
    const ada = await openAs('Ada');
    const grace = await openAs('Grace');
    await notes(ada, 'Grace joined');
    await isHere(ada, 'Grace');
    await isHere(grace, 'Ada');
    await say(ada, 'Hello, Grace!');
    await reads(grace, 'Hello, Grace!');
    await say(grace, 'Grüße 😀, Ada');
    await reads(ada, 'Grüße 😀, Ada');
    await ada.locator('.mine[data-state="sent"]', { hasText: 'Hello, Grace!' }).waitFor();
    await state(ada, 'connected');
    assert.equal(await ada.getByRole('log').locator('.mine').count(), 1);
  });

  test('what people write is text and nothing else', async () => {
    const [ada, grace] = [await openAs('<b>Ada</b>'), await openAs('Grace')];
    const nasty = '<img src=x onerror="document.title=1"> <script>alert(1)</script> &amp; https://example.org/a?b=c).';
    await say(ada, nasty);
    await reads(grace, '<script>alert(1)</script>');
    const text = grace.getByRole('log').locator('.text');
    assert.equal(await text.textContent(), nasty);
    assert.equal(await text.locator('img, script').count(), 0);
    assert.equal(await text.locator('a').getAttribute('href'), 'https://example.org/a?b=c');
    await isHere(grace, '<b>Ada</b>');
  });

  test('a private conversation stays between two', async () => {
    const [ada, grace, mary] = [await openAs('Ada'), await openAs('Grace'), await openAs('Mary')];
    await row(ada, 'Grace').click();
    await say(ada, 'for Grace alone');
    await unread(grace, 'Ada', 1);
    assert.match(await grace.title(), /^\(1\) /);
    await row(grace, 'Ada').click();
    await reads(grace, 'for Grace alone');
    assert.equal(await row(grace, 'Ada').locator('.badge').count(), 0);
    await say(grace, 'heard');
    await reads(ada, 'heard');
    await row(ada, 'Everybody').click();
    await say(ada, 'for all');
    await reads(mary, 'for all');
    assert.equal(await mary.getByText('for Grace alone').count(), 0);
    assert.equal(await mary.getByText('heard').count(), 0);
    await unread(grace, 'Everybody', 1);
  });

  test('the same name twice is refused', async () => {
    await openAs('Ada');
    const other = await openPage();
    await other.getByLabel('Your name').fill('ada');
    await other.keyboard.press('Enter');
    await other.getByRole('alert').getByText('has that name already').waitFor();
    await enter(other, 'Ada the second');
    await isHere(other, 'Ada');
  });

  test('who reloads keeps the name and what was said', async () => {
    const [ada, grace] = [await openAs('Ada'), await openAs('Grace')];
    await say(grace, 'before the reload');
    await reads(ada, 'before the reload');
    await ada.reload();
    await state(ada, 'connected');
    await reads(ada, 'before the reload');
    await isHere(ada, 'Grace');
    await isHere(grace, 'Ada');
    await say(ada, 'I am back');
    await reads(grace, 'I am back');
    assert.equal(await ada.locator('#welcome').isVisible(), false);
  });

  test('who closes the page has left', async () => {
    const [ada, grace] = [await openAs('Ada'), await openAs('Grace')];
    await isHere(ada, 'Grace');
    await grace.close();
    await notes(ada, 'Grace left');
    await row(ada, 'Grace').waitFor({ state: 'detached' });
  });

  test('who leaves may come back under another name', async () => {
    const [ada, grace] = [await openAs('Ada'), await openAs('Grace')];
    await isHere(ada, 'Grace');
    await grace.getByRole('button', { name: 'Leave the chat' }).click();
    await row(ada, 'Grace').waitFor({ state: 'detached' });
    await enter(grace, 'Hopper');
    await isHere(ada, 'Hopper');
    await say(ada, 'welcome back');
    await reads(grace, 'welcome back');
  });

  test('a word to somebody who has gone comes back as not delivered', async () => {
    const [ada, grace] = [await openAs('Ada'), await openAs('Grace')];
    await row(ada, 'Grace').click();
    await say(ada, 'first');
    await ada.locator('.mine[data-state="sent"]').waitFor();
    await grace.close();
    await ada.locator('#gone').filter({ has: row(ada, 'Grace') }).waitFor();
    await say(ada, 'second');
    await ada.locator('.mine[data-state="failed"]', { hasText: 'second' }).waitFor();
    const again = await openAs('Grace');
    await ada.getByRole('button', { name: /Try again/ }).click();
    await unread(again, 'Ada', 1);
  });

  test('the server restarts and everybody is back', { timeout: 120_000 }, async () => {
    const [ada, grace] = [await openAs('Ada'), await openAs('Grace')];
    await say(ada, 'before the restart');
    await reads(grace, 'before the restart');
    await row(ada, 'Grace').click();
    const { port } = chat;
    await chat.stop();
    for (const page of [ada, grace]) {
      await state(page, 'reconnecting');
      await page.getByText('The line to the server is down').waitFor();
    }
    await say(grace, 'written meanwhile');
    await grace.locator('.mine[data-state="pending"]').waitFor();
    chat = await startChat(port);
    await Promise.all([ada, grace].map((page) => state(page, 'connected')));
    await isHere(ada, 'Grace');
    await isHere(grace, 'Ada');
    await unread(ada, 'Everybody', 1);
    await row(ada, 'Everybody').click();
    await reads(ada, 'before the restart');
    await reads(ada, 'written meanwhile');
    await say(ada, 'after the restart');
    await reads(grace, 'after the restart');
    await grace.locator('.mine[data-state="sent"]', { hasText: 'written meanwhile' }).waitFor();
    assert.equal(await grace.getByText('joined').count(), 0);
  });

  test('who comes later reads what was said', async () => {
    const ada = await openAs('Ada');
    for (let i = 1; i <= 60; i++)
      await say(ada, `word ${i}.`);
    await ada.locator('.mine[data-state="sent"]', { hasText: 'word 60.' }).waitFor();
    const grace = await openAs('Grace');
    await reads(grace, 'word 60.');
    assert.equal(await grace.getByRole('log').locator('.text').count(), 50);
    assert.equal(await ada.getByRole('log').locator('.text').count(), 60);
    await ada.reload();
    await state(ada, 'connected');
    await say(ada, 'once each');
    await reads(grace, 'once each');
    assert.equal(await ada.getByRole('log').locator('.text').count(), 61);
  });

  test('a page says that the other is writing', async () => {
    const [ada, grace] = [await openAs('Ada'), await openAs('Grace')];
    await isHere(ada, 'Grace');
    const writing = ada.getByText('Grace is writing').waitFor();
    for (let isDone = false; !isDone;) {
      await grace.getByLabel('Message', { exact: true }).pressSequentially('hm ');
      isDone = await Promise.race([writing.then(() => true), grace.waitForTimeout(500).then(() => false)]);
    }
    await say(grace, 'done');
    await reads(ada, 'done');
    await ada.locator('#typing:not(.active)').waitFor({ state: 'attached' });
  });

  test('a second window with the same name and key takes over', async () => {
    const ada = await openAs('Ada');
    await ada.evaluate(() => dispatchEvent(new Event('pagehide')));
    const stored = await ada.evaluate(() => sessionStorage.getItem('godwit-chat'));
    const context = await browser.newContext();
    contexts.push(context);
    await context.addInitScript((value) => sessionStorage.setItem('godwit-chat', value), stored);
    const second = await context.newPage();
    await second.goto(chat.url);
    await second.locator('#state[data-state="connected"]').waitFor();
    await state(ada, 'disconnected');
    await ada.getByText('in use in another window').waitFor();
    await ada.getByRole('button', { name: 'Connect again' }).click();
    await state(ada, 'connected');
    await second.locator('#state[data-state="disconnected"]').waitFor();
  });

  test('it fits a phone', async () => {
    const [ada, grace] = [await openAs('Ada', PHONE), await openAs('A name of twenty-four ch')];
    await say(grace, `${'word '.repeat(60)}${'x'.repeat(300)}`);
    await reads(ada, 'word word');
    const width = await ada.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 360, `the page is ${width} wide`);
    assert.equal(await ada.locator('#side').isVisible(), false);
    await row(grace, 'Ada').click();
    await say(grace, 'a whisper');
    const menu = ada.getByRole('button', { name: 'Conversations, 1 unread' });
    await menu.tap();
    await row(ada, 'A name of twenty-four ch').tap();
    await reads(ada, 'a whisper');
    await ada.locator('#side').waitFor({ state: 'hidden' });
    await say(ada, 'from the phone');
    await reads(grace, 'from the phone');
    for (const selector of ['#text', '#send', '#open-side', '#pill']) {
      const box = await ada.locator(selector).boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= 360 && box.y + box.height <= 740, `${selector} is outside`);
    }
  });

  test('it works without WebSocket', async () => {
    const context = await browser.newContext();
    contexts.push(context);
    await context.addInitScript(() => { delete globalThis.WebSocket; });
    const page = await context.newPage();
    await page.goto(chat.url);
    await enter(page, 'Polly');
    const ada = await openAs('Ada');
    await say(page, 'over polling');
    await reads(ada, 'over polling');
    await say(ada, 'over WebSocket');
    await reads(page, 'over WebSocket');
  });

  test('light and dark are both there', async () => {
    const background = async (colorScheme) => {
      const page = await openPage({ colorScheme });
      return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    };
    assert.notEqual(await background('light'), await background('dark'));
  });
});

describe('what the chat serves', { skip }, () => {
  let chat;
  before(async () => { chat = await startChat(); });
  after(async () => { await chat?.stop(); });

  for (const [path, type] of [['/', 'text/html; charset=utf-8'], ['/chat.css', 'text/css; charset=utf-8'],
    ['/chat.js', 'text/javascript; charset=utf-8'], ['/godwit.svg', 'image/svg+xml'],
    ['/socket.io/socket.io.js', 'application/javascript; charset=utf-8']])
    test(`${path} is ${type}, and not sent twice`, async () => {
      const first = await request(chat.port, { path });
      assert.equal(first.status, 200);
      assert.equal(first.header('content-type'), type);
      const again = await request(chat.port, { path, headers: { 'If-None-Match': first.header('etag') } });
      assert.equal(again.status, 304);
      assert.equal(again.body.length, 0);
    });

  test('ranges of a file', async () => {
    const whole = (await request(chat.port, { path: '/chat.js' })).body;
    const part = async (range) => request(chat.port, { path: '/chat.js', headers: { Range: range } });
    const middle = await part('bytes=10-19');
    assert.equal(middle.status, 206);
    assert.equal(middle.header('content-range'), `bytes 10-19/${whole.length}`);
    assert.deepEqual(middle.body, whole.subarray(10, 20));
    assert.deepEqual((await part('bytes=-5')).body, whole.subarray(-5));
    assert.deepEqual((await part(`bytes=${whole.length - 3}-`)).body, whole.subarray(-3));
    assert.equal((await part(`bytes=${whole.length}-`)).status, 416);
  });

  for (const path of ['/../chat.c', '/..%2fchat.c', '/%2e%2e/chat.c', '/x/../../chat.c', '/..\\chat.c', '/chat.js%00.css',
    '/.hidden', '/nowhere', '//etc/passwd', '/%', '/chat.js/'])
    test(`${path} is not served`, async () => {
      const { status } = await request(chat.port, { path });
      assert.ok([400, 403, 404].includes(status), String(status));
    });

  test('a directory that cannot be read is one line and status 1', async () => {
    const command = join(build, 'examples/chat');
    const directory = join(repository, 'no/such/directory');
    await assert.rejects(Program.start(command, ['--port', '0', '--public', directory], /^chat: http:\S+:(\d+)$/), (error) => {
      assert.match(error.message, /ended \(1\)/);
      assert.ok(error.message.includes('no/such/directory'), error.message);
      return true;
    });
  });
});
