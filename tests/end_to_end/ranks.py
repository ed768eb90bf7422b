"""Jobs of several ranks under mpirun: the same curve on every grid, and what becomes of a job when a rank fails."""
import os
import pathlib
import re
import shutil
import signal
import time

import harness
from harness import (check, environment, executable_of, expect, finish, hashes, main, only, options, processes, report,
                     run_folders, settled, start, stats, tiny_library, variables_of, wait_for, write_config)

TRAINING = dict(problem_scale=3, unet_bottleneck_dim=1, n_categories=2, n_instances_used_per_fractal=12, torch_amp=0,
                train_seed=7, warmup_batches=1, num_threads=1)


def mpirun(ranks, *args, env=None):
    variables = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", **(env or {})}
    return start("--oversubscribe", "-np", ranks, harness.BINARY, *args, program="mpirun", env=environment(variables))


def job(ranks, *args, code=0, says=(), timeout=120, env=None):
    result = finish(mpirun(ranks, *args, env=env), ["mpirun", ranks, *args], timeout)
    check.equal(result.code, code, f"exit code of {result}")
    for word in [says] if isinstance(says, str) else says:
        check.that(word in result.text, f"'{word}' is to be said by {result}")
    return result


def curve(run_dir):
    return [(float(row["overall_loss"]), float(row["val_loss_avg"]), float(row["val_dice"])) for row in stats(run_dir)]


def same_curve(found, expected, what):
    check.equal(len(found), len(expected), f"epochs {what}")
    for a, b in zip(found, expected):
        check.that(all(abs(x - y) <= 2e-3 * max(abs(y), 1) for x, y in zip(a, b)), f"{what}: {a} is to be near {b}")


def grids():
    """Every grid gives one process's losses; the dataset is the same whoever made it; a restart may change the grid."""
    config = write_config(epochs=2, checkpoint_interval=1, **TRAINING)
    tiny_library(config)
    expect(4, "benchmark", "-c", config, *options(local_batch_size=4, base_run_dir="one"))
    expected = curve(only(run_folders("one"), "run"))
    for ranks, shards in ((2, [1, 1, 1]), (2, [2, 1, 1]), (4, [1, 2, 1]), (4, [1, 2, 2])):
        replicas = ranks // (shards[0] * shards[1] * shards[2])
        name = f"r{ranks}-" + "x".join(map(str, shards))
        job(ranks, "benchmark", "-c", config,
            *options(local_batch_size=4 // replicas, dc_num_shards=shards, base_run_dir=name), code=4,
            says=f"{ranks} ranks = {replicas} replica")
        run_dir = only(run_folders(name), "run")
        same_curve(curve(run_dir), expected, f"on {ranks} ranks with shards {shards}")
        check.equal(report(run_dir)["ranks"], ranks, "ranks in the report")
    # Another grid goes on where one stopped.
    expect(4, "benchmark", "-c", config, *options(local_batch_size=2, grad_accumulation_steps=2, base_run_dir="short",
                                                  epochs=1))
    run_dir = only(run_folders("short"), "run")
    job(2, "benchmark", "--restart", "--run-dir", run_dir, *options(epochs=2, dc_num_shards=[1, 1, 2]), code=4)
    same_curve(curve(run_dir), expected, "after a restart on two shards")
    job(2, "benchmark", "--restart", "--run-dir", run_dir, *options(epochs=3), code=4, says="grad_accumulation_steps is 1")


def cut_epochs():
    """max_steps_per_epoch holds on another number of replicas, for training and validation."""
    config = write_config(epochs=1, checkpoint_interval=1, max_steps_per_epoch=2, **TRAINING)
    tiny_library(config)
    job(2, "benchmark", "-c", config, code=4)
    run_dir = only(run_folders(), "run")
    result = expect(4, "benchmark", "--restart", "--run-dir", run_dir, *options(epochs=2))
    check.equal(report(run_dir)["steps_per_epoch"], 2, f"steps of an epoch after {result}")
    check.equal([int(row["optimizer_steps"]) for row in stats(run_dir)], [2, 2], "steps in the table")


def same_dataset():
    config = write_config(epochs=1, **TRAINING)
    tiny_library(config)
    libraries = {}
    for ranks in (1, 2, 3):
        folder = f"fractals-{ranks}"
        job(ranks, "generate_fractals", "-c", config, *options(fract_base_dir=folder, n_categories=7))
        libraries[ranks] = hashes(folder)
    check.that(len(libraries[1]) == 8, f"seven categories and their record: {sorted(libraries[1])}")
    check.equal(libraries[2], libraries[1], "library made by two ranks")
    check.equal(libraries[3], libraries[1], "library made by three ranks")
    made = {}
    for ranks in (1, 2, 3):
        folder = f"datasets-{ranks}"
        job(ranks, "generate_dataset", "-c", config, *options(dataset_dir=folder))
        made[ranks] = hashes(folder)
    check.equal(made[2], made[1], "files made by two ranks")
    check.equal(made[3], made[1], "files made by three ranks")


def refusals():
    """Before any work: grids that cannot be, ranks that do not agree."""
    config = write_config(epochs=1, **TRAINING)
    tiny_library(config)
    result = job(3, "benchmark", "-c", config, *options(dc_num_shards=[2, 1, 1]), code=2,
                 says=["2 shards do not divide 3 processes", "multiple of 2"])
    check.equal(result.text.count("do not divide"), 1, "the message comes once")
    job(4, "benchmark", "-c", config, *options(dc_num_shards=[4, 1, 1]), code=2, says="dc_num_shards")
    expect(2, "benchmark", "-c", config, *options(dc_num_shards=[2, 1, 1]), says="1 process")
    pathlib.Path("wrapper.sh").write_text(
        f"#!/bin/sh\nexec {harness.BINARY} benchmark -c {config} --epochs $((OMPI_COMM_WORLD_RANK + 1))\n")
    os.chmod("wrapper.sh", 0o755)
    words = ["--oversubscribe", "-np", "2", "./wrapper.sh"]
    variables = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    result = finish(start(*words, program="mpirun", env=environment(variables)), words, 60)
    check.equal(result.code, 2, f"exit code of {result}")
    check.that("rank 1" in result.text and "epochs: 2" in result.text, f"what differs: {result}")
    check.that(not pathlib.Path("runs").exists() or not run_folders(), "no run was begun")


def doctor():
    """Each finding has its line; what is in the way makes the exit code 1; no file is left behind."""
    config = write_config(**TRAINING)
    expect(1, "doctor", "-c", config, says=["FAIL", "fractal library", "generate_fractals"])
    tiny_library(config)
    found = expect(0, "doctor", "-c", config, "--probe-mib", 1, says=["one process", "not made yet", "nothing is in the way"])
    check.that("FAIL" not in found.text and "WARN" not in found.text, f"a sound machine has no complaint: {found}")
    expect(0, "doctor", says="none given")
    job(2, "doctor", "-c", config, "--probe-mib", 1, *options(dc_num_shards=[2, 1, 1]),
        says=["2 ranks by Open MPI", "all-reduce of", "1 replica of 2 shards"])
    job(3, "doctor", "-c", config, "--probe-mib", 1, *options(dc_num_shards=[2, 1, 1]), code=1, says=["FAIL", "3 processes"])
    # Ranks that were started apart: an answer from all of them, never a wait.
    alone = ["doctor", "-c", config, "--probe-mib", 1]
    variables = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    for other, code, says in ((["doctor"], 1, "another configuration"),
                              ([*alone, *options(fract_base_dir="nowhere")], 1, "another configuration"),
                              (["doctor", "-c", config, "--probe-mib", 1 << 20], 0, "nothing is in the way")):
        # By a script: of two programs in one command the mpirun of Open MPI 5.0.7 makes no job.
        programs = [" ".join([str(harness.BINARY), *map(str, words)]) for words in (alone, other)]
        pathlib.Path("two.sh").write_text(
            f"#!/bin/sh\ncase $OMPI_COMM_WORLD_RANK in 0) exec {programs[0]} ;; *) exec {programs[1]} ;; esac\n")
        os.chmod("two.sh", 0o755)
        words = ["--oversubscribe", "-np", "2", "./two.sh"]
        result = finish(start(*words, program="mpirun", env=environment(variables)), ["two doctors", *other], 60)
        check.equal(result.code, code, f"exit code of {result}")
        check.that(says in result.text, f"'{says}' is to be said by {result}")
    pathlib.Path("file").write_text("x")
    job(2, "doctor", "-c", config, "--probe-mib", 1, *options(dataset_dir="file/below"), code=1, says=["FAIL", "dataset_dir"])
    expect(0, "benchmark", "-c", config, *options(target_dice=0.0001))
    expect(0, "doctor", "-c", config, "--probe-mib", 1, says="dataset: datasets")
    expect(2, "doctor", "--problem-scale", 3, "--unknown", 3)
    left = [path for path in pathlib.Path(".").rglob("*doctor*")]
    check.equal(left, [], "files that doctor left")


def threads_told(result):
    """Threads a rank that the run says it trains on."""
    found = re.search(r"training on \w+, (\d+) thread", result.text)
    return int(found[1]) if found else None


def bound_threads():
    """Sites bind OpenMP's threads by its variables: a rank has its cores all the same, and doctor says what it does not follow."""
    cores = len(os.sched_getaffinity(0))
    config = write_config(epochs=1, **{**TRAINING, "num_threads": cores})
    tiny_library(config)
    for variables in ({"OMP_PROC_BIND": "true"}, {"OMP_PLACES": "{0}"}, {"GOMP_CPU_AFFINITY": "0"},
                      {"OMP_PROC_BIND_ALL": "close", "OMP_PLACES": "cores"}, {"OMP_THREAD_LIMIT": "1"}):
        env = environment(variables)
        name = next(iter(variables)).removesuffix("_ALL")
        expect(0, "doctor", env=env, says=[f"cores of a rank: {cores}", f"not followed: {name}"])
        result = expect(4, "benchmark", "-c", config, env=env)
        check.equal(threads_told(result), cores, f"threads with {variables}")
    # Ranks of a machine share its cores out among themselves, and are not all on the first one.
    env = {"OMP_PROC_BIND": "true", "OMP_PLACES": "cores", "OMPI_MCA_hwloc_base_binding_policy": "none"}
    job(2, "doctor", env=env, says=f"cores of a rank: {max(cores // 2, 1)}")
    process, args, _ = training_job("bound", env=env)
    masks = {rank: frozenset(os.sched_getaffinity(pid)) for rank, pid in ranks_of(process).items()}
    process.send_signal(signal.SIGUSR1)
    finish(process, args, 60)
    check.equal(len(set(masks.values())), min(cores, 2), f"each rank has cores of its own: {masks}")
    # What Slurm gave is compared with what was asked for.
    env = environment({"SLURM_CPUS_PER_TASK": str(cores + 1)})
    expect(0, "doctor", env=env, says=["WARN", f"asked for {cores + 1} cores a rank", "srun --cpus-per-task="])
    check.that("WARN" not in expect(0, "doctor", env=environment({"SLURM_CPUS_PER_TASK": str(cores)})).text,
               "a rank has the cores that were asked for")


def parent_of(pid):
    try:
        return int(re.search(r"PPid:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])
    except OSError:
        return None


def ranks_of(process, ranks=2):
    """{rank: pid} of a job's processes, once all are there."""
    def look():
        found = {}
        for pid in processes(lambda pid: executable_of(pid) == "scaffold-torch" and parent_of(pid) == process.pid):
            rank = variables_of(pid).get("OMPI_COMM_WORLD_RANK")
            if rank is not None:
                found[int(rank)] = pid
        return found

    return settled(look, lambda found: len(found) == ranks)


def training_job(base, ranks=2, env=None, **more):
    config = write_config(epochs=1000, checkpoint_interval=1, target_dice=1, **{**TRAINING, **more})
    args = ["benchmark", "-c", config, *options(base_run_dir=base)]
    process = mpirun(ranks, *args, env=env)
    wait_for(lambda: process.poll() is not None or any((p / "checkpoints" / "last.h5").exists() for p in run_folders(base)),
             "a first checkpoint", 90)
    check.that(process.poll() is None, "the job is training")
    return process, args, only(run_folders(base), "run")


def failing_rank():
    """Killed, out of step, or told to stop: the job ends soon, says why, and its checkpoint is whole."""
    tiny_library(write_config(**TRAINING))
    for victim in (1, 0):
        process, args, run_dir = training_job(f"killed-{victim}")
        os.kill(ranks_of(process)[victim], signal.SIGKILL)
        began = time.monotonic()
        result = finish(process, args, 60)
        seconds = time.monotonic() - began
        check.that(seconds < 30, f"the job ended {seconds:.1f} s after rank {victim} was killed")
        check.that(result.code != 0, f"exit code of {result}")
        check.that(f"rank {victim}" in result.text and "Killed" in result.text, f"rank and cause are named: {result}")
        expect(0, "inspect", run_dir / "checkpoints" / "last.h5", says="health: good")
        print(f"job ended {seconds:.2f} s after rank {victim} was killed")

    process, args, run_dir = training_job("signalled")
    process.send_signal(signal.SIGUSR1)  # mpirun hands it on
    result = finish(process, args, 60)
    check.equal(result.code, 138, f"exit code of {result}")
    check.equal(report(run_dir)["status"], "interrupted", "status")
    job(2, "benchmark", "--restart", "--run-dir", run_dir, *options(epochs=len(stats(run_dir)) + 1), code=4)


def lost_data():
    """One rank that cannot read ends all, with its name."""
    tiny_library(write_config(**TRAINING))
    process, args, run_dir = training_job("lost", dataloader_num_workers=0)
    shutil.rmtree("datasets")
    result = finish(process, args, 60)
    check.equal(result.code, 3, f"exit code of {result}")
    check.that("volumes/" in result.text, f"the file is named: {result}")
    check.equal(result.text.count("the whole job ends"), 1, f"of ranks that fail alike one is heard: {result}")
    expect(0, "inspect", run_dir / "checkpoints" / "last.h5", says="health: good")


def stalled_rank():
    """A rank that stops without dying is named after stall_timeout."""
    tiny_library(write_config(**TRAINING))
    for victim in (1, 0):
        process, args, run_dir = training_job(f"stalled-{victim}", stall_timeout=5)
        pid = ranks_of(process)[victim]
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        result = finish(process, args, 60)
        seconds = time.monotonic() - began
        check.that(4 < seconds < 35, f"the job ended {seconds:.1f} s after rank {victim} stopped")
        check.that(f"rank {victim} on" in result.text and "no sign of life" in result.text, f"who stalled: {result}")
        check.that(result.code != 0, f"exit code of {result}")
        expect(0, "inspect", run_dir / "checkpoints" / "last.h5", says="health: good")


def suspended_job():
    """All ranks stopped for longer than stall_timeout, as a scheduler does it that lends their cores: the job goes on."""
    tiny_library(write_config(**TRAINING))
    process, args, run_dir = training_job("suspended", stall_timeout=3)
    pids = ranks_of(process)
    for pid in pids.values():
        os.kill(pid, signal.SIGSTOP)
    epochs = len(stats(run_dir))
    time.sleep(7)  # what is tested
    for pid in pids.values():
        os.kill(pid, signal.SIGCONT)
    wait_for(lambda: process.poll() is not None or len(stats(run_dir)) > epochs + 2, "epochs after the pause", 60)
    process.send_signal(signal.SIGUSR1)
    result = finish(process, args, 60)
    check.equal(result.code, 138, f"exit code of {result}")
    found = report(run_dir)
    check.that(6 < found["suspended_seconds"] < 12, f"suspended seconds in the report: {found['suspended_seconds']}")
    check.that("was suspended for" in result.text and "suspended for" in result.out, f"it is told: {result}")
    log = (run_dir / "events.jsonl").read_text()
    check.that("was suspended for" in log, "the pause is in the run's log")


if __name__ == "__main__":
    main(grids, cut_epochs, same_dataset, refusals, doctor, bound_threads, failing_rank, lost_data, stalled_rank, suspended_job)
