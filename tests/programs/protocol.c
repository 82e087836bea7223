/* SPDX-License-Identifier: MIT */
/* The server that the protocols' own test suites ask for, on a port that the kernel chooses:
 *
 *     protocol
 *
 * Short timers, every origin. At /socket.io/ in the namespaces / and /custom: "auth" with what the client
 * sent in its CONNECT, "message" back as "message-back", "message-with-ack" back as its acknowledgement.
 * At /engine.io/ a Socket.IO that sends "message" back, where the suite of Engine.IO has a bare echo. */
#include <godwit/godwit.h>
#include <stdio.h>
#include <stdlib.h>

static void on_connection(gw_socket *socket, void *user)
{
    struct gw_slice auth = gw_socket_handshake(socket).auth;

    (void)user;
    gw_emit_slice(gw_only(socket), gw_slice_of("auth"), auth);
}

static void on_message(gw_socket *socket, const gw_event *event, void *user)
{
    gw_emit_event(gw_only(socket), (const char *)user, event);
}

static void on_message_with_ack(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)user;
    gw_ack_event(event, event);
}

static bool serve_namespace(gw_namespace *nsp)
{
    static char message_back[] = "message-back";

    return nsp && gw_on_connection(nsp, on_connection, NULL) == GW_OK &&
           gw_on(nsp, "message", on_message, message_back) == GW_OK &&
           gw_on(nsp, "message-with-ack", on_message_with_ack, NULL) == GW_OK;
}

static bool serve_echo(gw_io *io)
{
    static char message[] = "message";

    return io && gw_on(gw_io_namespace(io), "message", on_message, message) == GW_OK;
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
    options.path = "/engine.io/";
    return serve_echo(gw_io_attach(server, &options));
}

int main(void)
{
    gw_server *server = gw_server_create(NULL);
    int port, result;

    if (!server || !serve(server) || gw_server_watch_signals(server) < 0)
        return EXIT_FAILURE;
    port = gw_server_listen(server, "127.0.0.1", 0);
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
