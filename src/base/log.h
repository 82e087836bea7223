/* SPDX-License-Identifier: MIT */
/* Lines with a level and key=value fields, for the rooms that may speak
 * (net, server, client, cli). */
#ifndef GW_BASE_LOG_H
#define GW_BASE_LOG_H

#include <godwit/base.h>

/* Gets one whole line without a newline; line is borrowed for the call. */
typedef void gw_log_write_fn(void *user, enum gw_log_level level, const char *line);

struct gw_log {
    enum gw_log_level level;
    gw_log_write_fn *write; /* NULL: to standard error with a UTC time stamp */
    void *user;
};

static inline bool gw_log_wants(const struct gw_log *log, enum gw_log_level level)
{
    return level <= log->level;
}

/* format makes "event key=value key=\"va lue\""; cut at 1,023 bytes; control characters become '?'.
 * Never on the message path. */
void gw_log_write(const struct gw_log *log, enum gw_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum { GW_LOG_VALUE_SIZE = 400 };

/* Somebody else's text as the value of a field: bare where it can be, else between quotes, with a
 * backslash in front of quotes and backslashes, so that it cannot pass for more fields; cut where
 * it is longer. ptr NULL is empty. Returns out. */
const char *gw_log_value(char out[static GW_LOG_VALUE_SIZE], struct gw_slice text);

#endif
