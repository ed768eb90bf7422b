"""Masks and predictions as other programs read them: NIfTI by nibabel and ITK, OME-Zarr by zarr, VTKHDF by VTK.

What is right is said by h5py, which reads the dataset's own array. Runs in .venv-tests (scripts/setup --tests).
"""
import os
import pathlib
import sys

VENV = pathlib.Path(os.environ.get("SCAFFOLD_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2])) / ".venv-tests"
if pathlib.Path(sys.prefix).resolve() != VENV.resolve():
    if not (VENV / "bin" / "python").exists():
        sys.exit(f"FAILED: these tests need nibabel, zarr and SimpleITK in '{VENV}': run scripts/setup --tests")
    os.execv(VENV / "bin" / "python", [VENV / "bin" / "python", "-B", *sys.argv])

import gzip
import json
import resource
import signal
import subprocess

import h5py
import nibabel
import numpy
import SimpleITK
import zarr

import harness
from harness import check, expect, leftovers, only, run_folders, snapshot, tiny_library, write_config

# 128 voxels along each axis: several chunks of Zarr.
LARGE = {"problem_scale": 7, "unet_bottleneck_dim": 3, "n_instances_used_per_fractal": 3, "dataset_format": "compact"}


def dataset(base, **changes):
    """The only dataset of a configuration, made in `base`."""
    config = write_config(**{**LARGE, **changes})
    tiny_library(config)
    expect(0, "generate_dataset", "-c", config, "--dataset-dir", base)
    return only((p for p in pathlib.Path(base).iterdir() if not p.name.startswith(".")), "dataset")


def mask_of(folder, volume=0, name="mask"):
    """The array as it was written, [D, H, W]; it tells the axes and both directions of each apart."""
    path = folder if folder.is_file() else folder / "volumes" / f"{volume:06d}.h5"
    with h5py.File(path) as file:
        mask = file[name][:]
    for other in (mask.transpose(0, 2, 1), mask.transpose(1, 0, 2), mask.transpose(2, 1, 0), mask[::-1], mask[:, ::-1],
                  mask[:, :, ::-1]):
        check.that((mask != other).any(), "the volume is not symmetric")
    return mask


def check_nifti(path, mask, description):
    image = nibabel.load(path)
    voxels = numpy.asarray(image.dataobj)
    check.equal((voxels.shape, voxels.dtype.str, image.get_data_dtype().str), (mask.shape[::-1], "|u1", "|u1"),
                "shape and type by nibabel")
    check.that((voxels == mask.transpose(2, 1, 0)).all(), "nibabel's [x, y, z] are [W, H, D]")
    check.that((image.affine == numpy.eye(4)).all(), f"identity affine: {image.affine}")
    for form, code in (image.get_qform(coded=True), image.get_sform(coded=True)):
        check.that(code == 1 and (form == numpy.eye(4)).all(), f"both forms of the affine say the same: {form}, {code}")
    check.equal((image.header.get_intent()[0], bytes(image.header["descrip"]).rstrip(b"\0").decode()),
                ("label", description), "what the header says it is")
    check.equal(gzip.decompress(path.read_bytes())[352:], mask.tobytes(), "the voxels on disk, x fastest")
    # ITK, on which 3D Slicer and ITK-SNAP stand. Its axes point left and to the back where NIfTI's point right and forward.
    image = SimpleITK.ReadImage(str(path))
    check.equal((image.GetPixelIDTypeAsString(), image.GetSize(), image.GetSpacing(), image.GetOrigin()),
                ("8-bit unsigned integer", mask.shape[::-1], (1, 1, 1), (0, 0, 0)), "what ITK reads")
    check.equal(image.GetDirection(), (-1, 0, 0, 0, -1, 0, 0, 0, 1), "directions by ITK")
    check.that((SimpleITK.GetArrayFromImage(image) == mask).all(), "ITK's [z, y, x] are [D, H, W]")
    d, h, w = map(int, numpy.argwhere(mask)[7])
    check.equal(image.GetPixel(w, h, d), int(mask[d, h, w]), "one voxel by its numbers")


def check_zarr(path, mask, palette):
    group = zarr.open_group(path, mode="r", zarr_format=3)
    ome = dict(group.attrs["ome"])
    check.equal(ome["version"], "0.5", "version")
    image = only(ome["multiscales"], "image")
    check.equal([(axis["name"], axis["type"]) for axis in image["axes"]], [(a, "space") for a in "zyx"], "axes")
    check.equal(image["datasets"], [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1, 1, 1]}]}],
                "resolutions")
    array = group["0"]
    check.equal((array.shape, array.dtype.str, array.metadata.dimension_names), (mask.shape, "|u1", ("z", "y", "x")),
                "the array")
    check.that((array[:] == mask).all(), "zarr's [z, y, x] are [D, H, W]")
    label = ome["image-label"]
    check.equal([p["label-value"] for p in label["properties"]], list(range(len(label["properties"]))), "classes")
    if palette is not None:
        check.equal([c["rgba"] for c in label["colors"]],
                    [[*map(round, map(float, rgb * 255)), 255 if n else 0] for n, rgb in enumerate(palette)], "colors")
    # Chunks of background alone are not there, and only those.
    edges = [min(64, n) for n in mask.shape]
    wanted = set()
    for i, j, k in numpy.ndindex(*(n // e for n, e in zip(mask.shape, edges))):
        box = tuple(slice(n * e, (n + 1) * e) for n, e in zip((i, j, k), edges))
        if mask[box].any():
            wanted.add(f"0/c/{i}/{j}/{k}")
    files = {str(p.relative_to(path)) for p in path.rglob("*") if p.is_file()}
    check.equal(files, wanted | {"zarr.json", "0/zarr.json"}, "files of the folder")


def volumes():
    """Any volume of a dataset, whole on disk or in shards."""
    whole = dataset("whole")
    shards = dataset("shards", dc_num_shards=[2, 4, 2])
    for folder in (whole, shards):
        mask = mask_of(folder, 1)
        out = pathlib.Path("out", folder.parent.name)
        result = expect(0, "export", folder, "--volume", 1, "--nifti", out / "mask.nii.gz", "--ome-zarr", f"{out}/mask.zarr/")
        check.equal(result.out.split(), [f"{out}/mask.nii.gz", f"{out}/mask.zarr"], "what was written")
        check_nifti(out / "mask.nii.gz", mask, f"scaffold dataset {folder.name} volume 1")
        with h5py.File(folder / "volumes" / "000001.h5") as file:
            check_zarr(out / "mask.zarr", mask, file.attrs["palette"])
        check.equal(leftovers("out"), [], "temporary files")
    for name in ("mask.zarr/0/c/1/0/1", "mask.zarr/0/zarr.json"):
        check.equal(pathlib.Path("out/whole", name).read_bytes(), pathlib.Path("out/shards", name).read_bytes(),
                    f"{name}: the shards on disk make no difference")


def predictions():
    config = write_config(epochs=1)
    tiny_library(config)
    expect(4, "benchmark", "-c", config)
    folder = only((p for p in pathlib.Path("datasets").iterdir() if not p.name.startswith(".")), "dataset")
    words = ["predict", "--checkpoint", only(run_folders(), "run folder") / "checkpoints" / "last.h5", "--dataset", folder,
             "--volume", 2, "--out"]
    expect(0, *words, "p.h5", says=["p.h5", "p.vtkhdf"])
    expect(0, *words, "new/a/p.h5", says=["new/a/p.h5", "new/a/p.vtkhdf"])
    expect(0, "export", "new/a/p.h5", "--nifti", "new/b/c/p.nii.gz", "--ome-zarr", "new/d/e/p.zarr", "--vtkhdf", "new/f/g/p.vtkhdf")
    for made in ("new/b/c/p.nii.gz", "new/d/e/p.zarr/zarr.json", "new/f/g/p.vtkhdf"):
        check.that(pathlib.Path(made).is_file(), f"{made} with the folders above it")
    expect(3, *words[:2], "nowhere", *words[3:], "above/p.h5", says="nowhere")
    check.that(not pathlib.Path("above").exists(), "no folder for what was refused")
    # In the place of what one epoch taught, perhaps nothing but background: every class, in no symmetric order.
    wanted = (numpy.arange(512, dtype=numpy.uint64) ** 2 // 7 % 6).astype(numpy.uint8).reshape(8, 8, 8)
    with h5py.File("p.h5") as file:
        at, old = file["prediction"].id.get_offset(), file["prediction"][:].tobytes()
    data = bytearray(pathlib.Path("p.h5").read_bytes())
    check.equal(bytes(data[at:at + 512]), old, "where the prediction is")
    data[at:at + 512] = wanted.tobytes()
    pathlib.Path("p.h5").write_bytes(data)
    harness.rewrite_header("p.h5")
    mask = mask_of(pathlib.Path("p.h5"), name="prediction")
    check.that((mask == wanted).all(), "the prediction put in its place")
    expect(0, "export", "p.h5", "--nifti", "p.nii.gz", "--ome-zarr", "p.zarr")
    check_nifti(pathlib.Path("p.nii.gz"), mask, "scaffold prediction of volume 2")
    check_zarr(pathlib.Path("p.zarr"), mask, None)
    with h5py.File("p.vtkhdf") as view:
        check.that((view["VTKHDF/PointData/prediction"][:] == mask).all(), "the view of a prediction leads to it")
    facts = ["VTKHDF view p.vtkhdf", "prediction", "8 x 8 x 8", "p.h5", "/prediction"]
    expect(0, "inspect", "p.vtkhdf", says=[*facts, "health: good"])
    os.rename("p.h5", "away.h5")
    expect(3, "inspect", "p.vtkhdf", says=[*facts, "PROBLEM", "is not there"])
    os.rename("away.h5", "p.h5")
    before = pathlib.Path("p.vtkhdf").read_bytes()
    pathlib.Path("bad.vtkhdf").write_bytes(before[:-20])
    expect(3, "inspect", "bad.vtkhdf", says=["bad.vtkhdf", "damaged"])
    expect(0, *words, "p.h5")  # takes the place of the first
    check.equal(pathlib.Path("p.vtkhdf").read_bytes(), before, "the view again")
    pathlib.Path("other.vtkhdf").write_text("somebody's")
    expect(2, *words, "other.h5", says=["other.vtkhdf", "left alone"])
    expect(2, *words, "other.vtkhdf", says=["--out", ".h5"])
    check.equal((pathlib.Path("other.vtkhdf").read_text(), pathlib.Path("other.h5").exists()), ("somebody's", False),
                "nothing is written")


def by_vtk(path, name="mask"):
    """Facts and voxels [z, y, x] as VTK's reader has them."""
    done = subprocess.run([harness.BINARY.parent / "read_vtkhdf", path, name], capture_output=True)
    if not check.equal(done.returncode, 0, f"VTK reads {path}: {done.stderr.decode()}"):
        return None, None
    facts, voxels = done.stdout.split(b"\n", 1)
    size = [int(n) for n in facts.split()[:3]]
    return facts.decode().split(), numpy.frombuffer(voxels, numpy.uint8).reshape(size[::-1])


def vtkhdf():
    """dataset.vtkhdf opens as it is, with no choice of reader, and finds its dataset wherever that was moved to."""
    folder = dataset("datasets", dc_num_shards=[2, 4, 1])
    os.rename("datasets", "moved")
    folder = pathlib.Path("moved", folder.name)
    view = folder / "dataset.vtkhdf"
    check.that(view.stat().st_size < 8192, f"a view of {view.stat().st_size} bytes")
    with h5py.File(view) as file:
        kind = file["VTKHDF"].attrs.get_id("Type").get_type()
        check.equal((kind.is_variable_str(), kind.get_cset(), list(file["VTKHDF"].attrs["Version"])),
                    (False, h5py.h5t.CSET_ASCII, [1, 0]), "what the oldest readers want")
        link = file["VTKHDF/PointData"].get("mask", getlink=True)
        check.equal((link.filename, link.path), ("volumes/000000.h5", "/mask"), "the link")
    expect(0, "inspect", view, says=["VTKHDF view", "128 x 128 x 128", "volumes/000000.h5", "/mask", "dataset", folder.name])
    pathlib.Path("views").mkdir()
    expect(0, "export", folder, "--volume", 4, "--vtkhdf", "views/four.vtkhdf")
    expect(0, "inspect", "views/four.vtkhdf", says=["VTKHDF view", "128 x 128 x 128", "volumes/000004.h5", "health: good"])
    for path, volume in ((view, 0), (pathlib.Path("views/four.vtkhdf"), 4)):
        mask = mask_of(folder, volume)
        facts, voxels = by_vtk(path)
        check.equal(facts, "128 128 128 0 0 0 1 1 1 unsigned char 1".split(), "what VTK reads")
        check.that(voxels is not None and (voxels == mask).all(), f"volume {volume} by VTK, x along W")


def refusals():
    """Wrong input is told apart before anything is written; what is there is left alone."""
    config = write_config()
    tiny_library(config)
    expect(0, "generate_dataset", "-c", config)
    folder = only((p for p in pathlib.Path("datasets").iterdir() if not p.name.startswith(".")), "dataset")
    pathlib.Path("there.nii.gz").write_text("mine")
    pathlib.Path("there.zarr").mkdir()
    pathlib.Path("a.yml").write_text("x")
    before = snapshot(".")
    out = ["--nifti", "new.nii.gz"]
    for code, says, args in (
            (3, ["volumes 0 to 9", "not 10"], [folder, "--volume", 10, *out]),
            (3, ["volumes 0 to 9", "not -1"], [folder, "--volume", -1, *out]),
            (2, ["--volume"], [folder, "--volume", "one", *out]),
            (2, ["--volume", "missing"], [folder, *out]),
            (2, ["--nifti", "--ome-zarr", "--vtkhdf"], [folder, "--volume", 0]),
            (2, [".nii.gz"], [folder, "--volume", 0, "--nifti", "new.nii"]),
            (2, [".vtkhdf"], [folder, "--volume", 0, "--vtkhdf", "new.hdf"]),
            (2, ["there.nii.gz", "left alone"], [folder, "--volume", 0, "--nifti", "there.nii.gz"]),
            (2, ["there.zarr", "left alone"], [folder, "--volume", 0, *out, "--ome-zarr", "there.zarr"]),
            (2, ["there.zarr", "left alone"], [folder, "--volume", 0, "--nifti", "above/new.nii.gz", "--ome-zarr", "there.zarr"]),
            (2, ["one kind"], [folder, "--volume", 0, *out, "--csv", "tables"]),
            (3, ["does not exist"], ["nowhere", "--volume", 0, *out]),
            (3, ["a.yml"], ["a.yml", "--volume", 0, *out]),
            (3, ["--volume", "volume of a dataset"], [folder / "volumes" / "000000.h5", *out]),
            (3, ["library"], ["fractals", *out])):
        expect(code, "export", *args, says=says)
    check.equal(snapshot("."), before, "nothing was written or changed")
    check.that(not pathlib.Path("above").exists(), "no folder was made for what was refused")
    # One byte of a mask, and a volume cut short.
    volume = folder / "volumes" / "000003.h5"
    with h5py.File(volume) as file:
        at = json.loads((folder / "index.json").read_text())["volumes"][3]["mask"]["offset"][0]
        check.equal(volume.read_bytes()[at:at + 64], file["mask"][0].tobytes(), "where the mask is")
    harness.flip_byte(volume, at + 5)
    expect(3, "export", folder, "--volume", 3, *out, "--ome-zarr", "new.zarr", says=["000003.h5", "checksum"])
    harness.truncate(volume, 2000)
    expect(3, "export", folder, "--volume", 3, *out, "--ome-zarr", "new.zarr", says=["000003.h5", "truncated"])
    check.equal(leftovers("."), [], "temporary files")
    check.that(not pathlib.Path("new.nii.gz").exists() and not pathlib.Path("new.zarr").exists(), "nothing half written")

    def full():
        """A limit on file sizes stands for the disk that is full."""
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60, 60))
    for more in (out, ["--ome-zarr", "new.zarr"], ["--vtkhdf", "new.vtkhdf"]):
        expect(1, "export", folder, "--volume", 0, *more, says=["cannot write"], preexec_fn=full, restore_signals=False)
    check.that(not list(pathlib.Path(".").glob("new*")), "nothing half written on a full disk")
    check.equal(leftovers("."), [], "temporary files of a full disk")


if __name__ == "__main__":
    harness.main(volumes, predictions, vtkhdf, refusals)
