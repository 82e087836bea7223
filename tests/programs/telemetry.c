/* SPDX-License-Identifier: MIT */
/* A namespace for each policy of pressure.h, and numbers of what became of clients that do not read, for tests from outside.
 * It says "listening on N". Commands come to the main namespace, which has no policy. */
#include "program.h"

#include <stdlib.h>

enum { THRESHOLD_BYTES = 100000, MAX_QUEUED_BYTES = 4000000, SAMPLE_BYTES = 20000 };

static const struct {
    const char *name;
    enum gw_pressure policy;
} wards[] = {
    {"/wait", GW_PRESSURE_WAIT},          {"/newest", GW_PRESSURE_DROP_NEWEST},
    {"/oldest", GW_PRESSURE_DROP_OLDEST}, {"/latest", GW_PRESSURE_KEEP_LATEST},
    {"/close", GW_PRESSURE_CLOSE},
};

enum { WARDS = sizeof(wards) / sizeof(wards[0]) };

static gw_io *io;
static enum gw_cause last_cause[WARDS];
static enum gw_reason last_reason[WARDS];

static size_t ward_of(const char *name)
{
    for (size_t i = 0; i < WARDS; i++)
        if (strcmp(wards[i].name, name) == 0)
            return i;
    return 0;
}

static gw_namespace *asked_for(const gw_event *event)
{
    char name[20] = "";

    gw_event_string(event, 0, name, sizeof(name));
    return gw_io_of(io, wards[ward_of(name)].name);
}

static double number(const gw_event *event, size_t index)
{
    double value = 0;

    gw_event_number(event, index, &value);
    return value;
}

/* ("/newest", first, count): samples with their numbers, of two sensors by turns. Answers how many sends they were. */
static void on_sample(gw_socket *socket, const gw_event *event, void *user)
{
    static const char *const sensors[] = {"wind", "rain"};
    static char text[SAMPLE_BYTES];
    gw_namespace *nsp = asked_for(event);
    int first = (int)number(event, 1), end = first + (int)number(event, 2), sent = 0;

    (void)socket;
    (void)user;
    memset(text, 'x', sizeof(text) - 1);
    for (int i = first; i < end; i++)
        sent += gw_emitf(gw_everyone(nsp), sensors[i % 2], "%d,%s", i, text);
    gw_ackf(event, "%d", sent);
}

/* ("/newest", first, count): the same with the bytes beside the packet, and in /latest with the sensor as the key. */
static void on_picture(gw_socket *socket, const gw_event *event, void *user)
{
    static uint8_t bytes[SAMPLE_BYTES];
    gw_namespace *nsp = asked_for(event);
    struct gw_target all = gw_everyone(nsp);
    int first = (int)number(event, 1), end = first + (int)number(event, 2);
    gw_args args;

    (void)socket;
    (void)user;
    gw_args_init(&args);
    for (int i = first; i < end; i++) {
        gw_args_reset(&args);
        gw_args_int(&args, i);
        gw_args_binary(&args, (struct gw_slice){bytes, sizeof(bytes)});
        gw_emit_args(nsp == gw_io_find(io, "/latest") ? gw_latest(all, i % 2 ? "north" : "south")
                                                      : all,
                     "picture", &args);
    }
    gw_args_dispose(&args);
    gw_ack(event, NULL);
}

static void on_answers(gw_namespace *nsp, const gw_answers *answers, int err, void *user)
{
    (void)err;
    gw_pending_ack *ack = user;
    char text[32];

    (void)nsp;
    snprintf(text, sizeof(text), "%zu", gw_answers_count(answers));
    gw_pending_ack_answer(ack, text);
}

/* ("/newest"): asks all who are there; the answer is how many have answered. */
static void on_poll(gw_socket *socket, const gw_event *event, void *user)
{
    gw_pending_ack *ack = gw_event_ack_take(event);

    (void)socket;
    (void)user;
    if (ack &&
        gw_emit_ack_all(gw_everyone(asked_for(event)), "alive?", NULL, 60000, on_answers, ack) < 0)
        gw_pending_ack_answer(ack, "-1");
}

static void put_stats(gw_args *args, struct gw_pressure_stats stats)
{
    gw_args_format(
        args, "{'newest':%ju,'oldest':%ju,'replaced':%ju,'closed':%ju,'held':%ju,'bytes':%ju}",
        (uintmax_t)stats.dropped_newest, (uintmax_t)stats.dropped_oldest, (uintmax_t)stats.replaced,
        (uintmax_t)stats.closed, (uintmax_t)stats.held, (uintmax_t)stats.held_bytes);
}

static void add_one(gw_socket *socket, void *user)
{
    gw_session *session = gw_socket_session(socket);

    gw_args_begin_array(user);
    gw_args_string(user, gw_socket_id(socket));
    put_stats(user, gw_socket_pressure_stats(socket));
    gw_args_uint(user, session ? gw_session_queued_bytes(session) : 0);
    gw_args_end_array(user);
}

/* ("/newest"): of the server; then [id, of the socket, bytes that wait] for each socket there. */
static void on_stats(gw_socket *socket, const gw_event *event, void *user)
{
    gw_args args;

    (void)socket;
    (void)user;
    gw_args_init(&args);
    put_stats(&args, gw_io_pressure_stats(io));
    gw_args_begin_array(&args);
    gw_each(gw_everyone(asked_for(event)), add_one, &args);
    gw_args_end_array(&args);
    gw_ack_args(event, &args);
    gw_args_dispose(&args);
}

/* ("/newest"): reason and cause of the last end there. */
static void on_end_of(gw_socket *socket, const gw_event *event, void *user)
{
    char name[20] = "";

    (void)socket;
    (void)user;
    gw_event_string(event, 0, name, sizeof(name));
    gw_ackf(event, "%s,%s", gw_reason_text(last_reason[ward_of(name)]),
            gw_cause_name(last_cause[ward_of(name)]));
}

static void on_disconnect(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    size_t ward = ward_of(gw_namespace_name(gw_socket_namespace(socket)));

    (void)detail;
    (void)user;
    last_reason[ward] = reason;
    last_cause[ward] = gw_socket_cause(socket);
}

int main(void)
{
    gw_server *server = gw_server_create(NULL);
    const struct gw_io_options options = {.max_queued_bytes = MAX_QUEUED_BYTES};

    io = server ? gw_io_attach(server, &options) : NULL;
    if (!io)
        return 1;
    for (size_t i = 0; i < WARDS; i++) {
        gw_namespace *nsp = gw_io_of(io, wards[i].name);

        gw_namespace_set_pressure(nsp, wards[i].policy, THRESHOLD_BYTES);
        gw_on_disconnect(nsp, on_disconnect, NULL);
    }
    gw_on(gw_io_namespace(io), "sample", on_sample, NULL);
    gw_on(gw_io_namespace(io), "picture", on_picture, NULL);
    gw_on(gw_io_namespace(io), "poll", on_poll, NULL);
    gw_on(gw_io_namespace(io), "stats", on_stats, NULL);
    gw_on(gw_io_namespace(io), "end of", on_end_of, NULL);
    return program_run(server, "127.0.0.1", 0);
}
