/* SPDX-License-Identifier: MIT */
/* Raw WebSocket: sends every message back.
 *
 *     echo [port]        then, say: npx wscat -c ws://localhost:9001/
 */
#include <godwit/godwit.h>
#include <stdio.h>
#include <stdlib.h>

static void on_message(gw_ws *ws, struct gw_slice data, bool is_binary, void *user)
{
    (void)user;
    if (is_binary)
        gw_ws_send_binary(ws, data);
    else
        gw_ws_send_text(ws, data);
}

static void on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean, void *user)
{
    (void)ws;
    (void)user;
    printf("closed: code %d, reason \"%.*s\", %s\n", code, (int)reason.len,
           (const char *)reason.ptr, was_clean ? "clean" : "not clean");
}

static const struct gw_ws_handlers handlers = {.on_message = on_message, .on_close = on_close};

int main(int argc, char **argv)
{
    gw_server *server = gw_server_create(NULL);
    uint16_t port = argc > 1 ? (uint16_t)strtoul(argv[1], NULL, 10) : 9001;
    int err;

    if (!server || gw_ws_endpoint(server, "/", &handlers, NULL, NULL) < 0)
        return EXIT_FAILURE;
    err = gw_server_watch_signals(server);
    if (err == GW_OK)
        err = gw_server_listen(server, NULL, port);
    if (err < 0) {
        fprintf(stderr, "echo: %s\n", gw_server_error(server));
        gw_server_destroy(server);
        return EXIT_FAILURE;
    }
    printf("echo: ws://localhost:%d/\n", err);
    fflush(stdout);
    err = gw_server_run(server);
    gw_server_destroy(server);
    return err == GW_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
