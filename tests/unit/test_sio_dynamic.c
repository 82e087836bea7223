/* SPDX-License-Identifier: MIT */
#include "sio/dynamic.h"

#include "sio/namespace.h"
#include "support/failing.h"
#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { KEPT = 4 };

struct app {
    struct fixture fx;
    struct client *client;
    gw_match *matches[KEPT]; /* of predicates that answer later */
    size_t match_count;
    char answer; /* of `decide`: 'y', 'n', or 'l'ater */
};

static void app_open(struct app *app, const struct gw_io_options *options)
{
    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, options);
    app->client = client_open(&app->fx);
}

static void app_close(struct app *app)
{
    client_free(app->client);
    fixture_close(&app->fx);
}

static void on_connection(gw_socket *socket, void *user)
{
    trace(user, "connection %s|", gw_namespace_name(gw_socket_namespace(socket)));
}

static void on_new_namespace(gw_namespace *nsp, void *user)
{
    trace(user, "new %s|", gw_namespace_name(nsp));
}

static void decide(gw_io *io, const char *name, struct gw_slice auth, gw_match *match, void *user)
{
    struct app *app = user;

    (void)io;
    trace(&app->fx, "ask %s %.*s|", name, (int)auth.len, (const char *)auth.ptr);
    if (app->answer == 'l')
        app->matches[app->match_count++] = match;
    else if (app->answer == 'y')
        gw_match_ok(match);
    else
        gw_match_refuse(match);
}

static void refuse(gw_io *io, const char *name, struct gw_slice auth, gw_match *match, void *user)
{
    (void)io;
    (void)auth;
    trace(user, "refuse %s|", name);
    gw_match_refuse(match);
}

static void a_pattern_makes_a_child_at_the_first_connect(void **state)
{
    struct app app;
    gw_namespace *parent;

    (void)state;
    app_open(&app, NULL);
    parent = gw_io_of_pattern(app.fx.io, "^/room-[0-9]+$");
    assert_non_null(parent);
    assert_string_equal(gw_namespace_name(parent), "/_0");
    assert_null(gw_io_find(app.fx.io, "/_0"));
    assert_int_equal(gw_on_connection(parent, on_connection, &app.fx), 0);
    assert_int_equal(gw_on_new_namespace(app.fx.io, on_new_namespace, &app.fx), 0);
    say(app.client, "40/room-1,");
    say(app.client, "40/room-x,");
    say(app.client, "40/_0,");
    assert_string_equal(app.fx.trace, "new /room-1|connection /room-1|");
    assert_string_equal(app.client->out, "40/room-1,{\"sid\":\"\"}|"
                                         "44/room-x,{\"message\":\"Invalid namespace\"}|"
                                         "44/_0,{\"message\":\"Invalid namespace\"}|");
    assert_ptr_equal(gw_namespace_parent(gw_io_find(app.fx.io, "/room-1")), parent);
    assert_null(gw_namespace_parent(app.fx.nsp));
    app_close(&app);
}

static void bad_patterns_are_refused(void **state)
{
    static const char *const bad[] = {"(", "[a", "a{2,1}", "^(/a)\\1$", "\\9"};
    struct app app;

    (void)state;
    app_open(&app, NULL);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_null(gw_io_of_pattern(app.fx.io, bad[i]));
    assert_non_null(gw_io_of_pattern(app.fx.io, "^/a\\\\1\\.$")); /* a backslash, and a 1 */
    say(app.client, "40/a\\1.,");
    assert_string_equal(app.client->out, "40/a\\1.,{\"sid\":\"\"}|");
    app_close(&app);
}

static void the_first_parent_that_wants_it_gets_it(void **state)
{
    struct app app;
    gw_namespace *third;

    (void)state;
    app_open(&app, NULL);
    app.answer = 'y';
    assert_non_null(gw_io_of_predicate(app.fx.io, refuse, &app.fx));
    assert_non_null(gw_io_of_pattern(app.fx.io, "^/b"));
    third = gw_io_of_predicate(app.fx.io, decide, &app);
    assert_non_null(gw_io_of_predicate(app.fx.io, refuse, &app.fx));
    say(app.client, "40/a,{\"token\":\"x\"}");
    assert_string_equal(app.fx.trace, "refuse /a|ask /a {\"token\":\"x\"}|");
    assert_ptr_equal(gw_namespace_parent(gw_io_find(app.fx.io, "/a")), third);
    forget_trace(&app.fx);
    say(app.client, "40/c,");
    assert_string_equal(app.fx.trace, "refuse /c|ask /c {}|");
    forget_trace(&app.fx);
    say(app.client, "40/b,"); /* the pattern is second */
    assert_string_equal(app.fx.trace, "refuse /b|");
    assert_string_equal(app.client->out,
                        "40/a,{\"sid\":\"\"}|40/c,{\"sid\":\"\"}|40/b,{\"sid\":\"\"}|");
    app_close(&app);
}

static void a_predicate_may_answer_later(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, NULL);
    app.answer = 'l';
    assert_non_null(gw_io_of_predicate(app.fx.io, decide, &app));
    say(app.client, "40/a,{\"k\":1}");
    say(app.client, "40/b,");
    turn(&app.fx);
    assert_string_equal(app.client->out, "");
    gw_match_refuse(app.matches[1]);
    assert_string_equal(app.client->out, "44/b,{\"message\":\"Invalid namespace\"}|");
    gw_match_ok(app.matches[0]);
    assert_string_equal(app.client->out,
                        "44/b,{\"message\":\"Invalid namespace\"}|40/a,{\"sid\":\"\"}|");
    app_close(&app);
}

static void a_word_for_a_client_that_closes_makes_no_child(void **state)
{
    struct app app;

    (void)state;
    memset(&app, 0, sizeof(app));
    fixture_open(&app.fx, NULL);
    app.client = client_open_on(&app.fx, &client_polling_ops);
    app.answer = 'l';
    assert_non_null(gw_io_of_predicate(app.fx.io, decide, &app));
    say(app.client, "40/a,");
    turn(&app.fx);
    app.client->is_writable = false; /* no poll that could be told of the end */
    say(app.client, "42[");
    gw_match_ok(app.matches[0]);
    assert_null(gw_io_find(app.fx.io, "/a"));
    app_close(&app);
}

static void a_second_connect_while_the_first_waits_ends_the_connection(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, NULL);
    app.answer = 'l';
    assert_non_null(gw_io_of_predicate(app.fx.io, decide, &app));
    say(app.client, "40/a,");
    say(app.client, "40/a,");
    gw_match_ok(app.matches[0]);
    assert_string_equal(app.client->out, "40/a,{\"sid\":\"\"}|");
    gw_match_ok(app.matches[1]);
    assert_string_equal(app.client->out, "40/a,{\"sid\":\"\"}|close|");
    app_close(&app);
}

static void packets_for_a_namespace_that_waits_end_the_connection(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, NULL);
    app.answer = 'l';
    assert_non_null(gw_io_of_predicate(app.fx.io, decide, &app));
    say(app.client, "40/a,");
    say(app.client, "42/a,[\"e\"]");
    assert_string_equal(app.client->out, "close|");
    turn(&app.fx);
    gw_match_ok(app.matches[0]); /* the client has gone */
    assert_null(gw_io_find(app.fx.io, "/a"));
    app_close(&app);
}

static void a_word_for_a_client_that_has_gone_is_harmless(void **state)
{
    struct app app;

    (void)state;
    for (int word = 0; word < 3; word++) {
        app_open(&app, NULL);
        app.answer = 'l';
        assert_non_null(gw_io_of_predicate(app.fx.io, decide, &app));
        assert_non_null(gw_io_of_predicate(app.fx.io, refuse, &app.fx));
        say(app.client, "40/a,");
        hang_up(app.client);
        turn(&app.fx);
        forget_trace(&app.fx);
        if (word == 0)
            gw_match_ok(app.matches[0]);
        else if (word == 1)
            gw_match_refuse(app.matches[0]); /* never, when word is 2 */
        assert_string_equal(app.fx.trace, "");
        app_close(&app);
    }
}

static void hang_up_inside(gw_io *io, const char *name, struct gw_slice auth, gw_match *match,
                           void *user)
{
    struct app *app = user;

    (void)io;
    (void)name;
    (void)auth;
    hang_up(app->client);
    if (app->answer == 'y')
        gw_match_ok(match);
    else
        gw_match_refuse(match);
    gw_match_ok(match); /* a second word changes nothing */
}

static void the_client_may_go_while_it_is_asked_about(void **state)
{
    struct app app;

    (void)state;
    for (int i = 0; i < 2; i++) {
        app_open(&app, NULL);
        app.answer = i ? 'y' : 'n';
        assert_non_null(gw_io_of_predicate(app.fx.io, hang_up_inside, &app));
        assert_non_null(gw_io_of_predicate(app.fx.io, refuse, &app.fx));
        say(app.client, "40/a,");
        assert_string_equal(app.fx.trace, "");
        app_close(&app);
    }
}

static void a_namespace_made_meanwhile_is_taken(void **state)
{
    struct app app;
    gw_namespace *made;

    (void)state;
    app_open(&app, NULL);
    app.answer = 'l';
    assert_non_null(gw_io_of_predicate(app.fx.io, decide, &app));
    say(app.client, "40/a,");
    made = gw_io_of(app.fx.io, "/a");
    gw_match_ok(app.matches[0]);
    assert_int_equal(gw_namespace_socket_count(made), 1);
    assert_null(gw_namespace_parent(made));
    app_close(&app);
}

static void on_event(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    trace(user, "event %.*s|", (int)gw_event_name(event).len,
          (const char *)gw_event_name(event).ptr);
}

static void on_use(gw_socket *socket, gw_next *next, void *user)
{
    (void)socket;
    trace(user, "use|");
    gw_next_ok(next);
}

static void a_child_has_what_its_parent_had_at_that_moment(void **state)
{
    struct app app;
    gw_namespace *parent;

    (void)state;
    app_open(&app, NULL);
    parent = gw_io_of_pattern(app.fx.io, "^/c");
    assert_int_equal(gw_use(parent, on_use, &app.fx), 0);
    assert_int_equal(gw_on(parent, "early", on_event, &app.fx), 0);
    say(app.client, "40/c1,");
    assert_int_equal(gw_on(parent, "late", on_event, &app.fx), 0);
    assert_int_equal(gw_off(parent, "early", NULL, NULL), 1);
    say(app.client, "40/c2,");
    say(app.client, "42/c1,[\"early\"]");
    say(app.client, "42/c1,[\"late\"]");
    trace(&app.fx, "; ");
    say(app.client, "42/c2,[\"early\"]");
    say(app.client, "42/c2,[\"late\"]");
    assert_string_equal(app.fx.trace, "use|use|event early|; event late|");
    app_close(&app);
}

static void a_child_has_the_pressure_of_its_parent(void **state)
{
    struct app app;
    gw_namespace *parent, *child;

    (void)state;
    app_open(&app, NULL);
    parent = gw_io_of_pattern(app.fx.io, "^/c");
    gw_namespace_set_pressure(parent, GW_PRESSURE_DROP_NEWEST, 1000);
    say(app.client, "40/c1,");
    child = gw_io_find(app.fx.io, "/c1");
    app.client->is_writable = false;
    app.client->queued_bytes = 1001;
    assert_int_equal(gw_emit(gw_everyone(parent), "a", NULL), 0);
    assert_int_equal(gw_emit(gw_everyone(child), "a", NULL), 0);
    assert_int_equal(gw_io_pressure_stats(app.fx.io).dropped_newest, 2);
    app_close(&app);
}

static void gw_io_of_whose_name_matches_a_pattern_makes_a_child(void **state)
{
    struct app app;
    gw_namespace *parent, *child;

    (void)state;
    app_open(&app, &(struct gw_io_options){.cleanup_empty_child_namespaces = true});
    assert_non_null(gw_io_of_predicate(app.fx.io, refuse, &app.fx)); /* is not asked */
    parent = gw_io_of_pattern(app.fx.io, "^/c");
    assert_int_equal(gw_on_connection(parent, on_connection, &app.fx), 0);
    assert_int_equal(gw_on_new_namespace(app.fx.io, on_new_namespace, &app.fx), 0);
    child = gw_io_of(app.fx.io, "c1");
    assert_ptr_equal(gw_namespace_parent(child), parent);
    assert_null(gw_namespace_parent(gw_io_of(app.fx.io, "/other")));
    assert_string_equal(app.fx.trace, "new /c1|new /other|");
    say(app.client, "40/c1,");
    assert_string_equal(app.fx.trace, "new /c1|new /other|connection /c1|");
    hang_up(app.client);
    turn(&app.fx);
    assert_ptr_equal(gw_io_find(app.fx.io, "/c1"), child); /* the application holds it */
    assert_int_equal(gw_off_new_namespace(app.fx.io, on_new_namespace, &app.fx), 1);
    app_close(&app);
}

static void a_parent_emits_to_all_its_children(void **state)
{
    struct app app;
    gw_namespace *parent;
    struct client *other;

    (void)state;
    app_open(&app, NULL);
    parent = gw_io_of_pattern(app.fx.io, "^/c");
    assert_int_equal(gw_emit(gw_everyone(parent), "e", NULL), 0);
    other = client_open(&app.fx);
    say(app.client, "40");
    say(app.client, "40/c1,");
    say(app.client, "40/c2,");
    say(other, "40/c2,");
    forget(app.client);
    forget(other);
    assert_int_equal(gw_emit(gw_everyone(parent), "e", "1"), 3);
    assert_string_equal(app.client->out, "42/c1,[\"e\",1]|42/c2,[\"e\",1]|");
    assert_string_equal(other->out, "42/c2,[\"e\",1]|");
    assert_int_equal(gw_count(gw_everyone(parent)), 3);
    assert_int_equal(gw_sockets_join(gw_everyone(parent), "r"), 3);
    assert_int_equal(gw_emit(gw_to(gw_everyone(parent), "r"), "e", "2"), 3);
    assert_int_equal(gw_emit(gw_except(gw_everyone(parent), "r"), "e", "3"), 0);
    assert_int_equal(gw_sockets_leave(gw_everyone(parent), "r"), 3);
    assert_int_equal(gw_count(gw_to(gw_everyone(parent), "r")), 0);
    assert_int_equal(gw_fetch(gw_everyone(parent), NULL, NULL), GW_E_ARG);
    assert_int_equal(gw_sockets_disconnect(gw_everyone(parent), GW_NAMESPACE_ONLY), 3);
    assert_int_equal(gw_count(gw_everyone(parent)), 0);
    assert_int_equal(gw_namespace_socket_count(app.fx.nsp), 1);
    client_free(other);
    app_close(&app);
}

/* ---- cleaning up ---- */

static void an_empty_child_goes_with_the_turn(void **state)
{
    struct app app;
    gw_namespace *parent;

    (void)state;
    app_open(&app, &(struct gw_io_options){.cleanup_empty_child_namespaces = true});
    parent = gw_io_of_pattern(app.fx.io, "^/c");
    assert_int_equal(gw_on_new_namespace(app.fx.io, on_new_namespace, &app.fx), 0);
    say(app.client, "40/c,");
    turn(&app.fx);
    assert_non_null(gw_io_find(app.fx.io, "/c"));
    say(app.client, "41/c,");
    turn(&app.fx);
    assert_null(gw_io_find(app.fx.io, "/c"));
    assert_int_equal(gw_emit(gw_everyone(parent), "e", NULL), 0);
    say(app.client, "40/c,");
    assert_string_equal(app.fx.trace, "new /c|new /c|");
    assert_string_equal(app.client->out, "40/c,{\"sid\":\"\"}|40/c,{\"sid\":\"\"}|");
    app_close(&app);
}

static void refuse_socket(gw_socket *socket, gw_next *next, void *user)
{
    (void)socket;
    (void)user;
    gw_next_refuse(next, "no", NULL);
}

static void a_child_whose_first_client_was_refused_goes_too(void **state)
{
    struct app app;
    gw_namespace *parent;

    (void)state;
    app_open(&app, &(struct gw_io_options){.cleanup_empty_child_namespaces = true});
    parent = gw_io_of_pattern(app.fx.io, "^/c");
    assert_int_equal(gw_use(parent, refuse_socket, NULL), 0);
    say(app.client, "40/c,");
    assert_string_equal(app.client->out, "44/c,{\"message\":\"no\"}|");
    turn(&app.fx);
    assert_null(gw_io_find(app.fx.io, "/c"));
    app_close(&app);
}

static void without_the_option_children_stay(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, NULL);
    assert_non_null(gw_io_of_pattern(app.fx.io, "^/c"));
    say(app.client, "40/c,");
    say(app.client, "41/c,");
    turn(&app.fx);
    assert_non_null(gw_io_find(app.fx.io, "/c"));
    app_close(&app);
}

static void a_child_that_gw_io_of_has_named_stays(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &(struct gw_io_options){.cleanup_empty_child_namespaces = true});
    assert_non_null(gw_io_of_pattern(app.fx.io, "^/c"));
    say(app.client, "40/c,");
    assert_non_null(gw_io_of(app.fx.io, "/c"));
    hang_up(app.client);
    turn(&app.fx);
    assert_non_null(gw_io_find(app.fx.io, "/c"));
    app_close(&app);
}

/* ---- limits ---- */

static void children_are_limited_in_number(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &(struct gw_io_options){.cleanup_empty_child_namespaces = true,
                                           .max_child_namespaces = 2});
    assert_non_null(gw_io_of_pattern(app.fx.io, "^/c"));
    say(app.client, "40/c1,");
    say(app.client, "40/c2,");
    forget(app.client);
    say(app.client, "40/c3,");
    assert_string_equal(app.client->out, "44/c3,{\"message\":\"Too many namespaces\"}|");
    say(app.client, "41/c1,");
    turn(&app.fx);
    forget(app.client);
    say(app.client, "40/c3,");
    assert_string_equal(app.client->out, "40/c3,{\"sid\":\"\"}|");
    assert_non_null(gw_io_of(app.fx.io, "/c4")); /* the application is not limited */
    app_close(&app);
}

static void names_are_limited_in_length_and_hold_no_nul(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_namespace_bytes = 4});
    assert_non_null(gw_io_of_pattern(app.fx.io, ""));
    say(app.client, "40/abc,");
    say(app.client, "40/abcd,");
    say_slice(app.client, GW_LIT("40/a\0,"));
    assert_string_equal(app.client->out, "40/abc,{\"sid\":\"\"}|"
                                         "44/abcd,{\"message\":\"Invalid namespace\"}|44/a");
    assert_null(gw_io_find(app.fx.io, "/a"));
    app_close(&app);
}

static void waiting_for_a_predicate_counts_as_a_namespace_of_the_connection(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_namespaces = 2});
    app.answer = 'l';
    assert_non_null(gw_io_of_predicate(app.fx.io, decide, &app));
    say(app.client, "40/a,");
    say(app.client, "40/b,");
    say(app.client, "40/c,");
    assert_string_equal(app.client->out, "44/c,{\"message\":\"Too many namespaces\"}|");
    say(app.client, "40");
    assert_string_equal(app.client->out, "44/c,{\"message\":\"Too many namespaces\"}|"
                                         "44{\"message\":\"Too many namespaces\"}|");
    gw_match_refuse(app.matches[0]);
    forget(app.client);
    say(app.client, "40");
    gw_match_ok(app.matches[1]);
    assert_string_equal(app.client->out, "40{\"sid\":\"\"}|40/b,{\"sid\":\"\"}|");
    app_close(&app);
}

static void memory_that_runs_out_costs_the_connection(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth <= 12; nth++) {
        struct app app;
        gw_namespace *parent;

        app_open(&app, &(struct gw_io_options){.cleanup_empty_child_namespaces = true});
        parent = gw_io_of_pattern(app.fx.io, "^/c");
        assert_int_equal(gw_use(parent, on_use, &app.fx), 0);
        assert_int_equal(gw_on(parent, "e", on_event, &app.fx), 0);
        gw_mem_fail_at(nth);
        say(app.client, "40/c,");
        gw_mem_fail_at(0);
        turn(&app.fx);
        if (strcmp(app.client->out, "close|") == 0)
            assert_null(gw_io_find(app.fx.io, "/c"));
        else
            assert_string_equal(app.client->out, "40/c,{\"sid\":\"\"}|");
        app_close(&app);
    }
}

static void a_parent_that_memory_has_no_room_for_is_none(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, NULL);
    for (uint64_t nth = 1; nth <= 2; nth++) {
        gw_mem_fail_at(nth);
        assert_null(gw_io_of_pattern(app.fx.io, "^/c"));
        gw_mem_fail_at(nth);
        assert_null(gw_io_of_predicate(app.fx.io, decide, &app));
        gw_mem_fail_at(0);
    }
    say(app.client, "40/c,");
    assert_string_equal(app.client->out, "44/c,{\"message\":\"Invalid namespace\"}|");
    app_close(&app);
}

static void trace_name(gw_namespace *nsp, void *user)
{
    struct app *app = user;

    trace(&app->fx, "%s|", gw_namespace_name(nsp));
    gw_io_of(app->fx.io, "/made-meanwhile");
}

static void each_namespace_is_met_once_parents_left_out(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, NULL);
    assert_non_null(gw_io_of_pattern(app.fx.io, "^/c"));
    gw_io_of(app.fx.io, "/a");
    say(app.client, "40/c,");
    gw_io_each_namespace(app.fx.io, trace_name, &app);
    assert_string_equal(app.fx.trace, "/|/a|/c|");
    app_close(&app);
}

/* A name that a pattern fits becomes its child or nothing, and never a namespace of its own that has none of its handlers. */
static void name_it(struct failing *failing, void *user)
{
    struct app app;
    gw_namespace *parent, *child;

    (void)user;
    app_open(&app, NULL);
    parent = gw_io_of_pattern(app.fx.io, "^/c");
    assert_int_equal(gw_use(parent, on_use, &app.fx), 0);
    assert_int_equal(gw_on(parent, "e", on_event, &app.fx), 0);
    failing_begin(failing);
    child = gw_io_of(app.fx.io, "child");
    failing_end(failing);
    if (child)
        assert_ptr_equal(gw_namespace_parent(child), parent);
    else
        assert_true(failing->is_reached);
    app_close(&app);
}

static void a_child_that_memory_has_no_room_for_is_none(void **state)
{
    (void)state;
    assert_true(fail_each(name_it, NULL) >= 5);
}

/* A predicate that answers later, a second one that answers at once, middleware, and the cleaning up. */
static void ask_late(struct failing *failing, void *user)
{
    struct app app;
    gw_namespace *parent;

    (void)user;
    app_open(&app, &(struct gw_io_options){.cleanup_empty_child_namespaces = true});
    app.answer = 'l';
    parent = gw_io_of_predicate(app.fx.io, decide, &app);
    assert_int_equal(gw_use(parent, on_use, &app.fx), 0);
    assert_int_equal(gw_on(parent, "e", on_event, &app.fx), 0);
    failing_begin(failing);
    say(app.client, "40/later,{\"a\":1}");
    turn(&app.fx);
    if (app.match_count > 0)
        gw_match_ok(app.matches[0]);
    turn(&app.fx);
    failing_end(failing);
    if (strcmp(app.client->out, "close|") != 0)
        assert_non_null(strstr(app.client->out, "40/later,{\"sid\":\"\"}|"));
    else
        assert_true(failing->is_reached);
    hang_up(app.client);
    turn(&app.fx);
    assert_null(gw_io_find(app.fx.io, "/later"));
    app_close(&app);
}

static void memory_that_runs_out_behind_a_predicate_costs_the_connection(void **state)
{
    (void)state;
    assert_true(fail_each(ask_late, NULL) >= 6);
}

/* To all children of a parent at once. */
static void use_parent(struct failing *failing, void *user)
{
    struct app app;
    gw_namespace *parent;
    int errs[3];

    (void)user;
    app_open(&app, NULL);
    parent = gw_io_of_pattern(app.fx.io, "^/c");
    say(app.client, "40/c1,");
    say(app.client, "40/c2,");
    failing_begin(failing);
    errs[0] = gw_emit(gw_except(gw_everyone(parent), "x"), "e\n", "1");
    errs[1] = gw_sockets_join(gw_everyone(parent), "a");
    errs[2] = gw_sockets_disconnect(gw_to(gw_everyone(parent), "a"), GW_NAMESPACE_ONLY);
    failing_end(failing);
    for (size_t i = 0; i < 3; i++)
        assert_true((errs[i] >= 0 && errs[i] <= 2) || errs[i] == GW_E_NOMEM);
    turn(&app.fx);
    app_close(&app);
}

static void what_is_done_to_all_children_may_find_no_memory(void **state)
{
    (void)state;
    assert_true(fail_each(use_parent, NULL) >= 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_makes_a_child_at_the_first_connect),
        cmocka_unit_test(bad_patterns_are_refused),
        cmocka_unit_test(the_first_parent_that_wants_it_gets_it),
        cmocka_unit_test(a_predicate_may_answer_later),
        cmocka_unit_test(a_second_connect_while_the_first_waits_ends_the_connection),
        cmocka_unit_test(packets_for_a_namespace_that_waits_end_the_connection),
        cmocka_unit_test(a_word_for_a_client_that_closes_makes_no_child),
        cmocka_unit_test(a_word_for_a_client_that_has_gone_is_harmless),
        cmocka_unit_test(the_client_may_go_while_it_is_asked_about),
        cmocka_unit_test(a_namespace_made_meanwhile_is_taken),
        cmocka_unit_test(a_child_has_what_its_parent_had_at_that_moment),
        cmocka_unit_test(a_child_has_the_pressure_of_its_parent),
        cmocka_unit_test(gw_io_of_whose_name_matches_a_pattern_makes_a_child),
        cmocka_unit_test(a_parent_emits_to_all_its_children),
        cmocka_unit_test(an_empty_child_goes_with_the_turn),
        cmocka_unit_test(a_child_whose_first_client_was_refused_goes_too),
        cmocka_unit_test(without_the_option_children_stay),
        cmocka_unit_test(a_child_that_gw_io_of_has_named_stays),
        cmocka_unit_test(children_are_limited_in_number),
        cmocka_unit_test(names_are_limited_in_length_and_hold_no_nul),
        cmocka_unit_test(waiting_for_a_predicate_counts_as_a_namespace_of_the_connection),
        cmocka_unit_test(memory_that_runs_out_costs_the_connection),
        cmocka_unit_test(a_parent_that_memory_has_no_room_for_is_none),
        cmocka_unit_test(each_namespace_is_met_once_parents_left_out),
        cmocka_unit_test(a_child_that_memory_has_no_room_for_is_none),
        cmocka_unit_test(memory_that_runs_out_behind_a_predicate_costs_the_connection),
        cmocka_unit_test(what_is_done_to_all_children_may_find_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
