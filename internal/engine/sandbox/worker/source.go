package worker

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

const (
	// maxModules is the maximum number of modules of one policy. Each module is one rule or one library.
	maxModules = 16
	// maxModuleBytes is the maximum size of one module. The longest file of the built-in policy has less than 12 KiB.
	maxModuleBytes = 64 << 10
	// maxSourceBytes is the maximum size of all modules of a policy together. Compiled Rego takes about 40 times the memory of its text.
	maxSourceBytes = 256 << 10
	// maxParameterBytes is the maximum size of the parameters of a policy, as JSON.
	maxParameterBytes = 64 << 10
)

// moduleName is the pattern for names of modules. A fault begins with the name of its module, so the pattern excludes characters that would
// make the fault hard to read.
var moduleName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// checkSource checks the number, the names and the sizes of modules. It does not parse them.
func checkSource(s sandbox.Source) faults {
	var found faults
	if n := len(s.Modules); n == 0 || n > maxModules {
		found.add(wholePolicy, "the policy has %d modules; 1 to %d are allowed", n, maxModules)
		return found
	}
	if n := s.Bytes(); n > maxSourceBytes {
		found.add(wholePolicy, "the modules have %d bytes together; at most %d are allowed", n, maxSourceBytes)
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

// readParameters decodes the parameters and returns their faults. Numbers become json.Number and keep their form.
func readParameters(s sandbox.Source) (map[string]any, faults) {
	var found faults
	decoded := map[string]any{}
	if len(s.Parameters) == 0 {
		return decoded, nil
	}
	if n := len(s.Parameters); n > maxParameterBytes {
		found.add(wholePolicy, "the parameters have %d bytes; at most %d are allowed", n, maxParameterBytes)
		return decoded, found
	}
	decoder := json.NewDecoder(bytes.NewReader(s.Parameters))
	decoder.UseNumber()
	// The JSON value null sets the map to nil.
	err := decoder.Decode(&decoded)
	if _, end := decoder.Token(); err != nil || decoded == nil || end != io.EOF {
		found.add(wholePolicy, "the parameters are not a JSON object")
	}
	return decoded, found
}
