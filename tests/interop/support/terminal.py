#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a command on a pseudo-terminal: terminal.py COLUMNS ROWS COMMAND [ARGUMENT]...

Standard input is what is typed there, standard output what is shown; the exit status is the command's, 128 + N when
signal N ended it. After that, "terminal is WORD" on standard error: whether it echoes and waits for lines, as it did before.
"""
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios

columns, rows, *command = sys.argv[1:]
master, slave = pty.openpty()  # slave stays open, so that its modes can be read when the command has ended
before = termios.tcgetattr(slave)
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


def take_terminal():
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)


child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                         preexec_fn=take_terminal)
watched = {master, 0}
while True:
    ready, _, _ = select.select(watched, [], [], 0.05)
    if 0 in ready:
        typed = os.read(0, 65536)
        if typed:
            os.write(master, typed)
        else:
            watched.discard(0)
    if master in ready:
        os.write(1, os.read(master, 65536))
    elif child.poll() is not None:
        break
after = termios.tcgetattr(slave)
print("terminal is", "restored" if before == after else f"changed: {before} {after}", file=sys.stderr)
sys.exit(child.returncode if child.returncode >= 0 else 128 - child.returncode)
