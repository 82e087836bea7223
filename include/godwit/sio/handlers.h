/* SPDX-License-Identifier: MIT */
/* What the application hears of: handlers, for a namespace or for one socket, and the middleware
 * that lets clients and events in. */
#ifndef GODWIT_SIO_HANDLERS_H
#define GODWIT_SIO_HANDLERS_H

#include <godwit/cause.h>
#include <godwit/sio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void gw_on_socket_fn(gw_socket *socket, void *user);
/* detail is a short text that says more than the reason does ("invalid heartbeat direction"), or
 * NULL. */
typedef void gw_on_disconnect_fn(gw_socket *socket, enum gw_reason reason, const char *detail,
                                 void *user);
/* event is borrowed until the handler returns. */
typedef void gw_on_event_fn(gw_socket *socket, const gw_event *event, void *user);
/* why names the rule that the client's packet broke (static string), or is what a gw_use_event or
 * gw_socket_use function returned. */
typedef void gw_on_error_fn(gw_socket *socket, const char *why, void *user);
typedef void gw_use_fn(gw_socket *socket, gw_next *next, void *user);

/* Each gw_on_... adds a handler: several for the same thing run in the order in which they were
 * added, those of the namespace before those of the socket. One that is added inside a handler of
 * the same thing has its first turn next time, one that is taken out has none any more. They
 * return 0 or GW_E_NOMEM.
 *
 * gw_once_... adds one that is taken out before its first call. gw_off_... takes out the one added
 * last with that fn and user; with fn NULL all of them. It returns how many it took out. */

/* A client has joined: CONNECT was answered, the socket is connected and in the room of its id. */
GW_API int gw_on_connection(gw_namespace *nsp, gw_on_socket_fn *fn, void *user);
/* A connected socket is about to go: it is still in its rooms, and emits to others work as
 * before. */
GW_API int gw_on_disconnecting(gw_namespace *nsp, gw_on_disconnect_fn *fn, void *user);
/* It has gone: it is in no room, its unanswered acks have been called with GW_E_CLOSED. Exactly
 * once for each socket that had on_connection, and the last call for it. */
GW_API int gw_on_disconnect(gw_namespace *nsp, gw_on_disconnect_fn *fn, void *user);
/* A client sent an event of that name. GW_E_ARG: the name is one that a client cannot send
 * (gw_emit lists them). */
GW_API int gw_on(gw_namespace *nsp, const char *event, gw_on_event_fn *fn, void *user);
/* Any event, before the handlers of its name. */
GW_API int gw_on_any(gw_namespace *nsp, gw_on_event_fn *fn, void *user);
/* The same, in front of those that are there. */
GW_API int gw_prepend_any(gw_namespace *nsp, gw_on_event_fn *fn, void *user);
/* Any event on its way to a socket, once for each socket that it is sent to, before it is written
 * (also one that gw_volatile then drops); answers to acks are no events. fn may do anything;
 * event is not answered. Costs a broadcast its shared walk: every socket is visited by hand. */
GW_API int gw_on_any_outgoing(gw_namespace *nsp, gw_on_event_fn *fn, void *user);
/* The same, in front of those that are there. */
GW_API int gw_prepend_any_outgoing(gw_namespace *nsp, gw_on_event_fn *fn, void *user);
/* A connected client sent what is not a packet; its connection will be closed ("forced close").
 * Or a function of gw_use_event or gw_socket_use has dropped an event, or it was one too many
 * (max_events_per_second); the connection stays. */
GW_API int gw_on_error(gw_namespace *nsp, gw_on_error_fn *fn, void *user);
/* The client's connection has another transport now (gw_socket_conn). */
GW_API int gw_on_upgrade(gw_namespace *nsp, gw_on_socket_fn *fn, void *user);

enum gw_room_change {
    GW_ROOM_CREATED, /* its first member is about to be told */
    GW_ROOM_JOINED,
    GW_ROOM_LEFT,
    GW_ROOM_DELETED, /* its last member has been told */
};

typedef void gw_on_room_fn(gw_namespace *nsp, enum gw_room_change change, struct gw_slice room,
                           gw_socket *socket, void *user);
/* Rooms that come and go and who joins and leaves them, the rooms of the sockets' own ids
 * included: CREATED, JOINED just before a socket is connected, LEFT, DELETED for each room just
 * after it was disconnected. socket is NULL for CREATED and DELETED; fn may do anything. The
 * adapter's "create-room", "join-room", "leave-room" and "delete-room". */
GW_API int gw_on_room(gw_namespace *nsp, gw_on_room_fn *fn, void *user);

/* For one client, and one event: as gw_on_connection and gw_on. */
GW_API int gw_once_connection(gw_namespace *nsp, gw_on_socket_fn *fn, void *user);
GW_API int gw_once(gw_namespace *nsp, const char *event, gw_on_event_fn *fn, void *user);

/* Those that the calls above have added. */
GW_API int gw_off_connection(gw_namespace *nsp, gw_on_socket_fn *fn, void *user);
GW_API int gw_off_disconnecting(gw_namespace *nsp, gw_on_disconnect_fn *fn, void *user);
GW_API int gw_off_disconnect(gw_namespace *nsp, gw_on_disconnect_fn *fn, void *user);
GW_API int gw_off(gw_namespace *nsp, const char *event, gw_on_event_fn *fn, void *user);
GW_API int gw_off_any(gw_namespace *nsp, gw_on_event_fn *fn, void *user);
GW_API int gw_off_any_outgoing(gw_namespace *nsp, gw_on_event_fn *fn, void *user);
GW_API int gw_off_error(gw_namespace *nsp, gw_on_error_fn *fn, void *user);
GW_API int gw_off_upgrade(gw_namespace *nsp, gw_on_socket_fn *fn, void *user);
GW_API int gw_off_room(gw_namespace *nsp, gw_on_room_fn *fn, void *user);
/* Handlers of that event. */
GW_API size_t gw_listener_count(const gw_namespace *nsp, const char *event);

/* The same for one socket. They end with it, after its last on_disconnect; GW_E_CLOSED: it has
 * gone. */
GW_API int gw_socket_on(gw_socket *socket, const char *event, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_once(gw_socket *socket, const char *event, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_on_any(gw_socket *socket, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_prepend_any(gw_socket *socket, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_on_any_outgoing(gw_socket *socket, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_prepend_any_outgoing(gw_socket *socket, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_on_disconnecting(gw_socket *socket, gw_on_disconnect_fn *fn, void *user);
GW_API int gw_socket_on_disconnect(gw_socket *socket, gw_on_disconnect_fn *fn, void *user);
GW_API int gw_socket_on_error(gw_socket *socket, gw_on_error_fn *fn, void *user);
GW_API int gw_socket_on_upgrade(gw_socket *socket, gw_on_socket_fn *fn, void *user);

/* As those of the namespace. */
GW_API int gw_socket_off(gw_socket *socket, const char *event, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_off_any(gw_socket *socket, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_off_any_outgoing(gw_socket *socket, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_off_disconnecting(gw_socket *socket, gw_on_disconnect_fn *fn, void *user);
GW_API int gw_socket_off_disconnect(gw_socket *socket, gw_on_disconnect_fn *fn, void *user);
GW_API int gw_socket_off_error(gw_socket *socket, gw_on_error_fn *fn, void *user);
GW_API int gw_socket_off_upgrade(gw_socket *socket, gw_on_socket_fn *fn, void *user);
GW_API size_t gw_socket_listener_count(const gw_socket *socket, const char *event);

/* ---- middleware ---- */

/* Runs for each client that asks to join, before it is connected, in the order of the calls. Each
 * must answer next exactly once, at once or later, with one of the two calls below; next is gone
 * after that, or with gw_server_destroy(). While it waits the socket is not connected:
 * gw_emit(gw_only(socket)) works and its rooms can be joined, but no broadcast reaches it. 0 or
 * GW_E_NOMEM. */
GW_API int gw_use(gw_namespace *nsp, gw_use_fn *fn, void *user);
/* Goes on to the next middleware, and joins after the last. Harmless if the client has gone
 * meanwhile. */
GW_API void gw_next_ok(gw_next *next);
/* Answers CONNECT_ERROR {"message":message,"data":data}. data_json is one JSON value or NULL (no
 * data; invalid JSON counts as none); message NULL leaves the message out. The client's
 * connection stays open. */
GW_API void gw_next_refuse(gw_next *next, const char *message, const char *data_json);

/* Looks at an event behind the any handlers and before those of its name, and may make another of
 * it (gw_event_replace). NULL lets it pass; a text drops it: the socket's error handlers get that
 * text, and nothing is said to the client. The text must stay as it is until those have
 * returned. */
typedef const char *gw_use_event_fn(gw_socket *socket, const gw_event *event, void *user);
/* For all sockets of the namespace, and for one, which comes after. Several are asked in the order
 * of the calls until one drops the event. 0, GW_E_NOMEM; GW_E_CLOSED: the socket has gone. */
GW_API int gw_use_event(gw_namespace *nsp, gw_use_event_fn *fn, void *user);
GW_API int gw_socket_use(gw_socket *socket, gw_use_event_fn *fn, void *user);

/* Inside such a function, for the event that it was given: the functions and handlers behind it see
 * another event. name NULL keeps the name, args_json NULL the arguments ("" takes them all away).
 * The attachments stay, and placeholders in args_json mean them. The ack stays too. What the event
 * held before is good for as long as the event is, and all that is new is copied, until the event's
 * last handler has returned. 0; else the event is as it was: GW_E_ARG: the name or the arguments
 * are none that gw_emit takes, or it is not this function's event; GW_E_NOMEM. */
GW_API int gw_event_replace(const gw_event *event, const char *name, const char *args_json);
/* The same with other attachments in the place of all the old ones, as gw_emit_binary; args_json
 * NULL puts them where the old ones were. GW_E_LIMIT: too many. */
GW_API int gw_event_replace_binary(const gw_event *event, const char *name, const char *args_json,
                                   const struct gw_slice *attachments, size_t attachment_count);

#ifdef __cplusplus
}
#endif
#endif
