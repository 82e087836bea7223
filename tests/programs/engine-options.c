/* SPDX-License-Identifier: MIT */
/* One server with a Socket.IO for each option of the engine, by path, for tests from outside:
 *
 *     engine-options [--unix PATH] [--trust NETWORK]... [--forwarded] [--upgrade-timeout MS] [--leaves-upgrades]
 *
 * It says "listening on N", then a line of JSON for everything that the hooks of /watch hear. */
#include <getopt.h>
#include <godwit/godwit.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { PARAMETER_BYTES = 64, TRUSTED_MAX = 8, LATER_MS = 30, SMALL_THRESHOLD = 200 };

struct arguments {
    const char *unix_path;
    const char *trusted[TRUSTED_MAX + 1];
    size_t trusted_count;
    enum gw_proxy_field field;
    uint64_t upgrade_timeout_ms;
    bool leaves_upgrades;
};

static gw_server *server;
static struct arguments arguments;

static void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
}

/* ---- sockets ---- */

static void on_echo(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_emit_event(gw_only(socket), "echo", event);
}

/* A string of n characters: back to the client, or to all. */
static void send_big(struct gw_target target, const gw_event *event)
{
    double n = 0;
    char *args;

    if (gw_event_number(event, 0, &n) < 0 || !(args = malloc((size_t)n + 3)))
        return;
    memset(args, 'x', (size_t)n + 2);
    args[0] = args[(size_t)n + 1] = '"';
    args[(size_t)n + 2] = '\0';
    gw_emit(target, "big", args);
    free(args);
}

static void on_big(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    send_big(gw_only(socket), event);
}

static void on_cast(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    send_big(gw_everyone(gw_socket_namespace(socket)), event);
}

/* How the client came. */
static void on_who(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_handshake handshake = gw_socket_handshake(socket);
    gw_session *session = gw_socket_session(socket);
    char *args;

    (void)user;
    if (asprintf(&args,
                 "{\"address\":\"%.*s\",\"secure\":%s,\"sid\":\"%.*s\",\"transport\":\"%s\","
                 "\"upgraded\":%s,\"protocol\":%d,\"clients\":%zu}",
                 (int)handshake.address.len, (const char *)handshake.address.ptr,
                 handshake.is_secure ? "true" : "false", (int)gw_session_id(session).len,
                 (const char *)gw_session_id(session).ptr, gw_session_transport(session),
                 gw_session_is_upgraded(session) ? "true" : "false", gw_session_protocol(session),
                 gw_io_client_count(gw_namespace_io(gw_socket_namespace(socket)))) < 0)
        return;
    gw_ack(event, args);
    free(args);
}

static void on_close_io(gw_socket *socket, const gw_event *event, void *user)
{
    (void)event;
    (void)user;
    gw_io_close(gw_namespace_io(gw_socket_namespace(socket)));
}

static void on_close_session(gw_socket *socket, const gw_event *event, void *user)
{
    (void)event;
    (void)user;
    gw_session_close(gw_socket_session(socket));
}

static gw_io *attach(const char *path, const struct gw_io_options *options)
{
    struct gw_io_options own = options ? *options : (struct gw_io_options){0};
    gw_io *io;

    own.path = path;
    own.leaves_upgrades = arguments.leaves_upgrades;
    own.destroy_upgrade_timeout_ms = arguments.upgrade_timeout_ms;
    io = gw_io_attach(server, &own);
    if (!io) {
        fprintf(stderr, "%s\n", gw_server_error(server));
        exit(1);
    }
    gw_on(gw_io_namespace(io), "echo", on_echo, NULL);
    gw_on(gw_io_namespace(io), "big", on_big, NULL);
    gw_on(gw_io_namespace(io), "cast", on_cast, NULL);
    gw_on(gw_io_namespace(io), "who", on_who, NULL);
    gw_on(gw_io_namespace(io), "close io", on_close_io, NULL);
    gw_on(gw_io_namespace(io), "close session", on_close_session, NULL);
    return io;
}

/* ---- hooks that answer, now or later ---- */

struct later {
    gw_timer *timer;
    gw_engine_next *next;
    char word[PARAMETER_BYTES];
};

static void answer(gw_engine_next *next, const char *word)
{
    if (strcmp(word, "no") == 0)
        gw_engine_next_refuse(next, NULL);
    else if (strcmp(word, "why") == 0)
        gw_engine_next_refuse(next, "not \"you\"");
    else if (strcmp(word, "own") == 0)
        gw_engine_next_answer(next, 418, "text/plain", GW_LIT("a teapot"));
    else
        gw_engine_next_ok(next);
}

static void on_later(gw_timer *timer, void *user)
{
    struct later *later = user;

    answer(later->next, later->word);
    gw_timer_destroy(timer);
    free(later);
}

/* What the parameter of that name says: ok, no, why, own; "later-" in front: after a while; "never". */
static void ask(gw_request *request, gw_engine_next *next, void *user)
{
    char word[PARAMETER_BYTES] = "";
    struct later *later;

    gw_request_parameter(request, user, word, sizeof(word));
    gw_respond_field(request, "X-Asked", user);
    if (strcmp(word, "never") == 0)
        return;
    if (strncmp(word, "later-", 6) != 0) {
        answer(next, word);
        return;
    }
    later = calloc(1, sizeof(*later));
    if (!later)
        abort();
    later->next = next;
    memcpy(later->word, word + 6, sizeof(word) - 6);
    later->timer = gw_timer_create(gw_server_loop(server), on_later, later);
    gw_timer_start(later->timer, LATER_MS);
}

static int make_id(gw_request *request, char out[GW_SOCKET_ID_LEN], void *user)
{
    char id[PARAMETER_BYTES] = "";
    int len = gw_request_parameter(request, "id", id, sizeof(id));

    (void)user;
    if (len > GW_SOCKET_ID_LEN)
        return GW_E_ARG;
    memcpy(out, id, GW_SOCKET_ID_LEN);
    return 0;
}

/* ---- hooks that watch ---- */

static void on_initial_headers(gw_request *request, void *user)
{
    char drop[PARAMETER_BYTES];

    (void)user;
    gw_respond_field(request, "X-Initial", "1");
    if (gw_request_parameter(request, "drop", drop, sizeof(drop)) > 0)
        gw_respond_drop_field(request, drop);
}

static void on_headers(gw_request *request, void *user)
{
    (void)user;
    gw_respond_field(request, "X-Each", "1");
}

static void on_connection_error(const struct gw_engine_error *error, void *user)
{
    (void)user;
    say("{\"event\":\"connection_error\",\"code\":%d,\"message\":\"%s\",\"context\":%s,"
        "\"path\":\"%.*s\"}",
        error->code, error->message, error->context_json, (int)gw_request_path(error->request).len,
        (const char *)gw_request_path(error->request).ptr);
}

static void say_session(const char *event, gw_session *session)
{
    say("{\"event\":\"%s\",\"transport\":\"%s\",\"upgrading\":%s}", event,
        gw_session_transport(session), gw_session_is_upgrading(session) ? "true" : "false");
}

static void on_session_open(gw_session *session, gw_request *request, void *user)
{
    (void)request;
    (void)user;
    say_session("open", session);
}

static void on_session_upgrading(gw_session *session, void *user)
{
    (void)user;
    say_session("upgrading", session);
}

static void on_session_upgrade(gw_session *session, void *user)
{
    (void)user;
    say_session("upgrade", session);
}

static void on_session_drain(gw_session *session, void *user)
{
    (void)user;
    say_session("drain", session);
}

static void on_session_close(gw_session *session, enum gw_reason reason, const char *detail,
                             void *user)
{
    (void)session;
    (void)user;
    say("{\"event\":\"close\",\"reason\":\"%s\",\"detail\":\"%s\"}", gw_reason_text(reason),
        detail ? detail : "");
}

static const struct gw_session_handlers watcher = {
    .on_open = on_session_open,
    .on_upgrading = on_session_upgrading,
    .on_upgrade = on_session_upgrade,
    .on_drain = on_session_drain,
    .on_close = on_session_close,
};

/* ---- a Socket.IO for each option ---- */

static void attach_cookies(void)
{
    static const struct gw_io_cookie plain;
    static const struct gw_io_cookie own = {.name = "sid2",
                                            .path = "/my",
                                            .domain = "e.com",
                                            .max_age_s = 86400,
                                            .is_readable = true,
                                            .is_secure = true,
                                            .same_site = GW_SAME_SITE_STRICT};
    gw_io *io;

    attach("/cookie", &(struct gw_io_options){.cookie = &plain});
    attach("/own-cookie", &(struct gw_io_options){.cookie = &own});
    io = attach("/headers", &(struct gw_io_options){.cookie = &plain});
    gw_engine_on_initial_headers(gw_io_engine(io), on_initial_headers, NULL);
    gw_engine_on_headers(gw_io_engine(io), on_headers, NULL);
}

static void attach_asking(void)
{
    static char allow[] = "allow", first[] = "first", second[] = "second";
    static const char *const origins[] = {"http://page.example", NULL};
    static const struct gw_io_cors cors = {.origins = origins};
    gw_io *io;

    attach("/allow", &(struct gw_io_options){.allow_request = ask, .allow_request_user = allow});
    io = attach("/use", &(struct gw_io_options){
                            .allow_request = ask, .allow_request_user = allow, .cors = &cors});
    gw_engine_use(gw_io_engine(io), ask, first);
    gw_engine_use(gw_io_engine(io), ask, second);
}

static void attach_compressing(void)
{
    static const struct gw_ws_deflate deflate = {.threshold_bytes = SMALL_THRESHOLD};
    static const struct gw_ws_deflate context = {.threshold_bytes = SMALL_THRESHOLD,
                                                 .has_own_compressor = true,
                                                 .has_own_decompressor = true};

    attach("/deflate", &(struct gw_io_options){.deflate = &deflate});
    attach("/deflate-context", &(struct gw_io_options){.deflate = &context});
    attach("/plain-polls", &(struct gw_io_options){.has_no_http_compression = true});
    attach("/packed-polls", &(struct gw_io_options){.http_compression_threshold_bytes = 1});
}

static void attach_all(void)
{
    gw_io *io;

    attach("/socket.io", &(struct gw_io_options){.client_directory = GODWIT_CLIENT_DIRECTORY});
    attach_cookies();
    attach_asking();
    attach_compressing();
    attach("/initial", &(struct gw_io_options){.initial_packet = GW_LIT("faster!")});
    attach("/initial-binary", &(struct gw_io_options){.initial_packet = GW_LIT("\x01\x02\x03"),
                                                      .is_initial_packet_binary = true});
    attach("/ids", &(struct gw_io_options){.generate_id = make_id});
    attach("/polling", &(struct gw_io_options){.transports = GW_IO_POLLING});
    attach("/websocket", &(struct gw_io_options){.transports = GW_IO_WEBSOCKET});
    attach("/silent", &(struct gw_io_options){.hides_upgrades = true});
    attach("/slashless", &(struct gw_io_options){.omits_trailing_slash = true});
    attach("/small", &(struct gw_io_options){.max_payload_bytes = 100});
    io = attach("/watch", NULL);
    gw_engine_on_connection_error(gw_io_engine(io), on_connection_error, NULL);
    gw_engine_on_session(gw_io_engine(io), &watcher, NULL);
}

/* ---- the program ---- */

static void on_whoami(gw_request *request, void *user)
{
    (void)user;
    gw_respond(request, 200, "text/plain", gw_slice_of(gw_request_address(request)));
}

static void parse_arguments(int argc, char **argv)
{
    static const struct option options[] = {
        {"unix", required_argument, NULL, 'u'},
        {"trust", required_argument, NULL, 't'},
        {"forwarded", no_argument, NULL, 'f'},
        {"upgrade-timeout", required_argument, NULL, 'd'},
        {"leaves-upgrades", no_argument, NULL, 'l'},
        {"port", required_argument, NULL, 'p'},
        {0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        switch (option) {
        case 'u':
            arguments.unix_path = optarg;
            break;
        case 't':
            if (arguments.trusted_count < TRUSTED_MAX)
                arguments.trusted[arguments.trusted_count++] = optarg;
            break;
        case 'f':
            arguments.field = GW_PROXY_FORWARDED;
            break;
        case 'd':
            arguments.upgrade_timeout_ms = strtoull(optarg, NULL, 10);
            break;
        case 'l':
            arguments.leaves_upgrades = true;
            break;
        case 'p':
            break;
        default:
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    int port, err = 0;

    parse_arguments(argc, argv);
    server = gw_server_create(&(struct gw_server_options){.log_level = GW_LOG_DEBUG});
    if (!server)
        return 1;
    attach_all();
    gw_server_route(server, "GET", "/whoami", on_whoami, NULL);
    if (arguments.trusted_count > 0)
        err = gw_server_trust_proxies(server, arguments.trusted, arguments.field);
    port = err == 0 ? gw_server_listen(server, "127.0.0.1", 0) : err;
    if (port >= 0 && arguments.unix_path)
        err = gw_server_listen_unix(server, arguments.unix_path);
    if (port < 0 || err < 0 || gw_server_watch_signals(server) < 0) {
        fprintf(stderr, "%s\n", gw_server_error(server));
        gw_server_destroy(server);
        return 1;
    }
    say("listening on %d", port);
    err = gw_server_run(server);
    gw_server_destroy(server);
    return err < 0;
}
