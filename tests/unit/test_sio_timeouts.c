/* SPDX-License-Identifier: MIT */
#include "sio/timeouts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void every_order_of_deadlines_comes_out_sorted(void **state)
{
    struct gw_sio_timeouts timeouts;
    struct gw_sio_timeout items[200] = {{0, 0}}, *popped;
    uint64_t random = 7, last = 0;
    size_t count = 0;

    (void)state;
    gw_sio_timeouts_init(&timeouts);
    for (size_t i = 0; i < 200; i++) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        assert_int_equal(gw_sio_timeouts_start(&timeouts, &items[i], (random >> 33) % 100), 0);
        if (i % 3 == 2) {
            gw_sio_timeouts_stop(&timeouts, &items[(random >> 40) % (i + 1)]);
            gw_sio_timeouts_stop(&timeouts, &items[i / 2]);
        }
    }
    for (size_t i = 0; i < 200; i++)
        count += items[i].index != 0;
    assert_int_equal(timeouts.count, count);
    while ((popped = gw_sio_timeouts_pop(&timeouts, 1000)) != NULL) {
        assert_true(popped->deadline_ms >= last);
        last = popped->deadline_ms;
        count--;
    }
    assert_int_equal(count, 0);
    assert_null(timeouts.heap);
    gw_sio_timeouts_dispose(&timeouts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_of_deadlines_comes_out_sorted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
