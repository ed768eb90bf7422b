"""What the end-to-end tests share: running the program, small problems, and the check of what came of it.

A test file is a list of functions. `python3 FILE.py BINARY NAME` runs one of them in a fresh folder, prints every check
that failed and exits with 1 if there was any, or if no check was made.
"""
import csv
import ctypes
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

SOURCE = pathlib.Path(os.environ.get("SCAFFOLD_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
SMOKE = SOURCE / "configs" / "smoke.yml"
BINARY = None

# Volumes of 8 voxels along each axis and a network of two levels: an epoch is half a second.
TINY = {
    "problem_scale": 3, "unet_bottleneck_dim": 2, "n_instances_used_per_fractal": 6, "epochs": 3, "train_seed": 5,
    "torch_amp": 0, "checkpoint_interval": 1, "more_determinism": 1, "warmup_batches": 0, "target_dice": 1,
    "num_threads": 1, "fract_base_dir": "fractals", "dataset_dir": "datasets", "base_run_dir": "runs",
}


class Checks:
    """Collects what failed instead of stopping at the first."""

    def __init__(self):
        self.made, self.failed = 0, []

    def that(self, condition, message):
        self.made += 1
        if not condition:
            self.failed.append(str(message))
            print(f"FAILED: {message}", flush=True)
        return bool(condition)

    def equal(self, got, expected, message):
        return self.that(got == expected, f"{message}: expected {expected!r}, got {got!r}")


check = Checks()


class Fatal(Exception):
    """Nothing further can be checked."""


class Result:
    def __init__(self, args, code, out, err, seconds):
        self.args, self.code, self.out, self.err, self.seconds = args, code, out, err, seconds

    @property
    def text(self):
        return self.out + self.err

    def __str__(self):
        return f"`scaffold {' '.join(map(str, self.args))}` -> {self.code}\n{self.text[-1200:]}"


def environment(extra=None):
    """Ours, without what a launcher around the tests may have set."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("OMPI_", "PMI_", "PMIX_", "FLUX_", "SLURM_"))}
    # mpirun's hwloc connects to X displays, and dies with one that a test of the viewer ends.
    env["HWLOC_COMPONENTS"] = "-gl"
    env.update(extra or {})
    return env


def start(*args, program=None, **more):
    more.setdefault("env", environment())
    more.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen([str(program or BINARY), *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            **more)


def finish(process, args, timeout=300):
    began = time.monotonic()
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise Fatal(f"`scaffold {' '.join(map(str, args))}` did not end within {timeout} s:\n"
                    f"{(out + err).decode(errors='replace')[-2000:]}")
    return Result(args, process.returncode, out.decode(errors="replace"), err.decode(errors="replace"),
                  time.monotonic() - began)


def run(*args, timeout=300, **more):
    return finish(start(*args, **more), args, timeout)


NEVER_SAID = ("terminate called", "unexpected error", "HDF5-DIAG", "Assertion", "c10::", "nlohmann", "YAML::")


def expect(code, *args, says=(), **more):
    """Runs, and checks the exit code, that every word of `says` is in the output, and that no foreign error is."""
    result = run(*args, **more)
    check.equal(result.code, code, f"exit code of {result}")
    for word in [says] if isinstance(says, str) else says:
        check.that(word in result.text, f"'{word}' is to be said by {result}")
    for word in NEVER_SAID:
        check.that(word not in result.text, f"'{word}' is not to be said by {result}")
    return result


def yaml(values):
    return "".join(f"{key}: {value}\n" for key, value in values.items())


def write_config(name="tiny.yml", **changes):
    pathlib.Path(name).write_text(yaml({**TINY, **changes}))
    return name


def options(**changes):
    words = []
    for key, value in changes.items():
        words += ["--" + key.replace("_", "-"), *map(str, value if isinstance(value, list) else [value])]
    return words


def tiny_library(config="tiny.yml", *more):
    expect(0, "generate_fractals", "-c", config, *more)


def shared(recipe, make):
    """What `make` leaves in an empty folder, copied into this test's: made once a build and recipe (any value that says all of
    what it depends on) by the test that comes first; the others wait for it. Only what is made without a failed check stays.
    A run's restart.sh names the folder where it was made: not for tests of that."""
    home = BINARY.parent.parent
    build = "-".join(f"{program.stat().st_mtime_ns:x}" for program in (BINARY, home / "libexec" / "scaffold-torch"))
    fixtures = home / "fixtures" / build
    fixtures.mkdir(parents=True, exist_ok=True)
    for old in fixtures.parent.iterdir():
        if old != fixtures:
            shutil.rmtree(old, ignore_errors=True)
    made = fixtures / hashlib.sha256(repr(recipe).encode()).hexdigest()[:16]
    with open(f"{made}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            making, here, failed = pathlib.Path(f"{made}.making"), os.getcwd(), len(check.failed)
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            os.chdir(making)
            try:
                make()
            finally:
                os.chdir(here)
            if len(check.failed) > failed:
                raise Fatal(f"what tests share could not be made: {recipe}")
            making.rename(made)
    shutil.copytree(made, ".", symlinks=True, dirs_exist_ok=True)


def run_folders(base="runs"):
    return sorted(p for p in pathlib.Path(base).glob("*") if p.is_dir())


def only(paths, what):
    paths = list(paths)
    if len(paths) != 1:
        raise Fatal(f"expected one {what}, got {[str(p) for p in paths]}")
    return paths[0]


def stats(run_dir):
    with open(pathlib.Path(run_dir) / "train_stats.csv", newline="") as file:
        return list(csv.DictReader(file))


def stats_without_time(run_dir):
    return [{k: v for k, v in row.items() if k != "epoch_duration"} for row in stats(run_dir)]


def report(run_dir):
    return json.loads((pathlib.Path(run_dir) / "report.json").read_text())


def hashes(folder, ignore_hidden=True):
    """{relative path: sha256} of all files below, lock and staging names (leading dot) left out."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not (ignore_hidden and any(part.startswith(".") for part in relative.parts)):
            found[str(relative)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def leftovers(folder):
    return [str(p) for p in pathlib.Path(folder).rglob(".*") if not p.name.startswith(".lock")]


def snapshot(folder):
    """All bytes of a folder, to show later that nothing was touched."""
    return hashes(folder, ignore_hidden=False)


_xxhash = ctypes.CDLL("libxxhash.so.0")
_xxhash.XXH3_64bits.restype = ctypes.c_uint64
_xxhash.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


def xxh3(data):
    return f"{_xxhash.XXH3_64bits(data, len(data)):016x}"


def rewrite_header(path, change=lambda lines: lines):
    """Makes a container's checksums fit its bytes again (docs/formats.md), after `change` to the header's lines."""
    data = bytearray(pathlib.Path(path).read_bytes())
    header = data[:data.index(b"\nheader_xxh3") + 1].decode().splitlines()
    user_block = int(header[1].split()[1])
    ranges = [tuple(map(int, line.split()[1:3])) for line in header if line.startswith("bulk ")]
    rest, at = b"", user_block
    for offset, size in ranges:
        rest, at = rest + bytes(data[at:offset]), offset + size
    rest += bytes(data[at:])
    lines = []
    for line in header:
        word = line.split()
        if word[0] == "file_size":
            line = f"file_size {len(data)}"
        elif word[0] == "metadata_xxh3":
            line = f"metadata_xxh3 {xxh3(rest)}"
        elif word[0] == "bulk":
            offset, size = int(word[1]), int(word[2])
            line = f"bulk {offset} {size} {xxh3(bytes(data[offset:offset + size]))}"
        lines.append(line)
    text = "".join(line + "\n" for line in change(lines))
    text += f"header_xxh3 {xxh3(text.encode())}\n"
    data[:user_block] = text.encode().ljust(user_block, b"\0")
    pathlib.Path(path).write_bytes(data)


def flip_byte(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset, os.SEEK_END if offset < 0 else os.SEEK_SET)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 0x55]))


def truncate(path, size):
    with open(path, "r+b") as file:
        file.truncate(size)


def wait_for(condition, what, timeout=60):
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise Fatal(f"waited {timeout} s for {what}")
        time.sleep(0.005)


def settled(read, right, timeout=60):
    """What `read` gives as soon as `right` says yes to it, or at last. Another process is looked at until it has settled:
    a single look may fall between two of its states (an exec, a thread that begins or ends, a child that is not reaped)."""
    end = time.monotonic() + timeout
    while True:
        found = read()
        if right(found) or time.monotonic() > end:
            return found
        time.sleep(0.005)


def variables_of(pid):
    """The environment of another process; empty while it cannot be seen."""
    try:
        text = pathlib.Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    except OSError:
        return {}
    return dict(entry.split("=", 1) for entry in text.split("\0") if "=" in entry)


def executable_of(pid):
    """The name of another process's program; empty while it cannot be seen."""
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return ""


def processes(which):
    """Processes for which which(pid) holds."""
    return [int(path.name) for path in pathlib.Path("/proc").iterdir() if path.name.isdigit() and which(int(path.name))]


def main(*tests):
    global BINARY
    by_name = {test.__name__: test for test in tests}
    if len(sys.argv) != 3 or sys.argv[2] not in by_name:
        print(f"usage: {sys.argv[0]} BINARY TEST, where TEST is one of: {' '.join(by_name)}", file=sys.stderr)
        sys.exit(2)
    BINARY = pathlib.Path(sys.argv[1]).resolve()
    folder = tempfile.mkdtemp(prefix=f"scaffold-{sys.argv[2]}-")
    os.chdir(folder)
    try:
        by_name[sys.argv[2]]()
    except Fatal as error:
        check.that(False, error)
    except Exception:
        check.that(False, traceback.format_exc())
    os.chdir("/")
    if check.failed and os.environ.get("SCAFFOLD_KEEP"):
        print(f"kept: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    if not check.made:
        check.that(False, "no check was made")
    print(f"{check.made - len(check.failed)} of {check.made} checks passed")
    sys.exit(1 if check.failed else 0)
