/* SPDX-License-Identifier: MIT */
/* The inside of the public gw_request: what the application sees of an exchange, routes
 * and WebSocket upgrades alike. */
#ifndef GW_SERVER_REQUEST_H
#define GW_SERVER_REQUEST_H

#include "base/list.h"
#include "net/address.h"
#include "server/exchange.h"

#include <godwit/server.h>

struct gw_request {
    struct gw_exchange *exchange;      /* NULL: the client has gone, or was answered */
    char address[GW_ADDRESS_TEXT_MAX]; /* "": not asked for yet */
    gw_request *held;    /* of one that lives in a handler's call: its copy that stays */
    struct gw_list node; /* of the copy: in its route's list */
};

/* Nothing of the request can be read any more. */
void gw_request_detach(gw_request *request);

#endif
