/* SPDX-License-Identifier: MIT */
#include "sio/recovery.h"

#include "support/failing.h"
#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct app {
    struct fixture fx;
    gw_socket *last; /* who connected last */
};

static void on_connection(gw_socket *socket, void *user)
{
    struct app *app = user;

    app->last = socket;
    trace(&app->fx, "connection %d|", (int)gw_socket_recovery(socket));
}

static void on_disconnect(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    struct app *app = user;

    (void)socket;
    trace(&app->fx, "%s, %s|", gw_reason_text(reason), detail ? detail : "-");
}

static void use_once(gw_socket *socket, gw_next *next, void *user)
{
    (void)socket;
    trace(user, "use|");
    gw_next_ok(next);
}

static void app_open(struct app *app, const struct gw_io_recovery *recovery)
{
    const struct gw_io_options options = {.recovery = recovery};

    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, &options);
    assert_non_null(app->fx.io);
    assert_int_equal(gw_on_connection(app->fx.nsp, on_connection, app), 0);
    assert_int_equal(gw_on_disconnect(app->fx.nsp, on_disconnect, app), 0);
    assert_int_equal(gw_use(app->fx.nsp, use_once, &app->fx), 0);
}

/* What a client must remember. */
struct memory {
    char sid[GW_SOCKET_ID_LEN + 1];
    char pid[GW_SOCKET_ID_LEN + 1];
    char offset[GW_SIO_OFFSET_MAX + 1]; /* "": none */
};

static void remember_pid(struct client *client, struct memory *memory)
{
    const char *pid = strstr(client->out, "\"pid\":\"");

    assert_non_null(pid);
    memcpy(memory->pid, pid + 7, GW_SOCKET_ID_LEN);
}

/* As the genuine client does: the last argument of the last event. */
static void remember_offset(struct client *client, struct memory *memory)
{
    size_t end = client->out_len, start;

    while (end > 0 && memcmp(client->out + end - 2, "\"]", 2) != 0)
        end--;
    end -= 2;
    for (start = end; client->out[start - 1] != '"'; start--)
        continue;
    assert_in_range(end - start, 1, GW_SIO_OFFSET_MAX);
    memset(memory->offset, 0, sizeof(memory->offset));
    memcpy(memory->offset, client->out + start, end - start);
}

static struct client *join(struct app *app, struct memory *memory)
{
    struct client *client = client_open(&app->fx);

    memset(memory, 0, sizeof(*memory));
    say(client, "40");
    remember_pid(client, memory);
    memcpy(memory->sid, gw_socket_id(app->last), GW_SOCKET_ID_LEN);
    forget(client);
    forget_trace(&app->fx);
    return client;
}

static struct client *come_back(struct app *app, const struct memory *memory)
{
    struct client *client = client_open(&app->fx);
    char text[128];

    if (memory->offset[0])
        snprintf(text, sizeof(text), "40{\"pid\":\"%s\",\"offset\":\"%s\"}", memory->pid,
                 memory->offset);
    else
        snprintf(text, sizeof(text), "40{\"pid\":\"%s\"}", memory->pid);
    say(client, text);
    return client;
}

/* Takes the numbers, which vary, out of a client's text: ,"0OcnBaW" */
static const char *plain(struct client *client)
{
    char *at = client->out;
    char *out = at;

    while (*at) {
        size_t n = at[0] == ',' && at[1] == '"' ? strcspn(at + 2, "\"") : 0;

        if (n == 7 && strncmp(at + 2 + n, "\"]", 2) == 0) {
            at += 3 + n;
            *out++ = '#';
        } else {
            *out++ = *at++;
        }
    }
    *out = '\0';
    at = strstr(client->out, "\"pid\":\"");
    if (at)
        memmove(at + 7, at + 27, strlen(at + 27) + 1);
    return client->out;
}

static void a_client_that_comes_back_finds_its_socket(void **state)
{
    struct app app;
    struct memory memory;
    struct client *client, *other;

    (void)state;
    app_open(&app, &(struct gw_io_recovery){0});
    client = join(&app, &memory);
    assert_int_equal(gw_socket_recovery(app.last), GW_RECOVERY_NEW);
    assert_int_equal(gw_socket_join(app.last, "room \"1\""), 0);
    assert_int_equal(gw_socket_set_data(app.last, "{\"name\":\"Ada\"}"), 0);
    assert_int_equal(gw_emit(gw_everyone(app.fx.nsp), "a", "1"), 1);
    remember_offset(client, &memory);
    assert_string_equal(plain(client), "42[\"a\",1#]|");
    client_free(client);
    assert_string_equal(app.fx.trace, "transport close, -|");
    forget_trace(&app.fx);

    assert_int_equal(gw_emit(gw_to(gw_everyone(app.fx.nsp), "room \"1\""), "b", NULL), 0);
    assert_int_equal(gw_emit(gw_to(gw_everyone(app.fx.nsp), "elsewhere"), "c", NULL), 0);
    assert_int_equal(gw_emit(gw_except(gw_everyone(app.fx.nsp), "room \"1\""), "d", NULL), 0);
    assert_int_equal(gw_emit(gw_volatile(gw_everyone(app.fx.nsp)), "e", NULL), 0);
    assert_int_equal(gw_emit_binary(gw_to(gw_everyone(app.fx.nsp), memory.sid), "f",
                                    "{\"_placeholder\":true,\"num\":0}", &GW_LIT("xyz"), 1),
                     0);
    app.fx.now_ms += 120000;
    other = come_back(&app, &memory);
    assert_string_equal(plain(other), "42[\"b\"#]|451-[\"f\",{\"_placeholder\":true,\"num\":0}#]|"
                                      "B78797a|40{\"sid\":\"\",\"pid\":\"\"}|");
    assert_string_equal(app.fx.trace, "connection 2|"); /* no middleware */
    assert_true(gw_socket_is_recovered(app.last));
    assert_int_equal(gw_socket_recovery_gap(app.last), 0);
    assert_string_equal(gw_socket_id(app.last), memory.sid);
    assert_ptr_equal(gw_socket_find(app.fx.nsp, memory.sid), app.last);
    assert_true(gw_socket_is_in(app.last, "room \"1\""));
    assert_true(gw_slice_equal(gw_socket_data(app.last), GW_LIT("{\"name\":\"Ada\"}")));
    assert_int_equal(gw_io_recovery_stats(app.fx.io).recovered, 1);
    assert_int_equal(gw_io_recovery_stats(app.fx.io).away, 0);
    client_free(other);
    fixture_close(&app.fx);
}

static void it_works_before_the_first_event(void **state)
{
    struct app app;
    struct memory memory;
    struct client *client;

    (void)state;
    app_open(&app, &(struct gw_io_recovery){0});
    client = join(&app, &memory);
    hang_up(client);
    assert_int_equal(gw_emit(gw_everyone(app.fx.nsp), "a", NULL), 0);
    client_free(client);
    client = come_back(&app, &memory);
    assert_string_equal(plain(client), "42[\"a\"#]|40{\"sid\":\"\",\"pid\":\"\"}|");
    assert_true(gw_socket_is_recovered(app.last));
    client_free(client);
    client = come_back(&app, &memory); /* still none, so from the beginning */
    assert_string_equal(plain(client), "42[\"a\"#]|40{\"sid\":\"\",\"pid\":\"\"}|");
    client_free(client);
    fixture_close(&app.fx);
}

static void an_idle_client_recovers_after_hours_of_traffic(void **state)
{
    struct app app;
    struct memory memory;
    struct client *client;

    (void)state;
    app_open(&app, &(struct gw_io_recovery){.max_kept_packets = 100});
    client = join(&app, &memory);
    for (int minute = 0; minute < 60; minute++) {
        for (int i = 0; i < 150; i++)
            gw_emit(gw_to(gw_everyone(app.fx.nsp), "elsewhere"), "x", NULL);
        app.fx.now_ms += 60000;
        gw_io_tick(app.fx.io);
    }
    assert_in_range(gw_io_recovery_stats(app.fx.io).packets, 0, 100);
    app.fx.now_ms += 200000;
    gw_io_tick(app.fx.io);
    assert_int_equal(gw_io_recovery_stats(app.fx.io).packets, 0);
    assert_int_equal(gw_emit(gw_everyone(app.fx.nsp), "a", NULL), 1);
    client_free(client);
    client = come_back(&app, &memory);
    assert_string_equal(plain(client), "42[\"a\"#]|40{\"sid\":\"\",\"pid\":\"\"}|");
    client_free(client);
    fixture_close(&app.fx);
}

static void who_may_be_away_for_ever_misses_nothing(void **state)
{
    struct app app;
    struct memory memory;
    struct client *client;

    (void)state;
    app_open(&app, &(struct gw_io_recovery){.max_disconnection_duration_ms = UINT64_MAX});
    client_free(join(&app, &memory));
    gw_emit(gw_everyone(app.fx.nsp), "a", NULL);
    for (int hour = 0; hour < 48; hour++) {
        app.fx.now_ms += 3600000;
        gw_io_tick(app.fx.io);
    }
    client = come_back(&app, &memory);
    assert_string_equal(plain(client), "42[\"a\"#]|40{\"sid\":\"\",\"pid\":\"\"}|");
    client_free(client);
    fixture_close(&app.fx);
}

static void a_gap_is_told(void **state)
{
    struct app app;
    struct memory memory;
    struct client *client;

    (void)state;
    for (int recovers = 0; recovers < 2; recovers++) {
        app_open(&app, &(struct gw_io_recovery){.max_kept_packets = 2,
                                                .recovers_over_gaps = recovers == 1});
        client = join(&app, &memory);
        client_free(client);
        for (int i = 0; i < 5; i++)
            gw_emit(gw_everyone(app.fx.nsp), "a", i == 4 ? "4" : NULL);
        client = come_back(&app, &memory);
        assert_int_equal(gw_socket_recovery(app.last),
                         recovers ? GW_RECOVERY_DONE : GW_RECOVERY_GAP);
        assert_int_equal(gw_socket_recovery_gap(app.last), 3);
        assert_string_equal(plain(client),
                            recovers ? "42[\"a\"#]|42[\"a\",4#]|40{\"sid\":\"\",\"pid\":\"\"}|"
                                     : "40{\"sid\":\"\",\"pid\":\"\"}|");
        client_free(client);
        fixture_close(&app.fx);
    }
}

static void who_comes_back_before_it_was_missed_takes_its_place(void **state)
{
    struct app app;
    struct memory memory;
    struct client *client, *other;

    (void)state;
    app_open(&app, &(struct gw_io_recovery){0});
    client = join(&app, &memory);
    gw_emit(gw_everyone(app.fx.nsp), "a", NULL); /* into a dead connection */
    other = come_back(&app, &memory);
    assert_string_equal(app.fx.trace, "transport close, its client has come back|connection 2|");
    assert_string_equal(plain(other), "42[\"a\"#]|40{\"sid\":\"\",\"pid\":\"\"}|");
    assert_true(client->is_closed);
    client_free(client);
    client_free(other);
    fixture_close(&app.fx);
}

static void expect_failure(struct app *app, const struct memory *memory, enum gw_recovery outcome)
{
    struct client *client = come_back(app, memory);

    assert_int_equal(gw_socket_recovery(app->last), outcome);
    assert_false(gw_socket_is_recovered(app->last));
    assert_string_not_equal(gw_socket_id(app->last), memory->sid);
    client_free(client);
}

static void what_cannot_be_recovered_joins_anew(void **state)
{
    struct app app;
    struct memory memory, other;
    struct client *client;

    (void)state;
    app_open(&app, &(struct gw_io_recovery){.max_disconnection_duration_ms = 1000});
    client = join(&app, &memory);
    say(client, "41");
    client_free(client);
    expect_failure(&app, &memory, GW_RECOVERY_UNKNOWN);

    client = join(&app, &memory);
    gw_socket_disconnect(app.last, GW_NAMESPACE_ONLY);
    client_free(client);
    expect_failure(&app, &memory, GW_RECOVERY_UNKNOWN);

    client_free(join(&app, &memory));
    other = memory;
    memcpy(other.offset, "no!", 4);
    expect_failure(&app, &other, GW_RECOVERY_BAD_OFFSET);
    memcpy(other.offset, "hello", 6); /* an event's own argument */
    expect_failure(&app, &other, GW_RECOVERY_BAD_OFFSET);
    memcpy(other.offset, "z123456", 8); /* not yet given out */
    expect_failure(&app, &other, GW_RECOVERY_BAD_OFFSET);
    app.fx.now_ms += 1001;
    expect_failure(&app, &memory, GW_RECOVERY_UNKNOWN);
    app.fx.now_ms += 100000;
    gw_io_tick(app.fx.io);
    assert_int_equal(gw_io_recovery_stats(app.fx.io).away, 0);
    assert_int_equal(gw_io_deadline_ms(app.fx.io), UINT64_MAX);
    fixture_close(&app.fx);
}

/* Else a client that has got everything would get it all again. */
static void an_offset_that_is_no_string_joins_anew(void **state)
{
    static const char *const offsets[] = {"123", "null", "true", "{}", "[\"a\"]"};
    struct app app;
    struct memory memory;
    char text[128];

    (void)state;
    app_open(&app, &(struct gw_io_recovery){0});
    client_free(join(&app, &memory));
    gw_emit(gw_everyone(app.fx.nsp), "missed", NULL);
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        struct client *client = client_open(&app.fx);

        snprintf(text, sizeof(text), "40{\"pid\":\"%s\",\"offset\":%s}", memory.pid, offsets[i]);
        say(client, text);
        assert_int_equal(gw_socket_recovery(app.last), GW_RECOVERY_BAD_OFFSET);
        assert_string_equal(plain(client), "40{\"sid\":\"\",\"pid\":\"\"}|");
        client_free(client);
    }
    fixture_close(&app.fx);
}

static void junk_in_place_of_a_pid_is_harmless(void **state)
{
    static const char *const texts[] = {
        "40{\"pid\":1}",          "40{\"pid\":\"\"}",     "40{\"pid\":\"\\u0041\",\"offset\":2}",
        "40{\"pid\":null}",       "40{\"offset\":\"x\"}", "40{\"pid\":\"\\\"\",\"offset\":\"\"}",
        "40{\"pid\":{\"pid\":1}}"};
    struct app app;

    (void)state;
    app_open(&app, &(struct gw_io_recovery){0});
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct client *client = client_open(&app.fx);

        say(client, texts[i]);
        assert_string_equal(plain(client), "40{\"sid\":\"\",\"pid\":\"\"}|");
        client_free(client);
    }
    fixture_close(&app.fx);
}

static void caps_hold(void **state)
{
    struct app app;
    struct memory first, second;
    struct client *client;
    char room[101];

    (void)state;
    memset(room, 'r', sizeof(room));
    room[100] = '\0';
    app_open(&app, &(struct gw_io_recovery){
                       .max_away = 1, .max_socket_bytes = 100, .max_kept_bytes = 2000});
    client = join(&app, &first);
    assert_int_equal(gw_socket_join(app.last, room), 0);
    client_free(client);
    assert_int_equal(gw_io_recovery_stats(app.fx.io).away, 0); /* too much to keep */
    client_free(join(&app, &first));
    client_free(join(&app, &second));
    assert_int_equal(gw_io_recovery_stats(app.fx.io).away, 1);
    for (int i = 0; i < 100; i++)
        gw_emit(gw_everyone(app.fx.nsp), "a", "\"some bytes\"");
    assert_in_range(gw_io_recovery_stats(app.fx.io).packet_bytes, 1, 2000);
    expect_failure(&app, &first, GW_RECOVERY_UNKNOWN);
    fixture_close(&app.fx);
}

static void middlewares_run_by_option(void **state)
{
    struct app app;
    struct memory memory;
    struct client *client;

    (void)state;
    app_open(&app, &(struct gw_io_recovery){.runs_middlewares = true});
    client = join(&app, &memory);
    client_free(client);
    forget_trace(&app.fx);
    client = come_back(&app, &memory);
    assert_string_equal(app.fx.trace, "use|connection 2|");
    client_free(client);
    fixture_close(&app.fx);
}

static gw_next *kept_next;

static void use_later(gw_socket *socket, gw_next *next, void *user)
{
    (void)user;
    assert_int_equal(gw_emit(gw_only(socket), "soon", NULL), 1);
    kept_next = next;
}

static void who_leaves_while_a_middleware_thinks_may_come_back(void **state)
{
    struct app app;
    struct memory memory;
    struct client *client;

    (void)state;
    app_open(&app, &(struct gw_io_recovery){.runs_middlewares = true});
    client = join(&app, &memory);
    client_free(client);
    gw_emit(gw_everyone(app.fx.nsp), "a", NULL);
    assert_int_equal(gw_use(app.fx.nsp, use_later, NULL), 0);
    client = come_back(&app, &memory);
    client_free(client);
    gw_next_ok(kept_next);
    client = come_back(&app, &memory);
    forget(client);
    gw_next_ok(kept_next);
    /* "soon" of the first attempt, which went with its connection, but not that of the second. */
    assert_string_equal(plain(client), "42[\"a\"#]|42[\"soon\"#]|40{\"sid\":\"\",\"pid\":\"\"}|");
    client_free(client);
    fixture_close(&app.fx);
}

static void caps_hold_while_a_middleware_thinks_of_the_oldest(void **state)
{
    struct app app;
    struct memory first, others[3];
    struct client *client;

    (void)state;
    app_open(&app, &(struct gw_io_recovery){.runs_middlewares = true,
                                            .max_away = 2,
                                            .max_disconnection_duration_ms = 1000});
    client_free(join(&app, &first));
    for (size_t i = 0; i < 3; i++)
        others[i] = (struct memory){0};
    assert_int_equal(gw_use(app.fx.nsp, use_later, NULL), 0);
    client = come_back(&app, &first); /* and waits */
    for (size_t i = 0; i < 3; i++) {
        gw_next *of_first = kept_next;
        struct client *other = client_open(&app.fx);

        say(other, "40");
        gw_next_ok(kept_next);
        remember_pid(other, &others[i]);
        client_free(other);
        kept_next = of_first;
    }
    assert_int_equal(gw_io_recovery_stats(app.fx.io).away, 2);
    app.fx.now_ms += 2000;
    gw_io_tick(app.fx.io);
    assert_int_equal(gw_io_recovery_stats(app.fx.io).away, 0);
    client_free(client); /* it may come back, but its time is over */
    gw_next_ok(kept_next);
    assert_int_equal(gw_io_recovery_stats(app.fx.io).away, 1);
    app.fx.now_ms += 2000;
    gw_io_tick(app.fx.io);
    assert_int_equal(gw_io_recovery_stats(app.fx.io).away, 0);
    fixture_close(&app.fx);
}

static void trace_outgoing(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    trace(user, "[%.*s]", (int)gw_event_args(event).len, (const char *)gw_event_args(event).ptr);
}

static void handlers_do_not_see_numbers(void **state)
{
    struct app app;
    struct memory memory;
    struct client *client;

    (void)state;
    app_open(&app, &(struct gw_io_recovery){0});
    client = join(&app, &memory);
    assert_int_equal(gw_on_any_outgoing(app.fx.nsp, trace_outgoing, &app.fx), 0);
    assert_int_equal(gw_emit(gw_only(app.last), "a", "1,2"), 1);
    assert_int_equal(gw_emit(gw_everyone(app.fx.nsp), "a", "3"), 1);
    assert_string_equal(app.fx.trace, "[1,2][3]");
    assert_string_equal(plain(client), "42[\"a\",1,2#]|42[\"a\",3#]|");
    client_free(client);
    fixture_close(&app.fx);
}

/* Other names that have to be escaped come between the name of "a\"" and the message that is held. */
static void emit_others(gw_socket *socket, const gw_event *event, void *user)
{
    static int count;
    char name[300];

    (void)user;
    if (!gw_slice_equal(gw_event_name(event), GW_LIT("a\"")))
        return;
    memset(name, 'b' + count++, sizeof(name) - 1);
    name[0] = '"';
    name[sizeof(name) - 1] = '\0';
    gw_emit(gw_volatile(gw_only(socket)), name, NULL);
}

static void the_latest_is_found_by_its_name_whatever_handlers_emit(void **state)
{
    struct app app;
    struct memory memory;
    struct client *client;

    (void)state;
    app_open(&app, &(struct gw_io_recovery){0});
    client = join(&app, &memory);
    assert_int_equal(gw_on_any_outgoing(app.fx.nsp, emit_others, NULL), 0);
    gw_namespace_set_pressure(app.fx.nsp, GW_PRESSURE_KEEP_LATEST, 1000);
    client->is_writable = false;
    client->queued_bytes = 2000;
    for (int i = 0; i < 3; i++)
        assert_int_equal(gw_emit(gw_everyone(app.fx.nsp), "a\"", NULL), 1);
    assert_int_equal(gw_io_pressure_stats(app.fx.io).replaced, 2);
    client_free(client);
    fixture_close(&app.fx);
}

static void on_ack(gw_socket *socket, const gw_event *answer, int err, void *user)
{
    (void)socket;
    (void)answer;
    (void)err;
    (void)user;
}

static void questions_and_volatile_events_have_no_number(void **state)
{
    struct app app;
    struct memory memory;
    struct client *client;

    (void)state;
    app_open(&app, &(struct gw_io_recovery){0});
    client = join(&app, &memory);
    assert_int_equal(gw_emit_ack(app.last, "q", "1", 0, on_ack, NULL), 0);
    assert_int_equal(gw_emit(gw_volatile(gw_only(app.last)), "v", NULL), 1);
    assert_int_equal(gw_emit(gw_volatile(gw_everyone(app.fx.nsp)), "v", NULL), 1);
    assert_string_equal(client->out, "420[\"q\",1]|42[\"v\"]|42[\"v\"]|");
    assert_int_equal(gw_io_recovery_stats(app.fx.io).packets, 0);
    client_free(client);
    fixture_close(&app.fx);
}

static void off_means_off(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, NULL);
    client = client_open(&app.fx);
    say(client, "40{\"pid\":\"aaaaaaaaaaaaaaaaaaaa\"}");
    gw_emit(gw_only(app.last), "a", NULL);
    assert_string_equal(client->out, "40{\"sid\":\"\"}|42[\"a\"]|");
    assert_int_equal(gw_socket_recovery(app.last), GW_RECOVERY_OFF);
    client_free(client);
    fixture_close(&app.fx);
}

static void running_out_of_memory_costs_one_connection(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 60; n++) {
        const struct gw_io_recovery recovery = {0};
        const struct gw_io_options options = {.recovery = &recovery};
        struct fixture fx;
        struct client *client = NULL;

        gw_mem_fail_at(n);
        fixture_open(&fx, &options);
        if (fx.io)
            client = client_open(&fx);
        if (client) {
            say(client, "40");
            gw_emit(gw_everyone(fx.nsp), "a", "1");
            hang_up(client);
            gw_emit(gw_everyone(fx.nsp), "a", "1");
        }
        gw_mem_fail_at(0);
        client_free(client);
        fixture_close(&fx);
    }
}

static bool has_text(const struct client *client, const char *text)
{
    return strstr(client->out, text) != NULL;
}

/* A client with a room, data and a question goes, misses an event to its room, one with bytes and one to itself by its
 * id, and comes back. Nothing may be missing where it is told that nothing is. */
static void go_and_come_back(struct failing *failing, void *user)
{
    static const struct gw_slice bytes = {(const uint8_t *)"abc", 3};
    const bool *is_polling = user;
    struct app app;
    struct memory memory;
    struct client *client;
    char sid[GW_SOCKET_ID_LEN + 1], text[64];
    int errs[4];

    app_open(&app, &(struct gw_io_recovery){0});
    client = join(&app, &memory);
    memcpy(sid, memory.sid, sizeof(sid));
    assert_int_equal(gw_socket_join(app.last, "a room"), 0);
    assert_int_equal(gw_socket_set_data(app.last, "[1]"), 0);
    failing_begin(failing);
    errs[0] = gw_emit(gw_everyone(app.fx.nsp), "seen", "1");
    hang_up(client);
    errs[1] = gw_emit(gw_except(gw_to(gw_everyone(app.fx.nsp), "a room"), "b"), "in-room", NULL);
    errs[2] = gw_emit_binary(gw_everyone(app.fx.nsp), "bin", "{\"_placeholder\":true,\"num\":0}",
                             &bytes, 1);
    errs[3] = gw_emit(gw_to(gw_everyone(app.fx.nsp), sid), "own", "1");
    client_free(client);
    app.last = NULL;
    client = client_open_on(&app.fx, *is_polling ? &client_polling_ops : &client_stream_ops);
    snprintf(text, sizeof(text), "40{\"pid\":\"%s\"}", memory.pid);
    if (client)
        say(client, text);
    turn(&app.fx);
    failing_end(failing);
    if (!client) {
        fixture_close(&app.fx);
        return;
    }
    for (size_t i = 0; i < 4; i++)
        assert_true((errs[i] >= 0 && errs[i] <= 1) || errs[i] == GW_E_NOMEM);
    if (!client->is_closed && app.last && gw_socket_is_recovered(app.last)) {
        assert_string_equal(gw_socket_id(app.last), sid);
        assert_true(gw_socket_is_in(app.last, "a room"));
        assert_int_equal(gw_socket_data(app.last).len, 3);
        assert_int_equal(errs[0] != GW_E_NOMEM, has_text(client, "\"seen\""));
        assert_int_equal(errs[1] != GW_E_NOMEM, has_text(client, "\"in-room\""));
        assert_int_equal(errs[2] != GW_E_NOMEM, has_text(client, "\"bin\""));
        assert_int_equal(errs[2] != GW_E_NOMEM, has_text(client, "B616263"));
        assert_int_equal(errs[3] != GW_E_NOMEM, has_text(client, "\"own\""));
    }
    if (!failing->is_reached)
        assert_true(app.last && gw_socket_is_recovered(app.last));
    client_free(client);
    fixture_close(&app.fx);
}

static void nothing_is_missing_in_silence_when_memory_runs_out(void **state)
{
    bool is_polling = false;

    (void)state;
    assert_true(fail_each(go_and_come_back, &is_polling) >= 20);
    is_polling = true;
    assert_true(fail_each(go_and_come_back, &is_polling) >= 20);
}

static void to_one_socket_it_is_told_that_nothing_was_sent(void **state)
{
    struct app app;
    struct memory memory;
    struct client *client;

    (void)state;
    app_open(&app, &(struct gw_io_recovery){0});
    client = join(&app, &memory);
    client->is_failing = true;
    assert_int_equal(gw_emit(gw_only(app.last), "a", NULL), GW_E_NOMEM);
    client_free(client);
    fixture_close(&app.fx);
}

static void use_and_wait(gw_socket *socket, gw_next *next, void *user)
{
    gw_emit(gw_only(socket), "wait", NULL);
    *(gw_next **)user = next;
}

/* Broadcasts do not come to a socket that waits for its middleware, and so they are not missed. */
static void what_was_said_before_it_was_connected_is_not_replayed(void **state)
{
    struct gw_io_recovery recovery = {0};
    const struct gw_io_options options = {.recovery = &recovery};
    struct memory memory = {0};
    struct client *client;
    gw_next *next = NULL;
    struct app app;

    (void)state;
    memset(&app, 0, sizeof(app));
    fixture_open(&app.fx, &options);
    assert_int_equal(gw_on_connection(app.fx.nsp, on_connection, &app), 0);
    assert_int_equal(gw_use(app.fx.nsp, use_and_wait, &next), 0);
    client = client_open(&app.fx);
    say(client, "40");
    gw_emit(gw_everyone(app.fx.nsp), "before", NULL);
    gw_next_ok(next);
    remember_pid(client, &memory);
    client_free(client);
    gw_emit(gw_everyone(app.fx.nsp), "missed", NULL);
    client = come_back(&app, &memory);
    assert_string_equal(plain(client),
                        "42[\"wait\"#]|42[\"missed\"#]|40{\"sid\":\"\",\"pid\":\"\"}|");
    client_free(client);
    fixture_close(&app.fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_comes_back_finds_its_socket),
        cmocka_unit_test(it_works_before_the_first_event),
        cmocka_unit_test(an_idle_client_recovers_after_hours_of_traffic),
        cmocka_unit_test(who_may_be_away_for_ever_misses_nothing),
        cmocka_unit_test(a_gap_is_told),
        cmocka_unit_test(who_comes_back_before_it_was_missed_takes_its_place),
        cmocka_unit_test(what_cannot_be_recovered_joins_anew),
        cmocka_unit_test(an_offset_that_is_no_string_joins_anew),
        cmocka_unit_test(junk_in_place_of_a_pid_is_harmless),
        cmocka_unit_test(caps_hold),
        cmocka_unit_test(middlewares_run_by_option),
        cmocka_unit_test(who_leaves_while_a_middleware_thinks_may_come_back),
        cmocka_unit_test(caps_hold_while_a_middleware_thinks_of_the_oldest),
        cmocka_unit_test(handlers_do_not_see_numbers),
        cmocka_unit_test(the_latest_is_found_by_its_name_whatever_handlers_emit),
        cmocka_unit_test(questions_and_volatile_events_have_no_number),
        cmocka_unit_test(off_means_off),
        cmocka_unit_test(running_out_of_memory_costs_one_connection),
        cmocka_unit_test(nothing_is_missing_in_silence_when_memory_runs_out),
        cmocka_unit_test(to_one_socket_it_is_told_that_nothing_was_sent),
        cmocka_unit_test(what_was_said_before_it_was_connected_is_not_replayed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
