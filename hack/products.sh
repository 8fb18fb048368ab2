#!/usr/bin/env bash
# Installs the products in test/products and their folders, as each package-lock.json lists them, and the browser, npm and what else is
# missing where apt-get may install it.
set -euo pipefail
cd "$(dirname "$0")/../test/products"

missing=()
command -v npm >/dev/null || missing+=(nodejs npm)
command -v chromium >/dev/null || missing+=(chromium fonts-dejavu-core)
if [[ ${#missing[@]} != 0 ]]; then
	if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
		echo "install ${missing[*]}, which the products need" >&2
		exit 1
	fi
	apt-get update -qq
	apt-get install -qq --yes --no-install-recommends "${missing[@]}"
fi

# What is installed already stays: the file says for which lock file. The packages have a newer Node.js than npm may run on, so its
# warnings about versions mean nothing.
for lock in $(find . -name package-lock.json -not -path '*/node_modules/*'); do
	folder=$(dirname "$lock")
	installed=$folder/node_modules/.installed-for
	if ! cmp -s "$lock" "$installed"; then
		npm ci --prefix "$folder" --no-audit --no-fund --ignore-scripts --loglevel=error
		cp "$lock" "$installed"
	fi
done
