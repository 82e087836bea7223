/* SPDX-License-Identifier: MIT */
/* The program `godwit`. It sees what every user of the library sees: the public headers. */
#include <godwit/base.h>

#include <stdio.h>
#include <string.h>

enum { EXIT_USAGE = 2 };

static const char usage[] =
    "usage: godwit [--help | --version]\n"
    "\n"
    "  --help     print this and end\n"
    "  --version  print the version and end\n"
    "\n"
    "The server itself is a library; the programs in examples/ show it at work.\n";

/* A full disk or a closed pipe must not look like success. */
static int print(const char *text)
{
    if (fputs(text, stdout) < 0 || fflush(stdout) != 0) {
        fputs("godwit: cannot write to standard output\n", stderr);
        return 1;
    }
    return 0;
}

static int refuse(const char *what, const char *which)
{
    fprintf(stderr, "godwit: %s%s; try godwit --help\n", what, which);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return refuse("nothing to do", "");
    if (argc > 2)
        return refuse("unexpected argument: ", argv[2]);

    if (strcmp(argv[1], "--help") == 0)
        return print(usage);
    if (strcmp(argv[1], "--version") == 0)
        return print("godwit " GW_VERSION "\n");
    return refuse(argv[1][0] == '-' ? "unknown option: " : "unknown command: ", argv[1]);
}
