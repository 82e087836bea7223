// SPDX-License-Identifier: MIT
//
// permessage-deflate by hand (RFC 7692): what Node's zlib makes of messages, and frames around it.

import { constants, createInflateRaw, deflateRawSync } from 'node:zlib';
import { RawWebSocket, TEXT } from './websocket.mjs';

export const RSV1 = 4;
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

/** What a frame with RSV1 carries (7.2.1). */
export function pack(payload, options = {}) {
  const packed = deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH, ...options });
  return packed.subarray(-4).equals(TAIL) ? packed.subarray(0, -4) : packed;
}

/** Reads the messages of one direction, with their context (7.2.2). */
export class Unpacker {
  #inflate = createInflateRaw();

  unpack(packed) {
    return new Promise((resolve, reject) => {
      const pieces = [];
      const take = (piece) => pieces.push(piece);
      this.#inflate.on('data', take);
      this.#inflate.once('error', reject);
      this.#inflate.write(packed);
      this.#inflate.write(TAIL, () => {
        this.#inflate.flush(() => {
          this.#inflate.off('data', take);
          this.#inflate.off('error', reject);
          resolve(Buffer.concat(pieces));
        });
      });
    });
  }
}

/** A raw WebSocket that has agreed on compression; `parameters` stand behind the name of the extension. */
export async function openDeflated(t, port, path = '/echo', parameters = '') {
  const ws = await RawWebSocket.open(port, path,
    { 'Sec-WebSocket-Extensions': `permessage-deflate${parameters}` });
  t.after(() => ws.drop());
  return ws;
}

export function compressed(payload, fields = {}) {
  return { opcode: TEXT, rsv: RSV1, payload, ...fields };
}
