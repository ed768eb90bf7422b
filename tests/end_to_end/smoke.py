"""From nothing to a converged run with configs/smoke.yml, and what can be done with it then."""
import pathlib
import re

import h5py
import numpy

from harness import (SMOKE, check, expect, hashes, main, only, options, report, run_folders, snapshot, stats)

FOLDERS = options(fract_base_dir="fractals", dataset_dir="datasets", base_run_dir="runs")


def smoke():
    expect(0, "generate_fractals", "-c", SMOKE, *FOLDERS)
    result = expect(0, "benchmark", "-c", SMOKE, *FOLDERS, timeout=850)
    run_dir = only(run_folders(), "run folder")
    dataset = only((p for p in pathlib.Path("datasets").iterdir() if not p.name.startswith(".")), "dataset")
    reports(run_dir, result)
    parameter_names(run_dir)
    for volume in validation_volumes(dataset)[:3]:
        predicts(run_dir, dataset, volume)
    inspects(run_dir, dataset)
    restarts(run_dir)


def reports(run_dir, result):
    found, rows = report(run_dir), stats(run_dir)
    check.that(float(rows[-1]["val_dice"]) >= 0.95, f"the last epoch reaches the target: {rows[-1]}")
    check.that(all(float(row["val_dice"]) < 0.95 for row in rows[:-1]), "training stops at the first epoch that does")
    check.equal(found["converged"], True, "converged")
    check.equal(found["epochs"], len(rows), "epochs")
    check.equal(found["best_val_dice"], max(float(row["val_dice"]) for row in rows), "best_val_dice")
    seconds = sum(float(row["epoch_duration"]) for row in rows)
    check.that(abs(found["fom_seconds"] - seconds) <= 1e-9 * seconds,
               f"fom_seconds {found['fom_seconds']} is the sum of the epochs' durations, {seconds}")
    check.that(abs(sum(found["phase_seconds"].values()) - seconds) <= 1e-6 * seconds, "phases add up")
    check.that(found["wall_seconds"] >= seconds, "no more was counted than went by")
    check.equal(found["official"], False, "official")
    check.that("problem_scale is 4, not 11" in found["reasons"], f"reasons name the scale: {found['reasons']}")
    check.that("INVALID" in result.out and "problem_scale is 4" in result.out, "the terminal says so too")
    for row in rows:
        check.that(abs(float(row["epoch_loss"]) / 168 - float(row["overall_loss"])) < 1e-9, "mean over 168 samples")
        check.that(abs(float(row["val_loss_epoch"]) / 72 - float(row["val_loss_avg"])) < 1e-9, "mean over 72 samples")
        check.equal(row["optimizer_steps"], "168", "steps of an epoch")
    page = (run_dir / "report.html").read_text()
    check.that("<svg" in page and not re.search(r"(src|href)\s*=\s*[\"']?https?:", page), "a page without network")


def parameter_names(run_dir):
    """The reference's state dict at one level: 64 channels, then 128, bottleneck 2^3."""
    expected = {}
    for block, inside, out in (("down_list.0.double_conv", 3, 64), ("down_list.1.maxpool_conv.1.double_conv", 64, 128),
                               ("up_list.0.conv.double_conv", 128, 64)):
        expected |= {f"{block}.0.weight": (out, inside, 3, 3, 3), f"{block}.3.weight": (out, out, 3, 3, 3)}
        expected |= {f"{block}.{n}.{p}": (out,) for n in (1, 4) for p in ("weight", "bias")}
    expected |= {"up_list.0.up.weight": (128, 64, 2, 2, 2), "up_list.0.up.bias": (64,),
                 "up_list.1.conv.weight": (6, 64, 1, 1, 1), "up_list.1.conv.bias": (6,)}
    with h5py.File(run_dir / "checkpoints" / "best.h5") as file:
        found = {name: value.shape for name, value in file["model"].items()}
        check.equal(found, expected, "parameters in a checkpoint")
        check.that(all(v.dtype == numpy.float32 and numpy.isfinite(v[:]).all() for v in file["model"].values()),
                   "they are finite float32")


def validation_volumes(dataset):
    names = sorted((dataset / "volumes").iterdir())
    found = [i for i, name in enumerate(names) if h5py.File(name).attrs["split"] in (b"validation", "validation")]
    check.equal(len(found), 72, "validation volumes")
    return found


def predicts(run_dir, dataset, volume):
    out = f"prediction-{volume}.h5"
    result = expect(0, "predict", "--checkpoint", run_dir / "checkpoints" / "best.h5", "--dataset", dataset, "--volume",
                    volume, "--logits", "--out", out)
    with h5py.File(out) as file:
        prediction, logits, stored = file["prediction"][:], file["logits"][:], file["dice"][:]
    with h5py.File(dataset / "volumes" / f"{volume:06d}.h5") as file:
        mask = file["mask"][:]
    check.equal((logits.shape, logits.dtype), ((6, 16, 16, 16), numpy.dtype("float32")), "logits")
    # Where two logits are equal either class may be meant.
    chosen = numpy.take_along_axis(logits, prediction[None].astype(int), 0)[0]
    check.that((chosen == logits.max(0)).all(), f"volume {volume}: the classes are those of the largest logits")
    expected = []
    for c in range(6):
        p, t = prediction == c, mask == c
        expected.append((2 * (p & t).sum() + 1e-6) / (p.sum() + t.sum() + 1e-6) if p.any() or t.any() else 1.0)
    check.that(numpy.abs(stored - expected).max() < 1e-9, f"volume {volume}: /dice {stored} is {expected}")
    printed = [float(x) for x in re.findall(r"Dice of class \d+ .*?([\d.]+)$", result.out, re.M)]
    check.that(len(printed) == 6 and numpy.abs(numpy.array(printed) - expected).max() < 1e-6,
               f"volume {volume}: printed {printed} is {expected}")
    mean = float(re.search(r"mean over foreground classes\s+([\d.]+)", result.out).group(1))
    check.that(abs(mean - numpy.mean(expected[1:])) < 1e-6, f"volume {volume}: printed mean {mean}")
    check.that(mean > 0.5, f"volume {volume}: a network that reached 0.95 on the mean scores {mean} here")
    expect(0, "inspect", out, says=["prediction", str(volume)])


def inspects(run_dir, dataset):
    library = "fractals/var0.15/seed42/points16"
    before = hashes(".")
    for path in ("fractals", library):
        expect(0, "inspect", path, says=["fractal library", "seed", "42", "points", "16", "health: good"])
    expect(0, "inspect", dataset, says=["240 (168 training, 72 validation)", dataset.name, "health: good"])
    expect(0, "inspect", dataset, "--verify", says=["every checksum fits"])
    expect(0, "inspect", dataset / "volumes" / "000000.h5", says=["volume", "float32 [3, 16, 16, 16]"])
    expect(0, "inspect", run_dir / "checkpoints" / "best.h5", says=["checkpoint", "22 tensors", dataset.name])
    expect(0, "inspect", run_dir, says=["run folder", "converged", "figure of merit"])
    check.equal(hashes("."), before, "inspecting changes nothing")


def restarts(run_dir):
    before = snapshot(run_dir)
    expect(2, "benchmark", "--restart", "--run-dir", run_dir, "--problem-scale", "5", "--n-categories", "4",
           says=["problem_scale", "n_categories"])
    check.equal(snapshot(run_dir), before, "a refused restart changes nothing")
    rows = stats(run_dir)
    result = expect(0, "benchmark", "--restart", "--run-dir", run_dir, timeout=60)
    check.that(result.seconds < 30, f"a converged run has nothing left to train: {result.seconds} s")
    check.equal(stats(run_dir), rows, "restarting a converged run leaves its table alone")
    check.that(abs(report(run_dir)["fom_seconds"] - sum(float(row["epoch_duration"]) for row in rows)) < 1e-6,
               "and its figure of merit")


if __name__ == "__main__":
    main(smoke)
