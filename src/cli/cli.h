/* SPDX-License-Identifier: MIT */
/* What the subcommands of the program `godwit` share: the table they stand in and
 * what their exit status means. */
#ifndef GW_CLI_CLI_H
#define GW_CLI_CLI_H

/* Promised to scripts, in the manual of each command. */
enum gw_cli_exit {
    GW_CLI_OK = 0,
    GW_CLI_FAILED = 1, /* could not connect or listen, or it broke */
    GW_CLI_USAGE = 2,  /* the command line is wrong; nothing was done */
    GW_CLI_CLOSED = 3, /* closed properly, but with a code that is not 1000 */
};

struct gw_cli_list;
struct gw_cli_option;

struct gw_cli_command {
    const char *name;
    const char *summary;
    const struct gw_cli_option *options; /* the table for args.h */
    const char *const *manual;           /* lines, NULL-terminated: what --help prints */
    int (*run)(int argc, char **argv);   /* argv[0] is the name; gives an enum gw_cli_exit */
};

extern const struct gw_cli_command gw_cli_connect;
extern const struct gw_cli_command gw_cli_echo;
extern const struct gw_cli_command gw_cli_bench;

/* Made from manual/<name>.txt by scripts/manual. */
extern const char *const gw_cli_manual_godwit[];
extern const char *const gw_cli_manual_connect[];
extern const char *const gw_cli_manual_echo[];
extern const char *const gw_cli_manual_bench[];

/* gw_cli_args_parse for the command argv[0]. 0; negative: its manual is wanted; GW_CLI_USAGE: the
 * command line is wrong, which has been said. */
int gw_cli_read_args(const struct gw_cli_option *options, int argc, char *const *argv, void *values,
                     struct gw_cli_list *operands);

/* Prints to standard output. A full disk or a closed pipe must not look like success. */
int gw_cli_print_manual(const char *const *manual);

/* "godwit NAME: ..." and a newline to standard error, with nothing in it that a terminal
 * would obey. NULL: "godwit: ..." */
__attribute__((format(printf, 2, 3))) void gw_cli_complain(const char *name, const char *format,
                                                           ...);

#endif
