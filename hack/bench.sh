#!/usr/bin/env bash
# Measures evaluation, admission and the sidecar, each against its floor in the same run. Every bar on time is a ratio to a floor, so that
# it holds on any machine.
#
#   evaluation   CPU per operation, as a ratio to decoding a fixed JSON document (test/bench/calibration) in the same minute:
#                the median of ROUNDS rounds (default 3), each benchmark for BENCHTIME (default 1s)
#   shapes       CPU of the codec of each preset, per exchange and per event of a stream, in thousandths of the same calibration: the
#                median of ROUNDS rounds
#   admission    CPU of the webhook's server per request, as a ratio to a no-op webhook (test/bench/admission)
#   sidecar      CPU, memory and latency, as ratios to a bare reverse proxy (test/bench/sidecar)
#
# The bars of evaluation stand in with_bars, those of admission and the sidecar in their programs. A missed bar is printed and does not
# fail: the figures of a busy machine decide nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

measure() { go test -run '^$' -bench "$2" -benchmem -cpu 1 -benchtime "${BENCHTIME:-1s}" "$1"; }

# with_bars prints, for each benchmark, the median of its ratios to the calibration before it, and its bar.
with_bars() {
  awk '
    function median(list, n,   i, j, t, s) {
      split(list, s, " "); for (i = 1; i <= n; i++) s[i] += 0
      for (i = 1; i < n; i++) for (j = i + 1; j <= n; j++) if (s[j] < s[i]) { t = s[i]; s[i] = s[j]; s[j] = t }
      return s[int((n + 1) / 2)]
    }
    function verdict(value, bar) { return value <= bar ? "reached" : "MISSED" }
    BEGIN { bar["Requirement"] = 22; bar["RequirementWide"] = 34; bar["Declaration"] = 5; bar["Workload"] = 0.42; allocations["Declaration"] = 10000 }
    /^Benchmark/ {
      name = $1; sub(/^Benchmark/, "", name); sub(/-[0-9]+$/, "", name)
      for (i = 2; i < NF; i++) { if ($(i + 1) == "ns/op" || $(i + 1) == "cpu-ns/op") t = $i; if ($(i + 1) == "allocs/op") a = $i; if ($(i + 1) == "cpu-ns/point") point = $i }
      if (name == "Calibration") { unit = t; next }
      if (!(name in rounds)) order[++names] = name
      rounds[name]++; ratios[name] = ratios[name] " " t / unit; times[name] = times[name] " " t / 1e6; allocs[name] = a
      if (name == "RequirementWide") wide = point
      if (name == "RequirementAll") { grown++; growth = growth " " point / wide }
    }
    /FAIL|panic/ { print; failed = 1 }
    END {
      for (k = 1; k <= names; k++) {
        name = order[k]; n = rounds[name]; ratio = median(ratios[name], n); text = ""
        if (name in bar) text = sprintf("bar %.2f: %s", bar[name], verdict(ratio, bar[name]))
        if (name in allocations) text = text sprintf(", %d allocations: %s", allocations[name], verdict(allocs[name], allocations[name]))
        printf "%-24s %7.2f x calibration %8.3f ms %7d allocations  %s\n", name, ratio, median(times[name], n), allocs[name], text
      }
      if (grown) { g = median(growth, grown); printf "%-24s %7.2f x the time for a point of 6 places and 3 sectors  bar 1: %s\n", "RequirementAll", g, verdict(g, 1) }
      if (!names) { print "no benchmark ran"; failed = 1 }
      exit failed
    }'
}

# list_shapes prints the table of docs/architecture.md: for each preset the processor time of an exchange and of an event, as the median of
# the ratios to the calibration before it, in thousandths, and the allocations of both.
list_shapes() {
  awk '
    function median(list, n,   i, j, t, s) {
      split(list, s, " "); for (i = 1; i <= n; i++) s[i] += 0
      for (i = 1; i < n; i++) for (j = i + 1; j <= n; j++) if (s[j] < s[i]) { t = s[i]; s[i] = s[j]; s[j] = t }
      return s[int((n + 1) / 2)]
    }
    function read_figures(   i) {
      for (i = 2; i < NF; i++) { if ($(i + 1) ~ /^cpu-ns/) time = $i; if ($(i + 1) == "parts/op") parts = $i; if ($(i + 1) == "allocs/op") allocs = $i }
    }
    /^BenchmarkCalibration/ { read_figures(); unit = time / 1000 }
    /^BenchmarkPreset/ {
      read_figures(); split($1, part, "/"); sub(/-[0-9]+$/, "", part[3]); name = part[2]
      if (!(name in rounds)) { order[++n] = name; rounds[name] = 0 }
      if (part[3] == "exchange") { rounds[name]++; exchanges[name] = exchanges[name] " " time / unit; exchangeAllocs[name] = allocs }
      else { events[name] = events[name] " " time / unit; eventAllocs[name] = sprintf("%.1f", allocs / parts) }
    }
    /FAIL|panic/ { print; failed = 1 }
    END {
      print "| shape | exchange | allocations | event of a stream | allocations |\n|---|---|---|---|---|"
      for (i = 1; i <= n; i++) {
        name = order[i]; event = " | |"
        if (name in events) event = sprintf(" %.1f | %s |", median(events[name], rounds[name]), eventAllocs[name])
        printf "| %s | %.1f | %d |%s\n", name, median(exchanges[name], rounds[name]), exchangeAllocs[name], event
      }
      if (!n) { print "no benchmark ran"; failed = 1 }
      exit failed
    }'
}

echo "== evaluation, one core, per operation"
for _ in $(seq "${ROUNDS:-3}"); do
  measure ./test/bench/calibration .
  measure ./internal/engine/evaluation .
  measure ./internal/review .
done | with_bars
echo
echo "== shapes, one core, in thousandths of the calibration"
for _ in $(seq "${ROUNDS:-3}"); do
  measure ./test/bench/calibration .
  measure ./internal/sidecar/dialect/shaped Preset
done | list_shapes
echo
echo "== admission against a no-op handler"
go run ./test/bench/admission
echo
echo "== sidecar against a bare reverse proxy"
go run ./test/bench/sidecar
