/* SPDX-License-Identifier: MIT */
/* The only source of randomness: the kernel's, fit for secrets. Any thread. */
#ifndef GW_NET_RANDOM_H
#define GW_NET_RANDOM_H

#include <godwit/base.h>

/* Fills out; a gw_entropy_fn. Small requests share one system call for 256 bytes; a forked child
 * starts with an empty pool. Cannot fail: without randomness the process ends, because every sid
 * and mask would be a guess. */
void gw_random_fill(uint8_t *out, size_t len);

#endif
