#!/usr/bin/env bash
# Installs n8n in test/products/n8n, as its package-lock.json lists it. hack/products.sh must have installed Node.js and npm.
set -euo pipefail
cd "$(dirname "$0")/../test/products/n8n"
source ../../../hack/packages.sh

# What is installed already stays: the file says for which lock file.
installed=node_modules/.installed-for
if ! cmp -s package-lock.json "$installed"; then
	install_missing "compile SQLite for n8n" python3=python3 make=make g++=g++
	node=$(realpath ../node_modules/node-linux-*)
	npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	# The only script that n8n needs: it compiles SQLite, with the headers of the Node.js that runs n8n.
	PATH="$node/bin:$PATH" npm_config_nodedir="$node" npm rebuild sqlite3
	cp package-lock.json "$installed"
fi
