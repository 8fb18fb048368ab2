// Package crd holds the generated CustomResourceDefinitions, so that the CLI validates offline with the schema that is
// installed on a cluster. It only holds the files; controller-gen writes them, internal/cli/schema reads them.
package crd

import _ "embed"

// ChatbotDeployments is the CustomResourceDefinition of ChatbotDeployment, as YAML.
//
//go:embed bases/chaperone.dev_chatbotdeployments.yaml
var ChatbotDeployments []byte
