#!/usr/bin/env python3
"""Peak memory of short trainings beside what `scaffold plan` predicts, both above what the process holds before
the network is made. A case is SCALE[,OPTION,VALUE…]; the library and a small dataset are made in --folder.

Example: scripts/compare_memory.py --folder /tmp/memory 5 6 5,--local-batch-size,2 6,--activation-checkpointing,1"""
import argparse
import json
import pathlib
import subprocess

root = pathlib.Path(__file__).resolve().parent.parent
scaffold = root / "build" / "release" / "bin" / "scaffold"


def run(*words):
    result = subprocess.run([scaffold, *words], capture_output=True, text=True, cwd=root)
    if result.returncode not in (0, 4):
        raise SystemExit(result.stderr)
    return result.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="+")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("memory"))
    parser.add_argument("--machine", default="cpu-2core")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "memory.yml"
    config.write_text(f"""n_instances_used_per_fractal: 9
train_seed: 1
max_steps_per_epoch: 2
epochs: 1
warmup_batches: 0
base_run_dir: {folder}/runs
dataset_dir: {folder}/datasets
fract_base_dir: {folder}/fractals
""")
    print(f"{'case':40} {'plan MiB':>9} {'measured':>9} {'plan / measured':>16}")
    for number, case in enumerate(arguments.cases):
        scale, *options = case.split(",")
        words = ["-c", config, "--problem-scale", scale, "--job-name", f"case{number}", *options]
        planned = json.loads(run("plan", *words, "--machine", arguments.machine, "--json"))["memory_bytes"]["total"]
        run("generate_fractals", *words)
        run("benchmark", *words)
        newest = max(folder.glob(f"runs/case{number}_*"), key=lambda path: path.stat().st_mtime)
        report = json.loads((newest / "report.json").read_text())
        measured = report["peak_memory_bytes"] - report["base_memory_bytes"]
        print(f"{case:40} {planned / 2**20:9.0f} {measured / 2**20:9.0f} {planned / measured:16.3f}", flush=True)


if __name__ == "__main__":
    main()
