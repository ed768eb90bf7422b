"""`scaffold watch` and `scaffold export` as they are used: in a terminal (tmux), in scripts, and by other programs.

Everything waits for what is to be seen, nothing for time.
"""
import csv
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys

import harness
from harness import (Fatal, check, expect, finish, only, run, run_folders, start, tiny_library, wait_for,
                     write_config)

TARGET = 0.95


class Recording:
    """A run folder whose log grows line by line, as docs/report.md describes it."""

    def __init__(self, name="run", steps=4):
        self.folder = pathlib.Path(name)
        self.folder.mkdir()
        self.steps, self.t = steps, 0
        self.write("run_start", job_name="made_up", target_dice=TARGET, device="cpu", precision="float32", ranks=2,
                   steps_per_epoch=steps, validation_samples=2, global_batch=2, parameters=1000)

    def write(self, type, **more):
        self.t += 1
        event = {"type": type, "time": f"2026-11-21T10:{self.t // 60:02d}:{self.t % 60:02d}.250Z", "t": self.t, **more}
        with open(self.folder / "events.jsonl", "a") as file:
            file.write(json.dumps(event) + "\n")

    def step(self, epoch, step):
        self.write("step", epoch=epoch, step=step, steps=1, loss=2 / (epoch + step / self.steps), seconds=0.5,
                   samples_per_second=4, learning_rate=1e-3, gradient_norm=0.7, memory_bytes=1 << 29)

    def epoch(self, epoch, dice=None):
        for step in range(1, self.steps + 1):
            self.step(epoch, step)
        self.write("samples", epoch=epoch, volumes=[3, 7], dice=[0.25, 0.5])
        phases = dict(data_wait=0.1, forward=1, backward=2, optimizer=0.2, validation=0.5, checkpoint=0.1, other=0.1)
        self.write("epoch", epoch=epoch, epoch_loss=2, overall_loss=2 / epoch, val_loss_epoch=3, val_loss_avg=3 / epoch,
                   train_dice=0.5, val_dice=1 - 0.8 / epoch if dice is None else dice, epoch_duration=4,
                   optimizer_steps=self.steps, total_optimizer_steps=self.steps * epoch, learning_rate=1e-3,
                   dice_per_class=[0.99, 0.6, 0.4], phases=phases, samples_per_second=4, peak_memory_bytes=1 << 30,
                   gradient_norm=0.7)

    def end(self, status, message="the reason"):
        self.write("run_end", status=status, message=message)

    def text(self):
        return (self.folder / "events.jsonl").read_text()

    def age(self, seconds):
        then = os.stat(self.folder / "events.jsonl").st_mtime - seconds
        os.utime(self.folder / "events.jsonl", (then, then))


class Pane:
    """`scaffold watch …` in a terminal of tmux, and a shell behind it that says how it ended."""

    count = 0

    def __init__(self, *args, columns=80, rows=24, before=""):
        Pane.count += 1
        self.socket = os.path.abspath(f"tmux-{Pane.count}")  # a server of its own: the last one may not be gone yet
        scratch = os.path.abspath("scratch")
        os.makedirs(scratch, exist_ok=True)
        words = " ".join(f"'{word}'" for word in (harness.BINARY, "watch", *args))
        script = f"trap : INT; printf 'before\\n'; {before} TMPDIR='{scratch}' {words}; printf 'ended with %d\\n' $?; exec cat"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), "sh", "-c", script)
        self.scratch = pathlib.Path(scratch)

    def tmux(self, *words):
        result = subprocess.run(["tmux", "-S", self.socket, *words], capture_output=True, text=True,
                                env={**harness.environment(), "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"})
        if result.returncode != 0:
            raise Fatal(f"tmux {words}: {result.stderr}")
        return result.stdout

    def text(self):
        return self.tmux("capture-pane", "-p")

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def until(self, *words):
        """The screen once all the words are on it."""
        seen = ""

        def there():
            nonlocal seen
            seen = self.text()
            return all(word in seen for word in words)
        try:
            wait_for(there, f"{words} in the terminal")
        except Fatal as error:
            raise Fatal(f"{error}\n{seen}")
        return seen

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True)


def once():
    recording = Recording()
    recording.epoch(1)
    recording.epoch(2)
    line = expect(10, "watch", recording.folder, "--once", says=["run  running", "epoch 2", "step 4/4", "Dice 0.6000 of 0.95"])
    check.equal(line.out.count("\n"), 1, "lines of --once")
    recording.age(60)
    expect(11, "watch", recording.folder, "--once", says="stalled")
    recording.age(3600)
    expect(11, "watch", recording.folder, "--once", says="silent")
    for status, code in {"converged": 0, "epochs_exhausted": 4, "interrupted": 12, "failed": 1}.items():
        other = Recording(status)
        other.epoch(1)
        other.end(status)
        expect(code, "watch", other.folder, "--once", says=status)
    expect(3, "watch", "nowhere", "--once", says="nowhere")
    expect(2, "watch", recording.folder, says="--once")
    expect(2, "watch", recording.folder, "--once", "--json", says="excludes")
    expect(2, "watch", "tcp://127.0.0.1:1", "--once", says="--key")
    expect(2, "watch", "http://127.0.0.1:1", "--once", says="tcp://HOST:PORT")
    pathlib.Path("file").write_text("x")
    expect(3, "watch", "file", "--once", says="neither a run folder")


def json_lines():
    recording = Recording()
    recording.epoch(1)
    with open("events", "wb") as out:
        process = subprocess.Popen([harness.BINARY, "watch", recording.folder, "--json"], stdout=out,
                                   env=harness.environment())
        events = pathlib.Path("events")
        wait_for(lambda: events.read_text() == recording.text(), "the first events")
        recording.epoch(2)  # while it is watched
        wait_for(lambda: events.read_text() == recording.text(), "further events")
        recording.end("epochs_exhausted")
        check.equal(process.wait(60), 4, "exit code of --json")
    check.equal(events.read_text(), recording.text(), "the events")
    killed = Recording("killed")
    killed.epoch(1)
    killed.age(3600)
    result = expect(3, "watch", killed.folder, "--json", says="ends without an end")
    check.equal(result.out, killed.text(), "the events of a killed run")


def make_old(scratch, seconds=660):
    """The copy that a watcher makes, as if nothing had come for so long."""
    copies = list(pathlib.Path(scratch).glob("*/events.jsonl"))
    then = os.stat(only(copies, "copy of the log")).st_mtime - seconds
    os.utime(copies[0], (then, then))


def json_without_an_answer():
    """An endpoint that takes connections and says nothing: as after a run was killed, or with another run's key."""
    os.mkdir("scratch")
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        key = {"format": "scaffold-monitor", "protocol": 1, "address": "127.0.0.1", "port": 1, "host": "elsewhere",
               "public_key": "." * 40, "token": "00" * 32, "pid": 1, "started_utc": ""}
        pathlib.Path("key.json").write_text(json.dumps(key))
        watcher = start("watch", endpoint, "--key", "key.json", "--json", env=harness.environment({"TMPDIR": os.path.abspath("scratch")}))
        for _ in range(4):
            server.accept()[0].close()
        check.that(watcher.poll() is None, "it is tried again")
        make_old("scratch")
        result = finish(watcher, ["watch"])
    check.equal(result.code, 3, "exit code of --json")
    check.that(f"'{endpoint}' has not answered for ten minutes" in result.err, result.err)
    check.equal(len(result.err.splitlines()), len(set(result.err.splitlines())), f"messages, each once:\n{result.err}")
    check.equal(list(pathlib.Path("scratch").iterdir()), [], "folders left over")
    key["protocol"] = 9
    pathlib.Path("key.json").write_text(json.dumps(key))
    expect(3, "watch", "tcp://127.0.0.1:1", "--key", "key.json", "--json", says=["9 there", "1 here"])


def terminal():
    recording = Recording()
    recording.epoch(1)
    recording.step(2, 1)
    with Pane(recording.folder) as pane:
        screen = pane.until("run · cpu, 2 ranks", "epoch 2  step 1/4", "Dice 0.2000  target 0.95", "backward", "q quit")
        check.equal(len(screen.splitlines()), 24, "rows")
        check.that(re.search("[\u2801-\u28ff]", screen), f"braille in\n{screen}")
        check.that(any(pane.scratch.iterdir()), "a folder of its own while it runs")
        recording.step(2, 2)
        pane.until("step 2/4")
        recording.write("note", level="error", text="the loss \u001b[2J went wild")
        pane.until("the loss ?[2J went wild")
        pane.keys("?")
        pane.until("this help")
        pane.keys("?")
        pane.tmux("resize-window", "-x", "40", "-y", "12")
        wait_for(lambda: len(pane.text().rstrip().splitlines()) == 12 and "running" in pane.text().splitlines()[0][:40],
                 "the small screen")
        check.that(max(map(len, pane.text().splitlines())) <= 40, "40 columns")
        pane.tmux("resize-window", "-x", "120", "-y", "40")
        wait_for(lambda: len(pane.text().rstrip().splitlines()) == 40, "the large screen")
        pane.tmux("resize-window", "-x", "80", "-y", "24")  # tmux gives a screen back well only in its old size
        wait_for(lambda: len(pane.text().rstrip().splitlines()) == 24, "the first size again")
        recording.epoch(2)
        recording.end("converged")
        pane.until("converged: the reason")
        pane.keys("q")
        screen = pane.until("ended with 0")
        check.that(screen.startswith("before"), f"the screen is given back:\n{screen}")
        check.equal(list(pane.scratch.iterdir()), [], "folders left over")


def ends():
    recording = Recording()
    recording.epoch(1)
    with Pane(recording.folder) as pane:
        pane.until("q quit")
        pane.keys("C-c")
        screen = pane.until("ended with 130")
        check.that(screen.startswith("before"), f"the screen is given back:\n{screen}")
        check.equal(list(pane.scratch.iterdir()), [], "folders left over")
    with Pane(recording.folder, before="TERM=nonsense") as pane:
        pane.until("the terminal 'nonsense' is not known", "ended with 2")
    with Pane(recording.folder, before="TERM=dumb") as pane:
        pane.until("the terminal 'dumb' cannot place its cursor", "ended with 2")
    with Pane(recording.folder, before="NO_COLOR=1") as pane:
        pane.until("Dice 0.2000  target 0.95", "q quit")
        check.that("\033[38;" not in pane.tmux("capture-pane", "-e", "-p"), "NO_COLOR is heeded")
    with Pane("not-yet") as pane:
        pane.until("waiting", "looking:", "has not begun")
        pane.keys("q")
        pane.until("ended with 0")


def live():
    config = write_config(monitor=1, epochs=4, snapshot_interval=1)
    tiny_library(config)
    with Pane("runs-link") as pane:
        pane.until("looking:")
        job = start("benchmark", "-c", config)
        wait_for(lambda: any(pathlib.Path("runs").glob("*/monitor.json")), "a run that publishes")
        folder = only(run_folders(), "run folder")
        os.symlink(folder, "runs-link")
        # Another watcher, as from another machine: with the key alone, and no run folder.
        key = pathlib.Path("key.json")
        shutil.copy(folder / "monitor.json", key)
        far = subprocess.Popen([harness.BINARY, "watch", f"tcp://127.0.0.1:{json.loads(key.read_text())['port']}", "--key",
                                key, "--json"], stdout=open("far", "wb"), env=harness.environment())
        pane.until(folder.name)
        result = finish(job, ["benchmark"])
        check.equal(result.code, 4, f"the job: {result}")
        screen = pane.until("target not met", "epoch 4", "prediction", "best 0.")
        check.that("\u2580" in screen, f"a slice in\n{screen}")
        for key_name, part in {"p": "truth", "E": "e3"}.items():
            pane.keys(key_name)
            pane.until(part)
        pane.keys("q")
        pane.until("ended with 0")
    check.equal(far.wait(60), 4, "exit code of the far watcher")
    check.equal(pathlib.Path("far").read_text(), (folder / "events.jsonl").read_text(), "what the far watcher got")
    # The files are read by a thread, which may end at any moment.
    for _ in range(20):
        at_once = [subprocess.Popen([harness.BINARY, "watch", folder, "--once"], stdout=subprocess.PIPE, text=True,
                                    env=harness.environment()) for _ in range(6)]
        for each in at_once:
            check.that("target not met" in each.communicate()[0] and each.returncode == 4, "a finished run, told once")
    lines = expect(4, "watch", folder, "--json").out
    check.equal(lines, (folder / "events.jsonl").read_text(), "the events of the finished run")


def killed():
    config = write_config(monitor=1, epochs=100000, checkpoint_interval=2)
    tiny_library(config)
    job = start("benchmark", "-c", config)
    wait_for(lambda: any(pathlib.Path("runs").glob("*/monitor.json")), "a run that publishes")
    folder = only(run_folders(), "run folder")
    with Pane(folder) as pane:
        pane.until("running", "last checkpoint", "validation Dice")
        port = json.loads((folder / "monitor.json").read_text())["port"]
        shutil.copy(folder / "monitor.json", "key.json")
        expect(10, "watch", f"tcp://127.0.0.1:{port}", "--key", "key.json", "--once", says=[folder.name, "running"])
        os.mkdir("far-scratch")
        with open("far", "wb") as out, open("far-errors", "wb") as errors:
            far = subprocess.Popen([harness.BINARY, "watch", f"tcp://127.0.0.1:{port}", "--key", "key.json", "--json"], stdout=out,
                                   stderr=errors, env=harness.environment({"TMPDIR": os.path.abspath("far-scratch")}))
        wait_for(lambda: b'"epoch"' in pathlib.Path("far").read_bytes(), "an epoch")
        job.kill()
        job.communicate()
        wait_for(lambda: b"killed" in pathlib.Path("far-errors").read_bytes(), "the far watcher to say so")
        check.that(far.poll() is None, "a restart is waited for")
        make_old("far-scratch")
        check.equal(far.wait(60), 3, "exit code of the far watcher")
        said = pathlib.Path("far-errors").read_text()
        check.that(f"the log of '{folder.name}' ends without an end" in said, said)
        check.that((folder / "events.jsonl").read_bytes().startswith(pathlib.Path("far").read_bytes()), "what it got")
        screen = pane.until("trying again")
        check.that("epoch" in screen, f"what was known stays:\n{screen}")
        again = start("benchmark", "--restart", "--run-dir", folder)
        pane.until("restarted after epoch", "q quit", "running")
        again.terminate()
        check.equal(finish(again, ["benchmark", "--restart"]).code, 143, "exit code of the second sitting")
        pane.until("interrupted")
        pane.keys("q")
        pane.until("ended with 0")


def ssh():
    """A run on another machine: a stand-in for ssh forwards ports of this one."""
    os.mkdir("bin")
    shutil.copy(harness.SOURCE / "tests" / "fake_ssh.py", "bin/ssh")
    os.chmod("bin/ssh", 0o755)
    pathlib.Path("bin/mode").write_text("works")
    env = harness.environment({"PATH": f"{os.path.abspath('bin')}:{os.environ['PATH']}"})
    config = write_config(monitor=1, epochs=100000)
    tiny_library(config)
    job = start("benchmark", "-c", config)
    wait_for(lambda: any(pathlib.Path("runs").glob("*/monitor.json")), "a run that publishes")
    folder = only(run_folders(), "run folder").absolute()
    with open("events", "wb") as out:
        far = subprocess.Popen([harness.BINARY, "watch", folder, "--ssh", "user@login", "--json"], stdout=out, env=env)
        wait_for(lambda: b'"epoch"' in pathlib.Path("events").read_bytes(), "an epoch through the tunnel")
        expect(10, "watch", folder, "--ssh", "user@login", "--once", env=env, says=[folder.name, "running"])
        job.terminate()
        check.equal(finish(job, ["benchmark"]).code, 143, "exit code of the job")
        check.equal(far.wait(60), 12, "exit code of the watcher")
    check.equal(pathlib.Path("events").read_text(), (folder / "events.jsonl").read_text(), "what came through the tunnel")
    for line in pathlib.Path("bin/log").read_text().splitlines():
        there = pathlib.Path("/proc", line.split()[0]).exists
        check.that(not harness.settled(there, lambda there: not there, 30), f"a tunnel is left: {line}")
    dead = {"format": "scaffold-monitor", "protocol": 1, "address": "127.0.0.1", "port": 1, "host": "x", "public_key": "." * 40,
            "token": "00" * 32, "pid": 1, "started_utc": ""}
    pathlib.Path("dead.json").write_text(json.dumps(dead))
    expect(3, "watch", "tcp://127.0.0.1:1", "--key", "dead.json", "--once", says="no answer")
    pathlib.Path("bin/mode").write_text("denied")
    expect(3, "watch", folder, "--ssh", "user@login", "--once", env=env, says=["Permission denied", "a key"])
    expect(2, "watch", folder, "--ssh", "-oProxyCommand=x", "--once", says="login")
    expect(2, "watch", "tcp://127.0.0.1:1", "--ssh", "user@login", "--once", says="run folder")


# --- export ---

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
        value = {number: each for number, _, each in fields(next(v for n, _, v in fields(event[5]) if n == 1))}
        scalars.setdefault(value[1].decode(), []).append(
            (event.get(2, 0), struct.unpack("<d", event[1])[0], struct.unpack("<f", value[2])[0]))
    return scalars


def real_tensorboard(folder):
    """The same from TensorBoard itself; nothing where it is not installed (SCAFFOLD_TENSORBOARD_PYTHON has it)."""
    script = """
import json, sys
try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError:
    sys.exit(9)
events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
events.Reload()
print(json.dumps({t: [[e.step, e.wall_time, e.value] for e in events.Scalars(t)] for t in events.Tags()["scalars"]}))
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


def export():
    recording = Recording('odd "name" \\ of\ntwo lines')
    for epoch in (1, 2, 3):
        recording.epoch(epoch)
    recording.end("epochs_exhausted")
    expect(2, "export", recording.folder, says="--tensorboard")
    expect(3, "export", "nowhere", "--csv", "out", says="there is no run")
    expect(0, "export", recording.folder, "--tensorboard", "board", "--openmetrics", "run.prom", "--csv", "tables")
    expect(0, "export", recording.folder, "--tensorboard", "board")  # again: in the place of the first
    scalars = scalars_of(only(pathlib.Path("board").iterdir(), "event file"))
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
    board = real_tensorboard("board")
    if board is not None:
        check.equal(board, {tag: [list(each) for each in all] for tag, all in scalars.items()}, "what TensorBoard reads")

    values = check_exposition(pathlib.Path("run.prom").read_text())
    run_label = '{run="odd \\"name\\" \\\\ of?two lines"'
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


def export_torn():
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
    check.that(scalars_of(only(pathlib.Path("board").iterdir(), "event file")), "scalars up to the truncation")
    lines = whole.splitlines(keepends=True)
    lines[5] = "garbage\n"
    (recording.folder / "events.jsonl").write_text("".join(lines))
    expect(0, "export", recording.folder, "--csv", "out", says="events.jsonl")
    check.equal(len(list(csv.DictReader(open("out/steps.csv", newline="")))), 4, "steps up to the damage")
    # A restart makes what came after its checkpoint void.
    again = Recording("again")
    again.epoch(1)
    again.epoch(2, dice=0.1)
    again.write("restart", epoch=1, checkpoint="last.h5")
    again.epoch(2, dice=0.7)
    expect(0, "export", again.folder, "--csv", "out", "--tensorboard", "board2")
    check.equal([row["validation_dice"] for row in csv.DictReader(open("out/epochs.csv", newline=""))][1], "0.7", "epoch 2")
    steps = scalars_of(only(pathlib.Path("board2").iterdir(), "event file"))["loss/train"]
    check.equal([step for step, _, _ in steps], list(range(1, 9)), "each step once")


harness.main(once, json_lines, json_without_an_answer, terminal, ends, live, killed, ssh, export, export_torn)
