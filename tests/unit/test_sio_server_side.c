/* SPDX-License-Identifier: MIT */
/* Two servers, and between them an adapter that is one function call. */
#include "sio/server_side.h"

#include "sio/adapter.h"
#include "sio/namespace.h"
#include "support/failing.h"
#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct fixture here, there;

static void hear(gw_namespace *nsp, const gw_event *event, void *user)
{
    char text[16];

    assert_ptr_equal(nsp, there.nsp);
    if (gw_event_string(event, 0, text, sizeof(text)) < 0)
        text[0] = '\0';
    trace(&there, "%.*s(%.*s) '%s' %s|", (int)gw_event_name(event).len,
          (const char *)gw_event_name(event).ptr, (int)gw_event_args(event).len,
          (const char *)gw_event_args(event).ptr, text, (const char *)user);
    assert_null(gw_event_ack_take(event));
    if (gw_event_wants_ack(event)) {
        assert_int_equal(gw_ack(event, "{"), GW_E_ARG);
        assert_int_equal(gw_ack(event, "\"pong\""), 0);
        assert_int_equal(gw_ack(event, "2"), GW_E_CLOSED);
    } else {
        assert_int_equal(gw_ack(event, NULL), user ? GW_E_ARG : GW_E_CLOSED);
    }
}

struct call {
    gw_on_server_answers_fn *fn;
    void *user;
    gw_namespace *nsp;
};

static int answer_call(const struct gw_sio_server_event *event, struct gw_slice args)
{
    const struct call *call = event->user;

    call->fn(call->nsp, &args, 1, 0, call->user);
    return 0;
}

static int emit_there(gw_namespace *nsp, const struct gw_sio_draft *draft, uint64_t timeout_ms,
                      gw_on_server_answers_fn *fn, void *user)
{
    struct call call = {fn, user, nsp};

    trace(&here, "timeout %u|", (uint32_t)timeout_ms);
    gw_sio_server_side_receive(&(struct gw_sio_server_event){.nsp = there.nsp,
                                                             .name = draft->name,
                                                             .args = draft->args,
                                                             .answer = fn ? answer_call : NULL,
                                                             .user = &call});
    return 1;
}

static size_t count_two(gw_namespace *nsp)
{
    (void)nsp;
    return 2;
}

static void open_both(void)
{
    static struct gw_sio_adapter pair;

    fixture_open(&here, NULL);
    fixture_open(&there, NULL);
    pair = gw_sio_adapter_memory;
    pair.server_side_emit = emit_there;
    pair.server_count = count_two;
    here.nsp->adapter = &pair;
}

static void close_both(void)
{
    fixture_close(&here);
    fixture_close(&there);
}

static void on_answers(gw_namespace *nsp, const struct gw_slice *answers, size_t count, int err,
                       void *user)
{
    assert_int_equal(err, 0);
    trace(user, "%s: %zu", gw_namespace_name(nsp), count);
    for (size_t i = 0; i < count; i++)
        trace(user, " %.*s", (int)answers[i].len, (const char *)answers[i].ptr);
    trace(user, "|");
}

static void alone_nobody_hears_and_all_have_answered(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_open(&fx, NULL);
    assert_int_equal(gw_server_count(fx.nsp), 1);
    assert_int_equal(gw_on_server_event(fx.nsp, "e", hear, NULL), 0);
    assert_int_equal(gw_server_side_emit(fx.nsp, "e", "1"), 0);
    assert_int_equal(gw_server_side_emit_ack(fx.nsp, "e", "1", 0, on_answers, &fx), 0);
    assert_string_equal(fx.trace, "/: 0|");
    fixture_close(&fx);
}

static void names_and_arguments_are_checked(void **state)
{
    static const char *const reserved[] = {"connect", "connection", "new_namespace"};
    struct fixture fx;
    gw_namespace *parent;

    (void)state;
    fixture_open(&fx, NULL);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(gw_server_side_emit(fx.nsp, reserved[i], NULL), GW_E_ARG);
        assert_int_equal(gw_on_server_event(fx.nsp, reserved[i], hear, NULL), GW_E_ARG);
    }
    assert_int_equal(gw_server_side_emit(fx.nsp, "e", "{"), GW_E_ARG);
    parent = gw_io_of_pattern(fx.io, "^/a");
    assert_int_equal(gw_server_side_emit(parent, "e", NULL), GW_E_ARG);
    assert_int_equal(gw_server_side_emit_ack(parent, "e", NULL, 0, on_answers, &fx), GW_E_ARG);
    assert_int_equal(gw_server_count(parent), 1);
    assert_string_equal(fx.trace, "");
    fixture_close(&fx);
}

static void the_other_server_hears_and_answers(void **state)
{
    char who[] = "x";

    (void)state;
    open_both();
    assert_int_equal(gw_server_count(here.nsp), 2);
    assert_int_equal(gw_on_server_event(there.nsp, "ping", hear, who), 0);
    assert_int_equal(gw_server_side_emit(here.nsp, "other", NULL), 1);
    assert_string_equal(there.trace, "");
    assert_int_equal(gw_server_side_emit(here.nsp, "ping", "\"a\\u0062\",2"), 1);
    assert_string_equal(there.trace, "ping(\"a\\u0062\",2) 'ab' x|");
    assert_int_equal(gw_server_side_emit_ack(here.nsp, "ping", NULL, 9, on_answers, &here), 1);
    assert_int_equal(gw_server_side_emit_ack(here.nsp, "none", NULL, 0, on_answers, &here), 1);
    assert_string_equal(here.trace, "timeout 0|timeout 0|timeout 9|/: 1 \"pong\"|timeout 5000|");
    forget_trace(&there);
    assert_int_equal(gw_off_server_event(there.nsp, "ping", hear, who), 1);
    assert_int_equal(gw_server_side_emit(here.nsp, "ping", NULL), 1);
    assert_string_equal(there.trace, "");
    close_both();
}

struct promise {
    int calls;
};

static void on_promised(gw_namespace *nsp, const struct gw_slice *answers, size_t count, int err,
                        void *user)
{
    (void)nsp;
    (void)answers;
    (void)count;
    (void)err;
    ((struct promise *)user)->calls++;
}

/* The name has to be escaped, and the listener's to be kept. */
static void emit_and_ask(struct failing *failing, void *user)
{
    struct promise promise = {0};
    int heard, emitted, asked;

    (void)user;
    open_both();
    failing_begin(failing);
    heard = gw_on_server_event(there.nsp, "e", hear, NULL);
    emitted = gw_server_side_emit(here.nsp, "e\n", "1");
    asked = gw_server_side_emit_ack(here.nsp, "e", "1", 0, on_promised, &promise);
    failing_end(failing);
    assert_true(heard == 0 || heard == GW_E_NOMEM);
    assert_true(emitted == 1 || emitted == GW_E_NOMEM);
    assert_int_equal(asked, 1);
    assert_int_equal(promise.calls, heard == 0); /* else nobody there answers */
    close_both();
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(fail_each(emit_and_ask, NULL) >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone_nobody_hears_and_all_have_answered),
        cmocka_unit_test(names_and_arguments_are_checked),
        cmocka_unit_test(the_other_server_hears_and_answers),
        cmocka_unit_test(any_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
