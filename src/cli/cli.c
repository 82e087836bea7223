/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "cli/args.h"
#include "cli/escape.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int gw_cli_read_args(const struct gw_cli_option *options, int argc, char *const *argv, void *values,
                     struct gw_cli_list *operands)
{
    char why[GW_CLI_ARGS_WHY_MAX];

    switch (gw_cli_args_parse(options, argc, argv, values, operands, why)) {
    case GW_CLI_ARGS_HELP:
        return -1;
    case GW_CLI_ARGS_BAD:
        gw_cli_complain(argv[0], "%s", why);
        return GW_CLI_USAGE;
    case GW_CLI_ARGS_OK:
        break;
    }
    return 0;
}

int gw_cli_print_manual(const char *const *manual)
{
    bool is_good = true;

    for (; *manual && is_good; manual++)
        is_good = fputs(*manual, stdout) >= 0;
    if (is_good && fflush(stdout) == 0)
        return GW_CLI_OK;
    gw_cli_complain(NULL, "cannot write to standard output");
    return GW_CLI_FAILED;
}

void gw_cli_complain(const char *name, const char *format, ...)
{
    struct gw_cli_text line = {0};
    char *said = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&said, format, args) >= 0) {
        gw_cli_escape_line(&line, gw_slice_of(said));
        fprintf(stderr, "godwit%s%s: %.*s\n", name ? " " : "", name ? name : "", (int)line.len,
                line.bytes);
        free(said);
    }
    va_end(args);
    gw_cli_text_dispose(&line);
}
