package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
)

// MaxLineRunes is the maximum length of a Line, in runes. It is the bound of status.findings[].message in the API.
const MaxLineRunes = 1024

// Bounds of the remedy and of the sources in a Line, in runes.
const (
	maxRemedyRunes = 400
	maxSourceRunes = 280
)

// bounds are the maximum lengths, in runes, of the parts of a sentence about a finding: the field, the value found, the codes of the laws,
// and the value that these laws require.
type bounds struct{ field, found, codes, required int }

// maxRuleRunes is the length of the longest rule ID for which lineBounds holds. All built-in rule IDs are shorter.
const maxRuleRunes = 47

// lineBounds returns bounds with which the first sentence of a Line, which ends with the rule ID, stays below 256 runes, if the rule ID has
// at most maxRuleRunes and the values have nothing to escape. The API server cuts each warning at 256 runes
// if the warnings of a response exceed 4096 runes (k8s.io/apiserver, pkg/endpoints/filters/warning.go). A warning that is cut must still
// name its rule.
func lineBounds() bounds { return bounds{field: 64, found: 40, codes: 28, required: 56} }

// textBounds returns larger bounds for the text report, since no API server cuts its lines.
func textBounds() bounds { return bounds{field: 256, found: 300, codes: 120, required: 600} }

// Line returns the text of a finding, on one line of at most MaxLineRunes runes: what is wrong and where, what the law requires, the rule
// ID, what to do, and the legal sources. The line has no control or bidirectional formatting characters.
//
//	spec.rights.responseDays is 90 days; eu requires answers to requests within 30 days (rights.responseDays). Lower it. [General Data
//	Protection Regulation Art. 12(3), https://eur-lex.europa.eu/…]
func Line(f policy.Finding) string {
	return cut(formatLine(f, lineBounds(), maxRemedyRunes, maxSourceRunes), MaxLineRunes)
}

// Full returns the text of a finding as Line does, but with all sources, and with the bounds of the text report, which leave almost nothing out.
func Full(f policy.Finding) string { return formatLine(f, textBounds(), math.MaxInt, math.MaxInt) }

// Sentence returns the first sentence of Full: the field, the value found, what is required, and the rule ID.
func Sentence(f policy.Finding) string { return formatProblem(f, textBounds()) }

// formatLine returns the text of a finding with the bounds of its first sentence, and with those of the remedy and of the sources in runes.
func formatLine(f policy.Finding, b bounds, remedyRunes, sourceRunes int) string {
	var line strings.Builder
	line.WriteString(formatProblem(f, b))
	if waiver := describeWaiver(f); waiver != "" {
		line.WriteString(" " + strings.TrimSpace(waiver))
	}
	if remedy := cut(clean(f.Remedy), remedyRunes); remedy != "" {
		line.WriteString(" " + remedy)
	}
	line.WriteString(describeAlso(f) + describeMemory(f.Sources))
	if sources := formatCitation(f.Sources, sourceRunes); sources != "" {
		line.WriteString(" [" + sources + "]")
	}
	return line.String()
}

// formatProblem returns the first sentence of a Line: the field, the value found, the value required and by which codes, and the rule ID in
// parentheses. The group hygiene is named, because its findings do not say that the chatbot is ungoverned.
func formatProblem(f policy.Finding, b bounds) string {
	field := cmp.Or(cut(clean(f.Field), b.field), "the object")
	rule := clean(f.Rule)
	if f.Group == policy.GroupHygiene {
		rule += ", hygiene"
	}
	found := formatFound(f, b.found)
	// What the other parts leave of their room is for what is required.
	for _, spare := range []int{b.field - countRunes(field), b.found - countRunes(found), maxRuleRunes - countRunes(rule)} {
		b.required += max(spare, 0)
	}
	return fmt.Sprintf("%s %s; %s (%s).", field, found, describeRequirement(f, b), rule)
}

// standardChaperone is the code of the sources of rules that follow from how Chaperone works, not from law.
const standardChaperone = "chaperone"

// maxPlainRunes bounds the required value of a rule about no dimension, such as all codes that exist: the remedy has them, too.
const maxPlainRunes = 200

// standardKubernetes is the code of the sources of rules about pods, Services and connections. Kubernetes only documents what they rest on:
// Chaperone requires it.
const standardKubernetes = "kubernetes"

// describeBound returns "at most " if the found number is above the required one, and "at least " if it is below. It returns "" if the
// numbers are equal or if one of the values is not a number.
func describeBound(f policy.Finding) string {
	found, isFound := toNumber(f.Found)
	required, isRequired := toNumber(f.Required)
	switch {
	case !isFound || !isRequired || found == required:
		return ""
	case found > required:
		return "at most "
	}
	return "at least "
}

// toNumber returns a number from JSON or from Go as a float64. It returns false for any other value.
func toNumber(value any) (number float64, ok bool) {
	if _, isText := value.(string); isText { // A string of digits is not a number.
		return 0, false
	}
	number, err := strconv.ParseFloat(fmt.Sprint(value), 64) // The text of a number: this covers json.Number and all number types of Go.
	return number, err == nil
}

// listCodes returns the distinct codes of the sources, sorted.
func listCodes(sources []legal.Source) []string {
	codes := make([]string, 0, len(sources))
	for _, s := range sources {
		if code := clean(s.Code); code != "" {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// areFromMemory returns true if there are sources, and none of them was read.
func areFromMemory(sources []legal.Source) bool {
	return len(sources) > 0 && !slices.ContainsFunc(sources, func(s legal.Source) bool { return s.Confidence != legal.Recalled })
}

// describeMemory returns a sentence, after a space, if none of the sources was read. It returns "" otherwise: then each source says it.
func describeMemory(sources []legal.Source) string {
	if areFromMemory(sources) {
		return " From memory: have counsel verify."
	}
	return ""
}

// formatCitation returns as many of the sources as fit into limit runes, and the number of the others. It always returns the first source.
func formatCitation(sources []legal.Source, limit int) string {
	var parts []string
	used := 0
	fromMemory := areFromMemory(sources)
	for i, s := range sources {
		part := formatSource(s, fromMemory)
		if used += countRunes(part) + len("; "); used > limit && i > 0 {
			return strings.Join(parts, "; ") + formatMore("; and %d more source", len(sources)-i)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// formatMore formats the count n of what is left out. The format ends with a noun in the singular, which gets an s unless n is 1.
func formatMore(format string, n int) string {
	text := fmt.Sprintf(format, n)
	if n > 1 {
		text += "s"
	}
	return text
}

// formatSource returns the act, article, first day and address of a source. It adds in parentheses the force of the source and, unless the
// finding says so about all of its sources, that the value is from memory.
func formatSource(s legal.Source, isMemoryKnown bool) string {
	text := strings.TrimSpace(clean(s.Act) + " " + clean(s.Article))
	if force := describeForce(s, isMemoryKnown); force != "" {
		text += " (" + force + ")"
	}
	if from := clean(s.From); from != "" {
		text += ", from " + from
	}
	if url := clean(s.URL); url != "" {
		text = strings.TrimPrefix(text+", "+url, ", ") // A source may have nothing but an address.
	}
	return text
}

// describeForce returns which force a source has, whether the act is only a draft or adopted for later, and whether the value is from memory.
// Empty for what is not law.
func describeForce(s legal.Source, isMemoryKnown bool) string {
	forces := map[string]string{"court": "court decision", "scheme": "contract scheme", legal.Default: "as Chaperone reads it"}
	words := []string{cmp.Or(forces[s.Force], clean(s.Force))}
	switch {
	case s.Status == "proposed":
		words = append(words, "a draft")
	case s.Status == "adopted" && s.From == "":
		words = append(words, "adopted, without a first day")
	}
	switch confidence := clean(s.Confidence); confidence {
	case legal.Sourced, legal.Default:
	case legal.Recalled:
		if !isMemoryKnown {
			words = append(words, "from memory")
		}
	default: // What an organisation requires.
		words = append(words, confidence)
	}
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), ", ")
}
