package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/report"
)

// everyMember has a word in each member of an item that no other member has.
func everyMember() report.Item {
	source := func(n string) []legal.Source {
		return []legal.Source{{
			Code: "code" + n, Act: "act" + n, Article: "article" + n, From: "from" + n, Confidence: "confidence" + n,
			Status: "status" + n, Force: "force" + n, Obliges: true, Note: "note" + n, URL: "https://url" + n + ".example", ReadAt: "https://read" + n + ".example",
		}}
	}
	item := report.Item{
		APIVersion: "group/v1", Kind: "Kind", Namespace: "namespace", Name: "name", Unexecuted: []string{"unexecuted"}, Unread: []string{"unread"},
		Verdict: policy.Verdict{
			Outcome: policy.OutcomeUndecided, Reason: "reason", Revision: "revision", AsOf: "day", NextEvaluation: "next",
			Findings: []policy.Finding{{
				Rule: "rule", Dimension: "dimension", Group: policy.GroupHygiene, Action: policy.ActionWaived, Field: "field", Found: "found", Required: "required",
				Remedy: "remedy", Party: "party", Also: []string{"other"}, WaivedBy: "waiver", Sources: source("1"),
			}},
			Obligations:  &obligation.Set{},
			Requirements: []policy.Requirement{{Dimension: "merged", Value: "value", Sources: source("2")}},
			Upcoming: []policy.Change{{
				Date: "from4", Kind: "law", Rule: "changing", Value: []any{"changed"}, Unstated: []string{"fact"}, Sources: source("4"),
			}},
		},
	}
	item.Verdict.Obligations.Retain.TranscriptMaxDays.Merged = required(30, source("3")...)
	return item
}

// A JSON report has every member of an item, each in its place, and no other.
func TestJSONHasEveryMember(t *testing.T) {
	source := func(n string) []any {
		return []any{map[string]any{
			"code": "code" + n, "act": "act" + n, "article": "article" + n, "from": "from" + n, "confidence": "confidence" + n,
			"status": "status" + n, "force": "force" + n, "binds": "later", "note": "note" + n, "url": "https://url" + n + ".example", "readAt": "https://read" + n + ".example",
		}}
	}
	want := map[string]any{
		"items": []any{map[string]any{
			"apiVersion": "group/v1", "kind": "Kind", "namespace": "namespace", "name": "name",
			"outcome": "Undecided", "reason": "reason", "revision": "revision", "asOf": "day", "nextEvaluation": "next",
			"findings": []any{map[string]any{
				"rule": "rule", "dimension": "dimension", "group": "hygiene", "action": "waived", "field": "field", "found": "found", "required": "required",
				"remedy": "remedy", "party": "party", "also": []any{"other"}, "message": `field is "found"; code1 requires "required" (rule, hygiene).`, "waivedBy": "waiver", "sources": source("1"),
			}},
			"requirements": []any{map[string]any{"dimension": "merged", "value": "value", "sources": source("2")}},
			"obligations":  []any{map[string]any{"kind": "retain", "dimension": "retention.transcriptMax", "value": 30.0, "sources": source("3")}},
			"upcoming": []any{map[string]any{
				"date": "from4", "kind": "law", "rule": "changing", "subject": "", "unstated": []any{"fact"},
				"message": `From from4 code4 requires "changed".`, "value": []any{"changed"}, "sources": source("4"),
			}},
		}},
		"errors": []any{map[string]any{"file": "file", "document": 7.0, "object": "object", "message": "message"}},
	}
	var out bytes.Buffer
	problem := report.Problem{File: "file", Document: 7, Object: "object", Message: "message"}
	if err := report.WriteJSON(&out, []report.Item{everyMember()}, []report.Problem{problem}); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

// A text report says everything that a person needs: what is left out is in the JSON report only.
func TestTextSaysEveryMember(t *testing.T) {
	var out bytes.Buffer
	if err := report.WriteText(&out, []report.Item{everyMember()}, report.TextOptions{Ahead: true}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Kind namespace/name: Undecided", "reason", "policy revision", "as of day", "can change on next",
		"waived: field is \"found\"", "\"required\"", "(rule, hygiene)", "Waived by PolicyException waiver.", "For the party: remedy",
		"code1: act1 article1 (force1, confidence1), from from1, https://url1.example", "Note: note1.",
		"merged from code2: 1", "retain (1)", "unexecuted", "The same fact breaks other.", "From from4 code4 requires \"changed\" (changing). Whether it applies depends on what the declaration does not state: fact. [act4 article4 (force4, confidence4), from from4, https://url4.example]",
	} {
		if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), want) {
			t.Errorf("report lacks %q:\n%s", want, out.String())
		}
	}
}
