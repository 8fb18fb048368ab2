#!/usr/bin/env bash
# Measures everything against its floor in one run: evaluation, admission, sidecar. Only ratios within a run compare between
# machines; absolute figures are of this one.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "== evaluation: ns, bytes and allocations per operation"
go test -run '^$' -bench . -benchmem -benchtime "${BENCHTIME:-1s}" ./internal/policy/rego
echo
echo "== admission against a no-op handler"
go run ./test/bench/admission
echo
echo "== sidecar against a bare reverse proxy"
go run ./test/bench/sidecar
