"""What an earlier version wrote (tests/compatibility) is made again bit for bit, read, and verified."""
import json
import pathlib
import re
import shutil

import h5py

from harness import SOURCE, check, expect, main, only, report, run_folders

OLD = SOURCE / "tests" / "compatibility"


def config():
    shutil.copy(OLD / "config.yml", "old.yml")
    return "old.yml"


def dataset():
    """The same keys make the same fractals, plan and volumes; their checksums are of contents, not of HDF5's bytes."""
    expect(0, "generate_fractals", "-c", config())
    expect(0, "generate_dataset", "-c", "old.yml")
    old = json.loads((OLD / "index.json").read_text())
    new = json.loads((pathlib.Path("datasets") / old["hash"] / "index.json").read_text())
    for key in ("categories", "chunk", "format", "hash", "keys", "palette", "version"):
        check.equal(new[key], old[key], key)
    check.equal(len(new["volumes"]), len(old["volumes"]), "volumes")
    for mine, other in zip(new["volumes"], old["volumes"]):
        for key in ("file", "fractals", "split"):
            check.equal(mine[key], other[key], f"{key} of {other['file']}")
        for part in ("image", "mask"):
            check.equal(mine[part]["xxh3"], other[part]["xxh3"], f"{part} of {other['file']}")


def run():
    """Records of before there were digests, workloads and classes present: every number fits, and one that is changed does not."""
    expect(0, "generate_fractals", "-c", config())
    expect(0, "generate_dataset", "-c", "old.yml")
    shutil.copytree(OLD / "run", "run")
    result = expect(3, "report", "verify", "run", says=["NOT CHECKED", "figure of merit, recounted from events.jsonl", "every checksum"])
    check.that("DIFFERS" not in result.text, f"nothing differs: {result}")
    stated = json.loads((OLD / "run" / "report.json").read_text())
    expect(0, "inspect", "run", says=["problem_scale", "epochs", "target_dice"])
    expect(4, "watch", "run", "--once", says=["target not met", "4 epochs"])
    expect(0, "export", "run", "--csv", "csv", "--openmetrics", "run.prom")
    rows = pathlib.Path("csv/epochs.csv").read_text().splitlines()
    check.equal(len(rows), 1 + stated["epochs"], "epochs in the CSV")
    columns = dict(zip(rows[0].split(","), rows[-1].split(",")))
    check.equal(float(columns["validation_dice"]), stated["epochs_table"][-1]["val_dice"], "Dice in the CSV")
    check.equal(float(columns["dice_class_5"]), stated["epochs_table"][-1]["dice_per_class"][5], "Dice of a class in the CSV")
    table = pathlib.Path("run/train_stats.csv")
    text = table.read_text()
    number = text.splitlines()[-1].split(",")[1]
    table.write_text(text.replace(number, number[:-1] + str((int(number[-1]) + 1) % 10)))
    expect(3, "report", "verify", "run", says=["DIFFERS", "train_stats.csv", "epoch_loss"])


def restarted():
    """A run that was begun before a metric was there, and continued after: its records fit, and say nothing of what was not measured."""
    expect(0, "generate_fractals", "-c", config())
    expect(4, "benchmark", "-c", "old.yml", "--epochs", 2, "--base-run-dir", "runs")
    run_dir = only(run_folders(), "run")
    for path in (run_dir / "events.jsonl", run_dir / "report.json"):
        path.write_text(re.sub(r',\s*"val_dice_present": ?[^,}\n]*', "", path.read_text()))
    (run_dir / "digests.json").unlink(missing_ok=True)
    expect(4, "benchmark", "--restart", "--run-dir", run_dir, "--epochs", 3)
    epochs = report(run_dir)["epochs_table"]
    check.equal(["val_dice_present" in epoch for epoch in epochs], [False, False, True], "epochs that have the metric")
    expect(0, "report", "verify", run_dir, says="VERIFIED")
    expect(0, "export", run_dir, "--csv", "csv")
    rows = pathlib.Path("csv/epochs.csv").read_text().splitlines()
    column = rows[0].split(",").index("validation_dice_present")
    check.equal([row.split(",")[column] == "" for row in rows[1:]], [True, True, False], "cells without a value")


def checkpoint():
    """The same arrays and attributes, types and extents included: the old program would read the new one's file."""
    expect(0, "generate_fractals", "-c", config())
    expect(4, "benchmark", "-c", "old.yml", "--epochs", 4, "--base-run-dir", "runs")
    run_dir = only(run_folders(), "run")
    found = {}
    with h5py.File(run_dir / "checkpoints" / "last.h5") as file:
        found["attributes"] = {key: str(file.attrs.get_id(key).dtype) for key in file.attrs}

        def visit(name, thing):
            if not isinstance(thing, h5py.Dataset):
                found[name] = "group"
            else:
                found[name] = ["text", []] if name == "config" else [str(thing.dtype), list(thing.shape)]

        file.visititems(visit)
    old = json.loads((OLD / "checkpoint.json").read_text())
    for kind in (old, found):
        kind["attributes"].pop("commit")  # a text as long as the commit's name
    check.equal(found, old, "arrays and attributes")
    check.equal(report(run_dir)["dataset"]["hash"], json.loads((OLD / "index.json").read_text())["hash"], "dataset")


if __name__ == "__main__":
    main(dataset, run, restarted, checkpoint)
