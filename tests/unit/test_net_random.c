/* SPDX-License-Identifier: MIT */
#include "net/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { DRAW_BYTES = 16 };

/* 128-bit draws that meet would be a defect, not chance. */
static void draws_of_every_size_differ(void **state)
{
    static const size_t sizes[] = {16, 20, 63, 64, 65, 256, 257, 4096};
    uint8_t a[4096], b[4096];

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        gw_random_fill(a, sizes[i]);
        gw_random_fill(b, sizes[i]);
        assert_memory_not_equal(a, b, sizes[i]);
    }
    gw_random_fill(a, 0);
}

static void bytes_behind_the_draw_stay_as_they_are(void **state)
{
    uint8_t bytes[40] = {0};

    (void)state;
    for (int i = 0; i < 100; i++) {
        gw_random_fill(bytes + 8, 24);
        for (size_t k = 0; k < 8; k++)
            assert_true(bytes[k] == 0 && bytes[32 + k] == 0);
    }
}

static void all_byte_values_come(void **state)
{
    bool is_seen[256] = {false};

    (void)state;
    for (int i = 0; i < 1000; i++) {
        uint8_t bytes[DRAW_BYTES];

        gw_random_fill(bytes, sizeof(bytes));
        for (size_t k = 0; k < sizeof(bytes); k++)
            is_seen[bytes[k]] = true;
    }
    for (size_t i = 0; i < 256; i++)
        assert_true(is_seen[i]);
}

static void forked_child_draws_other_bytes_than_its_parent(void **state)
{
    uint8_t ours[DRAW_BYTES], theirs[DRAW_BYTES];
    int fds[2];
    pid_t child;

    (void)state;
    gw_random_fill(ours, sizeof(ours)); /* leaves a filled pool behind */
    assert_int_equal(pipe(fds), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        gw_random_fill(theirs, sizeof(theirs));
        _exit(write(fds[1], theirs, sizeof(theirs)) == sizeof(theirs) ? 0 : 1);
    }
    gw_random_fill(ours, sizeof(ours));
    assert_int_equal(read(fds[0], theirs, sizeof(theirs)), sizeof(theirs));
    assert_memory_not_equal(ours, theirs, sizeof(ours));
    waitpid(child, NULL, 0);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_of_every_size_differ),
        cmocka_unit_test(bytes_behind_the_draw_stay_as_they_are),
        cmocka_unit_test(all_byte_values_come),
        cmocka_unit_test(forked_child_draws_other_bytes_than_its_parent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
