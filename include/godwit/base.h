/* SPDX-License-Identifier: MIT */
/* What every other header needs: slices of bytes, error codes, log levels. No state, any thread. */
#ifndef GODWIT_BASE_H
#define GODWIT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GW_API __attribute__((visibility("default")))

/* Borrowed bytes: somebody else owns them, and the call that takes or gives the slice says until
 * when. Not NUL-terminated. ptr == NULL means "absent", which is not the same as empty. */
struct gw_slice {
    const uint8_t *ptr;
    size_t len;
};

/* A slice of a string literal: GW_LIT("chat message"). */
#ifdef __cplusplus
#define GW_LIT(text) (gw_slice{reinterpret_cast<const uint8_t *>("" text), sizeof(text) - 1})
#else
#define GW_LIT(text) ((struct gw_slice){(const uint8_t *)("" text), sizeof(text) - 1})
#endif

/* Every error that a call can return: always negative, 0 is success. One list makes the enum, the
 * name and the text. */
#define GW_ERR_LIST(X)                                                                             \
    X(NOMEM, -1, "out of memory")                                                                  \
    X(ARG, -2, "an argument breaks its documented rule")                                           \
    X(PROTO, -3, "the peer broke the protocol")                                                    \
    X(LIMIT, -4, "a limit was reached")                                                            \
    X(CLOSED, -5, "the object is closed or closing")                                               \
    X(SYSTEM, -6, "the operating system refused")                                                  \
    X(ADDRESS, -7, "the address is not usable")                                                    \
    X(IN_USE, -8, "the address is in use")                                                         \
    X(TIMEOUT, -9, "the time ran out")                                                             \
    X(NOT_FOUND, -10, "no such thing")                                                             \
    X(REFUSED, -11, "the other side refused")

enum gw_err {
    GW_OK = 0,
#define GW_ERR_ENUM(name, value, text) GW_E_##name = value,
    GW_ERR_LIST(GW_ERR_ENUM)
#undef GW_ERR_ENUM
};

/* The name of an error, "GW_E_NOMEM", and its text, "out of memory". Unknown numbers give "GW_E_?"
 * and "unknown error". Static strings. */
GW_API const char *gw_err_name(int err);
GW_API const char *gw_err_text(int err);

/* The bytes of a NUL-terminated string, without the NUL. NULL gives the absent slice. */
static inline struct gw_slice gw_slice_of(const char *text)
{
#ifdef __cplusplus
    gw_slice slice = {reinterpret_cast<const uint8_t *>(text), text ? strlen(text) : 0};
#else
    struct gw_slice slice = {(const uint8_t *)text, text ? strlen(text) : 0};
#endif

    return slice;
}

static inline bool gw_slice_equal(struct gw_slice a, struct gw_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* How loud a log line is; a logger drops what is above its level. */
enum gw_log_level { GW_LOG_ERROR, GW_LOG_WARN, GW_LOG_INFO, GW_LOG_DEBUG };

#ifdef __cplusplus
}
#endif
#endif
