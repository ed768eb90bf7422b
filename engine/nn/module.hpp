// Modules own named parameters, as torch::nn::Module's do. Shapes are known before anything is allocated, so
// that a network can be counted, planned and read from a file without making it.
//
//   struct Mlp : Module {
//     Mlp() { add("hidden", hidden), add("out", out); }
//     Linear hidden{32, 64}, out{64, 1};
//   };
//   Mlp mlp;                                      // mlp.named_parameters()[0].name == "hidden.weight"
//   mlp.materialize(at::kCPU, seed, at::kFloat);  // now the values are there
#pragma once
#include <ATen/core/Tensor.h>
#include <c10/core/MemoryFormat.h>

#include <cstdint>
#include <string>
#include <vector>

namespace scaffold {

/// One tensor of a module.
struct Parameter {
  std::vector<std::int64_t> shape;
  std::int64_t fan_in = 0;  ///< initial values are uniform in ±1/sqrt(fan_in); 0: all of them are `start`
  double start = 0;
  at::Tensor value = {};  ///< leaf that requires grad; undefined until materialize()

  std::int64_t numel() const;
};

struct NamedParameter {
  std::string name;  ///< as in a state dict: "up_list.0.up.weight"
  Parameter* parameter;
};

class Module {
 public:
  Module() = default;
  virtual ~Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// Those of the module and of the modules in it, in the order in which they were added.
  std::vector<NamedParameter> named_parameters() const;
  /// Allocates all parameters and gives them their initial values, from the stream (seed, parameter's place):
  /// the same on any device and in any layout. `layout` is that of weights of five axes.
  void materialize(const at::Device& device, std::uint64_t seed, at::ScalarType type,
                   at::MemoryFormat layout = at::MemoryFormat::Contiguous);

 protected:
  /// Members of the derived class, which outlive this one's use of them. A module without a name adds its
  /// parameters under their own.
  void add(std::string name, Parameter& parameter) {
    entries_.push_back({std::move(name), &parameter, nullptr});
  }
  void add(std::string name, Module& module) { entries_.push_back({std::move(name), nullptr, &module}); }

 private:
  struct Entry {
    std::string name;
    Parameter* parameter;
    Module* module;
  };
  void collect(const std::string& prefix, std::vector<NamedParameter>& into) const;
  std::vector<Entry> entries_;
};

/// Values that they hold, in their order.
std::int64_t parameter_count(const std::vector<NamedParameter>& parameters);

/// Convolution of `kernel`³ taps: x [N, in, D, H, W]; weight [out, in, k, k, k].
struct Conv3d : Module {
  Conv3d(std::int64_t in, std::int64_t out, std::int64_t kernel = 3, bool with_bias = false);
  Parameter weight, bias;  ///< bias has no shape without one
};

/// Transposed convolution, kernel 2, stride 2: weight [in, out, 2, 2, 2]. Torch counts its fan-in by the
/// outputs.
struct ConvTranspose3d : Module {
  ConvTranspose3d(std::int64_t in, std::int64_t out);
  Parameter weight, bias;
};

/// Scale (ones at first) and shift (zeros) of a group norm.
struct GroupNorm : Module {
  explicit GroupNorm(std::int64_t channels);
  Parameter weight, bias;
};

/// x [N, in] → [N, out]: weight [out, in].
struct Linear : Module {
  Linear(std::int64_t in, std::int64_t out);
  Parameter weight, bias;
};

}  // namespace scaffold
