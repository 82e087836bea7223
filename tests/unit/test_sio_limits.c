/* SPDX-License-Identifier: MIT */
#include "sio/limits.h"

#include "sio/recovery.h"
#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct app {
    struct fixture fx;
    struct client *client;
    gw_socket *socket;
};

static void on_connection(gw_socket *socket, void *user)
{
    ((struct app *)user)->socket = socket;
}

static void on_disconnect(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    struct app *app = user;

    (void)reason;
    trace(&app->fx, "%s %s %s|", gw_cause_name(gw_socket_cause(socket)),
          gw_cause_option(gw_socket_cause(socket)), detail);
}

static void ignore_answer(gw_socket *socket, const gw_event *answer, int err, void *user)
{
    (void)socket;
    (void)answer;
    (void)err;
    (void)user;
}

static void app_open(struct app *app, const struct gw_io_options *options)
{
    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, options);
    assert_int_equal(gw_on_connection(app->fx.nsp, on_connection, app), 0);
    assert_int_equal(gw_on_disconnect(app->fx.nsp, on_disconnect, app), 0);
    app->client = client_open(&app->fx);
    say(app->client, "40");
}

static void app_close(struct app *app)
{
    client_free(app->client);
    fixture_close(&app->fx);
}

/* The limit was reached `times` in all, the last time like that; no other was. */
static void expect(const struct app *app, enum gw_sio_limit limit, uint64_t times, uint64_t value,
                   uint64_t max)
{
    const struct gw_sio_limit_hit *last = &app->fx.last_limit;

    for (int i = 0; i < GW_SIO_LIMITS; i++)
        assert_int_equal(app->fx.io->counts.limits[i], i == (int)limit ? times : 0);
    if (times == 0)
        return;
    assert_int_equal(last->limit, limit);
    assert_int_equal(last->value, value);
    assert_int_equal(last->max, max);
}

static void rooms(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_rooms = 2});
    assert_int_equal(gw_socket_join(app.socket, "a"), 0);
    assert_int_equal(gw_socket_join(app.socket, "b"), 0);
    assert_int_equal(gw_socket_join(app.socket, "b"), 0);
    assert_int_equal(gw_socket_join(app.socket, gw_socket_id(app.socket)), 0);
    expect(&app, GW_SIO_LIMIT_ROOMS, 0, 0, 0);
    assert_int_equal(gw_socket_join(app.socket, "c"), GW_E_LIMIT);
    assert_int_equal(gw_sockets_join(gw_everyone(app.fx.nsp), "c"), 1);
    expect(&app, GW_SIO_LIMIT_ROOMS, 2, 3, 2);
    assert_ptr_equal(app.fx.last_limit.socket, app.socket);
    assert_ptr_equal(app.fx.last_limit.nsp, app.fx.nsp);
    app_close(&app);
}

static void names_of_rooms(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_room_bytes = 3});
    assert_int_equal(gw_socket_join(app.socket, "abc"), 0);
    assert_int_equal(gw_socket_join(app.socket, "abcd"), GW_E_LIMIT);
    expect(&app, GW_SIO_LIMIT_ROOM_BYTES, 1, 4, 3);
    app_close(&app);
}

static void keep_ack(gw_socket *socket, const gw_event *event, void *user)
{
    gw_pending_ack **kept = user;
    gw_pending_ack *ack = gw_event_ack_take(event);

    (void)socket;
    if (ack)
        *kept = ack;
}

static void acks_in_both_directions(void **state)
{
    struct app app;
    gw_pending_ack *kept = NULL;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_pending_acks = 1});
    assert_int_equal(gw_on(app.fx.nsp, "q", keep_ack, &kept), 0);
    assert_int_equal(gw_emit_ack(app.socket, "q", NULL, 0, ignore_answer, NULL), 0);
    assert_int_equal(gw_emit_ack(app.socket, "q", NULL, 0, ignore_answer, NULL), GW_E_LIMIT);
    expect(&app, GW_SIO_LIMIT_PENDING_ACKS, 1, 2, 1);
    say(app.client, "421[\"q\"]");
    expect(&app, GW_SIO_LIMIT_PENDING_ACKS, 1, 2, 1);
    say(app.client, "422[\"q\"]");
    expect(&app, GW_SIO_LIMIT_PENDING_ACKS, 2, 2, 1);
    assert_int_equal(gw_pending_ack_answer(kept, NULL), 0);
    app_close(&app);
}

static void namespaces_of_a_connection(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_namespaces = 2});
    gw_io_of(app.fx.io, "/b");
    gw_io_of(app.fx.io, "/c");
    assert_non_null(gw_io_of_pattern(app.fx.io, "^/d"));
    say(app.client, "40/b,");
    expect(&app, GW_SIO_LIMIT_NAMESPACES, 0, 0, 0);
    say(app.client, "40/c,");
    say(app.client, "40/d,");
    expect(&app, GW_SIO_LIMIT_NAMESPACES, 2, 3, 2);
    assert_null(app.fx.last_limit.socket);
    assert_non_null(strstr(app.client->out, "44/d,{\"message\":\"Too many namespaces\"}|"));
    app_close(&app);
}

static void namespaces_that_clients_make(void **state)
{
    struct app app;
    gw_namespace *parent;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_child_namespaces = 1});
    parent = gw_io_of_pattern(app.fx.io, "^/d");
    say(app.client, "40/d1,");
    say(app.client, "40/d2,");
    expect(&app, GW_SIO_LIMIT_CHILD_NAMESPACES, 1, 2, 1);
    assert_ptr_equal(app.fx.last_limit.nsp, parent);
    app_close(&app);
}

static void names_of_namespaces(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_namespace_bytes = 3});
    assert_non_null(gw_io_of_pattern(app.fx.io, "^/d"));
    say(app.client, "40/dd,");
    say(app.client, "40/ddd,");
    expect(&app, GW_SIO_LIMIT_NAMESPACE_BYTES, 1, 4, 3);
    app_close(&app);
}

static void attachments_end_the_connection(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_attachments = 2});
    say(app.client, "453-[\"e\"]");
    turn(&app.fx);
    expect(&app, GW_SIO_LIMIT_ATTACHMENTS, 1, 3, 2);
    assert_string_equal(app.fx.trace, "too_many_attachments max_attachments too many attachments|");
    app_close(&app);
}

static void a_broken_count_is_no_limit(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_attachments = 2});
    say(app.client, "452[\"e\"]");
    turn(&app.fx);
    expect(&app, GW_SIO_LIMIT_ATTACHMENTS, 0, 0, 0);
    assert_string_equal(app.fx.trace, "bad_packet (null) illegal attachments|");
    app_close(&app);
}

static void bytes_of_a_packet_end_the_connection(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_packet_bytes = 46});
    say(app.client, "451-[\"e\",{\"_placeholder\":true,\"num\":0}]"); /* 38 without the 4 */
    say_bytes(app.client, "123456789");
    turn(&app.fx);
    expect(&app, GW_SIO_LIMIT_PACKET_BYTES, 1, 47, 46);
    assert_string_equal(app.fx.trace, "packet_too_long max_packet_bytes attachments too long|");
    app_close(&app);
}

static void come_back(struct app *app, const char *pid)
{
    char text[64];

    snprintf(text, sizeof(text), "40{\"pid\":\"%.20s\"}", pid);
    client_free(app->client);
    app->client = client_open(&app->fx);
    say(app->client, text);
}

static void remember_pid(const struct app *app, char pid[GW_SOCKET_ID_LEN + 1])
{
    const char *at = strstr(app->client->out, "\"pid\":\"");

    assert_non_null(at);
    memcpy(pid, at + 7, GW_SOCKET_ID_LEN);
    pid[GW_SOCKET_ID_LEN] = '\0';
}

/* Emits three events to one who is away, and lets it come back. */
static void miss_three(const struct gw_io_recovery *recovery, enum gw_sio_limit limit,
                       uint64_t value, uint64_t max)
{
    const struct gw_io_options options = {.recovery = recovery};
    char pid[GW_SOCKET_ID_LEN + 1];
    struct app app;

    app_open(&app, &options);
    remember_pid(&app, pid);
    hang_up(app.client);
    for (int i = 0; i < 3; i++)
        gw_emit(gw_everyone(app.fx.nsp), "e", "\"0123456789\"");
    expect(&app, limit, 0, 0, 0);
    come_back(&app, pid);
    if (value == 0) /* how long a kept packet is, is nobody's business here */
        value = app.fx.last_limit.value;
    expect(&app, limit, 1, value, max);
    assert_true(value > max);
    assert_int_equal(gw_socket_recovery(app.socket), GW_RECOVERY_GAP);
    app_close(&app);
}

static void packets_kept_for_those_who_come_back(void **state)
{
    (void)state;
    miss_three(&(struct gw_io_recovery){.max_kept_packets = 2}, GW_SIO_LIMIT_KEPT_PACKETS, 3, 2);
    miss_three(&(struct gw_io_recovery){.max_kept_bytes = 300}, GW_SIO_LIMIT_KEPT_BYTES, 0, 300);
}

static void clients_that_may_come_back(void **state)
{
    const struct gw_io_recovery recovery = {.max_away = 1};
    const struct gw_io_options options = {.recovery = &recovery};
    struct client *other;
    struct app app;

    (void)state;
    app_open(&app, &options);
    other = client_open(&app.fx);
    say(other, "40");
    hang_up(other);
    expect(&app, GW_SIO_LIMIT_AWAY, 0, 0, 0);
    hang_up(app.client);
    expect(&app, GW_SIO_LIMIT_AWAY, 1, 2, 1);
    client_free(other);
    app_close(&app);
}

static void what_one_socket_leaves_behind(void **state)
{
    const struct gw_io_recovery recovery = {.max_socket_bytes = 20};
    const struct gw_io_options options = {.recovery = &recovery};
    struct app app;

    (void)state;
    app_open(&app, &options);
    assert_int_equal(gw_socket_join(app.socket, "a room of many letters"), 0);
    hang_up(app.client);
    expect(&app, GW_SIO_LIMIT_SOCKET_BYTES, 1, 4 + 2 + 4 + 22, 20);
    app_close(&app);
}

/* Clients join at once, so who has not for longest is ended for the one that comes. */
static void sessions_that_have_joined_nothing(void **state)
{
    struct app app;
    struct client *silent[2], *polling, *good;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_joining_sessions = 2});
    polling = client_open_on(&app.fx, &client_polling_ops);
    polling->is_writable = false; /* no poll waits, so nothing can be said */
    silent[0] = client_open(&app.fx);
    expect(&app, GW_SIO_LIMIT_JOINING_SESSIONS, 0, 0, 0);
    silent[1] = client_open(&app.fx);
    expect(&app, GW_SIO_LIMIT_JOINING_SESSIONS, 1, 3, 2);
    assert_int_equal(polling->session->state, GW_EIO_SESSION_CLOSED);
    assert_int_equal(polling->session->cause, GW_CAUSE_CROWDED_OUT);
    good = client_open(&app.fx);
    assert_string_equal(silent[0]->out, "close|");
    say(good, "40");
    assert_int_equal(app.fx.io->joining_count, 1);
    client_free(client_open(&app.fx));
    expect(&app, GW_SIO_LIMIT_JOINING_SESSIONS, 2, 3, 2);
    assert_int_equal(app.fx.io->joining_count, 1);
    assert_string_equal(silent[1]->out, "");
    assert_true(gw_socket_is_connected(app.socket)); /* who has joined is not concerned */
    client_free(polling);
    client_free(silent[0]);
    client_free(silent[1]);
    assert_int_equal(app.fx.io->joining_count, 0);
    client_free(good);
    app_close(&app);
}

static void each_has_an_option_and_an_advice(void **state)
{
    (void)state;
    for (int i = 0; i < GW_SIO_LIMITS; i++) {
        enum gw_sio_limit limit = (enum gw_sio_limit)i;

        assert_non_null(strstr(gw_sio_limit_option(limit), "max_"));
        assert_true(strlen(gw_sio_limit_advice(limit)) > 5);
        assert_true(gw_sio_limit_side(limit) == GW_SIDE_CLIENT ||
                    gw_sio_limit_side(limit) == GW_SIDE_SERVER);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rooms),
        cmocka_unit_test(names_of_rooms),
        cmocka_unit_test(acks_in_both_directions),
        cmocka_unit_test(namespaces_of_a_connection),
        cmocka_unit_test(namespaces_that_clients_make),
        cmocka_unit_test(names_of_namespaces),
        cmocka_unit_test(attachments_end_the_connection),
        cmocka_unit_test(a_broken_count_is_no_limit),
        cmocka_unit_test(bytes_of_a_packet_end_the_connection),
        cmocka_unit_test(packets_kept_for_those_who_come_back),
        cmocka_unit_test(clients_that_may_come_back),
        cmocka_unit_test(what_one_socket_leaves_behind),
        cmocka_unit_test(sessions_that_have_joined_nothing),
        cmocka_unit_test(each_has_an_option_and_an_advice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
