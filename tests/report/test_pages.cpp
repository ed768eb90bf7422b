// Pages and figures as documents: parsed by Python's own XML and HTML parsers.
#include <cmath>
#include <cstdlib>

#include "catch.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "report/report_html.hpp"
#include "report/svg_chart.hpp"
#include "report/write_report.hpp"
#include "run/report_json.hpp"
#include "sample_run.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;

namespace {

RunRecord hostile_run() {
  auto run = sample::run(2, RunStatus::failed);
  const std::string evil = "<script>alert(1)</script>\"'&\x1b\xff]]></style>";
  run.job_name = run.run_dir = run.message = run.started_utc = run.version = run.commit = evil;
  run.device = run.precision = evil;
  run.machine.host = run.machine.cpu = run.machine.kernel = run.machine.os = evil;
  run.dataset.folder = run.dataset.hash = run.dataset.format = evil;
  run.reasons = {evil};
  run.software = {{evil, evil}, {"LibTorch", evil}};
  run.kernels = {{evil, evil}};
  run.config = {{evil, evil, evil}};
  run.epochs[0].metric("val_dice") = NAN;
  run.epochs[1].epoch_duration = INFINITY;
  run.epochs[1].parts() = {NAN};
  run.epochs[1].phases.forward = -1;
  run.target = NAN;
  return run;
}

std::vector<RunRecord> all_kinds() {
  return {sample::run(0, RunStatus::failed),
          sample::run(1, RunStatus::interrupted),
          sample::run(2),
          sample::run(700, RunStatus::epochs_exhausted),
          hostile_run(),
          RunRecord{}};
}

constexpr const char* checker = R"python(
import sys, re, pathlib, xml.etree.ElementTree as tree
from html.parser import HTMLParser
class Audit(HTMLParser):
    def handle_starttag(self, tag, attributes):
        if tag in ('script', 'link', 'iframe', 'img', 'object', 'embed', 'form', 'base'): sys.exit('tag ' + tag)
        for name, value in attributes:
            if name.startswith('on') or name in ('src', 'href', 'xlink:href', 'action'): sys.exit('attribute ' + name)
root = pathlib.Path(sys.argv[1])
files = sorted(root.rglob('*.svg')) + sorted(root.rglob('*.html'))
for path in files:
    text = path.read_text(encoding='utf-8')
    tree.fromstring(text)
    Audit().feed(text)
    if re.search(r'url\(|@import|https?:(?!//www\.w3\.org/)', text): sys.exit('network in %s' % path)
    if re.search(r'["> ](nan|inf|-nan|-inf)["< ]', text): sys.exit('not a number in %s' % path)
print(len(files))
sys.exit(0 if len(files) == int(sys.argv[2]) else 'files are missing')
)python";

}  // namespace

TEST_CASE("pages and figures are well-formed, with no script, link or network, whatever the run was called") {
  TemporaryFolder folder;
  std::size_t documents = 0, index = 0;
  for (const auto& run : all_kinds()) {
    const fs::path place = folder / cat(index++);
    ensure_writable_folder(place);
    write_report(place, run);
    for (const auto& entry : fs::recursive_directory_iterator(place))
      documents += entry.path().extension() == ".svg" || entry.path().extension() == ".html";
  }
  CHECK(documents >= 6 * 5);
  write_atomic(folder / "check.py", checker);
  const auto command =
      cat("python3 ", (folder / "check.py").string(), " ", folder.path().string(), " ", documents);
  CHECK(std::system(command.c_str()) == 0);
}

TEST_CASE("the page shows the figure of merit, the verdict and the reasons") {
  auto run = sample::run(2);
  std::string page = report_html(run);
  CHECK(page.find("50.57<span>s</span>") != std::string::npos);
  CHECK(page.find(">INVALID<") != std::string::npos);
  CHECK(page.find("<li>problem_scale is 5, not 11</li>") != std::string::npos);
  CHECK(page.find("configs/quickstart.yml:3") != std::string::npos);
  for (const char* text : {"1 / seconds, the reference's form: 0.0197742", "the baseline's is 11",
                           "Winograd, fused kernels (avx2)", "Dice, classes present", "Optimized"})
    CHECK(page.find(escape_xml(text)) != std::string::npos);
  run.reasons.clear();
  page = report_html(run);
  CHECK(page.find(">VALID<") != std::string::npos);
  CHECK(page.find(">INVALID<") == std::string::npos);
  page = report_html(sample::run(0, RunStatus::failed));
  CHECK(page.find("<p class=\"fom none\">none</p>") != std::string::npos);
  CHECK(page.find("failed before the first epoch was complete") != std::string::npos);
}

TEST_CASE("every text of the record is on the page, escaped") {
  auto run = sample::run(1);
  int n = 0;
  std::vector<std::string*> texts = {
      &run.job_name,        &run.run_dir,         &run.started_utc,  &run.version,        &run.commit,
      &run.device,          &run.precision,       &run.machine.host, &run.machine.cpu,    &run.machine.kernel,
      &run.machine.os,      &run.reasons[0],      &run.dataset.hash, &run.dataset.format, &run.config[0].key,
      &run.config[0].value, &run.config[0].origin};
  for (auto* text : texts) *text = cat("<", n++, "&>");
  std::string folder = cat("<", n++, "&>");
  run.dataset.folder = folder;
  texts.push_back(&folder);
  const std::string page = report_html(run);
  for (const auto* text : texts) {
    INFO(*text);
    CHECK(page.find(escape_xml(*text)) != std::string::npos);
    CHECK(page.find(*text) == std::string::npos);
  }
}
