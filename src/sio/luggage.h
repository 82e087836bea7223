/* SPDX-License-Identifier: MIT */
/* What a socket leaves behind when its client is cut off: its data and the rooms that it is in, in
 * one block.
 *
 *     length of data (4 bytes), data; for each room: length (4 bytes), name */
#ifndef GW_SIO_LUGGAGE_H
#define GW_SIO_LUGGAGE_H

#include "base/blob.h"

#include <godwit/sio.h>

/* Bytes of what the socket would leave behind now. */
size_t gw_sio_luggage_len(const gw_socket *socket);
/* NULL when memory has run out. */
struct gw_blob *gw_sio_luggage_pack(const gw_socket *socket);
struct gw_slice gw_sio_luggage_data(const struct gw_blob *luggage);
/* The next room; *cursor is 0 for the first. False: none is left. */
bool gw_sio_luggage_next_room(const struct gw_blob *luggage, size_t *cursor, struct gw_slice *room);

#endif
