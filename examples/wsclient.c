/* SPDX-License-Identifier: MIT */
/* The client half of a test suite for WebSocket: sends back whatever the server at the URL sends, until it closes.
 *
 *     wsclient [--insecure] URL       exit status 0 when the connection was closed cleanly
 */
#include <godwit/godwit.h>
#include <stdio.h>
#include <stdlib.h>

static int exit_status = EXIT_FAILURE;

static void on_message(gw_ws *ws, struct gw_slice data, bool is_binary, void *user)
{
    (void)user;
    if (is_binary)
        gw_ws_send_binary(ws, data);
    else
        gw_ws_send_text(ws, data);
}

static void on_error(gw_ws *ws, const struct gw_ws_error *error, void *user)
{
    (void)user;
    fprintf(stderr, "wsclient: %s: %s: %s\n", gw_ws_url(ws), gw_ws_step_name(error->step),
            error->why);
}

static void on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean, void *user)
{
    (void)ws;
    printf("closed: code %d, reason \"%.*s\", %s\n", code, (int)reason.len,
           (const char *)reason.ptr, was_clean ? "clean" : "not clean");
    if (was_clean)
        exit_status = EXIT_SUCCESS;
    gw_loop_stop(user);
}

static const struct gw_ws_handlers handlers = {
    .on_message = on_message,
    .on_error = on_error,
    .on_close = on_close,
};

int main(int argc, char **argv)
{
    static const struct gw_ws_deflate deflate = {0};
    bool is_insecure = argc == 3 && strcmp(argv[1], "--insecure") == 0;
    const struct gw_client_tls_options tls = {.is_insecure = is_insecure};
    const struct gw_ws_client_options options = {
        .tls_options = &tls,
        .max_message_bytes = 64 << 20,
        .max_fragments = 1 << 24,
        .max_queued_bytes = 256 << 20,
        .deflate = &deflate,
    };
    gw_loop *loop;

    if (argc != 2 && !is_insecure) {
        fprintf(stderr, "usage: wsclient [--insecure] URL\n");
        return 2;
    }
    loop = gw_loop_create();
    if (!loop || !gw_ws_connect(loop, argv[argc - 1], &options, &handlers, loop)) {
        fprintf(stderr, "wsclient: out of memory\n");
        return EXIT_FAILURE;
    }
    gw_loop_run(loop);
    gw_loop_destroy(loop);
    return exit_status;
}
