/* SPDX-License-Identifier: MIT */
/* All ways to emit, for tests from outside: by builder and by format, questions to one and to many,
 * answers with binary, flags. It says "listening on N". `emit msgpack` speaks with clients that have
 * the msgpack parser. */
#include "program.h"

#include <godwit/godwit.h>
#include <stdio.h>

static gw_server *server;

/* Passes an event on as it came, and answers with it. */
static void on_echo(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_emit_event(gw_only(socket), "echo", event);
    gw_ack_event(event, event);
}

static void on_built(gw_socket *socket, const gw_event *event, void *user)
{
    gw_args args;

    (void)user;
    (void)event;
    gw_args_init(&args);
    gw_args_string(&args, "text \"quoted\" \x01 \xc3\xa4");
    gw_args_string(&args, "bad \xff");
    gw_args_number(&args, 0.1);
    gw_args_int(&args, -7);
    gw_args_uint(&args, 9007199254740991U);
    gw_args_bool(&args, true);
    gw_args_null(&args);
    gw_args_begin_object(&args);
    gw_args_key(&args, "list");
    gw_args_begin_array(&args);
    gw_args_binary(&args, GW_LIT("\x01\x02"));
    gw_args_json(&args, "{\"a\":[1]}");
    gw_args_end_array(&args);
    gw_args_key(&args, "bytes");
    gw_args_binary(&args, GW_LIT("\x03"));
    gw_args_end_object(&args);
    gw_emit_args(gw_only(socket), "built", &args);
    gw_emit_args(gw_compress(gw_local(gw_everyone(gw_socket_namespace(socket))), false),
                 "built all", &args);
    gw_args_dispose(&args);
}

/* format(text, number): the text is put into two places. */
static void on_format(gw_socket *socket, const gw_event *event, void *user)
{
    char text[64];
    double number;

    (void)user;
    if (gw_event_string(event, 0, text, sizeof(text)) < 0 || gw_event_number(event, 1, &number) < 0)
        return;
    gw_emitf(gw_only(socket), "format", "%s,{'said':'<%s>','n':%g,'ok':%b},%.*s,%d", text, text,
             number, number > 0, 2, "abc", -1);
    gw_send(gw_only(socket), "\"sent\"");
    gw_ackf(event, "'%s!'", text);
}

/* The answers, as gw_emit_ack_all gives them, to who asked for them. */
static void on_answers(gw_namespace *nsp, const gw_answers *answers, int err, void *user)
{
    gw_socket *socket = gw_socket_find(nsp, user);
    gw_args args;

    gw_args_init(&args);
    gw_args_string(&args, err ? gw_err_name(err) : NULL);
    gw_args_begin_array(&args);
    for (size_t i = 0; i < gw_answers_count(answers); i++) {
        const gw_event *answer = gw_answers_at(answers, i);
        struct gw_slice bytes = gw_event_arg_attachment(answer, 0);

        if (bytes.ptr)
            gw_args_binary(&args, bytes);
        else
            gw_args_json_slice(&args, gw_event_arg(answer, 0));
    }
    gw_args_end_array(&args);
    gw_args_begin_array(&args);
    for (size_t i = 0; i < gw_answers_missing_count(answers); i++)
        gw_args_string(&args, gw_answers_missing_id(answers, i));
    gw_args_end_array(&args);
    if (socket)
        gw_emit_args(gw_only(socket), "answers", &args);
    gw_args_dispose(&args);
}

static char asker[GW_SOCKET_ID_LEN + 1];

/* survey(room, ms): asks the room; "" is everyone. */
static void on_survey(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_target target = gw_everyone(gw_socket_namespace(socket));
    char room[32];
    double timeout_ms;
    int asked;

    (void)user;
    if (gw_event_string(event, 0, room, sizeof(room)) < 0 ||
        gw_event_number(event, 1, &timeout_ms) < 0)
        return;
    memcpy(asker, gw_socket_id(socket), sizeof(asker));
    asked = gw_emit_ack_all(room[0] ? gw_to(target, room) : target, "question", "\"why?\"",
                            (uint64_t)timeout_ms, on_answers, asker);
    gw_ackf(event, "%d", asked);
}

static void on_join(gw_socket *socket, const gw_event *event, void *user)
{
    char room[32];

    (void)user;
    if (gw_event_string(event, 0, room, sizeof(room)) >= 0)
        gw_socket_join(socket, room);
    gw_ack(event, NULL);
}

static void on_answer(gw_socket *socket, const gw_event *answer, int err, void *user)
{
    (void)user;
    if (answer)
        gw_emit_event(gw_only(socket), "answer", answer);
    else
        gw_emitf(gw_only(socket), "answer", "%s", gw_err_name(err));
}

/* Asks the client with bytes, for 100 ms. */
static void on_ask_me(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_slice bytes = GW_LIT("\x05\x06");

    (void)user;
    (void)event;
    gw_emit_ack_binary(socket, "question", "{\"_placeholder\":true,\"num\":0}", &bytes, 1, 100,
                       on_answer, NULL);
}

static void answer_later(gw_timer *timer, void *user)
{
    struct gw_slice bytes = GW_LIT("\x07");

    gw_pending_ack_answer_binary(user, "\"late\",{\"_placeholder\":true,\"num\":0}", &bytes, 1);
    gw_timer_destroy(timer);
}

static void on_later(gw_socket *socket, const gw_event *event, void *user)
{
    gw_timer *timer;
    gw_pending_ack *ack = gw_event_ack_take(event);

    (void)socket;
    (void)user;
    if (!ack)
        return;
    timer = gw_timer_create(gw_server_loop(server), answer_later, ack);
    if (timer)
        gw_timer_start(timer, 20);
    else
        gw_pending_ack_drop(ack);
}

/* What came as auth.key, back as bytes. */
static void on_auth(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_slice auth = gw_socket_handshake(socket).auth;
    struct gw_slice key = gw_socket_auth_bytes(socket, gw_value_member(auth, "key"));

    (void)user;
    gw_ack_binary(event, "{\"_placeholder\":true,\"num\":0}", &key, 1);
}

/* burst(n): numbers by every way there is, in order. */
static void on_burst(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_target all = gw_everyone(gw_socket_namespace(socket));
    struct gw_slice bytes = GW_LIT("x");
    double count;

    (void)user;
    if (gw_event_number(event, 0, &count) < 0)
        return;
    for (int i = 0; i < (int)count; i += 4) {
        gw_emitf(gw_only(socket), "n", "%d", i);
        gw_emitf(all, "n", "%d", i + 1);
        gw_emitf(gw_to(all, gw_socket_id(socket)), "n", "%d", i + 2);
        gw_emit_binary(gw_compress(gw_only(socket), false), "bytes",
                       "{\"_placeholder\":true,\"num\":0}", &bytes, 1);
        gw_emitf(gw_compress(gw_only(socket), false), "n", "%d", i + 3);
    }
}

int main(int argc, char **argv)
{
    struct gw_io_options options = {.parser = argc > 1 && strcmp(argv[1], "msgpack") == 0
                                                  ? GW_PARSER_MSGPACK
                                                  : GW_PARSER_DEFAULT};
    gw_namespace *nsp;
    gw_io *io;

    server = gw_server_create(NULL);
    io = server ? gw_io_attach(server, &options) : NULL;
    if (!io)
        return 1;
    nsp = gw_io_namespace(io);
    gw_io_of(io, "/chat");
    gw_on(gw_io_of(io, "/chat"), "echo", on_echo, NULL);
    gw_on(nsp, "echo", on_echo, NULL);
    gw_on(nsp, "built", on_built, NULL);
    gw_on(nsp, "format", on_format, NULL);
    gw_on(nsp, "survey", on_survey, NULL);
    gw_on(nsp, "join", on_join, NULL);
    gw_on(nsp, "ask me", on_ask_me, NULL);
    gw_on(nsp, "later", on_later, NULL);
    gw_on(nsp, "burst", on_burst, NULL);
    gw_on(nsp, "auth", on_auth, NULL);
    return program_run(server, "127.0.0.1", 0);
}
