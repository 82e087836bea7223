/* SPDX-License-Identifier: MIT */
/* Socket.IO servers with an Admin UI, by path: /open (nobody is asked), /login (admin, secret),
 * /msgpack (the same, in MessagePack), /readonly (numbers alone). /metrics has the numbers of all of
 * them. It says "listening on N".
 *
 *     admin [--port N] [--page DIRECTORY]
 *
 * The directory has the page, ui/dist of the npm package @socket.io/admin-ui, which is then at /ui/. */
#include "program.h"

#include <getopt.h>
#include <godwit/godwit.h>
#include <stdio.h>
#include <stdlib.h>

/* Of "secret". */
#define HASH "$2b$08$abcdefghijklmnopqrstuuKxCcvB7KZ7.BpDoK0bh6qM7Dl1/xiJa"

static gw_server *server;
static uint16_t port;
static const char *page;

static void on_echo(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_emit_event(gw_only(socket), "echo", event);
}

static void on_join(gw_socket *socket, const gw_event *event, void *user)
{
    char room[64];

    (void)user;
    if (gw_event_string(event, 0, room, sizeof(room)) >= 0)
        gw_socket_join(socket, room);
    gw_ack(event, "");
}

static void on_data(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    (void)event;
    gw_socket_set_data(socket, "{\"name\":\"Ada\"}");
}

static gw_io *attach(const char *path, enum gw_parser parser, const struct gw_admin_options *admin)
{
    /* For a page of another origin, which sends its cookies. */
    static const struct gw_io_cors cors = {.reflects_origin = true, .allows_credentials = true};
    gw_io *io = gw_io_attach(
        server, &(struct gw_io_options){.path = path, .cors = &cors, .parser = parser});

    if (!io || gw_admin_attach(io, admin) < 0) {
        fprintf(stderr, "%s\n", gw_server_error(server));
        exit(1);
    }
    gw_on(gw_io_namespace(io), "echo", on_echo, NULL);
    gw_on(gw_io_namespace(io), "join", on_join, NULL);
    gw_on(gw_io_namespace(io), "data", on_data, NULL);
    gw_io_of_pattern(io, "^/room-[0-9]+$");
    return io;
}

static void parse_arguments(int argc, char **argv)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'}, {"page", required_argument, NULL, 'd'}, {0}};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (option == 'p')
            port = (uint16_t)strtoul(optarg, NULL, 10);
        else if (option == 'd')
            page = optarg;
        else
            exit(2);
    }
}

int main(int argc, char **argv)
{
    parse_arguments(argc, argv);
    server = gw_server_create(&(struct gw_server_options){.log_level = GW_LOG_INFO});
    if (!server)
        return 1;
    attach("/open", GW_PARSER_DEFAULT,
           &(struct gw_admin_options){.no_auth = true, .server_id = "srv1"});
    attach("/login", GW_PARSER_DEFAULT,
           &(struct gw_admin_options){.username = "admin", .password_hash = HASH});
    attach("/msgpack", GW_PARSER_MSGPACK, &(struct gw_admin_options){.no_auth = true});
    attach("/readonly", GW_PARSER_DEFAULT,
           &(struct gw_admin_options){.no_auth = true,
                                      .is_readonly = true,
                                      .mode = GW_ADMIN_PRODUCTION,
                                      .namespace_name = "/watch"});
    gw_serve_metrics(server, "/metrics", &(struct gw_metrics_options){.event_sample = 1});
    if (page && gw_serve_files(server, "/ui/", page) < 0) {
        fprintf(stderr, "%s\n", gw_server_error(server));
        return 1;
    }
    return program_run(server, "127.0.0.1", port);
}
