"""What compilers do not check: which way includes go between rooms, how long files are, words that files must not use, and that
no code but a workload's own names what is the workload's, and what a key of the viewer does.

Usage: check_house.py includes|length|words|workloads|keys|self, from anywhere. Exit code 1 with a line for each offence."""
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = re.compile(r"\.(cpp|hpp|cu|cuh|def)$")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
LONGEST = 500  # lines of a file
# Folder, what its files must not say, the one file that may, and why.
WORDS = [("tests", re.compile(r"Catch::(Detail|StartsWith|EndsWith|Equals|Matches|VectorContains|WithinAbs)\b|#\s*include\s*<catch2/"), "tests/catch.hpp", "the versions of Catch2 differ in it")]

# What only a workload's own folders say, in the code below these folders.
WORKLOAD = re.compile(r"fractal|(?<!in)dice|u-?net|\bmask|palette|categor", re.I)
NEUTRAL = ("engine", "headless", "viewer")
# Where it is said: folders of the workload.
OWN = ("engine/workloads/fractal_unet/", "viewer/panels/fractal_unet/", "viewer/sources/fractal_unet/")
# A key and what it does, as the viewer's panels declare them; those keys that act on whatever is in front.
SHORTCUT = re.compile(r'\{"([^"\s][^"]*)",\s*"([A-Z][^"]*)",\s*\[')
BY_PANEL = {"Enter", "Escape"}
MOST_NAMING = 5  # files that may say it all the same, which docs/architecture.md lists


def rooms(root):
    """Folder of each room, lowest first: the order in which the build adds them is the order in which they may be used."""
    text = (root / "CMakeLists.txt").read_text()
    engine = [pathlib.Path(folder) for folder in re.findall(r"add_subdirectory\((engine/[\w/]+)\)", text)]
    viewer = re.search(r"# Rooms of the viewer, lowest first: ([\w, ]+)", (root / "viewer/CMakeLists.txt").read_text())
    return engine + [pathlib.Path("headless")] + [pathlib.Path("viewer") / name for name in viewer[1].split(", ")]


def sources(root):
    for top in ("engine", "headless", "viewer"):
        yield from sorted(p for p in (root / top).rglob("*") if SOURCE.search(p.name) and p.is_file())


def room_of(path, all_rooms):
    """The place of the room that holds a path, the innermost of them, or None."""
    holding = [(len(room.parts), i) for i, room in enumerate(all_rooms) if room in path.parents]
    return max(holding)[1] if holding else None


def find(name, file, all_rooms, root):
    """The file that an include means, relative to the root, or None where it is a library's."""
    beside = (file.parent / name).resolve()
    candidates = [beside] + [root / top / name for top in (".", "viewer")]
    candidates += [root / room.parent / name for room in all_rooms if room.parts[0] == "engine" and room.name == name.split("/")[0]]
    return next((c.resolve().relative_to(root) for c in candidates if c.is_file()), None)


def includes(root):
    """Every include that leads to a room which is not below."""
    all_rooms = rooms(root)
    found = []
    for file in sources(root):
        mine = room_of(file.relative_to(root), all_rooms)
        if mine is None:
            found.append(f"{file.relative_to(root)}: stands in no room that CMakeLists.txt names")
            continue
        for name in INCLUDE.findall(file.read_text()):
            target = find(name, file, all_rooms, root)
            other = room_of(target, all_rooms) if target else mine
            if other > mine:
                found.append(f"{file.relative_to(root)}: includes {name}, and {all_rooms[mine]} stands below {all_rooms[other]}")
    return found


def length(root):
    found = []
    for file in list(sources(root)) + sorted((root / "tests").rglob("*.[ch]pp")):
        lines = file.read_text().count("\n")
        if lines > LONGEST:
            found.append(f"{file.relative_to(root)}: {lines} lines, at most {LONGEST}")
    return found


def words(root):
    found = []
    for folder, word, home, why in WORDS:
        for file in sorted((root / folder).rglob("*.[ch]pp")):
            name = str(file.relative_to(root))
            for number, line in enumerate(file.read_text().splitlines(), 1):
                if name != home and word.search(line):
                    found.append(f"{name}:{number}: says {word.search(line)[0]}, which belongs in {home}: {why}")
    return found


def naming(root):
    """The files that docs/architecture.md lists as naming a workload."""
    text = (root / "docs/architecture.md").read_text()
    paragraph = re.search(r"\*\*Files that name a workload\*\*(.*?)(\n\n|\Z)", text, re.S)
    return re.findall(r"`((?:engine|headless|viewer)/[\w/.]+)`", paragraph[1]) if paragraph else []


def workloads(root):
    """Every file that names what is a workload's and is not its own, and every listed one that does not."""
    listed = naming(root)
    found = [f"docs/architecture.md: lists {len(listed)} files that name a workload, at most {MOST_NAMING}"] * (len(listed) > MOST_NAMING)
    silent = set(listed)
    for top in NEUTRAL:
        for file in sorted(p for p in (root / top).rglob("*") if SOURCE.search(p.name) or p.name == "CMakeLists.txt"):
            name = str(file.relative_to(root))
            if name.startswith(OWN):
                continue
            lines = [(0, name)] + list(enumerate(file.read_text().splitlines(), 1))
            said = [(number, match[0]) for number, line in lines if (match := WORKLOAD.search(line))]
            if said:
                silent.discard(name)
            if name not in listed:
                found += [f"{name}:{number}: says {word}, which is a workload's (docs/architecture.md)" for number, word in said]
    return found + [f"{name}: is listed in docs/architecture.md as naming a workload, and does not" for name in sorted(silent)]


def keys(root):
    """Every key of the viewer that begins another thing in one place than in another: its help tells it in other words first."""
    first = {}
    found = []
    for file in sorted((root / "viewer").rglob("*.cpp")):
        for pressed, does in SHORTCUT.findall(file.read_text()):
            word = does.split()[0].strip(":")
            for key in pressed.split():
                if key in BY_PANEL:
                    continue
                before, where = first.setdefault(key, (word, file))
                if before != word:
                    found.append(f"{file.relative_to(root)}: key {key} is for '{word} …', in {where.relative_to(root)} for '{before} …'")
    return found


def self_test(_root):
    """The checks find what they are for, in a house made up for it."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        for name, text in {
                "CMakeLists.txt": "add_subdirectory(engine/core)\nadd_subdirectory(engine/workloads/one)\nadd_subdirectory(engine/run)\n",
                "viewer/CMakeLists.txt": "# Rooms of the viewer, lowest first: scene, app\n",
                "engine/core/up.hpp": '#include "run/record.hpp"\n', "engine/run/record.hpp": '#include "core/up.hpp"\n#include "one/net.hpp"\n',
                "engine/workloads/one/net.hpp": '#include "core/up.hpp"\n#include <vector>\n', "engine/stray.cpp": "\n",
                "headless/main.cpp": '#include "run/record.hpp"\n', "viewer/scene/axes.hpp": '#include "app/window.hpp"\n',
                "viewer/app/window.hpp": "\n" * (LONGEST + 1)}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        (root / "tests").mkdir()
        (root / "tests/test_one.cpp").write_text('#include "catch.hpp"\nCHECK(x == Catch::Detail::Approx(1));\n')
        expected = ["engine/core/up.hpp: includes run/record.hpp, and engine/core stands below engine/run",
                    "engine/stray.cpp: stands in no room that CMakeLists.txt names",
                    "viewer/scene/axes.hpp: includes app/window.hpp, and viewer/scene stands below viewer/app"]
        got = sorted(includes(root))
        if got != expected or length(root) != [f"viewer/app/window.hpp: {LONGEST + 1} lines, at most {LONGEST}"]:
            return [f"the checks found {got} and {length(root)}"]
        if [line.split(",")[0] for line in words(root)] != ["tests/test_one.cpp:2: says Catch::Detail"]:
            return [f"the check of words found {words(root)}"]
        (root / "viewer/app/one.cpp").write_text('{"n Right", "Next slice", [this] {}}, {"Enter", "Run", [this] {}}')
        (root / "viewer/app/two.cpp").write_text('{"n", "Next chart", [] {}}, {"Right", "Wider", [] {}}, {"Enter", "Open", [] {}}')
        if keys(root) != ["viewer/app/two.cpp: key Right is for 'Wider …', in viewer/app/one.cpp for 'Next …'"]:
            return [f"the check of keys found {keys(root)}"]
        listed = "engine/run/list.cpp"
        (root / "docs").mkdir()
        (root / "docs/architecture.md").write_text(f"**Files that name a workload**: `{listed}`, and `engine/run/gone.cpp`.\n\n`a/b.cpp`\n")
        for name, text in {listed: "// Dice of the U-Net\n", "engine/run/indices.cpp": "// indices, umask\n", "engine/core/unet.hpp": "\n",
                           "engine/run/sums.cpp": "int n;\nint val_dice, Categories, mask;\n", "headless/CMakeLists.txt": "fractals.cpp\n",
                           "engine/workloads/fractal_unet/dice.cpp": "// fractals\n"}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        expected = ["engine/core/unet.hpp:0: says unet", "engine/run/sums.cpp:2: says dice", "headless/CMakeLists.txt:1: says fractal",
                    "engine/run/gone.cpp: is listed in docs/architecture.md as naming a workload"]
        if [line.split(",")[0] for line in workloads(root)] != expected:
            return [f"the check of workloads found {workloads(root)}"]
        (root / "docs/architecture.md").write_text("**Files that name a workload**: " + f"`{listed}` " * (MOST_NAMING + 1))
        if not workloads(root)[0].startswith(f"docs/architecture.md: lists {MOST_NAMING + 1} files"):
            return [f"the check of workloads counted {workloads(root)}"]
    return []


if __name__ == "__main__":
    checks = {"includes": includes, "length": length, "words": words, "workloads": workloads, "keys": keys, "self": self_test}
    if len(sys.argv) != 2 or sys.argv[1] not in checks:
        sys.exit(__doc__)
    offences = checks[sys.argv[1]](ROOT)
    print("\n".join(offences) or f"{sys.argv[1]}: nothing found")
    sys.exit(1 if offences else 0)
