/* SPDX-License-Identifier: MIT */
/* Masking by the widest vectors that the processor has. */
#ifndef GW_WS_MASK_KERNEL_H
#define GW_WS_MASK_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* Masks as many of the len bytes as fill whole vectors, with key four times over and over; returns
 * how many. 0 where no kernel suits the processor. */
size_t gw_ws_mask_kernel(uint8_t *bytes, size_t len, uint32_t key);

#endif
