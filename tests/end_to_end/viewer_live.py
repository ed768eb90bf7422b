"""scaffold-viewer attached to runs that go on, begin, end and are killed.

Everything waits for what programs write and show, nothing for time.
"""
import atexit
import datetime
import json
import os
import pathlib
import shutil
import signal
import subprocess

import harness
from harness import Fatal, check, expect, only, run_folders, tiny_library, truncate, wait_for, write_config
from viewer import environment, is_display_of_ours, script, view, viewer


class Attached:
    """A viewer that plays a script while the test does something else. Its output ends a script that is stuck: no word of it
    waits for more than two minutes."""

    count = 0

    def __init__(self, text):
        Attached.count += 1
        path = pathlib.Path(f"attached-{Attached.count}.script")
        path.write_text(f"size 900x650\n{text}")
        self.process = subprocess.Popen([viewer(), "--script", path], env=environment(), text=True, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.said = []

    def stamp(self, name):
        """The value that `stamp NAME` printed, once it has."""
        for line in self.process.stdout:
            self.said.append(line)
            words = line.split(maxsplit=2)
            if words[:1] == [name]:
                return json.loads(words[2]) if len(words) > 2 else None
        raise Fatal(f"the viewer ended before '{name}':\n{''.join(self.said)}")

    def finish(self):
        rest = self.process.stdout.read()
        check.equal(self.process.wait(), 0, f"exit code of the viewer, which said\n{''.join(self.said)}{rest}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def endless(**more):
    """A run that goes on until it is told to end; its configuration."""
    config = write_config(monitor=1, epochs=100000, **more)
    tiny_library(config)
    return config


def begin(config):
    """The job, and its folder once it publishes."""
    before = set(run_folders())
    job = harness.start("benchmark", "-c", config)
    atexit.register(job.kill)  # a test that fails leaves no endless run behind
    wait_for(lambda: any((folder / "monitor.json").exists() for folder in set(run_folders()) - before), "the run to publish")
    return job, only(set(run_folders()) - before, "new run folder")


def events_of(folder, type):
    return [event for event in map(json.loads, (folder / "events.jsonl").read_text().splitlines()) if event["type"] == type]


def before_the_job():
    """A viewer that is there first says what it waits for, and shows all of it when it comes."""
    config = write_config(monitor=1, epochs=4)
    tiny_library(config)
    with Attached("""attach link
wait-for /is/runs/0/live/phase "looking"
stamp waiting /is/runs/0/live/message
wait-for /is/runs/0/live/phase "live"
wait-for /is/runs/0/live/phase "ended"
wait-for /is/runs/0/status "epochs_exhausted"
stamp epochs /is/runs/0/epochs
stamp steps /is/runs/0/steps
stamp dice /is/runs/0/last/val_dice
""") as window:
        check.that("link" in window.stamp("waiting"), "what it waits for is named")
        job, folder = begin(config)
        os.symlink(folder, "link")
        check.equal(harness.finish(job, ["benchmark"]).code, 4, "the job")
        check.equal(window.stamp("epochs"), 4, "epochs in the viewer")
        check.equal(window.stamp("steps"), len(events_of(folder, "step")), "step events in the viewer")
        check.equal(window.stamp("dice"), events_of(folder, "epoch")[-1]["val_dice"], "Dice in the viewer")
        window.finish()


def viewer_killed():
    """The job goes on and counts it; another viewer gets everything from the beginning."""
    config = endless(monitor_control=1)
    job, folder = begin(config)
    with Attached(f"""attach {folder}
wait-for /is/runs/0/last/epoch 2
stamp attached
wait-for /is/runs/0/last/epoch 100000
""") as window:
        window.stamp("attached")
        window.process.send_signal(signal.SIGKILL)
        window.process.wait()
        epochs = len(events_of(folder, "epoch"))
        wait_for(lambda: len(events_of(folder, "epoch")) > epochs + 2, "the run to go on without its viewer")
    wait_for(lambda: not harness.processes(is_display_of_ours), "its display to end")
    with Attached(f"""attach {folder}
wait-for /is/runs/0/live/phase "live"
wait-for /is/runs/0/last/epoch {epochs + 2}
click stop-after-epoch
click stop-confirmed
wait-for /is/runs/0/live/phase "ended"
wait-for /is/runs/0/status "interrupted"
stamp epochs /is/runs/0/epochs
stamp steps /is/runs/0/steps
""") as window:
        check.that(harness.finish(job, ["benchmark"]).code in (0, 4), "the job ends as it was ordered to")
        check.equal(window.stamp("epochs"), len(events_of(folder, "epoch")), "epochs in the second viewer")
        check.equal(window.stamp("steps"), len(events_of(folder, "step")), "step events in the second viewer")
        window.finish()
    check.equal(harness.report(folder)["observed"]["watchers"], 2, "watchers in the report")


def viewer_stopped():
    """A viewer that is stopped in mid stream holds up neither the run nor another watcher, catches up when it goes on, and
    has everything in the end although the run ended meanwhile."""
    config = write_config(monitor=1, epochs=24)
    tiny_library(config)
    job, folder = begin(config)
    shutil.copy(folder / "monitor.json", "key.json")
    endpoint = json.loads(pathlib.Path("key.json").read_text())["endpoint"]
    with Attached(f"""attach {folder}
wait-for /is/runs/0/last/epoch 1
wait-for /is/runs/0/last_kept 1
wait
click epoch-1
stamp attached
wait-for /is/runs/0/last/epoch 10
stamp again
wait-for /is/runs/0/status "epochs_exhausted"
wait-for /is/runs/0/epochs 24
stamp phase /is/runs/0/live/phase
stamp steps /is/runs/0/steps
stamp dice /is/runs/0/last/val_dice
""") as window, open("other", "wb") as out:
        other = subprocess.Popen([harness.BINARY, "watch", endpoint, "--key", "key.json", "--json"], stdout=out)
        atexit.register(other.kill)
        window.stamp("attached")
        window.process.send_signal(signal.SIGSTOP)
        wait_for(lambda: len(events_of(folder, "epoch")) >= 10, "the run to go on", timeout=100)
        window.process.send_signal(signal.SIGCONT)
        window.stamp("again")
        window.process.send_signal(signal.SIGSTOP)
        check.equal(harness.finish(job, ["benchmark"]).code, 4, "the job reaches its end")
        check.equal(other.wait(60), 4, "the other watcher ends with the run")
        window.process.send_signal(signal.SIGCONT)
        window.stamp("phase")
        check.equal(window.stamp("steps"), len(events_of(folder, "step")), "steps in the viewer")
        check.equal(window.stamp("dice"), events_of(folder, "epoch")[-1]["val_dice"], "Dice in the viewer")
        window.finish()
    check.equal(len(events_of(folder, "run_end")), 1, "the log is whole")
    check.equal(pathlib.Path("other").read_bytes(), (folder / "events.jsonl").read_bytes(), "what the other watcher got")


def job_killed():
    """The viewer says so and keeps what it has; a restart is followed by itself."""
    config = endless(checkpoint_interval=2)
    job, folder = begin(config)
    with Attached(f"""attach {folder}
wait-for /is/runs/0/last/epoch 4
remember before
stamp attached
wait-for /is/runs/0/live/phase "lost"
wait-for /is/runs/0/status "killed"
expect-changed before
stamp lost /is/runs/0/live/message
wait
remember kept /is/runs/0/epochs
stamp epochs /is/runs/0/epochs
wait-for /is/runs/0/restarts 1
wait-for /is/runs/0/live/phase "live"
expect /is/runs/0/live/connections 2
wait-for /is/runs/0/status "running"
wait-for /is/runs/0/last/epoch 12
stamp again
wait-for /is/runs/0/live/phase "ended"
wait-for /is/runs/0/status "interrupted"
stamp end /is/runs/0/epochs
""") as window:
        window.stamp("attached")
        job.kill()
        job.communicate()
        check.that("trying again" in window.stamp("lost"), "what the viewer does about it")
        kept, written = window.stamp("epochs"), len(events_of(folder, "epoch"))
        check.that(4 <= kept <= written, f"{kept} epochs are kept of {written}")
        again = harness.start("benchmark", "--restart", "--run-dir", folder)
        window.stamp("again")
        again.terminate()
        check.equal(harness.finish(again, ["benchmark", "--restart"]).code, 143, "the second session")
        last = {event["epoch"] for event in events_of(folder, "epoch")}
        check.equal(window.stamp("end"), len(last), "epochs in the viewer at the end")
        window.finish()


def too_late():
    """Attached to a run that has ended or was killed: what its folder holds is shown, and a restart is followed."""
    config = write_config(monitor=1, epochs=3)
    tiny_library(config)
    expect(4, "benchmark", "-c", config)
    folder = only(run_folders(), "run folder")
    script(f"""size 900x650
attach {folder}
wait-for /is/runs/0/status "epochs_exhausted"
wait-for /is/runs/0/live/message "waiting: there is no '{folder}/monitor.json': the run has not begun, has ended, or does not publish (start it with --monitor 1)"
expect /is/runs/0/live/phase "looking"
expect /is/runs/0/epochs 3
expect /is/runs/0/steps {len(events_of(folder, "step"))}
expect /is/runs/0/problems []
wait
click epoch-1
wait-for /is/prediction/shown true
""")
    job, folder = begin(endless(checkpoint_interval=1))
    wait_for(lambda: len(events_of(folder, "epoch")) >= 3, "some epochs")
    job.kill()
    job.communicate()
    epochs = len(events_of(folder, "epoch"))
    with Attached(f"""attach {folder}
wait-for /is/runs/0/status "killed"
expect /is/runs/0/live/connections 0
expect /is/runs/0/epochs {epochs}
stamp killed
wait-for /is/runs/0/live/phase "live"
wait-for /is/runs/0/restarts 1
wait-for /is/runs/0/epochs {epochs + 1}
stamp again
""") as window:
        window.stamp("killed")
        again = harness.start("benchmark", "--restart", "--run-dir", folder)
        atexit.register(again.kill)
        window.stamp("again")
        window.finish()
    again.terminate()
    check.equal(harness.finish(again, ["benchmark", "--restart"]).code, 143, "the second session")
    dead = {"format": "scaffold-monitor", "protocol": 1, "address": "127.0.0.1", "port": 1, "host": "x", "public_key": "." * 40,
            "token": "00" * 32, "pid": 1, "started_utc": ""}
    pathlib.Path("dead.json").write_text(json.dumps(dead))
    script("""size 900x650
wait-for /is/runs/0/live/phase "connecting"
expect /is/runs/0/status "not begun"
expect /is/runs/0/problems []
""", "--attach", "tcp://127.0.0.1:1", "--key", "dead.json")


def seconds_since_epoch(time_text):
    return datetime.datetime.fromisoformat(time_text.replace("Z", "+00:00")).timestamp()


def attach():
    """A run that goes on: its curves grow, a point of the Dice curve opens the epoch's prediction, it obeys, and what came
    of it stays when it has ended."""
    config = write_config("live.yml", problem_scale=4, n_categories=2, n_instances_used_per_fractal=12, epochs=40, monitor=1,
                          monitor_control=1, starting_learning_rate=0.00002, min_learning_rate=0.00001)  # never there
    expect(0, "generate_fractals", "-c", config)
    expect(0, "generate_dataset", "-c", config)
    os.mkdir("tmp")
    os.environ["TMPDIR"] = os.path.abspath("tmp")
    run = harness.start("benchmark", "-c", config)
    harness.wait_for(lambda: list(pathlib.Path("runs").glob("*/monitor.json")), "the run to publish")
    folder = next(pathlib.Path("runs").iterdir())
    log = script(f"""size 900x650
attach {folder}
wait-for /is/runs/0/live/phase "live"
remember nothing
wait-for /is/runs/0/last/epoch 1
stamp epoch-1
wait-for /is/runs/0/last_kept 1
wait
expect-changed nothing
remember charts
click epoch-1
wait-for /is/prediction/shown true
expect /prediction/epoch 1
expect-changed charts
wait-for /is/runs/0/last/epoch 2
stamp epoch-2
wait-for /is/runs/0/last_kept 2
key e
wait-for /is/prediction/shown true
expect /prediction/epoch 2
key E
expect /prediction/epoch 1
key Escape
expect /prediction null
expect /is/runs/0/live/control true
click checkpoint-now
click checkpoint-not
expect /is/said ""
click checkpoint-now
key Escape
expect /is/said ""
click checkpoint-now
key Enter
wait-for /is/said "done: the checkpoint is written"
click stop-after-epoch
click stop-confirmed
wait-for /is/runs/0/live/phase "ended"
wait-for /is/runs/0/status "interrupted"
click epoch-1
wait-for /is/prediction/shown true
""").text
    ended = harness.finish(run, ["benchmark"], timeout=300)
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    check.equal([event["order"] for event in events if event["type"] == "control"], ["checkpoint now", "stop after this epoch"],
                f"orders in the log of {ended}")
    written = {event["epoch"]: seconds_since_epoch(event["time"]) for event in events if event["type"] == "epoch"}
    check.that(max(written) < 40, "it stopped early")
    for line in log.splitlines():
        if line.startswith("epoch-"):
            name, seen = line.split()
            print(f"{name}: {1000 * (float(seen) - written[int(name[6:])]):.0f} ms from the log to the pixel")
    # A recording goes as far as it goes: torn logs and snapshots cost what was in them, no more.
    check.equal(list(pathlib.Path("tmp").glob("scaffold-*")), [], "copies left behind")
    copy = pathlib.Path("copy")
    shutil.copytree(folder, copy)
    lines_of_log = (copy / "events.jsonl").read_bytes().splitlines(keepends=True)
    second = next(i for i, line in enumerate(lines_of_log) if b'"type":"epoch"' in line and b'"epoch":2' in line)
    (copy / "events.jsonl").write_bytes(b"".join(lines_of_log[:second + 1]) + lines_of_log[second + 1][:20])
    (copy / "train_stats.csv").unlink()
    (copy / "report.json").unlink()
    for name in (copy / "snapshots").glob("epoch_000002*"):
        truncate(name, name.stat().st_size // 2)
    script(f"""size 900x650
open {copy}
expect /is/runs/0/last/epoch 2
click epoch-1
expect /is/prediction/shown true
expect /is/prediction/problem ""
click epoch-2
expect /is/prediction/shown false
remember damaged /is/prediction/problem
key E
expect /is/prediction/shown true
expect-changed damaged /is/prediction/problem
""")
    for arguments, words in [(["--attach", "tcp://127.0.0.1:5555"], ["--key"]), (["--attach", "http://x"], ["tcp://HOST:PORT"]),
                             (["--attach", folder, "--ssh", "-oProxyCommand=x"], ["login"]),
                             (["--ssh", "user@login"], ["--attach"])]:
        view(2, *arguments, says=words)


if __name__ == "__main__":
    harness.main(attach, before_the_job, viewer_killed, viewer_stopped, job_killed, too_late)
