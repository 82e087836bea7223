/* SPDX-License-Identifier: MIT */
/* What came in: an event or an answer, its arguments and attachments, and the answer to it. */
#ifndef GODWIT_SIO_EVENT_H
#define GODWIT_SIO_EVENT_H

#include <godwit/sio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Decoded. A number as event name is given as its text. ptr NULL: a packet without name and
 * arguments (gw_on_any only). */
GW_API struct gw_slice gw_event_name(const gw_event *event);
/* The arguments as they came (or as gw_event_replace has left them), values parted by commas. What
 * is inside of one: value.h. */
GW_API struct gw_slice gw_event_args(const gw_event *event);
/* Counts them one by one. */
GW_API size_t gw_event_arg_count(const gw_event *event);
/* One argument's JSON text; ptr NULL: there are not so many. It is looked for from the first one
 * on: who wants all of many takes gw_value_next. */
GW_API struct gw_slice gw_event_arg(const gw_event *event, size_t index);
/* A string argument, decoded, NUL-terminated. Returns its length in bytes; GW_E_NOT_FOUND: there
 * are not so many arguments; GW_E_ARG: not a string, or it holds a NUL; GW_E_LIMIT: does not fit
 * into size bytes; GW_E_NOMEM. */
GW_API int gw_event_string(const gw_event *event, size_t index, char *out, size_t size);
/* Infinite when no double can hold it, as in JavaScript. 0, GW_E_NOT_FOUND, GW_E_ARG (not a
 * number). */
GW_API int gw_event_number(const gw_event *event, size_t index, double *out);

/* With GW_PARSER_MSGPACK it may be more than GW_ATTACHMENTS_MAX, up to options.max_attachments. */
GW_API size_t gw_event_attachment_count(const gw_event *event);
/* Bytes of an attachment; ptr NULL: there are not so many. */
GW_API struct gw_slice gw_event_attachment(const gw_event *event, size_t index);
/* The bytes when the whole argument is a placeholder for them, else ptr NULL. */
GW_API struct gw_slice gw_event_arg_attachment(const gw_event *event, size_t index);
/* The same for a value somewhere inside an argument (value.h). */
GW_API struct gw_slice gw_event_value_attachment(const gw_event *event, struct gw_slice value);

/* Whether the client waits for an answer and has none yet. */
GW_API bool gw_event_wants_ack(const gw_event *event);
/* Answers it, once. 0; GW_E_ARG: not JSON values, or no answer was asked for; GW_E_CLOSED:
 * answered already, or the socket has gone; GW_E_LIMIT, GW_E_NOMEM. */
GW_API int gw_ack(const gw_event *event, const char *args_json);
/* Answers with the arguments of a received event (the same one, say). */
GW_API int gw_ack_event(const gw_event *event, const gw_event *arguments);
/* As gw_emit_binary. */
GW_API int gw_ack_binary(const gw_event *event, const char *args_json,
                         const struct gw_slice *attachments, size_t attachment_count);

/* Takes the duty to answer out of the event, to be done after the handler has returned. The
 * caller owns it and ends it with gw_pending_ack_answer or gw_pending_ack_drop, before the
 * server is destroyed. NULL: no answer wanted (any more), max_pending_acks of this socket are
 * taken already, or memory has run out. */
GW_API gw_pending_ack *gw_event_ack_take(const gw_event *event);
/* Answers and frees. The results of gw_ack; GW_E_CLOSED if the socket has gone meanwhile. On
 * GW_E_ARG it is freed too. NULL, where nobody had asked, is GW_E_ARG. */
GW_API int gw_pending_ack_answer(gw_pending_ack *ack, const char *args_json);
/* As gw_emit_binary. */
GW_API int gw_pending_ack_answer_binary(gw_pending_ack *ack, const char *args_json,
                                        const struct gw_slice *attachments,
                                        size_t attachment_count);
/* Frees without an answer. NULL is fine. */
GW_API void gw_pending_ack_drop(gw_pending_ack *ack);

#ifdef __cplusplus
}
#endif
#endif
