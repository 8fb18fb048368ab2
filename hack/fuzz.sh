#!/usr/bin/env bash
# Runs every fuzz target of the project for the given time each: hack/fuzz.sh 20s
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-20s}
targets=$(git grep -oE '^func Fuzz[A-Za-z0-9_]+' -- '*_test.go' | sed 's/:func / /')
[ -n "$targets" ] || { echo "no fuzz targets found" >&2; exit 1; }
while read -r file target; do
  echo "==> $target in $(dirname "$file") for $time"
  go test -C "$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "$time" . </dev/null
done <<<"$targets"
