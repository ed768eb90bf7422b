// Libraries, datasets, volumes and predictions of this workload, for `scaffold inspect`, exports and the
// viewer.
#pragma once
#include "workload/artifacts.hpp"

namespace scaffold {

const OwnArtifacts& fractal_artifacts();

}  // namespace scaffold
