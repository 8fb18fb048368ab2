#!/usr/bin/env bash
# Runs make targets in their order, stops at the first that fails, and prints how long each took and which tests failed:
# hack/phases.sh TARGET…
set -euo pipefail

times=""
output=$(mktemp)
summary() {
	printf '\n==> phases of make test\n%s' "$times"
	printf '%6d s  in all\n' "$SECONDS"
	rm -f "$output"
}
trap summary EXIT

# show_failures prints what failed tests, the compiler and the linter said, which stands far above the end in the output of a long phase.
show_failures() {
	printf '\n==> what failed\n'
	grep -E -- '--- FAIL|_test\.go:[0-9]+: |\.go:[0-9]+:[0-9]+: |^panic: |^FAIL' "$output" | cut -c 1-400 | tail -n 30 || true
}

for target in "$@"; do
	started=$SECONDS
	status=ok
	"${MAKE:-make}" --no-print-directory "$target" 2>&1 | tee "$output" || status=failed
	times+=$(printf '%6d s  %s: %s' "$((SECONDS - started))" "$target" "$status")$'\n'
	if [[ $status == failed ]]; then
		show_failures
		exit 1
	fi
done
