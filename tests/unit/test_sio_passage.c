/* SPDX-License-Identifier: MIT */
#include "sio/passage.h"

#include "support/sio_fixture.h"

#include <godwit/args.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct app {
    struct fixture fx;
    gw_socket *socket;
    struct client *client;
    gw_pending_ack *ack;
    int err; /* of the last replacement */
};

static void note_socket(gw_socket *socket, void *user)
{
    ((struct app *)user)->socket = socket;
}

static void app_open(struct app *app)
{
    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, NULL);
    assert_int_equal(gw_on_connection(app->fx.nsp, note_socket, app), 0);
    app->client = client_open(&app->fx);
    say(app->client, "40");
    forget(app->client);
}

static void app_close(struct app *app)
{
    client_free(app->client);
    fixture_close(&app->fx);
}

/* name(arguments) and each attachment. */
static void tell(struct app *app, const gw_event *event)
{
    struct gw_slice name = gw_event_name(event), args = gw_event_args(event);

    trace(&app->fx, "%.*s(%.*s)", (int)name.len, (const char *)name.ptr, (int)args.len,
          (const char *)args.ptr);
    for (size_t i = 0; i < gw_event_attachment_count(event); i++) {
        struct gw_slice bytes = gw_event_attachment(event, i);

        trace(&app->fx, "<%.*s>", (int)bytes.len, (const char *)bytes.ptr);
    }
    trace(&app->fx, "|");
}

static void hear(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    tell(user, event);
}

static const char *look(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    tell(user, event);
    return NULL;
}

/* ---- what comes behind sees another event ---- */

static const char *rename_and_double(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_slice args = gw_event_args(event), name = gw_event_name(event);
    char twice[64], old[64];

    (void)socket;
    (void)user;
    snprintf(old, sizeof(old), "%.*s%.*s", (int)name.len, (const char *)name.ptr, (int)args.len,
             (const char *)args.ptr);
    snprintf(twice, sizeof(twice), "%.*s,%.*s", (int)args.len, (const char *)args.ptr,
             (int)args.len, (const char *)args.ptr);
    assert_int_equal(gw_event_replace(event, "f", twice), 0);
    /* What was taken out of the event before is good as long as the event is. */
    assert_memory_equal(name.ptr, old, name.len);
    assert_memory_equal(args.ptr, old + name.len, args.len);
    return NULL;
}

static void what_comes_behind_sees_the_new_event(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_on_any(app.fx.nsp, hear, &app), 0);
    assert_int_equal(gw_use_event(app.fx.nsp, rename_and_double, &app), 0);
    assert_int_equal(gw_use_event(app.fx.nsp, look, &app), 0);
    assert_int_equal(gw_socket_use(app.socket, rename_and_double, &app), 0);
    assert_int_equal(gw_on(app.fx.nsp, "e", hear, &app), 0);
    assert_int_equal(gw_on(app.fx.nsp, "f", hear, &app), 0);
    assert_int_equal(gw_socket_on(app.socket, "f", hear, &app), 0);
    say(app.client, "42[\"e\",1]");
    assert_string_equal(app.fx.trace, "e(1)|f(1,1)|f(1,1,1,1)|f(1,1,1,1)|");
    forget_trace(&app.fx);
    say(app.client, "42[\"e\",12]"); /* the next event is as it came */
    assert_string_equal(app.fx.trace, "e(12)|f(12,12)|f(12,12,12,12)|f(12,12,12,12)|");
    app_close(&app);
}

/* ---- what is kept ---- */

static const char *rename_only(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)user;
    assert_int_equal(gw_event_replace(event, "a \"new\" n\xc3\xa4me", NULL), 0);
    return NULL;
}

static const char *take_args_away(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)user;
    assert_int_equal(gw_event_replace(event, NULL, ""), 0);
    assert_int_equal(gw_event_arg_count(event), 0);
    return NULL;
}

static void null_keeps_the_name_or_the_arguments(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_use_event(app.fx.nsp, rename_only, &app), 0);
    assert_int_equal(gw_use_event(app.fx.nsp, look, &app), 0);
    assert_int_equal(gw_use_event(app.fx.nsp, take_args_away, &app), 0);
    assert_int_equal(gw_on(app.fx.nsp, "a \"new\" n\xc3\xa4me", hear, &app), 0);
    say(app.client, "42[\"\\u0065\",{\"x\":1},2]");
    assert_string_equal(app.fx.trace,
                        "a \"new\" n\xc3\xa4me({\"x\":1},2)|a \"new\" n\xc3\xa4me()|");
    app_close(&app);
}

static void answer(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)user;
    assert_true(gw_event_wants_ack(event));
    assert_int_equal(gw_ack_event(event, event), 0);
}

static void take_answer(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    ((struct app *)user)->ack = gw_event_ack_take(event);
}

static void the_ack_stays(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_use_event(app.fx.nsp, rename_and_double, &app), 0);
    assert_int_equal(gw_once(app.fx.nsp, "f", answer, &app), 0);
    say(app.client, "427[\"e\",1]");
    assert_string_equal(app.client->out, "437[1,1]|");
    forget(app.client);
    assert_int_equal(gw_on(app.fx.nsp, "f", take_answer, &app), 0);
    say(app.client, "428[\"e\",1]");
    assert_non_null(app.ack);
    assert_int_equal(gw_pending_ack_answer(app.ack, "2"), 0);
    assert_string_equal(app.client->out, "438[2]|");
    app_close(&app);
}

/* ---- attachments ---- */

#define ZERO "{\"_placeholder\":true,\"num\":0}"
#define ONE  "{\"_placeholder\":true,\"num\":1}"

static const char *turn_round(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)user;
    assert_int_equal(gw_event_replace(event, NULL, "{\"_placeholder\":true,\"num\":2}"), GW_E_ARG);
    assert_int_equal(gw_event_replace(event, NULL, ONE "," ZERO), 0);
    return NULL;
}

static void pass_on(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    assert_int_equal(gw_emit_event(gw_only(socket), "on", event), 1);
}

static void attachments_stay(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_use_event(app.fx.nsp, turn_round, &app), 0);
    assert_int_equal(gw_on(app.fx.nsp, "e", hear, &app), 0);
    assert_int_equal(gw_on(app.fx.nsp, "e", pass_on, &app), 0);
    say(app.client, "452-[\"e\"," ZERO "," ONE "]");
    say_bytes(app.client, "ab");
    say_bytes(app.client, "c");
    assert_string_equal(app.fx.trace, "e(" ONE "," ZERO ")<ab><c>|");
    assert_string_equal(app.client->out, "452-[\"on\"," ONE "," ZERO "]|B6162|B63|");
    app_close(&app);
}

static const char *decipher(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_slice bytes = gw_event_attachment(event, 0), others[GW_ATTACHMENTS_MAX + 1];
    uint8_t plain[8];

    (void)socket;
    (void)user;
    for (size_t i = 0; i < bytes.len; i++)
        plain[i] = (uint8_t)(bytes.ptr[i] + 1);
    others[0] = (struct gw_slice){plain, bytes.len};
    others[1] = (struct gw_slice){plain, 0};
    /* The second placeholder would mean nothing. */
    assert_int_equal(gw_event_replace_binary(event, NULL, NULL, others, 1), GW_E_ARG);
    assert_int_equal(gw_event_replace_binary(event, NULL, "1", others, GW_ATTACHMENTS_MAX + 1),
                     GW_E_LIMIT);
    assert_int_equal(gw_event_replace_binary(event, NULL, NULL, others, GW_ATTACHMENTS_MAX + 1),
                     GW_E_LIMIT);
    assert_int_equal(gw_event_replace_binary(event, NULL, NULL, others, 2), 0);
    memset(plain, 0, sizeof(plain)); /* they were copied */
    assert_non_null(gw_event_attachment(event, 1).ptr);
    assert_memory_equal(bytes.ptr, "ab", 2);
    return NULL;
}

static const char *take_attachments_away(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)user;
    assert_int_equal(gw_event_replace_binary(event, "g", "3", NULL, 0), 0);
    return NULL;
}

static void attachments_may_be_replaced(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_use_event(app.fx.nsp, decipher, &app), 0);
    assert_int_equal(gw_use_event(app.fx.nsp, look, &app), 0);
    assert_int_equal(gw_use_event(app.fx.nsp, take_attachments_away, &app), 0);
    assert_int_equal(gw_on(app.fx.nsp, "g", hear, &app), 0);
    say(app.client, "452-[\"e\"," ZERO "," ONE "]");
    say_bytes(app.client, "ab");
    say_bytes(app.client, "c");
    assert_string_equal(app.fx.trace, "e(" ZERO "," ONE ")<bc><>|g(3)|");
    app_close(&app);
}

static const char *build(gw_socket *socket, const gw_event *event, void *user)
{
    gw_args args;

    (void)socket;
    (void)user;
    gw_args_init(&args);
    gw_args_begin_array(&args);
    assert_int_equal(gw_event_replace_args(event, "g", &args), GW_E_ARG);
    gw_args_binary(&args, GW_LIT("new"));
    gw_args_binary(&args, gw_event_attachment(event, 0));
    gw_args_end_array(&args);
    assert_int_equal(gw_event_replace_args(event, "disconnect", &args), GW_E_ARG);
    assert_int_equal(gw_event_replace_args(event, "g", &args), 0);
    gw_args_dispose(&args);
    return NULL;
}

static void a_builder_brings_its_own_attachments(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_use_event(app.fx.nsp, build, &app), 0);
    assert_int_equal(gw_on(app.fx.nsp, "g", hear, &app), 0);
    say(app.client, "451-[\"e\"," ZERO "]");
    say_bytes(app.client, "ab");
    assert_string_equal(app.fx.trace, "g([" ZERO "," ONE "])<new><ab>|");
    app_close(&app);
}

/* ---- what is refused ---- */

static const char *break_rules(gw_socket *socket, const gw_event *event, void *user)
{
    static const char *const names[] = {"connect", "disconnecting", "newListener", "\xff"};
    static const char *const args[] = {"1,", " ", "{", "\"\xff\"", "1]"};

    (void)socket;
    (void)user;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(gw_event_replace(event, names[i], "2"), GW_E_ARG);
    for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++)
        assert_int_equal(gw_event_replace(event, "f", args[i]), GW_E_ARG);
    return NULL;
}

static void a_refused_replacement_leaves_the_event_as_it_is(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_use_event(app.fx.nsp, break_rules, &app), 0);
    assert_int_equal(gw_on(app.fx.nsp, "e", hear, &app), 0);
    say(app.client, "42[\"e\",1]");
    assert_string_equal(app.fx.trace, "e(1)|");
    app_close(&app);
}

static void replace_too_late(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_slice bytes = GW_LIT("x");
    gw_args args;

    (void)socket;
    gw_args_init(&args);
    assert_int_equal(gw_event_replace(event, "f", "2"), GW_E_ARG);
    assert_int_equal(gw_event_replace_binary(event, "f", "2", &bytes, 1), GW_E_ARG);
    assert_int_equal(gw_event_replace_args(event, "f", &args), GW_E_ARG);
    gw_args_dispose(&args);
    tell(user, event);
}

static void on_answer(gw_socket *socket, const gw_event *event, int err, void *user)
{
    assert_int_equal(err, 0);
    replace_too_late(socket, event, user);
}

static const char *pass(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)event;
    (void)user;
    return NULL;
}

static void only_middlewares_may_replace(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_use_event(app.fx.nsp, pass, NULL), 0);
    assert_int_equal(gw_on_any(app.fx.nsp, replace_too_late, &app), 0);
    assert_int_equal(gw_on_any_outgoing(app.fx.nsp, replace_too_late, &app), 0);
    assert_int_equal(gw_on(app.fx.nsp, "e", replace_too_late, &app), 0);
    say(app.client, "42[\"e\",1]");
    assert_int_equal(gw_emit_ack(app.socket, "q", "5", 0, on_answer, &app), 0);
    say(app.client, "430[6]");
    assert_string_equal(app.fx.trace, "e(1)|e(1)|q(5)|(6)|");
    app_close(&app);
}

static const char *replace_and_drop(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)user;
    assert_int_equal(gw_event_replace(event, "f", "2"), 0);
    return "dropped";
}

static const char *replace_and_send_away(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_socket_disconnect(socket, GW_NAMESPACE_ONLY);
    assert_int_equal(gw_event_replace(event, "f", "2"), 0);
    return NULL;
}

/* The sanitizer sees whether what they were given goes with them. */
static void dropped_events_are_heard_by_nobody(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_on(app.fx.nsp, "f", hear, &app), 0);
    assert_int_equal(gw_socket_use(app.socket, replace_and_drop, &app), 0);
    say(app.client, "42[\"e\",1]");
    assert_int_equal(gw_use_event(app.fx.nsp, replace_and_send_away, &app), 0);
    say(app.client, "42[\"e\",1]");
    assert_false(gw_socket_is_connected(app.socket));
    assert_string_equal(app.fx.trace, "");
    app_close(&app);
}

static const char *replace_without_memory(gw_socket *socket, const gw_event *event, void *user)
{
    struct app *app = user;

    (void)socket;
    gw_mem_fail_at(1);
    app->err = gw_event_replace(event, "f", "2");
    gw_mem_fail_at(0);
    return NULL;
}

static void without_memory_the_event_stays_as_it_is(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_use_event(app.fx.nsp, replace_without_memory, &app), 0);
    assert_int_equal(gw_on(app.fx.nsp, "e", hear, &app), 0);
    say(app.client, "42[\"e\",1]");
    assert_int_equal(app.err, GW_E_NOMEM);
    assert_string_equal(app.fx.trace, "e(1)|");
    app_close(&app);
}

/* ---- the other parser ---- */

enum { MANY = GW_ATTACHMENTS_MAX + 2 };

static const char *add_many(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_slice bytes[MANY];

    (void)socket;
    (void)user;
    for (size_t i = 0; i < MANY; i++)
        bytes[i] = GW_LIT("m");
    assert_int_equal(gw_event_replace(event, "say", ZERO ",7"), 0);
    assert_memory_equal(gw_event_arg_attachment(event, 0).ptr, "xy", 2);
    assert_int_equal(
        gw_event_replace_binary(event, NULL, "{\"_placeholder\":true,\"num\":11}", bytes, MANY), 0);
    return NULL;
}

static void with_msgpack_there_is_no_limit_of_attachments(void **state)
{
    static const struct gw_io_options options = {.parser = GW_PARSER_MSGPACK};
    struct app app;

    (void)state;
    memset(&app, 0, sizeof(app));
    fixture_open(&app.fx, &options);
    assert_int_equal(gw_use_event(app.fx.nsp, add_many, &app), 0);
    assert_int_equal(gw_on(app.fx.nsp, "say", hear, &app), 0);
    assert_int_equal(gw_on(app.fx.nsp, "say", pass_on, &app), 0);
    app.client = client_open(&app.fx);
    say_packet(app.client, GW_LIT("\x82\xa4type\x00\xa3nsp\xa1/"));
    forget(app.client);
    say_packet(app.client, GW_LIT("\x83\xa4type\x02\xa3nsp\xa1/\xa4"
                                  "data\x92\xa1\x65\xc4\x02xy"));
    assert_string_equal(app.fx.trace, "say({\"_placeholder\":true,\"num\":11})"
                                      "<m><m><m><m><m><m><m><m><m><m><m><m>|");
    /* ["on", bytes "m"] */
    assert_non_null(strstr(app.client->out, "92a26f6ec4016d"));
    app_close(&app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_behind_sees_the_new_event),
        cmocka_unit_test(null_keeps_the_name_or_the_arguments),
        cmocka_unit_test(the_ack_stays),
        cmocka_unit_test(attachments_stay),
        cmocka_unit_test(attachments_may_be_replaced),
        cmocka_unit_test(a_builder_brings_its_own_attachments),
        cmocka_unit_test(a_refused_replacement_leaves_the_event_as_it_is),
        cmocka_unit_test(only_middlewares_may_replace),
        cmocka_unit_test(dropped_events_are_heard_by_nobody),
        cmocka_unit_test(without_memory_the_event_stays_as_it_is),
        cmocka_unit_test(with_msgpack_there_is_no_limit_of_attachments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
