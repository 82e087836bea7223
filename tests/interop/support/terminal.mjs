// SPDX-License-Identifier: MIT
//
// A program on a terminal: what is typed, and what stands on the screen then.

import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until, within } from './wait.mjs';

const script = join(dirname(fileURLToPath(import.meta.url)), 'terminal.py');

/** As much of a terminal as our programs ask for: enough to see what a person would see. */
class Screen {
  constructor(columns) {
    this.columns = columns;
    this.lines = [[]];
    this.row = 0;
    this.column = 0;
    this.rest = '';
    this.unknown = [];
  }

  write(text) {
    this.rest += text;
    for (;;) {
      const match = /^(?:\x1b\[[0-9;?]*[@-~]|\x1b[()].|\x1b[=>]|[^\x1b])/su.exec(this.rest);
      if (!match)
        return;
      this.rest = this.rest.slice(match[0].length);
      this.#take(match[0]);
    }
  }

  #take(what) {
    const csi = /^\x1b\[([0-9]*)(.*)([@-~])$/.exec(what);
    if (csi)
      this.#control(csi[3], Number(csi[1] || 0), what);
    else if (what === '\r')
      this.column = 0;
    else if (what === '\n')
      this.row++;
    else if (what === '\b')
      this.column = Math.max(0, this.column - 1);
    else if (what >= ' ' && what !== '\x7f')
      this.#put(what);
    else if (what !== '\x07' && !what.startsWith('\x1b'))
      this.unknown.push(what);
  }

  get #line() {
    while (this.lines.length <= this.row)
      this.lines.push([]);
    return this.lines[this.row];
  }

  #put(character) {
    if (this.column >= this.columns) {
      this.column = 0;
      this.row++;
    }
    const line = this.#line;
    while (line.length < this.column)
      line.push(' ');
    line[this.column++] = character;
  }

  #control(kind, n, what) {
    const line = this.#line;
    switch (kind) {
    case 'A': this.row = Math.max(0, this.row - (n || 1)); this.column = Math.min(this.column, this.columns - 1); break;
    case 'B': this.row += n || 1; break;
    case 'C': this.column = Math.min(this.columns - 1, this.column + (n || 1)); break;
    case 'D': this.column = Math.max(0, Math.min(this.column, this.columns - 1) - (n || 1)); break;
    case 'G': this.column = (n || 1) - 1; break;
    case 'J': line.length = Math.min(line.length, this.column); this.lines.length = Math.min(this.lines.length, this.row + 1); break;
    case 'K': line.length = Math.min(line.length, this.column); break;
    case 'P': line.splice(this.column, n || 1); break;
    case '@': line.splice(this.column, 0, ...' '.repeat(n || 1)); break;
    case 'm': case 'h': case 'l': break;
    default: this.unknown.push(what);
    }
  }

  toString() {
    return this.lines.map((line) => line.join('').trimEnd()).join('\n').trimEnd();
  }
}

export class Terminal {
  /** Starts `command` on a terminal. `env` is put beside the environment. */
  constructor(t, command, args, { columns = 60, rows = 24, env = {} } = {}) {
    const { NO_COLOR: _, ...inherited } = process.env;
    this.screen = new Screen(columns);
    this.raw = '';
    this.errors = '';
    this.child = spawn('python3', [script, String(columns), String(rows), command, ...args],
      { stdio: 'pipe', env: { ...inherited, TERM: 'xterm', LC_ALL: 'C.UTF-8', ...env } });
    this.child.stdout.setEncoding('utf8').on('data', (text) => {
      this.raw += text;
      this.screen.write(text);
    });
    this.child.stderr.on('data', (text) => { this.errors += text; });
    this.ended = new Promise((done) => this.child.once('close', (code) => done(code)));
    t.after(() => this.child.kill('SIGKILL'));
  }

  type(text) {
    this.child.stdin.write(text);
  }

  get text() {
    return this.screen.toString();
  }

  /** Until the screen matches; says what was there instead. */
  async shows(pattern) {
    try {
      await until(() => (pattern instanceof RegExp ? pattern.test(this.text) : this.text === pattern), 'the screen shows it');
    } catch (error) {
      throw new Error(`${error.message}: ${pattern}\n--- instead of it ---\n${this.text}\n---\n${JSON.stringify(this.raw.slice(-500))}`);
    }
  }

  /** The exit status. */
  end() {
    return within(this.ended, 'the program on the terminal to end');
  }
}
