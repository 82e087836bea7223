/* SPDX-License-Identifier: MIT */
/* The fixed app that tests drive from outside, with genuine clients and raw sockets:
 *
 *     interop --port N [--ping-interval MS] [--ping-timeout MS] [--max-payload BYTES] [--connect-timeout MS]
 *             [--echo-limit BYTES] [--max-events N (a second, more disconnect)]
 *             [--tls-port N --cert FILE --key FILE [--client-ca FILE] [--handshake-timeout MS]]
 *
 * With --tls-port it says a second line, "listening on N (tls)". --cert and --key may come several times, in pairs: one for each
 * host name. SIGHUP reads them again.
 *
 * Socket.IO at /socket.io in the namespaces / and /chat, a bare Engine.IO echo at /engine.io with the same options,
 * raw WebSocket echo at /echo; the same with compressors that keep
 * their context, for messages of any length, at /echo-context. */
#include <errno.h>
#include <getopt.h>
#include <godwit/godwit.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef GODWIT_CLIENT_DIRECTORY
#define GODWIT_CLIENT_DIRECTORY NULL
#endif

enum {
    ROOM_BYTES = 1025, /* the longest room name, and its NUL */
    CERTIFICATES_MAX = 8,
};

/* ---- Socket.IO ---- */

static void on_echo(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_emit_event(gw_only(socket), "echo", event);
    if (gw_event_wants_ack(event))
        gw_ack_event(event, event);
}

static void on_message(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_emit_event(gw_only(socket), "message", event);
}

static void on_chat_message(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_emit_event(gw_everyone(gw_socket_namespace(socket)), "chat message", event);
}

/* (toId, msg): that socket gets (fromId, msg). */
static void on_private_message(gw_socket *socket, const gw_event *event, void *user)
{
    char to[ROOM_BYTES];
    struct gw_slice message = gw_event_arg(event, 1);
    struct gw_slice attachments[GW_ATTACHMENTS_MAX];
    size_t attachment_count = gw_event_attachment_count(event);
    char *args;

    (void)user;
    if (gw_event_string(event, 0, to, sizeof(to)) < 0 || !message.ptr)
        return;
    for (size_t i = 0; i < attachment_count; i++)
        attachments[i] = gw_event_attachment(event, i);
    if (asprintf(&args, "\"%s\",%.*s", gw_socket_id(socket), (int)message.len,
                 (const char *)message.ptr) < 0)
        return;
    gw_emit_binary(gw_to(gw_everyone(gw_socket_namespace(socket)), to), "private message", args,
                   attachments, attachment_count);
    free(args);
}

static void on_join(gw_socket *socket, const gw_event *event, void *user)
{
    char room[ROOM_BYTES];

    (void)user;
    if (gw_event_string(event, 0, room, sizeof(room)) >= 0)
        gw_socket_join(socket, room);
    gw_ack(event, NULL);
}

static void on_leave(gw_socket *socket, const gw_event *event, void *user)
{
    char room[ROOM_BYTES];

    (void)user;
    if (gw_event_string(event, 0, room, sizeof(room)) >= 0)
        gw_socket_leave(socket, room);
    gw_ack(event, NULL);
}

/* (room, event, ...args): the room gets the event, the sender does not. */
static void on_to_room(gw_socket *socket, const gw_event *event, void *user)
{
    char room[ROOM_BYTES];
    char name[ROOM_BYTES];

    (void)user;
    if (gw_event_string(event, 0, room, sizeof(room)) < 0 ||
        gw_event_string(event, 1, name, sizeof(name)) < 0)
        return;
    gw_emit_event_from(gw_to(gw_broadcast(socket), room), gw_slice_of(name), event, 2);
}

static int serve_namespace(gw_namespace *nsp)
{
    if (!nsp || gw_on(nsp, "echo", on_echo, NULL) < 0 ||
        gw_on(nsp, "message", on_message, NULL) < 0 ||
        gw_on(nsp, "chat message", on_chat_message, NULL) < 0 ||
        gw_on(nsp, "private message", on_private_message, NULL) < 0 ||
        gw_on(nsp, "join", on_join, NULL) < 0 || gw_on(nsp, "leave", on_leave, NULL) < 0 ||
        gw_on(nsp, "to room", on_to_room, NULL) < 0)
        return GW_E_NOMEM;
    return GW_OK;
}

/* ---- raw WebSocket ---- */

static void on_ws_message(gw_ws *ws, struct gw_slice data, bool is_binary, void *user)
{
    (void)user;
    if (is_binary)
        gw_ws_send_binary(ws, data);
    else
        gw_ws_send_text(ws, data);
}

static const struct gw_ws_handlers echo_handlers = {.on_message = on_ws_message};
static const char *const echo_subprotocols[] = {"chat", "superchat", NULL};
static const struct gw_ws_deflate echo_deflate; /* all defaults */
static const struct gw_ws_deflate context_deflate = {
    .has_own_compressor = true,
    .has_own_decompressor = true,
    .threshold_bytes = 1,
};

static int serve_echo(gw_server *server, struct gw_ws_options *echo, struct gw_ws_options *context)
{
    echo->subprotocols = echo_subprotocols;
    echo->max_queued_bytes = 64 * 1024 * 1024;
    echo->deflate = &echo_deflate;
    *context = *echo;
    context->deflate = &context_deflate;
    if (gw_ws_endpoint(server, "/echo-context", &echo_handlers, context, NULL) < 0)
        return GW_E_NOMEM;
    return gw_ws_endpoint(server, "/echo", &echo_handlers, echo, NULL);
}

/* ---- bare Engine.IO ---- */

static void on_session_message(gw_session *session, struct gw_slice data, bool is_binary,
                               void *user)
{
    (void)user;
    gw_session_send(session, data, is_binary ? GW_SESSION_BINARY : GW_SESSION_TEXT);
}

static int serve_engine(gw_server *server, const struct gw_io_options *options)
{
    static const struct gw_session_handlers handlers = {.on_message = on_session_message};
    gw_engine *engine = gw_engine_attach(server, options);

    return engine ? gw_engine_on_session(engine, &handlers, NULL) : GW_E_NOMEM;
}

/* ---- the program ---- */

struct arguments {
    struct gw_io_options io;
    struct gw_ws_options echo, echo_context;
    struct gw_tls_certificate certificates[CERTIFICATES_MAX];
    struct gw_tls_options tls;
    size_t key_count;
    uint16_t port, tls_port;
    bool has_tls;
};

static void refuse(const char *option, const char *problem, const char *value)
{
    fprintf(stderr, "interop: %s%s%s%s%s\n", option, *option ? ": " : "", problem,
            *value ? ": " : "", value);
    exit(2);
}

static uint64_t number(const char *option, const char *text, uint64_t most)
{
    char *end;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end != '\0' || value > most)
        refuse(option, "not a number, or too large", text);
    return value;
}

static struct gw_tls_certificate *certificate(const char *option, struct arguments *arguments,
                                              size_t index)
{
    if (index == CERTIFICATES_MAX)
        refuse(option, "too many", "");
    return &arguments->certificates[index];
}

static void check(struct arguments *arguments)
{
    arguments->tls.certificates = arguments->certificates;
    if (arguments->has_tls && arguments->tls.certificate_count == 0)
        refuse("--cert", "is missing; --tls-port needs a certificate", "");
    if (arguments->key_count > arguments->tls.certificate_count)
        refuse("--key", "belongs to a --cert before it", "");
}

static void parse(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},
        {"ping-interval", required_argument, NULL, 'i'},
        {"ping-timeout", required_argument, NULL, 't'},
        {"max-payload", required_argument, NULL, 'm'},
        {"connect-timeout", required_argument, NULL, 'c'},
        {"max-events", required_argument, NULL, 'E'},
        {"echo-limit", required_argument, NULL, 'e'},
        {"tls-port", required_argument, NULL, 'T'},
        {"cert", required_argument, NULL, 'C'},
        {"key", required_argument, NULL, 'K'},
        {"client-ca", required_argument, NULL, 'A'},
        {"handshake-timeout", required_argument, NULL, 'H'},
        {NULL, 0, NULL, 0},
    };
    bool has_port = false;
    int option, index;

    opterr = 0; /* our own words, in one line */
    while ((option = getopt_long(argc, argv, "", options, &index)) != -1) {
        switch (option) {
        case 'p':
            arguments->port = (uint16_t)number("--port", optarg, UINT16_MAX);
            has_port = true;
            break;
        case 'i':
            arguments->io.ping_interval_ms = number("--ping-interval", optarg, UINT32_MAX);
            break;
        case 't':
            arguments->io.ping_timeout_ms = number("--ping-timeout", optarg, UINT32_MAX);
            break;
        case 'm':
            arguments->io.max_payload_bytes = number("--max-payload", optarg, UINT32_MAX);
            break;
        case 'c':
            arguments->io.connect_timeout_ms = number("--connect-timeout", optarg, UINT32_MAX);
            break;
        case 'E':
            arguments->io.max_events_per_second =
                (uint32_t)number("--max-events", optarg, UINT32_MAX);
            arguments->io.event_rate_policy = GW_EVENT_RATE_DISCONNECT;
            break;
        case 'e':
            arguments->echo.max_message_bytes = number("--echo-limit", optarg, UINT32_MAX);
            break;
        case 'T':
            arguments->tls_port = (uint16_t)number("--tls-port", optarg, UINT16_MAX);
            arguments->has_tls = true;
            break;
        case 'C':
            certificate("--cert", arguments, arguments->tls.certificate_count++)->cert_file =
                optarg;
            break;
        case 'K':
            certificate("--key", arguments, arguments->key_count++)->key_file = optarg;
            break;
        case 'A':
            arguments->tls.ca_file = optarg;
            arguments->tls.verify = GW_TLS_VERIFY_REQUIRED;
            break;
        case 'H':
            arguments->tls.handshake_timeout_ms = number("--handshake-timeout", optarg, UINT32_MAX);
            break;
        default:
            refuse("", "unknown option, or one without its value", argv[optind - 1]);
        }
    }
    if (optind < argc)
        refuse("", "takes options only, not", argv[optind]);
    if (!has_port)
        refuse("--port", "is missing; say on which port to listen", "");
    check(arguments);
}

static int serve(gw_server *server, struct arguments *arguments)
{
    gw_io *io = gw_io_attach(server, &arguments->io);

    if (!io || serve_namespace(gw_io_namespace(io)) < 0 ||
        serve_namespace(gw_io_of(io, "/chat")) < 0 || serve_engine(server, &arguments->io) < 0)
        return GW_E_NOMEM;
    return serve_echo(server, &arguments->echo, &arguments->echo_context);
}

/* Listens everywhere and says where. */
static int open_ports(gw_server *server, const struct arguments *arguments)
{
    int port = gw_server_listen(server, NULL, arguments->port);
    int tls_port = 0;

    if (port < 0)
        return port;
    if (arguments->has_tls)
        tls_port = gw_server_listen_tls(server, NULL, arguments->tls_port, &arguments->tls);
    if (tls_port < 0)
        return tls_port;
    printf("listening on %d\n", port);
    if (arguments->has_tls)
        printf("listening on %d (tls)\n", tls_port);
    fflush(stdout);
    return GW_OK;
}

int main(int argc, char **argv)
{
    static const struct gw_io_cors cors = {
        .reflects_origin = true,
        .allows_credentials = true,
        .allowed_headers = "content-type",
    };
    struct arguments arguments = {
        .io = {.cors = &cors, .client_directory = GODWIT_CLIENT_DIRECTORY},
        .echo = {.max_message_bytes = 1024 * 1024}};
    gw_server *server;
    int result;

    parse(argc, argv, &arguments);
    server = gw_server_create(NULL);
    if (!server) {
        fprintf(stderr, "interop: out of memory or descriptors\n");
        return EXIT_FAILURE;
    }
    result = serve(server, &arguments);
    if (result == GW_OK)
        result = gw_server_watch_signals(server);
    if (result == GW_OK)
        result = open_ports(server, &arguments);
    if (result < 0) {
        fprintf(stderr, "interop: %s\n", gw_server_error(server));
        gw_server_destroy(server);
        return EXIT_FAILURE;
    }
    result = gw_server_run(server);
    gw_server_destroy(server);
    return result == GW_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
