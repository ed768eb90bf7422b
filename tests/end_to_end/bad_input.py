"""What bad input gets: a message that says what is wrong and where, the right exit code, and nothing lost."""
import errno
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess

import h5py
import numpy

import harness
from harness import (TINY, check, environment, expect, finish, flip_byte, main, only, options, report, rewrite_header, run,
                     run_folders, shared, snapshot, start, stats, tiny_library, truncate, write_config, xxh3)
from restart import wait_for_training


def usage():
    """Each command has help with an example; what is not there is said."""
    commands = ["generate_fractals", "generate_dataset", "benchmark", "predict", "inspect", "config", "plan", "scaling"]
    expect(0, "--help", says=commands + ["Exit codes"])
    expect(0, "--version", says=["scaffold", "LibTorch", "HDF5", "MPI", "compiler", "CUDA"])
    for command in commands:
        expect(0, command, "--help", says=["Example", "--"])
    expect(2, says=["missing", *commands])
    expect(2, "report", says=["scaffold report", "missing", "verify"])
    expect(2, "train", says="'train'")
    expect(2, "frobnicate", says=["'frobnicate'", "the nearest is '", *commands])
    expect(2, "x" * 40, says=["x" * 40, *commands])
    for word, near in (("benchmrk", "benchmark"), ("generate-dataset", "generate_dataset"), ("Config", "config")):
        expect(2, word, "-c", "tiny.yml", "--epochs", "3", says=[f"'{word}'", f"did you mean '{near}'?"])
    expect(2, "benchmrk", "inspect", says=["'benchmrk'", "did you mean 'benchmark'?"])
    expect(2, "bench", "krnels", says=["'krnels'", "scaffold bench", "did you mean 'kernels'?"])
    expect(2, "-c", "tiny.yml", says=["'-c'", "benchmark"])
    expect(2, "predict", "--volume", "0", says="required")
    expect(2, "inspect")
    for command in ("generate_fractals", "generate_dataset", "benchmark", "config"):
        expect(2, command, says="-c")
    expect(2, "benchmark", "-c", "nowhere.yml", says="nowhere.yml")
    expect(2, "benchmark", "-c", ".", says="'.'")
    expect(2, "benchmark", "--restart", says="--run-dir")
    expect(2, "benchmark", "-c", write_config(), "--run-dir", "runs", says="--restart")
    expect(2, "benchmark", "-c", write_config(), "--restart", says="--run-dir")
    check.that(not pathlib.Path("runs").exists(), "nothing was made")


def configuration():
    """(text, what the message must name besides the file) — every one exits with 2."""
    bad = {
        "problem_scal: 5\n": ["problem_scal", ":1", "problem_scale"],
        "# x\nlocal_batchsize: 5\n": ["local_batchsize", ":2", "local_batch_size"],
        "problem_scale: five\n": ["problem_scale", ":1", "five", "integer"],
        "problem_scale: '5'\n": ["problem_scale", ":1"],
        "\nproblem_scale: 99\n": ["problem_scale", ":2", "99", "14"],
        "problem_scale: 999999999999999999999\n": ["problem_scale", ":1"],
        "problem_scale: [5, 6]\n": ["problem_scale", ":1", "list"],
        "dc_num_shards: [1, 1]\n": ["dc_num_shards", ":1"],
        "dc_num_shards: [3, 1, 1]\n": ["dc_num_shards", ":1"],
        "dc_shard_dims: [2, 2, 3]\n": ["dc_shard_dims", ":1"],
        "seed: 1\n\nseed: 2\n": ["seed", "line 1", ":3"],
        "torch_amp: yes\n": ["torch_amp", ":1", "yes"],
        "target_dice: nan\n": ["target_dice", ":1"],
        "optimizer: LION\n": ["optimizer", ":1", "LION", "ADAM"],
        "framework: jax\n": ["framework", "jax", "torch"],
        "job_name: ../x\n": ["job_name", "../x"],
        "unet_bottleneck_dim: 5\nproblem_scale: 5\n": ["unet_bottleneck_dim", ":1"],
        "problem_scale: {a: 1}\n": ["problem_scale", ":1"],
        "just words\n": [":1"], "a: &x 1\nb: *x\n": [":"], "seed: !!int 5\n": [":1"],
        "seed: 5\n---\nseed: 6\n": [":"], "seed: [\n": [":"], "seed: 5\n\tx: 1\n": [":"], "\0\0\0\0": [], 
        "a" * 2000000: [], "[" * 100000: [], "{a: " * 50000: [],
    }
    for text, words in bad.items():
        pathlib.Path("bad.yml").write_bytes(text.encode("latin-1"))
        result = expect(2, "config", "-c", "bad.yml", says=["bad.yml"] + words, timeout=20)
        check.that(len(result.text) < 2000, f"a message of reasonable length, not {len(result.text)}")
    for words in (["--problem-scale", "five"], ["--seed", "1", "--seed", "2"], ["--no-such-key", "1"],
                  ["--dc-num-shards", "2", "1"], ["--torch-amp"], ["--job-name", "--seed"], ["--epochs", "0"]):
        key = words[0].strip("-").replace("-", "_")
        expect(2, "config", "-c", write_config(), *words, says=key if len(words) == 2 else [])


def paths():
    """Variables and ~ in paths are expanded and recorded so; what is not set is refused, and nothing made."""
    config = write_config(epochs=1)
    tiny_library(config)
    env = environment({"SCRATCH": os.getcwd() + "/scratch", "HOME": os.getcwd() + "/home"})
    env.pop("NOT_SET", None)
    before = snapshot(".")
    for key in ("base_run_dir", "dataset_dir", "fract_base_dir", "checkpoint_dir", "stage_dir"):
        expect(2, "benchmark", "-c", config, *options(**{key: "$NOT_SET/x"}), says=[key, "NOT_SET"], env=env)
        pathlib.Path("unset.yml").write_text(f"{key}: ${{NOT_SET}}/x\n")
        expect(2, "benchmark", "-c", config, "-c", "unset.yml", says=["unset.yml:1", key, "NOT_SET"], env=env)
        pathlib.Path("unset.yml").unlink()
    unset = "$NOT_SET/x"
    for option, words in (
            ("--out", ["scaling", "-c", config, "--ranks", "alone", "--out", unset]),
            ("-c", ["config", "-c", unset]), ("-c", ["scaling", "--ranks", "alone", "-c", unset]),
            ("--resume", ["campaign", "--resume", unset]),
            ("--run-dir", ["benchmark", "--restart", "--run-dir", unset]),
            ("--trace", ["benchmark", "-c", config, "--trace", unset]),
            ("--checkpoint", ["predict", "--volume", 0, "--dataset", "x", "--out", "p.h5", "--checkpoint", unset]),
            ("--dataset", ["predict", "--volume", 0, "--checkpoint", "x", "--out", "p.h5", "--dataset", unset]),
            ("--out", ["predict", "--volume", 0, "--checkpoint", "x", "--dataset", "x", "--out", unset]),
            ("--machine", ["plan", "-c", config, "--machine", unset]),
            ("path", ["inspect", unset]), ("path", ["report", "verify", unset]),
            ("--dataset", ["report", "verify", "x", "--dataset", unset]),
            ("target", ["watch", unset]), ("--key", ["watch", "tcp://127.0.0.1:1", "--key", unset]),
            ("path", ["export", unset, "--csv", "x"]), ("--csv", ["export", "x", "--csv", unset]),
            *((option, ["export", "x", "--volume", 0, option, unset])
              for option in ("--tensorboard", "--openmetrics", "--nifti", "--ome-zarr", "--vtkhdf")),
            ("dataset", ["bench", "loader", unset]), ("folder", ["bench", "io", unset]),
            ("--folder", ["bench", "fractals", "--folder", unset]),
            ("--roofline", ["bench", "kernels", "--roofline", unset])):
        expect(2, *words, says=[f"command line: {option}:", "NOT_SET is not set"], env=env)
    check.equal(snapshot("."), before, "nothing was made")
    pathlib.Path("paths.yml").write_text("dataset_dir: $SCRATCH/data\nstage_dir: ${SCRATCH}/fast\n")
    expect(4, "benchmark", "-c", config, "-c", "paths.yml", "--base-run-dir", "~/runs", env=env)
    run_dir = only(run_folders("home/runs"), "run folder")
    recorded = (run_dir / "config.yaml").read_text()
    for text in (f"dataset_dir: {os.getcwd()}/scratch/data", f"base_run_dir: {os.getcwd()}/home/runs"):
        check.that(text in recorded.replace('"', ""), f"'{text}' in {recorded}")
    check.that(not any(p.name.startswith(("$", "~")) for p in pathlib.Path(".").rglob("*")), "no folder of that name")
    check.equal(list(pathlib.Path("scratch/fast").iterdir()), [], "left in stage_dir")
    expect(0, "inspect", "~/runs", says=run_dir.name, env=env)
    expect(0, "export", "$HOME/runs/" + run_dir.name, "--csv", "${SCRATCH}/tables", env=env)
    check.that(pathlib.Path("scratch/tables/epochs.csv").is_file(), "tables where they were meant to be")
    # A dollar sign in a name is $$ on the command line, also in the script that goes on.
    odd = pathlib.Path("home/runs/a $b'~")
    shutil.copytree(run_dir, odd)
    expect(0, "inspect", str(odd).replace("$", "$$"), says="run folder")
    script = pathlib.Path("home/runs/a $b'~/restart.sh").resolve()
    result = subprocess.run([script, "--epochs", "2"], capture_output=True, text=True, cwd="/")
    check.that(result.returncode == 4 and "$b'~" in result.stderr + result.stdout, f"its restart.sh: {result}")
    # Elsewhere the variables may not be set: the record is enough.
    expect(4, "benchmark", "--restart", "--run-dir", run_dir, "--epochs", "2")


def library():
    """Missing, lacking a category, damaged, edited, foreign, newer."""
    config = write_config()
    expect(3, "benchmark", "-c", config, says="generate_fractals")
    expect(3, "generate_dataset", "-c", config, says="generate_fractals")
    tiny_library(config)
    folder = pathlib.Path("fractals/var0.15/seed42/points2")
    expect(3, "generate_dataset", "-c", config, "--n-categories", "6", says=["5", "6", "generate_fractals"])
    good = snapshot("fractals")
    csv, record = folder / "000002.csv", folder / "library.json"
    numbers = csv.read_text()
    for damage in ("", "garbage\n", numbers[: len(numbers) // 2], numbers + numbers, numbers.replace(",", ";"),
                   numbers.replace("0.", "1.", 1), "nan," * 13, "\0" * 400, "9" * 100000,
                   ",".join(["1e999"] * 13) + "\n"):
        csv.write_text(damage)
        expect(3, "generate_dataset", "-c", config, says="000002.csv")
        expect(3, "generate_fractals", "-c", config, says="000002.csv")
    csv.unlink()
    expect(3, "generate_dataset", "-c", config, says=["2", "generate_fractals"])
    tiny_library(config)
    check.equal(snapshot("fractals"), good, "the hole is filled with the same category")
    whole = record.read_text()
    for damage in ("", "{", "[]", "null", whole[:100], "[" * 100000, whole.replace('"version": 1', '"version": 99'),
                   whole.replace('"version": 1', '"version": 18446744073709551616'), whole.replace("seed", "sead")):
        record.write_text(damage)
        expect(3, "generate_dataset", "-c", config, says="library.json")
    record.write_text(whole)
    expect(0, "generate_dataset", "-c", config)


def dataset():
    """A volume that is truncated, garbage, foreign, newer or missing; an index that is damaged."""
    config = write_config(target_dice=0.01, epochs=1)
    tiny_library(config)
    expect(0, "generate_dataset", "-c", config)
    folder = only((p for p in pathlib.Path("datasets").iterdir() if not p.name.startswith(".")), "dataset")
    volume, index = folder / "volumes" / "000001.h5", folder / "index.json"
    whole = volume.read_bytes()

    def newer(path):
        rewrite_header(path, lambda lines: ["version 99" if line.startswith("version ") else line for line in lines])

    damages = {
        "truncated": lambda: truncate(volume, len(whole) // 2),
        "cut by a byte": lambda: truncate(volume, len(whole) - 1),
        "empty": lambda: truncate(volume, 0), "header flipped": lambda: flip_byte(volume, 30),
        "metadata flipped": lambda: flip_byte(volume, 2000), "longer": lambda: volume.write_bytes(whole + b"x"),
        "garbage": lambda: volume.write_bytes(os.urandom(len(whole))), "newer": lambda: newer(volume),
        "foreign": lambda: h5py.File(volume, "w").create_dataset("image", data=numpy.zeros(3)).file.close(),
        "a folder": lambda: (volume.unlink(), volume.mkdir()), "missing": volume.unlink,
    }
    for name, damage in damages.items():
        damage()
        result = expect(3, "inspect", folder, "--verify", says="000001.h5")
        check.that(name != "newer" or "99" in result.text, f"the version is named: {result}")
        if volume.exists():
            expect(3, "inspect", volume)
        shutil.rmtree(volume) if volume.is_dir() else volume.unlink(missing_ok=True)
        volume.write_bytes(whole)
    flip_byte(volume, -2000)  # within the image: only its checksum can tell
    expect(3, "inspect", folder, "--verify", says="000001.h5")
    expect(3, "inspect", volume, "--verify")
    expect(3, "benchmark", "-c", config, says="000001.h5")
    volume.write_bytes(whole)
    expect(0, "inspect", folder, "--verify", says="every checksum fits")

    text = index.read_text()
    body = json.loads(text)
    del body["checksum"]

    def with_checksum(change):
        changed = json.loads(json.dumps(body))
        change(changed)
        rest = json.dumps(changed)[1:] + "\n"
        return f'{{"checksum": "{xxh3(rest.encode())}",\n{rest}'

    for name, damage in {
            "empty": "", "cut": text[:200], "flipped": text.replace('"training"', '"validation"', 1),
            "no JSON": "x" * 500,
            "deep": "[" * 100000, "newer": with_checksum(lambda b: b.update(version=99)),
            "no volumes": with_checksum(lambda b: b.update(volumes=[])),
            "a path outside": with_checksum(lambda b: b["volumes"][0].update(file="../../../etc/passwd")),
            "wrong types": with_checksum(lambda b: b.update(volumes={"a": 1}, palette="red")),
            "bad chunk": with_checksum(lambda b: b.update(chunk=[0, 0, 0])),
            "huge chunk": with_checksum(lambda b: b.update(chunk=[1 << 40, 1, 1]))}.items():
        index.write_text(damage)
        expect(3, "inspect", folder, says="index.json")
        result = expect(3, "benchmark", "-c", config, says="index.json")
        check.that(name != "newer" or "99" in result.text, f"the version is named: {result}")
    index.unlink()
    expect(3, "benchmark", "-c", config)
    expect(0, "benchmark", "-c", config, "--datagen-from-scratch", "1")
    expect(0, "inspect", folder, "--verify", says="every checksum fits")
    check.equal(volume.read_bytes(), whole, "the same volume from scratch")


def trained(**changes):
    """A finished little run: (its folder, its dataset)."""
    def make():
        config = write_config(**changes)
        tiny_library(config)
        expect(4, "benchmark", "-c", config, "--epochs", "1", says="INVALID")

    shared(("a run of one epoch", {**TINY, **changes}), make)
    dataset_dir = only((p for p in pathlib.Path("datasets").iterdir() if not p.name.startswith(".")), "dataset")
    return only(run_folders(), "run folder"), dataset_dir


def checkpoint():
    """A bad last.h5 is set aside and best.h5 used; where both are bad nothing is lost and 3 the answer."""
    run_dir, dataset_dir = trained()
    folder = run_dir / "checkpoints"
    last, best = folder / "last.h5", folder / "best.h5"
    whole = best.read_bytes()
    expect(0, "inspect", run_dir, "--verify", says="every checksum fits")
    best.unlink()
    best.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    expect(3, "inspect", run_dir, "--verify", says="best.h5")
    best.unlink()
    best.write_bytes(whole)
    # In place, as a disk would: best.h5 must not suffer with it.
    truncate(last, 5000)
    check.that(best.read_bytes() == whole, "damage to last.h5 leaves best.h5 alone")
    best.write_bytes(whole) if best.stat().st_ino != last.stat().st_ino else (best.unlink(), best.write_bytes(whole))
    expect(4, "benchmark", "--restart", "--run-dir", run_dir, "--epochs", "2", says=["last.h5", "best.h5", "set aside"])
    check.equal(len(stats(run_dir)), 2, "epochs after the restart from best.h5")
    check.equal(len(list(folder.glob("unreadable_*"))), 1, "files set aside")
    for file in (last, best):
        file.unlink()
        file.write_bytes(os.urandom(3000))
    rows = stats(run_dir)
    expect(3, "benchmark", "--restart", "--run-dir", run_dir, "--epochs", "3", says="best.h5")
    check.equal(stats(run_dir), rows, "the table when no checkpoint can be read")
    for damage in (b"", whole[:1000], whole[:-1], whole + b"\0", whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:],
                   whole.replace(b"kind checkpoint", b"kind heckpointc", 1), b"\x89HDF\r\n\x1a\n" + b"\0" * 5000):
        pathlib.Path("bad.h5").write_bytes(damage)
        expect(3, "inspect", "bad.h5", says="bad.h5")
        expect(3, "predict", "--checkpoint", "bad.h5", "--dataset", dataset_dir, "--volume", 0, "--out", "p.h5",
               says="bad.h5")
    good = ["--checkpoint", "good.h5", "--dataset", dataset_dir]
    pathlib.Path("good.h5").write_bytes(whole)
    volume = dataset_dir / "volumes" / "000000.h5"
    for file, folder, culprit in ((volume, dataset_dir, "000000.h5"), ("none.h5", dataset_dir, "none.h5"),
                                  ("good.h5", "nowhere", "nowhere")):
        expect(3, "predict", "--checkpoint", file, "--dataset", folder, "--volume", 0, "--out", "p.h5", says=culprit)
    for number in (-1, 10, 1 << 40):
        expect(3, "predict", *good, "--volume", number, "--out", "p.h5", says=["0 to 9", str(number)])
    check.that(not pathlib.Path("p.h5").exists(), "nothing was written")
    expect(0, "predict", *good, "--volume", 0, "--out", "p.h5")


def crafted_checkpoint():
    """Checkpoints whose checksums fit but whose contents do not: not finite, of another network, another dataset."""
    run_dir, dataset_dir = trained()
    folder = run_dir / "checkpoints"
    last, best = folder / "last.h5", folder / "best.h5"
    whole = last.read_bytes()
    best.unlink()

    def craft(path, change):
        path.unlink(missing_ok=True)
        path.write_bytes(whole)
        with h5py.File(path, "r+") as file:
            change(file)
        rewrite_header(path)

    craft(last, lambda file: file["model/up_list.1.conv.bias"].__setitem__(0, numpy.nan))
    poisoned = last.read_bytes()
    rows = stats(run_dir)
    expect(5, "benchmark", "--restart", "--run-dir", run_dir, "--epochs", "3", says=["loss", "epoch 2"])
    check.that(last.read_bytes() == poisoned, "a loss that is not finite is never checkpointed")
    check.equal(stats(run_dir), rows, "nor does it enter the table")
    found = report(run_dir)
    check.equal((found["status"], found["converged"], found["official"]), ("failed", False, False), "report of a NaN")

    def attribute(name, value):
        return lambda file: file.attrs.modify(name, value)

    table = (run_dir / "train_stats.csv").read_bytes()
    crafts = {
        "levels": attribute("levels", 9),
        "many levels": attribute("levels", 1 << 40), "classes": attribute("classes", 200),
        "negative epoch": attribute("epoch", -5), "step beyond the epoch": attribute("step", 1 << 40),
        "negative step": attribute("step", -1), "epoch beyond the table": attribute("epoch", 1 << 40),
        "a parameter is gone": lambda file: file["model"].__delitem__("up_list.1.conv.bias"),
        "no optimizer": lambda file: file.__delitem__("optimizer"), "no model": lambda file: file.__delitem__("model"),
        "no attribute": lambda file: file.attrs.__delitem__("total_steps"),
        "another dataset": attribute("dataset_hash", numpy.bytes_("0123456789abcdef")),
        "another shape": lambda file: (file["model"].__delitem__("up_list.1.conv.bias"),
                                       file["model"].create_dataset("up_list.1.conv.bias", data=numpy.zeros(7, "f4"))),
        "another type": lambda file: (file["model"].__delitem__("up_list.1.conv.bias"),
                                      file["model"].create_dataset("up_list.1.conv.bias", data=numpy.zeros(6, "i8"))),
    }
    for name, change in crafts.items():
        craft(last, change)
        best.unlink(missing_ok=True)
        (run_dir / "train_stats.csv").write_bytes(table)
        result = run("benchmark", "--restart", "--run-dir", run_dir, "--epochs", "2", timeout=60)
        check.equal(result.code, 3, f"{name}: exit code of {result}")
        check.that("unexpected" not in result.text and "c10" not in result.text, f"{name}: {result}")
        check.equal(stats(run_dir), rows, f"{name}: the table")


def run_folder():
    """Missing, not one, damaged, in use."""
    pathlib.Path("empty").mkdir()
    pathlib.Path("file").write_text("x")
    for path in ("nowhere", "empty", "file"):
        expect(3, "benchmark", "--restart", "--run-dir", path, says=path)
        expect(3, "inspect", path, says=path)
    config = write_config(epochs=-1)
    tiny_library(config)
    args = ["benchmark", "-c", config]
    process = start(*args)
    run_dir = wait_for_training(process, "runs")
    expect(3, "benchmark", "--restart", "--run-dir", run_dir, says="another process")
    process.send_signal(signal.SIGTERM)
    check.equal(finish(process, args, 60).code, 143, "the run that was there first")
    recorded = (run_dir / "config.yaml").read_text()
    for damage in ("garbage", "", recorded[: recorded.index("problem_scale")]):
        (run_dir / "config.yaml").write_text(damage)
        expect(3, "benchmark", "--restart", "--run-dir", run_dir, says="config.yaml")
    # Edited: whatever is wrong first, no other problem may be trained on under the run's name.
    (run_dir / "config.yaml").write_text(recorded.replace("problem_scale: 3", "problem_scale: 4"))
    expect(0, "generate_fractals", "-c", config, "--problem-scale", "4")
    datasets = sorted(p.name for p in pathlib.Path("datasets").iterdir())
    expect(3, "benchmark", "--restart", "--run-dir", run_dir)
    check.equal(sorted(p.name for p in pathlib.Path("datasets").iterdir()), datasets,
                "no dataset is generated before the checkpoint is asked")
    (run_dir / "config.yaml").write_text(recorded)
    for changes in (["--seed", "7"], ["--torch-amp", "1"], ["--starting-learning-rate", "0.5"], ["--train-seed", "6"]):
        expect(2, "benchmark", "--restart", "--run-dir", run_dir, *changes, says=changes[0][2:].replace("-", "_"))
    shutil.move(run_dir, "moved run")
    rows = len(stats("moved run"))
    expect(4, "benchmark", "--restart", "--run-dir", "moved run", "--epochs", rows + 1)
    check.equal(len(stats("moved run")), rows + 1, "epochs of a moved run")


def unwritable():
    """Folders that cannot be: said before work begins."""
    config = write_config()
    tiny_library(config)
    pathlib.Path("file").write_text("x")
    for key, place in (("base_run_dir", "file"), ("base_run_dir", "file/below"), ("base_run_dir", "/proc/none"),
                       ("dataset_dir", "file"), ("dataset_dir", "/proc/none")):
        result = expect(1, "benchmark", "-c", config, *options(**{key: place}), says=place)
        check.that(result.seconds < 20, f"said at once: {result.seconds} s")
    check.that(not pathlib.Path("datasets").exists(), "base_run_dir is tried before a dataset is generated")
    expect(1, "generate_fractals", "-c", config, "--fract-base-dir", "file", says="file")
    expect(1, "generate_fractals", "-c", config, "--fract-base-dir", "/proc/none", says="/proc/none")


def without_locks():
    """A file system without flock: said before data are made, and no empty run folder stays."""
    config = write_config(epochs=1)
    tiny_library(config)
    base = pathlib.Path.cwd()

    def refuses(error, folder, *args):
        shim = {"LD_PRELOAD": str(harness.BINARY.parent / "libwithout_flock.so"), "WITHOUT_FLOCK_IN": str(base / folder),
                "WITHOUT_FLOCK_ERROR": str(error)}
        return expect(1, *args, says=[folder, "cannot lock files"], env=environment(shim))

    for error in (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK, 524):
        refuses(error, "runs", "benchmark", "-c", config)
        refuses(error, "fast", "benchmark", "-c", config, "--stage-dir", "fast/disk")
        check.equal(list(pathlib.Path("runs").iterdir()), [], "run folders that stay")
        check.that(not pathlib.Path("datasets").exists(), "no data are made in vain")
    refuses(errno.ENOLCK, "series", "scaling", "-c", config, "--ranks", "alone", "--out", "series/one")
    check.that(not pathlib.Path("datasets").exists(), "nor for a series")
    refuses(errno.ENOLCK, "datasets", "generate_dataset", "-c", config)
    check.equal(list(pathlib.Path("datasets").iterdir()), [], "left in a folder that cannot be locked")
    expect(4, "benchmark", "-c", config)


def full_disk():
    """A limit on file sizes stands for the disk that is full: writing fails midway."""

    def limited(size):
        def prepare():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return {"preexec_fn": prepare, "restore_signals": False}

    config = write_config(epochs=2)
    tiny_library(config)
    expect(1, "generate_dataset", "-c", config, says="datasets", **limited(8192))
    check.equal([p.name for p in pathlib.Path("datasets").iterdir() if not p.name.startswith(".lock")], [],
                "left of a dataset that could not be written")
    expect(0, "generate_dataset", "-c", config)
    result = expect(4, "benchmark", "-c", config, says="checkpoint", **limited(1 << 20))
    check.that(re.search(r"cannot write '[^']*/checkpoints/last.h5': File too large; raise the limit", result.text),
               f"the file, the reason and what to do: {result}")
    for words in ("HDF5", "errno", "file write failed", "driver", ".tmp"):
        check.that(words not in result.text, f"'{words}' is nothing to people: {result}")
    run_dir = only(run_folders(), "run folder")
    check.equal(len(stats(run_dir)), 2, "training goes on without checkpoints")
    check.equal([p.name for p in (run_dir / "checkpoints").glob("*")], [], "no half a checkpoint is left")
    check.that("could not be written" in result.text, f"it is said that there is none: {result}")


def too_large():
    """A scale that no memory holds: says how much it needs, before anything is made."""
    for changes in (options(problem_scale=10), options(problem_scale=13, unet_bottleneck_dim=0),
                    options(problem_scale=6, local_batch_size=65536)):
        result = expect(2, "benchmark", "-c", write_config(), *changes, says=["memory", "iB", "needs"], timeout=30)
        check.that(result.seconds < 15, f"said at once: {result.seconds} s")
    # Hand-made library, so that no cloud of this size has to be judged first.
    tiny_library("tiny.yml")
    shutil.copytree("fractals/var0.15/seed42/points2", "fractals/var0.15/seed42/points2147483648")
    os.remove("fractals/var0.15/seed42/points2147483648/library.json")
    expect(2, "generate_dataset", "-c", "tiny.yml", "--problem-scale", "13", "--n-fracts-per-vol", "6",
           says=["memory", "iB"], timeout=30)


def ends():
    """Epochs run out: 4. Reports say why a run is not official."""
    run_dir, _ = trained()
    found = report(run_dir)
    check.equal((found["converged"], found["fom_seconds"], found["official"]), (False, None, False), "not converged")
    for word in ("problem_scale", "train_seed", "epochs", "n_instances_used_per_fractal"):
        check.that(any(word in reason for reason in found["reasons"]), f"reasons name {word}: {found['reasons']}")
    expect(0, "benchmark", "-c", "tiny.yml", "--target-dice", "0.001", "--dataset-format", "compact", says="INVALID")
    compact = max((report(p) for p in run_folders()), key=lambda r: r["converged"])
    check.that(any("compact" in reason for reason in compact["reasons"]), f"compact is said: {compact['reasons']}")
    check.that(compact["fom_seconds"] > 0, "a figure of merit all the same")


def launcher():
    """A launcher that started more processes than MPI knows of must not make as many runs that know nothing of each other."""
    config = write_config()
    tiny_library(config)
    for variables in ({"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "0"}, {"PMI_SIZE": "2", "PMI_RANK": "1"},
                      {"SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "1"}):
        expect(2, "benchmark", "-c", config, says="processes", env=environment(variables))
    check.that(not pathlib.Path("runs").exists(), "no run was begun")


if __name__ == "__main__":
    main(usage, configuration, paths, library, dataset, checkpoint, crafted_checkpoint, run_folder, unwritable, without_locks,
         full_disk, too_large, ends, launcher)
