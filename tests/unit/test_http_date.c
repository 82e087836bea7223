/* SPDX-License-Identifier: MIT */
#include "http/date.h"

#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_date(uint64_t unix_seconds, const char *expected)
{
    uint8_t out[GW_HTTP_DATE_LEN];
    uint64_t back;

    gw_http_date(out, unix_seconds);
    assert_int_equal(strlen(expected), sizeof(out));
    assert_memory_equal(out, expected, sizeof(out));
    assert_int_equal(gw_http_date_parse((struct gw_slice){out, sizeof(out)}, &back), 0);
    assert_true(back == unix_seconds);
}

static void known_dates_are_written_and_read(void **state)
{
    (void)state;
    assert_date(784111777, "Sun, 06 Nov 1994 08:49:37 GMT"); /* RFC 9110 5.6.7 */
    assert_date(0, "Thu, 01 Jan 1970 00:00:00 GMT");
    assert_date(951782400, "Tue, 29 Feb 2000 00:00:00 GMT");
    assert_date(4107542399, "Sun, 28 Feb 2100 23:59:59 GMT");
    assert_date(4107542400, "Mon, 01 Mar 2100 00:00:00 GMT");
    assert_date(253402300799, "Fri, 31 Dec 9999 23:59:59 GMT");
}

static void year_10000_is_cut_off(void **state)
{
    uint8_t out[GW_HTTP_DATE_LEN];

    (void)state;
    gw_http_date(out, UINT64_MAX);
    assert_memory_equal(out, "Fri, 31 Dec 9999 23:59:59 GMT", sizeof(out));
}

/* One second of each day until 2130, against the C library. */
static void every_day_is_as_the_c_library_has_it(void **state)
{
    (void)state;
    for (uint64_t day = 0; day < 58500; day++) {
        time_t seconds = (time_t)(day * 86400 + day % 86400);
        struct tm parts;
        char expected[40];

        assert_non_null(gmtime_r(&seconds, &parts));
        strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        assert_date((uint64_t)seconds, expected);
    }
}

static void obsolete_forms_are_read(void **state)
{
    uint64_t seconds;

    (void)state;
    assert_int_equal(gw_http_date_parse(GW_LIT("Sunday, 06-Nov-94 08:49:37 GMT"), &seconds), 0);
    assert_int_equal(seconds, 784111777);
    assert_int_equal(gw_http_date_parse(GW_LIT("Sun Nov  6 08:49:37 1994"), &seconds), 0);
    assert_int_equal(seconds, 784111777);
    assert_int_equal(gw_http_date_parse(GW_LIT("Tue Nov 16 08:49:37 1994"), &seconds), 0);
    assert_int_equal(seconds, 784111777 + 864000);
    assert_int_equal(gw_http_date_parse(GW_LIT("Friday, 01-Jan-38 00:00:00 GMT"), &seconds), 0);
    assert_int_equal(seconds, 2145916800);
    assert_int_equal(gw_http_date_parse(GW_LIT("Wed, 31 Dec 1969 23:59:59 GMT"), &seconds), 0);
    assert_int_equal(seconds, 0);
}

static void what_is_no_date_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "0",
        "Sun",
        "Sun,",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT+1",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 2100 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 199x 08:49:37 GMT",
        "Xxx, 06 Nov 1994 08:49:37 GMT",
        "Sunday 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 94",
        "1994-11-06T08:49:37Z",
    };
    uint64_t seconds = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(gw_http_date_parse(gw_slice_of(texts[i]), &seconds), GW_E_PROTO);
    assert_int_equal(seconds, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_dates_are_written_and_read),
        cmocka_unit_test(year_10000_is_cut_off),
        cmocka_unit_test(every_day_is_as_the_c_library_has_it),
        cmocka_unit_test(obsolete_forms_are_read),
        cmocka_unit_test(what_is_no_date_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
