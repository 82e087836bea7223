/* SPDX-License-Identifier: MIT */
/* Standard input that is no terminal, a piece at a time: lines, or blocks of bytes as they come. */
#ifndef GW_CLI_INPUT_H
#define GW_CLI_INPUT_H

#include "cli/text.h"

enum { GW_CLI_INPUT_BLOCK = 65536 };

struct gw_cli_input {
    int fd;
    bool has_lines; /* else blocks of up to GW_CLI_INPUT_BLOCK bytes */
    size_t max_line_bytes;
    bool is_ended;    /* end of file, or an error; pieces may still be there */
    int read_errno;   /* what the error was */
    bool is_too_long; /* a line is longer than max_line_bytes: nothing comes any more */
    uint64_t line;    /* number of the piece that came last, from 1 */
    /* private */
    struct gw_cli_text held;
    size_t used, searched; /* given out; without a newline so far */
};

/* The other fields start as 0. */
void gw_cli_input_dispose(struct gw_cli_input *input);
/* Reads once; blocks unless poll() says that there is something. */
void gw_cli_input_read(struct gw_cli_input *input);
/* The next piece, good until the next read; without its newline. */
bool gw_cli_input_next(struct gw_cli_input *input, struct gw_slice *piece);

#endif
