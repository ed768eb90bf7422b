// Groups of a made-up machine: folders with the files that Linux would show.
#include <cmath>
#include <limits>
#include <string>

#include "catch.hpp"
#include "core/cgroup.hpp"
#include "core/files.hpp"
#include "core/parallel.hpp"
#include "core/system.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;

namespace {

constexpr auto none = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t gib = std::uint64_t{1} << 30;

class Machine {
 public:
  Machine(const std::string& mounts, const std::string& groups) {
    write("proc/self/mountinfo", mounts);
    write("proc/self/cgroup", groups);
  }
  void write(const std::string& path, const std::string& text) {
    fs::create_directories((root / path).parent_path());
    write_atomic(root / path, text);
  }
  CgroupLimits limits() const { return cgroup_limits(root.path()); }

 private:
  TemporaryFolder root;
};

const std::string v2_mount =
    "24 1 0:22 / /proc rw,nosuid - proc proc rw\n"
    "31 24 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
const std::string v1_mounts =
    "31 24 0:27 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755\n"
    "32 31 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:10 - cgroup cgroup rw,cpu,cpuacct\n"
    "33 31 0:29 / /sys/fs/cgroup/memory rw shared:11 - cgroup cgroup rw,memory\n"
    "34 31 0:30 / /sys/fs/cgroup/systemd rw shared:12 - cgroup cgroup rw,name=systemd\n";
const std::string unlimited_v1 = "9223372036854771712\n";

}  // namespace

TEST_CASE("no group limits anything where none is mounted, or none has a limit") {
  Machine bare("24 1 0:22 / /proc rw - proc proc rw\n", "0::/user.slice\n");
  CHECK(std::isinf(bare.limits().cpus));
  CHECK(bare.limits().memory_bytes == none);

  Machine free(v2_mount, "0::/a/b\n");
  free.write("sys/fs/cgroup/a/b/memory.max", "max\n");
  free.write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  CHECK(std::isinf(free.limits().cpus));
  CHECK(free.limits().memory_free == none);
}

TEST_CASE("version 2: the tightest of a process's group and those above it, whichever it is") {
  Machine machine(v2_mount, "0::/system.slice/slurmstepd.scope/job_7/step_0\n");
  const std::string job = "sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/";
  machine.write(job + "step_0/cpu.max", "max 100000\n");
  machine.write(job + "cpu.max", "250000 100000\n");
  machine.write("sys/fs/cgroup/system.slice/cpu.max", "1600000 100000\n");
  machine.write(job + "memory.max", std::to_string(8 * gib) + "\n");
  machine.write(job + "memory.current", std::to_string(3 * gib) + "\n");
  machine.write(job + "memory.stat", "anon 1\nactive_file " + std::to_string(gib) + "\ninactive_file " +
                                         std::to_string(gib) + "\nslab 9\n");
  machine.write(job + "step_0/memory.max", "max\n");
  CHECK(machine.limits().cpus == 2.5);
  CHECK(machine.limits().memory_bytes == 8 * gib);
  CHECK(machine.limits().memory_free == 7 * gib);

  machine.write(job + "step_0/memory.max", std::to_string(2 * gib) + "\n");
  machine.write(job + "step_0/memory.current", std::to_string(5 * gib) + "\n");
  CHECK(machine.limits().memory_bytes == 2 * gib);
  CHECK(machine.limits().memory_free == 0);

  machine.write("sys/fs/cgroup/system.slice/memory.high", std::to_string(gib) + "\n");
  CHECK(machine.limits().memory_bytes == gib);
}

TEST_CASE("version 1: quota and memory, each in its own hierarchy") {
  Machine machine(v1_mounts,
                  "12:memory:/slurm/uid_5/job_7/step_0\n"
                  "11:cpu,cpuacct:/slurm/uid_5/job_7\n"
                  "1:name=systemd:/user.slice\n");
  const std::string cpu = "sys/fs/cgroup/cpu,cpuacct/slurm/uid_5/", memory = "sys/fs/cgroup/memory/slurm/";
  machine.write(cpu + "job_7/cpu.cfs_quota_us", "-1\n");
  machine.write(cpu + "job_7/cpu.cfs_period_us", "100000\n");
  machine.write(memory + "uid_5/job_7/step_0/memory.limit_in_bytes", unlimited_v1);
  CHECK(std::isinf(machine.limits().cpus));
  CHECK(machine.limits().memory_bytes == none);

  machine.write(cpu + "cpu.cfs_quota_us", "300000\n");
  machine.write(cpu + "cpu.cfs_period_us", "100000\n");
  machine.write(memory + "uid_5/memory.limit_in_bytes", std::to_string(4 * gib) + "\n");
  machine.write(memory + "uid_5/memory.usage_in_bytes", std::to_string(3 * gib) + "\n");
  machine.write(memory + "uid_5/memory.stat",
                "active_file 5\ntotal_inactive_file " + std::to_string(gib) + "\ntotal_active_file 0\n");
  CHECK(machine.limits().cpus == 3);
  CHECK(machine.limits().memory_bytes == 4 * gib);
  CHECK(machine.limits().memory_free == 2 * gib);
}

TEST_CASE("a container sees its own group at the mount point, and a limit from above in version 1's table") {
  Machine v2("31 24 0:27 /docker/9f /sys/fs/cgroup ro - cgroup2 cgroup rw\n", "0::/docker/9f/init\n");
  v2.write("sys/fs/cgroup/init/cpu.max", "max 100000\n");
  v2.write("sys/fs/cgroup/cpu.max", "100000 100000\n");
  CHECK(v2.limits().cpus == 1);

  // Namespaces of groups: both paths begin at the container's own root, or lead out of it.
  Machine outside("31 24 0:27 /../.. /sys/fs/cgroup ro - cgroup2 cgroup rw\n", "0::/\n");
  outside.write("sys/fs/cgroup/memory.max", std::to_string(gib) + "\n");
  CHECK(outside.limits().memory_bytes == gib);

  Machine v1("33 31 0:29 /docker/9f /sys/fs/cgroup/mem\\040ory ro - cgroup cgroup rw,memory\n",
             "5:memory:/docker/9f\n");
  v1.write("sys/fs/cgroup/mem ory/memory.limit_in_bytes", unlimited_v1);
  v1.write("sys/fs/cgroup/mem ory/memory.usage_in_bytes", "0\n");
  v1.write("sys/fs/cgroup/mem ory/memory.stat", "hierarchical_memory_limit " + std::to_string(gib) + "\n");
  CHECK(v1.limits().memory_bytes == gib);
}

TEST_CASE("what this process may use is within what its groups allow") {
  const CgroupLimits limits = cgroup_limits();
  CHECK(available_threads() <= std::max(1.0, std::ceil(limits.cpus)));
  CHECK(available_memory() <= limits.memory_bytes);
  CHECK(describe_machine().memory_bytes <= limits.memory_bytes);
}
