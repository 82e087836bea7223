/* SPDX-License-Identifier: MIT */
#include "cli/input.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

static int writing;

static struct gw_cli_input open_input(bool has_lines, size_t max_line_bytes)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    writing = ends[1];
    return (struct gw_cli_input){
        .fd = ends[0], .has_lines = has_lines, .max_line_bytes = max_line_bytes};
}

static void give(struct gw_cli_input *input, const char *text)
{
    if (text)
        assert_int_equal(write(writing, text, strlen(text)), strlen(text));
    else
        close(writing);
    gw_cli_input_read(input);
}

static void check(struct gw_cli_input *input, const char *expected)
{
    struct gw_slice piece;

    assert_true(gw_cli_input_next(input, &piece));
    assert_int_equal(piece.len, strlen(expected));
    assert_memory_equal(piece.ptr, expected, piece.len);
}

static void check_none(struct gw_cli_input *input)
{
    struct gw_slice piece;

    assert_false(gw_cli_input_next(input, &piece));
}

static void close_input(struct gw_cli_input *input)
{
    close(input->fd);
    gw_cli_input_dispose(input);
}

static void lines_wherever_they_are_cut(void **state)
{
    static const char text[] = "one\n\ntwo\r\nlast";

    (void)state;
    for (size_t cut = 0; cut <= sizeof(text) - 1; cut++) {
        struct gw_cli_input input = open_input(true, 100);
        char *head = strndup(text, cut);
        struct gw_slice piece;
        size_t count = 0;
        static const char *const expected[] = {"one", "", "two\r", "last"};
        const char *const parts[] = {head, text + cut, NULL};

        for (size_t i = 0; i < 3; i++) {
            if (parts[i] && !*parts[i])
                continue;
            give(&input, parts[i]);
            while (gw_cli_input_next(&input, &piece)) {
                assert_int_equal(piece.len, strlen(expected[count]));
                assert_memory_equal(piece.ptr, expected[count], piece.len);
                assert_int_equal(input.line, ++count);
            }
        }
        assert_int_equal(count, 4);
        assert_true(input.is_ended);
        free(head);
        close_input(&input);
    }
}

static void pieces_can_wait_for_another_time(void **state)
{
    struct gw_cli_input input = open_input(true, 100);

    (void)state;
    check_none(&input); /* before the first read */
    give(&input, "a\nb\nc\nd");
    check(&input, "a");
    give(&input, "d\n");
    check(&input, "b");
    check(&input, "c");
    check(&input, "dd");
    check_none(&input);
    give(&input, NULL);
    check_none(&input);
    close_input(&input);
}

static void a_line_may_be_as_long_as_the_limit(void **state)
{
    struct gw_cli_input input = open_input(true, 5);

    (void)state;
    give(&input, "12345\n12345");
    check(&input, "12345");
    check_none(&input);
    assert_false(input.is_too_long);
    give(&input, "6");
    check_none(&input);
    assert_true(input.is_too_long);
    close(writing);
    close_input(&input);
}

static void blocks_come_as_they_are(void **state)
{
    struct gw_cli_input input = open_input(false, 5);

    (void)state;
    give(&input, "one\ntwo\n");
    check(&input, "one\ntwo\n");
    check_none(&input);
    give(&input, NULL);
    check_none(&input);
    assert_true(input.is_ended);
    close_input(&input);
}

static void errors_end_it(void **state)
{
    struct gw_cli_input input = {.fd = -1, .has_lines = true};

    (void)state;
    gw_cli_input_read(&input);
    assert_true(input.is_ended);
    assert_int_not_equal(input.read_errno, 0);
    gw_cli_input_dispose(&input);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_wherever_they_are_cut),
        cmocka_unit_test(pieces_can_wait_for_another_time),
        cmocka_unit_test(a_line_may_be_as_long_as_the_limit),
        cmocka_unit_test(blocks_come_as_they_are),
        cmocka_unit_test(errors_end_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
