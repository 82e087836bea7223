/* SPDX-License-Identifier: MIT */
/* JSON values, read where they lie: an argument of an event, what a client sent as auth, a socket's
 * data. No tree is built.
 *
 *     socket.handshake.auth.token     gw_value_member(gw_socket_handshake(socket).auth, "token")
 *     message.tags[2]                 gw_value_element(gw_value_member(message, "tags"), 2)
 *     for (const arg of args)         for (rest = gw_event_args(event); gw_value_next(&rest, NULL, &arg);)
 *
 * A value is a slice of the text that it came in, and good as long as that. What is not there is
 * absent (ptr NULL), and whatever is asked of the absent is absent too: a path can be walked
 * without a look at every step. What came from a client has been checked; other text does no harm,
 * but what is read from text that is no JSON may be anything. */
#ifndef GODWIT_SIO_VALUE_H
#define GODWIT_SIO_VALUE_H

#include <godwit/sio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum gw_value_type {
    GW_VALUE_ABSENT,
    GW_VALUE_NULL,
    GW_VALUE_FALSE,
    GW_VALUE_TRUE,
    GW_VALUE_NUMBER,
    GW_VALUE_STRING,
    GW_VALUE_ARRAY,
    GW_VALUE_OBJECT,
};

/* What it is, told by its first byte. */
GW_API enum gw_value_type gw_value_type(struct gw_slice value);
/* Of several members with that key the last, as in JavaScript. Absent: no such member, or no
 * object. */
GW_API struct gw_slice gw_value_member(struct gw_slice object, const char *key);
/* Absent: not so many, or no array. */
GW_API struct gw_slice gw_value_element(struct gw_slice array, size_t index);
/* Elements of an array, members of an object; 0 for anything else. */
GW_API size_t gw_value_count(struct gw_slice value);

/* What stands between the brackets of an array or object, for gw_value_next; absent for others. */
GW_API struct gw_slice gw_value_inside(struct gw_slice value);
/* Takes the next value off *rest: the inside of an object, or with key NULL that of an array, or
 * gw_event_args. *key is a value itself, a string. False when none is left. */
GW_API bool gw_value_next(struct gw_slice *rest, struct gw_slice *key, struct gw_slice *value);

/* A string, decoded, NUL-terminated. Returns its length in bytes; GW_E_NOT_FOUND: absent; GW_E_ARG:
 * not a string, or it holds a NUL; GW_E_LIMIT: does not fit into size bytes; GW_E_NOMEM. */
GW_API int gw_value_string(struct gw_slice value, char *out, size_t size);
/* Whether it is a string, and that one. */
GW_API bool gw_value_equals(struct gw_slice value, const char *text);
/* Infinite when no double can hold it, as in JavaScript. 0, GW_E_NOT_FOUND, GW_E_ARG (not a
 * number). */
GW_API int gw_value_number(struct gw_slice value, double *out);

#ifdef __cplusplus
}
#endif
#endif
