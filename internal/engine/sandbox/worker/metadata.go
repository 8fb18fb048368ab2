package worker

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

// The maximum lengths of texts in METADATA, in characters. The title and the remedy appear in the status of every chatbot with a finding.
const (
	maxTitle       = 120
	maxDescription = 1000
	maxRemedy      = 500
)

// The words that `custom.party` and `custom.severity` of METADATA may have. The first of each list is the default.
var (
	parties    = []string{"deployer", "developer", "processor", "platform"}
	severities = []string{"medium", "low", "high"}
)

// readRule returns the rule that the METADATA of a package describes, and adds the faults of the METADATA. The index is that of the module
// in the source; the name is that of the package without `data.`.
func readRule(index int, name string, m *ast.Module, found *faults) sandbox.Rule {
	rule := sandbox.Rule{ID: name}
	reader := metadataReader{at: findPlace(index, m.Package.Location), found: found}
	for _, a := range m.Annotations {
		if a.Scope == "package" {
			reader.annotations = a
		}
	}
	if reader.annotations == nil {
		found.add(reader.at, "package %s has no METADATA block with title, description and custom.remedy above it", name)
		return rule
	}
	reader.at = findPlace(index, reader.annotations.Location)
	rule.Title = reader.checkText("title", reader.annotations.Title, maxTitle)
	rule.Description = reader.checkText("description", reader.annotations.Description, maxDescription)
	rule.Remedy = reader.checkText("custom.remedy", reader.readCustom("remedy"), maxRemedy)
	rule.Party = reader.readWord("party", parties)
	rule.Severity = reader.readWord("severity", severities)
	for _, key := range slices.Sorted(maps.Keys(reader.annotations.Custom)) {
		if !slices.Contains([]string{"remedy", "party", "severity"}, key) {
			found.add(reader.at, "METADATA: custom.%s is unknown; there are remedy, party and severity", key)
		}
	}
	return rule
}

// metadataReader reads one METADATA block.
type metadataReader struct {
	annotations *ast.Annotations
	// at is the place that new faults name.
	at place
	// found is the list to which the reader adds the faults.
	found *faults
}

// checkText returns the text at a key without surrounding space. It adds a fault if the text is empty or has more than maxLength
// characters.
func (r metadataReader) checkText(key, value string, maxLength int) string {
	value = strings.TrimSpace(value)
	if length := utf8.RuneCountInString(value); length == 0 || length > maxLength {
		r.found.add(r.at, "METADATA: %s has %d characters; 1 to %d are allowed", key, length, maxLength)
	}
	return value
}

// readCustom returns the string at a key below `custom`, or "" if there is none. It adds a fault if the value is not a string.
func (r metadataReader) readCustom(key string) string {
	value, exists := r.annotations.Custom[key]
	text, isString := value.(string)
	if exists && !isString {
		r.found.add(r.at, "METADATA: custom.%s is not a string", key)
	}
	return text
}

// readWord returns the word at a key below `custom`, or the first of the allowed words if there is none. It adds a fault if the word is not
// allowed.
func (r metadataReader) readWord(key string, allowed []string) string {
	value := cmp.Or(r.readCustom(key), allowed[0])
	if !slices.Contains(allowed, value) {
		r.found.add(r.at, "METADATA: custom.%s is %q; allowed are %s", key, value, strings.Join(allowed, ", "))
	}
	return value
}
