"""`scaffold export` as other programs read it: TensorBoard, Prometheus, spreadsheets."""
import csv
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys

import harness
from harness import check, expect, only, run
from recording import Recording


def crc32c(data):
    """Bit by bit, from RFC 3720's polynomial."""
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def masked(crc):
    return ((crc >> 15 | crc << 17) + 0xa282ead8) & 0xffffffff


def fields(data):
    """(number, wire type, value) of a protocol buffer."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value
    while at < len(data):
        key = varint()
        number, wire = key >> 3, key & 7
        if wire == 0:
            yield number, wire, varint()
        else:
            size = {1: 8, 5: 4}.get(wire)
            size = varint() if size is None else size
            yield number, wire, data[at:at + size]
            at += size


def scalars_of(path):
    """{tag: [(step, wall time, value)]} of an event file."""
    data, at, events = path.read_bytes(), 0, []
    while at < len(data):
        length = data[at:at + 8]
        size = struct.unpack("<Q", length)[0]
        body = data[at + 12:at + 12 + size]
        check.equal(struct.unpack("<I", data[at + 8:at + 12])[0], masked(crc32c(length)), "checksum of a length")
        check.equal(struct.unpack("<I", data[at + 12 + size:at + 16 + size])[0], masked(crc32c(body)), "checksum of an event")
        events.append({number: value for number, _, value in fields(body)})
        at += 16 + size
    check.equal(events[0].get(3), b"brain.Event:2", "the first event")
    scalars = {}
    for event in events[1:]:
        if 7 in event:  # SessionLog, status START: what has that step or more is void
            check.equal(list(fields(event[7])), [(1, 0, 1)], "a session starts")
            scalars = {tag: [each for each in all if each[0] < event.get(2, 0)] for tag, all in scalars.items()}
            continue
        value = {number: each for number, _, each in fields(next(v for n, _, v in fields(event[5]) if n == 1))}
        scalars.setdefault(value[1].decode(), []).append(
            (event.get(2, 0), struct.unpack("<d", event[1])[0], struct.unpack("<f", value[2])[0]))
    return scalars


def event_file(board, run="*"):
    return only(pathlib.Path(board).glob(f"{run}/*"), "event file")


def real_tensorboard(folder):
    """The same from TensorBoard itself; nothing where it is not installed (SCAFFOLD_TENSORBOARD_PYTHON has it)."""
    script = """
import json, sys
try:
    from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator
    from tensorboard.util import tensor_util
except ImportError:
    sys.exit(9)
# What its pages show, and what its interface for programs gives.
pages = plugin_event_accumulator.EventAccumulator(sys.argv[1], size_guidance={"tensors": 0})
pages.Reload()
shown = {t: [[e.step, e.wall_time, tensor_util.make_ndarray(e.tensor_proto).item()] for e in pages.Tensors(t)]
         for t in pages.Tags()["tensors"]}
events = event_accumulator.EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
events.Reload()
given = {t: [[e.step, e.wall_time, e.value] for e in events.Scalars(t)] for t in events.Tags()["scalars"]}
assert shown == given, (shown, given)
print(json.dumps(shown))
"""
    python = os.environ.get("SCAFFOLD_TENSORBOARD_PYTHON", sys.executable)
    result = subprocess.run([python, "-c", script, str(folder)], capture_output=True, text=True)
    if result.returncode == 9:
        return None
    check.equal(result.returncode, 0, f"TensorBoard: {result.stderr[-800:]}")
    return json.loads(result.stdout)


def approximately(a, b):
    return abs(a - b) <= 1e-6 * max(abs(a), abs(b), 1e-30)


def check_exposition(text):
    """Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/"""
    sample = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"(?:,[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*")*\})? '
                        r'([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?|NaN|[-+]Inf)$')
    family, values, seen = None, {}, set()
    check.that(text.endswith("\n# EOF\n"), "the end is marked, as OpenMetrics wants")
    for line in text.splitlines()[:-1]:
        if line.startswith("# HELP "):
            family = line.split()[2]
            check.that(family not in seen, f"{family} once")
            seen.add(family)
        elif line.startswith("# TYPE "):
            check.equal(line.split()[2:], [family, "gauge"], "type after help")
        else:
            match = sample.match(line)
            if check.that(match, f"a sample: {line}"):
                check.equal(match[1], family, "a sample of its family")
                check.that((match[1], match[2]) not in values, f"{line} once")
                values[match[1], match[2]] = float(match[3])
    return values


def formats():
    recording = Recording('odd "name" \\ of\ntwo lines')
    for epoch in (1, 2, 3):
        recording.epoch(epoch)
    recording.end("epochs_exhausted")
    expect(2, "export", recording.folder, says="--tensorboard")
    expect(3, "export", "nowhere", "--csv", "out", says="there is no run")
    expect(0, "export", recording.folder, "--tensorboard", "board", "--openmetrics", "run.prom", "--csv", "tables")
    expect(0, "export", recording.folder, "--tensorboard", "new/a/b", "--openmetrics", "new/c/d/run.prom", "--csv", "new/e/f")
    for made in ("new/c/d/run.prom", "new/e/f/epochs.csv"):
        check.that(pathlib.Path(made).is_file(), f"{made} with the folders above it")
    event_file("new/a/b")
    first = event_file("board").read_bytes()
    expect(0, "export", recording.folder, "--tensorboard", "board")
    check.equal(event_file("board").read_bytes(), first, "the event file after nothing has come")
    scalars = scalars_of(event_file("board"))
    check.equal([step for step, _, _ in scalars["loss/train"]], list(range(1, 13)), "steps over steps")
    check.equal([step for step, _, _ in scalars["dice/validation"]], [1, 2, 3], "epochs over epochs")
    for n, (_, _, value) in enumerate(scalars["loss/train"]):
        check.that(approximately(value, 2 / (n // 4 + 1 + (n % 4 + 1) / 4)), f"loss of step {n + 1}: {value}")
    for n, (_, _, value) in enumerate(scalars["dice/validation"], 1):
        check.that(approximately(value, 1 - 0.8 / n), f"Dice of epoch {n}: {value}")
    for tag in ("loss/validation", "dice/class_2", "learning_rate", "samples_per_second", "phases/forward", "memory/peak_bytes"):
        check.that(tag in scalars, f"{tag} among {sorted(scalars)}")
    # The second event of the log, the first step, is at 10:00:02.25 UTC.
    check.equal(scalars["loss/train"][0][1], 1795255202.25, "wall time of the first step")
    board = real_tensorboard(event_file("board").parent)
    if board is not None:
        check.equal(board, {tag: [list(each) for each in all] for tag, all in scalars.items()}, "what TensorBoard reads")

    values = check_exposition(pathlib.Path("run.prom").read_text())
    run_dir = str(recording.folder.resolve()).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    run_label = '{run="odd \\"name\\" \\\\ of?two lines"' + f',run_dir="{run_dir}"'
    check.that(approximately(values["scaffold_validation_dice", run_label + "}"], 1 - 0.8 / 3), "Dice in the metrics")
    check.equal(values["scaffold_run_status", run_label + ',status="epochs_exhausted"}'], 1, "the state")
    check.equal(values["scaffold_class_dice", run_label + ',class="2"}'], 0.4, "Dice of a class")

    def table(name):
        return list(csv.DictReader(open(f"tables/{name}.csv", newline="")))
    check.equal([float(row["validation_dice"]) for row in table("epochs")], [1 - 0.8 / n for n in (1, 2, 3)], "epochs.csv")
    check.equal([(row["epoch"], row["step"], row["total_steps"]) for row in table("steps")],
                [(str(n // 4 + 1), str(n % 4 + 1), str(n + 1)) for n in range(12)], "steps.csv")
    check.equal([(row["epoch"], row["volume"], row["dice"]) for row in table("samples")][:2],
                [("1", "3", "0.25"), ("1", "7", "0.5")], "samples.csv")


def torn():
    recording = Recording()
    for epoch in (1, 2):
        recording.epoch(epoch)
    result = expect(0, "export", recording.folder, "--csv", "out", says="has no end of the run")  # it is running
    whole = recording.text()
    half = whole.index('"type": "epoch"', whole.index('"epoch": 2')) + 40
    (recording.folder / "events.jsonl").write_text(whole[:half])
    expect(0, "export", recording.folder, "--csv", "out", "--tensorboard", "board", says="ends within a line")
    rows = list(csv.DictReader(open("out/steps.csv", newline="")))
    check.equal(len(rows), 8, "steps up to the truncation")
    check.equal(len(list(csv.DictReader(open("out/epochs.csv", newline="")))), 1, "epochs up to the truncation")
    check.that(scalars_of(event_file("board")), "scalars up to the truncation")
    lines = whole.splitlines(keepends=True)
    lines[5] = "garbage\n"
    (recording.folder / "events.jsonl").write_text("".join(lines))
    expect(0, "export", recording.folder, "--csv", "out", says="events.jsonl")
    check.equal(len(list(csv.DictReader(open("out/steps.csv", newline="")))), 4, "steps up to the damage")
    # A restart makes what came after its checkpoint void.
    restarted = Recording("restarted")
    restarted.epoch(1)
    restarted.epoch(2, dice=0.1)
    restarted.write("restart", epoch=1, checkpoint="last.h5")
    restarted.epoch(2, dice=0.7)
    expect(0, "export", restarted.folder, "--csv", "out", "--tensorboard", "board2")
    check.equal([row["validation_dice"] for row in csv.DictReader(open("out/epochs.csv", newline=""))][1], "0.7", "epoch 2")
    steps = scalars_of(event_file("board2"))["loss/train"]
    check.equal([step for step, _, _ in steps], list(range(1, 9)), "each step once")


def series(scalars):
    return {tag: [[step, time, value] for step, time, value in points] for tag, points in scalars.items() if points}


def check_board(board, run):
    """What a reader of the growing file has is what one new file would hold, for us and for TensorBoard itself."""
    fresh = f"fresh-{len(list(pathlib.Path().glob('fresh-*')))}"
    expect(0, "export", run, "--tensorboard", fresh)
    expected = series(scalars_of(event_file(fresh)))
    grown = event_file(board, run.name)
    check.equal(series(scalars_of(grown)), expected, "what is read on")
    real = real_tensorboard(grown.parent)
    if real is not None:
        check.equal({tag: points for tag, points in real.items() if points}, expected, "what TensorBoard reads")
    return expected


def again():
    """A TensorBoard that is open reads on where it was: a file of the same inode that only grows."""
    run = Recording()
    run.epoch(1)
    expect(0, "export", run.folder, "--tensorboard", "board")
    file = event_file("board")
    inode, before = file.stat().st_ino, file.read_bytes()

    def grow():
        nonlocal before
        expect(0, "export", run.folder, "--tensorboard", "board")
        after = event_file("board").read_bytes()
        check.equal(event_file("board").stat().st_ino, inode, "the file")
        check.that(after.startswith(before) and len(after) > len(before), "it grows at its end")
        before = after
        return check_board("board", run.folder)
    run.epoch(2)
    run.epoch(3, dice=0.1)
    check.equal(len(grow()["loss/train"]), 12, "steps")
    run.step(4, 1)
    grow()
    run.write("restart", epoch=1, checkpoint="last.h5")
    grow()
    run.epoch(2, dice=0.7)
    check.equal([value for _, _, value in grow()["dice/validation"]][1:], [struct.unpack("f", struct.pack("f", 0.7))[0]], "Dice again")
    # An export that was killed has left half a record.
    with open(file, "ab") as torn:
        torn.write(before[:30])
    run.end("converged")
    expect(0, "export", run.folder, "--tensorboard", "board")
    check.equal(file.read_bytes(), before, "the torn end is gone")
    run.epoch(3)
    grow()
    file.write_bytes(b"no event file")
    expect(0, "export", run.folder, "--tensorboard", "board")
    check_board("board", run.folder)


def two_runs():
    """Two runs never share a curve or a series, copies of one run included."""
    os.mkdir("there")
    first, second = Recording("first"), Recording("second")
    for epoch in (1, 2):
        first.epoch(epoch)
        second.epoch(epoch, dice=0.3)
    shutil.copytree("first", "there/first")
    folders = [pathlib.Path(name) for name in ("first", "second", "there/first")]
    for number, folder in enumerate(folders):
        for _ in range(2):
            expect(0, "export", folder, "--tensorboard", "board", "--openmetrics", f"{number}.prom")
    runs = sorted(path.relative_to("board").parent for path in pathlib.Path("board").rglob("*tfevents*"))
    check.equal(len(set(runs)), 3, f"runs that TensorBoard sees: {runs}")
    for path in pathlib.Path("board").rglob("*tfevents*"):
        check.equal([step for step, _, _ in scalars_of(path)["loss/train"]], list(range(1, 9)), f"steps of {path}")
    values = [check_exposition(pathlib.Path(f"{number}.prom").read_text()) for number in range(3)]
    check.equal(len({key for each in values for key in each}), sum(map(len, values)), "series that are no other run's")
    # However the folder is named, it is the same run.
    for name in (".", "../first/", "snapshots/.."):
        os.makedirs("first/snapshots", exist_ok=True)
        result = run("export", name, "--openmetrics", "../again.prom", "--tensorboard", "../board", cwd="first")
        check.equal(result.code, 0, f"exit code of {result}")
        check.equal(set(check_exposition(pathlib.Path("again.prom").read_text())), set(values[0]), f"series of '{name}'")
    os.symlink("first", "latest")
    expect(0, "export", "latest", "--openmetrics", "again.prom")
    check.that(f'run_dir="{folders[0].resolve()}"' in pathlib.Path("again.prom").read_text(), "the folder's own path")
    # Names that are no UTF-8, which Prometheus takes none of, stay two.
    labels = set()
    for name in (b"caf\xe9", b"caf\xe8", "caf\u00e9".encode()):
        os.rename("second", name)
        result = subprocess.run([harness.BINARY, b"export", name, b"--openmetrics", b"odd.prom"], capture_output=True)
        check.equal(result.returncode, 0, result.stderr)
        labels.add(re.search('run_dir="([^"]*)"', pathlib.Path("odd.prom").read_text("utf-8"))[1])
        os.rename(name, "second")
    check.equal(len(labels), 3, f"labels: {labels}")
    check.that(any(label.endswith("caf\u00e9") for label in labels), "UTF-8 as it is")


def readable_by_others():
    """The collector is another user: a umask of 077 is not for it."""
    recording = Recording()
    recording.epoch(1)
    before = os.umask(0o077)
    try:
        expect(0, "export", recording.folder, "--openmetrics", "run.prom", "--csv", "tables")
        expect(0, "export", recording.folder, "--openmetrics", "run.prom")
    finally:
        os.umask(before)
    check.equal(os.stat("run.prom").st_mode & 0o777, 0o644, "who may read the metrics")
    check.equal(os.stat("tables/epochs.csv").st_mode & 0o777, 0o600, "who may read what is for the user")


harness.main(formats, torn, again, two_runs, readable_by_others)
