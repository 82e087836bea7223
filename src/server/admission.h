/* SPDX-License-Identifier: MIT */
/* Who may come in: the caps on connections, on the whole, from one address, and of those that have
 * asked for nothing yet. */
#ifndef GW_SERVER_ADMISSION_H
#define GW_SERVER_ADMISSION_H

#include "server/origins.h"

#include <godwit/server.h>

struct gw_address;
struct gw_conn;
struct gw_exchange;

/* name, the option that sets the limit, the status for who runs into it ("": nobody is
 * told) */
#define GW_ADMISSION_LIMIT_LIST(X)                                                                 \
    X(CONNECTIONS, max_connections, "503 Service Unavailable")                                     \
    X(HALF_OPEN, max_half_open, "")                                                                \
    X(PER_ADDRESS, max_connections_per_address, "429 Too Many Requests")                           \
    X(RATE, connection_rate_per_address, "429 Too Many Requests")

enum gw_admission_limit {
#define GW_ADMISSION_LIMIT_ENUM(name, option, status) GW_ADMISSION_##name,
    GW_ADMISSION_LIMIT_LIST(GW_ADMISSION_LIMIT_ENUM)
#undef GW_ADMISSION_LIMIT_ENUM
        GW_ADMISSION_LIMITS
};

struct gw_admission {
    uint64_t refused[GW_ADMISSION_LIMITS]; /* since the beginning; read only */
    bool counts_addresses;                 /* a gw_seat stands behind each connection */
    /* private */
    uint32_t max[GW_ADMISSION_LIMITS];
    uint64_t log_ms[GW_ADMISSION_LIMITS]; /* when the next line may be written */
    struct gw_origins origins;
};

/* Whose connection it is, where that is counted; all zero: nobody's. */
struct gw_seat {
    struct gw_origin *origin; /* NULL: of a Unix-domain socket, or of a proxy between requests */
    bool is_lent;             /* to a trusted proxy, who says with each request for whom */
};

/* options with defaults filled in. */
void gw_admission_init(struct gw_admission *admission, const struct gw_server_options *options);
void gw_admission_dispose(struct gw_admission *admission);
/* "max_connections". Static string. */
const char *gw_admission_option(enum gw_admission_limit limit);

/* A connection was accepted. false: it has been answered and closed. true: *seat is what to put
 * behind it, where addresses are counted. */
bool gw_admission_let_in(gw_server *server, int fd, const struct gw_address *peer, bool is_secure,
                         struct gw_seat *seat);
/* Its end. */
void gw_admission_leave(gw_server *server, struct gw_seat *seat);

/* Only where addresses are counted: a request begins and ends. A connection that is lent belongs to
 * its client meanwhile, and as a WebSocket for good. begin: false when it was refused. */
bool gw_admission_begin_request(struct gw_exchange *exchange);
void gw_admission_end_request(struct gw_conn *conn);

#endif
