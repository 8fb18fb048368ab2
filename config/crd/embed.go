// Package crd holds the generated CustomResourceDefinitions, so that the CLI validates offline with the schema that is
// installed on a cluster. It only holds the files; controller-gen writes them, internal/cli/schema reads them.
package crd

import "embed"

//go:embed bases/*.yaml
var bases embed.FS

// Definitions returns the CustomResourceDefinition of every kind, as YAML.
func Definitions() [][]byte {
	entries, err := bases.ReadDir("bases")
	if err != nil {
		return nil
	}
	definitions := make([][]byte, 0, len(entries))
	for _, entry := range entries {
		// A file that is listed can be read: it is a part of the program.
		if content, err := bases.ReadFile("bases/" + entry.Name()); err == nil {
			definitions = append(definitions, content)
		}
	}
	return definitions
}
