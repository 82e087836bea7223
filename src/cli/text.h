/* SPDX-License-Identifier: MIT */
/* A growing text that is put together before it is written in one go. When memory runs out the
 * program ends with one line: what it builds here is small beside the message that it shows. */
#ifndef GW_CLI_TEXT_H
#define GW_CLI_TEXT_H

#include <godwit/base.h>

struct gw_cli_text {
    char *bytes; /* not NUL-terminated */
    size_t len;
    /* private */
    size_t size;
};

/* Starts as {0}. */
void gw_cli_text_dispose(struct gw_cli_text *text);
void gw_cli_text_add(struct gw_cli_text *text, const void *bytes, size_t len);
void gw_cli_text_puts(struct gw_cli_text *text, const char *string);
__attribute__((format(printf, 2, 3))) void gw_cli_text_printf(struct gw_cli_text *text,
                                                              const char *format, ...);
/* Takes the first len bytes away. */
void gw_cli_text_consume(struct gw_cli_text *text, size_t len);
/* With commas: 1,234,567. */
void gw_cli_text_number(struct gw_cli_text *text, uint64_t number);

static inline struct gw_slice gw_cli_text_slice(const struct gw_cli_text *text)
{
    return (struct gw_slice){(const uint8_t *)text->bytes, text->len};
}

#endif
