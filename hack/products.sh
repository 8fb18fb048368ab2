#!/usr/bin/env bash
# Installs the products of test/products, as package-lock.json lists them, and the browser and npm where they are missing and apt-get may
# install them.
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

# What is installed already stays: the file says for which lock file. Warnings about the version of Node.js mean nothing, because the
# products run on the one that the packages bring.
installed=node_modules/.installed-for
if ! cmp -s package-lock.json "$installed"; then
	npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	cp package-lock.json "$installed"
fi
