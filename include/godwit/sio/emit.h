/* SPDX-License-Identifier: MIT */
/* Emitting, and asking for answers. */
#ifndef GODWIT_SIO_EMIT_H
#define GODWIT_SIO_EMIT_H

#include <godwit/sio/target.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All emits return the number of sockets here that it was sent to, or
 *   GW_E_ARG     args are not a list of JSON values; the event is not UTF-8, or is one of connect,
 *                connect_error, disconnect, disconnecting, newListener, removeListener, which the
 *                protocol keeps to itself
 *   GW_E_LIMIT   too many attachments
 *   GW_E_CLOSED  gw_only of a socket whose connection has gone
 *   GW_E_NOMEM   no memory, or with gw_only more than max_queued_bytes would wait: then that
 *                connection is closed at the end of the turn, as it is with the other targets
 * Everything given is copied (once, however many receive it).
 *
 * Order: what is sent to a socket arrives in the order of the calls, whichever they are (emits to
 * it alone, to rooms or to everyone, questions, answers, with attachments or without), also while
 * its connection changes over from polling to WebSocket. What is lost was gw_volatile, or the
 * connection has ended. */

/* args_json is "" or NULL for none, or values parted by commas: "1,\"two\",{\"three\":3}".
 * Example: examples/chat. */
GW_API int gw_emit(struct gw_target target, const char *event, const char *args_json);
GW_API int gw_emit_slice(struct gw_target target, struct gw_slice event, struct gw_slice args);
/* The event "message", which a JavaScript client's socket.on('message') hears: socket.send(). */
static inline int gw_send(struct gw_target target, const char *args_json)
{
    return gw_emit(target, "message", args_json);
}

/* Where args_json holds {"_placeholder":true,"num":N} the receiver finds the N-th attachment, as
 * bytes. Every N must be below attachment_count; 0 attachments make it a plain gw_emit. At most
 * GW_ATTACHMENTS_MAX (any number with GW_PARSER_MSGPACK), else GW_E_LIMIT. */
GW_API int gw_emit_binary(struct gw_target target, const char *event, const char *args_json,
                          const struct gw_slice *attachments, size_t attachment_count);
/* Passes on the arguments of a received event, attachments included, under any name: no parse,
 * no second encoding. */
GW_API int gw_emit_event(struct gw_target target, const char *event, const gw_event *arguments);
/* The same without the first first_arg arguments. */
GW_API int gw_emit_event_from(struct gw_target target, struct gw_slice event,
                              const gw_event *arguments, size_t first_arg);

/* answer holds the client's arguments (it has no name), borrowed for the call, and err is 0; or
 * answer is NULL and err is GW_E_TIMEOUT or GW_E_CLOSED (disconnected). */
typedef void gw_on_ack_fn(gw_socket *socket, const gw_event *answer, int err, void *user);

/* Emits and asks for an answer: fn is called exactly once if this returns 0, never otherwise.
 * timeout_ms 0 waits as long as the socket is connected. 0; GW_E_LIMIT too: max_pending_acks. */
GW_API int gw_emit_ack(gw_socket *socket, const char *event, const char *args_json,
                       uint64_t timeout_ms, gw_on_ack_fn *fn, void *user);
/* As gw_emit_binary. */
GW_API int gw_emit_ack_binary(gw_socket *socket, const char *event, const char *args_json,
                              const struct gw_slice *attachments, size_t attachment_count,
                              uint64_t timeout_ms, gw_on_ack_fn *fn, void *user);

/* Who answered a question to many, and who did not. */
typedef struct gw_answers gw_answers;
/* answers is borrowed for the call. err is 0: all have answered; GW_E_TIMEOUT: the time ran out;
 * GW_E_CLOSED: those who are missing have disconnected, so that nobody is left to wait for;
 * GW_E_NOMEM: an answer could not be kept. */
typedef void gw_on_answers_fn(gw_namespace *nsp, const gw_answers *answers, int err, void *user);

/* Emits to all of the target and asks each for an answer, as gw_emit; timeout_ms 0: 5,000. fn is
 * called exactly once if this returns 0 or more, never otherwise, and never inside the call: also
 * when nobody was there it is called in a later turn of the loop, with 0 answers and err 0. Those
 * who were passed over (gw_volatile) or whom a write could not reach count as not asked. All get
 * the same packet with one ack id. They count as pending acks of each socket, and are never refused
 * for max_pending_acks. Returns how many were asked; GW_E_ARG also for a parent namespace. */
GW_API int gw_emit_ack_all(struct gw_target target, const char *event, const char *args_json,
                           uint64_t timeout_ms, gw_on_answers_fn *fn, void *user);

/* How many have answered. */
GW_API size_t gw_answers_count(const gw_answers *answers);
/* The index-th answer in the order of arrival; it has arguments and attachments and no name. NULL:
 * there are not so many. */
GW_API const gw_event *gw_answers_at(const gw_answers *answers, size_t index);
/* The id of the socket that gave it; it may have gone since (gw_socket_find). */
GW_API const char *gw_answers_id(const gw_answers *answers, size_t index);
/* How many were asked and have not answered, and their ids. */
GW_API size_t gw_answers_missing_count(const gw_answers *answers);
GW_API const char *gw_answers_missing_id(const gw_answers *answers, size_t index);

#ifdef __cplusplus
}
#endif
#endif
