package report_test

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/test/golden"
)

func required[T obligation.Value](value T, sources ...legal.Source) obligation.Merged[T] {
	return obligation.Merged[T]{Required: true, Value: value, Sources: sources}
}

// items has one object of every outcome.
func items() []report.Item {
	eu := legal.Source{Code: "eu", Act: "General Data Protection Regulation", Article: "Art. 5(1)(e), 17(1)(a)", From: "2018-05-25", Confidence: "default", Status: "in-force", Force: "default", URL: "https://law.example/eli/reg/2016/679/oj", ReadAt: "https://copy.example/gdpr.md"}
	ahead := eu
	ahead.From = "2026-12-02"
	denied := policy.Verdict{
		Outcome: policy.OutcomeDeny, Revision: "0123456789ab", AsOf: "2026-11-23", NextEvaluation: "2026-12-02",
		Findings: []policy.Finding{
			finding(nil),
			{
				Rule: "security.processorHours", Dimension: "security.processorHours", Action: policy.ActionWarn,
				Field: "spec.processors[0].breachNoticeHours", Required: 24, Type: "atMost", Unit: "hours", Party: "processor",
				Remedy:  "State at most 24 hours (a processor notifies the controller within). This applies because nothing is declared about it.",
				Sources: []legal.Source{eu},
			},
		},
		Obligations:  &obligation.Set{},
		Requirements: []policy.Requirement{{Dimension: "retention.justifyAbove", Value: 180, Sources: []legal.Source{eu}}},
		Upcoming: []policy.Change{
			{Date: "2026-12-02", Kind: "law", Rule: "retention.justifyAbove", Value: []any{90}, Type: "atMost", Unit: "days", Sources: []legal.Source{ahead}},
			{Date: "2027-01-01", Kind: "assessment", Rule: "accountability.assessments", Subject: "assessment of 2026"},
		},
	}
	denied.Obligations.Disclose.Level.Merged = required("always", eu)
	denied.Obligations.Retain.TranscriptMaxDays.Merged = required(30, eu)
	denied.Obligations.Retain.TranscriptMinDays.Merged = required(1, eu)
	named := func(name string, v policy.Verdict) report.Item {
		return report.Item{APIVersion: "chaperone.dev/v1alpha1", Kind: "ChatbotDeployment", Namespace: "shop", Name: name, Verdict: v}
	}
	return []report.Item{
		named("denied", denied),
		named("allowed", policy.Verdict{Outcome: policy.OutcomeAllow, Compliant: true, Revision: "0123456789ab", AsOf: "2026-11-23"}),
		named("undecided", policy.NewUndecided("0123456789ab", "2026-11-23", "the result is undefined")),
		named("nothing", policy.Verdict{}),
	}
}

// pod has a finding of each group. That of the group hygiene has the rule that comes first.
func pod() report.Item {
	kubernetes := []legal.Source{{Code: "kubernetes", Act: "Kubernetes: pods", URL: "https://kubernetes.example/pods"}}
	return report.Item{APIVersion: "v1", Kind: "Pod", Namespace: "shop", Name: "bot", Verdict: policy.Verdict{
		Outcome: policy.OutcomeDeny, Revision: "0123456789ab", AsOf: "2026-11-23",
		Findings: []policy.Finding{
			{
				Rule: "workload.added_capabilities", Group: policy.GroupHygiene, Action: policy.ActionDeny, Party: "deployer", Sources: kubernetes,
				Field: "spec.containers[0].securityContext.capabilities.add", Found: []string{"IPC_LOCK"}, Required: []string{}, Remedy: "Remove it.",
			},
			{
				Rule: "workload.host_pid", Group: policy.GroupEffect, Action: policy.ActionWarn, Party: "deployer", Sources: kubernetes,
				Field: "spec.hostPID", Found: true, Required: false, Remedy: "Remove spec.hostPID.",
			},
		},
	}}
}

// problems has one with every member, and one with none but the message.
func problems() []report.Problem {
	return []report.Problem{
		{File: "a.yaml", Document: 2, Object: "Pod shop/bot", Message: "unknown field: remove it"},
		{Message: "no file is given"},
	}
}

func writeJSON(problems ...report.Problem) func(io.Writer, []report.Item) error {
	return func(w io.Writer, items []report.Item) error { return report.WriteJSON(w, items, problems) }
}

func writeText(o report.TextOptions) func(io.Writer, []report.Item) error {
	return func(w io.Writer, items []report.Item) error { return report.WriteText(w, items, o) }
}

func TestReports(t *testing.T) {
	tests := map[string]struct {
		write func(io.Writer, []report.Item) error
		items []report.Item
	}{
		"report.text":  {write: writeText(report.TextOptions{}), items: items()},
		"ahead.text":   {write: writeText(report.TextOptions{Ahead: true}), items: items()},
		"report.json":  {write: writeJSON(), items: items()},
		"hygiene.text": {write: writeText(report.TextOptions{}), items: []report.Item{pod()}},
		"empty.text":   {write: writeText(report.TextOptions{})},
		"empty.json":   {write: writeJSON()},
		"errors.json":  {write: writeJSON(problems()...), items: items()[1:2]},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := tc.write(&out, tc.items); err != nil {
				t.Fatal(err)
			}
			golden.CompareText(t, filepath.Join("testdata", name+".golden"), out.String())
		})
	}
}

func TestTextFitsHundredColumns(t *testing.T) {
	var out bytes.Buffer
	if err := report.WriteText(&out, items(), report.TextOptions{Ahead: true}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(out.String(), "\n") {
		if n := len([]rune(line)); n > 100 {
			t.Errorf("%d columns, want at most 100: %s", n, line)
		}
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestReportsReturnTheWritersError(t *testing.T) {
	full := errors.New("disk full")
	for name, write := range map[string]func(io.Writer, []report.Item) error{"text": writeText(report.TextOptions{}), "json": writeJSON()} {
		t.Run(name, func(t *testing.T) {
			if err := write(failingWriter{full}, items()); !errors.Is(err, full) {
				t.Errorf("error is %v, want %v", err, full)
			}
		})
	}
}
