// Package bundle reads a policy bundle: Rego modules, legal data as YAML, JSON schemas of inputs. It compiles the modules, validates
// the data, and derives once the values of the law that all decisions read. A Bundle never changes. The catalogue presents the bundle to
// documents and tests. The package makes no decision.
package bundle
