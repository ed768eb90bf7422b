// The table of one instruction set; included by one file each.
#pragma once
#include "nn/fused/image_body.hpp"
#include "nn/fused/norm_body.hpp"
#include "nn/fused/pool_body.hpp"
#include "nn/fused/softmax_body.hpp"
#include "nn/fused/update_body.hpp"
#include "nn/fused/weight_gradient_body.hpp"
#include "nn/fused/winograd_body.hpp"

namespace scaffold::fused {
namespace {

constexpr Kernels make_kernels(const char* name, bool weight_gradient_pays, bool winograd_pays) {
  return {name,
          norm_kernels<float>,
          norm_kernels<BFloat16>,
          softmax_kernels<float>,
          softmax_kernels<BFloat16>,
          pool_kernels<float>,
          pool_kernels<BFloat16>,
          sum_of_squares,
          adam,
          weight_gradient_pays,
          weight_gradient,
          winograd_pays,
          panel,
          winograd_kernels<float>,
          winograd_kernels<BFloat16>,
          image_kernels<float>,
          image_kernels<BFloat16>,
          winograd_multiply,
          winograd_multiply_gradient};
}

}  // namespace
}  // namespace scaffold::fused
