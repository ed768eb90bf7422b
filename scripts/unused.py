"""Functions that nothing calls: what cppcheck finds unused and no other source names. Exit code 1 with a line for each.

cppcheck reads no table (*.def) and knows no base class of a library, so that its word alone is not enough: a function
that overrides one, or whose name stands anywhere but where it is declared and defined, is used.
"""
import collections
import os
import re
import subprocess
import sys

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
tracked = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.cpp", "*.hpp", "*.cu", "*.cuh", "*.def"],
                         check=True, capture_output=True, text=True).stdout.split()
text = {name: open(name, encoding="utf-8").read() for name in tracked if os.path.exists(name)}
words = collections.Counter(word for body in text.values() for word in re.findall(r"\w+", body))
# Names that a table's macro puts together: adam_optimizer from "name##_optimizer".
pasted = tuple(set(re.findall(r"##(_\w+)", "".join(text.values()))))

try:
    found = subprocess.run(["cppcheck", "--enable=unusedFunction", "--language=c++", "--std=c++20", "-q", "--max-configs=1",
                            "--template={file}:{line}:{id}:{message}", "engine", "headless", "viewer", "tests"],
                           check=True, capture_output=True, text=True).stderr
except FileNotFoundError:
    sys.exit("scripts/lint: cppcheck was not found (apt-get install cppcheck)")
unused = 0
reports = re.findall(r"^([^:\n]+):(\d+):unusedFunction:The function '(\w+)'", found, re.M)
if not reports:  # it always reports the functions that a library calls
    sys.exit(f"scripts/lint: cppcheck said nothing that can be read:\n{found[:2000]}")
for file, line, name in reports:
    definition = " ".join(text.get(file, "").splitlines()[int(line) - 1:int(line) + 2])
    if words[name] > 2 or "override" in definition.split("{")[0] or (pasted and name.endswith(pasted)):
        continue
    print(f"{file}:{line}: nothing calls {name}()")
    unused += 1
print(f"unused functions: {unused or 'nothing found'}")
sys.exit(unused > 0)
