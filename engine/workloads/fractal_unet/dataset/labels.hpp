// Masks and predictions as label volumes for other programs' formats.
#pragma once
#include "storage/label_volume.hpp"

namespace scaffold {

/// Container kind and newest version of what `scaffold predict` writes (docs/formats.md).
inline constexpr const char* prediction_kind = "prediction";
inline constexpr int prediction_version = 1;

struct DatasetIndex;

/// The mask of a volume of the dataset in `folder`, put together from its shards, every chunk checked against
/// its checksum as it is read. DataError when there is no such volume or its file is not there in full.
LabelVolume dataset_labels(const fs::path& folder, std::int64_t volume);
/// The same without the voxels (`read` is empty): what the file, which need not be there yet, will hold.
LabelVolume described_labels(const fs::path& folder, const DatasetIndex& index, std::int64_t volume);

/// /prediction of a file of `scaffold predict`, which is read at once. DataError.
LabelVolume prediction_labels(const fs::path& file);
/// The same without the voxels, for a volume of `edge` voxels along each axis.
LabelVolume described_prediction(const fs::path& file, std::int64_t edge, int classes);

}  // namespace scaffold
