package report_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
	"github.com/chaperone-dev/chaperone/internal/report"
)

// finding is a finding with every part set but the dimension, so that values have no words; a case changes what it is about.
func finding(change func(*policy.Finding)) policy.Finding {
	f := policy.Finding{
		Rule: "rights.responseDays", Action: policy.ActionDeny,
		Field: "spec.rights.responseDays", Found: 90, Required: 30, Type: "atMost", Unit: "days", Remedy: "Lower it.", Party: "deployer",
		Sources: []legal.Source{{
			Code: "eu", Act: "General Data Protection Regulation", Article: "Art. 12(3)", From: "2018-05-25",
			Confidence: "sourced", Force: "statute", Obliges: true, Value: "30", URL: "https://law.example/gdpr",
		}},
	}
	if change != nil {
		change(&f)
	}
	return f
}

// ofType is a finding about a dimension of a type, or of none, with the value of its source as JSON.
func ofType(typ, unit string, found, required any, own string) policy.Finding {
	return finding(func(f *policy.Finding) {
		f.Type, f.Unit, f.Found, f.Required, f.Sources[0].Value = typ, unit, found, required, own
	})
}

func TestLine(t *testing.T) {
	const cited = " Lower it. [General Data Protection Regulation Art. 12(3) (statute), from 2018-05-25, https://law.example/gdpr]"
	tests := map[string]struct {
		finding policy.Finding
		want    string
	}{
		"a number: all four parts and the source": {
			finding: finding(nil),
			want:    "spec.rights.responseDays is 90 days; eu requires at most 30 days (rights.responseDays)." + cited,
		},
		"an absent value: not set": {
			finding: finding(func(f *policy.Finding) { f.Found = nil }),
			want:    "spec.rights.responseDays is not set; eu requires at most 30 days (rights.responseDays)." + cited,
		},
		"an absent answer to a duty that is there or not: it": {
			finding: finding(func(f *policy.Finding) { f.Found, f.Required, f.Type, f.Sources[0].Value = nil, true, "flag", "true" }),
			want:    "spec.rights.responseDays is not set; eu requires it (rights.responseDays)." + cited,
		},
		"a number that is too small: at least, and years beside the days": {
			finding: ofType("atLeast", "days", 1, 2192, "2192"),
			want:    "spec.rights.responseDays is 1 day; eu requires at least 2192 days (6 years) (rights.responseDays)." + cited,
		},
		"days that are no years": {
			finding: ofType("atMost", "days", 181, 180, "180"),
			want:    "spec.rights.responseDays is 181 days; eu requires at most 180 days (rights.responseDays)." + cited,
		},
		"a list: what is missing": {
			finding: ofType("allOf", "", []any{"access"}, []any{"access", "erasure"}, `["access", "erasure"]`),
			want:    "spec.rights.responseDays is access; eu requires erasure (rights.responseDays)." + cited,
		},
		"an empty list": {
			finding: ofType("allOf", "", []any{}, []any{"erasure"}, `["erasure"]`),
			want:    "spec.rights.responseDays is empty; eu requires erasure (rights.responseDays)." + cited,
		},
		"what is forbidden: the part that was found": {
			finding: ofType("noneOf", "", []any{"RU", "DE"}, []any{"RU", "BY"}, `["RU", "BY"]`),
			want:    "spec.rights.responseDays is RU, DE; eu requires none of RU (rights.responseDays)." + cited,
		},
		"what is allowed": {
			finding: ofType("oneOf", "", []any{"RU"}, []any{"DE", "AT"}, ""),
			want:    "spec.rights.responseDays is RU; eu requires only DE, AT (rights.responseDays)." + cited,
		},
		"alternatives: one of each": {
			finding: ofType("anyOf", "", nil, [][]string{{"consent", "contract"}, {"consent"}}, ""),
			want:    "spec.rights.responseDays is not set; eu requires one of consent, contract; and one of consent (rights.responseDays)." + cited,
		},
		"assessments: how old each may be": {
			finding: ofType("each", "days", []any{"fria"}, map[string]int{"fria": 10, "dpia": 1095}, `{"fria": 10, "dpia": 1095}`),
			want:    "spec.rights.responseDays is fria; eu requires dpia from the last 3 years, fria from the last 10 days (rights.responseDays)." + cited,
		},
		"what of a list is found, where the field itself has no list": {
			finding: finding(func(f *policy.Finding) {
				f.Type, f.Unit, f.Dimension, f.Field = "allOf", "", "accountability.named", "spec.accountability"
				f.Found, f.Required, f.Sources = []any{"deployer"}, []any{"data-protection-officer"}, nil
			}),
			want: "spec.accountability names only the deployer; the policy requires that the declaration names a data protection officer " +
				"(rights.responseDays). Lower it.",
		},
		"a requirement in the words of the policy, which says more than the value of each law": {
			finding: finding(func(f *policy.Finding) {
				f.Type, f.Unit, f.Required = "", "", "transcripts kept for 60 days, though people can ask for erasure within 30"
				f.Sources = []legal.Source{{Code: "br", Value: `["access", "erasure"]`}}
			}),
			want: "spec.rights.responseDays is 90; br requires transcripts kept for 60 days, though people can ask for erasure within 30 " +
				"(rights.responseDays). Lower it.",
		},
		"records of a class: how long each is kept": {
			finding: ofType("eachAtLeast", "days", map[string]int{"complaint": 10}, map[string]int{"complaint": 2192}, `{"complaint": 2192}`),
			want:    "spec.rights.responseDays is complaint: 10 days; eu requires complaint at least 2192 days (6 years) (rights.responseDays)." + cited,
		},
		"a level: quoted": {
			finding: ofType("level", "", "opt-out", "opt-in", `"opt-in"`),
			want:    `spec.rights.responseDays is "opt-out"; eu requires "opt-in" (rights.responseDays).` + cited,
		},
		"places that require different numbers: each its own": {
			finding: finding(func(f *policy.Finding) {
				f.Type, f.Unit, f.Found, f.Required = "atLeast", "years", 12, 16
				f.Sources = []legal.Source{{Code: "gb", Value: "13"}, {Code: "eu", Value: "16"}, {Code: "de", Value: "16"}, {Code: "de", Value: "14"}}
			}),
			want: "spec.rights.responseDays is 12 years; de, eu require at least 16 years; gb requires at least 13 years (rights.responseDays). Lower it. [; ; ; ]",
		},
		"places that require different words": {
			finding: finding(func(f *policy.Finding) {
				f.Type, f.Unit, f.Found, f.Required = "allOf", "", []any{"access"}, []any{"access", "erasure", "appeal"}
				f.Sources = []legal.Source{{Code: "us-va", Value: `["access", "appeal"]`}, {Code: "eu", Value: `["erasure"]`}, {Code: "eu", Value: `["erasure"]`}}
			}),
			want: "spec.rights.responseDays is access; eu requires erasure; us-va requires appeal (rights.responseDays). Lower it. [; ; ]",
		},
		"a rule about no dimension: its value as it is": {
			finding: ofType("", "", []any{"b"}, []any{"a"}, ""),
			want:    "spec.rights.responseDays is [b]; eu requires [a] (rights.responseDays)." + cited,
		},
		"a rule about no dimension: its words": {
			finding: ofType("", "", nil, "a name that is not reserved", ""),
			want:    "spec.rights.responseDays is not set; eu requires a name that is not reserved (rights.responseDays)." + cited,
		},
		"a string: quoted, without its own quotes": {
			finding: ofType("", "", `a"b`, 30, ""),
			want:    `spec.rights.responseDays is "a\"b"; eu requires 30 (rights.responseDays).` + cited,
		},
		"two codes: both named": {
			finding: finding(func(f *policy.Finding) {
				f.Sources = append(f.Sources, legal.Source{Code: "de", Act: "Federal Data Protection Act", Article: "§ 4", Confidence: "recalled", Force: "statute", Value: "30"})
			}),
			want: "spec.rights.responseDays is 90 days; de, eu require at most 30 days (rights.responseDays). Lower it. " +
				"[General Data Protection Regulation Art. 12(3) (statute), from 2018-05-25, https://law.example/gdpr; " +
				"Federal Data Protection Act § 4 (statute, from memory)]",
		},
		"an unknown name: the nearest known one": {
			finding: policy.Finding{Rule: "declaration.unknown_role", Field: "spec.accountability.roles[0]", Found: "online-platforms",
				Required: []any{"insurer", "online-platform"}, Remedy: "Use one.", Sources: []legal.Source{{Code: "chaperone"}}},
			want: "spec.accountability.roles[0] is \"online-platforms\"; did you mean online-platform? (declaration.unknown_role). Use one.",
		},
		"a known name that is there twice: not suggested again": {
			finding: policy.Finding{Rule: "declaration.unknown_place", Field: "spec.perPlace[1].jurisdictions[0]", Found: "US-CA",
				Required: []any{"eu", "us-ca"}, Remedy: "Use one.", Sources: []legal.Source{{Code: "chaperone"}}},
			want: "spec.perPlace[1].jurisdictions[0] is \"US-CA\"; it is named twice (declaration.unknown_place). Use one.",
		},
		"a name for which there is one other: this one, however unlike": {
			finding: policy.Finding{Rule: "declaration.unknown_category", Field: "spec.personalData.categories[0]", Found: "diagnosis",
				Required: []any{"health"}, Remedy: "Use it.", Sources: []legal.Source{{Code: "chaperone"}}},
			want: "spec.personalData.categories[0] is \"diagnosis\"; did you mean health? (declaration.unknown_category). Use it.",
		},
		"a number of ours: Chaperone requires it": {
			finding: finding(func(f *policy.Finding) { f.Sources[0].Confidence, f.Sources[0].Force = "default", "default" }),
			want: "spec.rights.responseDays is 90 days; Chaperone requires at most 30 days (rights.responseDays). Lower it. " +
				"[General Data Protection Regulation Art. 12(3) (as Chaperone reads it), from 2018-05-25, https://law.example/gdpr]",
		},
		"nothing but memory: said once, for people": {
			finding: finding(func(f *policy.Finding) {
				f.Sources[0].Confidence, f.Sources[0].Force = "recalled", "guidance"
				f.Sources = append(f.Sources, legal.Source{Code: "eu", Act: "Ruling", Confidence: "recalled", Force: "court"})
			}),
			want: "spec.rights.responseDays is 90 days; eu requires at most 30 days (rights.responseDays). Lower it. From memory: have counsel verify. " +
				"[General Data Protection Regulation Art. 12(3) (guidance), from 2018-05-25, https://law.example/gdpr; Ruling (court decision)]",
		},
		"texts that bind later or nobody: what they are": {
			finding: finding(func(f *policy.Finding) {
				f.Sources = []legal.Source{
					{Code: "eu", Act: "Bill", Force: "statute", Status: "proposed"}, {Code: "eu", Act: "Act", Force: "statute", Status: "adopted"},
					{Code: "eu", Act: "Rules", Force: "scheme"}, {Code: "eu", Act: "Code", Force: "voluntary"}, {Code: "eu", Act: "Order", Force: "regulation"},
				}
			}),
			want: "spec.rights.responseDays is 90 days; eu requires at most 30 days (rights.responseDays). Lower it. " +
				"[Bill (statute, a draft); Act (statute, adopted, without a first day); Rules (contract scheme); Code (voluntary); Order (regulation)]",
		},
		"a dimension that does not apply: with the reason": {
			finding: finding(func(f *policy.Finding) {
				f.Action, f.Reason, f.Sources = policy.ActionNotApplicable, "transcripts hold no personal data.", nil
			}),
			want: "spec.rights.responseDays is 90 days; the policy requires at most 30 days (rights.responseDays). " +
				"It does not apply, says the declaration: transcripts hold no personal data. Lower it.",
		},
		"no source: the policy requires it": {
			finding: finding(func(f *policy.Finding) { f.Sources = nil }),
			want:    "spec.rights.responseDays is 90 days; the policy requires at most 30 days (rights.responseDays). Lower it.",
		},
		"nothing to name as required: still a sentence": {
			finding: finding(func(f *policy.Finding) { f.Required = nil; f.Sources = nil }),
			want:    "spec.rights.responseDays is 90 days; the policy does not allow this (rights.responseDays). Lower it.",
		},
		"no field: the object": {
			finding: finding(func(f *policy.Finding) { f.Field = ""; f.Sources = nil }),
			want:    "the object is 90 days; the policy requires at most 30 days (rights.responseDays). Lower it.",
		},
		"control and bidirectional characters: taken out": {
			finding: finding(func(f *policy.Finding) {
				f.Found = "a\x1b[31m\u202eb\u200bc\nd"
				f.Remedy = "Lower\x00 it.\u2066"
				f.Sources = nil
			}),
			want: `spec.rights.responseDays is "a[31mbc d"; the policy requires at most 30 days (rights.responseDays). Lower it.`,
		},
		"invalid UTF-8: replaced": {
			finding: finding(func(f *policy.Finding) { f.Found = "a\xffb"; f.Sources = nil }),
			want:    "spec.rights.responseDays is \"a\uFFFDb\"; the policy requires at most 30 days (rights.responseDays). Lower it.",
		},
		"a value that JSON cannot represent": {
			finding: finding(func(f *policy.Finding) { f.Found = func() {}; f.Sources = nil }),
			want:    "spec.rights.responseDays is a value that cannot be shown; the policy requires at most 30 days (rights.responseDays). Lower it.",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, report.Line(tc.finding)); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
		})
	}
}

// A line is bounded whatever the finding holds, and names its rule within the first 256 runes, where the API server cuts.
func TestLineIsBounded(t *testing.T) {
	long := strings.Repeat("wörter ", 1000)
	many := make([]any, 500)
	for i := range many {
		many[i] = "word"
	}
	var sources []legal.Source
	for range 40 {
		sources = append(sources, legal.Source{Code: long, Act: long, Article: long, URL: "https://law.example/" + strings.Repeat("x", 2000)})
	}
	f := policy.Finding{
		Rule: "contract.processorAgreementSays", Field: long, Found: long, Required: many, Remedy: long, Sources: sources,
	}
	line := report.Line(f)
	if n := utf8.RuneCountInString(line); n > report.MaxLineRunes {
		t.Errorf("line has %d runes, want at most %d", n, report.MaxLineRunes)
	}
	at := strings.Index(line, "(contract.processorAgreementSays)")
	if at < 0 || utf8.RuneCountInString(line[:at])+len("(contract.processorAgreementSays)") > 256 {
		t.Errorf("the rule ID is at byte %d, want it whole within 256 runes: %s", at, line)
	}
}

func TestFullLeavesNothingOut(t *testing.T) {
	many := []any{"controller", "contact", "purposes", "lawful-basis", "categories", "recipients", "transfers", "retention"}
	source := legal.Source{Code: "eu", Act: strings.Repeat("a", 200)}
	got := report.Full(finding(func(f *policy.Finding) {
		f.Type, f.Required = "allOf", many
		f.Sources = []legal.Source{source, source, source}
	}))
	want := "spec.rights.responseDays is 90 days; eu requires controller, contact, purposes, lawful-basis, categories, recipients, transfers, retention " +
		"(rights.responseDays). Lower it. [" + source.Act + "; " + source.Act + "; " + source.Act + "]"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestLineCountsWhatDoesNotFit(t *testing.T) {
	many := []any{"controller", "contact", "purposes", "lawful-basis", "categories", "recipients", "transfers", "retention",
		"rights", "withdrawal", "complaint", "automated-decisions", "sensitive-use", "law-enforcement", "language-choice"}
	got := report.Line(finding(func(f *policy.Finding) { f.Type, f.Required = "allOf", many; f.Sources = nil }))
	want := "spec.rights.responseDays is 90 days; the policy requires controller, contact, purposes, lawful-basis, categories, recipients, transfers, " +
		"retention, rights, withdrawal, complaint, automated-decisions, and 3 more (rights.responseDays). Lower it."
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
}
