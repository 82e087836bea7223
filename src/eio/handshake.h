/* SPDX-License-Identifier: MIT */
/* The open packet: five keys of JSON, always in the same order. */
#ifndef GW_EIO_HANDSHAKE_H
#define GW_EIO_HANDSHAKE_H

#include "eio/engine.h"

enum {
    GW_EIO_HANDSHAKE_MAX = 192, /* no open packet is longer */
};

/* Writes `0{"sid":...}` and returns its length. */
size_t gw_eio_handshake_encode(uint8_t out[static GW_EIO_HANDSHAKE_MAX],
                               const struct gw_eio_session *session);

#endif
