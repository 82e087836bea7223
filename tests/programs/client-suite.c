/* SPDX-License-Identifier: MIT */
/* The server that the official JavaScript client is tested against, for that client's own tests and
 * for tests/interop/client-suite.test.mjs: answers, dates, bytes, handshakes, refusals, recovery.
 *
 *     client-suite --port N
 *
 * It says "listening on N". The same app on the genuine packages stands beside the tests
 * (tests/interop/support/reference-client-suite.mjs). */
#include "program.h"

#include <godwit/godwit.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PING_INTERVAL_MS = 2000, HANDSHAKE_DELAY_MS = 10, PARAMETER_BYTES = 64 };

static gw_server *server;

/* ---- handshakes take their time ---- */

struct waiting {
    gw_timer *timer;
    gw_engine_next *next;
};

static void let_in(gw_timer *timer, void *user)
{
    struct waiting *waiting = user;

    gw_engine_next_ok(waiting->next);
    gw_timer_destroy(timer);
    free(waiting);
}

static void allow_later(gw_request *request, gw_engine_next *next, void *user)
{
    struct waiting *waiting = malloc(sizeof(*waiting));

    (void)request;
    (void)user;
    if (!waiting)
        abort();
    waiting->next = next;
    waiting->timer = gw_timer_create(gw_server_loop(server), let_in, waiting);
    gw_timer_start(waiting->timer, HANDSHAKE_DELAY_MS);
}

/* ---- who may join ---- */

static void use_main(gw_socket *socket, gw_next *next, void *user)
{
    char fail[PARAMETER_BYTES];

    (void)user;
    if (gw_socket_query(socket, "fail", fail, sizeof(fail)) > 0)
        gw_next_refuse(next, "Auth failed (main namespace)", NULL);
    else
        gw_next_ok(next);
}

static void use_no(gw_socket *socket, gw_next *next, void *user)
{
    (void)socket;
    (void)user;
    gw_next_refuse(next, "Auth failed (custom namespace)", NULL);
}

/* ---- events and answers ---- */

static void on_hi(gw_socket *socket, const gw_event *event, void *user)
{
    (void)event;
    (void)user;
    gw_emit(gw_only(socket), "hi", NULL);
}

static void on_echo(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)user;
    gw_ack_event(event, event);
}

static void on_answered(gw_socket *socket, const gw_event *answer, int err, void *user)
{
    double number;

    (void)user;
    if (err < 0 || gw_value_number(gw_event_arg(answer, 0), &number) < 0 || number != 5)
        return;
    if (gw_value_type(gw_value_member(gw_event_arg(answer, 1), "test")) == GW_VALUE_TRUE)
        gw_emit(gw_only(socket), "got it", NULL);
}

static void on_ack(gw_socket *socket, const gw_event *event, void *user)
{
    (void)event;
    (void)user;
    gw_emit_ack(socket, "ack", NULL, 0, on_answered, NULL);
}

static void on_get_id(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_ackf(event, "%s", gw_socket_id(socket));
}

static void on_false(gw_socket *socket, const gw_event *event, void *user)
{
    (void)event;
    (void)user;
    gw_emit(gw_only(socket), "false", "false");
}

static void on_get_utf8(gw_socket *socket, const gw_event *event, void *user)
{
    static const char *const texts[] = {"てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string",
                                        "utf8 — string"};

    (void)event;
    (void)user;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        gw_emitf(gw_only(socket), "takeUtf8", "%s", texts[i]);
}

/* ---- dates ---- */

static uint64_t unix_ms(void)
{
    struct timespec now;

    timespec_get(&now, TIME_UTC);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void on_get_ack_date(gw_socket *socket, const gw_event *event, void *user)
{
    gw_args args;

    (void)socket;
    (void)user;
    gw_args_init(&args);
    gw_args_date(&args, unix_ms());
    gw_ack_args(event, &args);
    gw_args_dispose(&args);
}

static void on_get_date(gw_socket *socket, const gw_event *event, void *user)
{
    gw_args args;

    (void)event;
    (void)user;
    gw_args_init(&args);
    gw_args_date(&args, unix_ms());
    gw_emit_args(gw_only(socket), "takeDate", &args);
    gw_args_dispose(&args);
}

static void on_get_date_obj(gw_socket *socket, const gw_event *event, void *user)
{
    gw_args args;

    (void)event;
    (void)user;
    gw_args_init(&args);
    gw_args_begin_object(&args);
    gw_args_key(&args, "date");
    gw_args_date(&args, unix_ms());
    gw_args_end_object(&args);
    gw_emit_args(gw_only(socket), "takeDateObj", &args);
    gw_args_dispose(&args);
}

/* ---- bytes ---- */

static void emit_bytes(gw_socket *socket, const char *event)
{
    gw_args args;

    gw_args_init(&args);
    gw_args_binary(&args, GW_LIT("asdfasdf"));
    gw_emit_args(gw_only(socket), event, &args);
    gw_args_dispose(&args);
}

static void on_doge(gw_socket *socket, const gw_event *event, void *user)
{
    (void)event;
    (void)user;
    emit_bytes(socket, "doge");
}

static void on_getbin(gw_socket *socket, const gw_event *event, void *user)
{
    (void)event;
    (void)user;
    emit_bytes(socket, "takebin");
}

/* user is the event that says so, if the argument is bytes. */
static void on_bytes(gw_socket *socket, const gw_event *event, void *user)
{
    if (gw_event_arg_attachment(event, 0).ptr)
        gw_emit(gw_only(socket), user, NULL);
}

/* The same for bytes between two texts. */
static void on_mixed(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_slice arg = gw_event_arg(event, 0);

    if (gw_value_equals(gw_value_member(arg, "hello"), "lol") &&
        gw_event_value_attachment(event, gw_value_member(arg, "message")).ptr &&
        gw_value_equals(gw_value_member(arg, "goodbye"), "gotcha"))
        gw_emit(gw_only(socket), user, NULL);
}

/* How far a socket has come with a row of events, counted in the pointer that it carries. */
static void advance(gw_socket *socket, uintptr_t from)
{
    if ((uintptr_t)gw_socket_user(socket) == from)
        gw_socket_set_user(socket, (void *)(from + 1));
}

static void on_row_bytes(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    if (gw_event_arg_attachment(event, 0).ptr)
        advance(socket, 0);
}

static void on_row_text(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    if (gw_value_equals(gw_event_arg(event, 0), "second"))
        advance(socket, 1);
}

static void on_abuff2(gw_socket *socket, const gw_event *event, void *user)
{
    (void)event;
    (void)user;
    if ((uintptr_t)gw_socket_user(socket) == 1)
        gw_emit(gw_only(socket), "abuff2-ack", NULL);
}

static void on_blob3(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    if (gw_event_arg_attachment(event, 0).ptr && (uintptr_t)gw_socket_user(socket) == 2)
        gw_emit(gw_only(socket), "blob3-ack", NULL);
}

/* ---- handshakes ---- */

static void on_get_handshake(gw_socket *socket, const gw_event *event, void *user)
{
    gw_args args;

    (void)user;
    gw_args_init(&args);
    gw_args_handshake(&args, socket);
    gw_ack_args(event, &args);
    gw_args_dispose(&args);
}

static void tell_handshake(gw_socket *socket, void *user)
{
    gw_args args;

    (void)user;
    gw_args_init(&args);
    gw_args_handshake(&args, socket);
    gw_emit_args(gw_only(socket), "handshake", &args);
    gw_args_dispose(&args);
}

/* ---- all together ---- */

static void serve(gw_io *io)
{
    static char buffack[] = "buffack", jsonbuff_ack[] = "jsonbuff-ack", back[] = "back",
                jsonblob_ack[] = "jsonblob-ack";
    static const struct {
        const char *event;
        gw_on_event_fn *fn;
        void *user;
    } handlers[] = {
        {"hi", on_hi, NULL},
        {"echo", on_echo, NULL},
        {"ack", on_ack, NULL},
        {"getAckDate", on_get_ack_date, NULL},
        {"getDate", on_get_date, NULL},
        {"getDateObj", on_get_date_obj, NULL},
        {"getUtf8", on_get_utf8, NULL},
        {"false", on_false, NULL},
        {"doge", on_doge, NULL},
        {"buffa", on_bytes, buffack},
        {"jsonbuff", on_mixed, jsonbuff_ack},
        {"abuff1", on_row_bytes, NULL},
        {"abuff2", on_abuff2, NULL},
        {"blob", on_bytes, back},
        {"jsonblob", on_mixed, jsonblob_ack},
        {"blob1", on_row_bytes, NULL},
        {"blob2", on_row_text, NULL},
        {"blob3", on_blob3, NULL},
        {"getbin", on_getbin, NULL},
        {"getHandshake", on_get_handshake, NULL},
        {"getId", on_get_id, NULL},
    };
    gw_namespace *nsp = gw_io_namespace(io);

    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
        gw_on(nsp, handlers[i].event, handlers[i].fn, handlers[i].user);
    gw_use(nsp, use_main, NULL);
    gw_on(gw_io_of(io, "/foo"), "getId", on_get_id, NULL);
    gw_io_of(io, "/timeout_socket");
    gw_io_of(io, "/valid");
    gw_io_of(io, "/asd");
    gw_on_connection(gw_io_of(io, "/abc"), tell_handshake, NULL);
    gw_use(gw_io_of(io, "/no"), use_no, NULL);
}

int main(int argc, char **argv)
{
    const struct gw_io_recovery recovery = {0};
    long wanted = argc == 3 && strcmp(argv[1], "--port") == 0 ? strtol(argv[2], NULL, 10) : -1;
    gw_io *io;

    if (wanted < 0 || wanted > UINT16_MAX) {
        fprintf(stderr, "usage: client-suite --port N\n");
        return 2;
    }
    server = gw_server_create(NULL);
    io = server ? gw_io_attach(server, &(struct gw_io_options){.ping_interval_ms = PING_INTERVAL_MS,
                                                               .allow_request = allow_later,
                                                               .recovery = &recovery})
                : NULL;
    if (!io)
        return 1;
    serve(io);
    return program_run(server, NULL, (uint16_t)wanted);
}
