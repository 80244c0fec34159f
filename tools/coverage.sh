#!/usr/bin/env bash
# Lines of the book and of risk that the engine's tests, the differential and the scenarios reach,
# file by file. Fails where all together are below the floor, or one file is far below it.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo llvm-cov --version >/dev/null 2>&1; then
    echo "skipped: cargo install cargo-llvm-cov; rustup component add llvm-tools"
    exit 0
fi
cargo llvm-cov clean --workspace
cargo llvm-cov --no-report test -p pinion-engine
cargo llvm-cov --no-report test -p pinion-tests --test scenarios --test differential
report=$(mktemp)
trap 'rm -f "$report"' EXIT
cargo llvm-cov report --json --summary-only >"$report"
python3 - "$report" <<'PYTHON'
import json
import sys

FLOOR, FLOOR_OF_A_FILE = 90.0, 80.0
ROOMS = ["book", "entry", "amend", "orders", "tables", "states", "control"]

files = json.load(open(sys.argv[1]))["data"][0]["files"]
rows = []
for file in files:
    _, inside, name = file["filename"].partition("/core/engine/src/")
    if inside and name.split("/")[0] in ROOMS:
        lines = file["summary"]["lines"]
        rows.append((name, lines["covered"], lines["count"]))
low = []
for name, covered, count in sorted(rows):
    percent = 100 * covered / max(count, 1)
    print(f"{percent:6.1f} %  {covered:5} of {count:5}  {name}")
    if percent < FLOOR_OF_A_FILE:
        low.append(name)
covered, count = (sum(row[place] for row in rows) for place in (1, 2))
percent = 100 * covered / max(count, 1)
print(f"{percent:6.1f} %  {covered:5} of {count:5}  book and risk; at least {FLOOR} %")
if low or percent < FLOOR:
    sys.exit(f"too little is reached: {', '.join(low) or 'all together'}")
PYTHON
