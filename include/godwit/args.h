/* SPDX-License-Identifier: MIT */
/* Arguments of events, put together value by value: what comes out is JSON, whatever goes in.
 *
 *     gw_args args;
 *
 *     gw_args_init(&args);
 *     gw_args_string(&args, name);
 *     gw_args_begin_object(&args);
 *     gw_args_key(&args, "age");
 *     gw_args_int(&args, 41);
 *     gw_args_key(&args, "photo");
 *     gw_args_binary(&args, photo);
 *     gw_args_end_object(&args);
 *     gw_emit_args(gw_everyone(nsp), "person", &args);     -> person("Ada", {age: 41, photo: ...})
 *     gw_args_dispose(&args);
 *
 * Or from a format: gw_emitf(gw_everyone(nsp), "person", "%s,{'age':%d}", name, age).
 *
 * Nothing needs to be checked on the way: the first mistake (a value without a key in an object, an
 * array without its end, no memory) stays in the builder, and whoever emits gets it. Values that
 * were added after it are ignored. */
#ifndef GODWIT_ARGS_H
#define GODWIT_ARGS_H

#include <godwit/sio.h>

#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    GW_ARGS_DEPTH_MAX = 64,    /* arrays and objects inside each other */
    GW_ARGS_INLINE_BYTES = 256 /* up to that much JSON it needs no memory of its own */
};

/* On the stack or anywhere; may be moved (copied, and the original forgotten). Not to be looked
 * into. */
typedef struct gw_args {
    uint8_t *heap; /* NULL: the text is in the bytes inside */
    size_t len, cap;
    uint64_t objects; /* bit n: what is open at depth n is an object */
    int err;
    uint8_t depth;
    bool has_key;     /* the object waits for the key's value */
    bool needs_comma; /* a value stands in front */
    uint8_t attachment_count;
    struct gw_slice attachments[GW_ATTACHMENTS_MAX];
    uint8_t inside[GW_ARGS_INLINE_BYTES];
} gw_args;

/* No values yet. */
GW_API void gw_args_init(gw_args *args);
/* The same for one that has been in use; its memory is kept. */
GW_API void gw_args_reset(gw_args *args);
/* Frees its memory, and makes it new. */
GW_API void gw_args_dispose(gw_args *args);

/* Each of the following adds one value: an argument, an element of the open array, or the value of
 * the key that was given last. They return nothing: see gw_args_error. */

/* Any bytes: what is no UTF-8 becomes U+FFFD. NULL is null. */
GW_API void gw_args_string(gw_args *args, const char *text);
GW_API void gw_args_string_slice(gw_args *args, struct gw_slice text);
/* As JSON.stringify writes it; what is no finite number is null. */
GW_API void gw_args_number(gw_args *args, double value);
/* All digits; JavaScript tells numbers beyond 2^53 no longer from their neighbours. */
GW_API void gw_args_int(gw_args *args, int64_t value);
GW_API void gw_args_uint(gw_args *args, uint64_t value);
GW_API void gw_args_bool(gw_args *args, bool value);
GW_API void gw_args_null(gw_args *args);
/* A time since 1970 as JSON.stringify writes a Date: "2026-11-21T02:40:06.123Z". */
GW_API void gw_args_date(gw_args *args, uint64_t unix_ms);
/* All that is known of how the client came, as the genuine socket.handshake: an object with
 * headers, time, address, xdomain, secure, issued, url, query, auth. Of a parameter that came
 * several times the reader sees the last; the values of such a header stand in one text, as Node.js
 * puts them together. Cookies, Authorization and auth are in it: not for anybody else's eyes. */
GW_API void gw_args_handshake(gw_args *args, const gw_socket *socket);
/* One JSON value, checked (RFC 8259, UTF-8). Where there are attachments, what looks like a
 * placeholder in it is one, and GW_E_ARG when it names none of them. */
GW_API void gw_args_json(gw_args *args, const char *json);
GW_API void gw_args_json_slice(gw_args *args, struct gw_slice json);
/* Bytes, which the receiver finds in this place as a Buffer, ArrayBuffer or Blob. They are not
 * copied: they must stay as they are until args has been emitted for the last time. At most
 * GW_ATTACHMENTS_MAX, else GW_E_LIMIT. */
GW_API void gw_args_binary(gw_args *args, struct gw_slice bytes);

/* At most GW_ARGS_DEPTH_MAX deep, else GW_E_LIMIT. */
GW_API void gw_args_begin_array(gw_args *args);
GW_API void gw_args_end_array(gw_args *args);
GW_API void gw_args_begin_object(gw_args *args);
GW_API void gw_args_end_object(gw_args *args);
/* Of the next value, inside an object; as gw_args_string, but NULL is a mistake. Of two values with
 * the same key the receiver sees the second. */
GW_API void gw_args_key(gw_args *args, const char *key);
GW_API void gw_args_key_slice(gw_args *args, struct gw_slice key);

/* Adds what a format says: JSON with conversions for values, which come out as whole JSON values.
 *
 *     %s      const char *: a string (NULL: null)     %.*s   int, const char *: that many bytes
 *     %d %i   int            %ld %lld %zd %jd         long, long long, ssize_t, intmax_t
 *     %u      unsigned       %lu %llu %zu %ju         their unsigned kin
 *     %f %g   double, as gw_args_number               %b     int (a bool): true or false
 *     %j      const char *: one JSON value, checked   %%     a percent sign
 *
 * There are no other flags, widths or precisions. A string in the format may stand between '...'
 * instead of "...". Inside of one %s, %.*s and the numbers put in their text, escaped, without
 * quotes of its own: gw_args_format(args, "'Hello %s'", name). Several values are parted by commas,
 * where arguments or elements of an array are due. The format must be the program's own text: what
 * clients send goes into conversions, where it can do no harm.
 *
 * The set is not printf's (%b, %j, no widths), so the compiler cannot hold the arguments against
 * the format: pass exactly the types above. A format that breaks these rules, or whose result is
 * not JSON, is GW_E_ARG. */
GW_API void gw_args_format(gw_args *args, const char *format, ...);
GW_API void gw_args_vformat(gw_args *args, const char *format, va_list list);

/* 0 if it can be emitted as it is; or the first mistake, GW_E_ARG also while an array or object is
 * open. GW_E_LIMIT, GW_E_NOMEM. */
GW_API int gw_args_error(const gw_args *args);
/* The values parted by commas, good until the next call; nothing after a mistake. */
GW_API struct gw_slice gw_args_json_text(const gw_args *args);

/* ---- emitting ---- */

/* As gw_emit, gw_emit_ack, gw_emit_ack_all, gw_ack, gw_pending_ack_answer; what gw_args_error says
 * comes first. args stays as it is, and may be emitted again. Example: tests/programs/emit.c. */
GW_API int gw_emit_args(struct gw_target target, const char *event, const gw_args *args);
GW_API int gw_emit_ack_args(gw_socket *socket, const char *event, const gw_args *args,
                            uint64_t timeout_ms, gw_on_ack_fn *fn, void *user);
GW_API int gw_emit_ack_all_args(struct gw_target target, const char *event, const gw_args *args,
                                uint64_t timeout_ms, gw_on_answers_fn *fn, void *user);
GW_API int gw_ack_args(const gw_event *event, const gw_args *args);
GW_API int gw_pending_ack_answer_args(gw_pending_ack *ack, const gw_args *args);
/* As gw_event_replace_binary: the attachments are those of args, of which the old ones can be some
 * (gw_event_attachment). */
GW_API int gw_event_replace_args(const gw_event *event, const char *name, const gw_args *args);

/* The same by a format (gw_args_format). */
GW_API int gw_emitf(struct gw_target target, const char *event, const char *format, ...);
GW_API int gw_ackf(const gw_event *event, const char *format, ...);
GW_API int gw_pending_ack_answerf(gw_pending_ack *ack, const char *format, ...);
/* As gw_socket_set_data: gw_socket_set_dataf(socket, "{'name':%s}", name). */
GW_API int gw_socket_set_dataf(gw_socket *socket, const char *format, ...);

#ifdef __cplusplus
}
#endif
#endif
