/* SPDX-License-Identifier: MIT */
/* Static files over a real connection, from a folder made for the test. */
#include "support/server_run.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

static char folder[64];

static void put(const char *name, const char *text)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int make_folder(void **state)
{
    char path[256];

    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/godwit-files-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/public", folder);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/public/docs", folder);
    mkdir(path, 0700);
    put("secret.txt", "not for you");
    put("public/index.html", "<p>home");
    put("public/style.css", "0123456789");
    put("public/empty.js", "");
    put("public/.hidden", "dot");
    put("public/docs/index.html", "<p>docs");
    snprintf(path, sizeof(path), "%s/public/leak.txt", folder);
    return symlink("../secret.txt", path);
}

static int drop_folder(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -r '%s'", folder);
    return system(command);
}

static void start(struct run *run)
{
    char path[128];

    run_start(run, NULL);
    snprintf(path, sizeof(path), "%s/public", folder);
    assert_int_equal(gw_serve_files(run->server, "/", path), 0);
    assert_int_equal(gw_serve_files(run->server, "/mirror/", path), 0);
}

/* Asks for target with extra fields; the answer is the caller's to free. */
static char *ask(struct run *run, const char *method, const char *target, const char *fields)
{
    char request[1024];

    snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n",
             method, target, fields);
    return run_ask(run, request);
}

static void expect(struct run *run, const char *method, const char *target, const char *fields,
                   const char *const *parts)
{
    char *answer = ask(run, method, target, fields);

    for (; *parts; parts++)
        if (!strstr(answer, *parts))
            fail_msg("%s %s: no \"%s\" in \"%s\"", method, target, *parts, answer);
    free(answer);
}

#define EXPECT(run, method, target, fields, ...)                                                   \
    expect(run, method, target, fields, (const char *const[]){__VA_ARGS__, NULL})

static void files_come_with_type_length_and_tag(void **state)
{
    struct run run;

    (void)state;
    start(&run);
    EXPECT(&run, "GET", "/style.css", "", "200 OK", "Content-Type: text/css; charset=utf-8\r\n",
           "Content-Length: 10\r\n", "ETag: ", "Last-Modified: ", "\r\n\r\n0123456789");
    EXPECT(&run, "GET", "/empty.js", "", "200 OK", "Content-Length: 0\r\n");
    EXPECT(&run, "GET", "/mirror/style.css", "", "\r\n\r\n0123456789");
    EXPECT(&run, "GET", "/st%79le.css?x=1", "", "\r\n\r\n0123456789");
    run_end(&run);
}

static void folder_gives_its_index(void **state)
{
    struct run run;

    (void)state;
    start(&run);
    EXPECT(&run, "GET", "/", "", "200 OK", "text/html; charset=utf-8", "<p>home");
    EXPECT(&run, "GET", "/docs/", "", "<p>docs");
    EXPECT(&run, "GET", "/docs", "", "301 Moved Permanently", "Location: /docs/\r\n");
    EXPECT(&run, "GET", "///docs", "", "301 Moved Permanently", "Location: /docs/\r\n");
    run_end(&run);
}

static void nothing_outside_the_folder_is_reached(void **state)
{
    static const char *const targets[] = {
        "/../secret.txt",           "/%2e%2e/secret.txt", "/docs/..%2f..%2f/secret.txt",
        "/..%5csecret.txt",         "/leak.txt",          "/.hidden",
        "/docs/%00index.html",      "/nothing",           "//etc/passwd",
        "/mirror/../../secret.txt",
    };
    struct run run;

    (void)state;
    start(&run);
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        char *answer = ask(&run, "GET", targets[i], "");

        if (strncmp(answer, "HTTP/1.1 40", 11) != 0)
            fail_msg("%s: %s", targets[i], answer);
        assert_null(strstr(answer, "not for you"));
        free(answer);
    }
    run_end(&run);
}

static void known_file_is_not_sent_again(void **state)
{
    struct run run;
    char *answer, *tag;
    char field[128];

    (void)state;
    start(&run);
    answer = ask(&run, "GET", "/style.css", "");
    tag = strstr(answer, "ETag: ") + 6;
    snprintf(field, sizeof(field), "If-None-Match: %.*s\r\n", (int)strcspn(tag, "\r"), tag);
    free(answer);
    answer = ask(&run, "GET", "/style.css", field);
    assert_non_null(strstr(answer, "304 Not Modified"));
    assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
    free(answer);
    EXPECT(&run, "GET", "/style.css", "If-None-Match: \"other\"\r\n", "200 OK");
    run_end(&run);
}

static void one_range_is_served(void **state)
{
    struct run run;

    (void)state;
    start(&run);
    EXPECT(&run, "GET", "/style.css", "Range: bytes=2-4\r\n", "206 Partial Content",
           "Content-Range: bytes 2-4/10\r\n", "Content-Length: 3\r\n", "\r\n\r\n234");
    EXPECT(&run, "GET", "/style.css", "Range: bytes=-3\r\n", "\r\n\r\n789");
    EXPECT(&run, "GET", "/style.css", "Range: bytes=10-\r\n", "416 ",
           "Content-Range: bytes */10\r\n");
    EXPECT(&run, "GET", "/style.css", "Range: bytes=0-1,3-4\r\n", "200 OK");
    run_end(&run);
}

static void only_reading_is_allowed(void **state)
{
    struct run run;
    char *answer;

    (void)state;
    start(&run);
    EXPECT(&run, "DELETE", "/style.css", "", "405 Method Not Allowed");
    answer = ask(&run, "HEAD", "/style.css", "");
    assert_non_null(strstr(answer, "Content-Length: 10\r\n"));
    assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
    free(answer);
    run_end(&run);
}

static void unreadable_folder_is_named(void **state)
{
    struct run run;

    (void)state;
    run_start(&run, NULL);
    assert_int_equal(gw_serve_files(run.server, "/", "/nonexistent/folder"), GW_E_SYSTEM);
    assert_string_equal(gw_server_error(run.server),
                        "cannot serve files from /nonexistent/folder: No such file or directory");
    assert_int_equal(gw_serve_files(run.server, "/no-slash", folder), GW_E_ARG);
    run_end(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_come_with_type_length_and_tag),
        cmocka_unit_test(folder_gives_its_index),
        cmocka_unit_test(nothing_outside_the_folder_is_reached),
        cmocka_unit_test(known_file_is_not_sent_again),
        cmocka_unit_test(one_range_is_served),
        cmocka_unit_test(only_reading_is_allowed),
        cmocka_unit_test(unreadable_folder_is_named),
    };

    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
