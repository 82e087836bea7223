/* SPDX-License-Identifier: MIT */
/* Messages for a socket whose connection takes nothing: dropped, or held apart until it does. */
#ifndef GW_SIO_PRESSURE_H
#define GW_SIO_PRESSURE_H

#include "base/list.h"

#include <godwit/pressure.h>

struct gw_sio_fan_out;

/* Of a socket that a policy has ever struck. */
struct gw_sio_pressure {
    /* private */
    struct gw_list held; /* oldest first */
    struct gw_pressure_stats stats;
};

enum gw_sio_verdict { GW_SIO_SEND, GW_SIO_HELD, GW_SIO_DROPPED };

/* What becomes of this message for that socket: it is to be sent, or has been seen to. Its messages
 * are encoded when it is held; out->err may be GW_E_NOMEM afterwards. */
enum gw_sio_verdict gw_sio_pressure_judge(gw_socket *socket, struct gw_sio_fan_out *out);
/* The socket's connection takes more: sends what was held. */
void gw_sio_pressure_release(gw_socket *socket);
/* From gw_sio_extra_free, and when the socket goes. */
void gw_sio_pressure_drop(gw_socket *socket);

#endif
