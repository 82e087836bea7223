/* SPDX-License-Identifier: MIT */
/* One connection and what is said on it: from --execute, from a person at
 * a terminal, or from a pipe. */
#ifndef GW_CLI_SESSION_H
#define GW_CLI_SESSION_H

#include "cli/client.h"
#include "cli/screen.h"

struct gw_cli_session_args {
    struct gw_cli_client *client;
    struct gw_cli_screen *screen;
    const struct gw_cli_list *execute; /* said at once; standard input is not read then */
    bool is_binary;
    uint64_t wait_ms; /* after the last thing was said; UINT64_MAX: until the server closes */
    uint64_t ping_ms; /* 0: none */
    uint64_t max_line_bytes; /* of standard input */
};

/* Runs it from beginning to end; gives an enum gw_cli_exit. */
int gw_cli_session_run(const struct gw_cli_session_args *args);

#endif
