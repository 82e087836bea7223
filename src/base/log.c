/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include "base/pipe_signal.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_SIZE = 1024, /* 1,023 bytes and the NUL */
    STAMP_SIZE = 40,
};

static const char *level_name(enum gw_log_level level)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};

    return names[level];
}

/* "2024-05-01T12:34:56.789Z", as log collectors sort it. */
static void format_stamp(char out[static STAMP_SIZE])
{
    struct timespec now;
    struct tm utc;
    size_t len;

    timespec_get(&now, TIME_UTC);
    gmtime_r(&now.tv_sec, &utc);
    len = strftime(out, STAMP_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out + len, STAMP_SIZE - len, ".%03dZ", (int)(now.tv_nsec / 1000000));
}

/* One write() for the whole line, so that lines of several threads and processes do not mix. */
static void write_stderr(enum gw_log_level level, const char *line)
{
    char stamp[STAMP_SIZE];
    char out[STAMP_SIZE + LINE_SIZE + 16];
    struct gw_pipe_signal held;
    bool is_broken;
    int len;

    format_stamp(stamp);
    len = snprintf(out, sizeof(out), "%s %s %s\n", stamp, level_name(level), line);
    gw_pipe_signal_hold(&held); /* whoever read the log has gone: no reason to go too */
    is_broken = write(STDERR_FILENO, out, (size_t)len) < 0 && errno == EPIPE;
    gw_pipe_signal_release(&held, is_broken);
}

/* U+0080 to U+009F: to a terminal they are what ESC and the next byte are. */
static bool is_c1_control(const uint8_t *line)
{
    return line[0] == 0xc2 && line[1] >= 0x80 && line[1] < 0xa0;
}

/* A peer's text in a line must not move the terminal's cursor nor forge a second line. */
static void clean(uint8_t *line)
{
    for (; *line; line++) {
        if (*line < 0x20 || *line == 0x7f)
            *line = '?';
        else if (is_c1_control(line))
            line[0] = line[1] = '?';
    }
}

static bool is_bare(struct gw_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];

        if (byte <= ' ' || byte >= 0x7f || byte == '"' || byte == '\\' || byte == '=')
            return false;
    }
    return text.len > 0 && text.len < GW_LOG_VALUE_SIZE;
}

const char *gw_log_value(char out[static GW_LOG_VALUE_SIZE], struct gw_slice text)
{
    size_t len = 0;

    if (is_bare(text)) {
        memcpy(out, text.ptr, text.len);
        out[text.len] = '\0';
        return out;
    }
    out[len++] = '"';
    /* Each turn may need two; a quote and the NUL follow. */
    for (size_t i = 0; i < text.len && len + 4 <= GW_LOG_VALUE_SIZE; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\')
            out[len++] = '\\';
        out[len++] = text.ptr[i] == '\0' ? '?' : (char)text.ptr[i];
    }
    out[len++] = '"';
    out[len] = '\0';
    return out;
}

void gw_log_write(const struct gw_log *log, enum gw_log_level level, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list args;

    if (!gw_log_wants(log, level))
        return;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    clean((uint8_t *)line);
    if (log->write)
        log->write(log->user, level, line);
    else
        write_stderr(level, line);
}
