/* SPDX-License-Identifier: MIT */
#include "cli/args.h"
#include "cli/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <ctype.h>
#include <string.h>

static const struct gw_cli_command *const commands[] = {&gw_cli_connect, &gw_cli_echo,
                                                        &gw_cli_bench};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(*commands) };

/* A line of options in a manual: "    -x, --name VALUE" or "    --name". */
static bool is_option_line(const char *line)
{
    return strncmp(line, "    -", 5) == 0 && strstr(line, "--") != NULL;
}

static size_t name_length(const char *name)
{
    size_t len = 0;

    while (islower((unsigned char)name[len]) || name[len] == '-')
        len++;
    return len;
}

/* Whether the line is about the option, with its letter, and names a value if it takes one. */
static bool is_line_of(const char *line, const struct gw_cli_option *option)
{
    const char *name = strstr(line, "--") + 2;
    size_t len = name_length(name);
    bool has_value = name[len] == ' ';

    if (strlen(option->name) != len || memcmp(name, option->name, len) != 0)
        return false;
    assert_int_equal(has_value, option->kind != GW_CLI_OPTION_FLAG);
    assert_int_equal(line[5] == '-' ? 0 : line[5], option->letter);
    return true;
}

static void every_option_is_in_the_manual_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        for (const struct gw_cli_option *option = commands[i]->options; option->name; option++) {
            size_t found = 0;

            for (const char *const *line = commands[i]->manual; *line; line++)
                found += is_option_line(*line) && is_line_of(*line, option);
            if (found != 1)
                fail_msg("%s --%s: %zu times in the manual", commands[i]->name, option->name,
                         found);
        }
    }
}

static void the_manual_has_no_other_options(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        for (const char *const *line = commands[i]->manual; *line; line++) {
            const struct gw_cli_option *option = commands[i]->options;

            if (!is_option_line(*line) || strstr(*line, "--help"))
                continue;
            while (option->name && !is_line_of(*line, option))
                option++;
            if (!option->name)
                fail_msg("%s: no such option: %s", commands[i]->name, *line);
        }
    }
}

static void manuals_fit_on_a_screen(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        for (const char *const *line = commands[i]->manual; *line; line++)
            assert_true(strlen(*line) <= 80);
    for (const char *const *line = gw_cli_manual_godwit; *line; line++)
        assert_true(strlen(*line) <= 80);
}

static void letters_are_there_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        for (const struct gw_cli_option *a = commands[i]->options; a->name; a++) {
            assert_int_not_equal(a->letter, 'h');
            for (const struct gw_cli_option *b = commands[i]->options; b < a; b++) {
                assert_string_not_equal(a->name, b->name);
                assert_true(a->letter == 0 || a->letter != b->letter);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_is_in_the_manual_once),
        cmocka_unit_test(the_manual_has_no_other_options),
        cmocka_unit_test(manuals_fit_on_a_screen),
        cmocka_unit_test(letters_are_there_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
