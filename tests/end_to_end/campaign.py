"""scaffold campaign and scaffold report verify: runs of several seeds, killed and resumed; altered copies."""
import csv
import json
import math
import os
import pathlib
import re
import shutil
import signal
import statistics
import xml.etree.ElementTree as tree

from harness import (Fatal, check, environment, expect, finish, flip_byte, leftovers, main, only, options, report, snapshot,
                     start, stats, wait_for, write_config)

ENVIRONMENT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
# An epoch is enough to reach this target.
EASY = dict(target_dice=0.001, epochs=-1, checkpoint_interval=-1, train_seed=-1)
# So small a rate learns nothing: a Dice of 1 was reached at scale 3 within three epochs by one drawn seed in many.
MISSES = dict(target_dice=1, starting_learning_rate=1e-12, min_learning_rate=0)


def config(**changes):
    return write_config(**{**EASY, **changes})


def campaign_folder():
    return only(pathlib.Path("runs").glob("campaign_*"), "campaign folder").resolve()


def record(folder):
    return json.loads((folder / "campaign.json").read_text())


def check_statistics(found):
    """Against the definitions in docs/campaign.md."""
    seconds = sorted(run["fom_seconds"] for run in found["runs"] if run["fom_seconds"] is not None)
    n, fom = len(seconds), found["fom_seconds"]
    check.equal(fom["median"], statistics.median(seconds), "median")
    quartiles = statistics.quantiles(seconds, n=4, method="inclusive")
    t = {3: 4.302652729911275, 4: 3.182446305284263}[n]
    half = t * statistics.stdev(seconds) / (0.6 * math.sqrt(n))  # nothing is trimmed of so few
    for key, expected in (("q1", quartiles[0]), ("q3", quartiles[2]),
                          ("cv", statistics.stdev(seconds) / statistics.mean(seconds)),
                          ("interval_low", statistics.mean(seconds) - half),
                          ("interval_high", statistics.mean(seconds) + half)):
        check.that(math.isclose(fom[key], expected, rel_tol=1e-9, abs_tol=1e-12), f"{key}: {fom[key]}, expected {expected}")


def check_campaign(folder, seeds):
    found = record(folder)
    check.equal(found["format"], "scaffold-campaign", "format")
    check.equal([run["seed"] for run in found["runs"]], seeds, "seeds")
    check.equal([run["status"] for run in found["runs"]], ["converged"] * len(seeds), "statuses")
    check.equal(found["official"], False, "official at scale 3")
    check.that(any("problem_scale is 3" in reason for reason in found["reasons"]), f"reasons {found['reasons']}")
    hashes = set()
    for run in found["runs"]:
        run_dir = pathlib.Path(run["folder"])
        check.equal(run_dir.parent, folder, "where the run is")
        r = report(run_dir)
        check.equal(r["configuration"]["seed"]["value"], run["seed"], "the run's own seed")
        check.equal(r["fom_seconds"], run["fom_seconds"], "the run's own figure")
        check.equal(r["fom_seconds"], sum(float(row["epoch_duration"]) for row in stats(run_dir)), "which is the sum of its epochs")
        check.that((run_dir / "checkpoints" / "final.h5").is_file(), "the network that converged is kept")
        check.equal(r["phase_seconds"]["checkpoint"], 0, "seconds of checkpoints in the figure")
        expect(0, "inspect", run_dir, "--verify", says=["final.h5", "every checksum fits"])
        hashes.add(r["dataset"]["hash"])
    check.equal(len(hashes), len(seeds), "a dataset for each seed")
    check_statistics(found)
    with open(folder / "campaign.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    check.equal([float(row["fom_seconds"]) for row in rows], [run["fom_seconds"] for run in found["runs"]], "CSV and JSON")
    tree.fromstring((folder / "campaign.html").read_text())
    check.equal([p for p in leftovers(folder) if not p.endswith(".lock")], [], "temporary files left")
    return found


def inspected(folder):
    """What it is, from the folder and from any file of it; then its runs."""
    found = record(folder)
    facts = ["campaign", "complete", "runs", "3", found["commit"], f"{found['fom_seconds']['median']:.2f} s, of 3 runs",
             *(f"seed {run['seed']}" for run in found["runs"]), *(f"{run['fom_seconds']:.2f} s" for run in found["runs"]),
             "run folder", "health: good"]
    for path in (folder, folder / "campaign.json", folder / "campaign.csv", folder / "campaign.yaml"):
        result = expect(0, "inspect", path, says=facts)
        check.equal(result.out.count("run folder "), 3, f"its runs, from {path.name}")
    expect(0, "inspect", folder.parent, says=["campaign", folder.name])
    expect(0, "inspect", folder, "--verify", says="every checksum fits")
    copy = copy_of(folder, "altered_campaign")
    with open(copy / "campaign.csv", "a") as file:
        file.write("4\n")
    shutil.rmtree(copy / pathlib.Path(found["runs"][1]["folder"]).name)
    expect(3, "inspect", copy, says=["PROBLEM", "seed 43", "is not there"])
    expect(3, "inspect", copy, "--verify", says=["PROBLEM", "campaign.csv"])
    (copy / "campaign.json").write_text("{}")
    expect(3, "inspect", copy, says="campaign.json")


def verified(path, *more):
    before = snapshot(path)
    result = expect(0, "report", "verify", path, *more, says="\nVERIFIED")
    check.equal(snapshot(path), before, "files after verifying")
    return result


def change_number(path, pattern):
    """Another first digit for the first number after `pattern` (a regular expression)."""
    text = path.read_text()
    match = re.search(pattern + r"-?[0-9]", text)
    if not match:
        raise Fatal(f"no {pattern} in {path}")
    at = match.end() - 1
    path.write_text(text[:at] + ("8" if text[at] == "9" else str(int(text[at]) + 1)) + text[at + 1:])


def copy_of(folder, name):
    shutil.rmtree(name, ignore_errors=True)
    shutil.copytree(folder, name)
    return pathlib.Path(name)


def refused(path, *says):
    return expect(3, "report", "verify", path, says=["NOT VERIFIED", *says])


def three_seeds():
    """Libraries and datasets made on the way; the figures; what verify says of it, of one run, and of altered copies."""
    result = expect(0, "campaign", "-c", config(), "--runs", "3", says=["median of 3 runs", "INVALID", "Tukey-McLaughlin"])
    folder = campaign_folder()
    found = check_campaign(folder, [42, 43, 44])
    check.that(f"{found['fom_seconds']['median']:.2f} s" in result.out, "the table's median")
    inspected(folder)
    says = verified(folder).out
    check.equal(says.count("evaluated again from checkpoints/final.h5"), 3, f"networks that were evaluated: {says}")
    run_dir = pathlib.Path(found["runs"][1]["folder"])
    name = run_dir.name
    verified(run_dir)
    for file, pattern, words in (
            ("report.json", r'"fom_seconds": ', ["report.json", "fom_seconds", "stated", "found"]),
            ("report.json", r'"warmup_seconds": ', ["report.json: warmup_seconds"]),
            ("report.json", r'"val_dice": ', ["report.json: epochs_table.1.val_dice"]),
            ("events.jsonl", r'"epoch_duration":', ["events.jsonl: epochs_table.1.epoch_duration"]),
            ("events.jsonl", r'"type":"step".*"loss":', ["events.jsonl: line "]),
            ("train_stats.csv", r"\n1,", ["train_stats.csv: epochs_table.1.epoch_loss"])):
        copy = copy_of(run_dir, "altered")
        change_number(copy / file, pattern)
        refused(copy, *words)
    # The same inside a campaign, and the campaign's own files.
    copy = copy_of(folder, "altered_campaign")
    change_number(copy / name / "report.json", r'"fom_seconds": ')
    refused(copy, f"{name}/report.json: fom_seconds", "campaign.json: runs.2.fom_seconds")
    copy = copy_of(folder, "altered_campaign")
    change_number(copy / "campaign.json", r'"interval_high": ')
    refused(copy, "campaign.json: fom_seconds.interval_high")
    copy = copy_of(folder, "altered_campaign")
    change_number(copy / "campaign.csv", r"converged,")
    refused(copy, "campaign.csv: run 1 fom_seconds")
    moved = copy_of(folder, "moved_campaign")
    verified(moved)


def bytes_of_the_network():
    """Every part of the file, the padding of its user block included; other places are tried in turn over time."""
    expect(0, "campaign", "-c", config(), "--runs", "1", says="median of 1 run")
    run_dir = pathlib.Path(only(record(campaign_folder())["runs"], "run")["folder"])
    size = (run_dir / "checkpoints" / "final.h5").stat().st_size
    copy = copy_of(run_dir, "altered")
    file = copy / "checkpoints" / "final.h5"
    for place in (0, 100, 2000, 4000, size // 3, size // 2, size - 1):
        flip_byte(file, place)
        refused(copy, "checkpoints/final.h5")
        flip_byte(file, place)
    verified(copy)


def not_checked():
    """Without checkpoint, dataset or digests: said so, with what is missing, and exit code 3."""
    expect(0, "campaign", "-c", config(), "--seeds", "7", says="median of 1 run")
    run_dir = pathlib.Path(only(record(campaign_folder())["runs"], "run")["folder"])
    copy = copy_of(run_dir, "altered")
    (copy / "checkpoints" / "final.h5").unlink()
    result = refused(copy, "NOT CHECKED", "final.h5", "validation Dice")
    check.that("DIFFERS" not in result.out, f"nothing differs: {result}")
    shutil.move("datasets", "elsewhere")
    result = refused(run_dir, "NOT CHECKED", "dataset", "--dataset")
    check.that("DIFFERS" not in result.out, f"nothing differs: {result}")
    dataset = only((p for p in pathlib.Path("elsewhere").glob("*") if (p / "index.json").exists()), "dataset")
    verified(run_dir, "--dataset", dataset)
    volume = sorted(dataset.glob("volumes/*.h5"))[0]
    flip_byte(volume, -1000)
    expect(3, "report", "verify", run_dir, "--dataset", dataset, says=["DIFFERS", "checksum", volume.name])
    flip_byte(volume, -1000)
    # Another dataset is another result's.
    expect(0, "campaign", "-c", config(), "--seeds", "8")
    other = only((p for p in pathlib.Path("datasets").glob("*") if (p / "index.json").exists()), "dataset")
    expect(3, "report", "verify", run_dir, "--dataset", other, says=["DIFFERS", "dataset.hash"])
    (run_dir / "digests.json").unlink()
    refused(run_dir, "NOT CHECKED  digests")
    expect(3, "report", "verify", ".", says="not a run folder")
    expect(3, "report", "verify", "nowhere", says="nowhere")


def missed():
    """A target that is not reached is an end in order: exit code 0, no figure of merit, and what that means."""
    expect(0, "campaign", "-c", config(**MISSES, epochs=1), "--runs", "2", says=["missed the target", "none"])
    folder = campaign_folder()
    found = record(folder)
    check.equal([run["status"] for run in found["runs"]], ["epochs_exhausted"] * 2, "statuses")
    check.equal(found["fom_seconds"]["median"], None, "a median of nothing")
    check.that(not list(folder.glob("*/checkpoints/final.h5")), "no network is kept that did not converge")
    run_dir = pathlib.Path(found["runs"][0]["folder"])
    refused(run_dir, "NOT CHECKED", "no checkpoint")


def failed():
    """A run that fails is no end: the others are made, and the exit code is 1."""
    expect(0, "generate_fractals", "-c", config(), "--seed", "43")
    library = only(pathlib.Path("fractals").glob("*/seed43/*"), "library")
    for file in library.glob("*.csv"):
        file.write_text("no fractal\n")
    expect(1, "campaign", "-c", config(), "--runs", "3", says=["seed 43 failed", "--resume", "000000.csv"])
    folder = campaign_folder()
    found = record(folder)
    check.equal([run["status"] for run in found["runs"]], ["converged", "failed", "converged"], "statuses")
    check.equal(found["runs"][1]["exit_code"], 3, "exit code of the run that failed")
    check.that(any("2 runs converged" in reason for reason in found["reasons"]), f"reasons {found['reasons']}")
    shutil.rmtree(library)
    expect(0, "campaign", "--resume", folder)
    again = check_campaign(folder, [42, 43, 44])
    check.equal([run["folder"] for run in again["runs"]][::2], [run["folder"] for run in found["runs"]][::2], "runs that stay")


def cut(how, code, *more):
    """Stopped in the second run, which is made anew; the first one stays."""
    args = ["campaign", "-c", config(**MISSES, epochs=3), "--seeds", "1,2,3", *more]
    process = start(*args)

    def training():
        logs = pathlib.Path("runs").glob("campaign_*/*/events.jsonl")
        return [log for log in logs if '"type":"run_start"' in log.read_text(errors="replace")]

    wait_for(lambda: process.poll() is not None or len(training()) == 2, "the second run's training", 120)
    process.send_signal(how)
    result = finish(process, args, 60)
    check.equal(result.code, code, f"exit code of {result}")
    folder = campaign_folder()
    found = record(folder)
    check.equal(found["runs"][0]["status"], "epochs_exhausted", f"the first run: {found}")
    check.equal(found["official"], False, "official")
    check.that(found["runs"][1]["status"] in ("running", "interrupted"), f"the second run: {found['runs'][1]}")
    if code > 0:
        check.that("resume.sh" in result.text, f"how to go on: {result}")
        check.equal(found["status"], "interrupted", "status")
    expect(3, "report", "verify", folder, says="NOT CHECKED")
    expect(2, "campaign", "--resume", folder, "--runs", "4", says="--runs")
    expect(0, "campaign", "--resume", folder, says="set aside")
    again = record(folder)
    check.equal([run["status"] for run in again["runs"]], ["epochs_exhausted"] * 3, "statuses")
    check.equal([run["seed"] for run in again["runs"]], [1, 2, 3], "seeds")
    check.equal(again["runs"][0], found["runs"][0], "the run that had ended stays")
    aside = only(again["set_aside"], "run that is set aside")
    check.equal(aside["seed"], 2, "its seed")
    check.that(pathlib.Path(aside["folder"]).is_dir() and aside["folder"] != again["runs"][1]["folder"], f"its folder: {aside}")
    check.equal(report(pathlib.Path(again["runs"][1]["folder"]))["restarts"], 0, "restarts of the run that was made anew")
    expect(0, "campaign", "--resume", folder)
    check.equal(record(folder), again, "a campaign that has ended")


def resumed_elsewhere():
    """Relative folders are meant from where the campaign began; its settings stay as they were."""
    args = ["campaign", "-c", config(**MISSES, epochs=1), "--seeds", "1,2"]
    expect(0, *args)
    folder = campaign_folder()
    found = record(folder)
    check.equal(found["working_folder"], os.getcwd(), "where it began")
    found["runs"][1].update(status="pending", folder="", exit_code=None)
    (folder / "campaign.json").write_text(json.dumps(found))
    settings = (folder / "campaign.yaml").read_text()
    (folder / "campaign.yaml").write_text(re.sub("^T_0: .*$", "T_0: 50", settings, flags=re.M))
    expect(3, "campaign", "--resume", folder, says=["campaign.yaml", "T_0 is 50"])
    (folder / "campaign.yaml").write_text(settings)
    elsewhere = pathlib.Path("elsewhere")
    elsewhere.mkdir()
    expect(0, "campaign", "--resume", folder, cwd=elsewhere)
    check.equal([run["status"] for run in record(folder)["runs"]], ["epochs_exhausted"] * 2, "statuses")
    check.equal(list(elsewhere.iterdir()), [], "what was made where it was resumed")


def killed():
    cut(signal.SIGKILL, -signal.SIGKILL)


def interrupted():
    cut(signal.SIGTERM, 143)


def ranks():
    """Two ranks in step: one campaign; each run's network is verified by two ranks and by one."""
    args = ["-np", "2", "--oversubscribe", "--bind-to", "none"]
    import harness
    mpirun = shutil.which("mpirun")

    def on_ranks(code, *words, says=()):
        whole = [*args, str(harness.BINARY), *map(str, words)]
        process = start(*whole, program=mpirun, env=environment(ENVIRONMENT))
        result = finish(process, whole)
        check.equal(result.code, code, f"exit code of {result}")
        for word in [says] if isinstance(says, str) else says:
            check.that(word in result.text, f"'{word}' is to be said by {result}")
        return result

    on_ranks(0, "campaign", "-c", config(), "--runs", "3", "--dc-num-shards", "2", "1", "1", says="median of 3 runs")
    folder = campaign_folder()
    check_campaign(folder, [42, 43, 44])
    on_ranks(0, "report", "verify", folder, says="\nVERIFIED")
    expect(0, "report", "verify", folder, says=["VERIFIED", "in 1 shards, the run had 2"])
    copy = copy_of(folder, "altered")
    change_number(copy / "campaign.json", r'"median": ')
    on_ranks(3, "report", "verify", copy, says=["NOT VERIFIED", "fom_seconds.median"])
    on_ranks(2, "campaign", "-c", config(), "--runs", "2", "--seeds", "1,2,3", says="--seeds has 3")


def refusals():
    """Before anything is made."""
    name = config()
    for words, says in [
            (["--seeds", "1,x"], ["--seeds", "'x'"]),
            (["--seeds", "1,-2"], ["--seeds", "'-2'"]),
            (["--seeds", "1,2,1"], ["--seeds", "1 is given twice"]),
            (["--seeds", "1,2", "--runs", "3"], ["--runs is 3", "--seeds has 2"]),
            (["--seeds", "1,2", "--seed", "3"], ["--seed and --seeds"]),
            (["--runs", "0"], ["--runs"]),
            (["--seed", str(2**63 - 2)], ["seed is", "choose --seeds"]),
            (["--dc-num-shards", "2", "1", "1"], ["shards"]),
            (["--problem-scal", "4"], ["problem_scale"]),
            (["--device", "cuda"], ["device"])]:
        expect(2, "campaign", "-c", name, *words, says=says)
    expect(2, "campaign", says="-c")
    expect(2, "report")
    expect(2, "report", "verify", says="path")
    expect(3, "campaign", "--resume", ".", says="campaign.json")
    check.equal(sorted(p.name for p in pathlib.Path(".").iterdir()), ["tiny.yml"], "what is there afterwards")


if __name__ == "__main__":
    main(three_seeds, bytes_of_the_network, not_checked, missed, failed, resumed_elsewhere, killed, interrupted, ranks, refusals)
