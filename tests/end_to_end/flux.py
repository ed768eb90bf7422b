"""The shipped Flux script with a stand-in for `flux`, which starts ranks by mpirun and notes what it is told to submit.

It shows what the script does with exit codes, signals and folders, not that Flux does what the script expects.
"""
import json
import os
import pathlib
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


def sitting(job, *args, settings=None):
    variables = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "JOB": job, "SCAFFOLD_RUNS": "runs",
                 "SCAFFOLD": str(harness.BINARY), "SCAFFOLD_RANKS": "2", "SCAFFOLD_CORES": "1", **(settings or {}),
                 "PATH": f"{pathlib.Path().resolve()}:{os.environ['PATH']}"}
    return start(*args, program=SCRIPT, env=environment(variables))


def stopped_and_submitted_again():
    pathlib.Path("flux").write_text(FLUX)
    os.chmod("flux", 0o755)
    config = write_config(epochs=5, starting_learning_rate=1e-9, min_learning_rate=0, checkpoint_interval=-1)
    tiny_library(config)
    args = ["-c", config]
    result = finish(sitting("A", *args), args)
    check.equal(result.code, 4, f"exit code of the uninterrupted one: {result}")
    check.that(not pathlib.Path("submitted.json").exists(), "a run that has ended is not submitted again")
    expected = stats_without_time(only(run_folders("runs/flux-fA"), "run"))

    process = sitting("B", *args)

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

    result = finish(sitting("C", *words[1:], settings=settings), words)
    check.equal(result.code, 4, f"exit code of the last one: {result}")
    check.that("sitting 2" in result.out, f"sittings are counted: {result}")
    check.equal(stats_without_time(run_dir), expected, "the table")
    check.equal(report(run_dir)["restarts"], 1, "restarts in the report")
    check.equal([p.name for p in run_folders("runs")], ["flux-fA", "flux-fB"], "folders")


if __name__ == "__main__":
    main(stopped_and_submitted_again)
