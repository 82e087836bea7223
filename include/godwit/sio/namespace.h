/* SPDX-License-Identifier: MIT */
/* Namespaces: those of the application, and those that clients make. */
#ifndef GODWIT_SIO_NAMESPACE_H
#define GODWIT_SIO_NAMESPACE_H

#include <godwit/sio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The main namespace, "/". */
GW_API gw_namespace *gw_io_namespace(gw_io *io);
/* The namespace of that name, made at the first call; a missing leading '/' is added, "" means
 * "/". Clients can join a namespace only after this call. NULL: memory has run out, or the name
 * holds a ',' or is not UTF-8. */
GW_API gw_namespace *gw_io_of(gw_io *io, const char *name);
/* The namespace of that name (leading '/' included), or NULL. */
GW_API gw_namespace *gw_io_find(const gw_io *io, const char *name);
typedef void gw_on_namespace_fn(gw_namespace *nsp, void *user);
/* Calls fn for each namespace, children included, parents left out, in the order of their making;
 * fn may do anything. */
GW_API void gw_io_each_namespace(gw_io *io, gw_on_namespace_fn *fn, void *user);
/* fn runs for each namespace but "/" that comes into being, before its first socket: one that
 * gw_io_of makes, or a child, which has its parent's handlers by then. 0 or GW_E_NOMEM. */
GW_API int gw_on_new_namespace(gw_io *io, gw_on_namespace_fn *fn, void *user);
/* As gw_off. */
GW_API int gw_off_new_namespace(gw_io *io, gw_on_namespace_fn *fn, void *user);

/* NUL-terminated, with the leading '/'. Good as long as the namespace. */
GW_API const char *gw_namespace_name(const gw_namespace *nsp);
/* The server that it belongs to. */
GW_API gw_io *gw_namespace_io(gw_namespace *nsp);
/* Connected sockets. */
GW_API size_t gw_namespace_socket_count(const gw_namespace *nsp);

/* ---- namespaces that clients make ---- */

/* A parent has no sockets and no client can join it. When a client asks for a namespace that does
 * not exist, the parents are asked in the order of their making whether they want it. The first
 * that does gets a child of that name, with a copy of the parent's middlewares and handlers as
 * they are at that moment; the others are not asked. If none does, the client gets CONNECT_ERROR
 * "Invalid namespace". What is emitted to gw_everyone(parent) reaches the sockets of all its
 * children, and gw_each, gw_count and gw_sockets_... work on them alike. Names of parents are
 * "/_0", "/_1", ...
 *
 * Children stay unless cleanup_empty_child_namespaces is set: then one that a client made ends
 * with the turn in which its last socket has gone, and its gw_namespace with it (one that was
 * asked for with gw_io_of stays). At most max_child_namespaces exist at once; who asks for one
 * more gets CONNECT_ERROR "Too many namespaces". Names longer than max_namespace_bytes, or with a
 * NUL, match nothing. */

/* Wants what matches a POSIX extended regular expression anywhere: anchor it ("^/room-[0-9]+$").
 * A gw_io_of whose name matches makes a child too. NULL: memory has run out, or pattern is not an
 * expression, or it refers back to a group (\1), which would let a client choose how long the
 * matching takes. */
GW_API gw_namespace *gw_io_of_pattern(gw_io *io, const char *pattern);
/* name and auth (the JSON object of the client's CONNECT; "{}" when it sent none) are borrowed
 * until match is answered, which must be done once, at once or later, with one of the two calls
 * below; match is gone after that. */
typedef void gw_match_fn(gw_io *io, const char *name, struct gw_slice auth, gw_match *match,
                         void *user);
/* Wants what fn says yes to. NULL: memory has run out. */
GW_API gw_namespace *gw_io_of_predicate(gw_io *io, gw_match_fn *fn, void *user);
/* Yes. Harmless if the client has gone meanwhile. */
GW_API void gw_match_ok(gw_match *match);
/* No: the next parent is asked. */
GW_API void gw_match_refuse(gw_match *match);
/* NULL: no child. */
GW_API gw_namespace *gw_namespace_parent(const gw_namespace *nsp);

#ifdef __cplusplus
}
#endif
#endif
