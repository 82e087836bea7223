// SPDX-License-Identifier: MIT
//
// Starts the programs that the interop tests talk to and ends them again.
//
//   GODWIT_BUILD=DIR       where the built programs are (default: build)
//   GODWIT_APP=reference   drives reference-app.mjs, the same app on the genuine npm packages, in
//                          place of build/examples/interop. For developers: a test that fails there
//                          asks for something that the genuine server does not do.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { within } from './wait.mjs';

const here = dirname(fileURLToPath(import.meta.url));
export const repository = resolve(here, '../../..');
export const build = resolve(repository, process.env.GODWIT_BUILD ?? 'build');
export const isReference = process.env.GODWIT_APP === 'reference';

/** Reason to skip a test of what is ours alone, or false. */
export const oursOnly = isReference && 'the genuine server does otherwise';

// Freed memory that AddressSanitizer holds back must not look like a leak.
const environment = { ...process.env,
  ASAN_OPTIONS: [process.env.ASAN_OPTIONS, 'quarantine_size_mb=8'].filter(Boolean).join(':') };

const running = new Set();
process.on('exit', () => {
  for (const child of running)
    child.kill('SIGKILL');
});

export class Program {
  constructor(child, port) {
    this.child = child;
    this.port = port;
  }

  /** Runs `command`; it is ready once a line of its output matches `ready` (group 1: the port). */
  static async start(command, args, ready) {
    if (!existsSync(command))
      throw new Error(`${command} is missing: run scripts/build build test first`);
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
    running.add(child);
    const program = new Program(child, 0);
    program.errors = '';
    child.stderr.on('data', (bytes) => { program.errors += bytes; });
    program.exited = new Promise((done) => child.once('close', (code, signal) => {
      running.delete(child);
      done({ code, signal });
    }));
    const line = new Promise((done) => createInterface({ input: child.stdout }).on('line', (text) => {
      const match = ready.exec(text);
      if (match)
        done(match);
    }));
    const died = program.exited.then(({ code, signal }) => {
      throw new Error(`${command} ended (${signal ?? code}) before it was ready: ${program.errors}`);
    });
    died.catch(() => {});
    program.port = Number((await within(Promise.race([line, died]), `${command} to be ready`))[1]);
    return program;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get isRunning() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resident memory in bytes. */
  get rss() {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) * 1024;
  }

  /** How many descriptors it holds open. */
  get openFiles() {
    return readdirSync(`/proc/${this.child.pid}/fd`).length;
  }

  /**
   * Asks it to end and insists on status 0 and silence on stderr, which is where the sanitizers
   * report what went wrong and what was leaked.
   */
  async stop(signal = 'SIGTERM') {
    if (this.isRunning)
      this.child.kill(signal);
    const { code, signal: by } = await within(this.exited, 'the program to end on ' + signal);
    if (code !== 0 || /ERROR: |runtime error: /.test(this.errors))
      throw new Error(`ended with ${by ?? code}: ${this.errors}`);
  }

  /** Ends it the rude way, for tests of what clients do then. */
  async kill() {
    this.child.kill('SIGKILL');
    await within(this.exited, 'the program to die');
  }
}

const appCommand = isReference
  ? [process.execPath, join(here, '../reference-app.mjs')]
  : [join(build, 'examples/interop')];

/** Starts the fixed app; `options` are its flags without the dashes: {'ping-interval': 300}. openFiles: the most descriptors. */
export function startApp(options = {}, { openFiles } = {}) {
  const flags = Object.entries({ port: 0, ...options }).flatMap(([k, v]) => [`--${k}`, String(v)]);
  const command = [...appCommand, ...flags];
  const [file, ...args] = openFiles ? ['/bin/sh', '-c', `ulimit -n ${openFiles} && exec "$0" "$@"`, ...command] : command;
  return Program.start(file, args, /^listening on (\d+)$/);
}

/** Starts the app for a whole suite, given node:test's hooks. Returns a holder: `it.app`. */
export function appForSuite({ before, after }, options = {}) {
  const holder = {};
  before(async () => { holder.app = await startApp(options); });
  after(async () => { await holder.app?.stop(); });
  return holder;
}
