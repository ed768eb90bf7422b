#include <iostream>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "device/device.hpp"
#include "device/recycled_memory.hpp"
#include "fractal_unet/commands/torch_commands.hpp"
#include "fractal_unet/dataset/reader.hpp"
#include "fractal_unet/network/dice.hpp"
#include "fractal_unet/predict/predict.hpp"
#include "storage/container.hpp"
#include "storage/vtkhdf.hpp"

namespace scaffold {
namespace {

/// Only nothing, or an earlier prediction, may be replaced: not a device, a dataset's volume or a checkpoint.
void check_output(const fs::path& out) {
  if (out.empty()) throw ConfigError("--out: a file name is missing");
  std::error_code error;
  const auto type = fs::status(out, error).type();
  if (type == fs::file_type::not_found) return;
  if (type != fs::file_type::regular)
    throw ConfigError(cat("--out: '", out.string(), "' is there and is not a file; choose another name"));
  if (fs::file_size(out) == 0) return;
  if (!is_container(out) || read_header(out).kind != prediction_kind)
    throw ConfigError(cat("--out: '", out.string(),
                          "' is there and is no prediction; it is left alone, choose another name"));
}

/// p.vtkhdf beside p.h5. Only nothing, or an earlier view, may be replaced.
fs::path view_beside(const fs::path& out) {
  const fs::path view = fs::path(out).replace_extension(".vtkhdf");
  if (view == out)
    throw ConfigError(cat("--out: '", out.string(),
                          "' is the name of the file for ParaView that is written beside the "
                          "prediction; choose a name that ends in .h5"));
  std::error_code error;
  if (fs::symlink_status(view, error).type() != fs::file_type::not_found && !is_vtkhdf_view(view))
    throw ConfigError(cat("--out: '", view.string(), "', to be written beside '", out.string(),
                          "', is there and shows no prediction; it is left alone, choose another name"));
  return view;
}

}  // namespace

int run_predict(const PredictArguments& arguments) {
  recycle_tensor_memory();
  if (arguments.torch_amp != 0 && arguments.torch_amp != 1)
    throw ConfigError("--torch-amp: 0 or 1 is allowed");
  if (arguments.num_threads < 0) throw ConfigError("--num-threads: 0 or more is allowed");
  const fs::path view = view_beside(arguments.out);
  check_output(arguments.out);
  const at::Device device = select_device(arguments.device);
  const Checkpoint checkpoint = read_checkpoint(arguments.checkpoint, false);
  const DatasetReader reader(arguments.dataset);
  const int threads = arguments.num_threads > 0 ? arguments.num_threads : available_threads();
  ensure_writable_folder(fs::absolute(arguments.out).parent_path());
  const Prediction prediction = predict(checkpoint, arguments.checkpoint, reader, arguments.volume, device,
                                        arguments.torch_amp == 1, threads);
  signals::check();
  write_prediction(arguments.out, prediction, arguments.logits, arguments.checkpoint, arguments.dataset,
                   arguments.volume);
  write_vtkhdf(view, described_prediction(arguments.out, reader.index().spec.edge(),
                                          static_cast<int>(prediction.dice.size())));

  const bool validates = reader.index().plan.validates[static_cast<std::size_t>(arguments.volume)] != 0;
  std::cout << "volume " << arguments.volume << " (" << (validates ? "validation" : "training") << "), "
            << prediction.precision << "\n";
  for (std::size_t c = 0; c < prediction.dice.size(); ++c)
    std::cout << "  Dice of class " << c << (c == 0 ? " (background)  " : "               ")
              << fixed(prediction.dice[c], 6) << "\n";
  std::cout << "  mean over foreground classes  " << fixed(foreground_mean(prediction.dice), 6) << "\n"
            << "written: " << arguments.out << ", and " << view.string() << " for ParaView\n";
  return 0;
}

}  // namespace scaffold
