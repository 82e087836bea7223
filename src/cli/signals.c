/* SPDX-License-Identifier: MIT */
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>
#include <unistd.h>

static int ends[2] = {-1, -1};
static struct termios terminal;
static bool has_terminal;
static volatile sig_atomic_t end_count;

/* Nothing but what signal-safety(7) allows. */
static void on_signal(int number)
{
    int saved = errno;
    unsigned char byte = (unsigned char)number;

    if ((number == SIGINT || number == SIGTERM || number == SIGHUP) && ++end_count > 1) {
        if (has_terminal)
            tcsetattr(STDIN_FILENO, TCSANOW, &terminal);
        signal(number, SIG_DFL);
        raise(number);
    }
    if (write(ends[1], &byte, 1) < 0)
        errno = 0; /* full of signals already */
    errno = saved;
}

int gw_cli_signals_open(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT};
    struct sigaction action = {.sa_handler = on_signal};

    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0)
        return -1;
    has_terminal = tcgetattr(STDIN_FILENO, &terminal) == 0;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        struct sigaction before;

        /* What the caller wants ignored (nohup, a shell without job control) stays so. */
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
    signal(SIGPIPE, SIG_IGN);
    return ends[0];
}

int gw_cli_signals_next(void)
{
    unsigned char byte;

    return ends[0] >= 0 && read(ends[0], &byte, 1) == 1 ? byte : 0;
}
