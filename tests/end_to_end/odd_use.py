"""What people do by accident: outputs onto the wrong file, closed terminals, moved folders, pipes for files."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys

import harness
from harness import (check, environment, executable_of, expect, finish, hashes, main, only, options, report, run,
                     run_folders, settled, start, stats, tiny_library, variables_of, wait_for, write_config)

TRAINING = dict(problem_scale=3, unet_bottleneck_dim=1, n_categories=2, n_instances_used_per_fractal=6, epochs=1,
                warmup_batches=0, checkpoint_interval=1, num_threads=1)


def trained(base="runs", **changes):
    config = write_config(**{**TRAINING, **changes})
    tiny_library(config)
    expect(4, "benchmark", "-c", config, *options(base_run_dir=base))
    dataset = only((p for p in pathlib.Path("datasets").iterdir() if not p.name.startswith(".")), "dataset")
    return config, only(run_folders(base), "run"), dataset


def outputs():
    """predict replaces an earlier prediction and nothing else."""
    _, run_dir, dataset = trained()
    checkpoint = run_dir / "checkpoints" / "last.h5"
    common = ["predict", "--checkpoint", checkpoint, "--dataset", dataset, "--volume", 0, "--out"]
    os.mkfifo("pipe")
    pathlib.Path("notes.txt").write_text("mine\n")
    before = hashes(".")
    for out in (checkpoint, dataset / "volumes" / "000000.h5", "pipe", "/dev/null", ".", "", "notes.txt"):
        expect(2, *common, out, says="--out")
    check.equal(hashes("."), before, "files after refused predictions")
    for _ in range(2):
        expect(0, *common, "p.h5")


def closed_streams():
    """No file of a run takes the number of a closed stream; results that cannot be written are an error."""
    config = write_config(**TRAINING)
    tiny_library(config)
    command = f"exec '{harness.BINARY}' benchmark -c {config} <&- >&- 2>&-"
    check.equal(subprocess.run(["sh", "-c", command], env=environment()).returncode, 4, "exit code with closed streams")
    run_dir = only(run_folders(), "run")
    check.equal(len(stats(run_dir)), 1, "lines of the table")
    check.equal((run_dir / ".lock").read_bytes(), b"", "the lock file")
    expect(0, "inspect", run_dir, says="health: good")
    for words in ("--help", f"config -c {config}", f"inspect {run_dir}", "--version"):
        code = subprocess.run(["sh", "-c", f"'{harness.BINARY}' {words} >/dev/full"], env=environment(),
                              stderr=subprocess.PIPE).returncode
        check.equal(code, 1, f"exit code of {words} onto a full device")
    seen = subprocess.run(["bash", "-c", f"'{harness.BINARY}' config -c {config} | head -1; echo ${{PIPESTATUS[0]}}"],
                          env=environment(), stdout=subprocess.PIPE).stdout
    check.equal(seen.split()[-1], b"0", "exit code when the reader has seen enough")


def moved():
    """A run that was moved and renamed continues with its own restart.sh."""
    _, run_dir, _ = trained()
    shutil.move(run_dir, "else where")
    words = ["--epochs", "2"]
    result = finish(start(*words, program="else where/restart.sh"), words, 60)
    check.equal(result.code, 4, f"exit code of restart.sh: {result}")
    check.equal(len(stats("else where")), 2, "epochs after it")
    shutil.rmtree("runs")
    expect(4, "benchmark", "--restart", "--run-dir", "else where", *options(epochs=2), says="has done 2 epochs")


def shared_checkpoints():
    """Two runs with one checkpoint folder keep apart."""
    folder = pathlib.Path("all checkpoints").absolute()
    config, first, _ = trained(checkpoint_dir=str(folder), train_seed=1)
    expect(4, "benchmark", "-c", config, *options(train_seed=2, job_name="second"))
    expect(4, "benchmark", "--restart", "--run-dir", first, *options(epochs=2))
    check.equal(report(first)["train_seed"], 1, "the seed of the first run after its restart")
    check.equal(sorted(p.name for p in folder.iterdir()), sorted(p.name for p in run_folders()), "a folder a run")
    expect(0, "inspect", first, says="last.h5")


def pipes():
    """A configuration may come through a pipe and is recorded; a pipe that nobody writes to can be left."""
    config = write_config(**TRAINING)
    tiny_library(config)
    command = f"exec '{harness.BINARY}' benchmark -c <(cat {config})"
    code = subprocess.run(["bash", "-c", command], env=environment(), stderr=subprocess.PIPE,
                          stdout=subprocess.PIPE).returncode
    check.equal(code, 4, "exit code with a configuration from a pipe")
    given = only(only(run_folders(), "run").glob("given_*"), "recorded configuration")
    check.equal(given.read_text(), pathlib.Path(config).read_text(), "the recorded configuration")
    os.mkfifo("pipe")
    for how, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
        process = start("config", "-c", "pipe")
        wait_for(lambda: "pipe" in open_files(process.pid), "the pipe to be opened")
        process.send_signal(how)
        check.equal(finish(process, ["config"], 20).code, code, "exit code at a pipe without a writer")
    expect(3, "inspect", "pipe", says="not a file")
    long = "c" * 230 + ".yml"
    shutil.copy(config, long)
    expect(4, "benchmark", "-c", long)


def open_files(pid):
    try:
        return {os.path.basename(os.readlink(entry)) for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir()}
    except OSError:
        return set()


def waiting_threads():
    """OpenMP's threads wait briefly, unless the user has said how long they shall."""
    for given, expected in (({}, "10000"), ({"GOMP_SPINCOUNT": "5"}, "5"), ({"OMP_WAIT_POLICY": "active"}, None)):
        base = {name: value for name, value in environment().items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
        process = subprocess.Popen([harness.BINARY, "bench", "step", "--scale", "4", "--seconds", "60"], env={**base, **given},
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: executable_of(process.pid) == "scaffold-torch", "the program that computes")
        # In the middle of its exec a process has the new program and no environment.
        found = settled(lambda: variables_of(process.pid), lambda variables: "PATH" in variables)
        check.equal(found.get("GOMP_SPINCOUNT"), expected, f"GOMP_SPINCOUNT with {given} among {sorted(found)}")
        process.kill()
        process.wait()


if __name__ == "__main__":
    main(outputs, closed_streams, moved, shared_checkpoints, pipes, waiting_threads)
