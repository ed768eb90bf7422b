// NCCL communicators as c10d process groups.
#pragma once
#include "device/cuda_plugin.hpp"

namespace scaffold {

bool make_nccl(const ScaffoldNcclOptions& options, c10::intrusive_ptr<c10d::ProcessGroup>& into,
               std::string& error);

}  // namespace scaffold
