// SPDX-License-Identifier: MIT
//
// Certificates made while the tests run, by openssl(1): an authority and what it signs, in a folder
// that is removed with the process.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Certs {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'godwit-certs-'));
    process.on('exit', () => rmSync(this.folder, { recursive: true, force: true }));
    this.authority = this.make('authority', { extensions: ['basicConstraints=critical,CA:TRUE'] });
  }

  #path(name) {
    return join(this.folder, name);
  }

  /**
   * A certificate as {cert, key, pem, keyPem}; cert and key are files. `names` are those it is for
   * ("DNS:a.example,IP:127.0.0.1"); without `issuer` it signs itself.
   */
  make(file, { name = file, names, issuer, days = 2, extensions = [] } = {}) {
    const cert = this.#path(`${file}.crt`);
    const key = this.#path(`${file}.key`);
    const config = this.#path('openssl.cnf');
    const all = [...extensions, ...(names ? [`subjectAltName=${names}`] : [])];
    writeFileSync(config, `[req]\ndistinguished_name=dn\n[dn]\n[ext]\n${all.join('\n')}\n`);
    const request = ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-config', config,
      '-subj', `/CN=${name}`, '-keyout', key];
    const run = (args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    if (issuer) {
      const csr = this.#path(`${file}.csr`);
      run([...request, '-out', csr]);
      run(['x509', '-req', '-in', csr, '-CA', issuer.cert, '-CAkey', issuer.key, '-CAcreateserial', '-days', String(days),
        '-extfile', config, '-extensions', 'ext', '-out', cert]);
    } else {
      run([...request, '-x509', '-days', String(days), '-extensions', 'ext', '-out', cert]);
    }
    return { cert, key, pem: readFileSync(cert), keyPem: readFileSync(key) };
  }

  /** A certificate of the authority. */
  leaf(file, names, options = {}) {
    return this.make(file, { names, issuer: this.authority, ...options });
  }

  /** Puts what one certificate is into the files of another, as a renewal does. */
  replace(old, by) {
    copyFileSync(by.cert, old.cert);
    copyFileSync(by.key, old.key);
  }

  /** Puts nonsense there. */
  spoil(old) {
    writeFileSync(old.cert, 'no certificate\n');
  }
}
