"""The shipped batch scripts: Flux's with a stand-in for `flux`, which starts ranks by mpirun and notes what it is told to
submit; that one and Slurm's with stand-ins for all that they start.

It shows what the scripts do with exit codes, signals and folders, not that Flux does what the first one expects.
"""
import json
import os
import pathlib
import shutil
import signal

import harness
from harness import (Fatal, SOURCE, check, environment, finish, main, only, report, run_folders, start, stats,
                     stats_without_time, tiny_library, wait_for, write_config)

SCRIPT = SOURCE / "scripts" / "flux" / "benchmark.sh"

FLUX = """#!/usr/bin/env python3
import json, os, re, sys
words = sys.argv[1:]
if words == ["getattr", "jobid"]:
    print("f" + os.environ["JOB"])
elif words[0] == "run":
    ranks = re.fullmatch("--ntasks=([0-9]+)", words[1])[1]
    program = next(i for i, word in enumerate(words) if word.endswith("/scaffold"))
    with open("launcher.pid", "w") as file:
        file.write(str(os.getpid()))
    os.execvp("mpirun", ["mpirun", "--oversubscribe", "-np", ranks, *words[program:]])
elif words[:2] == ["--parent", "batch"]:
    settings = {k: v for k, v in os.environ.items() if k.startswith("SCAFFOLD_")}
    with open("submitted.json", "w") as file:
        json.dump([words[2:], settings], file)
    print("fNEXT")
else:
    sys.exit(f"flux {words}: not expected")
"""


def session(job, *args, settings=None):
    variables = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "JOB": job, "SCAFFOLD_RUNS": "runs",
                 "SCAFFOLD": str(harness.BINARY), "SCAFFOLD_RANKS": "2", "SCAFFOLD_CORES": "1", **(settings or {}),
                 "PATH": f"{pathlib.Path().resolve()}:{os.environ['PATH']}"}
    return start(*args, program=SCRIPT, env=environment(variables))


def stand_in(name, text):
    pathlib.Path(name).write_text(text)
    pathlib.Path(name).chmod(0o755)


def stopped_and_submitted_again():
    stand_in("flux", FLUX)
    config = write_config(epochs=5, starting_learning_rate=1e-9, min_learning_rate=0, checkpoint_interval=-1)
    tiny_library(config)
    args = ["-c", config]
    result = finish(session("A", *args), args)
    check.equal(result.code, 4, f"exit code of the uninterrupted one: {result}")
    check.that(not pathlib.Path("submitted.json").exists(), "a run that has ended is not submitted again")
    expected = stats_without_time(only(run_folders("runs/flux-fA"), "run"))

    process = session("B", *args)

    def trained():
        if process.poll() is not None:
            raise Fatal(f"ended early: {finish(process, args)}")
        runs = run_folders("runs/flux-fB")
        return runs and (runs[0] / "train_stats.csv").exists() and stats(runs[0])

    wait_for(trained, "an epoch", 120)
    process.send_signal(signal.SIGUSR1)  # as Flux does to script and ranks
    os.kill(int(pathlib.Path("launcher.pid").read_text()), signal.SIGUSR1)
    result = finish(process, args)
    check.equal(result.code, 0, f"exit code of the one that was stopped: {result}")
    run_dir = only(run_folders("runs/flux-fB"), "run")
    check.equal(report(run_dir)["status"], "interrupted", "status")
    words, settings = json.loads(pathlib.Path("submitted.json").read_text())
    check.equal(words, [str(SCRIPT), *args], "what is submitted")

    result = finish(session("C", *words[1:], settings=settings), words)
    check.equal(result.code, 4, f"exit code of the last one: {result}")
    check.that("session 2" in result.out, f"sessions are counted: {result}")
    check.equal(stats_without_time(run_dir), expected, "the table")
    check.equal(report(run_dir)["restarts"], 1, "restarts in the report")
    check.equal([p.name for p in run_folders("runs")], ["flux-fA", "flux-fB"], "folders")


# Stands for the benchmark, and for what starts it: stopped by its signal each time, at the step that a file says.
STOPPED = """#!/usr/bin/env python3
import json, pathlib, sys
if "--restart" in sys.argv:
    run = pathlib.Path(sys.argv[sys.argv.index("--run-dir") + 1])
else:
    run = pathlib.Path(sys.argv[sys.argv.index("--base-run-dir") + 1], "run")
    run.mkdir(parents=True)
    (run / "config.yaml").touch()
step, *later = json.loads(pathlib.Path("steps.json").read_text())
pathlib.Path("steps.json").write_text(json.dumps(later))
if step is not None:
    with open(run / "events.jsonl", "a") as log:
        log.write(json.dumps({"type": "checkpoint", "kind": "last", "epoch": 0, "steps": step, "bytes": 1}) + "\\n")
sys.exit(138)
"""
EXECUTES = """#!/bin/sh
while [ "${1##*/}" != scaffold ]; do shift; done
exec "$@"
"""
REQUEUES = """#!/bin/sh
echo "$@" >> requeued
"""


def sessions(steps, one):
    """Sessions that stop at these steps, one after the other while the script goes on; how many, and the last one."""
    pathlib.Path("steps.json").write_text(json.dumps(steps))
    for number in range(1, len(steps) + 1):
        result, again = one(number)
        if not again:
            break
    return number, result


def flux_sitting(number):
    pathlib.Path("submitted.json").unlink(missing_ok=True)
    settings = {"SCAFFOLD": str(pathlib.Path("scaffold").resolve()), "SCAFFOLD_FIRST_JOB": "f1",
                "SCAFFOLD_SITTING": str(number)}
    result = finish(session(str(number), "-c", "any.yml", settings=settings), [number], 60)
    return result, pathlib.Path("submitted.json").exists()


def slurm_sitting(number):
    pathlib.Path("requeued").unlink(missing_ok=True)
    settings = {"SLURM_JOB_ID": "7", "SLURM_NTASKS": "1", "SLURM_RESTART_COUNT": str(number - 1), "SCAFFOLD_RUNS": "runs",
                "SCAFFOLD": str(pathlib.Path("scaffold").resolve()),
                "PATH": f"{pathlib.Path().resolve()}:{os.environ['PATH']}"}
    result = finish(start("-c", "any.yml", program=SOURCE / "scripts" / "slurm" / "benchmark.sbatch",
                          env=environment(settings)), [number], 60)
    return result, pathlib.Path("requeued").exists()


def no_headway():
    """Sessions that bring a run no further are not repeated for ever, in either batch system; a slow run goes on."""
    stand_in("scaffold", STOPPED)
    stand_in("mpirun", EXECUTES)
    stand_in("scontrol", REQUEUES)
    stand_in("flux", FLUX.replace('os.execvp("mpirun", ["mpirun", "--oversubscribe", "-np", ranks, *words[program:]])',
                                  "os.execv(words[program], words[program:])"))
    for system, one in (("Flux", flux_sitting), ("Slurm", slurm_sitting)):
        for steps, expected in (([5, 5, 5, 5, 5, 5], 4), ([1, 2, 2, 2, 3, 3, 4, 5], 8), ([None] * 6, 1)):
            shutil.rmtree("runs", ignore_errors=True)
            count, result = sessions(steps, one)
            check.equal(count, expected, f"sessions under {system} that stop at steps {steps}: {result}")
            if expected < len(steps):
                check.equal(result.code, 138, f"exit code of the last one: {result}")
        # A job that the batch system itself starts again and again, since its node goes down each time.
        shutil.rmtree("runs", ignore_errors=True)
        sessions([5, 5, 5, 5], one)
        result, again = one(5)
        check.that(result.code == 1 and not again and "no further" in result.text, f"a start without hope: {result}")


if __name__ == "__main__":
    main(stopped_and_submitted_again, no_headway)
