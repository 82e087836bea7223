/* SPDX-License-Identifier: MIT */
/* Masking of payloads (RFC 6455 5.3): XOR with a key of four bytes; the
 * same call masks and unmasks. */
#ifndef GW_WS_MASK_H
#define GW_WS_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Masks len bytes in place. phase is the place of the first of them in the frame's
 * payload; only phase % 4 matters. */
void gw_ws_mask(uint8_t *bytes, size_t len, const uint8_t key[static 4], size_t phase);

/* Masks from phase 0 on and tells whether every byte is ASCII afterwards: a short
 * text is gone through only once. */
bool gw_ws_mask_to_ascii(uint8_t *bytes, size_t len, const uint8_t key[static 4]);

/* The same as gw_ws_mask, byte by byte: what every fast kernel is tested against. */
void gw_ws_mask_plain(uint8_t *bytes, size_t len, const uint8_t key[static 4], size_t phase);

#endif
