/* SPDX-License-Identifier: MIT */
/* One connection: its stream, its phase, its deadline, its end. What the bytes
 * mean is the phase's business. */
#ifndef GW_SERVER_CONN_H
#define GW_SERVER_CONN_H

#include "base/list.h"
#include "net/tls.h"
#include "wire/wire.h"

#include <godwit/server.h>

struct gw_conn;
struct gw_seat;
struct gw_server_tls;

/* What a connection speaks at the moment. One constant table per phase; an upgrade replaces the
 * pointer. on_bytes and on_closed must be there. Every entry may close the connection. */
struct gw_phase {
    /* bytes are the callee's to change until it returns. */
    void (*on_bytes)(struct gw_conn *conn, uint8_t *bytes, size_t len);
    /* The peer has sent its FIN and may still read. NULL: the connection finishes. */
    void (*on_end)(struct gw_conn *conn);
    /* All output has left, after a time when the kernel did not take everything. */
    void (*on_drain)(struct gw_conn *conn);
    /* The deadline of gw_conn_set_deadline has come; with has_long_answers that of gw_conn_finish,
     * too. NULL: the connection is cut. */
    void (*on_deadline)(struct gw_conn *conn);
    /* The server stops: finish what is under way, then close. NULL: the connection finishes. */
    void (*on_stop)(struct gw_conn *conn);
    /* Exactly once and last: conn->state is to be released. There is no output any more. */
    void (*on_closed)(struct gw_conn *conn);
    bool has_long_answers;
};

/* 184 bytes, and no buffers while idle. Where addresses are counted (admission.h), a gw_seat stands
 * behind it, in the same block. */
struct gw_conn {
    struct gw_wire wire;
    const struct gw_phase *phase;
    void *state; /* the phase's own */
    gw_server *server;
    struct gw_list node; /* in server->half_open, later in server->conns */
};

/* fd and what seat holds are the connection's from now on, also on failure: 0, GW_E_NOMEM or
 * GW_E_SYSTEM. It starts in the HTTP phase. tls NULL: it speaks plain. */
int gw_conn_open_take(gw_server *server, int fd, const struct gw_address *peer,
                      const struct gw_server_tls *tls, struct gw_seat *seat);
/* Its first request is there: it is not half-open any more. Once. */
void gw_conn_settle(struct gw_conn *conn);
static inline struct gw_seat *gw_conn_seat(struct gw_conn *conn)
{
    return (void *)(conn + 1);
}
/* The server stops: a connection that is still in the TLS handshake is cut,
 * others finish what is under way. */
void gw_conn_stop(struct gw_conn *conn);

/* The phase that leaves has released or handed on its state. */
void gw_conn_set_phase(struct gw_conn *conn, const struct gw_phase *phase, void *state);
static inline void gw_conn_set_deadline(struct gw_conn *conn, uint64_t delay_ms)
{
    gw_wire_set_deadline(&conn->wire, delay_ms);
}

/* See gw_wire_close and gw_wire_finish; on_closed follows in the end. */
static inline void gw_conn_close(struct gw_conn *conn)
{
    gw_wire_close(&conn->wire);
}

static inline void gw_conn_finish(struct gw_conn *conn, uint64_t linger_ms)
{
    gw_wire_finish(&conn->wire, linger_ms);
}

static inline bool gw_conn_is_secure(const struct gw_conn *conn)
{
    return gw_tls_is_on(&conn->wire.stream);
}

static inline bool gw_conn_is_open(const struct gw_conn *conn)
{
    return gw_wire_is_open(&conn->wire);
}

#endif
