#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Debian's python3-socketio as a client of the fixed app: URL, and polling|websocket|both.

Ends with status 0 when everything came back as it went."""
import queue
import sys

import engineio.payload
import socketio

# By default this client gives up on an answer to a poll that holds more than 16 packets, and hands each packet to a
# thread of its own, so that they overtake each other. Here order is what is looked at.
engineio.payload.Payload.max_decode_packets = 10_000
LIMIT_S = 20
VALUES = ["text", "Grüße, 你好, 😀", "", 0, -1.5, True, None, [], {"a": {"b": [1, {"c": None}]}}, b"", b"\x00\xff\xfe", bytes(range(256)) * 100]


class Client:
    """One client with its events as queues."""

    def __init__(self, url, transports, namespaces=("/",), **options):
        self.io = socketio.Client(reconnection=False)
        trigger = self.io.eio._trigger_event
        self.io.eio._trigger_event = lambda event, *args, run_async=False: trigger(event, *args)
        self.events = {}
        for namespace in namespaces:
            for event in "echo", "message", "chat message", "private message", "news", "connect_error", "disconnect":
                self.listen(namespace, event)
        self.io.connect(url, transports=transports, namespaces=list(namespaces), wait_timeout=LIMIT_S, **options)

    def listen(self, namespace, event):
        inbox = self.events[namespace, event] = queue.Queue()
        self.io.on(event, lambda *args: inbox.put(args), namespace=namespace)

    def next(self, event, namespace="/"):
        return self.events[namespace, event].get(timeout=LIMIT_S)

    def ask(self, event, *args, namespace="/"):
        return self.io.call(event, args, namespace=namespace, timeout=LIMIT_S)


def same(got, expected):
    assert got == expected, f"expected {expected!r}, got {got!r}"


def check_values(client):
    for value in VALUES:
        client.io.emit("echo", value)
        same(client.next("echo"), (value,) if value is not None else ())
    client.io.emit("echo", tuple(VALUES))
    same(client.next("echo"), tuple(VALUES))
    client.io.send("hello")
    same(client.next("message"), ("hello",))


def check_acks(client):
    same(client.ask("echo", 1, "two", {"three": b"\x03"}), (1, "two", {"three": b"\x03"}))
    same(client.next("echo"), (1, "two", {"three": b"\x03"}))
    same(client.ask("join", "room"), None)


def check_order(client):
    for i in range(200):
        client.io.emit("echo", (i, b"x") if i % 10 == 0 else i)
    for i in range(200):
        same(client.next("echo")[0], i)


def check_others(client, other):
    client.io.emit("chat message", ("to all", b"\x07"))
    for each in client, other:
        same(each.next("chat message"), ("to all", b"\x07"))
    same(other.ask("join", "room"), None)
    client.io.emit("to room", ("room", "news", 1))
    same(other.next("news"), (1,))
    client.io.emit("private message", (other.io.get_sid(), "between us"))
    same(other.next("private message"), (client.io.get_sid(), "between us"))
    same(other.events["/", "private message"].qsize(), 0)


def check_namespaces(url, transports):
    client = Client(url, transports, ("/", "/chat"), auth={"token": "x"})
    assert client.io.get_sid("/") != client.io.get_sid("/chat")
    client.io.emit("chat message", "in /chat", namespace="/chat")
    same(client.next("chat message", "/chat"), ("in /chat",))
    same(client.ask("echo", 1), 1)
    same(client.events["/", "chat message"].qsize(), 0)
    client.io.disconnect()


def check_refused(url, transports):
    try:
        Client(url, transports, ("/nope",))
    except socketio.exceptions.ConnectionError:
        return
    raise AssertionError("/nope let the client in")


def main():
    url, way = sys.argv[1:]
    transports = ["polling", "websocket"] if way == "both" else [way]
    client, other = Client(url, transports), Client(url, transports)
    same(client.io.transport(), "polling" if way == "polling" else "websocket")
    check_values(client)
    check_acks(client)
    check_order(client)
    check_others(client, other)
    client.io.sleep(1)  # some rounds of the heartbeat
    same(client.ask("echo", "still there"), "still there")
    other.io.disconnect()
    client.io.disconnect()
    assert not client.io.connected
    check_namespaces(url, transports)
    check_refused(url, transports)


main()
