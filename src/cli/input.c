/* SPDX-License-Identifier: MIT */
#include "cli/input.h"

#include <errno.h>
#include <unistd.h>

void gw_cli_input_dispose(struct gw_cli_input *input)
{
    gw_cli_text_dispose(&input->held);
}

void gw_cli_input_read(struct gw_cli_input *input)
{
    char block[GW_CLI_INPUT_BLOCK];
    ssize_t got = read(input->fd, block, sizeof(block));

    gw_cli_text_consume(&input->held, input->used);
    input->searched -= input->used;
    input->used = 0;
    if (got > 0) {
        gw_cli_text_add(&input->held, block, (size_t)got);
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
        input->read_errno = got < 0 ? errno : 0;
        input->is_ended = true;
    }
}

static bool give(struct gw_cli_input *input, size_t len, size_t behind, struct gw_slice *piece)
{
    *piece = (struct gw_slice){(const uint8_t *)input->held.bytes + input->used, len};
    input->used += len + behind;
    input->searched = input->used;
    input->line++;
    return true;
}

bool gw_cli_input_next(struct gw_cli_input *input, struct gw_slice *piece)
{
    size_t left = input->held.len - input->used;
    const char *newline;

    if (left == 0 || input->is_too_long)
        return false;
    if (!input->has_lines)
        return give(input, left, 0, piece);
    newline = memchr(input->held.bytes + input->searched, '\n', input->held.len - input->searched);
    if (newline)
        left = (size_t)(newline - input->held.bytes) - input->used;
    else
        input->searched = input->held.len;
    if (left > input->max_line_bytes) {
        input->is_too_long = true;
        return false;
    }
    if (newline)
        return give(input, left, 1, piece);
    /* The last line need not end in a newline. */
    return input->is_ended && give(input, left, 0, piece);
}
