/* SPDX-License-Identifier: MIT */
#include "cli/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void make_room(struct gw_cli_text *text, size_t len)
{
    size_t size = text->size ? text->size : 256;
    char *bytes = NULL;

    if (len <= text->size - text->len)
        return;
    if (len <= SIZE_MAX / 2 - text->len) {
        while (size < text->len + len)
            size *= 2;
        bytes = realloc(text->bytes, size);
    }
    if (!bytes) {
        fputs("godwit: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    text->bytes = bytes;
    text->size = size;
}

void gw_cli_text_dispose(struct gw_cli_text *text)
{
    free(text->bytes);
    *text = (struct gw_cli_text){0};
}

void gw_cli_text_add(struct gw_cli_text *text, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    make_room(text, len);
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
}

void gw_cli_text_puts(struct gw_cli_text *text, const char *string)
{
    gw_cli_text_add(text, string, strlen(string));
}

void gw_cli_text_printf(struct gw_cli_text *text, const char *format, ...)
{
    va_list args, again;
    int len;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len > 0) {
        make_room(text, (size_t)len + 1);
        vsnprintf(text->bytes + text->len, (size_t)len + 1, format, again);
        text->len += (size_t)len;
    }
    va_end(again);
}

void gw_cli_text_consume(struct gw_cli_text *text, size_t len)
{
    if (len == 0)
        return;
    memmove(text->bytes, text->bytes + len, text->len - len);
    text->len -= len;
}

void gw_cli_text_number(struct gw_cli_text *text, uint64_t number)
{
    if (number >= 1000) {
        gw_cli_text_number(text, number / 1000);
        gw_cli_text_printf(text, ",%03u", (unsigned)(number % 1000));
    } else {
        gw_cli_text_printf(text, "%u", (unsigned)number);
    }
}
