/* SPDX-License-Identifier: MIT */
/* The server that the official Engine.IO client is tested against, for that client's own tests and for
 * tests/interop/engine-suite.test.mjs: an echo that takes short messages only, sets cookies, and
 * tells which headers came.
 *
 *     engine-suite --port N
 *
 * It says "listening on N". The same app on the genuine packages stands beside the tests
 * (tests/interop/support/reference-engine-suite.mjs). */
#include "program.h"

#include <ctype.h>
#include <stdlib.h>
#include <time.h>

enum { PING_INTERVAL_MS = 500, MAX_MESSAGE_BYTES = 100, NAME_BYTES = 64, ID_BYTES = 32 };

static gw_engine *engine;

/* ---- requests ---- */

static void allow(gw_request *request, gw_engine_next *next, void *user)
{
    char deny[2];

    (void)user;
    if (gw_request_parameter(request, "deny", deny, sizeof(deny)) == GW_E_NOT_FOUND)
        gw_engine_next_ok(next);
    else
        gw_engine_next_refuse(next, NULL);
}

static void set_cookies(gw_request *request, void *user)
{
    char expired[80];
    time_t now = time(NULL);
    struct tm utc;

    (void)user;
    gmtime_r(&now, &utc);
    strftime(expired, sizeof(expired), "4=4; Expires=%a, %d %b %Y %H:%M:%S GMT", &utc);
    gw_respond_field(request, "Set-Cookie", "1=1; Max-Age=86400");
    gw_respond_field(request, "Set-Cookie", "2=2; Path=/; HttpOnly; Secure; SameSite=Strict");
    gw_respond_field(request, "Set-Cookie", "3=3; Max-Age=0");
    gw_respond_field(request, "Set-Cookie", expired);
}

/* Names in lower case, as Node.js gives them; free() it. */
static char *headers_of(gw_request *request)
{
    struct gw_slice name, value, json;
    gw_args args;
    char *text;

    gw_args_init(&args);
    gw_args_begin_object(&args);
    for (size_t i = 0; gw_request_field_at(request, i, &name, &value); i++) {
        char lower[NAME_BYTES];
        int len = snprintf(lower, sizeof(lower), "%.*s", (int)name.len, (const char *)name.ptr);

        for (int k = 0; k < len && k < NAME_BYTES; k++)
            lower[k] = (char)tolower((unsigned char)lower[k]);
        gw_args_key(&args, lower);
        gw_args_string_slice(&args, value);
    }
    gw_args_end_object(&args);
    json = gw_args_json_text(&args);
    text = strndup((const char *)json.ptr, json.len);
    gw_args_dispose(&args);
    return text;
}

/* Keeps the fields of the request that came last in each session, of which a message may ask. */
static void note_headers(gw_request *request, void *user)
{
    char id[ID_BYTES];
    int len = gw_request_parameter(request, "sid", id, sizeof(id));
    gw_session *session = NULL;

    (void)user;
    if (len >= 0)
        session = gw_engine_find(engine, (struct gw_slice){(const uint8_t *)id, (size_t)len});
    if (!session)
        return;
    free(gw_session_user(session));
    gw_session_set_user(session, headers_of(request));
}

/* ---- messages ---- */

static void send_headers(gw_session *session)
{
    const char *headers = gw_session_user(session);

    gw_session_send(session, headers ? gw_slice_of(headers) : GW_LIT("null"), GW_SESSION_TEXT);
}

static void on_open(gw_session *session, gw_request *request, void *user)
{
    (void)request;
    (void)user;
    gw_session_send(session, GW_LIT("hi"), GW_SESSION_TEXT);
}

static void on_message(gw_session *session, struct gw_slice data, bool is_binary, void *user)
{
    (void)user;
    if (gw_slice_equal(data, GW_LIT("give binary")))
        gw_session_send(session, GW_LIT("\0\1\2\3\4"), GW_SESSION_BINARY);
    else if (gw_slice_equal(data, GW_LIT("give utf8")))
        gw_session_send(session, GW_LIT("пойду спать всем спокойной ночи"), GW_SESSION_TEXT);
    else if (gw_slice_equal(data, GW_LIT("sendHeaders")))
        send_headers(session);
    else
        gw_session_send(session, data, is_binary);
}

static void on_close(gw_session *session, enum gw_reason reason, const char *detail, void *user)
{
    (void)reason;
    (void)detail;
    (void)user;
    free(gw_session_user(session));
}

int main(int argc, char **argv)
{
    static const struct gw_session_handlers handlers = {
        .on_open = on_open, .on_message = on_message, .on_close = on_close};
    long wanted = argc == 3 && strcmp(argv[1], "--port") == 0 ? strtol(argv[2], NULL, 10) : -1;
    gw_server *server;

    if (wanted < 0 || wanted > UINT16_MAX) {
        fprintf(stderr, "usage: engine-suite --port N\n");
        return 2;
    }
    server = gw_server_create(NULL);
    engine = server ? gw_engine_attach(
                          server, &(struct gw_io_options){.ping_interval_ms = PING_INTERVAL_MS,
                                                          .max_payload_bytes = MAX_MESSAGE_BYTES,
                                                          .allow_request = allow})
                    : NULL;
    if (!engine)
        return 1;
    gw_engine_on_initial_headers(engine, set_cookies, NULL);
    gw_engine_on_headers(engine, note_headers, NULL);
    gw_engine_on_session(engine, &handlers, NULL);
    return program_run(server, NULL, (uint16_t)wanted);
}
