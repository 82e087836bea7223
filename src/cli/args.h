/* SPDX-License-Identifier: MIT */
/* Options of a subcommand, read by a table: --name VALUE, --name=VALUE, -n VALUE, -nVALUE, flags
 * together (-qb), in any order with the operands; "--" ends the options. Whatever is wrong becomes
 * one line that names the option, its value and what to do. */
#ifndef GW_CLI_ARGS_H
#define GW_CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GW_CLI_ARGS_LIST_MAX = 256,
    GW_CLI_ARGS_WHY_MAX = 320,
};

/* Where the value goes: the type of the field at .offset. */
enum gw_cli_option_kind {
    GW_CLI_OPTION_FLAG,    /* bool */
    GW_CLI_OPTION_TEXT,    /* const char * */
    GW_CLI_OPTION_LIST,    /* struct gw_cli_list: may be given several times */
    GW_CLI_OPTION_COUNT,   /* uint64_t */
    GW_CLI_OPTION_BYTES,   /* uint64_t; K, M and G behind the number are powers of 1024 */
    GW_CLI_OPTION_SECONDS, /* uint64_t, milliseconds; with a fraction */
    GW_CLI_OPTION_WAIT,    /* the same, or "forever": UINT64_MAX */
    GW_CLI_OPTION_RATE,    /* double, a number a second; K and M are powers of 1000 */
};

/* NULL-terminated. */
struct gw_cli_list {
    const char *items[GW_CLI_ARGS_LIST_MAX + 1];
    size_t count;
};

struct gw_cli_option {
    const char *name; /* without the dashes; NULL ends the table */
    char letter;      /* 0: only the long form */
    enum gw_cli_option_kind kind;
    size_t offset;
    uint64_t min, max; /* of a number, in what it is stored as; max 0: no limit */
};

enum gw_cli_args_result {
    GW_CLI_ARGS_OK,
    GW_CLI_ARGS_HELP, /* --help or -h: all else does not matter */
    GW_CLI_ARGS_BAD,  /* why tells */
};

/* Fills the fields of values, which holds the defaults, and the list of operands. Texts point
 * into argv; argv[0] is skipped. */
enum gw_cli_args_result gw_cli_args_parse(const struct gw_cli_option *options, int argc,
                                          char *const *argv, void *values,
                                          struct gw_cli_list *operands,
                                          char why[static GW_CLI_ARGS_WHY_MAX]);

#endif
