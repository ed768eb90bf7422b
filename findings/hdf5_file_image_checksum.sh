#!/usr/bin/env bash
# HDF5 1.10.8 and 1.14.6: H5Fget_file_image hands out a file that HDF5 does not open, unless it is of the oldest layout.
#
# A file made in memory and taken out as bytes, to be written or sent by other means. Guess: the image is what closing
# the file leaves on disk, or at least a valid file.
# Seen: with libver="latest" (superblock version 3) the image has the superblock's "open for writing" flag cleared, as a
# closed file has, but keeps the checksum of the file still open: it differs from the flushed file in byte 11, the flag,
# and from the closed one in bytes 44 to 47, the checksum. The call itself reports success; neither the version that made
# the image nor 2.0.0 opens it ("incorrect metadata checksum"). With the earliest layout, which has no checksum, image and
# closed file are equal. 2.0.0 makes sound images (HDFGroup/hdf5, issue 1915). So whoever takes a file out of memory with
# an older version should make it in the earliest layout, as scaffold does, or close it first.
# Needs python3 of 3.10 to 3.13 with venv, and PyPI; for 1.10.8 Debian 12 (without it that part is left out).
# Exit code 0: as described.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in 3.15.1 3.16.0; do  # with HDF5 1.14.6 and 2.0.0
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install -q --disable-pip-version-check h5py==$version numpy==2.2.6
done
cat > "$folder/by_h5py.py" <<'PYTHON'
import shutil
import sys

import h5py

print("h5py", h5py.__version__, "with HDF5", h5py.version.hdf5_version)
for layout in ("earliest", "latest"):
    name = f"{sys.argv[1]}/{h5py.version.hdf5_version}_{layout}"
    with h5py.File(name + "_closed.h5", "w", libver=(layout, "latest")) as file:
        file["x"] = [1, 2, 3]
        file.flush()
        shutil.copyfile(name + "_closed.h5", name + "_flushed.h5")
        with open(name + "_image.h5", "wb") as out:
            out.write(file.id.get_file_image())
PYTHON
cat > "$folder/by_ctypes.py" <<'PYTHON'
import ctypes
import shutil
import sys

hdf5 = ctypes.CDLL("libhdf5_serial.so.103")
hid, null = ctypes.c_int64, ctypes.c_void_p()


def call(name, *arguments, result=hid):
    function = getattr(hdf5, name)
    function.restype = result
    got = function(*arguments)
    if got < 0:
        sys.exit(name + " failed")
    return got


call("H5open", result=ctypes.c_int)
version = [ctypes.c_uint() for _ in range(3)]
call("H5get_libversion", *map(ctypes.byref, version), result=ctypes.c_int)
version = ".".join(str(part.value) for part in version)
print("Debian's HDF5", version)
EARLIEST, V110 = 0, 2
for layout, low in (("earliest", EARLIEST), ("latest", V110)):
    access = call("H5Pcreate", hid.in_dll(hdf5, "H5P_CLS_FILE_ACCESS_ID_g"))
    call("H5Pset_libver_bounds", hid(access), low, V110, result=ctypes.c_int)
    name = f"{sys.argv[1]}/{version}_{layout}"
    file = call("H5Fcreate", (name + "_closed.h5").encode(), ctypes.c_uint(2), hid(0), hid(access))  # H5F_ACC_TRUNC
    group = call("H5Gcreate2", hid(file), b"g", hid(0), hid(0), hid(0))
    call("H5Gclose", hid(group), result=ctypes.c_int)
    call("H5Fflush", hid(file), 1, result=ctypes.c_int)
    shutil.copyfile(name + "_closed.h5", name + "_flushed.h5")
    image = ctypes.create_string_buffer(call("H5Fget_file_image", hid(file), null, ctypes.c_size_t(0)))
    call("H5Fget_file_image", hid(file), image, ctypes.c_size_t(len(image)))
    call("H5Fclose", hid(file), result=ctypes.c_int)
    with open(name + "_image.h5", "wb") as out:
        out.write(image.raw)
    hdf5.H5Eset_auto2(hid(0), null, null)
    opens = {kind: hdf5.H5Fopen(f"{name}_{kind}.h5".encode(), ctypes.c_uint(0), hid(0)) >= 0 for kind in ("closed", "image")}
    print(f"  {layout}, opened by itself: {opens}")
    if opens != {"closed": True, "image": layout == "earliest"}:
        sys.exit("not as described")
PYTHON
cat > "$folder/check.py" <<'PYTHON'
import glob
import sys

import h5py

failed = False
print("read by HDF5", h5py.version.hdf5_version)
for path in sorted(glob.glob(sys.argv[1] + "/*_image.h5")):
    version, layout, _ = path.rsplit("/", 1)[1].split("_")
    of, opens, differ = {}, {}, {}
    for kind in ("image", "closed", "flushed"):
        with open(path.replace("_image", "_" + kind), "rb") as file:
            of[kind] = file.read()
        differ[kind] = [at for at, pair in enumerate(zip(of["image"], of[kind])) if pair[0] != pair[1]]
    for kind in ("image", "closed"):
        try:
            h5py.File(path.replace("_image", "_" + kind), "r").close()
            opens[kind] = "opens"
        except OSError as error:
            opens[kind] = str(error)
    print(f"  made by {version}, {layout}: superblock {of['image'][8]}, closed file: {opens['closed']}, "
          f"image: {opens['image']}")
    print(f"    of {len(of['image'])} bytes, differing from the closed file: {differ['closed']}, from the flushed: "
          f"{differ['flushed']}")
    broken = layout == "latest" and not version.startswith("2.")
    failed |= opens["closed"] != "opens" or ("incorrect metadata checksum" in opens["image"]) != broken
    failed |= len(of["image"]) != len(of["closed"]) or differ["closed"] != ([44, 45, 46, 47] if broken else [])
    failed |= broken and differ["flushed"] != [11]
sys.exit("not as described" if failed else 0)
PYTHON
mkdir "$folder/files" "$folder/debs"
for version in 3.15.1 3.16.0; do
  "$folder/$version/bin/python" "$folder/by_h5py.py" "$folder/files"
done
if (cd "$folder/debs" && apt-get download -q libhdf5-103-1=1.10.8+repack1-1 libsz2 libaec0) > /dev/null 2>&1; then
  for deb in "$folder"/debs/*.deb; do dpkg -x "$deb" "$folder/root"; done
  LD_LIBRARY_PATH=$(echo "$folder"/root/usr/lib/*-linux-gnu) "$folder/3.16.0/bin/python" "$folder/by_ctypes.py" "$folder/files"
else
  echo "apt has no libhdf5-103-1 1.10.8: left out"
fi
for version in 3.15.1 3.16.0; do
  "$folder/$version/bin/python" "$folder/check.py" "$folder/files"
done
