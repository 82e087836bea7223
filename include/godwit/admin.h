/* SPDX-License-Identifier: MIT */
/* The other end of the Socket.IO Admin UI (https://admin.socket.io): a namespace that shows the
 * servers, clients, rooms and events of a gw_io in a browser, and lets one act on them.
 *
 *     gw_admin_attach(io, &(struct gw_admin_options){
 *         .username = "admin", .password_hash = "$2b$10$..."});
 *
 * The page comes from another origin and sends its cookies: cors of gw_io_options must name
 * "https://admin.socket.io" and allow credentials.
 *
 * While nobody looks it costs nothing. While somebody does, in GW_ADMIN_DEVELOPMENT every event of
 * every client is sent to those who look, and each broadcast visits its sockets one by one. */
#ifndef GODWIT_ADMIN_H
#define GODWIT_ADMIN_H

#include <godwit/sio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum gw_admin_mode {
    GW_ADMIN_DEVELOPMENT, /* everything that happens, one by one */
    GW_ADMIN_PRODUCTION,  /* numbers alone */
};

/* Zero (or NULL) anywhere means the default that the comment names. */
struct gw_admin_options {
    const char *namespace_name; /* "/admin" */
    /* Who may log in. The hash is one of bcrypt, "$2a$", "$2b$" or "$2y$"; `htpasswd -nbBC 10 ""
     * 'the password'` makes one. Both must be there, or no_auth must be said. */
    const char *username;
    const char *password_hash;
    bool no_auth;     /* everybody who reaches the namespace is let in */
    bool is_readonly; /* shows, and takes no commands */
    /* Must be another for each server of a cluster; the host's name. */
    const char *server_id;
    enum gw_admin_mode mode;
};

enum {
    GW_ADMIN_SOCKETS_MAX = 10000, /* listed one by one to who connects; later ones as they come */
    GW_ADMIN_LOGINS_MAX = 8,      /* that wait for their password to be checked, then refused */
    GW_ADMIN_SESSIONS_MAX = 256,  /* who has logged in may come back for a day; the oldest goes */
};

/* Makes the namespace, whose handlers are then its own. options are copied. Passwords are checked
 * in a thread of their own, begun at the first login, one at a time: a flood of them keeps nobody
 * but other logins waiting. 0; GW_E_ARG: neither a login nor no_auth, or the hash is none of
 * bcrypt; GW_E_IN_USE: the namespace is there already; GW_E_NOMEM. gw_server_error() says which.
 * Example: tests/programs/admin.c. */
GW_API int gw_admin_attach(gw_io *io, const struct gw_admin_options *options);

#ifdef __cplusplus
}
#endif
#endif
