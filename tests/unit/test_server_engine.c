/* SPDX-License-Identifier: MIT */
/* The engine's options and hooks from inside: what cannot be attached says why, and no allocation that fails takes more than
 * its connection. What clients see is tested in tests/interop/engine-options.test.mjs. */
#include "base/mem.h"
#include "support/server_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ALLOCATIONS_MAX = 60 };

static void refused(const struct gw_io_options *options, const char *why)
{
    struct run run;

    run_start(&run, NULL);
    assert_null(gw_io_attach(run.server, options));
    assert_non_null(strstr(gw_server_error(run.server), why));
    run_end(&run);
}

static void what_cannot_be_attached_says_why(void **state)
{
    static const struct gw_io_cookie cookie = {.name = "a b"};
    static const struct gw_io_cookie path = {.path = "/;x"};
    static const struct gw_ws_deflate deflate = {.window_bits = 8};

    (void)state;
    refused(&(struct gw_io_options){.cookie = &cookie}, "the cookie cannot be written");
    refused(&(struct gw_io_options){.cookie = &path}, "the cookie cannot be written");
    refused(&(struct gw_io_options){.deflate = &deflate}, "out of its range");
    refused(&(struct gw_io_options){.http_compression_level = 10}, "out of its range");
    refused(&(struct gw_io_options){.path = "no-slash"}, "cannot attach Socket.IO");
    refused(&(struct gw_io_options){.client_directory = "/nowhere"}, "/nowhere");
}

static void a_path_is_taken_once(void **state)
{
    struct run run;

    (void)state;
    run_start(&run, NULL);
    assert_non_null(gw_io_attach(run.server, NULL));
    assert_null(gw_io_attach(run.server, &(struct gw_io_options){.path = "/socket.io"}));
    assert_string_equal(gw_server_error(run.server),
                        "cannot attach Socket.IO: there is one at \"/socket.io/\" already");
    assert_non_null(gw_io_attach(run.server, &(struct gw_io_options){.path = "/other"}));
    run_end(&run);
}

static void proxies_are_addresses_or_networks(void **state)
{
    struct run run;

    (void)state;
    run_start(&run, NULL);
    assert_int_equal(gw_server_trust_proxies(run.server, (const char *const[]){"proxy.local", NULL},
                                             GW_PROXY_FORWARDED),
                     GW_E_ARG);
    assert_non_null(strstr(gw_server_error(run.server), "\"proxy.local\""));
    assert_int_equal(gw_server_trust_proxies(run.server,
                                             (const char *const[]){"10.0.0.0/8", "unix", NULL},
                                             GW_PROXY_FORWARDED),
                     0);
    assert_int_equal(
        gw_server_trust_proxies(run.server, (const char *const[]){NULL}, GW_PROXY_FORWARDED), 0);
    run_end(&run);
}

/* ---- hooks under failing allocations ---- */

static gw_engine_next *waiting;

static void wait_a_while(gw_request *request, gw_engine_next *next, void *user)
{
    (void)user;
    gw_respond_field(request, "X-Asked", "1");
    waiting = next;
}

static void let_in(gw_request *request, gw_engine_next *next, void *user)
{
    (void)request;
    (void)user;
    gw_engine_next_ok(next);
}

static void add_field(gw_request *request, void *user)
{
    (void)user;
    gw_respond_field(request, "X-Field", "1");
}

static void ignore_error(const struct gw_engine_error *error, void *user)
{
    (void)error;
    (void)user;
}

static void attach_all_hooks(struct run *run, bool waits)
{
    static const struct gw_io_cookie cookie;
    static const struct gw_ws_deflate deflate;
    gw_io *io = gw_io_attach(run->server,
                             &(struct gw_io_options){.allow_request = waits ? wait_a_while : let_in,
                                                     .cookie = &cookie,
                                                     .deflate = &deflate,
                                                     .initial_packet = GW_LIT("hello"),
                                                     .http_compression_threshold_bytes = 1});

    assert_non_null(io);
    gw_engine_use(gw_io_engine(io), let_in, NULL);
    gw_engine_on_initial_headers(gw_io_engine(io), add_field, NULL);
    gw_engine_on_headers(gw_io_engine(io), add_field, NULL);
    gw_engine_on_connection_error(gw_io_engine(io), ignore_error, NULL);
}

/* Turns until the server has nothing to say for a while, or has closed. */
static void turn(struct run *run, int fd)
{
    char bytes[4096];

    for (int i = 0; i < 6; i++) {
        gw_loop_step(gw_server_loop(run->server), 1);
        if (waiting) {
            gw_engine_next *next = waiting;

            waiting = NULL;
            gw_engine_next_ok(next);
        }
        if (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) == 0)
            return;
    }
}

static void survive(const char *request, bool waits)
{
    struct run run;
    char *answer;

    for (uint64_t n = 1; n <= ALLOCATIONS_MAX; n++) {
        int fd;

        run_start(&run, NULL);
        attach_all_hooks(&run, waits);
        fd = run_connect(&run);
        gw_loop_step(gw_server_loop(run.server), 100);
        run_say(fd, request);
        gw_mem_fail_at(n);
        turn(&run, fd);
        gw_mem_fail_at(0);
        close(fd);
        answer = run_ask(&run, "GET /socket.io/?EIO=4 HTTP/1.1\r\nHost: a\r\n"
                               "Connection: close\r\n\r\n");
        assert_non_null(strstr(answer, "{\"code\":0,\"message\":\"Transport unknown\"}"));
        free(answer);
        run_end(&run);
        waiting = NULL;
    }
}

#define POLL "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n"
#define UPGRADE                                                                                    \
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"      \
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"                                         \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"                                              \
    "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"

static void a_handshake_survives_failing_allocations(void **state)
{
    (void)state;
    survive(POLL "Accept-Encoding: gzip\r\n\r\n", false);
    survive(POLL "Accept-Encoding: gzip\r\n\r\n", true);
}

static void an_upgrade_survives_failing_allocations(void **state)
{
    (void)state;
    survive(UPGRADE, false);
    survive(UPGRADE, true);
}

static void a_refusal_survives_failing_allocations(void **state)
{
    (void)state;
    survive("GET /socket.io/?EIO=3&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n", false);
    survive("POST /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: a\r\n"
            "Content-Length: 3\r\n\r\nabc",
            true);
    survive("GET /nowhere HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", false);
}

/* ---- hooks that nobody ends ---- */

static void a_server_that_ends_takes_back_what_waits(void **state)
{
    struct run run;
    int fd;

    (void)state;
    run_start(&run, NULL);
    attach_all_hooks(&run, true);
    fd = run_connect(&run);
    run_say(fd, POLL "\r\n");
    while (!waiting)
        gw_loop_step(gw_server_loop(run.server), 10);
    close(fd);
    gw_loop_step(gw_server_loop(run.server), 10);
    run_end(&run);
    waiting = NULL;
}

static void closing_one_gw_io_is_idempotent(void **state)
{
    struct run run;
    char *answer;
    gw_io *io;

    (void)state;
    run_start(&run, NULL);
    io = gw_io_attach(run.server, NULL);
    gw_io_close(io);
    gw_io_close(io);
    answer = run_ask(&run, POLL "Connection: close\r\n\r\n");
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    free(answer);
    run_end(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_attached_says_why),
        cmocka_unit_test(a_path_is_taken_once),
        cmocka_unit_test(proxies_are_addresses_or_networks),
        cmocka_unit_test(a_handshake_survives_failing_allocations),
        cmocka_unit_test(an_upgrade_survives_failing_allocations),
        cmocka_unit_test(a_refusal_survives_failing_allocations),
        cmocka_unit_test(a_server_that_ends_takes_back_what_waits),
        cmocka_unit_test(closing_one_gw_io_is_idempotent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
