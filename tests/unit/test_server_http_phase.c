/* SPDX-License-Identifier: MIT */
/* The ends of a request without its answer: what its tenant is told. */
#include "server/http_phase.h"

#include "net/loop.h"
#include "server/conn.h"
#include "server/exchange.h"
#include "server/router.h"
#include "server/server.h"
#include "support/server_run.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct tenant {
    bool cuts; /* it ends the connection in its own way */
    int abort_count;
};

static void on_request(struct gw_exchange *exchange, void *data)
{
    (void)data;
    exchange->answer_timeout_ms = 1;
    assert_int_equal(gw_exchange_hold(exchange), 0);
}

static void on_abort(struct gw_exchange *exchange, void *data)
{
    struct tenant *tenant = data;

    tenant->abort_count++;
    if (tenant->cuts)
        gw_conn_finish(exchange->conn, RUN_LIMIT_MS);
}

static void start(struct run *run, struct tenant *tenant)
{
    static const struct gw_tenant ops = {.on_request = on_request, .on_abort = on_abort};

    run_start(run, NULL);
    assert_int_equal(
        gw_router_add_take(&run->server->router, NULL, GW_LIT("/held"), false, &ops, tenant), 0);
}

static void expect(bool cuts, const char *request, const char *answer)
{
    struct tenant tenant = {.cuts = cuts};
    struct run run;
    char *got;

    start(&run, &tenant);
    got = run_ask(&run, request);
    assert_memory_equal(got, answer, strlen(answer));
    if (cuts)
        assert_string_equal(got, "");
    assert_int_equal(tenant.abort_count, 1);
    free(got);
    run_end(&run);
}

#define HELD   "GET /held HTTP/1.1\r\nHost: x\r\n\r\n"
#define BROKEN "POST /held HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nno length\r\n"

static void the_end_of_its_time_is_told_once(void **state)
{
    (void)state;
    expect(false, HELD, "HTTP/1.1 503 ");
    expect(true, HELD, "");
}

static void a_body_that_breaks_the_rules_is_told_once(void **state)
{
    (void)state;
    expect(false, BROKEN, "HTTP/1.1 400 ");
    expect(true, BROKEN, "");
}

static void answer_much(gw_request *request, void *user)
{
    static const uint8_t much[8 << 20];

    (void)user;
    gw_respond(request, 200, "text/plain", (struct gw_slice){much, sizeof(much)});
}

#define MUCH "GET /much HTTP/1.1\r\nHost: x\r\n\r\n"
#define UPGRADE                                                                                    \
    "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                 \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

/* The upgrade waits until the answer before it has been read, and its client's FIN with it. */
static void a_client_that_has_gone_has_gone_in_the_next_phase_too(void **state)
{
    static const struct gw_ws_handlers handlers;
    static char bytes[1 << 20];
    struct run run;
    uint64_t limit_ms;
    int fd;

    (void)state;
    run_start(&run, NULL);
    assert_int_equal(gw_server_route(run.server, "GET", "/much", answer_much, NULL), 0);
    assert_int_equal(gw_ws_endpoint(run.server, "/ws", &handlers, NULL, NULL), 0);
    fd = run_connect_narrow(&run);
    run_say(fd, MUCH UPGRADE);
    shutdown(fd, SHUT_WR);
    for (int i = 0; i < 10; i++)
        gw_loop_step(gw_server_loop(run.server), 5);
    assert_int_equal(gw_server_connection_count(run.server), 1);
    limit_ms = gw_loop_now_ms(gw_server_loop(run.server)) + RUN_LIMIT_MS;
    while (gw_server_connection_count(run.server) > 0) {
        while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
            continue;
        gw_loop_step(gw_server_loop(run.server), 5);
        assert_true(gw_loop_now_ms(gw_server_loop(run.server)) < limit_ms);
    }
    close(fd);
    run_end(&run);
}

/* epoll_wait fails from here on. */
static void break_loop(gw_loop *loop)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    assert_int_not_equal(fd, -1);
    assert_int_equal(dup2(fd, loop->epoll_fd), loop->epoll_fd);
    close(fd);
}

static void destroying_the_server_needs_no_events(void **state)
{
    struct tenant tenant = {.cuts = false};
    struct run run;
    int fd;

    (void)state;
    start(&run, &tenant);
    fd = run_connect(&run);
    run_say(fd, HELD);
    while (gw_server_connection_count(run.server) == 0)
        gw_loop_step(gw_server_loop(run.server), -1);
    break_loop(gw_server_loop(run.server));
    run_end(&run); /* comes back */
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_of_its_time_is_told_once),
        cmocka_unit_test(a_body_that_breaks_the_rules_is_told_once),
        cmocka_unit_test(a_client_that_has_gone_has_gone_in_the_next_phase_too),
        cmocka_unit_test(destroying_the_server_needs_no_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
