/* SPDX-License-Identifier: MIT */
/* What a decoder said, as text: each event adds a line, and two runs are equal when their traces are.
 *
 *     gw_trace_add(&trace, "message %s ", is_binary ? "binary" : "text");
 *     gw_trace_add_bytes(&trace, data);
 *     ...
 *     assert_string_equal(gw_trace_text(&trace), expected); */
#ifndef GW_TESTS_TRACE_H
#define GW_TESTS_TRACE_H

#include <godwit/base.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct gw_trace {
    char *text; /* NUL-terminated once something was added */
    size_t len;
    size_t cap;
};

static inline const char *gw_trace_text(const struct gw_trace *trace)
{
    return trace->text ? trace->text : "";
}

/* Empty again; also the way to dispose of it. */
static inline void gw_trace_reset(struct gw_trace *trace)
{
    free(trace->text);
    *trace = (struct gw_trace){0};
}

static inline char *gw_trace_grow(struct gw_trace *trace, size_t n)
{
    char *place;

    if (trace->len + n >= trace->cap) {
        trace->cap = 2 * (trace->len + n) + 64;
        trace->text = realloc(trace->text, trace->cap);
    }
    if (!trace->text)
        abort();
    place = trace->text + trace->len;
    trace->len += n;
    trace->text[trace->len] = '\0';
    return place;
}

static inline void gw_trace_add(struct gw_trace *trace, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline void gw_trace_add(struct gw_trace *trace, const char *format, ...)
{
    char line[1024];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof(line))
        abort();
    memcpy(gw_trace_grow(trace, (size_t)len), line, (size_t)len);
}

/* Printable ASCII as it is, backslash and everything else as \xHH. */
static inline void gw_trace_add_bytes(struct gw_trace *trace, struct gw_slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t byte = bytes.ptr[i];

        if (byte >= 0x20 && byte < 0x7f && byte != '\\')
            *gw_trace_grow(trace, 1) = (char)byte;
        else
            gw_trace_add(trace, "\\x%02x", (unsigned int)byte);
    }
}

#endif
