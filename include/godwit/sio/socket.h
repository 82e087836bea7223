/* SPDX-License-Identifier: MIT */
/* One client in one namespace: who it is, what it keeps, its rooms, its end. */
#ifndef GODWIT_SIO_SOCKET_H
#define GODWIT_SIO_SOCKET_H

#include <godwit/cause.h>
#include <godwit/sio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 20 characters, NUL-terminated. Not the Engine.IO session's id, which is a secret of that
 * client. */
GW_API const char *gw_socket_id(const gw_socket *socket);
/* The one that it asked to join. */
GW_API gw_namespace *gw_socket_namespace(const gw_socket *socket);
/* The connected socket with that id, or NULL. */
GW_API gw_socket *gw_socket_find(const gw_namespace *nsp, const char *id);
/* From the CONNECT answer until on_disconnecting has returned. */
GW_API bool gw_socket_is_connected(const gw_socket *socket);
/* Which limit, which time-out, which side it was; GW_CAUSE_NONE before on_disconnecting. */
GW_API enum gw_cause gw_socket_cause(const gw_socket *socket);
/* "polling" or "websocket"; "" once the connection has gone. */
GW_API const char *gw_socket_transport(const gw_socket *socket);

/* How the client's connection stands now. */
struct gw_conn_info {
    const char *transport; /* "polling" or "websocket"; "" once the connection has gone */
    uint32_t protocol;     /* revision of Engine.IO; 0 once it has gone */
    bool is_upgraded;      /* it began with another transport */
    struct gw_slice id;    /* the session's: a secret of that client. Good as long as the session */
};

/* socket.conn. What can be done with it: gw_socket_session() of engine.h. */
GW_API struct gw_conn_info gw_socket_conn(const gw_socket *socket);

/* A pointer of the application's; NULL at first. With gw_socket_set_user what it points to is
 * freed by the application, in on_disconnect say. */
GW_API void *gw_socket_user(const gw_socket *socket);
GW_API void gw_socket_set_user(gw_socket *socket, void *user);
/* The same, but destroy(user) is called when another pointer takes its place, or when the socket
 * is freed: at the end of a turn, after its last handler, and also when it never connected.
 * destroy may use nothing of the gw_io. GW_E_NOMEM: destroy has been called, the user is NULL. */
GW_API int gw_socket_set_user_take(gw_socket *socket, void *user, void (*destroy)(void *user));
/* The socket's data: one JSON value, "{}" at first, which others see in gw_fetch, on other servers
 * too. Good until it is set again. */
GW_API struct gw_slice gw_socket_data(const gw_socket *socket);
/* Copied. 0; GW_E_ARG: not one JSON value in UTF-8; GW_E_NOMEM (the old one stays). */
GW_API int gw_socket_set_data(gw_socket *socket, const char *json);
GW_API int gw_socket_set_data_slice(gw_socket *socket, struct gw_slice json);

struct gw_header {
    struct gw_slice name; /* lower case in what gw_socket_header_at gives */
    struct gw_slice value;
};

/* What is known of how the client came. Slices are good as long as the socket. */
struct gw_handshake {
    struct gw_slice auth;    /* JSON object from the client's CONNECT; "{}" when it sent none */
    struct gw_slice url;     /* target of the session's first request */
    struct gw_slice query;   /* its part behind the '?', raw */
    struct gw_slice address; /* the client's, as gw_request_address */
    uint64_t issued_ms;      /* since 1970: when the client asked to join */
    bool is_secure;          /* over TLS */
    bool is_xdomain;         /* the request had an Origin that is not empty */
};

/* socket.handshake, but for its fields: gw_socket_header(). */
GW_API struct gw_handshake gw_socket_handshake(const gw_socket *socket);
/* The bytes that a value inside handshake.auth stands for (gw_value_member finds it); ptr NULL: it
 * stands for none. Clients can send some with GW_PARSER_MSGPACK only. Good as long as the
 * socket. */
GW_API struct gw_slice gw_socket_auth_bytes(const gw_socket *socket, struct gw_slice value);

enum { GW_HANDSHAKE_TIME_BYTES = 63 };
/* issued_ms in the words of JavaScript's Date, NUL-terminated:
 * "Sat Nov 21 2026 02:43:26 GMT+0000 (Coordinated Universal Time)". */
GW_API void gw_handshake_time(const struct gw_handshake *handshake,
                              char out[GW_HANDSHAKE_TIME_BYTES]);
/* A field of the session's first HTTP request, name in any case; ptr NULL: absent. Good as long
 * as the socket. */
GW_API struct gw_slice gw_socket_header(const gw_socket *socket, const char *name);
/* The index-th field into *out; false behind the last. */
GW_API bool gw_socket_header_at(const gw_socket *socket, size_t index, struct gw_header *out);
/* A decoded parameter of the handshake's query, NUL-terminated. Returns its length;
 * GW_E_NOT_FOUND; GW_E_LIMIT: does not fit into size bytes; GW_E_ARG: holds a NUL. */
GW_API int gw_socket_query(const gw_socket *socket, const char *name, char *out, size_t size);

/* Puts the socket into a room, which comes into being with its first member. In already: 0. Each
 * socket is in the room of its own id from the start. GW_E_LIMIT: max_rooms or max_room_bytes;
 * GW_E_CLOSED; GW_E_NOMEM. */
GW_API int gw_socket_join_slice(gw_socket *socket, struct gw_slice room);
/* Takes it out; not in: nothing happens. */
GW_API void gw_socket_leave_slice(gw_socket *socket, struct gw_slice room);
/* Whether it is in that room. */
GW_API bool gw_socket_is_in_slice(const gw_socket *socket, struct gw_slice room);

static inline int gw_socket_join(gw_socket *socket, const char *room)
{
    return gw_socket_join_slice(socket, gw_slice_of(room));
}

static inline void gw_socket_leave(gw_socket *socket, const char *room)
{
    gw_socket_leave_slice(socket, gw_slice_of(room));
}

static inline bool gw_socket_is_in(const gw_socket *socket, const char *room)
{
    return gw_socket_is_in_slice(socket, gw_slice_of(room));
}

/* Rooms that the socket is in, that of its own id included. */
GW_API size_t gw_socket_room_count(const gw_socket *socket);
typedef void gw_each_room_fn(gw_socket *socket, struct gw_slice room, void *user);
/* Calls fn for each of them; fn may join and leave (a room left meanwhile may still come). 0 or
 * GW_E_NOMEM. */
GW_API int gw_socket_each_room(gw_socket *socket, gw_each_room_fn *fn, void *user);

enum gw_disconnect_flags {
    GW_NAMESPACE_ONLY = 0, /* DISCONNECT for this namespace; the connection stays */
    GW_CLOSE_CONNECTION =
        1, /* DISCONNECT for all namespaces of the connection, then it is closed */
};

/* The handlers run before it returns, with GW_REASON_SERVER_NAMESPACE_DISCONNECT. Nothing happens
 * to a socket that is disconnected already, or that waits for a middleware: gw_next_refuse() turns
 * that one away, and gw_session_close(gw_socket_session(socket)) of engine.h ends its
 * connection. */
GW_API void gw_socket_disconnect(gw_socket *socket, enum gw_disconnect_flags flags);

/* The event that tells a client why: socket.on("disconnect_reason", (why) => ...). */
#define GW_DISCONNECT_REASON_EVENT "disconnect_reason"
/* The same, but first the client gets that event with the text, which no packet of the protocol has
 * a place for; the handlers get the text as detail. With GW_CLOSE_CONNECTION the connection's other
 * sockets go too, without a text. 0; GW_E_CLOSED: it is disconnected; GW_E_LIMIT, GW_E_NOMEM: it is
 * disconnected, but the client does not learn why. */
GW_API int gw_socket_disconnect_because(gw_socket *socket, enum gw_disconnect_flags flags,
                                        const char *why);

#ifdef __cplusplus
}
#endif
#endif
