/* SPDX-License-Identifier: MIT */
/* The program `godwit`: a table of subcommands. It sees what every user of the
 * library sees, the public headers. */
#include "cli/cli.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

static const struct gw_cli_command *const commands[] = {
    &gw_cli_connect,
    &gw_cli_echo,
    &gw_cli_bench,
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(*commands) };

/* Text messages are UTF-8, whatever the locale is; what is typed is
 * read as such if the system can. */
static void set_locale(void)
{
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

static const struct gw_cli_command *find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

/* godwit help [COMMAND] */
static int help(const char *name)
{
    const struct gw_cli_command *command = name ? find(name) : NULL;

    if (name && !command) {
        gw_cli_complain(NULL, "%s: no such command; godwit --help lists them", name);
        return GW_CLI_USAGE;
    }
    return gw_cli_print_manual(command ? command->manual : gw_cli_manual_godwit);
}

int main(int argc, char **argv)
{
    static const char *const version[] = {"godwit " GW_VERSION "\n", NULL};
    const struct gw_cli_command *command;

    set_locale();
    signal(SIGPIPE, SIG_IGN); /* a write that fails says so */
    if (argc < 2) {
        gw_cli_complain(NULL, "nothing to do; godwit --help tells what it can");
        return GW_CLI_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0)
        return gw_cli_print_manual(version);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help(NULL);
    if (strcmp(argv[1], "help") == 0)
        return help(argc > 2 ? argv[2] : NULL);
    command = find(argv[1]);
    if (command)
        return command->run(argc - 1, argv + 1);
    gw_cli_complain(NULL, "%s: no such %s; godwit --help lists them", argv[1],
                    argv[1][0] == '-' ? "option" : "command");
    return GW_CLI_USAGE;
}
