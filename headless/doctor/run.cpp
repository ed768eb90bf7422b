// scaffold doctor: every finding in a line, with what to do about it. Run by all ranks; rank 0 prints.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <optional>

#include "comm/affinity.hpp"
#include "comm/launcher.hpp"
#include "comm/mpi_world.hpp"
#include "comm/on_all_ranks.hpp"
#include "comm/probe.hpp"
#include "core/disk_probe.hpp"
#include "core/error.hpp"
#include "core/openmp_variables.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "device/device.hpp"
#include "headless/torch_commands.hpp"
#include "job/software.hpp"
#include "job/trainer.hpp"
#include "nn/precision.hpp"
#include "plan/plan.hpp"
#include "workload/workload.hpp"

namespace scaffold {

namespace {

enum class Level { good, note, warning, failure };

class Doctor {
 public:
  Doctor(World& world, const DoctorArguments& arguments) : world_(world), arguments_(arguments) {}

  int run() {
    heading("program");
    programs();
    heading("ranks");
    ranks();
    heading("devices");
    devices();
    heading("network");
    network();
    heading("configuration");
    if (configuration()) {
      heading("folders");
      folders();
    }
    if (is_root())
      std::cout << (failures_ ? cat("\n", failures_, failures_ == 1 ? " thing is" : " things are",
                                    " in the way of a run (FAIL)\n")
                              : "\nnothing is in the way of a run\n");
    return failures_ ? 1 : 0;
  }

 private:
  bool is_root() const { return world_.rank() == 0; }
  void heading(const char* text) const {
    if (is_root()) std::cout << text << "\n" << std::flush;
  }
  void say(Level level, const std::string& found, const std::string& advice = "") {
    failures_ += level == Level::failure;
    static const char* const names[] = {"ok  ", "note", "WARN", "FAIL"};
    if (is_root())
      std::cout << "  " << names[static_cast<int>(level)] << "  " << found
                << (advice.empty() ? "" : "\n        " + advice) << "\n"
                << std::flush;
  }

  /// What each rank says; a rank whose `body` throws says "!" and why. Collective.
  std::vector<std::string> every(const std::function<std::string()>& body) {
    std::string own;
    try {
      own = body();
    } catch (const Interrupted& stop) {
      own = cat("!stop ", stop.signal());
    } catch (const std::exception& error) {
      own = cat("!", error.what());
    }
    auto all = all_gather(world_.all(), own);
    for (const auto& said : all)  // on all of them, or one would wait for the others
      if (std::int64_t signal = 0; said.rfind("!stop ", 0) == 0 && parse_int(said.substr(6), signal))
        throw Interrupted(static_cast<int>(signal));
    return all;
  }
  /// The least of all ranks' numbers. What is decided must be decided alike everywhere. Collective.
  std::uint64_t least(std::uint64_t own) {
    std::uint64_t result = own;
    for (const auto& text : all_gather(world_.all(), cat(own)))
      result = std::min<std::uint64_t>(result, std::stoull(text));
    return result;
  }
  /// Says the first rank's trouble, with its number; true when there was none.
  bool sound(const std::vector<std::string>& said, const std::string& advice) {
    for (std::size_t r = 0; r < said.size(); ++r)
      if (!said[r].empty() && said[r].front() == '!') {
        say(Level::failure, cat(world_.size() > 1 ? cat("rank ", r, ": ") : "", said[r].substr(1)), advice);
        return false;
      }
    return true;
  }

  void programs();
  void ranks();
  void devices();
  void network();
  bool configuration();
  void memory(const Extent3& shards);
  void folders();
  void folder(const std::string& key, const fs::path& path, std::uint64_t needed);

  World& world_;
  const DoctorArguments& arguments_;
  Config config_;
  int cores_ = 1, failures_ = 0;
  std::optional<at::Device> device_;
};

void Doctor::programs() {
  std::string text;
  for (const auto& [name, value] : software()) text += cat(text.empty() ? "" : ", ", name, " ", value);
  const auto all = all_gather(world_.all(), text);
  for (std::size_t r = 1; r < all.size(); ++r)
    if (all[r] != all[0]) {
      say(Level::failure, cat("rank ", r, " runs another program: ", all[r], "; rank 0: ", all[0]),
          "start the same build everywhere, from a folder that all machines share");
      return;
    }
  say(Level::good, text);
}

void Doctor::ranks() {
  std::map<std::string, int> hosts;
  for (const auto& host : all_gather(world_.all(), describe_machine().host)) ++hosts[host];
  const Launch launch = detect_launch();
  std::string list;
  int shown = 0;
  for (const auto& [host, n] : hosts)
    if (++shown <= 8) list += cat(list.empty() ? "" : ", ", host, ": ", n);
  if (hosts.size() > 8) list += ", …";
  say(Level::good,
      launch.launcher.empty()
          ? cat("one process, no launcher, on ", list.substr(0, list.find(':')))
          : cat(world_.size(), world_.size() == 1 ? " rank" : " ranks", " by ", launch.launcher, " on ",
                hosts.size(), hosts.size() == 1 ? " machine (" : " machines (", list, ")"));
  if (world_.size() == 1)
    say(Level::note, "a job of several ranks is looked at when doctor is started like it",
        "mpirun -np N scaffold doctor … (or srun, flux run)");

  cores_ = claim_cores(world_.all());
  const auto all = all_gather(world_.all(), cat(cores_));
  const auto [least, most] = std::minmax_element(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return std::stoi(a) < std::stoi(b); });
  const bool uneven = *least != *most;
  const std::string found = cat("cores of a rank: ", *least, uneven ? " to " + *most : "");
  if (const std::string missing = missing_cores(std::stoi(*least)); !missing.empty())
    say(Level::warning, found, missing);
  else
    say(uneven ? Level::warning : Level::good, found,
        uneven ? "the slowest rank sets the pace: give each the same number of cores" : "");
  std::string removed;
  for (const auto& name : removed_openmp_variables()) removed += cat(removed.empty() ? "" : ", ", name);
  if (!removed.empty())
    say(Level::note, cat("not followed: ", removed, " of the environment"),
        "they would put threads of several ranks on one core; ranks share out cores and num_threads "
        "themselves");
  const auto online = sysconf(_SC_NPROCESSORS_ONLN);
  const auto crowded = all_gather(world_.all(), online < world_.local_size() ? "x" : "");
  if (std::any_of(crowded.begin(), crowded.end(), [](const auto& c) { return !c.empty(); }))
    say(Level::warning, cat(world_.local_size(), " ranks share ", online, " cores of a machine"),
        "start fewer ranks a machine: such a run shows that it works, not how fast");
}

void Doctor::devices() {
  const bool bfloat16 = cpu_has_bfloat16();
  const auto machines = all_gather(world_.all(), cat(describe_machine().cpu, bfloat16 ? ", bfloat16" : ""));
  const bool alike = std::all_of(machines.begin(), machines.end(), [&](auto& m) { return m == machines[0]; });
  say(alike ? Level::good : Level::warning,
      cat("CPU: ", machines[0], alike ? "" : ", and others in the same job"),
      alike ? ""
            : "different processors round differently: ranks drift apart and the run ends with an error");
  const auto said = every([&] {
    device_ = select_device("auto", world_.local_rank(), world_.local_size());
    if (device_->is_cpu()) return std::string();
    const DeviceInfo info = describe_device(*device_);
    return cat(info.name, ", ", human_bytes(static_cast<double>(info.memory_bytes)), ", ", info.runtime);
  });
  if (!sound(said, "or train on the CPUs with --device cpu")) {
    device_.reset();
    return;
  }
  for (std::size_t r = 1; r < said.size(); ++r)
    if (said[r].empty() != said[0].empty()) {
      device_.reset();
      say(Level::failure,
          cat("rank ", r, " has ", said[r].empty() ? "no GPU" : "a GPU", ", rank 0 has ",
              said[0].empty() ? "none" : "one"),
          "use only machines with GPUs, or --device cpu");
      return;
    }
  if (said[0].empty())
    say(Level::note, cat("no GPU: training runs on the CPU (CUDA ", cuda_plugin_status(), ")"),
        bfloat16 ? "" : "this CPU has no bfloat16 arithmetic: torch_amp 1 trains in float32 here");
  else
    say(Level::good, "GPU: " + said[0]);
}

void Doctor::network() {
  if (world_.size() == 1) {
    say(Level::note, "one rank: nothing to measure");
    return;
  }
  constexpr std::int64_t bucket = 25 << 20, halo = 4 << 20;
  const CommSpeed speed = probe_communication(world_.all(), bucket, halo, 6);
  const auto rate = [](double bytes) { return human_bytes(bytes) + "/s"; };
  say(Level::good, cat("MPI: sum of one value ", fixed(speed.latency_seconds * 1e6, 1), " us; all-reduce of ",
                       human_bytes(static_cast<double>(bucket)), " at ", rate(speed.sum_bytes_per_second),
                       "; halos of ", human_bytes(static_cast<double>(halo)), " to two neighbors at ",
                       rate(speed.exchange_bytes_per_second), " a rank"));
  if (speed.latency_seconds > 1e-3)
    say(Level::warning,
        "a sum of one value takes over a millisecond: each group norm of a sharded network waits so long",
        "more ranks than cores, or MPI falls back on TCP: look for the network's own transport (ompi_info, "
        "UCX)");
  const auto hosts = all_gather(world_.all(), describe_machine().host);
  rlimit locked{};
  const bool limited = getrlimit(RLIMIT_MEMLOCK, &locked) == 0 && locked.rlim_cur < (rlim_t{64} << 20);
  if (limited && std::any_of(hosts.begin(), hosts.end(), [&](auto& h) { return h != hosts[0]; }))
    say(Level::warning,
        cat("memory that may be locked is limited to ", human_bytes(static_cast<double>(locked.rlim_cur))),
        "InfiniBand needs more: ulimit -l unlimited in the job (the site's limits.conf)");
  if (device_ && !device_->is_cpu()) {
    const auto said = every([&] { return cat(probe_device_group(*device_, world_.all(), bucket)); });
    if (sound(said, "NCCL_DEBUG=INFO in the environment makes NCCL say what it tries"))
      say(Level::good, cat("NCCL: all-reduce of ", human_bytes(static_cast<double>(bucket)), " at ",
                           rate(std::stod(said[0]))));
  }
}

/// Whether there is one, the same on every rank and fit for this number of them.
bool Doctor::configuration() {
  Extent3 shards{1, 1, 1};
  const bool given = !arguments_.files.empty() || !arguments_.overrides.empty();
  const auto said = every([&] {
    if (!given) return std::string();
    const MergedConfig merged = merge_config(arguments_.files, arguments_.overrides);
    config_ = merged.values;
    shards = shards_of(config_);
    ProcessGrid(world_.size(), world_.rank(), shards);
    MergedConfig values;
    values.values = config_;
    return to_yaml(values);
  });
  if (!sound(said, "")) return false;
  for (std::size_t r = 1; r < said.size(); ++r)
    if (said[r] != said[0]) {
      say(Level::failure, cat("rank ", r, " has another configuration than rank 0"),
          "start all ranks with the same files and options");
      return false;
    }
  if (!given) {
    say(Level::note, "none given", "-c FILE adds folders, memory and what shards mean");
    return false;
  }
  const std::int64_t cut = shards[0] * shards[1] * shards[2];
  say(Level::good,
      cat(workload_of(config_).problem(config_), ", ", world_.size() / cut,
          world_.size() / cut == 1 ? " replica" : " replicas", " of ", cut, cut == 1 ? " shard" : " shards"));
  memory(shards);
  return true;
}

void Doctor::memory(const Extent3& shards) {
  Machine here;  // its rates do not matter, but for whether bfloat16 is computed
  here.flops_float32 = here.memory_bandwidth = here.link_bandwidth = here.network_bandwidth = 1;
  here.convolution_efficiency = here.ranks_per_node = here.latency = here.filesystem_bandwidth = 1;
  const auto fits = every([&] {
    const at::Device device = select_device(config_.device, world_.local_rank(), world_.local_size());
    check_training_memory(config_, device, shards, world_.local_size());
    here.device = device.is_cpu() ? Machine::Device::cpu : Machine::Device::gpu;
    const bool bfloat16 = resolve_precision(config_.torch_amp, device) == Precision::bfloat16;
    here.flops_bfloat16 = bfloat16 ? 2 : 1;
    const double free = device.is_cpu() ? static_cast<double>(available_memory()) / world_.local_size()
                                        : static_cast<double>(describe_device(device).memory_bytes);
    return human_bytes(free);
  });
  if (!sound(fits, "")) return;
  say(Level::good,
      cat("memory: training needs about ", human_bytes(plan_job(config_, world_.size(), here).memory_total),
          " a rank (scaffold plan says of what); ", fits[0],
          here.device == Machine::Device::gpu ? " has its GPU" : " are free for each"));
}

void Doctor::folders() {
  const auto source = workload_of(config_).dataset(config_);
  const double dataset =
      static_cast<double>(source->training() + source->validation()) * source->stored_bytes();
  const auto hash = every([&] {
    const auto alone = single_process();
    source->find_inputs({*alone}, false);
    return cat("=", source->hash());
  });
  const bool have_inputs = sound(hash, "");
  if (have_inputs && !source->inputs().empty()) say(Level::good, source->inputs());
  const fs::path made = have_inputs ? fs::path(config_.dataset_dir) / hash[0].substr(1) : fs::path();
  std::error_code ignored;
  const bool have_dataset = least(have_inputs && fs::exists(made / "index.json", ignored)) == 1;
  if (have_dataset)
    say(Level::good, cat("dataset: ", made.string()));
  else
    say(Level::note, cat("dataset: not made yet, ", human_bytes(dataset)),
        "scaffold generate_dataset makes it outside the timed job");
  folder("dataset_dir", config_.dataset_dir, have_dataset ? 0 : static_cast<std::uint64_t>(dataset));
  folder("base_run_dir", config_.base_run_dir, 0);
}

void Doctor::folder(const std::string& key, const fs::path& path, std::uint64_t needed) {
  const auto ready = every([&] {
    ensure_lockable_folder(path);
    return std::string();
  });
  if (!sound(ready,
             cat(key,
                 " must be a folder that every rank can write to and lock files in (Lustre: mount with "
                 "-o flock)")))
    return;
  const std::string type = file_system_type(path);
  std::uint64_t own_free = 0;
  const auto asked = every([&] {
    own_free = free_space(path);
    return std::string();
  });
  if (!sound(asked, "")) return;
  const std::uint64_t free = least(own_free),
                      bytes = least(static_cast<std::uint64_t>(arguments_.probe_mib) << 20);
  const std::string where = cat(key, " '", path.string(), "' (", type, "): ");
  if (needed > free) {
    say(Level::failure,
        cat(where, human_bytes(static_cast<double>(free)), " free, the dataset needs ",
            human_bytes(static_cast<double>(needed))),
        "another dataset_dir, or dataset_format: compact");
    return;
  }
  if (bytes * static_cast<std::uint64_t>(world_.size()) > free / 2) {
    say(Level::warning, cat(where, human_bytes(static_cast<double>(free)), " free: too little to measure"),
        "--probe-mib takes less");
    return;
  }
  barrier(world_.all());
  const auto speeds = every([&] {
    const DiskSpeed speed = probe_disk(path, bytes);
    return cat(speed.write_bytes_per_second, " ", speed.read_bytes_per_second);
  });
  if (!sound(speeds, "")) return;
  double write = 0, read = 0;
  for (const auto& text : speeds) {
    const auto words = split(text, ' ');
    write += std::stod(words[0]);
    read += std::stod(words[1]);
  }
  say(Level::good, cat(where, human_bytes(static_cast<double>(free)), " free; all ranks together write ",
                       human_bytes(write), "/s and read ", human_bytes(read), "/s"));
  if (type == "tmpfs")
    say(Level::note, cat(key, " lies in memory"),
        "what it holds is lost with the machine, and takes memory from training");
  if (type.rfind("nfs", 0) == 0 && world_.size() > 1)
    say(Level::note, cat(key, " lies on NFS"), "many ranks that read it at once share one server");
}

}  // namespace

int run_doctor(const DoctorArguments& arguments) {
  return on_all_ranks([&](World& world) { return Doctor(world, arguments).run(); });
}

}  // namespace scaffold
