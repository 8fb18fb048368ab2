#!/usr/bin/env bash
# Installs n8n in test/products/n8n, as its package-lock.json lists it. hack/products.sh must have installed Node.js and npm.
set -euo pipefail
cd "$(dirname "$0")/../test/products/n8n"

# What is installed already stays: the file says for which lock file.
installed=node_modules/.installed-for
if ! cmp -s package-lock.json "$installed"; then
	for program in python3 make g++; do
		command -v "$program" >/dev/null || { echo "install $program, with which npm compiles SQLite for n8n" >&2; exit 1; }
	done
	node=$(realpath ../node_modules/node-linux-*)
	npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	# The only script that n8n needs: it compiles SQLite, with the headers of the Node.js that runs n8n.
	PATH="$node/bin:$PATH" npm_config_nodedir="$node" npm rebuild sqlite3
	cp package-lock.json "$installed"
fi
