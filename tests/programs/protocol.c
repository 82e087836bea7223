/* SPDX-License-Identifier: MIT */
/* The server that the protocols' own test suites ask for:
 *
 *     protocol [--port N]
 *
 * Without --port, which the suites themselves want to be 3000, the kernel chooses one. Short timers, every
 * origin. At /socket.io/ in the namespaces / and /custom: "auth" with what the client sent in its CONNECT,
 * "message" back as "message-back", "message-with-ack" back as its acknowledgement. At /engine.io/ a bare
 * Engine.IO that sends every message back. */
#include <getopt.h>
#include <godwit/godwit.h>
#include <stdio.h>
#include <stdlib.h>

static void on_connection(gw_socket *socket, void *user)
{
    (void)user;
    gw_emit_slice(gw_only(socket), gw_slice_of("auth"), gw_socket_handshake(socket).auth);
}

static void on_message(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_emit_event(gw_only(socket), "message-back", event);
}

static void on_message_with_ack(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)user;
    gw_ack_event(event, event);
}

static bool serve_namespace(gw_namespace *nsp)
{
    return nsp && gw_on_connection(nsp, on_connection, NULL) == GW_OK &&
           gw_on(nsp, "message", on_message, NULL) == GW_OK &&
           gw_on(nsp, "message-with-ack", on_message_with_ack, NULL) == GW_OK;
}

static void on_session_message(gw_session *session, struct gw_slice data, bool is_binary,
                               void *user)
{
    (void)user;
    gw_session_send(session, data, is_binary ? GW_SESSION_BINARY : GW_SESSION_TEXT);
}

static bool serve_echo(gw_engine *engine)
{
    static const struct gw_session_handlers echo = {.on_message = on_session_message};

    return engine && gw_engine_on_session(engine, &echo, NULL) == GW_OK;
}

static bool serve(gw_server *server)
{
    static const char *const everybody[] = {"*", NULL};
    static const struct gw_io_cors cors = {.origins = everybody};
    struct gw_io_options options = {
        .cors = &cors,
        .ping_interval_ms = 300,
        .ping_timeout_ms = 200,
        .connect_timeout_ms = 1000,
        .max_payload_bytes = 1000000,
    };
    gw_io *io = gw_io_attach(server, &options);

    if (!io || !serve_namespace(gw_io_namespace(io)) || !serve_namespace(gw_io_of(io, "/custom")))
        return false;
    return serve_echo(gw_engine_attach(server, &options));
}

static uint16_t parse_port(int argc, char **argv)
{
    static const struct option options[] = {{"port", required_argument, NULL, 'p'}, {0}};
    uint16_t port = 0;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (option != 'p')
            exit(2);
        port = (uint16_t)strtoul(optarg, NULL, 10);
    }
    return port;
}

int main(int argc, char **argv)
{
    uint16_t wanted = parse_port(argc, argv);
    gw_server *server = gw_server_create(NULL);
    int port, result;

    if (!server || !serve(server) || gw_server_watch_signals(server) < 0)
        return EXIT_FAILURE;
    port = gw_server_listen(server, wanted ? NULL : "127.0.0.1", wanted);
    if (port < 0) {
        fprintf(stderr, "protocol: %s\n", gw_server_error(server));
        gw_server_destroy(server);
        return EXIT_FAILURE;
    }
    printf("listening on %d\n", port);
    fflush(stdout);
    result = gw_server_run(server);
    gw_server_destroy(server);
    return result == GW_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
