#!/usr/bin/env bash
# TensorBoard 2.21.0: the first SessionLog START of an event file makes nothing void for its server's slower loader, though it
# does for the fast one and for its own reader in Python.
#
# A run that goes on from step 3 writes SessionLog START with step 3: what has that step or more, from before, is void
# (tensorboard/compat/proto/event.proto). Guess: both loaders of the server and event_accumulator agree on that.
# Seen: with one file of steps 1 to 4, START at 3 and steps 3 and 4 anew, event_accumulator and --load_fast=true keep 1, 2
# and the new 3, 4; with --load_fast=false the pages show the old 3 and 4 too. A second START right after the first makes
# them forget these. scaffold export therefore writes START twice.
# Needs python3 with venv, and PyPI. Exit code 0: as described.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check tensorboard==2.21.0 setuptools==80.9.0
cat > "$folder/check.py" <<'PYTHON'
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

base, tensorboard = sys.argv[1:]


def write(run, starts):
    """Steps 1 to 4 of value 1, `starts` session starts at step 3, steps 3 and 4 of value 2."""
    writer = EventFileWriter(os.path.join(base, "board", run))
    clock = iter(range(1000, 2000))

    def points(steps, value):
        for step in steps:
            summary = Summary(value=[Summary.Value(tag="x", simple_value=value)])
            writer.add_event(Event(wall_time=next(clock), step=step, summary=summary))

    points(range(1, 5), 1)
    for _ in range(starts):
        writer.add_event(Event(wall_time=next(clock), step=3, session_log=SessionLog(status=SessionLog.START)))
    points(range(3, 5), 2)
    writer.close()


def by_python(run):
    reader = EventAccumulator(os.path.join(base, "board", run))
    reader.Reload()
    return [(e.step, e.value) for e in reader.Scalars("x")]


def by_pages(fast):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([tensorboard, "--logdir", os.path.join(base, "board"), "--host", "127.0.0.1", "--port", str(port),
                               f"--load_fast={fast}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        found = {}
        for _ in range(240):
            for run in ("once", "twice"):
                address = f"http://127.0.0.1:{port}/data/plugin/scalars/scalars?tag=x&run={run}"
                try:
                    found[run] = [(int(s), v) for _, s, v in json.load(urllib.request.urlopen(address, timeout=5))]
                except OSError:
                    pass
            if len(found) == 2:
                return found
            time.sleep(0.25)
        sys.exit("the server did not answer within a minute")
    finally:
        server.terminate()
        server.wait()


write("once", 1)
write("twice", 2)
whole = [(1, 1.0), (2, 1.0), (3, 2.0), (4, 2.0)]
failed = False
for who, run, found, expected_whole in [
        ("event_accumulator", "once", by_python("once"), True), ("event_accumulator", "twice", by_python("twice"), True),
        *[(f"pages, load_fast={fast}", run, found, run == "twice" or fast == "true")
          for fast in ("true", "false") for run, found in sorted(by_pages(fast).items())]]:
    print(f"{who}, START {run}: {found}")
    failed |= (found == whole) != expected_whole
sys.exit("not as described" if failed else 0)
PYTHON
"$folder/venv/bin/python" "$folder/check.py" "$folder" "$folder/venv/bin/tensorboard"
