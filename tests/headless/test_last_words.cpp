#include <string>

#include "catch.hpp"
#include "core/files.hpp"
#include "headless/scaling/last_words.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;

namespace {

std::string words_of(const std::string& text) {
  const TemporaryFolder folder;
  write_atomic(folder / "log.txt", text);
  return last_words(folder / "log.txt");
}

const std::string rule(74, '-');

}  // namespace

TEST_CASE("as root, mpirun's reason is told and not its farewell, with what to do") {
  // Open MPI 4.1.4.
  const std::string log = rule + R"(
mpirun has detected an attempt to run as root.

Running as root is *strongly* discouraged as any mistake (e.g., in
defining TMPDIR) or bug can result in catastrophic damage to the OS
file system, leaving your system in an unusable state.

We strongly suggest that you run mpirun as a non-root user.

You can override this protection by adding the --allow-run-as-root option
to the cmd line or by setting two environment variables in the following way:
the variable OMPI_ALLOW_RUN_AS_ROOT=1 to indicate the desire to override this
protection, and OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 to confirm the choice and
add one more layer of certainty that you want to do so.
We reiterate our advice against doing so - please proceed at your own risk.
)" + rule + "\n";
  const std::string said = words_of(log);
  CHECK(said.rfind("mpirun has detected an attempt to run as root. ", 0) == 0);
  CHECK_THAT(said, Catch::Contains("OMPI_ALLOW_RUN_AS_ROOT=1") &&
                       Catch::Contains("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1") && !Catch::Contains("reiterate"));
}

TEST_CASE("of several notices at the end the first says why") {
  const std::string log =
      "a line\n" + rule + "\nWARNING: no OpenFabrics device.\n" + rule + "\nepoch 1\n" + rule +
      "\nPrimary job  terminated normally, but 1 process returned\na non-zero exit code.\n\nMore.\n" + rule +
      "\n" + rule + "\nmpirun detected that one or more processes exited.\n" + rule + "\n\n";
  CHECK(words_of(log) == "Primary job  terminated normally, but 1 process returned a non-zero exit code.");
}

TEST_CASE("the program's own error wins over what is said around it; else the last line counts") {
  CHECK(words_of("[x error] first\n[12:00 error] the disk is full\n" + rule + "\nmpirun noticed\n" + rule +
                 "\n") == "the disk is full");
  CHECK(words_of(rule + "\na notice\n" + rule + "\nSegmentation fault\n\n") == "Segmentation fault");
  CHECK(words_of("node is on fire\n-----\n") == "node is on fire");
  CHECK(words_of("\n" + rule + "\n") == "no output");
  CHECK(words_of("") == "no output");
  CHECK(words_of(std::string(1000, 'x')).size() == 300);
  CHECK(last_words("/nowhere/log.txt") == "its log cannot be read");
}
