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

// finding is a finding with every part set; a case changes what it is about.
func finding(change func(*policy.Finding)) policy.Finding {
	f := policy.Finding{
		Rule: "rights.responseDays", Dimension: "rights.responseDays", Action: policy.ActionDeny,
		Field: "spec.rights.responseDays", Found: 90, Required: 30, Remedy: "Lower it.", Party: "deployer",
		Sources: []legal.Source{{
			Code: "eu", Act: "General Data Protection Regulation", Article: "Art. 12(3)", From: "2018-05-25",
			Confidence: "sourced", Force: "statute", Obliges: true, URL: "https://law.example/gdpr",
		}},
	}
	if change != nil {
		change(&f)
	}
	return f
}

func TestLine(t *testing.T) {
	const cited = " Lower it. [General Data Protection Regulation Art. 12(3) (statute), from 2018-05-25, https://law.example/gdpr]"
	tests := map[string]struct {
		finding policy.Finding
		want    string
	}{
		"a number: all four parts and the source": {
			finding: finding(nil),
			want:    "spec.rights.responseDays is 90; eu requires at most 30 (rights.responseDays)." + cited,
		},
		"an absent value: not set": {
			finding: finding(func(f *policy.Finding) { f.Found = nil }),
			want:    "spec.rights.responseDays is not set; eu requires 30 (rights.responseDays)." + cited,
		},
		"an absent answer to a duty that is there or not: it": {
			finding: finding(func(f *policy.Finding) { f.Found = nil; f.Required = true }),
			want:    "spec.rights.responseDays is not set; eu requires it (rights.responseDays)." + cited,
		},
		"a number that is too small: at least": {
			finding: finding(func(f *policy.Finding) { f.Found = 10 }),
			want:    "spec.rights.responseDays is 10; eu requires at least 30 (rights.responseDays)." + cited,
		},
		"a list: its words in brackets": {
			finding: finding(func(f *policy.Finding) { f.Found = []any{"access"}; f.Required = []any{"access", "erasure"} }),
			want:    "spec.rights.responseDays is [access]; eu requires [access, erasure] (rights.responseDays)." + cited,
		},
		"clauses of alternatives: lists in a list": {
			finding: finding(func(f *policy.Finding) { f.Required = [][]string{{"consent", "contract"}, {"consent"}} }),
			want:    "spec.rights.responseDays is 90; eu requires [[consent, contract], [consent]] (rights.responseDays)." + cited,
		},
		"a map: sorted by key": {
			finding: finding(func(f *policy.Finding) { f.Required = map[string]int{"fria": 10, "dpia": 1095} }),
			want:    "spec.rights.responseDays is 90; eu requires {dpia: 1095, fria: 10} (rights.responseDays)." + cited,
		},
		"a string: quoted, without its own quotes": {
			finding: finding(func(f *policy.Finding) { f.Found = `a"b` }),
			want:    `spec.rights.responseDays is "a\"b"; eu requires 30 (rights.responseDays).` + cited,
		},
		"two codes: both named": {
			finding: finding(func(f *policy.Finding) {
				f.Sources = append(f.Sources, legal.Source{Code: "de", Act: "Federal Data Protection Act", Article: "§ 4", Confidence: "recalled", Force: "statute"})
			}),
			want: "spec.rights.responseDays is 90; de, eu require at most 30 (rights.responseDays). Lower it. " +
				"[General Data Protection Regulation Art. 12(3) (statute), from 2018-05-25, https://law.example/gdpr; " +
				"Federal Data Protection Act § 4 (statute, from memory)]",
		},
		"a number of ours: Chaperone requires it": {
			finding: finding(func(f *policy.Finding) { f.Sources[0].Confidence, f.Sources[0].Force = "default", "default" }),
			want: "spec.rights.responseDays is 90; Chaperone requires at most 30 (rights.responseDays). Lower it. " +
				"[General Data Protection Regulation Art. 12(3) (the number is Chaperone's), from 2018-05-25, https://law.example/gdpr]",
		},
		"nothing but memory: said once, for people": {
			finding: finding(func(f *policy.Finding) {
				f.Sources[0].Confidence, f.Sources[0].Force = "recalled", "guidance"
				f.Sources = append(f.Sources, legal.Source{Code: "eu", Act: "Ruling", Confidence: "recalled", Force: "court"})
			}),
			want: "spec.rights.responseDays is 90; eu requires at most 30 (rights.responseDays). Lower it. From memory: have counsel verify. " +
				"[General Data Protection Regulation Art. 12(3) (guidance), from 2018-05-25, https://law.example/gdpr; Ruling (court decision)]",
		},
		"texts that bind later or nobody: what they are": {
			finding: finding(func(f *policy.Finding) {
				f.Sources = []legal.Source{
					{Code: "eu", Act: "Bill", Force: "statute", Status: "proposed"}, {Code: "eu", Act: "Act", Force: "statute", Status: "adopted"},
					{Code: "eu", Act: "Rules", Force: "scheme"}, {Code: "eu", Act: "Code", Force: "voluntary"}, {Code: "eu", Act: "Order", Force: "regulation"},
				}
			}),
			want: "spec.rights.responseDays is 90; eu requires at most 30 (rights.responseDays). Lower it. " +
				"[Bill (statute, a draft); Act (statute, adopted, without a first day); Rules (contract scheme); Code (voluntary); Order (regulation)]",
		},
		"a dimension that does not apply: with the reason": {
			finding: finding(func(f *policy.Finding) {
				f.Action, f.Reason, f.Sources = policy.ActionNotApplicable, "transcripts hold no personal data.", nil
			}),
			want: "spec.rights.responseDays is 90; the policy requires at most 30 (rights.responseDays). " +
				"It does not apply, says the declaration: transcripts hold no personal data. Lower it.",
		},
		"no source: the policy requires it": {
			finding: finding(func(f *policy.Finding) { f.Sources = nil }),
			want:    "spec.rights.responseDays is 90; the policy requires at most 30 (rights.responseDays). Lower it.",
		},
		"nothing to name as required: still a sentence": {
			finding: finding(func(f *policy.Finding) { f.Required = nil; f.Sources = nil }),
			want:    "spec.rights.responseDays is 90; the policy does not allow this (rights.responseDays). Lower it.",
		},
		"no field: the object": {
			finding: finding(func(f *policy.Finding) { f.Field = ""; f.Sources = nil }),
			want:    "the object is 90; the policy requires at most 30 (rights.responseDays). Lower it.",
		},
		"control and bidirectional characters: taken out": {
			finding: finding(func(f *policy.Finding) {
				f.Found = "a\x1b[31m\u202eb\u200bc\nd"
				f.Remedy = "Lower\x00 it.\u2066"
				f.Sources = nil
			}),
			want: `spec.rights.responseDays is "a[31mbc d"; the policy requires 30 (rights.responseDays). Lower it.`,
		},
		"invalid UTF-8: replaced": {
			finding: finding(func(f *policy.Finding) { f.Found = "a\xffb"; f.Sources = nil }),
			want:    "spec.rights.responseDays is \"a\uFFFDb\"; the policy requires 30 (rights.responseDays). Lower it.",
		},
		"a value that JSON cannot represent": {
			finding: finding(func(f *policy.Finding) { f.Found = func() {}; f.Sources = nil }),
			want:    "spec.rights.responseDays is a value that cannot be shown; the policy requires 30 (rights.responseDays). Lower it.",
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
	got := report.Full(finding(func(f *policy.Finding) { f.Required = many; f.Sources = []legal.Source{source, source, source} }))
	want := "spec.rights.responseDays is 90; eu requires [controller, contact, purposes, lawful-basis, categories, recipients, transfers, retention] " +
		"(rights.responseDays). Lower it. [" + source.Act + "; " + source.Act + "; " + source.Act + "]"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestLineCountsWhatDoesNotFit(t *testing.T) {
	many := []any{"controller", "contact", "purposes", "lawful-basis", "categories", "recipients", "transfers", "retention"}
	got := report.Line(finding(func(f *policy.Finding) { f.Required = many; f.Sources = nil }))
	want := "spec.rights.responseDays is 90; the policy requires [controller, contact, purposes, and 5 more] (rights.responseDays). Lower it."
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
}
