// SPDX-License-Identifier: MIT
//
// The page of the Admin UI itself, as the npm package @socket.io/admin-ui carries it, in headless
// Chromium: it looks at tests/programs/admin, which serves it too, and gives commands.
// With GODWIT_APP=reference it looks at the genuine server.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import msgpack from 'socket.io-msgpack-parser';
import { Program, build, isReference, oursOnly, repository } from './support/app.mjs';
import { browserMissing, launchBrowser } from './support/browser.mjs';
import { connectClient } from './support/client.mjs';
import { until } from './support/wait.mjs';

const LIMIT_MS = 30_000;
const PAGE = join(repository, 'node_modules/@socket.io/admin-ui/ui/dist');
const [file, ...first] = isReference
  ? [process.execPath, join(repository, 'tests/interop/support/reference-admin.mjs')]
  : [join(build, 'tests/programs/admin')];
const startServer = (port = 0) =>
  Program.start(file, [...first, '--port', String(port), '--page', PAGE], /^listening on (\d+)$/);

describe('the page of the Admin UI', { skip: browserMissing, timeout: 300_000 }, () => {
  let server;
  let browser;
  let context;
  let page;
  let problems;

  before(async () => { browser = await launchBrowser(); });
  after(() => browser?.close());
  beforeEach(async () => {
    server = await startServer();
    problems = [];
    context = await browser.newContext({ viewport: { width: 1500, height: 1000 } });
    // Fonts and icons come from elsewhere, and are not needed.
    await context.route(({ hostname }) => hostname !== '127.0.0.1', (route) => route.abort());
    page = await context.newPage();
    page.setDefaultTimeout(LIMIT_MS);
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.goto(`${server.url}/ui/`);
  });
  afterEach(async () => {
    const text = await page.locator('main').innerText();
    await context.close();
    await server.stop();
    assert.deepEqual(problems, []);
    assert.doesNotMatch(text, /NaN|undefined|Invalid Date/);
  });

  const client = (t, options = {}, nsp = '') =>
    connectClient(t, `${server.url}${nsp}`, { path: '/open', transports: ['websocket'], ...options });

  /** Fills in the dialog; `parser` is the words of its choice. */
  async function submit({ path = '/open', namespace = '/admin', username, password, parser, url = server.url } = {}) {
    await page.getByLabel('Server URL').fill(url);
    if (username) {
      await page.getByLabel('Username').fill(username);
      await page.getByLabel('Password').fill(password);
    }
    await page.getByText('Advanced options').click();
    await page.getByLabel('Path').fill(path);
    await page.getByLabel('Admin namespace').fill(namespace);
    if (parser) {
      await page.getByLabel('Parser').click({ force: true });
      await page.getByRole('option', { name: parser }).click();
    }
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
  }

  const status = (word) => page.locator('header .v-chip:visible', { hasText: new RegExp(`^\\s*${word}\\s*$`) }).waitFor();
  const look = async (options) => { await submit(options); await status('connected'); };
  const open = (name) => page.getByRole('navigation').getByText(name, { exact: true }).click();
  /** The page begins with "/" if anybody is there when it connects. */
  async function select(namespace) {
    await page.locator('main').getByRole('button', { name: 'Select namespace' }).click();
    await page.getByRole('option', { name: namespace, exact: true }).click();
  }
  const row = (...texts) => texts.reduce((rows, text) => rows.filter({ hasText: text }), page.locator('main tr:visible'));
  const shows = (...texts) => row(...texts).first().waitFor();
  const isGone = (...texts) => until(async () => await row(...texts).count() === 0, `${texts} has gone`, LIMIT_MS);
  const card = (title) => page.locator('main .v-card', { has: page.locator('.v-card__title', { hasText: title }) });
  const cell = (row, text) => row.locator('td, h2').filter({ hasText: new RegExp(`^\\s*${text}\\s*$`) });
  const counts = (title, label, number) =>
    cell(card(title).locator('tr').filter({ has: cell(page, label) }), number).waitFor();

  test('asks for a password, and remembers who has logged in', async () => {
    await submit({ path: '/login', username: 'admin', password: 'Secret' });
    await page.getByText('Invalid credentials').waitFor();
    await page.getByLabel('Password').fill('secret');
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await status('connected');
    await counts('Namespaces', '/admin', 1);
    if (isReference)
      return; // it sends the session before the page listens
    await page.reload();
    await status('connected');
    await counts('Namespaces', '/admin', 1);
    assert.equal(await page.getByLabel('Password').isVisible(), false);
  });

  test('is back when the server is', async () => {
    const { port } = server;
    await look({ path: '/login', username: 'admin', password: 'secret' });
    await server.stop();
    await status('disconnected');
    server = await startServer(port);
    await status('connected');
    await counts('Servers', 'Healthy', 1);
    await server.stop(); // and with it the sessions that it knew
    server = await startServer(port);
    await page.reload();
    await page.getByText('Invalid credentials').waitFor();
  });

  test('counts clients, servers and namespaces', async (t) => {
    await look();
    await client(t);
    await client(t, { transports: ['polling'] });
    await client(t, {}, '/room-7');
    await counts('Clients', 'WebSocket', 3); // the page is one of them
    await counts('Clients', 'HTTP long-polling', 1);
    await counts('Servers', 'Healthy', 1);
    await counts('Servers', 'Unhealthy', 0);
    for (const [name, count] of [['/', 2], ['/admin', 1], ['/room-7', 1]])
      await counts('Namespaces', name, count);
    await open('Servers');
    await shows('srv1', String(server.child.pid), 'Healthy');
  });

  test('shows a socket, lets it join and leave rooms, and ends it', async (t) => {
    const app = await client(t, { query: { token: 'abc' } });
    const { id } = app.socket;
    app.emit('data');
    await app.ask('join', 'club');
    await look();
    await open('Sockets');
    await shows(id, '127.0.0.1', 'WebSocket');
    await row(id).click();
    for (const [name, value] of [['IP address', '127.0.0.1'], ['host', `127.0.0.1:${server.port}`], ['token', 'abc'], ['EIO', '4']])
      await shows(name, value);
    await shows('Data', '"name": "Ada"');
    await shows('club');
    await app.ask('join', 'lounge');
    await shows('lounge');
    await page.getByLabel('Join a room').fill('vip');
    await page.locator('form:visible button[type=submit]').click();
    await shows('vip');
    await row('club').getByRole('button').click(); // which goes to the page of the room, too
    await open('Sockets');
    await row(id).click();
    await shows('vip');
    await isGone('club');
    await open('Sockets');
    await row(id).getByRole('button').click();
    assert.deepEqual((await app.next('disconnect'))[0], 'io server disconnect');
    await open('Sockets');
    await isGone(id);
  });

  test('shows an upgrade, clients, and ends one with all its sockets', async (t) => {
    await look();
    const app = await client(t, { transports: ['polling', 'websocket'] });
    const other = app.socket.io.socket('/room-1');
    const ended = new Promise((resolve) => other.once('disconnect', resolve));
    const name = app.socket.io.engine.id.slice(0, 12);
    await open('Clients');
    await shows(name, '127.0.0.1', 'WebSocket', '2');
    await row(name).click();
    await shows(app.socket.id);
    await shows('/room-1');
    await open('Clients');
    await row(name).getByRole('button').click();
    await app.next('disconnect');
    await ended;
    await open('Clients');
    await isGone(name);
  });

  test('shows rooms, empties one and ends the sockets of another', async (t) => {
    const [a, b] = [await client(t), await client(t)];
    await look();
    for (const app of [a, b]) {
      await app.ask('join', 'club');
      await app.ask('join', 'Größe <b>"7"</b>');
    }
    await open('Rooms');
    await shows('club', 'Public', '2');
    await shows('Größe <b>"7"</b>', 'Public', '2');
    await isGone(a.socket.id);
    await page.getByText('Show private rooms?').click();
    await shows(a.socket.id, 'Private');
    await row('club').click();
    await shows(a.socket.id, 'WebSocket');
    await shows(b.socket.id, 'WebSocket');
    await row(b.socket.id).getByRole('button').first().click();
    await open('Rooms');
    await shows('club', 'Public', '1');
    await row('club').getByRole('button').first().click();
    await open('Rooms');
    await isGone('club');
    await row('Größe').getByRole('button').last().click();
    await a.next('disconnect');
    await b.next('disconnect');
  });

  test('lists events of the namespace that is chosen', async (t) => {
    await look();
    const [main, room] = [await client(t), await client(t, {}, '/room-7')];
    const { id } = main.socket;
    await open('Events');
    main.emit('echo', 'Grüße', { deep: [1.5, null] }, Buffer.from('x'));
    await main.next('echo');
    await main.ask('join', 'club');
    main.socket.disconnect();
    room.emit('hello');
    await select('/');
    await shows(id, 'Connection');
    await shows(id, 'Event received', 'echo');
    await shows(id, 'Event sent', 'echo');
    await shows(id, 'Room joined', 'club');
    await shows(id, 'Disconnection', 'client namespace disconnect');
    await shows(id, 'Room left', 'club');
    await row(id, 'Event received', 'echo').getByRole('button').click();
    await page.locator('main pre', { hasText: /"Grüße",\s+\{\s+"deep": \[\s+1\.5,\s+null/ }).waitFor();
    await select('/room-7');
    await shows(room.socket.id, 'Event received', 'hello');
    await isGone(id);
  });

  test('gives numbers alone in production', async (t) => {
    await look({ path: '/readonly', namespace: '/watch' });
    await client(t, { path: '/readonly' });
    await counts('Clients', 'WebSocket', 2);
    await counts('Namespaces', '/watch', 1);
    const names = page.getByRole('navigation').locator('.v-list-item__title');
    assert.deepEqual((await names.allTextContents()).map((name) => name.trim()), ['Dashboard', 'Servers']);
  });

  test('speaks MessagePack', async (t) => {
    await look({ path: '/msgpack', parser: /msgpack|messagepack/i });
    await counts('Namespaces', '/admin', 1);
    const app = await client(t, { path: '/msgpack', parser: msgpack });
    await open('Clients');
    await shows(app.socket.io.engine.id.slice(0, 12), 'WebSocket');
  });

  test('shows a thousand sockets, and ends them all', async (t) => {
    const apps = [];
    while (apps.length < 1000)
      apps.push(...await Promise.all(Array.from({ length: 50 }, () => client(t))));
    await look();
    await counts('Namespaces', '/', 1000);
    await open('Sockets');
    await page.getByText('1-20 of 1000').waitFor();
    await Promise.all(apps.map((app) => app.ask('join', 'crowd')));
    await open('Rooms');
    await shows('crowd', '1000');
    await row('crowd').getByRole('button').last().click();
    await Promise.all(apps.map((app) => app.next('disconnect')));
    await open('Sockets');
    await page.getByText('No data available').first().waitFor();
    await open('Dashboard');
    await counts('Clients', 'WebSocket', 1);
  });

  test('may be of another origin', { skip: oursOnly }, async (t) => {
    const other = await startServer();
    t.after(() => other.stop());
    await look({ url: other.url });
    await counts('Servers', 'Healthy', 1);
  });
});
