/* SPDX-License-Identifier: MIT */
/* The middlewares of a namespace, run for one socket that asks to join; any of them may take its
 * time. */
#ifndef GW_SIO_NEXT_H
#define GW_SIO_NEXT_H

#include "base/list.h"
#include "sio/handlers.h"

#include <godwit/sio.h>

enum gw_sio_next_state {
    GW_SIO_NEXT_RUNNING, /* the middleware's function is on the stack */
    GW_SIO_NEXT_WAITING, /* it has returned without its word */
    GW_SIO_NEXT_PASSED,  /* its word has been given inside the function; RUNNING goes on with it */
    GW_SIO_NEXT_REFUSED,
};

struct gw_next {
    /* private */
    struct gw_list node; /* gw_io.nexts */
    gw_socket *socket;   /* stays until the word is given */
    const struct gw_sio_listener *at, *last;
    uint8_t state; /* enum gw_sio_next_state */
};

/* Runs the middlewares of the JOINING socket's namespace as they are at this moment, and
 * connects it after the last. 0, or GW_E_NOMEM: the socket is still JOINING and nothing has been
 * said to the client. */
int gw_sio_next_run(gw_socket *socket);
/* Frees it: the word has been given, or will never come. The socket need not be kept any more for
 * the middleware's sake. */
void gw_sio_next_release(gw_next *next);

#endif
