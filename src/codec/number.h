/* SPDX-License-Identifier: MIT */
/* Decimal numbers on the wire: packet ids, lengths, ports. */
#ifndef GW_CODEC_NUMBER_H
#define GW_CODEC_NUMBER_H

#include <godwit/base.h>

enum { GW_U64_DIGITS_MAX = 20 };

/* Writes the shortest form, no NUL; returns its length, 1 to 20. */
size_t gw_u64_format(uint8_t out[static GW_U64_DIGITS_MAX], uint64_t value);

/* Digits only and at least one; leading zeros are fine. 0, GW_E_PROTO, or GW_E_LIMIT when it does
 * not fit; *out is set on success only. */
int gw_u64_parse(struct gw_slice digits, uint64_t *out);

#endif
