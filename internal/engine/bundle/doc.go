// Package bundle reads a policy bundle: Rego modules, legal data as YAML, JSON schemas of inputs. It compiles the modules, validates
// the data, and derives once what all decisions read of the law. A Bundle never changes. The catalogue is the same bundle for readers:
// documents and tests. The package makes no decision.
package bundle
