/* SPDX-License-Identifier: MIT */
/* {"_placeholder":true,"num":N}: where an attachment belongs in the JSON of a binary packet. */
#ifndef GW_SIO_PLACEHOLDER_H
#define GW_SIO_PLACEHOLDER_H

#include <godwit/base.h>

/* Looks at every object of a checked list of values, at any depth: what says _placeholder true
 * must name an attachment, by an integer below count. 0 or GW_E_PROTO. Stricter than the genuine
 * parser in two corners: 0.5 is no index, and objects inside a placeholder are looked at too. */
int gw_sio_placeholder_check(struct gw_slice values, size_t count);

/* The index when a checked value is a placeholder itself, with an index below count; else -1. */
int gw_sio_placeholder_index(struct gw_slice value, size_t count);

#endif
