/* SPDX-License-Identifier: MIT */
#include "sio/history.h"

#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct gw_sio_history_caps roomy = {1000, 1 << 20};

static void push(struct gw_sio_history *history, struct gw_target target, uint64_t now_ms,
                 const struct gw_sio_history_caps *caps)
{
    struct gw_eio_message *message = gw_eio_message_create(false, 10);

    assert_non_null(message);
    assert_int_equal(gw_sio_history_push(history, target, &message, 1, now_ms, caps), 0);
    gw_eio_message_unref(message);
}

static void numbers_have_no_holes_and_lead_back(void **state)
{
    struct gw_sio_history history;
    struct fixture fx;
    uint64_t number = 102;

    (void)state;
    fixture_open(&fx, NULL);
    gw_sio_history_init(&history, 100);
    assert_null(gw_sio_history_after(&history, 0));
    for (int i = 0; i < 5; i++)
        push(&history, gw_everyone(fx.nsp), 1000, &roomy);
    for (const struct gw_sio_kept *at = gw_sio_history_after(&history, number); at;
         at = gw_sio_history_next(&history, at))
        assert_int_equal(at->number, ++number);
    assert_int_equal(number, 104);
    assert_null(gw_sio_history_after(&history, 104));
    assert_int_equal(gw_sio_history_after(&history, 1)->number, 100);
    gw_sio_history_dispose(&history);
    fixture_close(&fx);
}

static void age_makes_no_gap_but_a_cap_does(void **state)
{
    const struct gw_sio_history_caps two = {2, 1 << 20}, few_bytes = {1000, 300};
    struct gw_sio_history history;
    struct fixture fx;

    (void)state;
    fixture_open(&fx, NULL);
    gw_sio_history_init(&history, 1);
    push(&history, gw_everyone(fx.nsp), 1000, &roomy);
    push(&history, gw_everyone(fx.nsp), 2000, &roomy);
    gw_sio_history_drop_before(&history, 2000);
    assert_int_equal(history.count, 1);
    assert_int_equal(gw_sio_history_gap(&history, 0, 0), 0);
    push(&history, gw_everyone(fx.nsp), 3000, &two);
    push(&history, gw_everyone(fx.nsp), 4000, &two); /* number 4 pushes out 2 */
    assert_int_equal(gw_sio_history_gap(&history, 0, 0), 2);
    assert_int_equal(gw_sio_history_gap(&history, 1, 2000), 1);
    assert_int_equal(gw_sio_history_gap(&history, 2, 0), 0);
    assert_int_equal(gw_sio_history_gap(&history, 0, 2001), 0); /* too old to be missed */
    for (int i = 0; i < 10; i++)
        push(&history, gw_everyone(fx.nsp), 5000, &few_bytes);
    assert_in_range(history.bytes, 1, 300);
    gw_sio_history_dispose(&history);
    assert_int_equal(history.bytes, 0);
    fixture_close(&fx);
}

static gw_socket *the_socket;

static void on_connection(gw_socket *socket, void *user)
{
    (void)user;
    the_socket = socket;
}

static bool is_for(struct gw_target target)
{
    struct gw_sio_history history;
    bool is;

    gw_sio_history_init(&history, 1);
    push(&history, target, 0, &roomy);
    is = gw_sio_kept_is_for(gw_sio_history_after(&history, 0), the_socket);
    gw_sio_history_dispose(&history);
    return is;
}

static void rooms_decide_whom_it_was_for(void **state)
{
    struct fixture fx;
    struct client *client, *other;
    struct gw_target all, own;
    gw_socket *other_socket;

    (void)state;
    fixture_open(&fx, NULL);
    assert_int_equal(gw_on_connection(fx.nsp, on_connection, NULL), 0);
    other = client_open(&fx);
    say(other, "40");
    other_socket = the_socket;
    client = client_open(&fx);
    say(client, "40");
    assert_int_equal(gw_socket_join(the_socket, "a"), 0);
    all = gw_everyone(fx.nsp);
    own = gw_to(all, gw_socket_id(the_socket));
    assert_true(is_for(all));
    assert_true(is_for(gw_to(all, "a")));
    assert_true(is_for(gw_to(gw_to(all, "b"), "a")));
    assert_false(is_for(gw_to(all, "b")));
    assert_false(is_for(gw_except(all, "a")));
    assert_true(is_for(gw_except(all, "b")));
    assert_false(is_for(gw_except(gw_to(all, "a"), "a")));
    assert_true(is_for(own));
    assert_true(is_for(gw_only(the_socket)));
    assert_false(is_for(gw_only(other_socket)));
    assert_false(is_for(gw_broadcast(the_socket)));
    assert_true(is_for(gw_broadcast(other_socket)));
    assert_true(is_for(gw_to(all, "")) == gw_socket_is_in(the_socket, ""));
    client_free(client);
    client_free(other);
    fixture_close(&fx);
}

static void numbers_go_out_and_come_back(void **state)
{
    static const uint64_t numbers[] = {1, 63, 64, 4095, 4096, 1795229444490, UINT64_C(1) << 59};
    static const char *const bad[] = {"", "a b", "\"", "12345678901", "-\xc3\xa9", "1.0"};
    uint64_t number;

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char text[GW_SIO_OFFSET_MAX];
        size_t len = gw_sio_offset_format(text, numbers[i]);

        assert_int_equal(
            gw_sio_offset_parse((struct gw_slice){(const uint8_t *)text, len}, &number), 0);
        assert_true(number == numbers[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(gw_sio_offset_parse(gw_slice_of(bad[i]), &number), GW_E_ARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_no_holes_and_lead_back),
        cmocka_unit_test(age_makes_no_gap_but_a_cap_does),
        cmocka_unit_test(rooms_decide_whom_it_was_for),
        cmocka_unit_test(numbers_go_out_and_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
