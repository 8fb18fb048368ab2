package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Source is the modules and parameters of one GovernancePolicy. The worker refuses a source that is too large.
type Source struct {
	// Policy is the name of the GovernancePolicy.
	Policy string `json:"policy"`
	// Modules are 1 to 16 modules, of at most 256 KiB together.
	Modules []Text `json:"modules"`
	// Parameters is a JSON object of at most 64 KiB, which modules read as `data.parameters`. If it is empty, modules read `{}`.
	Parameters json.RawMessage `json:"parameters,omitempty"`
}

// Text is the source text of one module.
type Text struct {
	// Name is unique within the policy: lower-case letters, digits, `.`, `_` and `-`, at most 63 characters.
	Name string `json:"name"`
	// Rego has at most 64 KiB.
	Rego string `json:"rego"`
}

// key returns the key by which runner and worker name the compiled source: the SHA-256 of its JSON, in hexadecimal.
func (s Source) key() (string, error) {
	content, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("encode source: %w", err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}

// Bytes returns the total size of the modules, in bytes.
func (s Source) Bytes() int {
	sum := 0
	for _, m := range s.Modules {
		sum += len(m.Rego)
	}
	return sum
}
