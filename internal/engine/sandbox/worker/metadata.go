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

// The lengths that texts for people may have, in characters: they are shown in the status of every chatbot.
const (
	maxTitle       = 120
	maxDescription = 1000
	maxRemedy      = 500
)

var (
	parties    = []string{"deployer", "developer", "processor", "platform"}
	severities = []string{"medium", "low", "high"}
)

// readRule reads the METADATA of a rule's package.
func readRule(index int, name string, m *ast.Module, found *faults) sandbox.Rule {
	rule := sandbox.Rule{ID: name}
	d := description{at: placeOf(index, m.Package.Location), found: found}
	for _, a := range m.Annotations {
		if a.Scope == "package" {
			d.annotations = a
		}
	}
	if d.annotations == nil {
		found.add(d.at, "package %s has no METADATA block with title, description and custom.remedy above it", name)
		return rule
	}
	d.at = placeOf(index, d.annotations.Location)
	rule.Title = d.checkText("title", d.annotations.Title, maxTitle)
	rule.Description = d.checkText("description", d.annotations.Description, maxDescription)
	rule.Remedy = d.checkText("custom.remedy", d.readCustom("remedy"), maxRemedy)
	rule.Party = d.readWord("party", parties)
	rule.Severity = d.readWord("severity", severities)
	for _, key := range slices.Sorted(maps.Keys(d.annotations.Custom)) {
		if !slices.Contains([]string{"remedy", "party", "severity"}, key) {
			found.add(d.at, "METADATA: custom.%s is unknown; there are remedy, party and severity", key)
		}
	}
	return rule
}

// description reads one METADATA block.
type description struct {
	annotations *ast.Annotations
	at          place
	found       *faults
}

func (d description) checkText(key, value string, limit int) string {
	value = strings.TrimSpace(value)
	if n := utf8.RuneCountInString(value); n == 0 || n > limit {
		d.found.add(d.at, "METADATA: %s has %d characters; 1 to %d are allowed", key, n, limit)
	}
	return value
}

func (d description) readCustom(key string) string {
	value, present := d.annotations.Custom[key]
	s, ok := value.(string)
	if present && !ok {
		d.found.add(d.at, "METADATA: custom.%s is not a string", key)
	}
	return s
}

// readWord reads a word of a closed list, whose first is the default.
func (d description) readWord(key string, allowed []string) string {
	value := cmp.Or(d.readCustom(key), allowed[0])
	if !slices.Contains(allowed, value) {
		d.found.add(d.at, "METADATA: custom.%s is %q; allowed are %s", key, value, strings.Join(allowed, ", "))
	}
	return value
}
