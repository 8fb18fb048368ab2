// Package cases holds the cases of the conformance corpus. The tests run them; the rule book shows them as examples.
package cases

import "embed"

// FS are the cases, one YAML file per topic.
//
//go:embed *.yaml
var FS embed.FS
