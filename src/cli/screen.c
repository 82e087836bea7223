/* SPDX-License-Identifier: MIT */
#include "cli/screen.h"
#include "cli/cli.h"
#include "cli/escape.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    SHOWN_TEXT_BYTES = 16384, /* of a message on a terminal; all of it in a pipe and in JSON */
    SHOWN_BINARY_BYTES = 256,
    PREVIEW_BYTES = 60,
};

#define PLAIN  "\033[0m"
#define DIM    "\033[2m"
#define RED    "\033[31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define CYAN   "\033[36m"

static const char *const close_meanings[] = {
    "normal",
    "going away",
    "protocol error",
    "unsupported data",
    NULL,
    "no code",
    "broken",
    "not valid UTF-8",
    "policy",
    "message too big",
    "extension missing",
    "internal error",
    "restart",
    "try again later",
    "bad gateway",
};

static bool is_smart(int fd)
{
    const char *terminal = getenv("TERM");

    return isatty(fd) && terminal && *terminal && strcmp(terminal, "dumb") != 0;
}

bool gw_cli_screen_can_edit(void)
{
    return isatty(STDIN_FILENO) && is_smart(STDOUT_FILENO);
}

void gw_cli_screen_open(struct gw_cli_screen *screen)
{
    const char *no_color = getenv("NO_COLOR");
    bool may_color = !no_color || !*no_color;

    screen->is_terminal = isatty(STDOUT_FILENO);
    screen->has_colors = may_color && is_smart(STDOUT_FILENO);
    screen->has_error_colors = may_color && is_smart(STDERR_FILENO);
}

const char *gw_cli_screen_prompt(const struct gw_cli_screen *screen)
{
    return screen->has_colors ? "\001" GREEN "\001>\001" PLAIN "\001 " : "> ";
}

/* ---- writing ---- */

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t took = write(fd, bytes, len);

        if (took < 0 && errno == EAGAIN) { /* somebody else has made it non-blocking */
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        } else if (took < 0 && errno != EINTR) {
            return errno;
        } else if (took > 0) {
            bytes += took;
            len -= (size_t)took;
        }
    }
    return 0;
}

/* While somebody types the terminal does not begin a line at its left by itself in every mode. */
static int write_terminal(int fd, const char *bytes, size_t len)
{
    int err = 0;

    while (len > 0 && err == 0) {
        const char *newline = memchr(bytes, '\n', len);
        size_t part = newline ? (size_t)(newline - bytes) : len;

        err = write_all(fd, bytes, part);
        if (err == 0 && newline)
            err = write_all(fd, "\r\n", 2);
        part += newline != NULL;
        bytes += part;
        len -= part;
    }
    return err;
}

static void put(struct gw_cli_screen *screen, int fd, const struct gw_cli_text *text)
{
    bool is_editing = gw_cli_editor_is_editing(screen->editor);
    int err;

    gw_cli_editor_hide(screen->editor);
    err = is_editing && isatty(fd) ? write_terminal(fd, text->bytes, text->len)
                                   : write_all(fd, text->bytes, text->len);
    if (err && fd == STDOUT_FILENO && !screen->has_failed) {
        screen->has_failed = true;
        screen->write_errno = err;
    }
    gw_cli_editor_show(screen->editor);
}

static void put_and_dispose(struct gw_cli_screen *screen, int fd, struct gw_cli_text *text)
{
    put(screen, fd, text);
    gw_cli_text_dispose(text);
}

void gw_cli_screen_line(struct gw_cli_screen *screen, const struct gw_cli_text *line)
{
    put(screen, STDOUT_FILENO, line);
}

static void note(struct gw_cli_screen *screen, const char *color, const struct gw_cli_text *line)
{
    struct gw_cli_text text = {0};

    if (screen->has_error_colors)
        gw_cli_text_puts(&text, color);
    gw_cli_escape_line(&text, gw_cli_text_slice(line));
    if (screen->has_error_colors)
        gw_cli_text_puts(&text, PLAIN);
    gw_cli_text_puts(&text, "\n");
    put_and_dispose(screen, STDERR_FILENO, &text);
}

void gw_cli_screen_note(struct gw_cli_screen *screen, const char *format, ...)
{
    struct gw_cli_text line = {0};
    char *said = NULL;
    va_list args;

    if (screen->is_quiet || screen->has_json)
        return;
    va_start(args, format);
    if (vasprintf(&said, format, args) >= 0) {
        gw_cli_text_puts(&line, said);
        note(screen, DIM, &line);
        free(said);
    }
    va_end(args);
    gw_cli_text_dispose(&line);
}

void gw_cli_screen_complain(struct gw_cli_screen *screen, const char *format, ...)
{
    struct gw_cli_text line = {0};
    char *said = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&said, format, args) >= 0) {
        gw_cli_text_printf(&line, "godwit %s: %s", screen->command, said);
        note(screen, RED, &line);
        free(said);
    }
    va_end(args);
    gw_cli_text_dispose(&line);
}

/* ---- JSON ---- */

static void begin_json(struct gw_cli_text *line, const char *event)
{
    struct timespec now;
    struct tm day;
    char text[32];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &day);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &day);
    gw_cli_text_printf(line, "{\"event\":\"%s\",\"time\":\"%s.%03dZ\"", event, text,
                       (int)(now.tv_nsec / 1000000));
}

static void json_member(struct gw_cli_text *line, const char *name, struct gw_slice value)
{
    gw_cli_text_printf(line, ",\"%s\":", name);
    gw_cli_escape_json(line, value);
}

static void end_json(struct gw_cli_screen *screen, struct gw_cli_text *line)
{
    gw_cli_text_puts(line, "}\n");
    put_and_dispose(screen, STDOUT_FILENO, line);
}

/* ---- events ---- */

void gw_cli_screen_open_event(struct gw_cli_screen *screen, const gw_ws *ws)
{
    const char *protocol = gw_ws_protocol(ws), *extensions = gw_ws_extensions(ws);
    struct gw_cli_text line = {0};

    if (screen->has_json) {
        begin_json(&line, "open");
        json_member(&line, "url", gw_slice_of(gw_ws_url(ws)));
        json_member(&line, "protocol", gw_slice_of(protocol));
        json_member(&line, "extensions", gw_slice_of(extensions));
        end_json(screen, &line);
        return;
    }
    if (screen->is_quiet)
        return;
    gw_cli_text_printf(&line, "connected to %s", gw_ws_url(ws));
    if (*protocol)
        gw_cli_text_printf(&line, ", subprotocol %s", protocol);
    if (*extensions) /* its parameters are in the JSON */
        gw_cli_text_printf(&line, ", %.*s", (int)strcspn(extensions, ";"), extensions);
    note(screen, GREEN, &line);
    gw_cli_text_dispose(&line);
}

static void json_message(struct gw_cli_screen *screen, struct gw_slice data, bool is_binary)
{
    struct gw_cli_text line = {0};

    begin_json(&line, "message");
    if (is_binary) {
        gw_cli_text_puts(&line, ",\"type\":\"binary\",\"encoding\":\"base64\",\"data\":\"");
        gw_cli_escape_base64(&line, data);
        gw_cli_text_puts(&line, "\"");
    } else {
        gw_cli_text_puts(&line, ",\"type\":\"text\"");
        json_member(&line, "data", data);
    }
    end_json(screen, &line);
}

/* Cut where a character ends. */
static struct gw_slice head_of(struct gw_slice data, size_t max, bool is_binary)
{
    if (data.len <= max)
        return data;
    while (!is_binary && max > 0 && (data.ptr[max] & 0xc0) == 0x80)
        max--;
    return (struct gw_slice){data.ptr, max};
}

static void show_message(struct gw_cli_screen *screen, struct gw_slice data, bool is_binary)
{
    struct gw_slice shown =
        head_of(data, is_binary ? SHOWN_BINARY_BYTES : SHOWN_TEXT_BYTES, is_binary);
    struct gw_cli_text text = {0};

    gw_cli_text_puts(&text, screen->has_colors ? CYAN "< " PLAIN : "< ");
    if (is_binary) {
        if (screen->has_colors)
            gw_cli_text_puts(&text, DIM);
        gw_cli_text_puts(&text, "binary, ");
        gw_cli_text_number(&text, data.len);
        gw_cli_text_puts(&text, data.len == 1 ? " byte\n" : " bytes\n");
        if (screen->has_colors)
            gw_cli_text_puts(&text, PLAIN);
        gw_cli_escape_dump(&text, shown, "  ");
    } else {
        gw_cli_escape_lines(&text, shown, "  ");
        gw_cli_text_puts(&text, "\n");
    }
    if (shown.len < data.len) {
        gw_cli_text_puts(&text, screen->has_colors ? YELLOW "  ... " : "  ... ");
        gw_cli_text_number(&text, data.len - shown.len);
        gw_cli_text_puts(&text, " more bytes; a pipe (| less) or --json gives all");
        gw_cli_text_puts(&text, screen->has_colors ? PLAIN "\n" : "\n");
    }
    put_and_dispose(screen, STDOUT_FILENO, &text);
}

void gw_cli_screen_message(struct gw_cli_screen *screen, struct gw_slice data, bool is_binary)
{
    struct gw_cli_text text = {0};

    if (screen->has_failed)
        return;
    if (screen->has_json) {
        json_message(screen, data, is_binary);
    } else if (screen->is_terminal) {
        show_message(screen, data, is_binary);
    } else {
        gw_cli_text_add(&text, data.ptr, data.len);
        if (!screen->is_raw)
            gw_cli_text_puts(&text, "\n");
        put_and_dispose(screen, STDOUT_FILENO, &text);
    }
}

/* What helps most often. */
static const char *remedy(const struct gw_ws_error *error)
{
    if (error->err == GW_E_CLOSED || error->err == GW_E_NOMEM)
        return "";
    switch (error->step) {
    case GW_WS_STEP_TLS:
        return "; --cacert FILE trusts another authority, --insecure every certificate";
    case GW_WS_STEP_PROXY:
        return "; see --proxy";
    case GW_WS_STEP_HANDSHAKE:
        if (error->status == 401 || error->status == 403)
            return "; credentials go with --header or into the URL";
        if (error->status >= 300 && error->status < 400)
            return "; --redirects N follows redirects";
        return error->status == 404 ? "; check the path of the URL" : "";
    default:
        return "";
    }
}

void gw_cli_screen_error(struct gw_cli_screen *screen, const char *url,
                         const struct gw_ws_error *error)
{
    struct gw_cli_text line = {0};

    if (screen->has_json) {
        begin_json(&line, "error");
        json_member(&line, "url", gw_slice_of(url));
        json_member(&line, "step", gw_slice_of(gw_ws_step_name(error->step)));
        json_member(&line, "error", gw_slice_of(gw_err_name(error->err)));
        if (error->status)
            gw_cli_text_printf(&line, ",\"status\":%d", error->status);
        json_member(&line, "why", gw_slice_of(error->why));
        end_json(screen, &line);
    }
    gw_cli_screen_complain(screen, "%s: %s: %s%s", url, gw_ws_step_name(error->step), error->why,
                           remedy(error));
}

void gw_cli_screen_close_event(struct gw_cli_screen *screen, uint16_t code, struct gw_slice reason,
                               bool was_clean)
{
    struct gw_cli_text line = {0};
    size_t index = code - 1000U;

    if (screen->has_json) {
        begin_json(&line, "close");
        gw_cli_text_printf(&line, ",\"code\":%d", code);
        json_member(&line, "reason", reason);
        gw_cli_text_printf(&line, ",\"wasClean\":%s", was_clean ? "true" : "false");
        end_json(screen, &line);
        return;
    }
    if (screen->is_quiet)
        return;
    gw_cli_text_printf(&line, "closed with %d", code);
    if (index < sizeof(close_meanings) / sizeof(*close_meanings) && close_meanings[index])
        gw_cli_text_printf(&line, " (%s)", close_meanings[index]);
    if (reason.len > 0) {
        gw_cli_text_puts(&line, ": ");
        gw_cli_text_add(&line, reason.ptr, reason.len);
    }
    note(screen, code == 1000 || code == 1005 ? GREEN : YELLOW, &line);
    gw_cli_text_dispose(&line);
}

void gw_cli_screen_preview(struct gw_cli_text *out, struct gw_slice data, bool is_binary)
{
    struct gw_slice shown = head_of(data, is_binary ? PREVIEW_BYTES / 3 : PREVIEW_BYTES, is_binary);

    gw_cli_text_number(out, data.len);
    gw_cli_text_puts(out, data.len == 1 ? " byte" : " bytes");
    if (data.len > 0)
        gw_cli_text_puts(out, ": ");
    if (!is_binary)
        gw_cli_escape_line(out, shown);
    for (size_t i = 0; is_binary && i < shown.len; i++)
        gw_cli_text_printf(out, "%s%02x", i ? " " : "", shown.ptr[i]);
    if (shown.len < data.len)
        gw_cli_text_puts(out, " ...");
}
