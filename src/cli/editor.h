/* SPDX-License-Identifier: MIT */
/* A line that is being typed on a terminal, with editing and history (libedit). The rest of the
 * program goes on meanwhile: while libedit wants a key, wait() runs the program's loop; what it
 * prints between hide() and show() stands above the line. */
#ifndef GW_CLI_EDITOR_H
#define GW_CLI_EDITOR_H

#include <stdbool.h>

struct gw_cli_editor;

/* Runs one turn of the program. True: a key can be read now. */
typedef bool gw_cli_editor_wait_fn(void *user);

/* prompt is kept, and stands for itself on the screen but for what is between bytes 1. history_path
 * may be NULL. NULL: libedit cannot work with this terminal. */
struct gw_cli_editor *gw_cli_editor_create(const char *prompt, const char *history_path,
                                           gw_cli_editor_wait_fn *wait, void *user);
/* Gives the terminal back as it was. NULL is fine. */
void gw_cli_editor_destroy(struct gw_cli_editor *editor);

/* A line without its newline, good until the next call; NULL: Ctrl-D on an empty line, the end of
 * the terminal, or gw_cli_editor_stop(). It is remembered. Keeps running wait() until then. */
const char *gw_cli_editor_line(struct gw_cli_editor *editor);
/* Inside wait(): gw_cli_editor_line() shall return NULL at once. */
void gw_cli_editor_stop(struct gw_cli_editor *editor);

/* Takes prompt and line off the screen and puts them back; harmless while no line
 * is being typed, and on NULL. */
void gw_cli_editor_hide(struct gw_cli_editor *editor);
void gw_cli_editor_show(struct gw_cli_editor *editor);
bool gw_cli_editor_is_editing(const struct gw_cli_editor *editor);

/* The terminal has another size. */
void gw_cli_editor_resize(struct gw_cli_editor *editor);
/* Ctrl-Z: stops the process, with the terminal given back until it goes on. */
void gw_cli_editor_suspend(struct gw_cli_editor *editor);

#endif
