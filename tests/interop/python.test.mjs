// SPDX-License-Identifier: MIT
//
// Debian's python3-socketio, which is nobody's kin here, as a client of the fixed app.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { appForSuite } from './support/app.mjs';
import { within } from './support/wait.mjs';

const PYTHON = '/usr/bin/python3'; // Debian's, which has Debian's modules
const script = join(dirname(fileURLToPath(import.meta.url)), 'support/socketio_client.py');

describe('python3-socketio', () => {
  const it = appForSuite({ before, after }, { 'ping-interval': 250, 'ping-timeout': 10_000 });

  for (const [title, way] of [['polling', 'polling'], ['WebSocket', 'websocket'], ['polling with upgrade', 'both']])
    test(`over ${title}`, async () => {
      const child = spawn(PYTHON, [script, it.app.url, way], { stdio: ['ignore', 'ignore', 'pipe'] });
      let errors = '';
      child.stderr.on('data', (bytes) => { errors += bytes; });
      const code = await within(new Promise((done) => child.on('close', done)), 'the client', 90_000)
        .finally(() => child.kill('SIGKILL'));
      assert.equal(code, 0, errors);
    });
});
