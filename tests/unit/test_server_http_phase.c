/* SPDX-License-Identifier: MIT */
/* What the tenant of a request is told when the request ends without its answer. */
#include "server/http_phase.h"

#include "server/conn.h"
#include "server/exchange.h"
#include "server/router.h"
#include "server/server.h"
#include "support/server_run.h"

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

/* Asks, and gives what comes until the server has closed. */
static char *ask(struct tenant *tenant, const char *request)
{
    static const struct gw_tenant ops = {.on_request = on_request, .on_abort = on_abort};
    struct run run;
    char *answer;

    run_start(&run, NULL);
    assert_int_equal(
        gw_router_add_take(&run.server->router, NULL, GW_LIT("/held"), false, &ops, tenant), 0);
    answer = run_ask(&run, request);
    run_end(&run);
    return answer;
}

static void expect(bool cuts, const char *request, const char *answer)
{
    struct tenant tenant = {.cuts = cuts};
    char *got = ask(&tenant, request);

    assert_memory_equal(got, answer, strlen(answer));
    if (cuts)
        assert_string_equal(got, "");
    assert_int_equal(tenant.abort_count, 1);
    free(got);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_of_its_time_is_told_once),
        cmocka_unit_test(a_body_that_breaks_the_rules_is_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
