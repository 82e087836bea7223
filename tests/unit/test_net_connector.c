/* SPDX-License-Identifier: MIT */
/* Races on the loopback interface, where 127.0.0.0/8 and ::1 are ours; a listener whose backlog is full does not answer. */
#include "net/connector.h"

#include "base/mem.h"
#include "support/dns.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct dns_record records[] = {
    {"both.test", "127.0.0.1"}, {"both.test", "::1"},      {"four.test", "127.0.0.1"},
    {"two.test", "127.0.0.2"},  {"two.test", "127.0.0.3"}, {"six.test", "::1"},
};

struct run {
    gw_loop *loop;
    struct dns_server dns;
    struct gw_connector *connector;
    int fd, err, call_count;
    char why[GW_CONNECTOR_WHY_MAX];
    uint64_t begin_ms;
};

static void on_connected(void *user, int fd)
{
    struct run *run = user;

    run->fd = fd;
    run->call_count++;
    gw_connector_destroy(run->connector);
    run->connector = NULL;
}

static void on_failed(void *user, int err, const char *why)
{
    struct run *run = user;

    run->err = err;
    run->call_count++;
    snprintf(run->why, sizeof(run->why), "%s", why);
}

static const struct gw_connector_handlers handlers = {
    .on_connected = on_connected,
    .on_failed = on_failed,
};

static void begin(struct run *run)
{
    *run = (struct run){.loop = gw_loop_create(), .fd = -1};
    assert_non_null(run->loop);
    assert_true(dns_start(&run->dns, records, sizeof(records) / sizeof(*records)));
}

static void end(struct run *run)
{
    gw_connector_destroy(run->connector);
    if (run->fd >= 0)
        close(run->fd);
    gw_loop_destroy(run->loop);
    dns_stop(&run->dns);
}

static void start(struct run *run, const char *host, uint16_t port)
{
    struct gw_connector_target target = {.host = host, .port = port, .servers = run->dns.text};

    run->begin_ms = gw_loop_now_ms(run->loop);
    run->connector = gw_connector_start(run->loop, &target, &handlers, run);
    assert_non_null(run->connector);
    assert_int_equal(run->call_count, 0);
}

static void step_for(struct run *run, int count)
{
    for (int i = 0; i < count && run->call_count == 0; i++) {
        dns_serve(&run->dns);
        gw_loop_step(run->loop, 5);
    }
}

static uint64_t finish(struct run *run)
{
    step_for(run, 1000);
    assert_int_equal(run->call_count, 1);
    return gw_loop_now_ms(run->loop) - run->begin_ms;
}

/* -1 where the machine does not know the family. */
static int listen_on(const char *host, uint16_t *port, int backlog)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(*port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(*port)};
    bool is_v6 = inet_pton(AF_INET6, host, &v6.sin6_addr) == 1;
    struct sockaddr *address = is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    socklen_t len = is_v6 ? sizeof(v6) : sizeof(v4);
    int on = 1, fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (!is_v6)
        inet_pton(AF_INET, host, &v4.sin_addr);
    if (bind(fd, address, len) < 0 || listen(fd, backlog) < 0 ||
        getsockname(fd, address, &len) < 0) {
        close(fd);
        return -1;
    }
    *port = ntohs(is_v6 ? v6.sin6_port : v4.sin_port);
    return fd;
}

struct hole {
    int listener, fillers[8];
};

/* Nobody accepts and the backlog is full: the kernel drops what else comes. */
static bool dig_hole(struct hole *hole, const char *host, uint16_t *port)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);

    hole->listener = listen_on(host, port, 0);
    if (hole->listener < 0)
        return false;
    getsockname(hole->listener, (struct sockaddr *)&address, &len);
    for (size_t i = 0; i < 8; i++) {
        hole->fillers[i] = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(hole->fillers[i], (struct sockaddr *)&address, len);
    }
    return true;
}

static void fill_hole(struct hole *hole)
{
    for (size_t i = 0; i < 8; i++)
        close(hole->fillers[i]);
    close(hole->listener);
}

static void check_peer(const struct run *run, const char *host)
{
    struct gw_address address;
    char text[GW_ADDRESS_TEXT_MAX];

    assert_int_equal(gw_address_of_peer(&address, run->fd), 0);
    gw_address_format_host(&address, text);
    assert_string_equal(text, host);
}

static void a_numeric_address_is_connected_to(void **state)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", &port, 4), value = 0;
    socklen_t len = sizeof(value);
    struct run run;

    (void)state;
    begin(&run);
    start(&run, "127.0.0.1", port);
    finish(&run);
    check_peer(&run, "127.0.0.1");
    assert_true(fcntl(run.fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(run.fd, F_GETFD) & FD_CLOEXEC);
    getsockopt(run.fd, IPPROTO_TCP, TCP_NODELAY, &value, &len);
    assert_int_not_equal(value, 0);
    assert_int_equal(run.dns.question_count, 0);
    end(&run);
    close(listener);
}

static void refusal_is_told_with_the_address(void **state)
{
    uint16_t port = 0;
    char expected[96];
    struct run run;

    (void)state;
    close(listen_on("127.0.0.1", &port, 4));
    snprintf(expected, sizeof(expected), "cannot connect to 127.0.0.1:%d: Connection refused",
             port);
    begin(&run);
    start(&run, "127.0.0.1", port);
    finish(&run);
    assert_int_equal(run.err, GW_E_REFUSED);
    assert_string_equal(run.why, expected);
    assert_false(gw_connector_is_resolving(run.connector));
    end(&run);
}

static void all_addresses_are_tried_and_told(void **state)
{
    uint16_t port = 0;
    struct run run;

    (void)state;
    close(listen_on("127.0.0.1", &port, 4));
    begin(&run);
    start(&run, "two.test", port);
    finish(&run);
    assert_int_equal(run.err, GW_E_REFUSED);
    assert_non_null(strstr(run.why, "127.0.0.2:"));
    assert_non_null(strstr(run.why, "; 127.0.0.3:"));
    end(&run);
}

static void ipv6_goes_first(void **state)
{
    uint16_t port = 0;
    int v6 = listen_on("::1", &port, 4), v4 = listen_on("127.0.0.1", &port, 4);
    struct run run;

    (void)state;
    if (v6 < 0 || v4 < 0)
        skip();
    begin(&run);
    start(&run, "both.test", port);
    finish(&run);
    check_peer(&run, "::1");
    end(&run);
    close(v6);
    close(v4);
}

static void a_refused_family_costs_no_time(void **state)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", &port, 4);
    struct run run;

    (void)state;
    begin(&run);
    start(&run, "both.test", port);
    assert_true(finish(&run) < GW_CONNECTOR_STAGGER_MS);
    check_peer(&run, "127.0.0.1");
    end(&run);
    close(listener);
}

static void a_silent_family_costs_a_quarter_of_a_second(void **state)
{
    uint16_t port = 0;
    struct hole hole;
    struct run run;
    uint64_t took_ms;
    int listener;

    (void)state;
    if (!dig_hole(&hole, "::1", &port))
        skip();
    listener = listen_on("127.0.0.1", &port, 4);
    assert_true(listener >= 0);
    begin(&run);
    start(&run, "both.test", port);
    took_ms = finish(&run);
    check_peer(&run, "127.0.0.1");
    assert_true(took_ms >= GW_CONNECTOR_STAGGER_MS && took_ms < 4 * GW_CONNECTOR_STAGGER_MS);
    end(&run);
    fill_hole(&hole);
    close(listener);
}

static void ipv4_waits_a_moment_for_ipv6(void **state)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", &port, 4);
    struct run run;
    uint64_t took_ms;

    (void)state;
    begin(&run);
    run.dns.keeps_aaaa = true;
    start(&run, "both.test", port);
    took_ms = finish(&run);
    assert_true(took_ms >= GW_CONNECTOR_RESOLUTION_DELAY_MS);
    check_peer(&run, "127.0.0.1");
    end(&run);
    close(listener);
}

static void a_late_family_joins_the_race(void **state)
{
    uint16_t port = 0;
    int listener = listen_on("::1", &port, 4);
    struct hole hole;
    struct run run;

    (void)state;
    if (listener < 0)
        skip();
    assert_true(dig_hole(&hole, "127.0.0.1", &port));
    begin(&run);
    run.dns.keeps_aaaa = true;
    start(&run, "both.test", port);
    step_for(&run, 30);
    assert_int_equal(run.call_count, 0);
    dns_release(&run.dns);
    finish(&run);
    check_peer(&run, "::1");
    end(&run);
    fill_hole(&hole);
    close(listener);
}

static void what_it_waits_for_can_be_told(void **state)
{
    uint16_t port = 0;
    char text[GW_CONNECTOR_WHY_MAX], expected[64];
    struct hole hole;
    struct run run;

    (void)state;
    assert_true(dig_hole(&hole, "127.0.0.1", &port));
    begin(&run);
    run.dns.is_mute = true;
    start(&run, "four.test", port);
    step_for(&run, 4);
    assert_true(gw_connector_is_resolving(run.connector));
    gw_connector_describe(run.connector, text);
    assert_string_equal(text, "four.test");
    end(&run);
    begin(&run);
    start(&run, "four.test", port);
    step_for(&run, 20);
    assert_int_equal(run.call_count, 0);
    assert_false(gw_connector_is_resolving(run.connector));
    gw_connector_describe(run.connector, text);
    snprintf(expected, sizeof(expected), "127.0.0.1:%d", port);
    assert_string_equal(text, expected);
    end(&run);
    fill_hole(&hole);
}

static void an_unknown_name_fails_with_the_name(void **state)
{
    struct run run;

    (void)state;
    begin(&run);
    start(&run, "nowhere.test.", 80);
    finish(&run);
    assert_int_equal(run.err, GW_E_NOT_FOUND);
    assert_string_equal(run.why, "cannot resolve nowhere.test.: Domain name not found");
    assert_true(gw_connector_is_resolving(run.connector));
    end(&run);
}

static void unix_sockets_are_connected_to(void **state)
{
    struct gw_connector_target target = {.path = "/nowhere/at/all"};
    struct run run;

    (void)state;
    begin(&run);
    run.connector = gw_connector_start(run.loop, &target, &handlers, &run);
    finish(&run);
    assert_int_equal(run.err, GW_E_REFUSED);
    assert_string_equal(run.why,
                        "cannot connect to unix:/nowhere/at/all: No such file or directory");
    end(&run);
}

static void bad_servers_are_told(void **state)
{
    struct gw_connector_target target = {.host = "a.test", .port = 1, .servers = "x"};
    struct run run;

    (void)state;
    begin(&run);
    run.connector = gw_connector_start(run.loop, &target, &handlers, &run);
    assert_int_equal(run.call_count, 0);
    finish(&run);
    assert_int_equal(run.err, GW_E_ARG);
    end(&run);
}

static void it_may_be_destroyed_at_any_time(void **state)
{
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", &port, 4);

    (void)state;
    for (int steps = 0; steps < 12; steps++) {
        struct run run;

        begin(&run);
        start(&run, "both.test", port);
        for (int i = 0; i < steps; i++) {
            dns_serve(&run.dns);
            gw_loop_step(run.loop, 0);
        }
        end(&run);
    }
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_numeric_address_is_connected_to),
        cmocka_unit_test(refusal_is_told_with_the_address),
        cmocka_unit_test(all_addresses_are_tried_and_told),
        cmocka_unit_test(ipv6_goes_first),
        cmocka_unit_test(a_refused_family_costs_no_time),
        cmocka_unit_test(a_silent_family_costs_a_quarter_of_a_second),
        cmocka_unit_test(ipv4_waits_a_moment_for_ipv6),
        cmocka_unit_test(a_late_family_joins_the_race),
        cmocka_unit_test(what_it_waits_for_can_be_told),
        cmocka_unit_test(an_unknown_name_fails_with_the_name),
        cmocka_unit_test(unix_sockets_are_connected_to),
        cmocka_unit_test(bad_servers_are_told),
        cmocka_unit_test(it_may_be_destroyed_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
