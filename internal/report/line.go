package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
)

// MaxLineRunes is the greatest length of a Line: the bound of status.findings[].message in the API.
const MaxLineRunes = 1024

// Bounds of the other parts of a line, in runes.
const (
	maxRemedyRunes = 400
	maxSourceRunes = 280
)

// bounds limit the parts of a problem, in runes.
type bounds struct{ field, found, codes, required int }

// lineBounds keep a problem below 256 runes with its rule id: the API server cuts each warning there when all warnings of a
// response exceed 4096 runes (k8s.io/apiserver, pkg/endpoints/filters/warning.go), and a cut line must still name its rule.
func lineBounds() bounds { return bounds{field: 64, found: 40, codes: 28, required: 56} }

// textBounds are for a report that has room.
func textBounds() bounds { return bounds{field: 256, found: 300, codes: 120, required: 600} }

// Line returns the text of a finding for people, on one line of at most MaxLineRunes runes: what is wrong and where, what the
// law requires, the rule id, what to do, and the legal source. It holds no control or bidirectional formatting characters.
//
//	spec.retention.transcriptDays is 3650; eu requires at most 180 (retention.justifyAbove). Lower it. [General Data Protection
//	Regulation Art. 5(1)(e), https://eur-lex.europa.eu/…]
func Line(f policy.Finding) string {
	var b strings.Builder
	b.WriteString(formatProblem(f, lineBounds()))
	if f.WaivedBy != "" {
		b.WriteString(" " + strings.TrimSpace(describeWaiver(f)))
	}
	if remedy := cut(clean(f.Remedy), maxRemedyRunes); remedy != "" {
		b.WriteString(" " + remedy)
	}
	if sources := formatCitation(f.Sources, maxSourceRunes); sources != "" {
		b.WriteString(" [" + sources + "]")
	}
	return cut(b.String(), MaxLineRunes)
}

// formatProblem returns the first sentence of Line: field, value found, value required and by whom, and the rule id in parentheses.
func formatProblem(f policy.Finding, b bounds) string {
	field := cmp.Or(cut(clean(f.Field), b.field), "the object")
	return fmt.Sprintf("%s is %s; %s (%s).", field, formatValue(f.Found, b.found), describeRequirement(f, b), clean(f.Rule))
}

func describeRequirement(f policy.Finding, b bounds) string {
	codes := listCodes(f.Sources)
	verb := "requires"
	if len(codes) > 1 {
		verb = "require"
	}
	who := joinBounded(codes, b.codes)
	if who == "" {
		who = "the policy"
	}
	if f.Required == nil {
		return who + " " + map[bool]string{true: "do", false: "does"}[len(codes) > 1] + " not allow this"
	}
	if f.Required == true && f.Found == nil {
		return who + " " + verb + " it"
	}
	return who + " " + verb + " " + describeBound(f) + formatValue(f.Required, b.required)
}

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
func toNumber(value any) (float64, bool) {
	text := fmt.Sprint(value)
	if _, isText := value.(string); isText {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
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

// formatCitation names the sources, each as act, article and address, as many as fit; the others are counted. At least one is named.
func formatCitation(sources []legal.Source, limit int) string {
	var parts []string
	used := 0
	for i, s := range sources {
		part := formatSource(s)
		if used += countRunes(part) + 2; used > limit && i > 0 {
			return strings.Join(parts, "; ") + formatMore("; and %d more source", len(sources)-i)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// formatMore formats a count of what is left out, with its noun in the plural unless it is one.
func formatMore(format string, n int) string {
	text := fmt.Sprintf(format, n)
	if n > 1 {
		text += "s"
	}
	return text
}

// formatSource returns one source as act, article, first day and address, and says when the value was not read in the source.
func formatSource(s legal.Source) string {
	text := strings.TrimSpace(clean(s.Act) + " " + clean(s.Article))
	if s.Confidence != "" && s.Confidence != "sourced" {
		text += " (" + clean(s.Confidence) + ")"
	}
	if from := clean(s.From); from != "" {
		text += ", from " + from
	}
	if url := clean(s.URL); url != "" {
		text = strings.TrimPrefix(text+", "+url, ", ")
	}
	return text
}
