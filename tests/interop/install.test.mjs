// SPDX-License-Identifier: MIT
//
// What `make install` lays down is enough to build the README's program, in C and in C++, and to run it.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build, oursOnly, repository } from './support/app.mjs';

const skip = oursOnly || !existsSync(join(build, 'libgodwit.so')) && 'this build has no shared library';
const root = mkdtempSync(join(tmpdir(), 'godwit-install-'));
const taste = /```c\n([^]*?)```/.exec(readFileSync(join(repository, 'README.md'), 'utf8'))[1];
let flags, libraries;

before(() => {
  if (skip)
    return;
  execFileSync('meson', ['install', '-C', build, '--no-rebuild', '--quiet', '--destdir', root]);
  const found = readdirSync(root, { recursive: true }).map(String);
  libraries = join(root, found.find((path) => path.endsWith('/libgodwit.so')), '..');
  flags = execFileSync('pkg-config', ['--cflags', '--libs', 'godwit'], { encoding: 'utf8', env: { ...process.env,
    PKG_CONFIG_PATH: join(libraries, 'pkgconfig'), PKG_CONFIG_SYSROOT_DIR: root } }).trim().split(/\s+/);
});
after(() => rmSync(root, { recursive: true }));

const compilers = [['cc', '-x', 'c', '-std=c11'], ['c++', '-x', 'c++', '-std=c++17', '-Wold-style-cast']];
for (const [compiler, ...options] of compilers)
  test(`${compiler} builds the program of the README, which says when its port is taken`, { skip }, async () => {
    const other = createServer();
    await new Promise((done) => other.listen(0, '::', done));
    const port = other.address().port;
    const source = join(root, 'taste.c');
    const program = join(root, `taste-${compiler}`);
    writeFileSync(source, taste.replace('3000', String(port)));
    execFileSync(compiler, [...options, '-pedantic', '-Wall', '-Wextra', '-Wconversion', '-Werror', source, '-o', program,
      ...flags]);
    const ended = spawnSync(program, { env: { LD_LIBRARY_PATH: libraries }, encoding: 'utf8', timeout: 20000 });
    other.close();
    assert.match(ended.stderr, new RegExp(`cannot listen on .*${port}.*: Address already in use`));
    assert.notEqual(ended.status ?? 0, 0);
  });
