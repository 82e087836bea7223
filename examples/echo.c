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

/* -1: not a port. */
static int port_of(const char *text)
{
    char *end;
    unsigned long port = strtoul(text, &end, 10);

    return end != text && *end == '\0' && port <= UINT16_MAX ? (int)port : -1;
}

int main(int argc, char **argv)
{
    int port = argc > 1 ? port_of(argv[1]) : 9001;
    gw_server *server;
    int err;

    if (port < 0 || argc > 2) {
        fprintf(stderr, "usage: echo [PORT]\n");
        return 2;
    }
    server = gw_server_create(NULL);
    if (!server || gw_ws_endpoint(server, "/", &handlers, NULL, NULL) < 0)
        return EXIT_FAILURE;
    err = gw_server_watch_signals(server);
    if (err == GW_OK)
        err = gw_server_listen(server, NULL, (uint16_t)port);
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
