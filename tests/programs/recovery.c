/* SPDX-License-Identifier: MIT */
/* Connection state recovery, causes and reasons of disconnects, and backpressure, for tests from
 * outside: recovery [port]. It says "listening on N". The part that the genuine server has too stands beside the
 * tests (tests/interop/support/reference-recovery.mjs). */
#include "program.h"

#include <godwit/godwit.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_AWAY_MS = 2000, MAX_PACKETS = 20, THRESHOLD_BYTES = 100000, CHUNK_BYTES = 50000 };

static gw_namespace *nsp;
static enum gw_cause last_cause;
static char last_detail[100];

static void on_who(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_slice data = gw_socket_data(socket);
    gw_args args;

    (void)user;
    gw_args_init(&args);
    gw_args_string(&args, gw_socket_id(socket));
    gw_args_bool(&args, gw_socket_is_recovered(socket));
    gw_args_bool(&args, gw_socket_is_in(socket, "room"));
    gw_args_json_slice(&args, data);
    gw_args_int(&args, gw_socket_recovery(socket));
    gw_args_uint(&args, gw_socket_recovery_gap(socket));
    gw_ack_args(event, &args);
    gw_args_dispose(&args);
}

static void on_settle(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_socket_join(socket, "room");
    gw_socket_set_data(socket, "{\"name\":\"Ada\"}");
    gw_ack(event, NULL);
}

static void on_all(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_emit_event(gw_everyone(gw_socket_namespace(socket)), "all", event);
    gw_ack(event, NULL);
}

static void on_room(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_target everyone = gw_everyone(gw_socket_namespace(socket));

    (void)user;
    gw_emit_event(gw_to(everyone, "room"), "room", event);
    gw_emit_event(gw_except(everyone, "room"), "not room", event);
    gw_emit_event(gw_volatile(everyone), "volatile", event);
    gw_ack(event, NULL);
}

static void on_leave_me(gw_socket *socket, const gw_event *event, void *user)
{
    (void)event;
    (void)user;
    gw_socket_disconnect_because(socket, GW_NAMESPACE_ONLY, "the token is too old");
}

/* Many long messages to the room, in the way that the first argument names. */
static void on_flood(gw_socket *socket, const gw_event *event, void *user)
{
    static char text[CHUNK_BYTES];
    struct gw_target room = gw_to(gw_everyone(nsp), "room");
    double policy = 0, count = 0;

    (void)socket;
    (void)user;
    memset(text, 'x', sizeof(text) - 1);
    gw_event_number(event, 0, &policy);
    gw_event_number(event, 1, &count);
    for (int i = 0; i < (int)count; i++)
        gw_emitf(gw_pressure(room, (enum gw_pressure)policy), "flood", "%d,%s", i, text);
    gw_ack(event, NULL);
}

static void on_pressure(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_pressure_stats stats = gw_io_pressure_stats(gw_namespace_io(nsp));
    gw_args args;

    (void)socket;
    (void)user;
    gw_args_init(&args);
    gw_args_uint(&args, stats.dropped_newest);
    gw_args_uint(&args, stats.dropped_oldest);
    gw_args_uint(&args, stats.replaced);
    gw_args_uint(&args, stats.closed);
    gw_args_uint(&args, stats.held);
    gw_ack_args(event, &args);
    gw_args_dispose(&args);
}

static void on_cause(gw_socket *socket, const gw_event *event, void *user)
{
    const char *option = gw_cause_option(last_cause);

    (void)socket;
    (void)user;
    gw_ackf(event, "%s,%s,%s,%s", gw_cause_name(last_cause),
            gw_side_text(gw_cause_side(last_cause)), option ? option : "", last_detail);
}

static void on_disconnect(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    (void)reason;
    (void)user;
    last_cause = gw_socket_cause(socket);
    snprintf(last_detail, sizeof(last_detail), "%s", detail ? detail : "");
}

static void serve(gw_namespace *one)
{
    static const struct {
        const char *event;
        gw_on_event_fn *fn;
    } handlers[] = {
        {"who", on_who},           {"settle", on_settle}, {"all", on_all},
        {"room", on_room},         {"flood", on_flood},   {"pressure", on_pressure},
        {"leave me", on_leave_me}, {"cause", on_cause},
    };

    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
        gw_on(one, handlers[i].event, handlers[i].fn, NULL);
    gw_on_disconnect(one, on_disconnect, NULL);
    gw_namespace_set_pressure(one, GW_PRESSURE_DEFAULT, THRESHOLD_BYTES);
}

int main(int argc, char **argv)
{
    uint16_t port = argc > 1 ? (uint16_t)strtoul(argv[1], NULL, 10) : 0;
    const struct gw_io_recovery recovery = {.max_disconnection_duration_ms = MAX_AWAY_MS,
                                            .max_kept_packets = MAX_PACKETS};
    gw_server *server = gw_server_create(NULL);
    gw_io *io =
        server ? gw_io_attach(server, &(struct gw_io_options){.recovery = &recovery}) : NULL;

    if (!io)
        return 1;
    nsp = gw_io_namespace(io);
    serve(nsp);
    serve(gw_io_of(io, "/side"));
    return program_run(server, "127.0.0.1", port);
}
