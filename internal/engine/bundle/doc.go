// Package bundle reads a policy bundle: Rego modules, legal data as YAML, and JSON schemas of inputs. It compiles the modules and validates
// the data. Prepare derives from the law, once, the values that all decisions read. A Catalogue lists the contents of a bundle for
// documentation and tests. The package makes no decision.
package bundle
