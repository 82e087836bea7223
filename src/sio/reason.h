/* SPDX-License-Identifier: MIT */
/* Why a socket was disconnected, when it is its session that has ended. */
#ifndef GW_SIO_REASON_H
#define GW_SIO_REASON_H

#include "eio/session.h"

#include <godwit/sio.h>

enum gw_reason gw_sio_reason_of(enum gw_eio_reason reason);

#endif
