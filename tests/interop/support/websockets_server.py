#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Debian's python3-websockets as an echo server; with an argument, without compression."""
import asyncio
import sys

import websockets


async def echo(socket, path=None):
    async for message in socket:
        if message == "close":
            await socket.close(4321, "as you wish")
        else:
            await socket.send(message)


async def main():
    compression = None if sys.argv[1:] else "deflate"
    async with websockets.serve(echo, "127.0.0.1", 0, compression=compression, subprotocols=["b", "a"]) as server:
        print("listening on", server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


asyncio.run(main())
