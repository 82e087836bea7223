/* SPDX-License-Identifier: MIT */
#include "cli/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/godwit-history-XXXXXX";
static size_t count;
static char first[64], last[64];

static void note(const char *line, void *user)
{
    (void)user;
    if (count++ == 0)
        snprintf(first, sizeof(first), "%s", line);
    snprintf(last, sizeof(last), "%s", line);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) && setenv("XDG_STATE_HOME", folder, 1) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    char path[128];

    (void)state;
    snprintf(path, sizeof(path), "%s/godwit/lines", folder);
    unlink(path);
    snprintf(path, sizeof(path), "%s/godwit", folder);
    rmdir(path);
    return rmdir(folder);
}

static void the_path_follows_the_environment(void **state)
{
    char *path;

    (void)state;
    setenv("HOME", "/home/me", 1);
    setenv("XDG_STATE_HOME", "relative", 1);
    path = gw_cli_history_path("lines");
    assert_string_equal(path, "/home/me/.local/state/godwit/lines");
    free(path);
    unsetenv("XDG_STATE_HOME");
    unsetenv("HOME");
    assert_null(gw_cli_history_path("lines"));
    setenv("XDG_STATE_HOME", folder, 1);
}

static void lines_come_back_and_are_private(void **state)
{
    char *path = gw_cli_history_path("lines");
    struct stat info;

    (void)state;
    count = 0;
    gw_cli_history_load(path, note, NULL); /* not there yet */
    assert_int_equal(count, 0);
    gw_cli_history_add(path, "one");
    gw_cli_history_add(path, " a secret");
    gw_cli_history_add(path, "");
    gw_cli_history_add(path, "two");
    gw_cli_history_load(path, note, NULL);
    assert_int_equal(count, 2);
    assert_string_equal(first, "one");
    assert_string_equal(last, "two");
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    unlink(path);
    free(path);
}

static void it_does_not_grow_for_ever(void **state)
{
    enum { LINES = 2 * GW_CLI_HISTORY_LINES + 5 };
    char *path = gw_cli_history_path("lines");
    struct stat info;
    char line[16];

    (void)state;
    for (int i = 0; i < LINES; i++) {
        snprintf(line, sizeof(line), "%07d", i);
        gw_cli_history_add(path, line);
    }
    for (int round = 0; round < 2; round++) {
        count = 0;
        gw_cli_history_load(path, note, NULL);
        assert_int_equal(count, GW_CLI_HISTORY_LINES);
        assert_string_equal(first, "0001005");
        assert_string_equal(last, "0002004");
    }
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, 8 * GW_CLI_HISTORY_LINES);
    assert_int_equal(info.st_mode & 0777, 0600);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_path_follows_the_environment),
        cmocka_unit_test(lines_come_back_and_are_private),
        cmocka_unit_test(it_does_not_grow_for_ever),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
