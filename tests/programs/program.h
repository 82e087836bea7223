/* SPDX-License-Identifier: MIT */
/* What the programs here have in common: how they begin to serve, so that a test learns their port. */
#ifndef GW_TESTS_PROGRAM_H
#define GW_TESTS_PROGRAM_H

#include <godwit/godwit.h>

#include <stdio.h>

/* Listens on port (0: any), says which, runs until a signal and destroys the server. The exit status. */
static inline int program_run(gw_server *server, const char *host, uint16_t port)
{
    int result = gw_server_listen(server, host, port);
    int err;

    if (result < 0 || gw_server_watch_signals(server) < 0) {
        fprintf(stderr, "%s\n", gw_server_error(server));
        gw_server_destroy(server);
        return 1;
    }
    printf("listening on %d\n", result);
    fflush(stdout);
    err = gw_server_run(server);
    gw_server_destroy(server);
    return err < 0;
}

#endif
