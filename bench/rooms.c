/* SPDX-License-Identifier: MIT */
/* Gives every "chat message" to ten rooms and one across them, except to those of another: what `rooms.mjs` does on npm
 * socket.io. Of 21 clients, in the order of their coming, the last is muted and the other 20 receive it.
 *
 *     rooms PORT */
#include <godwit/godwit.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROOMS = 10, MUTED_OF = 21 };

static void on_connection(gw_socket *socket, void *user)
{
    static uint32_t count;
    uint32_t number = count++;
    char room[16];

    (void)user;
    snprintf(room, sizeof(room), "room %u", number % ROOMS);
    gw_socket_join(socket, room);
    if (number % 2 == 0)
        gw_socket_join(socket, "even");
    if (number % MUTED_OF == MUTED_OF - 1)
        gw_socket_join(socket, "muted");
}

static void on_chat_message(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_target target = gw_except(gw_everyone(gw_socket_namespace(socket)), "muted");
    char room[16];

    (void)user;
    for (uint32_t i = 0; i < ROOMS; i++) {
        snprintf(room, sizeof(room), "room %u", i);
        target = gw_to(target, room);
    }
    gw_emit_event(gw_to(target, "even"), "chat message", event);
}

static int serve(gw_server *server)
{
    gw_io *io = gw_io_attach(server, NULL);
    gw_namespace *nsp = io ? gw_io_namespace(io) : NULL;

    if (!nsp || gw_on_connection(nsp, on_connection, NULL) < 0)
        return GW_E_NOMEM;
    return gw_on(nsp, "chat message", on_chat_message, NULL);
}

int main(int argc, char **argv)
{
    gw_server *server = gw_server_create(NULL);
    int result;

    if (argc != 2 || !server || gw_server_watch_signals(server) < 0 || serve(server) < 0)
        return EXIT_FAILURE;
    result = gw_server_listen(server, "127.0.0.1", (uint16_t)strtoul(argv[1], NULL, 10));
    if (result < 0) {
        fprintf(stderr, "rooms: %s\n", gw_server_error(server));
        return EXIT_FAILURE;
    }
    printf("listening on %d\n", result);
    fflush(stdout);
    result = gw_server_run(server);
    gw_server_destroy(server);
    return result == GW_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
