"""Every speed that the README claims has a benchmark file that measures it.

A claim is a line of the README with a ratio such as `2.1 ×`; it must name its file under `benchmarks/`.
"""

import re
import sys
from pathlib import Path

root = Path(__file__).parents[1]
missing = []
for number, line in enumerate((root / "README.md").read_text().splitlines(), 1):
    if re.search(r"\d\s*×\s*(faster|the best|PyTorch|JAX)", line):
        files = re.findall(r"benchmarks/[\w.]+", line)
        if not files or not all((root / f).exists() for f in files):
            missing.append(f"README.md:{number}: no benchmark file is named for: {line.strip()}")
print("\n".join(missing) or "every claimed speed names its benchmark")
sys.exit(bool(missing))
