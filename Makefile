# `make demo` shows Chaperone at work, `make test` checks everything; both do all their own set-up.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

export CGO_ENABLED ?= 0
BIN := $(CURDIR)/bin
# What of the local cluster stands on the standard library alone; the linter would load all of Kubernetes for the rest.
LOCALCLUSTER_OWN := ./internal/assets/... ./internal/certs/... ./internal/cluster/... ./internal/node/... ./internal/process/... ./pause/...
TOOL := go tool -modfile=hack/tools/go.mod
# Where generated files are.
GENERATED := api config docs/rules docs/coverage.md docs/crosswalk.md docs/jurisdictions.md docs/shapes docs/smallest.md
# Whether demo and run use a real node: auto (where the machine can), always, never.
NODE ?= auto
# A user's own KUBEBUILDER_ASSETS wins over the binaries that this project builds.
export KUBEBUILDER_ASSETS ?= $(shell go run -C hack/localcluster . path --dir $(BIN)/localcluster 2>/dev/null)

##@ See it

.PHONY: help
help: ## List the targets.
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: build localcluster ## Start a real cluster and show what is admitted, patched, blocked and said (NODE=never: without a node).
	@$(BIN)/demo --node=$(NODE)

.PHONY: run
run: build localcluster ## Do the demo's set-up and stay up; prints the KUBECONFIG to use.
	@$(BIN)/demo --node=$(NODE) --stay

##@ Check it

.PHONY: test
test: ## Run every check; what CI runs. Prints the time of each phase.
	@hack/phases.sh build localcluster lint verify-generated test-unit test-clients test-products test-localcluster test-image test-readers test-cert-manager conformance demo-without-node demo test-redteam test-faults test-node

.PHONY: demo-without-node
demo-without-node: ## Show the demo as on a machine that cannot run a node.
	@$(MAKE) --no-print-directory demo NODE=never

.PHONY: test-node
test-node: build localcluster ## Test what users install on a real node, where the machine can run one.
	@echo "==> end-to-end tests on a node"
	go test -count=1 -v -timeout 40m ./test/e2e/...

.PHONY: test-redteam
test-redteam: build localcluster ## Attack Chaperone on a real API server with the rights of tenants: docs/redteam.md (about three minutes).
	@echo "==> attacks"
	CHAPERONE_REDTEAM=1 go test -count=1 -v -timeout 20m ./test/redteam

.PHONY: test-faults
test-faults: build localcluster ## Break managers while pods are created, in about two minutes (FAULTS=all: every fault, with more load, in about a quarter of an hour).
	@echo "==> faults under load"
	CHAPERONE_FAULTS=$${FAULTS:-short} go test -count=1 -v -timeout 40m ./test/faults

.PHONY: test-cert-manager
test-cert-manager: localcluster ## Test config/cert-manager with the controllers of cert-manager, which are built once from Go modules.
	@echo "==> cert-manager"
	go build -C test/certmanager -o $(BIN)/certmanager .
	CHAPERONE_CERT_MANAGER=1 go test -count=1 -run '^TestCertManager$$' ./cmd/manager

.PHONY: lint
lint: ## Check formatting, import directions and budgets.
	@echo "==> lint"
	go mod tidy -diff
	$(TOOL) golangci-lint run --allow-serial-runners --timeout 20m ./...
	go mod tidy -C hack/image -diff
	go mod tidy -C hack/phoneplans -diff
	go mod tidy -C test/readers -diff
	cd hack/localcluster && go tool -modfile=../tools/go.mod golangci-lint run --allow-serial-runners --timeout 20m --config ../../.golangci.yml . $(LOCALCLUSTER_OWN)
	cd hack/image && go tool -modfile=../tools/go.mod golangci-lint run --allow-serial-runners --timeout 20m --config ../../.golangci.yml ./...
	cd hack/phoneplans && go tool -modfile=../tools/go.mod golangci-lint run --allow-serial-runners --timeout 20m --config ../../.golangci.yml ./...
	cd test/readers && go tool -modfile=../../hack/tools/go.mod golangci-lint run --allow-serial-runners --timeout 20m --config ../../.golangci.yml ./...

.PHONY: fmt
fmt: ## Format Go code.
	$(TOOL) golangci-lint fmt ./...

.PHONY: test-unit
test-unit: localcluster ## Run unit, integration (real API server) and Rego tests.
	@echo "==> unit, integration and policy tests"
	go test -timeout 30m $$(go list ./... | grep -v -e /test/conformance -e /test/e2e)

.PHONY: clients
clients: ## Install the clients in Node.js that tests of the sidecar run.
	@hack/clients.sh

.PHONY: test-clients
test-clients: clients ## Test the sidecar between real clients and servers in Node.js.
	@echo "==> real clients"
	CHAPERONE_REQUIRE_CLIENTS=1 go test -count=1 -timeout 30m -run '^TestClient' ./internal/sidecar

.PHONY: products
products: ## Install the products of npm, and the browser, that tests run around the sidecar.
	@hack/products.sh

.PHONY: test-products
test-products: products ## Test the sidecar in front of real products, with their web clients in a browser.
	@echo "==> real products"
	CHAPERONE_REQUIRE_PRODUCTS=1 go test -count=1 -skip '^TestN8n$$' ./test/products

.PHONY: products-n8n
products-n8n: products ## Install n8n, which is 3 GB and has a package that is compiled: this takes up to an hour.
	@hack/products-n8n.sh

.PHONY: test-products-n8n
test-products-n8n: products-n8n ## Test the sidecar in front of n8n, which CI leaves out.
	@echo "==> n8n"
	CHAPERONE_REQUIRE_PRODUCTS=1 go test -count=1 -v -run '^TestN8n$$' ./test/products

.PHONY: test-policy
test-policy: ## Run the policy's tests: Rego with coverage, properties, engine, and that every rule has its four kinds of cases.
	go test -count=1 -v ./policies/... ./internal/engine/... ./internal/facts/... ./internal/policy/...
	go test -count=1 -timeout 30m -run 'TestEvery|TestExempt|TestSpread|TestCLI' ./test/conformance

.PHONY: conformance
conformance: localcluster ## Run the same facts through reconciler, webhook and CLI.
	@echo "==> conformance"
	go test -count=1 -timeout 30m ./test/conformance/...

.PHONY: test-localcluster
test-localcluster: localcluster ## Test the local control plane itself.
	@echo "==> local cluster"
	PATH="$(BIN)/localcluster/debian/programs:$$PATH" go test -C hack/localcluster ./...
	go test -C hack/localcluster/dns ./...

.PHONY: test-image
test-image: ## Test the making of images, and that the Dockerfiles copy all they need.
	@echo "==> images"
	go test -C hack/image ./...

.PHONY: test-readers
test-readers: ## Test statuses, alerts and the dashboard with kstatus, the Lua of Argo CD and the engine of Prometheus.
	@echo "==> kstatus, Argo CD, Prometheus"
	go test -C test/readers ./...

.PHONY: verify-generated
verify-generated: generate ## Fail when generated files differ from the committed ones.
	@echo "==> generated files"
	@git diff --exit-code --stat -- $(GENERATED) || { echo "generated files are stale: run 'make generate' and commit the result" >&2; exit 1; }
	@test -z "$$(git status --porcelain -- $(GENERATED))" || { git status --short -- $(GENERATED); echo "generated files are not committed: run 'make generate' and commit the result" >&2; exit 1; }

.PHONY: fuzz
fuzz: ## Run each fuzz target for a short while (FUZZTIME=20s).
	@hack/fuzz.sh $${FUZZTIME:-20s}

.PHONY: bench
bench: build ## Measure evaluation, admission and sidecar against their floors, in one run.
	@hack/bench.sh

.PHONY: bench-scale
bench-scale: localcluster ## Measure the manager with N=10000 declarations, beside that of BASE=<commit> in the same sitting (minutes).
	@go run ./test/bench/scale -declarations $${N:-10000} -base "$${BASE:-}"

##@ Change it

.PHONY: generate
generate: ## Regenerate deep copies and manifests from markers, the smallest samples and the rule book from the policy.
	$(TOOL) controller-gen object paths=./api/...
	$(TOOL) controller-gen crd paths=./api/... output:crd:artifacts:config=config/crd/bases
	$(TOOL) controller-gen rbac:roleName=chaperone-manager paths="./controllers/...;./internal/webhook/..." output:rbac:artifacts:config=config/rbac
	go run ./hack/generate

.PHONY: build
build: ## Build every program into bin/.
	@echo "==> building manager, sidecar, kubectl-chaperone, samplebot, sampledesk, demo and image into bin/"
	@go build -trimpath -ldflags "-s -w" -o $(BIN)/ ./cmd/... ./test/samplebot ./test/sampledesk ./hack/demo
	@go build -C hack/localcluster -o $(BIN)/localcluster-run .
	@go build -C hack/image -o $(BIN)/image .

.PHONY: image
image: ## Make the container images without Docker, as archives in bin/images/.
	@echo "==> making images into bin/images/"
	@go build -C hack/image -o $(BIN)/image .
	@$(BIN)/image --root $(CURDIR) --out $(BIN)/images

.PHONY: localcluster
localcluster: ## Build Kubernetes from source, once; with all that a node needs, where the machine can run one.
	@go run -C hack/localcluster . build --dir $(BIN)/localcluster

.PHONY: clean
clean: ## Remove everything that was built.
	rm -rf $(BIN) .localcluster
