"""scaffold-viewer without a screen: its pictures, what a user does to it, bad input, idleness.

`python3 viewer.py SCAFFOLD NAME` runs one test. To look at the pictures, or to make baselines and documentation anew:
`python3 viewer.py SCAFFOLD --draw FOLDER`, `--update`, `--document DATA` (DATA holds library, dataset, run, and prediction.h5 with its dataset, predicted).
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy

import harness
from harness import SOURCE, TINY, check, expect, flip_byte, rewrite_header, shared, truncate, write_config

IMAGES = SOURCE / "tests" / "images"
DOCUMENTED = ("category", "search", "dataset", "prediction", "wipe", "probability", "run", "watched", "shards")


def viewer():
    return harness.BINARY.with_name("scaffold-viewer")


def environment(**more):
    """No display, and a home of its own."""
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_STATE_HOME")}
    env["HOME"] = os.getcwd()
    env.update(more)
    return env


def view(code, *args, says=(), env=None, **more):
    return expect(code, *args, says=says, program=viewer(), env=env or environment(), **more)


def script(text, *args, code=0, says=(), name="test.script"):
    pathlib.Path(name).write_text(text)
    return view(code, "--script", name, *args, says=says)


def make_dataset(scale=6, **more):
    config = write_config(f"scale{scale}.yml", problem_scale=scale, unet_bottleneck_dim=2, n_instances_used_per_fractal=3,
                          n_categories=5, dataset_format="compact", **more)
    expect(0, "generate_fractals", "-c", config)
    expect(0, "generate_dataset", "-c", config)
    found = [path for path in pathlib.Path("datasets").iterdir() if path.is_dir()]
    return next(p for p in found if json.loads((p / "index.json").read_text())["keys"]["problem_scale"] == scale)


def most_mixed(dataset):
    """The volume of the most categories."""
    volumes = json.loads((dataset / "index.json").read_text())["volumes"]
    return max(range(len(volumes)), key=lambda v: (len({fractal[0] for fractal in volumes[v]["fractals"]}), -v))


def truth(dataset, volume):
    with h5py.File(dataset / "volumes" / f"{volume:06}.h5") as file:
        return file["mask"][:]


def make_prediction(dataset, volume, scale=5):
    """As a network might have answered: the truth, moved by a voxel where its neighbor is empty, one class mistaken
    for another in one half. The same everywhere, unlike what a training on this machine would give."""
    training = dict(problem_scale=scale, unet_bottleneck_dim=3, n_instances_used_per_fractal=3, n_categories=5,
                    dataset_format="compact", epochs=1, max_steps_per_epoch=1)

    def make():
        config = write_config("train.yml", **training)
        make_dataset(scale)
        expect(4, "benchmark", "-c", config, timeout=600)
        expect(0, "predict", "--checkpoint", next(pathlib.Path("runs").glob("*/checkpoints/last.h5")), "--dataset", dataset,
               "--volume", volume, "--logits", "--out", "prediction.h5", timeout=600)

    shared(("viewer: a prediction", {**TINY, **training}, volume), make)
    checkpoint = next(pathlib.Path("runs").glob("*/checkpoints/last.h5"))
    labels = truth(dataset, volume)
    moved = numpy.roll(labels, 1, axis=0)
    answer = numpy.where((labels == 0) & (numpy.indices(labels.shape).sum(0) % 3 == 0), moved, labels)
    classes = [c for c in range(1, 6) if (labels == c).any()]
    half = numpy.zeros_like(labels, bool)
    half[:, :labels.shape[1] // 2] = True
    answer[(answer == classes[0]) & half] = classes[-1] % 5 + 1 if len(classes) < 2 else classes[1]
    answer[(answer == classes[-1]) & (numpy.indices(labels.shape).sum(0) % 5 == 0)] = 0
    distance = numpy.indices(labels.shape).sum(0) % 7 / 7
    with h5py.File("prediction.h5", "r+") as file:
        file["prediction"][:] = answer
        for c in range(6):
            file["logits"][c] = numpy.where(answer == c, 3 + distance, 0.5 * distance)
    rewrite_header("prediction.h5")
    return pathlib.Path("prediction.h5"), checkpoint, answer


def sample_run():
    shutil.copytree(IMAGES / "sample_run", "sample_run")
    return pathlib.Path("sample_run")


def watched_run():
    shutil.copytree(IMAGES / "watched_run", "watched_run")
    return pathlib.Path("watched_run")


def lines():
    for line in (IMAGES / "pictures.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, size, bound, thing, theme, state = line.split(maxsplit=5)
            yield name, size, float(bound), thing, theme, state


def picture_script(name, size, thing, theme, state, paths, last):
    text = f"size {size}\n" + "".join(f"open {path}\n" for path in paths.get(thing, []))
    text += f"theme {theme}\n"
    if thing != "-":
        text += f"set {state}\n"
    return text + last + "\n"


def baseline(folder, name):
    """From 1.90 on Dear ImGui puts a chart's surroundings a few pixels elsewhere: such pictures have a second baseline."""
    text = subprocess.run([viewer(), "--version"], capture_output=True, text=True, check=True, env=environment()).stdout
    version = [int(part) for part in re.search(r"Dear ImGui +([\d.]+)", text)[1].split(".")]
    other = folder / "imgui-1.90" / f"{name}.png"
    return other if version >= [1, 90] and other.exists() else folder / f"{name}.png"


def draw(paths, folder=None, baselines=None, update=False, only=None):
    for name, size, bound, thing, theme, state in lines():
        if only and name not in only:
            continue
        last = f"picture {folder}/{name}.png" if folder else f"baseline {baseline(baselines, name)} {bound}"
        script(picture_script(name, size, thing, theme, state, paths, last), *(["--update-baselines"] if update else []),
               name=f"{name}.script")


def make_paths():
    dataset, small = make_dataset(), make_dataset(5)
    prediction, _, _ = make_prediction(small, most_mixed(small))
    return {"library": [SOURCE / "assets" / "sample_library"], "dataset": [dataset], "run": [sample_run()], "watched": [watched_run()],
            "prediction": [small, prediction]}


def pictures():
    draw(make_paths(), baselines=IMAGES)


def dataset():
    """What a user does to a dataset, asserted on state and pixels."""
    folder = make_dataset()
    index = json.loads((folder / "index.json").read_text())
    volumes = len(index["volumes"])
    mask = truth(folder, 0)
    counts = [int((mask == c).sum()) for c in range(6)]
    d, h, w = (int(i) for i in numpy.argwhere(mask)[7])
    script(f"""size 1000x700
open {folder}
expect /volume 0
expect /is/volumes {volumes}
expect /is/voxels_of_class {json.dumps(counts)}
expect /is/occupied {int((mask > 0).sum())}
set {{"crosshair":[{d},{h},{w}]}}
expect /is/class_at_crosshair {mask[d, h, w]}
remember first
drag view 0.5 0.5 0.8 0.6
expect-changed first
key r
expect-same first
drag view 0.5 0.5 0.6 0.5 right
expect-changed first
key r
wheel view 3
expect-changed first
key r
move view 0.02 0.02
set {{"opacity":[0.9,0.9,0.9,0.9,0.9]}}
set {{"opacity":[0.4,0.4,0.4,0.4,0.4]}}
expect-changed first
set {{"opacity":[1,1,1,1,1]}}
expect-same first
remember crosshair /crosshair
click slice-D 0.26 0.76
expect /crosshair/1 {int(0.76 * 64)}
expect /crosshair/2 {int(0.26 * 64)}
expect /crosshair/0 {d}
wheel slice-H 1
expect /crosshair/1 {int(0.76 * 64) + 1}
set {{"crosshair":[{d},{h},{w}]}}
expect-same crosshair /crosshair
click classes-none
expect /classes []
expect /is/primitives 0
click classes-all
expect /classes [1,2,3,4,5]
click class-2
expect /classes [1,3,4,5]
click class-2
key 2
expect /as "points"
expect /is/primitives {int((mask > 0).sum())}
key 3
expect /as "surface"
key 4
expect /as "volume"
key 1
set {{"clip":[[0,0,0],[{d},64,64]]}}
key 2
expect /is/primitives {int((mask[:d] > 0).sum())}
key 1
click clip
click clip-reset
expect /clip [[0,0,0],[64,64,64]]
set {{"ruler":[0,0,0],"crosshair":[2,3,6]}}
expect /is/ruler_voxels 7
key m
expect /ruler null
key k
expect /plane/on true
key k o
expect /parallel true
key o b
expect /show_shards true
key b h
expect /slices false
key h n
expect /volume 1
key p
expect /volume 0
set {{"crosshair":[7,8,9]}}
key Down
expect /crosshair [8,8,9]
key d Up
expect /crosshair [8,7,9]
click sort-number
click sort-number
set {{"volume":{volumes - 1}}}
key n
expect /volume {volumes - 2}
click sort-number
key n
expect /volume {volumes - 1}
set {{"volume":0}}
key i
expect /image_colours true
key i F10 F10
key ?
key Escape
""")
    everything = [truth(folder, v) for v in range(volumes)]
    parts = {name: [everything[v] for v in range(volumes) if index["volumes"][v]["split"] == name]
             for name in ("training", "validation")}
    script(f"size 800x600\nopen {folder}\nset {{\"statistics\":true}}\nwait\n" + "".join(
        f"expect /is/statistics/{name}/volumes {len(part)}\n"
        f"expect /is/statistics/{name}/voxels {json.dumps([int(sum((m == c).sum() for m in part)) for c in range(6)])}\n"
        for name, part in parts.items()))
    # A click in the 3D view finds a voxel that holds a class, and it is the one under the mouse.
    check.equal(mask[0, 0, 0], 0, "nothing where the crosshair begins")
    script(f"""size 1000x700
open {folder}
set {{"view":"x","parallel":true,"crosshair":[0,0,0]}}
remember nothing /is/class_at_crosshair
click view 0.414 0.3
expect-changed nothing /is/class_at_crosshair
remember clicked /crosshair
expect-same clicked /is/probe
move view 0.02 0.02
expect-same clicked /crosshair
""")


def library():
    """What a user does to a library, in a small window too."""
    shutil.copytree(SOURCE / "assets" / "sample_library", "library")
    for size in ("1280x800", "640x480"):
        script(f"""size {size}
open library
wait
click category-2
wait
expect /view "category"
expect /category 2
expect /is/verdict "accepted"
remember front /camera
click from-z
expect-changed front /camera
click from-iso
remember instance /instance
click instance-slider 0.9 0.5
wait
expect-changed instance /instance
set {{"maps":[[0.1,0,0,0,0.1,0,0,0,0.1,0,0,0,0.5],[0.1,0,0,0,0.1,0,0,0,0.1,0,0,0,0.5]]}}
wait
expect /is/verdict "flat"
click reset
wait
expect /is/verdict "accepted"
click show-search
wait
expect /view "search"
click attempt
click reason-0
""")


def reduced():
    """A volume that does not fit the budget: coarse first, fine where one looks, and never wrong."""
    folder = make_dataset(8)
    mask = truth(folder, 0)
    script(f"""size 700x500
open {folder}
expect /is/coarsest_step 2
remember coarse
wheel view 6
wait
expect /is/step 1
expect-changed coarse
set {{"volume":1}}
expect /volume 1
""", "--memory-budget", "8")
    whole = script(f"size 700x500\nopen {folder}\nexpect /is/step 1\nexpect /is/coarsest_step 1\nkey 2\n"
                   f"expect /is/primitives {int((mask > 0).sum())}\n")
    check.equal(whole.code, 0, "the whole volume within the usual budget")


def checkpoint():
    """The panel's numbers are those of `scaffold predict` and of the arrays themselves."""
    folder = make_dataset(5)
    volume = most_mixed(folder)
    prediction, trained, answer = make_prediction(folder, volume)
    labels = truth(folder, volume)
    matrix = [int(((labels == t) & (answer == p)).sum()) for t in range(6) for p in range(6)]

    def dice(c, answer):
        return (2 * ((labels == c) & (answer == c)).sum() + 1e-6) / ((labels == c).sum() + (answer == c).sum() + 1e-6)

    near = "".join(f"expect-near /is/dice/{c} {dice(c, answer)} 1e-6\n" for c in range(1, 6) if (labels == c).any())
    script(f"size 900x650\nopen {folder}\nopen {prediction}\nexpect /is/confusion {json.dumps(matrix)}\n" + near)
    expect(0, "predict", "--checkpoint", trained, "--dataset", folder, "--volume", 4, "--out", "four.h5", timeout=600)
    with h5py.File("four.h5") as file:
        expected = file["dice"][:]
    near = "".join(f"expect-near /is/dice/{c} {expected[c]} 1e-6\n" for c in range(1, 6))
    script(f'size 900x650\nopen {folder}\nopen {trained}\nset {{"volume":4,"run":true}}\nexpect /volume 4\n' + near)
    most = 1 + int(numpy.argmax([(answer == c).sum() for c in range(1, 6)]))
    look_around(folder, prediction, most)
    click_in_panes(folder, prediction, labels)
    epochs(folder, trained)


def look_around(folder, prediction, most):
    """All panes are cut, turned and lit alike, by the controls that a dataset has, too."""
    script(f"""size 1000x700
open {folder}
open {prediction}
remember first
set {{"clip":[[0,0,0],[10,32,32]]}}
expect-changed first
click view-controls
click clip
remember clipped
click clip-reset
expect-changed clipped
expect /clip [[0,0,0],[32,32,32]]
key a
expect /axes false
key a c
expect /cross true
key c k
expect /plane/on true
key k o
expect /parallel true
key o m
expect /is/ruler_voxels 0
key m 2
expect /as "points"
key 1 r F7
wait
expect /mode "field"
expect /is/field_class {most}
remember field
set {{"plane":{{"on":true}}}}
expect-changed field
set {{"plane":{{"on":false}}}}
expect-same field
set {{"background":"white"}}
expect-changed field
remember camera /camera
key t
frames 3
expect /turntable true
expect-changed camera /camera
key t
""")
    pictures = []
    for name, more in (("plain", []), ("white", ["--background", "white"]), ("parallel", ["--parallel"]),
                       ("bare", ["--no-axes"]), ("cut", ["--state", '{"clip":[[0,0,0],[10,32,32]]}'])):
        view(0, prediction, "--render", f"{name}.png", "--size", "400x300", *more)
        pictures.append(pathlib.Path(f"{name}.png").read_bytes())
    check.equal(len(set(pictures)), 5, "pictures of a prediction differ by background, projection, axes, clip box")
    view(0, prediction, "--render", "turn.png", "--turntable", 4, "--size", "160x120")
    check.equal(len({f.read_bytes() for f in pathlib.Path(".").glob("turn-*.png")}), 4, "a prediction's turntable")


def click_in_panes(folder, prediction, labels):
    """A click in the 3D picture of the truth puts the crosshair on a voxel that holds a class."""
    check.equal(labels[0, 0, 0], 0, "nothing where the crosshair begins")
    clicks = [f"{x} {y}" for x in (0.42, 0.46, 0.54, 0.58, 0.62, 0.66) for y in (0.2, 0.3, 0.4, 0.5, 0.6)]
    text = f'size 1000x700\nopen {folder}\nopen {prediction}\nset {{"view":"x","parallel":true,"wipe_left":"truth"}}\n'
    for mode, pane in (("side", "view-1"), ("wipe", "view-0")):
        text += f'set {{"mode":"{mode}","crosshair":[0,0,0]}}\nremember nowhere /crosshair\nremember nothing /is/truth_at_crosshair\n'
        text += "".join(f"click {pane} {at}\n" for at in clicks)
        text += "expect-changed nowhere /crosshair\nexpect-changed nothing /is/truth_at_crosshair\n"
    script(text)


def epochs(folder, trained):
    """From checkpoint to checkpoint of a run."""
    later = trained.with_name("later.h5")
    shutil.copy(trained, later)
    with h5py.File(later, "r+") as file:
        file.attrs["epoch"] = 8
    rewrite_header(later)
    script(f"""size 900x650
open {folder}
open {later}
expect /is/epochs 7
key e
expect /is/checkpoint "later.h5"
key E
expect /is/epochs 1
key e
wait
expect /is/checkpoint "later.h5"
""")


def is_display_of_ours(pid):
    """An Xvfb that was started in this folder."""
    process = pathlib.Path(f"/proc/{pid}")
    try:
        return (process / "comm").read_text().strip() == "Xvfb" and os.readlink(process / "cwd") == os.getcwd()
    except OSError:
        return False


def without_a_screen():
    folder = make_dataset()
    view(0, folder, "--render", "one.png", "--size", "320x200", "--volume", 3, "--class", "1,3", "--view", "z")
    data = pathlib.Path("one.png").read_bytes()
    check.equal(data[:8], b"\x89PNG\r\n\x1a\n", "a PNG file")
    check.equal((int.from_bytes(data[16:20]), int.from_bytes(data[20:24])), (320, 200), "its size")
    view(0, folder, "--render", "round.png", "--turntable", 12, "--size", "160x120")
    frames = sorted(pathlib.Path(".").glob("round-*.png"))
    check.equal([f.name for f in frames], [f"round-{i:02}.png" for i in range(12)], "frames of the turntable")
    check.equal(len({f.read_bytes() for f in frames}), 12, "different frames")
    view(0, SOURCE / "assets" / "sample_library", "--gallery", "sheet.png", "--size", "900x600")
    check.that(pathlib.Path("sheet.png").stat().st_size > 20000, "a sheet with something on it")
    view(0, folder, "--render", "new/a/volume.png", env=environment(DISPLAY=":4711"))  # no such display
    check.that(pathlib.Path("new/a/volume.png").is_file(), "a picture, with the folders above it")
    view(0, SOURCE / "assets" / "sample_library", "--gallery", "$HOME/new/b/sheet.png", "--size", "320x240")
    check.that(pathlib.Path("new/b/sheet.png").is_file(), "a sheet, with the folders above it")
    volume = next((folder / "volumes").glob("000002.h5"))
    view(0, volume, "--render", "two.png", "--size", "320x200")
    view(0, folder, "--render", "same.png", "--size", "320x200", "--volume", 2)
    check.equal(pathlib.Path("two.png").read_bytes(), pathlib.Path("same.png").read_bytes(), "a volume by its file")
    for name in ("first", "second"):
        shutil.copytree(IMAGES / "sample_run", pathlib.Path("runs") / name)
    several = view(0, "runs", "--render", "run.png", "--size", "320x200", says=["2 things of the kind run", "drawn is"])
    check.that("runs/second'" in several.text, f"which run was drawn: {several.text}")
    ours = harness.settled(lambda: harness.processes(is_display_of_ours), lambda found: not found, 30)
    check.equal(ours, [], "displays left behind")
    view(0, "--bench", "--bench-edges", "32", "--bench-json", "new/c/bench.json", says=["llvmpipe", "cubes"])
    measured = json.loads(pathlib.Path("new/c/bench.json").read_text())
    check.equal(len(measured["frames"]), 4, "measured representations")
    check.that(measured["cloud_update_s"] > 0, "the cloud was made again")


def bad_input():
    folder = make_dataset()
    for arguments, code, words in [
        (["--render", "x.png"], 2, ["PATH"]),
        ([folder, "--render", "x.png", "--size", "0x0"], 2, ["--size", "0x0"]),
        ([folder, "--render", "x.png", "--volume", "99"], 2, ["99", "volumes 0 to"]),
        ([folder, "--render", "x.png", "--class", "17"], 2, ["17", "classes 1 to 5"]),
        ([folder, "--render", "x.png", "--panel", "run"], 2, ["--panel run"]),
        ([folder, "--render", "scale6.yml/x.png"], 1, ["scale6.yml", "not a folder"]),
        ([folder, "--render", "$NOT_SET/x.png"], 2, ["--render", "NOT_SET is not set"]),
        (["$NOT_SET/x", "--gallery", "x.png"], 2, ["paths", "NOT_SET is not set"]),
        (["--attach", "$NOT_SET/x"], 2, ["--attach", "NOT_SET is not set"]),
        (["missing", "--render", "x.png"], 3, ["missing", "does not exist"]),
        ([folder, "--script", "missing.script"], 3, ["missing.script"]),
        ([folder, "--render", "x.png", "--state", "[1"], 2, ["--state"]),
        ([folder, "--render", "x.png", "--state", '{"volum": 1}'], 2, ["'volum'", "did you mean 'volume'?"]),
        ([folder, "--render", "x.png", "--state", '{"volume": 1e40}'], 2, ["'volume' is a whole number, not 1e+40"]),
        ([folder, "--render", "x.png", "--state", '{"crosshair": [1, 2, 1.5]}'], 2, ["'crosshair'", "1.5"]),
        ([folder, "--render", "x.png", "--state", '{"plane": {"axes": 1}}'], 2, ["clip plane", "did you mean 'axis'?"]),
        ([folder, "--render", "x.png", "--state", '{"shards": [3, 1, 1], "show_shards": true}'], 2, ["divisor of 64"]),
        ([SOURCE / "assets" / "sample_library", "--render", "x.png", "--volume", "1"], 2, ["library", "'volume'", "category"]),
        (["--gallery", "x.png", folder], 3, [folder.name]),
        (["--gallery", "x.svg", folder], 2, ["x.svg", "x.png"]),
        ([folder, "--render", "x.jpg"], 2, ["x.jpg", "x.png"]),
    ]:
        view(code, *arguments, says=words)
    check.that(not pathlib.Path("x.png").exists(), "no picture of what cannot be drawn")
    env = environment(PATH="/nowhere")
    view(1, folder, "--render", "x.png", says=["Xvfb", "not installed", "DISPLAY is not set"], env=env)
    view(1, folder, "--render", "x.png", says=["Xvfb", "DISPLAY=:4711 does not serve"], env=env | {"DISPLAY": ":4711"})
    poor = view(1, folder, "--render", "x.png", says=["OpenGL 3.2", "libgl1-mesa-dri"],
                env=environment(MESA_GL_VERSION_OVERRIDE="3.1"))
    check.that("--render" not in poor.text.split("OpenGL", 1)[1], "what has just failed is not advised")
    # In the window: a message, and the rest goes on.
    pathlib.Path("noise.h5").write_bytes(os.urandom(5000))
    broken = pathlib.Path("broken")
    shutil.copytree(folder, broken)
    truncate(broken / "volumes" / "000001.h5", 3000)
    vanishing = pathlib.Path("vanishing")
    shutil.copytree(folder, vanishing)
    flip_byte(vanishing / "volumes" / "000001.h5", -2000)
    # Many problems take a few lines of the window, until one asks for all of them.
    many = [f"noise{i}.h5" for i in range(6)]
    for name in many:
        shutil.copy("noise.h5", name)
    script(f"size 800x600\nopen {folder}\n" + "".join(f"key Ctrl+O\nclick entry-{name}\nclick dialog-ok\n" for name in many) +
           f"expect-message {many[0]}\nexpect-message {many[5]}\nmove more-messages\nremember few\nclick more-messages\n"
           "expect-changed few\nclick more-messages\nmove more-messages\nexpect-same few\nclick dismiss-messages\nexpect-changed few\n")
    for wrong, words in [("open noise.h5", "noise.h5"), ("nonsense", "nonsense"), ("expect /volume 3", "/volume is 0"),
                         ("click nothing", "nothing"), ("tab 7", "7"), ('set {"slice": true}', "did you mean 'slices'?")]:
        script(f"size 500x400\nopen {folder}\n{wrong}\n", code=2, says=["test.script:3", words])
    # A volume that is cut keeps nobody from the others.
    script(f"size 500x400\nopen {broken}\nexpect-message 000001.h5\nexpect /is/problem \"\"\n"
           "set {\"volume\":1}\nwait\nkey n\nwait\nexpect /volume 2\nexpect /is/problem \"\"\n")
    view(0, broken, "--render", "whole.png", "--volume", "2")
    view(3, broken, "--render", "x.png", "--volume", "1", says=["000001.h5", "truncated"])
    script(f"size 500x400\nopen {vanishing}\nset {{\"volume\":1}}\nkey n\nexpect /volume 2\n")


@contextlib.contextmanager
def screen():
    """A display for real windows; its name."""
    xvfb = subprocess.Popen(["Xvfb", "-displayfd", "1", "-screen", "0", "900x700x24", "-noreset"], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)
    try:
        yield ":" + xvfb.stdout.readline().decode().strip()
    finally:
        xvfb.kill()
        xvfb.wait()


def session():
    """What was open comes back, also from a session file that was moved along with its folder."""
    folder = make_dataset()
    with screen() as display:
        env = environment(DISPLAY=display)
        state = pathlib.Path(".local/state/scaffold-viewer/session.json")

        def session(*args, until):
            process = subprocess.Popen([viewer(), *map(str, args)], env=env, stderr=subprocess.PIPE)
            until(process)
            process.send_signal(signal.SIGTERM)
            check.equal(process.wait(timeout=30), 0, f"SIGTERM ends the window: {process.stderr.read()}")

        session(folder, "--volume", 3, "--as", "points", until=lambda p: settled(p))
        saved = json.loads(state.read_text())
        check.equal(saved["open"][0]["state"]["volume"], 3, "the volume in the session")
        session(until=lambda p: settled(p))
        again = json.loads(state.read_text())
        check.equal(again["open"], saved["open"], "the session after a second start")
        state.write_text("{ no json")
        session(until=lambda p: settled(p))
    os.mkdir("here")
    shutil.move(folder, "here/data")
    entry = {"path": "/gone/data", "relative": "data", "kind": "dataset", "state": {"volume": 4, "as": "surface"}}
    pathlib.Path("here/my.scaffold-session").write_text(json.dumps({"scaffold_viewer_session": 1, "dark": False, "front": 0,
                                                                    "open": [entry]}))
    shutil.move("here", "there")
    script('size 500x400\nopen there/my.scaffold-session\nexpect /volume 4\nexpect /as "surface"\n')


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def settled(process):
    """Until the window has drawn what it was asked for and rests: no processor time in half a second."""
    deadline = time.monotonic() + 60
    last = -1.0
    while time.monotonic() < deadline:
        time.sleep(0.5)  # the measure itself: time without work
        if process.poll() is not None:
            raise harness.Fatal("the window did not stay open")
        now = cpu_seconds(process)
        if now > 0.2 and now - last < 0.01:
            return
        last = now
    check.that(False, "the window comes to rest within a minute")


def idle():
    """Nothing changes: less than 2 % of a core."""
    folder = make_dataset()
    with screen() as display:
        process = subprocess.Popen([viewer(), folder, SOURCE / "assets" / "sample_library", IMAGES / "sample_run", "--fresh"],
                                   env=environment(DISPLAY=display))
        settled(process)
        before = cpu_seconds(process)
        time.sleep(5)  # what is measured
        check.that(cpu_seconds(process) - before < 0.02 * 5, f"idle: {cpu_seconds(process) - before} s of 5 s")
        process.terminate()
        check.equal(process.wait(timeout=30), 0, "it ends when told to")


def random_events():
    """Whatever is clicked, dragged and typed, it goes on."""
    folder = make_dataset(5)
    prediction, _, _ = make_prediction(folder, 0)
    run_folder = sample_run()
    everything = [folder, SOURCE / "assets" / "sample_library", run_folder, prediction]
    for seed, paths in enumerate([[p] for p in everything[:3]] + [everything]):
        script("size 640x480\n" + "".join(f"open {p}\n" for p in paths) + f"random 500 {seed}\n", name=f"random{seed}.script")


def gone():
    """Everything is deleted while it is open: messages, and it goes on."""
    shutil.copytree(SOURCE / "assets" / "sample_library", "library")
    shutil.copytree(make_dataset(5), "data")
    things = [pathlib.Path("library"), pathlib.Path("data"), sample_run(), watched_run()]
    pathlib.Path("gone.script").write_text("size 480x360\n" + "".join(f"open {thing}\n" for thing in things) +
                                           "stamp opened\nrandom 500 5\nstamp done\n")
    with open("gone.log", "w") as log:
        process = subprocess.Popen([viewer(), "--script", "gone.script"], env=environment(), stdout=log, stderr=log)
        harness.wait_for(lambda: "opened" in pathlib.Path("gone.log").read_text(), "the script to have opened them")
        for thing in things:
            shutil.rmtree(thing)
        check.equal(process.wait(timeout=300), 0, f"it goes on: {pathlib.Path('gone.log').read_text()}")


def documented():
    """docs/viewer.md holds what --help says."""
    page = (SOURCE / "docs" / "viewer.md").read_text()
    block = page.split("<!-- help:begin -->\n", 1)[1].split("<!-- help:end -->", 1)[0]
    check.equal(block, help_block(), "the block in docs/viewer.md (--update writes it)")


def help_block():
    """As CLI11 2.4 writes defaults: " [512]"; 2.1 writes "=512"."""
    text = subprocess.run([viewer(), "--help"], capture_output=True, text=True, check=True).stdout
    text = re.sub(r"^(  -\S.*)=(\S+)( \.\.\.)?$", lambda m: f"{m[1]} [{m[2]}]" + (f" {m[3]}" if m[3] else ""), text, flags=re.M)
    return "```\n" + "\n".join(line.rstrip() for line in text.splitlines()).strip() + "\n```\n"


def update_help():
    path = SOURCE / "docs" / "viewer.md"
    before, rest = path.read_text().split("<!-- help:begin -->\n", 1)
    path.write_text(before + "<!-- help:begin -->\n" + help_block() + "<!-- help:end -->" + rest.split("<!-- help:end -->", 1)[1])


def one_hdf5():
    """VTK's modules must not bring a second HDF5 into the process."""
    loaded = subprocess.run(["ldd", viewer()], capture_output=True, text=True, check=True).stdout
    check.equal(len([line for line in loaded.splitlines() if "libhdf5" in line and "_hl" not in line]), 1, loaded)


def main():
    tests = (pictures, library, dataset, reduced, checkpoint, without_a_screen, bad_input, session, idle, random_events, gone,
             documented, one_hdf5)
    if len(sys.argv) > 2 and sys.argv[2].startswith("--"):
        harness.BINARY = pathlib.Path(sys.argv[1]).resolve()
        target = pathlib.Path(sys.argv[3]).resolve() if len(sys.argv) > 3 else None
        if sys.argv[2] == "--document":
            things = {name: [target / name] for name in ("library", "dataset", "run")}
            things["watched"] = [IMAGES / "watched_run"]
            things["prediction"] = [target / "predicted", target / "prediction.h5"]
            os.chdir(tempfile.mkdtemp(prefix="scaffold-document-"))
            return draw(things, folder=SOURCE / "docs" / "images", only=DOCUMENTED)
        os.chdir(tempfile.mkdtemp(prefix="scaffold-draw-"))
        if sys.argv[2] == "--draw":
            return draw(make_paths(), folder=target)
        update_help()
        return draw(make_paths(), baselines=IMAGES, update=True)
    harness.main(*tests)


if __name__ == "__main__":
    main()
