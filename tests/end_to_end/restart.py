"""Runs cut short at random moments, by signals and by kill -9, and continued."""
import os
import pathlib
import random
import re
import shutil
import signal
import time

from harness import (Fatal, check, expect, finish, leftovers, main, only, options, report, run, run_folders, settled,
                     start, stats_without_time, tiny_library, write_config)

ROUNDS = int(os.environ.get("SCAFFOLD_KILLS", "4"))


def uninterrupted(config):
    """The run to compare with; returns its table and the seconds it took."""
    tiny_library(config)
    expect(0, "generate_dataset", "-c", config)
    result = expect(4, "benchmark", "-c", config, *options(base_run_dir="whole"), says="INVALID")
    table = stats_without_time(only(run_folders("whole"), "run folder"))
    check.equal(len(table), 3, "epochs of the uninterrupted run")
    return table, result.seconds


def session(config, run_dir, cut_after, how):
    """One session, cut after so many seconds (None: not at all)."""
    args = ["benchmark", "--restart", "--run-dir", run_dir] if run_dir else ["benchmark", "-c", config]
    process = start(*args)
    if cut_after is not None:
        time.sleep(cut_after)
        process.send_signal(how)
    return finish(process, args)


def cut_and_continue(config, seed, how, code_when_cut, interval=1):
    table, seconds = uninterrupted(config)
    dice = random.Random(seed)
    print(f"uninterrupted: {seconds:.1f} s, cuts seeded with {seed}")
    run_dir, cuts, refused = None, 0, 0
    for attempt in range(200):
        cut_after = dice.uniform(0.1, 0.7 * seconds) if cuts < ROUNDS else None
        result = session(config, run_dir, cut_after, how)
        run_dir = run_dir or next(iter(run_folders()), None)
        unready = result.code == -how and not result.text  # still loading its libraries
        if result.code == code_when_cut or unready:
            cuts += 1
            if run_dir and (run_dir / "config.yaml").exists():
                expect(0, "inspect", run_dir)
                if how != signal.SIGKILL:
                    check.equal(leftovers(run_dir), [], "what a signal leaves behind")
        elif result.code == 3 and run_dir:
            # Cut before anything was saved: nothing to continue from, which must be said; begin a new run.
            check.that("no checkpoint" in result.text or "not a run folder" in result.text,
                       f"why it cannot be continued: {result}")
            check.that(not (run_dir / "checkpoints" / "last.h5").exists(), f"a checkpoint is there, but: {result}")
            shutil.rmtree(run_dir)
            run_dir, refused = None, refused + 1
        elif result.code != 4:
            check.that(False, f"neither cut nor ended nor refused: {result}")
            return None
        if result.code == 4 and cuts == 0:
            # A machine that has become less busy since was done before the first cut came.
            shutil.rmtree(run_dir)
            run_dir = None
        elif result.code == 4:
            break
    print(f"{cuts} cuts, {refused} times nothing was saved yet")
    check.that(cuts >= 1, "at least one cut happened")
    check.equal(stats_without_time(run_dir), table, "the table of the run that was cut")
    found = report(run_dir)
    check.equal(found["official"], False, "official")
    check.equal(leftovers(run_dir), [], "temporary files left in the run folder")
    return found


def sigterm():
    found = cut_and_continue(write_config(), random.randrange(1 << 30), signal.SIGTERM, 143)
    if found:
        check.that(found["restarts"] >= 1 and any("restarted" in reason for reason in found["reasons"]),
                   f"restarts are counted and make it unofficial: {found['restarts']}, {found['reasons']}")


def kill():
    cut_and_continue(write_config(), random.randrange(1 << 30), signal.SIGKILL, -9)


def kill_async():
    cut_and_continue(write_config(async_save=1, local_batch_size=2), random.randrange(1 << 30), signal.SIGKILL, -9)


def after_the_last_checkpoint():
    """What a kill between a run's last checkpoint and its report leaves behind is completed, and then left alone."""
    config = write_config()
    table, _ = uninterrupted(config)
    run_dir = only(run_folders("whole"), "run folder")
    (run_dir / "report.json").unlink()
    (run_dir / "report.html").unlink()
    rows = (run_dir / "train_stats.csv").read_text().splitlines(keepends=True)
    (run_dir / "train_stats.csv").write_text("".join(rows[:-1]))
    expect(4, "benchmark", "--restart", "--run-dir", run_dir, says="3 epochs")
    check.equal(stats_without_time(run_dir), table, "the table")
    found = report(run_dir)
    check.equal((found["epochs"], found["restarts"], found["status"]), (3, 1, "epochs_exhausted"), "the report")
    check.that((run_dir / "report.html").exists(), "the page")
    expect(4, "benchmark", "--restart", "--run-dir", run_dir, says="has done 3 epochs of 3")
    check.equal(report(run_dir), found, "the report of a run that has nothing left to do")


def wait_for_training(process, base):
    """Until the first epoch is in the table of the only run under `base`."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for table in pathlib.Path(base).glob("*/train_stats.csv"):
            if table.read_text().count("\n") >= 2:
                return table.parent
        if process.poll() is not None:
            raise Fatal(f"ended early: {finish(process, ['benchmark'])}")
        time.sleep(0.01)
    raise Fatal("no epoch within 60 s")


def each_signal_has_its_code():
    """Also with checkpoint_interval -1, where only a signal makes a checkpoint; restart.sh goes on with it."""
    config = write_config(epochs=-1, checkpoint_interval=-1)
    tiny_library(config)
    for how, code in ((signal.SIGINT, 130), (signal.SIGUSR1, 138), (signal.SIGTERM, 143)):
        base = f"runs-{code}"
        args = ["benchmark", "-c", config, *options(base_run_dir=base)]
        process = start(*args)
        run_dir = wait_for_training(process, base)
        check.that(not (run_dir / "checkpoints" / "last.h5").exists(), "interval -1 writes no checkpoint by itself")
        process.send_signal(how)
        result = finish(process, args, timeout=60)
        check.equal(result.code, code, f"exit code of {result}")
        check.that((run_dir / "checkpoints" / "last.h5").exists(), f"a checkpoint after signal {int(how)}")
        found = report(run_dir)
        check.equal((found["status"], found["fom_seconds"]), ("interrupted", None), f"report after signal {int(how)}")
        epochs = found["epochs"]
    script = start("--epochs", epochs + 1, program=(run_dir / "restart.sh").resolve(), cwd="/")
    result = finish(script, ["(restart.sh)"])
    check.equal(result.code, 4, f"exit code of restart.sh from another folder: {result}")
    check.equal(report(run_dir)["epochs"], epochs + 1, "epochs after restart.sh")


def second_interrupt_ends_at_once():
    """A step of this network takes many seconds: the first signal waits for it, the second does not."""
    config = write_config(problem_scale=4, unet_bottleneck_dim=1, local_batch_size=8, checkpoint_interval=-1,
                          n_instances_used_per_fractal=30)
    tiny_library(config)
    args = ["benchmark", "-c", config]
    process = start(*args)
    end = time.monotonic() + 60
    while not list(pathlib.Path("runs").glob("*/events.jsonl")) and time.monotonic() < end and process.poll() is None:
        time.sleep(0.01)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    waiting = process.poll() is None
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    result = finish(process, args, timeout=60)
    check.equal(result.code, 130, f"exit code of {result}")
    if waiting:
        check.that(time.monotonic() - began < 3, f"the second SIGINT took {time.monotonic() - began} s")


def blocked_signals(pid):
    """{thread: mask of the signals that it blocks}."""
    masks = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            masks[task.name] = int(re.search(r"SigBlk:\s+(\w+)", (task / "status").read_text())[1], 16)
        except OSError:  # it has just ended
            continue
    return masks


def signals_stay_off_computing_threads():
    """A handler on a thread that computes would write its frame into tensors: oneDNN's kernels use the stack pointer."""
    config = write_config(epochs=-1, checkpoint_interval=-1)
    tiny_library(config)
    args = ["benchmark", "-c", config]
    process = start(*args)
    wait_for_training(process, "runs")
    main_thread = str(process.pid)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP):
        # The kernel shows the thread that waits for them with the signals open, and only while it waits.
        def open_to():
            return [task for task, mask in blocked_signals(process.pid).items() if not mask >> (number - 1) & 1]

        reached = settled(open_to, lambda tasks: len(tasks) == 1 and main_thread not in tasks, 10)
        check.that(len(reached) == 1 and main_thread not in reached,
                   f"signal {int(number)} reaches threads {reached}, main {main_thread}")
    process.send_signal(signal.SIGTERM)
    check.equal(finish(process, args, timeout=60).code, 143, "and yet it is heard")


if __name__ == "__main__":
    main(sigterm, kill, kill_async, after_the_last_checkpoint, each_signal_has_its_code, second_interrupt_ends_at_once,
         signals_stay_off_computing_threads)
