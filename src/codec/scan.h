/* SPDX-License-Identifier: MIT */
/* Scanning kernels: how many bytes at the start of a text need no attention. For x86-64 they stand
 * in scan_sse2.c, else in scan_portable.c, which hands on to the plain ones; the plain ones are
 * always built and the others tested against them. */
#ifndef GW_CODEC_SCAN_H
#define GW_CODEC_SCAN_H

#include <stddef.h>
#include <stdint.h>

/* Length of the longest start of text that is ASCII (bytes below 0x80). */
size_t gw_scan_ascii(const uint8_t *text, size_t len);
size_t gw_scan_ascii_plain(const uint8_t *text, size_t len);

/* Length of the longest start of text without '"', '\\' and control characters (below 0x20): what a
 * JSON string holds as it is. */
size_t gw_scan_unquoted(const uint8_t *text, size_t len);
size_t gw_scan_unquoted_plain(const uint8_t *text, size_t len);

#endif
