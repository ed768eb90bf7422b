#!/usr/bin/env bash
# flux: --job-name=scaffold
# flux: --nodes=1
# flux: --nslots=4
# flux: --cores-per-slot=16
# flux: --time-limit=4h
# flux: --signal=SIGUSR1@5m
# flux: --output=scaffold-{{id}}.out
# ---- EDIT the lines above: what the job asks for ----
# nslots: ranks (GPUs, or NUMA domains on CPUs; add --gpus-per-slot=1 for GPUs). signal: how long before the time limit
# the run is told to stop: more than the longest step or validation volume and the checkpoint's writing.
#
# `scaffold benchmark` under Flux, in as many sessions as it takes. Submit it from the folder in which relative paths
# begin; what stands behind the script goes to the benchmark:
#
#   flux batch scripts/flux/benchmark.sh -c configs/official.yml
#
# Shortly before the time limit the run writes a checkpoint and ends, and the script submits itself to continue it, as a
# new job with the lines above: change those lines rather than giving flux batch other options. No further job comes when
# the run has reached its target, has used up its epochs or has failed; the exit code is then the benchmark's
# (docs/cli.md). Make library and dataset by a job of their own before: docs/cluster.md.
set -uo pipefail

# ---- EDIT: the environment in which scaffold was built ----
# module load gcc mvapich2 hdf5

# ---- EDIT: where things are (or set these variables when submitting) ----
scaffold=${SCAFFOLD:-build/release/bin/scaffold}
runs=${SCAFFOLD_RUNS:-benchmark_runs}        # each chain of jobs gets a folder of its own in it
continued=${SCAFFOLD_RUN_DIR:-}              # a run folder: continue that run instead of beginning one
max_sittings=${SCAFFOLD_MAX_SITTINGS:-100}   # so that a run that never converges leaves the queue some day
max_idle=${SCAFFOLD_MAX_IDLE_SITTINGS:-3}    # sessions in a row that bring the run no further: then the job ends
ranks=${SCAFFOLD_RANKS:-4}                   # as nslots
cores=${SCAFFOLD_CORES:-16}                  # as cores-per-slot
launch=(flux run --ntasks="$ranks" --cores-per-task="$cores" -o cpu-affinity=per-task)
# launch+=(--gpus-per-task=1)

# ---- nothing to edit from here ----
signalled=138   # 128 + SIGUSR1: stopped by it, with a checkpoint
job=$(FLUX_F58_FORCE_ASCII=1 flux getattr jobid) || { echo "submit this with flux batch" >&2; exit 2; }
first=${SCAFFOLD_FIRST_JOB:-$job}
session=${SCAFFOLD_SITTING:-1}
say() { printf '== %s job %s, session %s: %s\n' "$(date '+%F %T')" "$job" "$session" "$*"; }

# A folder named after the first job is how later ones find the run.
own=$runs/flux-$first

# The run to continue: the newest one that has written a checkpoint. A session may have been killed before its first.
run_to_continue() {
  local run newest=
  if [ -n "$continued" ]; then printf '%s' "$continued"; return; fi
  for run in "$own"/*/; do
    if [ -f "$run/config.yaml" ] && grep -qs '"type": *"checkpoint"' "$run/events.jsonl"; then
      if [ -z "$newest" ] || [ "$run/config.yaml" -nt "$newest/config.yaml" ]; then newest=${run%/}; fi
    fi
  done
  printf '%s' "$newest"
}

# How far the run is: its last checkpoint, as the run's log names it.
place() {
  local run
  run=$(run_to_continue)
  [ -n "$run" ] && grep -s '"type": *"checkpoint"' "$run/events.jsonl" | tail -n 1 |
    grep -o '"\(epoch\|steps\)": *[0-9]*' | tr -d '"\n'
}
# Sessions up to now that began where the run is now: none of them has brought it on. A line of $begun is where one began.
begun=$own/sittings_began_at
idle_sittings() { { [ -f "$begun" ] && cat "$begun"; } | awk -v now="run: $(place)" '{n = $0 == now ? n + 1 : 0} END {print n + 0}'; }

if [ ! -x "$scaffold" ]; then
  say "'$scaffold' is not there or not executable; set scaffold in this script, or SCAFFOLD" >&2
  exit 2
fi
if [ "$(idle_sittings)" -ge "$max_idle" ]; then
  say "the last $max_idle sessions have brought the run no further: not tried again (docs/cluster.md)" >&2
  exit 1
fi
mkdir -p "$own" && echo "run: $(place)" >> "$begun"

run=$(run_to_continue)
if [ -z "$run" ]; then
  command=(benchmark "$@" --base-run-dir "$own")
elif [ -n "$continued" ]; then
  command=(benchmark --restart --run-dir "$run" "$@")
else
  # The run keeps the configuration that it began with.
  command=(benchmark --restart --run-dir "$run")
fi
say "${launch[*]} $scaffold ${command[*]}"

# Flux itself hands the signal to the ranks; recent versions also send it to this script, which must outlive it.
trap : USR1
code=0
"${launch[@]}" "$scaffold" "${command[@]}" || code=$?

if [ "$code" != "$signalled" ]; then
  say "ended with code $code"
  exit "$code"
fi
run=$(run_to_continue)
if [ -z "$run" ]; then
  say "stopped before there was anything to continue; make the dataset by a job of its own (docs/cluster.md)" >&2
elif [ "$(idle_sittings)" -ge "$max_idle" ]; then
  say "the last $max_idle sessions have brought the run no further, so it is not continued; is a session longer than warm-up, a step" \
    "and a validation pass, and can checkpoints be written (docs/cluster.md)? SCAFFOLD_RUN_DIR='$run' flux batch ... tries again" >&2
elif [ "$session" -ge "$max_sittings" ]; then
  say "was the last session; SCAFFOLD_RUN_DIR='$run' SCAFFOLD_MAX_SITTINGS=... flux batch ... continues" >&2
elif next=$(SCAFFOLD_FIRST_JOB=$first SCAFFOLD_SITTING=$((session + 1)) flux --parent batch "$0" "$@"); then
  say "submitted $next, to continue '$run'"
  exit 0
else
  say "cannot submit itself again; SCAFFOLD_RUN_DIR='$run' flux batch ... continues the run" >&2
fi
exit "$code"
