"""scaffold bench: every part gives numbers that fit together; ratios stay within generous bounds, times are never
judged."""
import json
import pathlib
import xml.dom.minidom

from harness import check, expect, main, only, options, report, run_folders, tiny_library, write_config
from ranks import TRAINING, job


def measured(*arguments, ranks=1):
    """The JSON of a part, checked for what all parts promise."""
    words = ("bench", *arguments, "--json")
    found = json.loads((expect(0, *words) if ranks == 1 else job(ranks, *words)).out)
    check.equal(found["bench"], arguments[0], "the part's name")
    for comparison in found["comparisons"]:
        where = f"{arguments[0]}: {comparison['name']}"
        check.that(comparison["rounds"] >= 3, f"{where}: a few rounds")
        check.equal(comparison["alternatives"][0]["ratio"]["median"], 1, f"{where}: the first is what others are compared with")
        for one in comparison["alternatives"]:
            for key in ("seconds", "ratio"):
                low, median, high = (one[key][k] for k in ("low", "median", "high"))
                check.that(0 < low <= median <= high, f"{where}, {one['name']}: {key} {one[key]}")
            if "bytes" in comparison:
                product = one["bytes_per_second"] * one["seconds"]["median"]
                check.that(abs(product / comparison["bytes"] - 1) < 1e-6, f"{where}: bytes per second times seconds")
    return found


def alternatives(comparison):
    return {one["name"]: one for one in comparison["alternatives"]}


def fractals():
    found = measured("fractals", "--seconds", 0.5, "--points", 2048, "--clouds", 32)
    check.equal(found["facts"]["same bits from lanes and loop"], "yes", "lanes and loop")
    if found["facts"]["lanes"] != "scalar":
        lanes = found["comparisons"][0]["alternatives"][1]
        check.that(lanes["ratio"]["median"] >= 1.5, f"lanes are well ahead of the scalar loop: {lanes}")
    out = pathlib.Path("volumes")
    found = measured("fractals", "--seconds", 0, "--points", 64, "--clouds", 8, "--folder", out, "--scale", 4, "--volumes", 10)
    volumes = found["comparisons"][-1]
    check.equal(volumes["items"], {"count": 10, "unit": "volumes"}, "volumes made")
    check.equal(list(out.iterdir()), [], "nothing stays")


def kernels():
    found = measured("kernels", "--seconds", 0.3, "--edge", 16, "--width", 32, "--levels", 2, "--roofline", "roof.svg")
    compared = 0
    for comparison in found["comparisons"]:
        check.that("copy_bytes_per_second" in comparison, f"{comparison['name']}: copy bandwidth was measured with it")
        fused = alternatives(comparison).get("fused kernel")
        if fused:
            compared += 1
            check.that(fused["ratio"]["high"] >= 0.5,
                       f"{comparison['name']}: the fused kernel is not twice as slow as plain operators: {fused}")
    check.that(compared > 0, "some kernels are fused")
    picture = xml.dom.minidom.parse("roof.svg")
    check.that(len(picture.getElementsByTagName("circle")) > 5, "the roofline has points")
    expect(2, "bench", "kernels", "--only", "no such kernel", says=["norm+relu"])
    small = ("bench", "kernels", "--edge", 8, "--only", "norm")
    expect(2, *small, "--width", 9, says="multiple of 8")
    expect(2, *small, "--levels", 5, says="at least 16")
    expect(2, *small, "--device", "toaster", says="toaster not in")
    expect(2, *small, "--seconds", "nan", says="not a number")
    nowhere = expect(1, *small, "--seconds", 0, "--roofline", "roof.svg/inside.svg", says="roof.svg")
    check.equal(nowhere.out, "", "a picture that cannot be written is said before the measurement")


def step():
    found = measured("step", "--seconds", 0, "--scale", 4, "--amp", 0)
    names = [comparison["name"] for comparison in found["comparisons"]]
    check.equal(names[0], "training step", "the whole comes first")
    whole, parts = found["comparisons"][0], [c for c in found["comparisons"] if c["name"].startswith("of it")]
    check.equal(len(parts), 3, "forward, backward, update")
    for at in range(len(whole["alternatives"])):
        total = sum(part["alternatives"][at]["seconds"]["median"] for part in parts)
        seconds = whole["alternatives"][at]["seconds"]["median"]
        check.that(0.5 * seconds < total < 1.5 * seconds, f"parts {total} make up the whole {seconds}")
    fused = alternatives(whole).get("fused kernels")
    check.that(fused and fused["ratio"]["high"] >= 0.67, f"the fused step is not much slower than the plain one: {fused}")
    if found["facts"]["instructions"] != "portable":  # 2.5 times was measured with AVX2
        check.that(fused["ratio"]["high"] >= 1.3, f"the fused step is well ahead: {fused}")


def data():
    config = write_config(**TRAINING)
    tiny_library(config)
    expect(0, "generate_dataset", "-c", config)
    dataset = only((p for p in pathlib.Path("datasets").iterdir() if not p.name.startswith(".")), "dataset")
    found = measured("loader", dataset, "--seconds", 0, "--direct")
    check.equal(list(alternatives(found["comparisons"][0])), ["pread alone", "pread, 3 buffers in turns", "loader", "loader, direct_io"], "ways to read")
    expect(3, "bench", "loader", "nowhere")
    measured("io", "out", "--scale", 4, "--seconds", 0)
    check.equal(list(pathlib.Path("out").iterdir()), [], "nothing stays")


def comm():
    expect(2, "bench", "comm", says=["mpirun"])
    check.equal(measured("comm", "--seconds", 0.1, ranks=2)["facts"]["ranks"], "2", "ranks")


def monitor():
    found = measured("monitor", "--seconds", 0, "--scale", 4, "--threads", 1, "--volume-scale", 3, "--memory-scale", 5)
    check.equal(list(alternatives(found["comparisons"][0])), ["not watched", "watched by 3", "one of them stopped"], "ways")
    check.that("30 volumes of 32^3" in found["facts"]["memory"], f"memory: {found['facts']['memory']}")
    check.that(not found["facts"]["sent"].startswith("0 "), f"watchers are sent the log: {found['facts']['sent']}")


def trace():
    """One file a rank, with phases and all-reduces; and the run is what it is without."""
    config = write_config(epochs=1, more_determinism=1, **TRAINING)
    tiny_library(config)
    ends = []
    for name, extra in (("without", []), ("with", ["--trace", "traces", "--trace-steps", 2])):
        job(2, "benchmark", "-c", config, *options(base_run_dir=name), *extra, code=4)
        run_dir = only(run_folders(name), "run")
        ends.append(report(run_dir)["best_val_dice"])
        check.equal(list(run_dir.rglob("trace*")), [], "traces in the run folder")
    check.equal(ends[0], ends[1], "validation Dice without and with a trace")
    files = sorted(pathlib.Path("traces").iterdir())
    check.equal([file.name for file in files], ["trace-rank0.json", "trace-rank1.json"], "one file a rank, and no other")
    for file in files:
        events = [event for event in json.loads(file.read_text())["traceEvents"] if event["ph"] == "X"]
        names = [event["name"] for event in events]
        for phase in ("step", "data wait", "forward", "backward", "optimizer"):
            check.equal(names.count(phase), 2, f"{file.name}: {phase}")
        check.equal(names.count("validation"), 1, f"{file.name}: validation")
        check.that(names.count("all-reduce") >= 2, f"{file.name}: all-reduces")
        steps = [(event["ts"], event["ts"] + event["dur"]) for event in events if event["name"] == "step"]
        for event in events:
            if event["name"] == "all-reduce":
                check.that(any(begin <= event["ts"] <= end for begin, end in steps), "an all-reduce begins within a step")


if __name__ == "__main__":
    main(fractals, kernels, step, data, comm, monitor, trace)
