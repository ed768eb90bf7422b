#!/usr/bin/env python3
"""Stands in for ssh: runs commands and forwards ports on this machine. The file "mode" beside it says how it fares (works,
noisy, denied, hang, no tunnel); "log" gets a line a call: process and arguments."""
import os, socket, sys, threading
here = os.path.dirname(os.path.abspath(__file__))
with open(here + "/log", "a") as log:
    log.write(f"{os.getpid()} {' '.join(sys.argv[1:])}\n")
mode = open(here + "/mode").read().strip()
arguments, forward = sys.argv[1:], None
while arguments and arguments[0].startswith("-"):
    option = arguments.pop(0)
    value = arguments.pop(0) if option in ("-o", "-l", "-W") else None
    if option == "-W": forward = value
if mode == "denied": sys.exit("user@login: Permission denied (publickey).")
if mode == "hang":
    import time
    time.sleep(600)
if not forward:
    command = " ".join(arguments[1:])
    if mode == "noisy":  # a login that greets, on both streams and at length, and says goodbye
        greeting = "printf 'Welcome to login\\n{\"format\": 1}\\n'; seq 100000; echo a warning >&2; printf 'no line feed'"
        command = f"{greeting}; {command}; echo bye; echo bye >&2; exit 3"
    os.execvp("sh", ["sh", "-c", command])
if mode == "no tunnel":
    sys.exit("channel 0: open failed: administratively prohibited: open failed\nstdio forwarding failed")
host, port = forward.rsplit(":", 1)
try: far = socket.create_connection((host.strip("[]"), int(port)))
except OSError as error: sys.exit(f"channel 0: open failed: connect failed: {error.strerror}\nstdio forwarding failed")
def pump(read, write, end):
    try:
        while data := read(65536): write(data)
    except OSError: pass
    end()
def close():
    try: far.shutdown(socket.SHUT_WR)
    except OSError: pass
threading.Thread(target=pump, args=(lambda n: os.read(0, n), far.sendall, close), daemon=True).start()
pump(far.recv, lambda data: os.write(1, data), lambda: None)
