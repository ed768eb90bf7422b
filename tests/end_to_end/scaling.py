"""scaffold scaling: the table of a series against the runs' own reports and against `scaffold plan`; what goes wrong."""
import csv
import json
import os
import pathlib
import signal
import xml.etree.ElementTree as tree

import harness
from harness import (check, environment, expect, finish, main, only, options, processes, report, settled, start,
                     tiny_library, wait_for, write_config)

SMALL = dict(problem_scale=4, unet_bottleneck_dim=2, n_categories=2, n_instances_used_per_fractal=30, torch_amp=0,
             num_threads=1)
ENVIRONMENT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
MPIRUN = "mpirun --bind-to none --oversubscribe -np {ranks}"


def config(**changes):
    """Without the keys that a series sets by itself."""
    name = write_config(**{**SMALL, **changes})
    kept = [line for line in pathlib.Path(name).read_text().splitlines()
            if line.split(":")[0] not in ("epochs", "train_seed", "warmup_batches", "target_dice")]
    pathlib.Path(name).write_text("\n".join(kept) + "\n")
    return name


def scaling(code, *args, says=(), **more):
    return expect(code, "scaling", *args, says=says, env=environment(ENVIRONMENT), **more)


def launcher(name, *lines):
    """A launcher of the test's own: launcher.sh RANKS PROGRAM …"""
    path = pathlib.Path(name)
    path.write_text("#!/bin/sh\nranks=$1\nshift\n" + "\n".join(lines) + "\n")
    path.chmod(0o755)
    return f"{path.resolve()} {{ranks}}"


def whole_epoch_seconds(run_dir):
    """A whole epoch's seconds, from the run's report (docs/scaling.md)."""
    r = report(run_dir)
    steps = -(-r["dataset"]["training"] // r["global_batch"])
    seconds = []
    for epoch in r["epochs_table"]:
        phases = epoch["phases"]
        rest = epoch["epoch_duration"] - phases["validation"] - phases["checkpoint"]
        seconds.append(rest * steps / r["steps_per_epoch"] + phases["checkpoint"] +
                       phases["validation"] * r["dataset"]["validation"] / r["validation_samples"])
    return sum(seconds) / len(seconds)


def check_point(point, mode):
    """Bytes are what `scaffold plan` counts; the run kept what the series promises."""
    folder = pathlib.Path("series") / f"point-{point['name']}"
    plan = json.loads(expect(0, "plan", "-c", folder / "config.yml", "--machine", "cpu-2core", "--ranks", point["ranks"],
                             *options(max_steps_per_epoch=0), "--json").out)
    what = f"{mode} {point['name']}"
    check.equal(point["halo_bytes_per_step"], plan["halo_bytes_per_step"], f"halo bytes a step at {what}")
    check.equal(point["allreduce_bytes_per_step"], plan["allreduce_bytes_per_step"], f"all-reduce bytes a step at {what}")
    check.equal(point["whole_epoch_steps"], plan["steps_per_epoch"], f"steps of a whole epoch at {what}")
    check.equal(point["global_batch"], plan["global_batch"], f"global batch at {what}")
    run_dir = only((p for p in folder.glob("round-1/*") if p.is_dir()), "run")
    r = report(run_dir)
    check.equal(r["dataset"]["generation_seconds"], 0, f"seconds that {what} spent making its dataset")
    check.equal([r["train_seed"], r["steps_per_epoch"], r["epochs"]], [1, 2, 1], f"what the series sets at {what}")
    check.that(abs(point["runs"][0]["epoch_seconds"] / whole_epoch_seconds(run_dir) - 1) < 1e-9,
               f"time per epoch of {what}: {point['runs'][0]} and {whole_epoch_seconds(run_dir)}")
    return run_dir


def series():
    """Strong scaling over replicas and shards."""
    tiny_library(config())
    scaling(0, "-c", config(), "--ranks", "1,2,2", "--shards", "1,1,1 1,1,1 2,1,1", "--out", "series", "--launch", MPIRUN,
            *options(local_batch_size=2, max_steps_per_epoch=2, warmup_batches=1),
            says=["2 ranks, 2x1x1", "correctness and overhead"] if os.cpu_count() <= 2 else ["2 ranks, 2x1x1"])
    table = json.loads(pathlib.Path("series/scaling.json").read_text())
    points = table["points"]
    check.equal([(p["ranks"], p["replicas"], p["shards"], p["local_batch_size"], p["global_batch"]) for p in points],
                [(1, 1, [1, 1, 1], 2, 2), (2, 2, [1, 1, 1], 1, 2), (2, 1, [2, 1, 1], 2, 2)], "points")
    runs = [check_point(point, "strong") for point in points]
    check.that(points[2]["halo_bytes_per_step"] > 0 and points[1]["halo_bytes_per_step"] == 0, "only shards have halos")
    base = whole_epoch_seconds(runs[0])
    for point, run_dir in zip(points, runs):
        expected = base / whole_epoch_seconds(run_dir) / point["ranks"]
        check.that(abs(point["efficiency"]["median"] / expected - 1) < 1e-9,
                   f"efficiency of {point['name']}: {point['efficiency']}, expected {expected}")
        check.that(point["peak_memory_bytes"] > 50e6, f"memory of {point['name']}")
    # The same batches whatever the grid: the same loss.
    losses = [report(run_dir)["epochs_table"][0]["overall_loss"] for run_dir in runs]
    check.that(max(losses) - min(losses) < 2e-3 * max(losses), f"losses {losses}")
    with open("series/scaling.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    check.equal([row["point"] for row in rows], [p["name"] for p in points], "points of the CSV")
    check.equal([float(row["efficiency"]) for row in rows], [p["efficiency"]["median"] for p in points], "CSV and JSON")
    page = pathlib.Path("series/scaling.html").read_text()
    tree.fromstring(page)
    check.that("<svg" in page and "2 of 7" in page, "curves, and what was cut")
    check.that(any("2 of 7 steps" in note for note in table["notes"]), f"notes {table['notes']}")


def weak():
    """Rounds and one process without the launcher; JSON on standard output."""
    tiny_library(config())
    result = scaling(0, "-c", config(max_steps_per_epoch=2), "--ranks", "alone,1,2", "--mode", "weak", "--repeat", 2, "--out",
                     "series", "--launch", MPIRUN, "--json", *options(warmup_batches=0))
    table = json.loads(result.out)
    check.equal(table, json.loads(pathlib.Path("series/scaling.json").read_text()), "standard output")
    check.equal([(p["name"], p["launcher"], p["global_batch"], p["measured"]) for p in table["points"]],
                [("alone", False, 1, 2), ("1-ranks-1x1x1", True, 1, 2), ("2-ranks-1x1x1", True, 2, 2)], "points")
    for point in table["points"]:
        check_point(point, "weak")
    rates = [[r["samples_per_second"] for r in p["runs"]] for p in table["points"]]
    ratios = sorted(b / a for a, b in zip(rates[0], rates[2]))
    check.that(abs(table["points"][2]["speedup"]["median"] / (sum(ratios) / 2) - 1) < 1e-9,
               f"the median of two rounds' speed-ups {ratios}: {table['points'][2]['speedup']}")


def refusals():
    """Before anything is made."""
    name = config()
    for words, says in [
            (["--ranks", "1,2"], ["2 replicas", "--ranks 1;", "--local-batch-size 2"]),
            (["--ranks", "1,x"], ["--ranks", "'x'", "1,2,4"]),
            (["--ranks", "2", "--shards", "3,1,1"], ["--shards", "powers of two"]),
            (["--ranks", "1,2", "--shards", "1,1,1 2,1,1 2,2,1"], ["3 entries"]),
            (["--ranks", "2", "--shards", "2,2,1"], ["multiple of 4"]),
            (["--ranks", "8", "--shards", "8,1,1"], ["dc_num_shards", "unet_bottleneck_dim"]),
            (["--ranks", "1", "--mode", "fast"], ["--mode", "strong", "weak"]),
            (["--ranks", "1", "--launch", "mpirun -np 1"], ["--launch", "{ranks}"]),
            (["--ranks", "1", "--launch", "no-such-launcher {ranks}"], ["no-such-launcher", "PATH"]),
            (["--ranks", "1", "--launch", "mpirun {nodes} {ranks}"], ["braces"]),
            (["--ranks", "1", "--epochs", "-1"], ["epochs", "fixed number"]),
            (["--ranks", "1", "--repeat", "0"], ["--repeat"]),
            (["--ranks", "1", "--out", "."], ["--out", "exists already"]),
            (["--ranks", "1", "--problem-scal", "4"], ["problem_scale"]),
            ([], ["--ranks"])]:
        scaling(2, "-c", name, *words, says=says)
    scaling(2, "--ranks", "1", says="-c")
    variables = {"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0"}
    expect(2, "scaling", "-c", name, "--ranks", "1", says="starts its own jobs", env=environment(variables))
    check.equal(sorted(p.name for p in pathlib.Path(".").iterdir()), ["tiny.yml"], "what is there afterwards")


def failing_point():
    """One point fails, the others are measured; the exit code, message and log say so."""
    tiny_library(config())
    words = launcher("breaks.sh", 'if [ "$ranks" = 1 ]; then exec "$@"; fi', 'echo "node is on fire" >&2', "exit 9")
    result = scaling(1, "-c", config(), "--ranks", "2,1,4", "--mode", "weak", "--out", "series", "--launch", words,
                     *options(max_steps_per_epoch=1), says=["exit code 9", "node is on fire", "log.txt", "nothing to compare"])
    table = json.loads(pathlib.Path("series/scaling.json").read_text())
    check.equal([p["measured"] for p in table["points"]], [0, 1, 0], f"measured points of {result}")
    failure = table["points"][0]["runs"][0]
    check.that("node is on fire" in pathlib.Path(failure["log"]).read_text(), "the log holds what the launcher said")
    check.equal(table["points"][1]["efficiency"]["median"], None, "efficiency without a first point")
    tree.fromstring(pathlib.Path("series/scaling.html").read_text())
    # A launcher of another MPI starts separate processes.
    words = launcher("separate.sh", 'exec "$@"')
    scaling(1, "-c", config(), "--ranks", "2", "--mode", "weak", "--out", "other", "--launch", words,
            *options(max_steps_per_epoch=1), says="it ran on 1 ranks")
    # The program's own error is repeated, not the launcher's epilogue.
    words = launcher("epilogue.sh", '"$@" --restart', "code=$?", 'echo "launcher: job ended"', "exit $code")
    scaling(1, "-c", config(), "--ranks", "1", "--out", "third", "--launch", words, says=["exit code 2", "--restart needs"])


def interrupted():
    """Ctrl-C ends the child and leaves the table of what was measured."""
    tiny_library(config())
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        out = f"series-{code}"
        args = ["scaling", "-c", config(), "--ranks", "1,2", "--mode", "weak", "--out", out, "--launch", MPIRUN, "--repeat", 50,
                *options(epochs=3, max_steps_per_epoch=1)]
        process = start(*args, env=environment(ENVIRONMENT))
        second = pathlib.Path(out) / "point-2-ranks-1x1x1" / "round-1"
        wait_for(lambda: process.poll() is not None or list(second.glob("*/events.jsonl")), "the second point's training", 120)
        process.send_signal(number)
        result = finish(process, args, 60)
        check.equal(result.code, code, f"exit code of {result}")
        table = json.loads(pathlib.Path(out, "scaling.json").read_text())
        check.equal(table["interrupted"], True, "the table says so")
        check.that(table["points"][0]["measured"] >= 1, "the first point is in the table")
        here = str(pathlib.Path(out).resolve()).encode()
        left = settled(lambda: processes(lambda pid: here in command_line(pid)), lambda found: not found, 30)
        check.equal(left, [], "processes that are left")


def command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    main(series, weak, refusals, failing_point, interrupted)
