/* SPDX-License-Identifier: MIT */
/* Gives every WebSocket message to everybody who is connected, compressed once: what `ws.mjs --everybody` does on npm ws.
 *
 *     publish PORT */
#include <godwit/godwit.h>
#include <stdio.h>
#include <stdlib.h>

static void on_open(gw_ws *ws, void *user)
{
    (void)user;
    gw_ws_subscribe(ws, GW_LIT("everybody"));
}

static void on_message(gw_ws *ws, struct gw_slice data, bool is_binary, void *user)
{
    (void)ws;
    gw_ws_publish(user, GW_LIT("everybody"), data, is_binary);
}

int main(int argc, char **argv)
{
    static const struct gw_ws_handlers handlers = {.on_open = on_open, .on_message = on_message};
    static const struct gw_ws_deflate deflate = {.level = 1};
    static const struct gw_ws_options options = {.deflate = &deflate};
    gw_server *server = gw_server_create(NULL);
    int result;

    if (argc != 2 || !server || gw_server_watch_signals(server) < 0 ||
        gw_ws_endpoint(server, "/echo", &handlers, &options, server) < 0)
        return EXIT_FAILURE;
    result = gw_server_listen(server, "127.0.0.1", (uint16_t)strtoul(argv[1], NULL, 10));
    if (result < 0) {
        fprintf(stderr, "publish: %s\n", gw_server_error(server));
        return EXIT_FAILURE;
    }
    printf("listening on %d\n", result);
    fflush(stdout);
    result = gw_server_run(server);
    gw_server_destroy(server);
    return result == GW_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
