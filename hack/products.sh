#!/usr/bin/env bash
# Installs the products of test/products, as package-lock.json lists them, and the browser and npm where they are missing and apt-get may
# install them.
set -euo pipefail
cd "$(dirname "$0")/../test/products"
source ../../hack/packages.sh

install_missing "the products need" npm=nodejs,npm chromium=chromium,fonts-dejavu-core

# What is installed already stays: the file says for which lock file. Warnings about the version of Node.js mean nothing, because the
# products run on the one that the packages bring.
installed=node_modules/.installed-for
if ! cmp -s package-lock.json "$installed"; then
	npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	cp package-lock.json "$installed"
fi
