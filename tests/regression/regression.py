"""A workload that only the tests have goes through everything that the program does with one.

`python3 regression.py BINARY NAME` as in tests/end_to_end, BINARY the program with this workload.
"""
import json
import math
import os
import pathlib
import re
import signal
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))

import h5py
import numpy

import harness
from harness import check, environment, expect, finish, main, only, report, run_folders, start, stats

KEYS = {"workload": "regression", "n_samples": 24, "target_rmse": 0.001, "epochs": 6, "starting_learning_rate": 0.02,
        "local_batch_size": 4, "train_seed": 5, "torch_amp": 0, "checkpoint_interval": 1, "more_determinism": 1,
        "warmup_batches": 0, "num_threads": 1, "dataset_dir": "datasets", "base_run_dir": "runs"}
NEVER = re.compile(r"dice|mask|palette|categor|fractal|u-net|unet|voxels of class", re.I)


def config(name="regression.yml", **changes):
    pathlib.Path(name).write_text(harness.yaml({**KEYS, **changes}))
    return name


def curve(run_dir):
    return [(row["overall_loss"], row["val_loss_avg"], row["val_rmse"], row["train_rmse"]) for row in stats(run_dir)]


def speaks_of_itself(text, what):
    for line in text.splitlines():
        check.that(not NEVER.search(line.replace("scaffold-fractal", "")), f"{what} speaks of another workload: {line}")


def rmse_of(checkpoint, dataset, numbers):
    """The score from the parameters and samples themselves."""
    with h5py.File(checkpoint) as file:
        first, last = file["model/first.weight"][:], file["model/last.weight"][:]

    def convolve(x, weight):  # [C, 12, 20]; of a volume one voxel deep only the middle plane of a kernel counts
        padded = numpy.pad(x, ((0, 0), (1, 1), (1, 1)))
        out = numpy.zeros((weight.shape[0], 12, 20))
        for i in range(3):
            for j in range(3):
                out += numpy.einsum("oc,chw->ohw", weight[:, :, 1, i, j], padded[:, i:i + 12, j:j + 20])
        return out

    errors = []  # squared, of each sample
    for number in numbers:
        values = numpy.frombuffer((dataset / f"{number}.bin").read_bytes(), "<f4").astype(float)
        wave, slope, height = values[:240].reshape(1, 12, 20), values[240], values[241:].reshape(1, 12, 20)
        hidden = convolve(wave, first)
        answer = convolve(numpy.where(hidden > 0, hidden, 0.1 * hidden), last) * slope
        errors.append(((answer - height) ** 2).mean())
    return math.sqrt(sum(errors) / len(errors)), math.sqrt(max(errors))


def follows_everywhere(run_dir, worst, decades):
    """Metrics that are only in the workload's list and its score: in every record, on the page, in curves and exports."""
    last = [json.loads(line) for line in (run_dir / "events.jsonl").read_text().splitlines() if '"epoch"' in line and '"val_rmse' in line][-1]
    for name, value in (("rmse_worst", worst), ("rmse_decades", decades)):
        check.that(abs(last["val_" + name] - value) < 1e-5, f"{name}: computed again {value}, told {last}")
        check.that("best_val_" + name in report(run_dir), f"report.json has {name}")
    page = (run_dir / "report.html").read_text()
    for label in ("RMSE, worst sample", "decades of RMSE"):
        check.that(page.count(label) >= 3, f"the page has {label} in a fact, a curve and its table of epochs: {page.count(label)}")
    check.that("RMSE, worst sample" in (run_dir / "figures" / "validation_rmse.svg").read_text(), "a curve beside the score's")
    check.that("decades of RMSE" in (run_dir / "figures" / "validation_rmse_decades.svg").read_text(), "a figure of its own")
    expect(0, "export", run_dir, "--csv", "more", "--openmetrics", "more.prom", "--tensorboard", "more_board")
    check.that("validation_rmse_worst" in pathlib.Path("more/epochs.csv").read_text().splitlines()[0], "epochs.csv has it")
    check.that("validation_rmse_worst" in pathlib.Path("more.prom").read_text(), "OpenMetrics has it")
    board = b"".join(file.read_bytes() for file in pathlib.Path("more_board").rglob("*tfevents*"))
    check.that(b"rmse_worst/validation" in board and b"rmse_decades/validation" in board, "TensorBoard has them")


def trains():
    """To its target, where lower is better; every file and line names its own metric."""
    result = expect(0, "benchmark", "-c", config(epochs=60, target_rmse=0.02), says=["RMSE", "regression"])
    speaks_of_itself(result.text, "the run")
    run_dir = only(run_folders(), "run")
    rows = stats(run_dir)
    scores = [float(row["val_rmse"]) for row in rows]
    check.that(scores[-1] <= 0.02 < min(scores[:-1]), f"it ends at its target: {scores}")
    header = (run_dir / "train_stats.csv").read_text().splitlines()[0]
    check.equal(header, "epoch,epoch_loss,overall_loss,val_loss_epoch,val_loss_avg,train_rmse,val_rmse,epoch_duration,"
                "optimizer_steps,total_optimizer_steps", "columns")
    told = report(run_dir)
    check.equal(told["best_val_rmse"], scores[-1], "best score")
    check.equal(told["target_rmse"], 0.02, "target")
    check.equal(told["official"], False, "official")
    check.that("no official problem" in " ".join(told["reasons"]), told["reasons"])
    check.equal(told["dataset"]["extents"], [1, 12, 20], "extents")
    for file in ("report.json", "report.html", "events.jsonl", "log.txt", "config.yaml"):
        speaks_of_itself((run_dir / file).read_text(), file)
    dataset = pathlib.Path(told["dataset"]["folder"])
    again, worst = rmse_of(run_dir / "checkpoints" / "final.h5", dataset, range(16, 24))
    check.that(abs(again - scores[-1]) < 1e-5, f"computed again: {again}, stated: {scores[-1]}")
    follows_everywhere(run_dir, worst, math.log10(again))
    expect(0, "report", "verify", run_dir, says="VERIFIED")
    text = (run_dir / "train_stats.csv").read_text()
    (run_dir / "train_stats.csv").write_text(text.replace(rows[-1]["val_rmse"], "0.04321"))
    expect(3, "report", "verify", run_dir, says=["train_stats.csv", "val_rmse"])
    (run_dir / "train_stats.csv").write_text(text)
    speaks_of_itself(expect(0, "inspect", run_dir / "checkpoints" / "final.h5", says="channels").text, "inspect")
    expect(0, "inspect", run_dir, says="RMSE")
    viewer = harness.BINARY.with_name("scaffold-viewer")
    if viewer.exists():
        expect(3, run_dir / "checkpoints" / "final.h5", "--render", "x.png", program=viewer, says="has no panel here")
    # Watched, from its files.
    speaks_of_itself(expect(0, "watch", run_dir, "--once", says=["converged", "RMSE"]).text, "watch")
    # Exported.
    expect(0, "export", run_dir, "--csv", "csv", "--openmetrics", "run.prom", "--tensorboard", "board")
    check.that("validation_rmse" in pathlib.Path("csv/epochs.csv").read_text().splitlines()[0], "epochs.csv")
    check.that("rmse" in pathlib.Path("csv/samples.csv").read_text().splitlines()[0], "samples.csv")
    prom = pathlib.Path("run.prom").read_text()
    check.that("best_validation_rmse" in prom and "target_rmse" in prom, "run.prom")
    speaks_of_itself(prom, "OpenMetrics")


def restarts():
    """A run that was killed goes on bit for bit."""
    expect(4, "benchmark", "-c", config(base_run_dir="whole"))
    expect(4, "benchmark", "-c", config(base_run_dir="part", epochs=3))
    run_dir = only(run_folders("part"), "run")
    expect(4, "benchmark", "--restart", "--run-dir", run_dir, "--epochs", 6)
    whole = only(run_folders("whole"), "run")
    check.equal(curve(run_dir), curve(whole), "curve")
    # A learning rate that is too high makes some epochs worse: the best one is the lowest.
    expect(4, "benchmark", "-c", config(base_run_dir="rough", epochs=12, starting_learning_rate=0.3))
    rough = only(run_folders("rough"), "run")
    scores = [float(row["val_rmse"]) for row in stats(rough)]
    check.that(scores != sorted(scores, reverse=True), f"some epoch is worse than the one before: {scores}")
    with h5py.File(rough / "checkpoints" / "best.h5") as file:
        check.equal(file.attrs["best_rmse"], min(scores), "best RMSE in best.h5")
        check.equal(file.attrs["epoch"] - 1, scores.index(min(scores)) + 1, "epoch of best.h5")
    # At a random moment.
    words = ["benchmark", "-c", config(base_run_dir="killed", epochs=200, target_rmse=1e-9)]
    process = start(*words)
    table = None
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        table = next(pathlib.Path("killed").glob("*/train_stats.csv"), None)
        if table and len(table.read_text().splitlines()) > 4:
            break
        time.sleep(0.02)
    process.kill()
    finish(process, words)
    killed = only(run_folders("killed"), "run")
    complete = len(stats(killed))
    expect(4, "benchmark", "--restart", "--run-dir", killed, "--epochs", complete + 3)
    expect(4, "benchmark", "-c", config(base_run_dir="never", epochs=complete + 3, target_rmse=1e-9))
    check.equal(curve(killed), curve(only(run_folders("never"), "run")), "curve after a kill")


def ranks():
    """Sharded along one axis, and in replicas: the losses of one process."""
    expect(4, "benchmark", "-c", config(base_run_dir="one"))
    expected = curve(only(run_folders("one"), "run"))
    variables = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    for shards, batch in (([1, 1, 2], 4), ([1, 2, 1], 4), ([1, 1, 1], 2)):
        name = "x".join(map(str, shards))
        words = ["--oversubscribe", "-np", 2, harness.BINARY, "benchmark", "-c", config(), "--dc-num-shards", *shards,
                 "--local-batch-size", batch, "--base-run-dir", name]
        result = finish(start(*words, program="mpirun", env=environment(variables)), words, 120)
        check.equal(result.code, 4, f"exit code of {result}")
        found = curve(only(run_folders(name), "run"))
        check.equal(len(found), len(expected), f"epochs on {name}")
        for a, b in zip(found, expected):
            check.that(all(abs(float(x) - float(y)) <= 1e-4 * abs(float(y)) for x, y in zip(a, b)), f"{name}: {a}, alone {b}")
    expect(2, "benchmark", "-c", config(), "--dc-num-shards", 2, 1, 1, says="dc_num_shards")


def planned():
    """plan, doctor, config and generate_dataset take its keys; a key of another workload is none here."""
    machines = harness.SOURCE / "configs" / "machines"
    result = expect(0, "plan", "-c", config(), "--machine", machines / "cpu-2core.yml", "--ranks", 2, "--dc-num-shards", 1, 1, 2,
                    says=["regression of 24 waves", "1 x 12 x 10"])
    speaks_of_itself(result.text, "plan")
    found = json.loads(expect(0, "plan", "-c", config(), "--machine", machines / "h100.yml", "--json").out)
    check.equal(found["parameters"], 2 * 8 * 27, "parameters")
    check.equal(found["steps_per_epoch"], 4, "steps")
    result = expect(0, "generate_dataset", "-c", config(), says=["24 samples", "12 x 20"])
    speaks_of_itself(result.text, "generate_dataset")
    result = expect(0, "doctor", "-c", config(), "--probe-mib", 1, says="dataset: datasets/waves-24-42")
    speaks_of_itself(result.text, "doctor")
    expect(2, "benchmark", "-c", config(problem_scale=3), says=["problem_scale", "regression.yml"])
    expect(2, "benchmark", "-c", config(), "--target-rmse", -1, says="target_rmse")
    speaks_of_itself(expect(0, "config", "-c", config()).out, "config")


def campaigns():
    """Three seeds, a median, and a scaling series."""
    result = expect(0, "campaign", "-c", config(train_seed=-1, epochs=60, target_rmse=0.02), "--runs", 2, says=["RMSE", "median"])
    speaks_of_itself(result.text, "campaign")
    folder = next(pathlib.Path("runs").glob("campaign_*"))
    told = json.loads((folder / "campaign.json").read_text())
    check.that(all(run["best_val_rmse"] <= 0.02 for run in told["runs"]), told["runs"])
    expect(0, "report", "verify", folder, says="VERIFIED")
    result = expect(0, "scaling", "-c", config(base_run_dir="series"), "--mode", "strong", "--ranks", "1,2", "--epochs", 1,
                    "--launch", "mpirun --allow-run-as-root --oversubscribe -np {ranks}")
    speaks_of_itself(result.text, "scaling")


if __name__ == "__main__":
    main(trains, restarts, ranks, planned, campaigns)
