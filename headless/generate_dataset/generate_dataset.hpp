// What `scaffold generate_dataset` does, by the CPU or with a device's help.
#pragma once
#include <functional>

#include "comm/mpi_world.hpp"
#include "config/command.hpp"
#include "workload/dataset_source.hpp"

namespace scaffold {

using SourceOf = std::function<std::unique_ptr<DatasetSource>(const Config&, World&)>;

/// `source_of` is called on each rank. Collective; returns the exit code.
int make_dataset(const ConfigArguments& arguments, const SourceOf& source_of);

}  // namespace scaffold
