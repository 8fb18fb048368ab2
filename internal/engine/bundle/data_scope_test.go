package bundle

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/engine/law"
)

// scope is what a kind of point must say about whom or what it binds. A review of the data found that points without it bind too many.
type scope struct {
	dimension string
	// part is the element of the value that needs the condition; empty for every value.
	part string
	// conditions are those of which the point must have one.
	conditions []string
	why        string
}

// scopes lists the patterns that a review of the data by lawyers found again and again, so that none comes back.
func scopes() []scope {
	const notices, requests, terms = "transparency.noticeSays", "rights.requests", "contract.termsSay"
	return []scope{
		{"consent.outboundContact", "", []string{"outbound"}, "it is about contacting people first"},
		{"consent.outboundContact", "", []string{"purposes", "channels", "roles"}, "marketing law does not reach messages about a service"},
		{"outbound.earliestHour", "", []string{"outbound"}, "it is about contacting people first"},
		{"outbound.latestHour", "", []string{"outbound"}, "it is about contacting people first"},
		{"outbound.maxPerWeek", "", []string{"outbound"}, "it is about contacting people first"},
		{"outbound.registersChecked", "", []string{"outbound"}, "it is about contacting people first"},
		{"accountability.named", "local-representative", []string{"notEstablishedIn"}, "a representative stands in for a deployer that is abroad"},
		{"accountability.assessments", "transfer-impact", []string{"transferBy", "crossBorder"}, "only a transfer is assessed"},
		{notices, "representative", []string{"notEstablishedIn"}, "only a deployer abroad has one"},
		{notices, "transfers", []string{"crossBorder", "transferBy", "processedIn"}, "without a transfer there is nothing to tell"},
		{notices, "automated-decisions", []string{"significantDecisions", "solelyAutomated", "practices", "riskClass", "purposes"}, "without decisions there is nothing to tell"},
		{notices, "source", []string{"practices", "roles", "turnover", "peopleServed", "purposes", "categories"}, "data from the person has no other source"},
		{notices, "withdrawal", []string{"lawfulBasis"}, "only consent can be withdrawn"},
		{notices, "sensitive-use", []string{"sensitive", "categories", "practices"}, "without sensitive data there is nothing to tell"},
		{notices, "training-use", []string{"trainsOnData"}, "without training there is nothing to tell"},
		{notices, "children", []string{"minors", "belowAge", "audience"}, "it is about children"},
		{requests, "withdraw-consent", []string{"lawfulBasis", "audience"}, "only consent can be withdrawn"},
		{requests, "human-review", []string{"significantDecisions", "solelyAutomated", "purposes"}, "only decisions are reviewed"},
		{requests, "explanation", []string{"significantDecisions", "solelyAutomated", "purposes"}, "only decisions are explained"},
		{requests, "opt-out-profiling", []string{"significantDecisions", "solelyAutomated", "practices", "purposes"}, "without decisions nobody can refuse them"},
		{terms, "automated-decisions", []string{"practices", "significantDecisions", "solelyAutomated"}, "only personalized prices are told"},
	}
}

// TestPointsSayWhomTheyBind checks the conditions of points, over the whole law.
func TestPointsSayWhomTheyBind(t *testing.T) {
	data := readLaw(t)
	for _, documents := range []map[string]law.Document{data.Jurisdictions, data.Sectors} {
		for code, d := range documents {
			for i := range d.Points {
				if wideByLaw[code+" "+d.Points[i].Dimension+" "+d.Points[i].Article] != "" {
					continue
				}
				for _, fault := range findWideScope(&d, &d.Points[i]) {
					t.Errorf("%s: point %d (%s, %s): %s", code, i, d.Points[i].Dimension, d.Points[i].Article, fault)
				}
			}
		}
	}
}

// wideByLaw are points that bind as widely as they look, by code, dimension and article, with the reason.
var wideByLaw = map[string]string{
	"us-ct transparency.noticeSays § 42-520(c)": "the notice says whether or not data trains models",
	"my transparency.noticeSays s. 7(1)":        "the notice says what is known of the source, also that it is the person",
	"cn rights.requests Art. 44-48, 50":         "people can have the rules of processing explained, not only decisions",
}

// denial matches notes that deny the value of their point.
var denial = regexp.MustCompile(`(?i)\b(only proposed|merely proposed|no rule|no express duty|no duty to)\b`)

// ownNumbers are periods of ten years in days that the review found where no law names a number.
var ownNumbers = []string{"3650", "3652", "3653"}

// findWideScope returns what is wrong with the scope or force of a point.
func findWideScope(d *law.Document, p *law.Point) []string {
	var found []string
	for _, s := range scopes() {
		if s.dimension != p.Dimension || s.part != "" && !hasPart(p.Value, s.part) {
			continue
		}
		if !slices.ContainsFunc(s.conditions, func(name string) bool { return p.When[name] != nil }) {
			found = append(found, fmt.Sprintf("%s needs a condition of %v: %s", cmp.Or(s.part, "it"), s.conditions, s.why))
		}
	}
	status := d.Acts[p.Act].Status
	binds := p.Confidence == "sourced" && status != "guidance" && status != "proposed" && d.Acts[p.Act].Force != "voluntary"
	if binds && denial.MatchString(p.Note) {
		found = append(found, fmt.Sprintf("its note denies it: %q", p.Note))
	}
	if p.Confidence != "default" && p.Dimension == "accountability.assessments" {
		for _, number := range ownNumbers {
			if regexp.MustCompile(`\b` + number + `\b`).MatchString(fmt.Sprint(p.Value)) {
				found = append(found, "ten years is a number of ours: mark it default")
			}
		}
	}
	return found
}

func hasPart(value any, part string) bool {
	if words, ok := law.Words(value); ok {
		return slices.Contains(words, part)
	}
	keys, _ := value.(map[string]any)
	return keys[part] != nil
}

// TestWideScopesAreFound shows that the checks can fail.
func TestWideScopesAreFound(t *testing.T) {
	d := law.Document{Acts: map[string]law.Act{"act": {Status: "in-force"}, "code": {Status: "in-force", Force: "voluntary"}}}
	for name, c := range map[string]struct {
		point law.Point
		want  int
	}{
		"a representative for everyone":      {law.Point{Dimension: "accountability.named", Value: []any{"local-representative"}}, 1},
		"a representative for those abroad":  {law.Point{Dimension: "accountability.named", Value: []any{"local-representative"}, When: map[string]any{"notEstablishedIn": []any{"eu"}}}, 0},
		"another party":                      {law.Point{Dimension: "accountability.named", Value: []any{"deployer"}}, 0},
		"marketing law for service messages": {law.Point{Dimension: "consent.outboundContact", Value: "opt-in", When: map[string]any{"outbound": true}}, 1},
		"a note that denies":                 {law.Point{Act: "act", Confidence: "sourced", Dimension: "rights.contact", Value: true, Note: "There is no duty to do so."}, 1},
		"a note of a voluntary code":         {law.Point{Act: "code", Confidence: "sourced", Dimension: "rights.contact", Value: true, Note: "There is no duty to do so."}, 0},
		"a number of ours as law":            {law.Point{Dimension: "accountability.assessments", Value: map[string]any{"dpia": 3650}}, 1},
		"a number of ours":                   {law.Point{Dimension: "accountability.assessments", Value: map[string]any{"dpia": 3650}, Confidence: "default"}, 0},
		"an assessment without a transfer":   {law.Point{Dimension: "accountability.assessments", Value: map[string]any{"transfer-impact": 365}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if found := findWideScope(&d, &c.point); len(found) != c.want {
				t.Errorf("got %q, want %d faults", found, c.want)
			}
		})
	}
}
