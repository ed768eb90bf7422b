"""Libraries and datasets: the same bytes whatever the threads and however often generation was killed."""
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

import h5py
import numpy

from harness import (Fatal, check, expect, finish, hashes, leftovers, main, only, options, start, tiny_library,
                     write_config)

ROUNDS = int(os.environ.get("SCAFFOLD_KILLS", "6"))


def datasets(base="datasets"):
    return [p for p in pathlib.Path(base).iterdir() if not p.name.startswith(".")]


def killed_until_done(args, seconds, seed, look, made):
    """Runs a command again and again, killed at random moments, then undisturbed. `look` inspects what a kill left in the
    folder `made`. Where it ended before the first kill, since the machine has become faster, it begins anew with earlier ones."""
    dice = random.Random(seed)
    print(f"undisturbed: {seconds:.1f} s, kills seeded with {seed}")
    kills = turn = 0
    while turn < ROUNDS and seconds > 1e-3:
        process = start(*args)
        # Early at first, so that one surely comes before the end.
        time.sleep(dice.uniform(0.05, 1.1 * (turn + 1) / ROUNDS) * seconds)
        process.kill()
        result = finish(process, args)
        check.that(result.code in (0, -signal.SIGKILL), f"neither done nor killed: {result}")
        look()
        if result.code == 0 and kills == 0:
            shutil.rmtree(made)
            seconds /= 2
            continue
        if result.code == 0:
            break
        kills += 1
        turn += 1
    check.that(kills >= 1, "at least one kill came before the end")
    expect(0, *args)


def killed_fractals():
    """A search long enough to be killed within: scale 7, 40 categories."""
    config = write_config(problem_scale=7, unet_bottleneck_dim=3, n_categories=40, num_threads=2)
    whole = expect(0, "generate_fractals", "-c", config, "--fract-base-dir", "whole")
    expected = hashes("whole")
    check.equal(len(expected), 41, "categories and library.json")

    def look():
        for name, digest in (hashes("fractals") if pathlib.Path("fractals").exists() else {}).items():
            if name.endswith(".csv"):
                check.equal(digest, expected.get(name), f"a category left by a kill: {name}")

    killed_until_done(["generate_fractals", "-c", config], whole.seconds, random.randrange(1 << 30), look, "fractals")
    check.equal(hashes("fractals"), expected, "the library after kills")
    check.equal(leftovers("fractals"), [], "temporary files in the library")
    expect(0, "inspect", "fractals", says="health: good")


def killed_dataset():
    config = write_config(problem_scale=5, unet_bottleneck_dim=3, n_instances_used_per_fractal=145, num_threads=2)
    tiny_library(config)
    whole = expect(0, "generate_dataset", "-c", config, "--dataset-dir", "whole")
    expected = hashes("whole")

    def look():
        for folder in datasets() if pathlib.Path("datasets").exists() else []:
            check.equal({f"{folder.name}/{k}": v for k, v in hashes(folder).items()}, expected, "what looks complete")

    killed_until_done(["generate_dataset", "-c", config], whole.seconds, random.randrange(1 << 30), look, "datasets")
    check.equal(hashes("datasets"), expected, "the dataset after kills")
    check.equal(leftovers("datasets"), [], "staging folders left")


def two_generators():
    """Two at once make one dataset between them: the second waits and reuses."""
    config = write_config(problem_scale=5, unet_bottleneck_dim=3, n_instances_used_per_fractal=145)
    args = ["generate_fractals", "-c", config]
    for process in [start(*args) for _ in range(2)]:
        check.equal(finish(process, args).code, 0, "each of two searches")
    args = ["generate_dataset", "-c", config]
    results = [finish(process, args) for process in [start(*args) for _ in range(3)]]
    check.equal([r.code for r in results], [0, 0, 0], f"three generators: {[str(r) for r in results]}")
    check.equal(sum("made in" in r.out for r in results), 1, "one of them made it")
    check.equal(sum("reused" in r.out for r in results), 2, "the others used it")
    folder = only(datasets(), "dataset")
    expect(0, "inspect", folder, "--verify", says="every checksum fits")
    check.equal(leftovers("datasets"), [], "staging folders left")
    # Interrupted, it leaves nothing behind.
    process = start(*args, "--datagen-from-scratch", "1")
    end = time.monotonic() + 30
    while not list(pathlib.Path("datasets").glob(".staging-*/volumes/*")) and process.poll() is None:
        if time.monotonic() > end:
            raise Fatal("no staging folder within 30 s")
        time.sleep(0.002)
    process.send_signal(signal.SIGTERM)
    result = finish(process, args)
    check.that(result.code in (143, 0), f"exit code of {result}")
    check.equal(leftovers("datasets"), [], "left by an interrupted generator")
    expect(0, "inspect", folder, "--verify", says="every checksum fits")


def size(folder):
    return sum(p.stat().st_size for p in pathlib.Path(folder).rglob("*") if p.is_file())


def threads():
    """One, two and three threads: the same library and datasets, dense, compact and in shards."""
    config = write_config(problem_scale=5, unet_bottleneck_dim=3, n_instances_used_per_fractal=60)
    for n in (1, 2, 3):
        more = ["--num-threads", n, *options(fract_base_dir=f"fractals-{n}")]
        tiny_library(config, *more)
        check.equal(hashes(f"fractals-{n}"), hashes("fractals-1"), f"library by {n} threads")
        for name, kind in (("dense", []), ("compact", options(dataset_format="compact")),
                           ("shards", options(dc_num_shards=[2, 4, 1], dataset_format="compact"))):
            base = f"{name}-{n}"
            expect(0, "generate_dataset", "-c", config, *more, *kind, "--dataset-dir", base)
            check.equal(hashes(base), hashes(f"{name}-1"), f"{name} dataset by {n} threads")
    dense, compact, shards = (only(datasets(f"{name}-1"), "dataset") for name in ("dense", "compact", "shards"))
    ratio = size(dense) / size(compact)
    check.that(ratio >= 12, f"compact is {ratio:.2f} times smaller than dense, at least 12 is wanted")
    for name in ("000000.h5", "000031.h5"):
        same_tensors(*(folder / "volumes" / name for folder in (dense, compact, shards)))
    dump = subprocess.run(["h5dump", "-H", dense / "volumes" / "000000.h5"], capture_output=True, text=True)
    check.that(dump.returncode == 0 and "H5T_IEEE_F32LE" in dump.stdout and '"mask"' in dump.stdout,
               f"h5dump -H: {dump.stdout[:500]}{dump.stderr[:500]}")


def same_tensors(dense, compact, shards):
    with h5py.File(dense) as d, h5py.File(compact) as c, h5py.File(shards) as s:
        image, mask = d["image"][:], d["mask"][:]
        check.equal((image.shape, image.dtype.str, mask.shape, mask.dtype.str),
                    ((3, 32, 32, 32), "<f4", (32, 32, 32), "|u1"), "shapes")
        check.that((c["mask"][:] == mask).all() and (s["mask"][:] == mask).all(), "the same mask in all three")
        expanded = numpy.moveaxis(c["palette"][:][mask], -1, 0)
        check.that(numpy.ascontiguousarray(expanded).tobytes() == image.tobytes(), "palette[mask] is the dense image")
        check.that(mask.any() and mask.max() <= 5 and (image[:, mask == 0] == 0).all(), "background is black")
        check.equal(s["mask"].chunks, (16, 8, 32), "a shard is a chunk")


if __name__ == "__main__":
    main(killed_fractals, killed_dataset, two_generators, threads)
