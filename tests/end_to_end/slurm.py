"""The shipped batch script under a real Slurm: munge, slurmctld and slurmd on this machine alone, in a temporary folder.

Needs the packages slurm-wlm and munge; nothing in /etc is read or written. All of it ends with the test.
"""
import ctypes
import getpass
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import harness
from harness import (Fatal, SMOKE, SOURCE, check, environment, expect, main, only, options, report, run_folders, stats,
                     stats_without_time, tiny_library, wait_for, write_config)

BATCH = SOURCE / "scripts" / "slurm" / "benchmark.sbatch"
CPUS = 2
BOUND = 1500  # seconds for everything; ctest's limit lies above

CONF = """
ClusterName=scaffold
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
# cred_expire is also how long a requeued job waits before it may start again.
AuthInfo=socket={folder}/munge.socket,cred_expire=5
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
# The node has as many CPUs as said here, whatever the machine has.
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=3
ReturnToService=2
KillWait=20
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def descendants(of):
    """Processes below `of`, which reaps orphans: also the daemons' and the jobs'."""
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int(re.search(r"PPid:\s+(\d+)", (entry / "status").read_text())[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [of]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


class Slurm:
    """A cluster of one node with CPUS processors."""

    def __init__(self):
        self.folder = pathlib.Path("slurm").resolve()
        self.daemons = {}
        self.env = environment({"SLURM_CONF": str(self.folder / "slurm.conf"), "OMPI_ALLOW_RUN_AS_ROOT": "1",
                                "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "PATH": os.environ["PATH"] + ":/usr/sbin"})

    def __enter__(self):
        libc = ctypes.CDLL(None)
        subreaper, parent_death = 36, 1
        libc.prctl(subreaper, 1)
        self.follow_us = lambda: libc.prctl(parent_death, signal.SIGKILL)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
            signal.signal(number, self.interrupted)
        signal.alarm(BOUND)
        try:
            self.begin()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    @staticmethod
    def interrupted(number, _frame):
        raise Fatal(f"not over after {BOUND} s" if number == signal.SIGALRM else f"stopped by signal {number}")

    def begin(self):
        for name in ("", "state", "spool"):
            (self.folder / name).mkdir(mode=0o755)
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        ports = [s.getsockname()[1] for s in sockets]
        for s in sockets:
            s.close()
        (self.folder / "slurm.conf").write_text(CONF.format(
            host=socket.gethostname().split(".")[0], user=getpass.getuser(), folder=self.folder, ports=ports, cpus=CPUS))
        files = [f"--{name}-file={self.folder}/munge.{name}" for name in ("key", "log", "pid", "seed")]
        self.daemon("munged", "--foreground", "--force", f"--socket={self.folder}/munge.socket", *files)
        wait_for((self.folder / "munge.socket").exists, "munged")
        self.daemon("slurmctld", "-D", "-i")
        self.daemon("slurmd", "-D")
        wait_for(lambda: self.run("sinfo", "-h", "-o", "%T").stdout.strip() == "idle", "the node to be idle")
        print(self.run("sinfo", "--version").stdout.strip(), "with one node of", CPUS, "CPUs")

    def daemon(self, name, *args):
        log = open(self.folder / f"{name}.out", "w")
        try:
            self.daemons[name] = subprocess.Popen([name, *args], env=self.env, stdin=subprocess.DEVNULL, stdout=log,
                                                  stderr=log, preexec_fn=self.follow_us)
        except FileNotFoundError:
            raise Fatal(f"{name} is not installed: scripts/setup --slurm")

    def end(self):
        signal.alarm(0)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            for pid in descendants(os.getpid()):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            try:
                os.waitpid(-1, 0)  # orphans come to us one by one
            except ChildProcessError:
                break
        if check.failed:
            for path in [self.folder / f"{name}.out" for name in self.daemons]:
                print(f"---- {path.name}\n{path.read_text(errors='replace')[-3000:]}")

    def run(self, *args):
        for name, daemon in self.daemons.items():
            if daemon.poll() is not None:
                raise Fatal(f"{name} ended with {daemon.returncode}")
        return subprocess.run(args, env=self.env, capture_output=True, text=True, timeout=60)

    def submit(self, *args, **env):
        self.env.update(env)
        result = self.run("sbatch", "--parsable", *map(str, args))
        if result.returncode:
            raise Fatal(f"sbatch: {result.stderr}")
        return Job(self, result.stdout.strip())


class Job:
    def __init__(self, slurm, number):
        self.slurm, self.number, self.seen, self.began = slurm, number, [], time.monotonic()

    def facts(self):
        text = self.slurm.run("scontrol", "show", "job", "-o", self.number).stdout
        return dict(word.split("=", 1) for word in text.split() if "=" in word)

    def over(self):
        facts = self.facts()
        now = f"{facts['JobState']} {facts['Reason']} restarts {facts['Restarts']}"
        if not self.seen or self.seen[-1] != now:
            self.seen.append(now)
            print(f"{time.monotonic() - self.began:6.1f} s  job {self.number}: {now}", flush=True)
        return facts["JobState"] in ("COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", "NODE_FAIL", "OUT_OF_MEMORY")

    def wait(self, timeout):
        end = time.monotonic() + timeout
        while not self.over():
            if time.monotonic() > end:
                raise Fatal(f"job {self.number} was not over after {timeout} s: {self.seen}\n{self.output()}")
            time.sleep(0.2)
        return self.facts()

    def output(self):
        return pathlib.Path(f"scaffold-{self.number}.out").read_text()


def events(run_dir, kind):
    found = [json.loads(line) for line in (run_dir / "events.jsonl").read_text().splitlines()]
    return [event for event in found if event["type"] == kind]


ONE_NODE = ["--nodes=1", "--cpus-per-task=1"]


def interrupted_by_time_limit():
    """Stopped by its time limit, queued again, continued: until it converges."""
    folders = options(fract_base_dir="fractals", dataset_dir="datasets")
    expect(0, "generate_fractals", "-c", SMOKE, *folders)
    expect(0, "generate_dataset", "-c", SMOKE, *folders)
    with Slurm() as slurm:
        # The shortest limit there is; its signal comes 10 to 40 s before. An idle machine converges in a few sessions.
        job = slurm.submit(*ONE_NODE, "--ntasks-per-node=2", "--time=1", "--signal=B:USR1@10", BATCH, "-c", SMOKE,
                           *folders, *options(warmup_batches=0, device="cpu"), SCAFFOLD=str(harness.BINARY),
                           SCAFFOLD_RUNS="runs")
        facts = job.wait(BOUND)
        print(job.output())
        check.equal((facts["JobState"], facts["ExitCode"]), ("COMPLETED", "0:0"), "how the job ended")
        restarts = int(facts["Restarts"])
        check.that(restarts >= 1, "the time limit interrupted it")
        run_dir = only(run_folders(f"runs/slurm-scaffold-{job.number}"), "run")
        found, rows = report(run_dir), stats(run_dir)
        check.equal((found["converged"], found["status"]), (True, "converged"), "report")
        check.equal((found["restarts"], found["ranks"]), (restarts, 2), "restarts and ranks in the report")
        check.equal(len(events(run_dir, "signal")), restarts, "signals recorded")
        check.equal(len(events(run_dir, "restart")), restarts, "restarts recorded")
        check.equal([int(row["epoch"]) for row in rows], list(range(1, len(rows) + 1)), "epochs in the table")
        # 168 samples of two replicas; every step was done once, whichever session did it.
        check.equal([int(row["optimizer_steps"]) for row in rows], [84] * len(rows), "steps of the epochs")
        check.equal([int(row["total_optimizer_steps"]) for row in rows], [84 * (i + 1) for i in range(len(rows))],
                    "steps so far")
        check.that(float(rows[-1]["val_dice"]) >= 0.95, f"the last epoch reaches the target: {rows[-1]}")
        check.that(all(float(row["val_dice"]) < 0.95 for row in rows[:-1]), "none before it does")
        for session in range(1, restarts + 2):
            check.that(f"session {session}:" in job.output(), f"the output tells of session {session}")
        check.equal(job.output().count("queued again"), restarts, "times it queued itself")


def unreachable(epochs):
    """Options of a run that cannot reach its target."""
    return write_config(epochs=epochs, starting_learning_rate=1e-9, min_learning_rate=0, checkpoint_interval=-1)


def wait_for_epochs(job, session, epochs):
    """Until the job's run has so many epochs in its table, in this session; its folder."""
    def there():
        if job.over():
            raise Fatal(f"the job ended early:\n{job.output()}")
        runs = run_folders(f"runs/slurm-scaffold-{job.number}")
        return (runs and f"session {session}:" in job.output() and (runs[0] / "train_stats.csv").exists()
                and len(stats(runs[0])) >= epochs)

    wait_for(there, f"epoch {epochs} in session {session}", 120)
    return only(run_folders(f"runs/slurm-scaffold-{job.number}"), "run")


def queued_again_twice():
    """Told to stop twice by hand; then another job continues the run. The losses are those of one session."""
    epochs = 10
    config = unreachable(epochs)
    tiny_library(config)
    with Slurm() as slurm:
        size = [*ONE_NODE, "--ntasks-per-node=2", "--time=60"]
        settings = dict(SCAFFOLD=str(harness.BINARY), SCAFFOLD_RUNS="runs")
        through = slurm.submit(*size, BATCH, "-c", config, **settings)
        check.equal(through.wait(120)["ExitCode"], "4:0", f"how the uninterrupted one ended: {through.output()}")
        expected = stats_without_time(only(run_folders(f"runs/slurm-scaffold-{through.number}"), "run"))

        job = slurm.submit(*size, BATCH, "-c", config, "--epochs", epochs - 1, **settings)
        done = 0
        for session in (1, 2):
            run_dir = wait_for_epochs(job, session, done + 1)
            slurm.run("scancel", "--batch", "--signal=USR1", job.number)
            wait_for(lambda: job.output().count("queued again") == session, "the job to queue itself", 60)
            done = len(stats(run_dir))
        facts = job.wait(120)
        check.equal((facts["ExitCode"], facts["Restarts"]), ("4:0", "2"), f"how it ended: {job.output()}")
        check.equal(stats_without_time(run_dir), expected[:-1], "the table")
        check.equal(report(run_dir)["restarts"], 2, "restarts in the report")

        more = slurm.submit(*size, BATCH, "--epochs", epochs, **settings, SCAFFOLD_RUN_DIR=str(run_dir))
        check.equal(more.wait(120)["ExitCode"], "4:0", f"how the continuing one ended: {more.output()}")
        check.equal(stats_without_time(run_dir), expected, "the table after another job")
        check.equal(run_folders(f"runs/slurm-scaffold-{more.number}"), [], "runs of the other job")


def others_are_not_queued_again():
    """Two jobs at once in one folder: one that cannot reach its target, one that cannot begin. One that is cancelled."""
    config = unreachable(1)
    tiny_library(config)
    with Slurm() as slurm:
        size = [*ONE_NODE, "--ntasks-per-node=1", "--time=60"]
        settings = dict(SCAFFOLD=str(harness.BINARY), SCAFFOLD_RUNS="runs")
        ended = slurm.submit(*size, BATCH, "-c", config, **settings)
        refused = slurm.submit(*size, BATCH, "-c", config, "--epochs", "0", **settings)
        for job, code in ((ended, 4), (refused, 2)):
            facts = job.wait(120)
            check.equal((facts["JobState"], facts["ExitCode"], facts["Restarts"]), ("FAILED", f"{code}:0", "0"),
                        f"how it ended: {job.output()}")
        only(run_folders(f"runs/slurm-scaffold-{ended.number}"), "run of the first job")
        check.equal(run_folders(f"runs/slurm-scaffold-{refused.number}"), [], "runs of the second")

        cancelled = slurm.submit(*size, BATCH, "-c", config, "--epochs", "1000", **settings)
        wait_for_epochs(cancelled, 1, 1)
        slurm.run("scancel", cancelled.number)
        facts = cancelled.wait(60)
        check.equal((facts["JobState"], facts["Restarts"]), ("CANCELLED", "0"), f"how it ended: {cancelled.output()}")


if __name__ == "__main__":
    main(interrupted_by_time_limit, queued_again_twice, others_are_not_queued_again)
