"""The rules of official results where users meet them: in reports, in plans, before training."""
import json
import pathlib

from harness import (SOURCE, check, expect, main, only, options, report, run_folders, stats, tiny_library, write_config)

OFFICIAL = SOURCE / "configs" / "official.yml"
COMPARED = ["problem_scale", "target_dice", "n_categories", "n_instances_used_per_fractal", "unet_bottleneck_dim", "optimizer",
            "starting_learning_rate", "min_learning_rate", "T_0", "T_mult", "disable_scheduler", "lr_scaling", "lr_warmup_steps",
            "dc_shard_dims"]


def in_reports():
    """What a figure of merit is compared by, both forms of it, kernels, and Dice of the classes present."""
    config = write_config(train_from_scratch=0, async_save=1)
    tiny_library(config)
    result = expect(0, "benchmark", "-c", config, "--target-dice", "0.001", says=["train_from_scratch", "INVALID"])
    found = report(only(run_folders(), "run"))
    seconds = sum(float(row["epoch_duration"]) for row in stats(only(run_folders(), "run")))
    check.that(abs(found["fom_inverse_seconds"] * seconds - 1) < 1e-12, f"1 / seconds: {found['fom_inverse_seconds']}")
    check.equal(list(found["comparability"]), COMPARED, "keys that figures are compared by")
    check.equal(found["comparability"]["target_dice"], 0.001, "their values are those of the run")
    check.equal(found["comparability"]["dc_shard_dims"], [2, 3, 4], "lists are lists")
    check.that("target_dice is 0.001, the baseline's is 0.95" in found["differs_from_baseline"], "differences are told")
    check.that("train_from_scratch is 0, not 1" in found["reasons"], f"train_from_scratch is caught: {found['reasons']}")
    check.that(not any(key in reason for key in ("async_save", "torch_amp", "seed is") for reason in found["reasons"]
                       if not reason.startswith("train_seed")), f"what is free is no reason: {found['reasons']}")
    check.equal(found["precision"], "float32 (torch_amp 0)", "datatypes are named")
    check.that("at least 3 runs with different seeds" in found["official_meaning"], found["official_meaning"])
    check.that(found["framework"].startswith("LibTorch 2") and "PyTorch" in found["framework"], found["framework"])
    check.equal(found["run_rules"]["category"], "Optimized", "run rules")
    checkpoints = found["phase_seconds"]["checkpoint"]
    check.that(abs(found["epoch_time"]["seconds_beyond_reference"] - checkpoints) < 1e-9 and checkpoints > 0,
               "checkpoints are what the reference's epoch time leaves out")
    check.that({"3^3 convolution", "Group norm, ReLU", "Optimizer"} <= set(found["kernels"]), found["kernels"])
    last = found["epochs_table"][-1]
    check.that(0 <= last["val_dice_present"] <= 1 and found["best_val_dice_present"] is not None, "Dice of those present")
    # At two points a cloud most volumes lack some of five categories: these count in the official score alone, with 1
    # where they are not predicted, with next to nothing where they are.
    check.that(last["val_dice_present"] != last["val_dice"], f"absent classes are left out: {last}")
    check.that(0 < found["background_dice"] < 1, found["background_dice"])
    for word in ("1 / seconds", "unet_bottleneck_dim 2", "Not the baseline's", "Optimized", "LibTorch", "3^3 convolution",
                 "Dice, classes present"):
        check.that(word in result.out, f"the table says '{word}': {result}")


def background_alone():
    """A target that predicting nothing reaches is warned of before anything is made."""
    config = write_config(n_categories=80, n_instances_used_per_fractal=3, epochs=1)
    result = expect(3, "benchmark", "-c", config, "--target-dice", "0.95", says=["background alone scores 0.96", "0.95"])
    check.that("library" in result.text, f"then the missing library is told: {result}")
    result = expect(3, "benchmark", "-c", config, "--target-dice", "0.99")
    check.that("background" not in result.text, f"a higher target says something: {result}")


def batch_above_the_volumes():
    """More samples in a step than there are volumes: refused where a run could be official, told elsewhere."""
    result = expect(2, "benchmark", "-c", OFFICIAL, "--dc-num-shards", "1", "1", "1", "--local-batch-size", "73",
                    says=["global batch of 73", "72 validation samples", "reference refuses"], timeout=60)
    check.that("72 training" not in result.text and not pathlib.Path("benchmark_runs").exists(), "nothing was made")
    config = write_config(epochs=1, local_batch_size=4)  # 7 training and 3 validation samples
    tiny_library(config)
    expect(4, "benchmark", "-c", config, says=["global batch of 4", "3 validation samples", "goes on"])
    result = expect(4, "benchmark", "-c", config, "--local-batch-size", "3")
    check.that("global batch of" not in result.text, f"three of three are fine: {result}")


def bottleneck():
    """A scale from 9 on with another bottleneck than the page's is told so; a plan says what the rules say."""
    plan = ["plan", "-c", OFFICIAL, "--machine", "h100"]
    result = expect(0, *plan, says=["361.90 M", "at least 3 runs with different seeds"])
    check.that("note:" not in result.out, f"the page's own: {result}")
    expect(0, *plan, "--unet-bottleneck-dim", "3",
           says=["should use 6", "23.17 G", "361.90 M", "not official", "unet_bottleneck_dim is 3, not 6"])
    check.equal(json.loads(expect(0, *plan, "--json").out)["unofficial_reasons"], [], "as JSON")
    expect(0, *plan, "--ranks", str(512 * 128), says=["global batch of 128", "72 validation samples"])
    small = expect(0, "plan", "-c", write_config(), "--machine", "cpu-2core")
    check.that("should use" not in small.text, f"below scale 9 nothing is said: {small}")
    # The run itself, which then ends for want of memory or of a library.
    result = expect(2, "benchmark", "-c", write_config(problem_scale=12, unet_bottleneck_dim=3, dc_num_shards="[1, 1, 1]"),
                    says=["should use 7", "not official"], timeout=60)
    check.that("memory" in result.text, f"and why it cannot be: {result}")


def reference_configuration():
    """The config.yaml of a run of the reference starts a run; what is none of its settings is told in one line."""
    config = write_config(command="benchmark", config="ScaFFold/configs/benchmark_default.yml", verbose=0, restart="false",
                          run_dir="null", benchmark_run_dir="/p/x", unet_layers=1, vol_size=8, point_num=2, machine_name="n1",
                          scheduler_metadata="{SLURM_JOB_ID: '7', nodes: [n1, n2]}", dist=1, scale=1, dc_total_shards=1,
                          batch_size=2, epochs=1)
    tiny_library(config)
    result = expect(4, "benchmark", "-c", config)
    told = [line for line in result.err.splitlines() if "keys of a run of the reference" in line]
    check.equal(len(told), 1, f"lines that say so: {result}")
    for key in ("scheduler_metadata", "unet_layers", "batch_size is read as local_batch_size"):
        check.that(key in told[0], f"{key} is named: {told[0]}")
    run_dir = only(run_folders(), "run")
    check.equal(report(run_dir)["configuration"]["local_batch_size"]["value"], 2, "the older key's value")
    check.that("scheduler_metadata" not in (run_dir / "config.yaml").read_text(), "our own record has settings alone")
    expect(2, "config", "-c", config, *options(scale=1), says="scale")  # no option of the command line


if __name__ == "__main__":
    main(in_reports, background_alone, batch_above_the_volumes, bottleneck, reference_configuration)
