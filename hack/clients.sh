#!/usr/bin/env bash
# Installs the clients in test/clients, as package-lock.json lists them, and Node.js where it is missing and apt-get may install it.
set -euo pipefail
cd "$(dirname "$0")/../test/clients"
source ../../hack/packages.sh

install_missing "the clients need" npm=nodejs,npm

# What is installed already stays: the file says for which lock file. Warnings about the version of Node.js mean nothing, because the
# clients run on the one that the packages bring.
installed=node_modules/.installed-for
if ! cmp -s package-lock.json "$installed"; then
	npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	cp package-lock.json "$installed"
fi
