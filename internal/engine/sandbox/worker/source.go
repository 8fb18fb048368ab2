package worker

import (
	"bytes"
	"encoding/json"
	"regexp"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

const (
	// maxModules bounds the modules of one policy: one rule each, and some libraries.
	maxModules = 16
	// maxModuleBytes bounds one module. The longest rule file of the built-in policy has under 12 KiB.
	maxModuleBytes = 64 << 10
	// maxSourceBytes bounds all modules of a policy together. Compiled, Rego takes some 40 times its text.
	maxSourceBytes = 256 << 10
	// maxParameterBytes bounds the parameters of a policy.
	maxParameterBytes = 64 << 10
)

// moduleName is what a module may be called: it stands in front of every fault that is found in it.
var moduleName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// checkSize says what of a source is too large or badly named, before any of it is parsed.
func checkSize(s sandbox.Source) faults {
	var found faults
	if n := len(s.Modules); n == 0 || n > maxModules {
		found.add(nowhere, "the policy has %d modules; 1 to %d are allowed", n, maxModules)
		return found
	}
	if n := s.Bytes(); n > maxSourceBytes {
		found.add(nowhere, "the modules have %d bytes together; at most %d are allowed", n, maxSourceBytes)
	}
	seen := map[string]bool{}
	for i, m := range s.Modules {
		at := place{module: i, row: 1}
		if !moduleName.MatchString(m.Name) {
			found.add(at, "the module's name %q does not match %s", m.Name, moduleName)
		}
		if seen[m.Name] {
			found.add(at, "another module has the name %q too", m.Name)
		}
		seen[m.Name] = true
		if n := len(m.Rego); n > maxModuleBytes {
			found.add(at, "the module has %d bytes; at most %d are allowed", n, maxModuleBytes)
		}
	}
	return found
}

// readParameters decodes the parameters. Numbers stay as they are written.
func readParameters(s sandbox.Source) (map[string]any, faults) {
	var found faults
	decoded := map[string]any{}
	if len(s.Parameters) == 0 {
		return decoded, nil
	}
	if n := len(s.Parameters); n > maxParameterBytes {
		found.add(nowhere, "the parameters have %d bytes; at most %d are allowed", n, maxParameterBytes)
		return decoded, found
	}
	decoder := json.NewDecoder(bytes.NewReader(s.Parameters))
	decoder.UseNumber()
	if err := decoder.Decode(&decoded); err != nil || decoded == nil {
		found.add(nowhere, "the parameters are not a JSON object")
	}
	return decoded, found
}
