#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Debian's python3-websockets as a client of an echo server: URL, deflate|none, and the authority's file for wss.

Ends with status 0 when everything came back as it went."""
import asyncio
import ssl
import sys

import websockets

MESSAGES = ["", "Hello", "Grüße, κόσμε, 日本, 🐦", "the same again " * 5000, b"", b"\x00\xff\xfe", bytes(range(256)) * 2000]


async def main():
    url, compression = sys.argv[1], sys.argv[2]
    context = ssl.create_default_context(cafile=sys.argv[3]) if url.startswith("wss:") else None
    options = {"compression": None if compression == "none" else compression, "max_size": None}
    async with websockets.connect(url, ssl=context, subprotocols=["superchat"], **options) as socket:
        assert socket.subprotocol == "superchat", socket.subprotocol
        for message in MESSAGES:
            await socket.send(message)
            assert await socket.recv() == message, f"message of {len(message)}"
        for message in MESSAGES:
            await socket.send([message[:1], message[1:]] if len(message) > 1 else message)
        for message in MESSAGES:
            assert await socket.recv() == message, f"message of {len(message)} in fragments"
        await (await socket.ping(b"still there?"))
        await socket.close(4321, "that is all")
        assert socket.close_code == 4321, socket.close_code


asyncio.run(asyncio.wait_for(main(), 60))
