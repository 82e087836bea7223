/* SPDX-License-Identifier: MIT */
/* Against a DNS server of our own on the loopback interface. */
#include "net/resolver.h"

#include "base/mem.h"
#include "support/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct dns_record records[] = {
    {"both.test", "192.0.2.1"}, {"both.test", "192.0.2.2"},  {"both.test", "2001:db8::1"},
    {"four.test", "192.0.2.4"}, {"six.test", "2001:db8::6"}, {"empty.test", NULL},
};

struct run {
    gw_loop *loop;
    struct dns_server dns;
    struct gw_resolver *resolver;
    int answer_count;
    int v4_err, v6_err;
    size_t v4_count, v6_count;
    char v4[GW_ADDRESS_TEXT_MAX], v6[GW_ADDRESS_TEXT_MAX], why[128];
};

static void on_answer(void *user, const struct gw_resolver_answer *answer)
{
    struct run *run = user;
    bool is_v6 = answer->family == AF_INET6;

    run->answer_count++;
    *(is_v6 ? &run->v6_err : &run->v4_err) = answer->err;
    *(is_v6 ? &run->v6_count : &run->v4_count) = answer->count;
    if (answer->count > 0)
        gw_address_format(&answer->addresses[0], is_v6 ? run->v6 : run->v4);
    snprintf(run->why, sizeof(run->why), "%s", answer->why ? answer->why : "");
}

static void begin(struct run *run)
{
    *run = (struct run){.loop = gw_loop_create(), .v4_err = 1, .v6_err = 1};
    assert_non_null(run->loop);
    assert_true(dns_start(&run->dns, records, sizeof(records) / sizeof(*records)));
}

static void end(struct run *run)
{
    gw_resolver_destroy(run->resolver);
    gw_loop_destroy(run->loop);
    dns_stop(&run->dns);
}

static void ask(struct run *run, const char *host)
{
    int err;

    run->resolver = gw_resolver_start(run->loop, host, 80, run->dns.text, on_answer, run, &err);
    assert_non_null(run->resolver);
    assert_int_equal(run->answer_count, 0);
}

static void step_until(struct run *run, int answer_count)
{
    for (int i = 0; i < 500 && run->answer_count < answer_count; i++) {
        dns_serve(&run->dns);
        gw_loop_step(run->loop, 10);
    }
    assert_int_equal(run->answer_count, answer_count);
}

static void both_families_are_asked_for(void **state)
{
    struct run run;

    (void)state;
    begin(&run);
    ask(&run, "both.test");
    step_until(&run, 2);
    assert_int_equal(run.v4_err, 0);
    assert_int_equal(run.v4_count, 2);
    assert_memory_equal(run.v4, "192.0.2.", 8);
    assert_string_equal(run.v6, "[2001:db8::1]:80");
    assert_int_equal(run.v6_count, 1);
    end(&run);
}

static void families_are_told_as_they_come(void **state)
{
    struct run run;

    (void)state;
    begin(&run);
    run.dns.keeps_aaaa = true;
    ask(&run, "both.test");
    step_until(&run, 1);
    assert_int_equal(run.v4_count, 2);
    assert_int_equal(run.v6_err, 1);
    dns_release(&run.dns);
    step_until(&run, 2);
    assert_int_equal(run.v6_count, 1);
    end(&run);
}

static void a_family_without_addresses_is_not_found(void **state)
{
    struct run run;

    (void)state;
    begin(&run);
    ask(&run, "four.test");
    step_until(&run, 2);
    assert_int_equal(run.v4_count, 1);
    assert_int_equal(run.v6_err, GW_E_NOT_FOUND);
    end(&run);
    begin(&run);
    ask(&run, "empty.test");
    step_until(&run, 2);
    assert_int_equal(run.v4_err, GW_E_NOT_FOUND);
    assert_int_equal(run.v6_err, GW_E_NOT_FOUND);
    end(&run);
}

static void an_unknown_name_is_not_found(void **state)
{
    struct run run;

    (void)state;
    begin(&run);
    ask(&run, "nowhere.test.");
    step_until(&run, 2);
    assert_int_equal(run.v4_err, GW_E_NOT_FOUND);
    assert_int_equal(run.v6_err, GW_E_NOT_FOUND);
    assert_string_equal(run.why, "Domain name not found");
    end(&run);
}

static void localhost_needs_no_server(void **state)
{
    static const char *const names[] = {"localhost", "LocalHost.", "app.localhost"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct run run;

        begin(&run);
        run.dns.is_mute = true;
        ask(&run, names[i]);
        step_until(&run, 2);
        assert_string_equal(run.v4, "127.0.0.1:80");
        assert_string_equal(run.v6, "[::1]:80");
        assert_int_equal(run.dns.question_count, 0);
        end(&run);
    }
}

static void a_mute_server_can_be_given_up(void **state)
{
    struct run run;

    (void)state;
    begin(&run);
    run.dns.is_mute = true;
    ask(&run, "both.test");
    for (int i = 0; i < 5; i++) {
        dns_serve(&run.dns);
        gw_loop_step(run.loop, 10);
    }
    assert_int_equal(run.dns.question_count, 2);
    assert_int_equal(run.answer_count, 0);
    end(&run);
    assert_int_equal(run.answer_count, 0);
}

static void it_may_be_destroyed_before_it_asks(void **state)
{
    struct run run;

    (void)state;
    begin(&run);
    ask(&run, "both.test");
    end(&run);
}

static void servers_must_be_addresses(void **state)
{
    struct run run;
    int err = 0;

    (void)state;
    begin(&run);
    assert_null(gw_resolver_start(run.loop, "a", 80, "not-an-address", on_answer, &run, &err));
    assert_int_equal(err, GW_E_ARG);
    end(&run);
}

static void missing_memory_loses_the_answer_at_worst(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth < 6; nth++) {
        struct run run;
        int err;

        begin(&run);
        gw_mem_fail_at(nth);
        run.resolver =
            gw_resolver_start(run.loop, "both.test", 80, run.dns.text, on_answer, &run, &err);
        for (int i = 0; run.resolver && i < 5; i++) {
            dns_serve(&run.dns);
            gw_loop_step(run.loop, 5);
        }
        gw_mem_fail_at(0);
        if (!run.resolver)
            assert_int_equal(err, GW_E_NOMEM);
        end(&run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_families_are_asked_for),
        cmocka_unit_test(families_are_told_as_they_come),
        cmocka_unit_test(a_family_without_addresses_is_not_found),
        cmocka_unit_test(an_unknown_name_is_not_found),
        cmocka_unit_test(localhost_needs_no_server),
        cmocka_unit_test(a_mute_server_can_be_given_up),
        cmocka_unit_test(it_may_be_destroyed_before_it_asks),
        cmocka_unit_test(servers_must_be_addresses),
        cmocka_unit_test(missing_memory_loses_the_answer_at_worst),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
