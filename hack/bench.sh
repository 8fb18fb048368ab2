#!/usr/bin/env bash
# Measures everything against its floor in one run: evaluation, admission, sidecar. Only ratios within a run compare between
# machines; absolute figures are of this one. Bars: requirement of 4 places and 2 sectors 10 ms, of 6 and 3 15 ms, of all no more time for
# a point that applies than of 6 and 3; declaration 2 ms and 10,000 allocations, pod 150 µs.
set -euo pipefail
cd "$(dirname "$0")/.."

# with_bars appends to each line of `go test -bench` the bar for its benchmark, and whether it is reached.
with_bars() {
  awk '
    BEGIN { ns["Requirement"] = 10e6; ns["RequirementWide"] = 15e6; ns["Declaration"] = 2e6; allocs["Declaration"] = 10000; ns["Workload"] = 150e3 }
    /^Benchmark/ {
      name = $1; sub(/^Benchmark/, "", name); sub(/-[0-9]+$/, "", name)
      for (i = 2; i < NF; i++) { if ($(i + 1) == "ns/op") t = $i; if ($(i + 1) == "allocs/op") a = $i; if ($(i + 1) == "cpu-ns/point") each[name] = $i }
      verdict = ""
      if (name in ns) verdict = sprintf("bar %.2f ms: %s", ns[name] / 1e6, t <= ns[name] ? "reached" : "MISSED")
      if (name in allocs) verdict = verdict sprintf(", %d allocations: %s", allocs[name], a <= allocs[name] ? "reached" : "MISSED")
      printf "%-24s %8.3f ms %7d allocations  %s\n", name, t / 1e6, a, verdict
      next
    }
    /FAIL|panic/ { print; failed = 1 }
    END {
      growth = each["RequirementAll"] / each["RequirementWide"]
      printf "%-24s %8.2f x the time for a point of 6 places and 3 sectors  bar 1: %s\n", "RequirementAll", growth, growth <= 1 ? "reached" : "MISSED"
      exit failed
    }'
}

echo "== evaluation, one core, per operation"
go test -run '^$' -bench . -benchmem -cpu 1 -benchtime "${BENCHTIME:-1s}" ./internal/engine/evaluation | with_bars
echo
echo "== admission against a no-op handler"
go run ./test/bench/admission
echo
echo "== sidecar against a bare reverse proxy"
go run ./test/bench/sidecar
