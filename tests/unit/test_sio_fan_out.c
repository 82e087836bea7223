/* SPDX-License-Identifier: MIT */
#include "sio/fan_out.h"

#include "sio/target.h"
#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct app {
    struct fixture fx;
    gw_socket *last;
};

static void on_connection(gw_socket *socket, void *user)
{
    ((struct app *)user)->last = socket;
}

/* '+' for what may be compressed, '-' for what may not: only messages say so, one alone is written without. */
static int send_flags(struct gw_eio_transport *transport, struct gw_eio_message *message)
{
    client_append(client_of(transport), message->is_compress_wanted ? GW_LIT("+") : GW_LIT("-"));
    return client_send(transport, message);
}

static struct client *join(struct app *app)
{
    static struct gw_eio_transport_ops ops;
    struct client *client;

    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, NULL);
    assert_int_equal(gw_on_connection(app->fx.nsp, on_connection, app), 0);
    ops = client_stream_ops;
    ops.send = send_flags;
    client = client_open_on(&app->fx, &ops);
    say(client, "40");
    forget(client);
    return client;
}

static void what_is_not_to_be_compressed_says_so(void **state)
{
    struct app app;
    struct client *client = join(&app);
    struct gw_target all = gw_everyone(app.fx.nsp), one = gw_only(app.last);
    struct gw_slice bytes = GW_LIT("x");

    (void)state;
    assert_int_equal(gw_emit(all, "a", NULL), 1);
    assert_int_equal(gw_emit(gw_compress(all, false), "b", NULL), 1);
    assert_int_equal(gw_emit(gw_compress(gw_compress(all, false), true), "c", NULL), 1);
    assert_int_equal(gw_emit(one, "d", NULL), 1);
    assert_int_equal(gw_emit_binary(gw_compress(one, false), "e",
                                    "{\"_placeholder\":true,\"num\":0}", &bytes, 1),
                     1);
    assert_int_equal(gw_send(gw_local(all), "1"), 1);
    assert_string_equal(client->out,
                        "42[\"a\"]|-42[\"b\"]|42[\"c\"]|42[\"d\"]|"
                        "-451-[\"e\",{\"_placeholder\":true,\"num\":0}]|-B78|42[\"message\",1]|");
    client->is_writable = false;
    assert_int_equal(gw_emit(gw_compress(gw_volatile(one), false), "f", NULL), 0);
    client_free(client);
    fixture_close(&app.fx);
}

static void one_alone_needs_no_message_and_two_share_one(void **state)
{
    struct gw_slice bytes = GW_LIT("x");
    struct app app;
    struct client *one = join(&app), *two;
    struct gw_target all = gw_everyone(app.fx.nsp);
    char first_id[GW_SOCKET_ID_LEN + 1];

    (void)state;
    snprintf(first_id, sizeof(first_id), "%s", gw_socket_id(app.last));
    assert_int_equal(gw_emit_binary(all, "a", "{\"_placeholder\":true,\"num\":0}", &bytes, 1), 1);
    assert_string_equal(one->out, "451-[\"a\",{\"_placeholder\":true,\"num\":0}]|B78|");
    two = client_open_on(&app.fx, one->transport.ops);
    say(two, "40");
    forget(one);
    forget(two);
    assert_int_equal(gw_emit(all, "b", NULL), 2);
    assert_int_equal(gw_emit(gw_to(all, first_id), "c", NULL), 1);
    assert_int_equal(gw_emit(gw_except(all, first_id), "d", NULL), 1);
    assert_int_equal(gw_emit(gw_pressure(all, GW_PRESSURE_DROP_NEWEST), "e", NULL), 2);
    assert_string_equal(one->out, "+42[\"b\"]|42[\"c\"]|+42[\"e\"]|");
    assert_string_equal(two->out, "+42[\"b\"]|42[\"d\"]|+42[\"e\"]|");
    client_free(two);
    client_free(one);
    fixture_close(&app.fx);
}

/* The second is struck after the first has begun to wait: what is kept for it is encoded, and the first gets its own. */
static void who_waits_is_not_forgotten_over_who_is_held(void **state)
{
    struct app app;
    struct client *one = join(&app), *two;
    struct gw_target all = gw_everyone(app.fx.nsp);

    (void)state;
    two = client_open_on(&app.fx, one->transport.ops);
    say(two, "40");
    forget(one);
    forget(two);
    gw_namespace_set_pressure(app.fx.nsp, GW_PRESSURE_DEFAULT, 1000);
    two->is_writable = false;
    two->queued_bytes = 1001;
    assert_int_equal(gw_emit(gw_pressure(all, GW_PRESSURE_KEEP_LATEST), "a", NULL), 2);
    assert_int_equal(gw_emit(gw_volatile(all), "b", NULL), 1);
    assert_string_equal(one->out, "42[\"a\"]|42[\"b\"]|");
    assert_string_equal(two->out, "");
    two->is_writable = true;
    gw_eio_session_drained(two->transport.session);
    assert_string_equal(two->out, "+42[\"a\"]|");
    client_free(two);
    client_free(one);
    fixture_close(&app.fx);
}

static void nobody_pays_for_an_empty_room(void **state)
{
    struct app app;
    struct client *client = join(&app);
    struct gw_sio_draft draft = {.type = GW_SIO_EVENT, .name = GW_LIT("a")};
    struct gw_sio_fan_out out;

    (void)state;
    gw_sio_fan_out_init(&out, gw_to(gw_everyone(app.fx.nsp), "empty"), &draft);
    assert_int_equal(out.message_count, 0);
    gw_sio_fan_out_send(app.last, &out);
    gw_sio_fan_out_send(app.last, &out);
    assert_int_equal(out.message_count, 1);
    assert_int_equal(out.reached, 2);
    gw_sio_fan_out_dispose(&out);
    client_free(client);
    fixture_close(&app.fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_to_be_compressed_says_so),
        cmocka_unit_test(one_alone_needs_no_message_and_two_share_one),
        cmocka_unit_test(who_waits_is_not_forgotten_over_who_is_held),
        cmocka_unit_test(nobody_pays_for_an_empty_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
