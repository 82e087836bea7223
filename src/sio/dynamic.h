/* SPDX-License-Identifier: MIT */
/* Namespaces that clients make: the parents that say which, and their children. */
#ifndef GW_SIO_DYNAMIC_H
#define GW_SIO_DYNAMIC_H

#include "base/list.h"
#include "sio/auth.h"

#include <godwit/sio.h>

#include <regex.h>

struct gw_sio_link;

/* What makes a namespace a parent. */
struct gw_sio_parent {
    struct gw_list children; /* gw_namespace.in_parent, in the order of their making */
    gw_match_fn *fn;         /* NULL: the pattern decides */
    void *user;
    regex_t regex;
};

enum gw_sio_match_state {
    GW_SIO_MATCH_RUNNING, /* the predicate is on the stack */
    GW_SIO_MATCH_WAITING, /* it has returned without its word */
    GW_SIO_MATCH_PASSED,
    GW_SIO_MATCH_REFUSED,
};

/* A CONNECT to a name that nobody has yet, while the parents are asked. */
struct gw_match {
    /* private */
    struct gw_list node;      /* gw_io.matches */
    struct gw_sio_link *link; /* pinned */
    const gw_namespace *at;   /* the parent that is asked */
    uint8_t state;            /* enum gw_sio_match_state */
    bool has_auth;
    struct gw_blob *auth_bytes; /* as gw_sio_auth.bytes */
    size_t name_len, auth_len;
    char bytes[]; /* name, NUL, auth */
};

/* A client asks to join `name`, which does not exist. Answers with CONNECT_ERROR, or makes the
 * child and goes on with gw_sio_link_connect, at once or later. */
void gw_sio_dynamic_connect(struct gw_sio_link *link, struct gw_slice name,
                            const struct gw_sio_auth *auth);
/* For gw_io_of: the parent whose pattern matches; NULL: none. 0 or GW_E_NOMEM. */
int gw_sio_dynamic_parent_of(const gw_io *io, struct gw_slice name, gw_namespace **out);
/* A child with what its parent has at this moment; it is told to nobody yet. NULL when memory has
 * run out. */
gw_namespace *gw_sio_dynamic_create_child(gw_namespace *parent, struct gw_slice name);

/* Ends children that nobody is in any more. Nothing of sio may be on the stack. */
void gw_sio_dynamic_sweep(gw_io *io);
/* Frees matches whose word will never come. */
void gw_sio_dynamic_drop_matches(gw_io *io);
void gw_sio_dynamic_free_parent(struct gw_sio_parent *parent);

#endif
