// SPDX-License-Identifier: MIT
//
// Certificates made for one run by openssl(1): an authority and what it has signed.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function openssl(...args) {
  return execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

export class Certificates {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'godwit-certificates-'));
    this.authority = this.#selfSigned('authority', 'Godwit Test Authority');
  }

  path(name) {
    return join(this.folder, name);
  }

  read(path) {
    return readFileSync(path);
  }

  #selfSigned(name, subject) {
    const files = { cert: this.path(`${name}.pem`), key: this.path(`${name}.key`) };
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
      '-keyout', files.key, '-out', files.cert, '-days', '2', '-subj', `/CN=${subject}`);
    return files;
  }

  /** `names`: "DNS:localhost,IP:127.0.0.1"; `days`: validity, negative for one that is over. */
  sign(name, names, days = 2) {
    const files = { cert: this.path(`${name}.pem`), key: this.path(`${name}.key`) };
    const request = this.path(`${name}.csr`), extensions = this.path(`${name}.ext`);
    writeFileSync(extensions, `subjectAltName=${names}\n`);
    openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
      '-keyout', files.key, '-out', request, '-subj', `/CN=${name}`);
    openssl('x509', '-req', '-in', request, '-CA', this.authority.cert, '-CAkey', this.authority.key,
      '-CAcreateserial', '-out', files.cert, '-days', String(days), '-extfile', extensions);
    return { ...files, certText: readFileSync(files.cert), keyText: readFileSync(files.key) };
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
