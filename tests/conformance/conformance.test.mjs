// SPDX-License-Identifier: MIT
//
// RFC 6455 case by case, against our server and against our client. The cases are in cases.mjs.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { closePayload } from '../interop/support/websocket.mjs';
import { groups } from './cases.mjs';
import { subjects } from './subject.mjs';

const CLOSE = 8;

/** The head of a frame with its length in a form of 16 or 64 bits, whatever the length is. */
function longHead({ opcode, form, length }, isMasked) {
  const wide = Buffer.alloc(8);
  wide.writeBigUInt64BE(BigInt(length));
  const head = [0x80 | opcode, (isMasked ? 0x80 : 0) | (form === 16 ? 126 : 127), ...wide.subarray(8 - form / 8)];
  return Buffer.from(isMasked ? [...head, 1, 2, 3, 4] : head);
}

/** A frame of which only the payload at hand is sent, though the head announces more. */
function startOf({ opcode, payload, length }, isMasked) {
  const mask = [0x11, 0x22, 0x33, 0x44];
  const head = [0x80 | opcode, (isMasked ? 0x80 : 0) | 126, length >> 8, length & 255];
  const bytes = isMasked ? payload.map((byte, i) => byte ^ mask[i & 3]) : payload;
  return Buffer.from([...head, ...(isMasked ? mask : []), ...bytes]);
}

function framesOf(item, connection) {
  if (item.sendHead)
    return [longHead(item.sendHead, connection.sendsMasked)];
  if (item.sendStart)
    return [startOf(item.sendStart, connection.sendsMasked)];
  return item.send.map((fields) => (fields.wrongMask
    ? { ...fields, isMasked: !connection.sendsMasked } : fields));
}

function codeOf({ opcode, payload }) {
  assert.equal(opcode, CLOSE, `expected close, got opcode ${opcode}: ${payload.toString('hex').slice(0, 80)}`);
  return payload.length ? payload.readUInt16BE() : 1005;
}

async function check(connection, item, cut) {
  const sent = connection.send(framesOf(item, connection), cut);
  for (const { opcode, payload = '' } of item.expect ?? []) {
    const got = await connection.next();
    assert.equal(got.opcode, opcode, `opcode of ${got.payload.toString('hex').slice(0, 80)}`);
    assert.ok(got.fin && got.rsv === 0, 'a whole frame without reserved bits');
    assert.ok(got.payload.equals(Buffer.from(payload)), `payload ${got.payload.toString('hex').slice(0, 80)}`);
  }
  await sent;
  if (item.close === undefined) {
    await connection.send([{ opcode: CLOSE, payload: closePayload(1000) }]);
    assert.equal(codeOf(await connection.next()), 1000);
  } else {
    assert.equal(codeOf(await connection.next()), item.close);
  }
  await connection.ended();
}

for (const subject of subjects) {
  describe(`as ${subject.name}`, () => {
    before(() => subject.start());
    after(() => subject.stop());
    for (const { name, section, cases } of groups) {
      describe(`${name} (RFC 6455 ${section})`, () => {
        for (const item of cases.filter(({ roles }) => roles?.includes(subject.name) ?? true)) {
          for (const cut of item.cuts ?? [0]) {
            const how = ['', ', byte by byte'][cut] ?? `, ${cut} bytes at a time`;
            test(item.name + how, async () => {
              const connection = await subject.connect();
              try {
                await check(connection, item, cut);
              } finally {
                connection.drop();
              }
            });
          }
        }
      });
    }
  });
}
