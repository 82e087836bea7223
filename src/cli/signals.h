/* SPDX-License-Identifier: MIT */
/* Signals as bytes in a pipe that a program polls. The second SIGINT or SIGTERM does not wait for
 * the program: it gives the terminal back and ends the process as the signal would have. */
#ifndef GW_CLI_SIGNALS_H
#define GW_CLI_SIGNALS_H

/* From now on SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP and SIGCONT come through the pipe, and
 * SIGPIPE is ignored. Returns the descriptor to poll, or -1. Once. */
int gw_cli_signals_open(void);
/* The next signal that has come; 0: none. */
int gw_cli_signals_next(void);

#endif
