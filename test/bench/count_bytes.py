#!/usr/bin/python3
"""count_bytes.py FROM TO FILE: pass on connections to a socket, and count.

Whoever connects to the socket FROM speaks with TO. The bytes that came back from
there stand in FILE, as a number, before whoever asked has them.
"""
import os
import socket
import sys
import threading

near, far, counted = sys.argv[1:4]
lock = threading.Lock()
total = 0


def note(count):
    global total
    with lock:
        total += count
        with open(counted + ".new", "w", encoding="ascii") as file:
            file.write("%d\n" % total)
        os.rename(counted + ".new", counted)


def pass_on(source, target, counts):
    while True:
        data = source.recv(1 << 16)
        if counts and data:
            note(len(data))
        if not data:
            break
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


def serve(client):
    server = socket.socket(socket.AF_UNIX)
    server.connect(far)
    threading.Thread(target=pass_on, args=(client, server, False), daemon=True).start()
    pass_on(server, client, True)


listener = socket.socket(socket.AF_UNIX)
listener.bind(near)
listener.listen(64)
note(0)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
