/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct written {
    int count;
    enum gw_log_level level;
    char line[2048];
};

static void keep(void *user, enum gw_log_level level, const char *line)
{
    struct written *w = user;

    assert_true(strlen(line) < sizeof(w->line));
    w->count++;
    w->level = level;
    memcpy(w->line, line, strlen(line) + 1);
}

static void quiet_levels_are_dropped(void **state)
{
    struct written w = {0};
    struct gw_log log = {.level = GW_LOG_WARN, .write = keep, .user = &w};

    (void)state;
    gw_log_write(&log, GW_LOG_INFO, "no");
    assert_int_equal(w.count, 0);
    gw_log_write(&log, GW_LOG_WARN, "closed code=%d", 1002);
    gw_log_write(&log, GW_LOG_ERROR, "listening port=%d", 80);
    assert_int_equal(w.count, 2);
    assert_int_equal(w.level, GW_LOG_ERROR);
    assert_string_equal(w.line, "listening port=80");
}

static void a_line_stays_one_line(void **state)
{
    struct written w = {0};
    struct gw_log log = {.level = GW_LOG_DEBUG, .write = keep, .user = &w};

    (void)state;
    gw_log_write(&log, GW_LOG_INFO, "request path=\"%s\"", "/a\r\nb\x1b[2J\x7f\xc3\xa9");
    assert_string_equal(w.line, "request path=\"/a??b?[2J?\xc3\xa9\"");
    gw_log_write(&log, GW_LOG_INFO, "%s", "\xc2\x9b[2J \xc2\xa0 \xc2");
    assert_string_equal(w.line, "??[2J \xc2\xa0 \xc2");
}

/* A client may choose the name of a namespace, say. */
static void a_value_stays_one_value(void **state)
{
    static const char *const cases[][2] = {
        {"/chat", "/chat"},
        {"", "\"\""},
        {"two words", "\"two words\""},
        {"x\" cause=none y=\"", "\"x\\\" cause=none y=\\\"\""},
        {"a\\", "\"a\\\\\""},
        {"a=b", "\"a=b\""},
        {"\xc3\xa9", "\"\xc3\xa9\""},
    };
    char out[GW_LOG_VALUE_SIZE], quotes[GW_LOG_VALUE_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(gw_log_value(out, gw_slice_of(cases[i][0])), cases[i][1]);
    assert_string_equal(gw_log_value(out, (struct gw_slice){NULL, 0}), "\"\"");
    memset(quotes, '"', sizeof(quotes));
    gw_log_value(out, (struct gw_slice){(const uint8_t *)quotes, sizeof(quotes)});
    assert_in_range(strlen(out), GW_LOG_VALUE_SIZE - 4, GW_LOG_VALUE_SIZE - 1);
    assert_string_equal(out + strlen(out) - 3, "\\\"\"");
    memset(quotes, 'a', sizeof(quotes));
    gw_log_value(out, (struct gw_slice){(const uint8_t *)quotes, sizeof(quotes)});
    assert_int_equal(strlen(out), GW_LOG_VALUE_SIZE - 2);
}

static void long_lines_are_cut(void **state)
{
    struct written w = {0};
    struct gw_log log = {.level = GW_LOG_DEBUG, .write = keep, .user = &w};

    (void)state;
    gw_log_write(&log, GW_LOG_INFO, "%2000d", 1);
    assert_int_equal(strlen(w.line), 1023);
}

static void without_a_writer_lines_go_to_standard_error(void **state)
{
    struct gw_log log = {.level = GW_LOG_INFO};
    char line[2048];
    int ends[2], saved = dup(STDERR_FILENO);
    ssize_t len;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    gw_log_write(&log, GW_LOG_WARN, "peer gone code=%d", 1006);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    len = read(ends[0], line, sizeof(line) - 1);
    assert_true(len > 0);
    line[len] = '\0';
    assert_int_equal(line[10], 'T');
    assert_string_equal(line + 23, "Z warn peer gone code=1006\n");
    close(saved);
    close(ends[0]);
    close(ends[1]);
}

static void a_log_that_nobody_reads_ends_nothing(void **state)
{
    struct gw_log log = {.level = GW_LOG_INFO};
    int ends[2], saved = dup(STDERR_FILENO);

    (void)state;
    signal(SIGPIPE, SIG_DFL);
    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    close(ends[0]);
    gw_log_write(&log, GW_LOG_WARN, "is there anybody");
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    close(saved);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quiet_levels_are_dropped),
        cmocka_unit_test(a_line_stays_one_line),
        cmocka_unit_test(a_value_stays_one_value),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(without_a_writer_lines_go_to_standard_error),
        cmocka_unit_test(a_log_that_nobody_reads_ends_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
