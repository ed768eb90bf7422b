"""`scaffold watch` as it is used: in a terminal (tmux), in scripts, and by other programs.

Everything waits for what is to be seen, nothing for time.
"""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess

import harness
from harness import (Fatal, check, expect, finish, only, run_folders, start, tiny_library, wait_for, write_config)
from recording import Recording


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


def other_keys():
    """Alt, the focus and the mouse come as escape sequences, and end nothing."""
    recording = Recording()
    recording.epoch(1)
    with Pane(recording.folder) as pane:
        pane.until("q quit")
        for sent in ("\033q", "\033[I", "\033[O", "\033Q", "\033[1;3D", "\033[<0;7;4M", "\033[Mqqq", "\033[200~q\033[201~", "\033"):
            pane.keys("-H", *(f"{byte:x}" for byte in sent.encode()))
            # Esc and a key in one breath are Alt and that key: what is typed next is typed until it is heard.
            wait_for(lambda: pane.keys("?") or "this help" in pane.text(), f"the help after {sent!r}")
            wait_for(lambda: pane.keys("?") or "this help" not in pane.text(), f"an end of the help after {sent!r}")
        check.that("ended with" not in pane.text(), "it goes on")
        pane.keys("q")
        pane.until("ended with 0")


def other_terminals():
    recording = Recording()
    recording.epoch(1)

    def characters(before):
        with Pane(recording.folder, before=before) as pane:
            return set(pane.until("Dice 0.2000  target 0.95", "backward", "q quit"))
    braille, blocks = set(map(chr, range(0x2800, 0x2900))), set("\u2580\u2584\u2588\u258c")
    check.that(characters("LC_ALL=C.UTF-8") & braille, "braille where it can be shown")
    check.that(characters("LC_ALL= LC_CTYPE= LANG=xx_XX.UTF-8") & braille, "a locale of UTF-8 that is not installed")
    for before in ("LC_ALL=C", "LC_ALL= LC_CTYPE=POSIX", "LC_ALL= LC_CTYPE= LANG=", "TERM=vt220", "TERM=linux LC_ALL=C"):
        seen = characters(before)
        check.that(all(character.isascii() for character in seen), f"{before}: {sorted(seen)}")
    seen = characters("TERM=linux")
    check.that(seen & blocks and not seen & braille, f"Linux' console: {sorted(seen)}")


def without_tmpdir():
    """A job's TMPDIR goes with the job; the shell that was started in it stays."""
    recording = Recording()
    recording.epoch(1)
    env = harness.environment({"TMPDIR": os.path.abspath("gone")})
    expect(10, "watch", recording.folder, "--once", env=env, says="running")
    recording.end("converged")
    expect(0, "watch", recording.folder, "--json", env=env)
    check.that(not os.path.exists("gone"), "nobody makes it")


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
        check.equal(finish(again, ["benchmark", "--restart"]).code, 143, "exit code of the second session")
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


harness.main(once, json_lines, json_without_an_answer, terminal, ends, other_keys, other_terminals, without_tmpdir, live, killed,
             ssh)
