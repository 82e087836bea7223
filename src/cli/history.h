/* SPDX-License-Identifier: MIT */
/* Lines that were typed, kept from one run to the next: a plain file, a line for each, the oldest
 * first, readable by its owner alone. Several programs may add to it at once. */
#ifndef GW_CLI_HISTORY_H
#define GW_CLI_HISTORY_H

#include <stddef.h>

enum { GW_CLI_HISTORY_LINES = 1000 };

typedef void gw_cli_history_fn(const char *line, void *user);

/* Where it is: godwit/NAME in $XDG_STATE_HOME, or in ~/.local/state. The caller's;
 * NULL when neither is known. */
char *gw_cli_history_path(const char *name);
/* Calls fn for the last GW_CLI_HISTORY_LINES lines; a file that has become
 * twice as long is cut to these. */
void gw_cli_history_load(const char *path, gw_cli_history_fn *fn, void *user);
/* Adds a line; one that begins with a space is not to be remembered. What
 * goes wrong does not matter. */
void gw_cli_history_add(const char *path, const char *line);

#endif
