#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A port whose backlog is full and that nobody accepts from: the kernel drops what else wants to connect."""
import socket
import time

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(0)
fillers = []
for _ in range(8):
    filler = socket.socket()
    filler.setblocking(False)
    filler.connect_ex(listener.getsockname())
    fillers.append(filler)
print("listening on", listener.getsockname()[1], flush=True)
time.sleep(600)
