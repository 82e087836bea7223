/* SPDX-License-Identifier: MIT */
#include "cli/session.h"
#include "cli/cli.h"
#include "cli/editor.h"
#include "cli/escape.h"
#include "cli/history.h"
#include "cli/input.h"
#include "cli/signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    /* More than this unsent, and no more is read from standard input. */
    HIGH_WATER_BYTES = 1 << 20,
};

enum source { SOURCE_EXECUTE, SOURCE_EDITOR, SOURCE_PIPE };

struct session {
    const struct gw_cli_session_args *args;
    struct gw_cli_screen *screen;
    gw_loop *loop;
    gw_ws *ws; /* NULL once it is closed */
    gw_timer *ping, *wait;
    enum source source;
    struct gw_cli_input input;
    struct gw_cli_editor *editor;
    int signals;
    bool is_open, has_ended_input, has_failed, has_told_error;
    bool is_given_up;    /* by a signal, before it was open: no need to tell who pressed Ctrl-C */
    bool is_behind;      /* pieces are held that were not sent yet */
    bool is_usage_error; /* the library did not like the URL or an option */
    uint16_t close_code;
    bool was_clean;
};

/* ---- saying things ---- */

/* The code is 1000; the answer comes, or the close timeout. */
static void close_normally(struct session *session)
{
    if (session->ws)
        gw_ws_close(session->ws, 1000, NULL);
}

static void fail(struct session *session)
{
    session->has_failed = true;
    close_normally(session);
}

static void say(struct session *session, struct gw_slice what)
{
    int err;

    if (!session->ws)
        return;
    if (session->args->is_binary)
        err = gw_ws_send_binary(session->ws, what);
    else
        err = gw_ws_send_text(session->ws, what);
    if (err < 0 && err != GW_E_CLOSED) {
        gw_cli_screen_complain(session->screen, "cannot send %zu bytes: %s", what.len,
                               gw_err_text(err));
        fail(session);
    }
}

/* Nothing more is to be said: what is left is to hear the answers. */
static void end_input(struct session *session)
{
    if (session->has_ended_input || !session->is_open)
        return;
    session->has_ended_input = true;
    if (session->source == SOURCE_EDITOR || session->args->wait_ms == 0)
        close_normally(session);
    else if (session->args->wait_ms != UINT64_MAX)
        gw_timer_start(session->wait, session->args->wait_ms);
}

static void say_pieces(struct session *session)
{
    struct gw_cli_input *input = &session->input;
    struct gw_slice piece;

    session->is_behind = false;
    while (session->ws && gw_ws_ready_state(session->ws) == GW_WS_OPEN) {
        session->is_behind = gw_ws_buffered_amount(session->ws) >= HIGH_WATER_BYTES;
        if (session->is_behind || !gw_cli_input_next(input, &piece))
            break;
        if (!session->args->is_binary && !gw_cli_utf8_is_valid(piece)) {
            gw_cli_screen_complain(session->screen,
                                   "standard input, line %llu: not UTF-8, which text messages "
                                   "must be; --binary sends bytes",
                                   (unsigned long long)input->line);
            fail(session);
            return;
        }
        say(session, piece);
    }
    if (input->is_too_long) {
        gw_cli_screen_complain(session->screen,
                               "standard input, line %llu: longer than %llu bytes; --max-message "
                               "allows more, --binary sends blocks",
                               (unsigned long long)input->line + 1,
                               (unsigned long long)input->max_line_bytes);
        fail(session);
    }
}

static void read_pipe(struct session *session)
{
    struct gw_cli_input *input = &session->input;

    if (!input->is_ended && !session->is_behind)
        gw_cli_input_read(input);
    say_pieces(session);
    if (input->read_errno) {
        gw_cli_screen_complain(session->screen, "cannot read standard input: %s",
                               strerror(input->read_errno));
        input->read_errno = 0;
        fail(session);
    }
}

/* ---- what happens to the connection ---- */

static void on_open(gw_ws *ws, void *user)
{
    struct session *session = user;
    const struct gw_cli_list *execute = session->args->execute;

    session->is_open = true;
    gw_cli_screen_open_event(session->screen, ws);
    if (session->args->ping_ms)
        gw_timer_start(session->ping, session->args->ping_ms);
    if (session->source == SOURCE_EXECUTE) {
        for (size_t i = 0; i < execute->count; i++)
            say(session, gw_slice_of(execute->items[i]));
        end_input(session);
    } else if (session->source == SOURCE_EDITOR) {
        gw_cli_screen_note(session->screen, "each line is a message; Ctrl-D closes the connection");
    }
}

static void on_message(gw_ws *ws, struct gw_slice data, bool is_binary, void *user)
{
    struct session *session = user;

    (void)ws;
    gw_cli_screen_message(session->screen, data, is_binary);
}

static void on_error(gw_ws *ws, const struct gw_ws_error *error, void *user)
{
    struct session *session = user;

    session->has_told_error = true;
    session->is_usage_error = error->step == GW_WS_STEP_ARGUMENT;
    if (!session->is_given_up)
        gw_cli_screen_error(session->screen, gw_ws_url(ws), error);
}

static void on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean, void *user)
{
    struct session *session = user;

    (void)ws;
    session->ws = NULL;
    session->close_code = code;
    session->was_clean = was_clean;
    gw_timer_stop(session->ping);
    gw_timer_stop(session->wait);
    gw_cli_editor_stop(session->editor);
    if (!session->is_given_up &&
        (session->screen->has_json || was_clean || !session->has_told_error))
        gw_cli_screen_close_event(session->screen, code, reason, was_clean);
}

static const struct gw_ws_handlers handlers = {
    .on_open = on_open,
    .on_message = on_message,
    .on_error = on_error,
    .on_close = on_close,
};

static void on_ping(gw_timer *timer, void *user)
{
    struct session *session = user;

    if (session->ws && gw_ws_ping(session->ws, (struct gw_slice){0}) == 0)
        gw_timer_start(timer, session->args->ping_ms);
}

static void on_waited(gw_timer *timer, void *user)
{
    (void)timer;
    close_normally(user);
}

/* ---- the turn ---- */

static void on_signal(struct session *session, int number)
{
    switch (number) {
    case SIGWINCH:
        gw_cli_editor_resize(session->editor);
        break;
    case SIGTSTP:
        gw_cli_editor_suspend(session->editor);
        break;
    case SIGCONT:
        break; /* after a SIGSTOP of ours the terminal is in order again */
    default:
        session->is_given_up = !session->is_open;
        close_normally(session);
    }
}

/* Who reads our output may have gone: then there is nobody to hear for. */
static void check_output(struct session *session)
{
    struct gw_cli_screen *screen = session->screen;

    if (!screen->has_failed || !session->ws || gw_ws_ready_state(session->ws) == GW_WS_CLOSING)
        return;
    if (screen->write_errno != EPIPE) {
        gw_cli_screen_complain(screen, "cannot write to standard output: %s",
                               strerror(screen->write_errno));
        session->has_failed = true;
    }
    close_normally(session);
}

static bool wants_input(const struct session *session)
{
    if (session->source == SOURCE_EDITOR)
        return gw_cli_editor_is_editing(session->editor);
    if (session->source == SOURCE_EXECUTE || !session->ws || !session->is_open)
        return false;
    return !session->has_ended_input && gw_ws_ready_state(session->ws) == GW_WS_OPEN &&
           gw_ws_buffered_amount(session->ws) < HIGH_WATER_BYTES;
}

/* Waits for one thing to happen and lets it. True: standard input has something, or has ended. */
static bool turn(struct session *session)
{
    bool has_input = wants_input(session);
    bool is_ready = has_input && session->source == SOURCE_PIPE &&
                    (session->input.is_ended || session->is_behind);
    struct pollfd fds[] = {
        {.fd = gw_loop_fd(session->loop), .events = POLLIN},
        {.fd = session->signals, .events = POLLIN},
        {.fd = STDOUT_FILENO}, /* POLLERR: nobody reads it */
        {.fd = has_input && !is_ready ? STDIN_FILENO : -1, .events = POLLIN},
    };
    int number;

    if (session->screen->has_failed)
        fds[2].fd = -1;
    if (poll(fds, sizeof(fds) / sizeof(*fds), is_ready ? 0 : -1) < 0 && errno != EINTR) {
        session->has_failed = true;
        gw_ws_terminate(session->ws);
    }
    while ((number = gw_cli_signals_next()) != 0)
        on_signal(session, number);
    if (fds[2].revents & POLLERR && !isatty(STDOUT_FILENO)) {
        session->screen->has_failed = true;
        session->screen->write_errno = EPIPE;
    }
    gw_loop_step(session->loop, 0);
    check_output(session);
    return is_ready || fds[3].revents != 0;
}

static bool editor_turn(void *user)
{
    return turn(user);
}

static void run_editor(struct session *session)
{
    const char *line;

    while (session->ws && !session->is_open)
        turn(session);
    while (session->ws && (line = gw_cli_editor_line(session->editor)) != NULL) {
        if (*line)
            say(session, gw_slice_of(line));
    }
    end_input(session);
}

static void run(struct session *session)
{
    if (session->source == SOURCE_EDITOR)
        run_editor(session);
    while (session->ws) {
        bool has_input = turn(session);

        if (session->source != SOURCE_PIPE || !has_input || !session->ws)
            continue;
        read_pipe(session);
        if (session->input.is_ended && !session->is_behind)
            end_input(session);
    }
}

/* ---- beginning and end ---- */

static void open_source(struct session *session)
{
    char *history;

    if (session->args->execute->count > 0) {
        session->source = SOURCE_EXECUTE;
        return;
    }
    session->source = SOURCE_PIPE;
    session->input = (struct gw_cli_input){
        .fd = STDIN_FILENO,
        .has_lines = !session->args->is_binary || isatty(STDIN_FILENO),
        .max_line_bytes = session->args->max_line_bytes,
    };
    if (!gw_cli_screen_can_edit())
        return;
    history = gw_cli_history_path("connect_history");
    session->editor =
        gw_cli_editor_create(gw_cli_screen_prompt(session->screen), history, editor_turn, session);
    free(history);
    if (!session->editor)
        return; /* lines as the terminal gives them */
    session->source = SOURCE_EDITOR;
    session->screen->editor = session->editor;
}

static int exit_status(const struct session *session)
{
    if (session->is_usage_error)
        return GW_CLI_USAGE;
    if (session->has_failed || !session->was_clean)
        return GW_CLI_FAILED;
    return session->close_code == 1000 || session->close_code == 1005 ? GW_CLI_OK : GW_CLI_CLOSED;
}

int gw_cli_session_run(const struct gw_cli_session_args *args)
{
    struct session session = {.args = args, .screen = args->screen};
    int status = GW_CLI_FAILED;

    session.loop = gw_loop_create();
    session.ping = session.loop ? gw_timer_create(session.loop, on_ping, &session) : NULL;
    session.wait = session.loop ? gw_timer_create(session.loop, on_waited, &session) : NULL;
    session.signals = gw_cli_signals_open();
    open_source(&session);
    if (session.ping && session.wait && session.signals >= 0 && gw_loop_fd(session.loop) >= 0)
        session.ws = gw_ws_connect(session.loop, args->client->url, &args->client->options,
                                   &handlers, &session);
    if (session.ws) {
        run(&session);
        status = exit_status(&session);
    } else {
        gw_cli_screen_complain(args->screen, "out of memory or descriptors");
    }
    args->screen->editor = NULL;
    gw_cli_editor_destroy(session.editor);
    gw_cli_input_dispose(&session.input);
    gw_timer_destroy(session.wait);
    gw_timer_destroy(session.ping);
    gw_loop_destroy(session.loop);
    return status;
}
