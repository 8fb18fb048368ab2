#!/usr/bin/env bash
# Installs the clients in test/clients, as package-lock.json lists them, and Node.js where it is missing and apt-get may install it.
set -euo pipefail
cd "$(dirname "$0")/../test/clients"

if ! command -v npm >/dev/null; then
	if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
		echo "npm is missing: install Node.js 20 or later with npm" >&2
		exit 1
	fi
	apt-get update -qq
	apt-get install -qq --yes --no-install-recommends nodejs npm
fi

# What is installed already stays: the file says for which lock file.
installed=node_modules/.installed-for
if ! cmp -s package-lock.json "$installed"; then
	npm ci --no-audit --no-fund --ignore-scripts
	cp package-lock.json "$installed"
fi
