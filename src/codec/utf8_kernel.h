/* SPDX-License-Identifier: MIT */
/* UTF-8 by vectors: finds most of the valid start of a text; plain code goes on from there. */
#ifndef GW_CODEC_UTF8_KERNEL_H
#define GW_CODEC_UTF8_KERNEL_H

#include <stddef.h>
#include <stdint.h>

enum { GW_UTF8_KERNEL_BYTES = 64 }; /* shorter texts are not worth the call */

/* A length n <= len so that the first n bytes are valid and end between characters; what follows
 * may be valid, too. 0 where no kernel suits the processor. */
size_t gw_utf8_kernel(const uint8_t *text, size_t len);

#endif
