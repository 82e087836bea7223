/* SPDX-License-Identifier: MIT */
#include "server/admin_login.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Of "secret", with the lowest cost. */
#define HASH "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"

static char verdicts[64];

static void on_decided(struct gw_admin_login *login, bool is_right, void *user)
{
    size_t len = strlen(verdicts);

    (void)login;
    verdicts[len] = *(const char *)user;
    verdicts[len + 1] = is_right ? '+' : '-';
    verdicts[len + 2] = '\0';
}

static void wait_for(gw_loop *loop, size_t count)
{
    while (strlen(verdicts) < 2 * count)
        assert_int_equal(gw_loop_step(loop, 1000), 0);
}

static void begin(struct gw_admin_login *login, gw_loop **loop)
{
    verdicts[0] = '\0';
    *loop = gw_loop_create();
    assert_int_equal(gw_admin_login_init(login, *loop, HASH, on_decided), 0);
}

static void passwords_are_judged_in_their_order(void **state)
{
    struct gw_admin_login login;
    gw_loop *loop;

    (void)state;
    begin(&login, &loop);
    assert_int_equal(gw_admin_login_check(&login, true, GW_LIT("secret"), "a"), 0);
    assert_int_equal(gw_admin_login_check(&login, true, GW_LIT("Secret"), "b"), 0);
    assert_int_equal(gw_admin_login_check(&login, false, GW_LIT("secret"), "c"), 0);
    assert_int_equal(gw_admin_login_check(&login, true, GW_LIT(""), "d"), 0);
    assert_string_equal(verdicts, ""); /* not inside the call */
    wait_for(loop, 4);
    assert_string_equal(verdicts, "a+b-c-d-");
    gw_admin_login_dispose(&login);
    gw_loop_destroy(loop);
}

static void more_than_so_many_are_not_taken(void **state)
{
    struct gw_admin_login login;
    gw_loop *loop;

    (void)state;
    begin(&login, &loop);
    for (int i = 0; i < GW_ADMIN_LOGINS_MAX; i++)
        assert_int_equal(gw_admin_login_check(&login, true, GW_LIT("x"), "x"), 0);
    assert_int_equal(gw_admin_login_check(&login, true, GW_LIT("secret"), "y"), GW_E_LIMIT);
    wait_for(loop, GW_ADMIN_LOGINS_MAX);
    assert_int_equal(gw_admin_login_check(&login, true, GW_LIT("secret"), "z"), 0);
    wait_for(loop, GW_ADMIN_LOGINS_MAX + 1);
    assert_non_null(strstr(verdicts, "z+"));
    gw_admin_login_dispose(&login);
    gw_loop_destroy(loop);
}

/* The loop lives on, and hears a word of a thread that has ended. */
static void what_is_undecided_at_the_end_stays_so(void **state)
{
    struct gw_admin_login login;
    gw_loop *loop;

    (void)state;
    begin(&login, &loop);
    for (int i = 0; i < 3; i++)
        assert_int_equal(gw_admin_login_check(&login, true, GW_LIT("secret"), "a"), 0);
    gw_admin_login_dispose(&login);
    gw_loop_step(loop, 0);
    assert_string_equal(verdicts, "");
    gw_loop_destroy(loop);
}

static void sessions_last_a_day(void **state)
{
    struct gw_admin_login login;
    char first[GW_ADMIN_SESSION_ID_LEN], id[GW_ADMIN_SESSION_ID_LEN];
    struct gw_slice slice = {(const uint8_t *)first, sizeof(first)};
    gw_loop *loop;

    (void)state;
    begin(&login, &loop);
    assert_false(gw_admin_login_is_open(&login, GW_LIT("0000000000000000"), 0));
    gw_admin_login_open(&login, 1000, first);
    assert_true(gw_admin_login_is_open(&login, slice, 1000));
    assert_true(gw_admin_login_is_open(&login, slice, 1000 + GW_ADMIN_SESSION_MS - 1));
    assert_false(gw_admin_login_is_open(&login, slice, 1000 + GW_ADMIN_SESSION_MS));
    assert_false(gw_admin_login_is_open(&login, (struct gw_slice){slice.ptr, 15}, 1000));
    for (int i = 0; i < GW_ADMIN_SESSIONS_MAX; i++)
        gw_admin_login_open(&login, 1000, id);
    assert_false(gw_admin_login_is_open(&login, slice, 1000));
    gw_admin_login_dispose(&login);
    gw_loop_destroy(loop);
}

static void only_hashes_of_bcrypt_will_do(void **state)
{
    (void)state;
    assert_true(gw_admin_login_is_hash(HASH));
    assert_false(gw_admin_login_is_hash(NULL));
    assert_false(gw_admin_login_is_hash("secret"));
    assert_false(gw_admin_login_is_hash("$6$abc$def"));
    assert_false(gw_admin_login_is_hash("$2b$10$short"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords_are_judged_in_their_order),
        cmocka_unit_test(more_than_so_many_are_not_taken),
        cmocka_unit_test(what_is_undecided_at_the_end_stays_so),
        cmocka_unit_test(sessions_last_a_day),
        cmocka_unit_test(only_hashes_of_bcrypt_will_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
