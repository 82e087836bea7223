/* SPDX-License-Identifier: MIT */
/* All that a session shows: messages and events on standard output, the rest on standard error; in
 * colours and made harmless on a terminal, raw in a pipe, as lines of JSON when asked for. A line
 * that is being typed is never torn. */
#ifndef GW_CLI_SCREEN_H
#define GW_CLI_SCREEN_H

#include "cli/editor.h"
#include "cli/text.h"

#include <godwit/ws.h>

struct gw_cli_screen {
    const char *command; /* in front of complaints */
    bool has_json, is_quiet;
    bool is_raw;                  /* received bytes go out with nothing between messages */
    struct gw_cli_editor *editor; /* NULL: nobody types */
    bool has_failed;              /* standard output takes no more */
    int write_errno;              /* why */
    /* private */
    bool is_terminal, has_colors, has_error_colors;
};

/* Fills in what kind of thing the outputs are; the fields above has_failed are set already. */
void gw_cli_screen_open(struct gw_cli_screen *screen);
/* Whether standard input and output are a terminal that can move its cursor. */
bool gw_cli_screen_can_edit(void);
/* "> ", in colour where colours are; for gw_cli_editor_create(). */
const char *gw_cli_screen_prompt(const struct gw_cli_screen *screen);

void gw_cli_screen_open_event(struct gw_cli_screen *screen, const gw_ws *ws);
void gw_cli_screen_message(struct gw_cli_screen *screen, struct gw_slice data, bool is_binary);
void gw_cli_screen_error(struct gw_cli_screen *screen, const char *url,
                         const struct gw_ws_error *error);
void gw_cli_screen_close_event(struct gw_cli_screen *screen, uint16_t code, struct gw_slice reason,
                               bool was_clean);
/* One line for people, not when quiet or JSON. */
__attribute__((format(printf, 2, 3))) void gw_cli_screen_note(struct gw_cli_screen *screen,
                                                              const char *format, ...);
/* One line on standard error, always. */
__attribute__((format(printf, 2, 3))) void gw_cli_screen_complain(struct gw_cli_screen *screen,
                                                                  const char *format, ...);
/* One line on standard output, whatever it is: what `godwit echo` tells. */
void gw_cli_screen_line(struct gw_cli_screen *screen, const struct gw_cli_text *line);

/* "5 bytes: hello", or the first bytes of a binary one, in one line. */
void gw_cli_screen_preview(struct gw_cli_text *out, struct gw_slice data, bool is_binary);

#endif
