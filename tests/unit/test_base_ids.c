/* SPDX-License-Identifier: MIT */
#include "base/ids.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static size_t entropy_calls;

static void counting_entropy(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(i + entropy_calls);
    entropy_calls++;
}

static void id_is_url_safe_base64_of_random_and_counter(void **state)
{
    struct gw_ids ids;
    char id[GW_ID_LEN + 1] = "";

    (void)state;
    entropy_calls = 0;
    gw_ids_init(&ids, counting_entropy);
    gw_ids_next(&ids, id);
    assert_string_equal(id, "AAECAwQFBgcICQoLAAAA");
    gw_ids_next(&ids, id);
    assert_string_equal(id, "DA0ODxAREhMUFRYXAAAB");
    ids.counter = 0xfffffffb;
    gw_ids_next(&ids, id);
    assert_string_equal(id, "GBkaGxwdHh8gISIj___7");
    assert_int_equal(id[GW_ID_LEN], '\0');
}

static void randomness_is_used_once_and_wiped(void **state)
{
    struct gw_ids ids;
    char id[GW_ID_LEN];

    (void)state;
    entropy_calls = 0;
    gw_ids_init(&ids, counting_entropy);
    for (size_t i = 0; i < sizeof(ids.pool) / 12; i++)
        gw_ids_next(&ids, id);
    assert_int_equal(entropy_calls, 1);
    for (size_t i = 0; i < sizeof(ids.pool); i++)
        assert_int_equal(ids.pool[i], 0);
    gw_ids_next(&ids, id);
    assert_int_equal(entropy_calls, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_is_url_safe_base64_of_random_and_counter),
        cmocka_unit_test(randomness_is_used_once_and_wiped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
