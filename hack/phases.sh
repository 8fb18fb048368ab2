#!/usr/bin/env bash
# Runs make targets in their order, stops at the first that fails, and prints how long each took: hack/phases.sh TARGET…
set -euo pipefail

times=""
summary() {
	printf '\n==> phases of make test\n%s' "$times"
	printf '%6d s  in all\n' "$SECONDS"
}
trap summary EXIT

for target in "$@"; do
	started=$SECONDS
	status=ok
	"${MAKE:-make}" --no-print-directory "$target" || status=failed
	times+=$(printf '%6d s  %s: %s' "$((SECONDS - started))" "$target" "$status")$'\n'
	[[ $status == ok ]] || exit 1
done
