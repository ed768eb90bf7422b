#include "headless/export/labels.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

#include "core/error.hpp"
#include "core/text.hpp"
#include "run/artifact.hpp"
#include "storage/nifti.hpp"
#include "storage/ome_zarr.hpp"
#include "storage/vtkhdf.hpp"
#include "workload/workload.hpp"

namespace scaffold {
namespace {

/// What `path` holds, as far as it can be exported so.
LabelVolume labels_of(const fs::path& path, const std::optional<std::int64_t>& volume) {
  const auto found = recognize(path);
  const ArtifactRef& one = found.front();
  if (found.size() > 1)
    throw DataError(
        cat("'", path.string(), "' holds several things (", one.path.string(), ", …); name one of them"));
  if (one.thing == ArtifactKind::dataset) {
    if (!volume) throw ConfigError("--volume: the number of a volume is missing: volumes/NNNNNN.h5");
    return artifacts_of_kind("dataset").labels(one.path, volume);
  }
  if (one.thing == ArtifactKind::prediction) {
    if (volume) throw ConfigError("--volume: a prediction is of one volume; leave the option out");
    return artifacts_of_kind("prediction").labels(one.path, volume);
  }
  if (one.thing == ArtifactKind::volume)
    throw DataError(
        cat("'", path.string(), "' is a volume of a dataset: give the dataset's folder and --volume"));
  throw DataError(cat("'", path.string(), "' is a ", name(one.thing),
                      "; --volume, --nifti, --ome-zarr and --vtkhdf are for a dataset or a prediction"));
}

/// Without the separator at its end; nothing may be there.
fs::path new_place(const char* option, const fs::path& given) {
  const fs::path path = given.has_filename() ? given : given.parent_path();
  std::error_code error;
  if (fs::symlink_status(path, error).type() != fs::file_type::not_found)
    throw ConfigError(cat(option, ": '", path.string(),
                          "' is there already and is left alone; remove it or choose another name"));
  return path;
}

}  // namespace

void add_label_options(CLI::App& command, LabelTargets& targets) {
  command.add_option("--volume", targets.volume, "Of a dataset: number of the volume, volumes/NNNNNN.h5");
  as_path(command.add_option(
      "--nifti", targets.nifti,
      "File for a dataset's labels or a prediction as NIfTI, for 3D Slicer and ITK-SNAP: its "
      "name ends in .nii.gz"));
  as_path(command.add_option("--ome-zarr", targets.ome_zarr,
                             "Folder for the same as OME-Zarr 0.5 labels, for napari"));
  as_path(command.add_option(
      "--vtkhdf", targets.vtkhdf,
      "File that links to the same, for ParaView, VTK and PyVista: its name ends in .vtkhdf"));
}

int export_labels(const fs::path& path, const LabelTargets& targets) {
  if (targets.nifti.empty() && targets.ome_zarr.empty() && targets.vtkhdf.empty())
    throw ConfigError(
        "nothing to export the volume to: give --nifti FILE.nii.gz, --ome-zarr FOLDER or --vtkhdf "
        "FILE.vtkhdf");
  const LabelVolume labels = labels_of(path, targets.volume);
  // All names are checked before the first file is written.
  struct Format {
    const char* option;
    fs::path given;
    std::string extension;
    void (*write)(const fs::path&, const LabelVolume&);
  };
  std::vector<Format> formats = {{"--nifti", targets.nifti, ".nii.gz", write_nifti},
                                 {"--vtkhdf", targets.vtkhdf, ".vtkhdf", write_vtkhdf},
                                 {"--ome-zarr", targets.ome_zarr, "", write_ome_zarr}};
  std::erase_if(formats, [](const Format& format) { return format.given.empty(); });
  for (Format& format : formats) {
    if (!format.given.filename().string().ends_with(format.extension))
      throw ConfigError(cat(format.option, ": '", format.given.string(), "' is to end in ", format.extension,
                            ", by which programs know the format"));
    format.given = new_place(format.option, format.given);
  }
  for (const Format& format : formats) {
    ensure_writable_folder(fs::absolute(format.given).parent_path());
    format.write(format.given, labels);
    std::cout << format.given.string() << '\n';
  }
  return 0;
}

}  // namespace scaffold
