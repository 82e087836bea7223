/* SPDX-License-Identifier: MIT */
/* What a peer said, made fit to be shown: a terminal obeys control characters, so none
 * of the peer's may reach it, and neither may those that turn the direction of writing
 * or pretend to be a new line. */
#ifndef GW_CLI_ESCAPE_H
#define GW_CLI_ESCAPE_H

#include "cli/text.h"

/* One character of UTF-8 at the start of text, which is not empty: its length, and the character in
 * *out; 0 when there is none. */
size_t gw_cli_utf8_next(struct gw_slice text, uint32_t *out);
bool gw_cli_utf8_is_valid(struct gw_slice text);

/* On one line: newlines become \n, tabs \t, and whatever a terminal might obey \x1b or \u202e;
 * bytes that are no UTF-8 \xff. */
void gw_cli_escape_line(struct gw_cli_text *out, struct gw_slice text);
/* The same, but tabs stay, and newlines too, each with indent behind it. */
void gw_cli_escape_lines(struct gw_cli_text *out, struct gw_slice text, const char *indent);

/* Offsets, bytes in hexadecimal and as characters, 16 to a line, each line with indent in
 * front and a newline behind. */
void gw_cli_escape_dump(struct gw_cli_text *out, struct gw_slice bytes, const char *indent);

/* A JSON string with its quotes (RFC 8259 7): pure of everything above too, and what
 * is no UTF-8 becomes U+FFFD. */
void gw_cli_escape_json(struct gw_cli_text *out, struct gw_slice text);
/* RFC 4648 4, with padding, no quotes. */
void gw_cli_escape_base64(struct gw_cli_text *out, struct gw_slice bytes);

#endif
