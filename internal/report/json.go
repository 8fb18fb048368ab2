package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
)

// document is the JSON report. No list in it is null. All keys are always present but these: `reason` of an item is present only if the
// outcome is Undecided, `waivedBy` only if the action is `waived`, `reason` of a finding only if it is `notApplicable`, `awaitsApproval`
// only if such a reason is not approved, `unstated` and `also` only if there are such fields and rules, `notApplicable` only if there are
// such findings, `unneeded` only if there are such entries, `errors` only if the input has problems, `notCovered` only if such law is
// known, `ways` only with --explain and a denial, `claim` only if a change states a fact, and the keys of a Problem (but for `message`)
// only if their values are known.
type document struct {
	Items  []jsonItem `json:"items"`
	Errors []Problem  `json:"errors,omitempty"`
}

// Problem is an error of the input.
type Problem struct {
	// File, Document (its number in the file, from 1) and Object say where the problem is. What is not known has the zero value.
	File     string `json:"file,omitempty"`
	Document int    `json:"document,omitempty"`
	Object   string `json:"object,omitempty"`
	// Message says what is wrong, and what to do.
	Message string `json:"message"`
}

type jsonItem struct {
	APIVersion     string            `json:"apiVersion"`
	Kind           string            `json:"kind"`
	Namespace      string            `json:"namespace"`
	Name           string            `json:"name"`
	Outcome        policy.Outcome    `json:"outcome"`
	Reason         string            `json:"reason,omitempty"`
	Revision       string            `json:"revision"`
	AsOf           string            `json:"asOf"`
	NextEvaluation string            `json:"nextEvaluation"`
	Findings       []jsonFinding     `json:"findings"`
	Requirements   []jsonRequirement `json:"requirements"`
	Obligations    []jsonObligation  `json:"obligations"`
	Upcoming       []jsonChange      `json:"upcoming"`
	NotCovered     []string          `json:"notCovered,omitempty"`
	// NotApplicable has the number of findings that do not apply, as the declaration says, by dimension.
	NotApplicable map[string]int    `json:"notApplicable,omitempty"`
	Unneeded      []policy.Unneeded `json:"unneeded,omitempty"`
	Ways          *jsonWays         `json:"ways,omitempty"`
}

// jsonWays is present only if it was asked for (`check --explain`) and the object is denied.
type jsonWays struct {
	Outcome policy.Outcome `json:"outcome"`
	Ways    []jsonWay      `json:"ways"`
}

type jsonWay struct {
	Rule    string        `json:"rule"`
	Field   string        `json:"field"`
	Changes []FieldChange `json:"changes"`
	// Claim is what the changes state about the world, which helps only whom it is true of; it is left out if they state nothing of the kind.
	Claim string `json:"claim,omitempty"`
}

type jsonFinding struct {
	Rule      string        `json:"rule"`
	Dimension string        `json:"dimension"`
	Group     policy.Group  `json:"group"`
	Action    policy.Action `json:"action"`
	Field     string        `json:"field"`
	Message   string        `json:"message"`
	Found     any           `json:"found"`
	Required  any           `json:"required"`
	Remedy    string        `json:"remedy"`
	Party     string        `json:"party"`
	Unstated  []string      `json:"unstated,omitempty"`
	Also      []string      `json:"also,omitempty"`
	WaivedBy  string        `json:"waivedBy,omitempty"`
	Reason    string        `json:"reason,omitempty"`
	Awaits    string        `json:"awaitsApproval,omitempty"`
	Sources   []jsonSource  `json:"sources"`
}

type jsonRequirement struct {
	Dimension string       `json:"dimension"`
	Value     any          `json:"value"`
	Sources   []jsonSource `json:"sources"`
}

type jsonObligation struct {
	Kind      string          `json:"kind"`
	Dimension string          `json:"dimension"`
	Value     json.RawMessage `json:"value"`
	Sources   []jsonSource    `json:"sources"`
}

type jsonChange struct {
	Date     string       `json:"date"`
	Kind     string       `json:"kind"`
	Rule     string       `json:"rule"`
	Subject  string       `json:"subject"`
	Message  string       `json:"message"`
	Value    any          `json:"value"`
	Unstated []string     `json:"unstated,omitempty"`
	Sources  []jsonSource `json:"sources"`
}

type jsonSource struct {
	Code       string `json:"code"`
	Act        string `json:"act"`
	Article    string `json:"article"`
	From       string `json:"from"`
	Confidence string `json:"confidence"`
	Status     string `json:"status"`
	Force      string `json:"force"`
	Binds      string `json:"binds"`
	// Value is what the source requires by itself; only findings have it.
	Value  json.RawMessage `json:"value,omitempty"`
	Note   string          `json:"note"`
	URL    string          `json:"url"`
	ReadAt string          `json:"readAt"`
}

// WriteJSON writes one indented JSON document: the items under `items`, in the given order, and the problems under `errors`. The error is
// that of the writer.
func WriteJSON(w io.Writer, items []Item, problems []Problem) error {
	if err := EncodeIndented(w, document{Items: mapList(items, newJSONItem), Errors: problems}); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// EncodeIndented writes a value as indented JSON, without escaping characters for HTML, so that people can read addresses in it.
func EncodeIndented(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// newJSONItem returns the item of the JSON report. It leaves out the reason unless the outcome is Undecided.
func newJSONItem(i Item) jsonItem {
	v := i.Verdict
	on := day(v.AsOf)
	item := jsonItem{
		APIVersion: i.APIVersion, Kind: i.Kind, Namespace: i.Namespace, Name: i.Name,
		Outcome: i.Outcome(), Revision: v.Revision, AsOf: v.AsOf, NextEvaluation: v.NextEvaluation,
		Findings:     mapList(v.Findings, on.newFinding),
		Requirements: mapList(v.Requirements, on.newRequirement),
		Obligations:  mapList(v.Obligations.Entries(), on.newObligation),
		Upcoming:     mapList(v.Upcoming, on.newChange),
		NotCovered:   i.NotCovered,

		NotApplicable: v.CountNotApplicable(), Unneeded: i.Unneeded,
	}
	if item.Outcome == policy.OutcomeUndecided {
		item.Reason = v.Reason
	}
	if i.Ways != nil {
		item.Ways = &jsonWays{Outcome: i.Ways.Outcome, Ways: mapList(i.Ways.Ways, newJSONWay)}
	}
	return item
}

func newJSONWay(w Way) jsonWay {
	return jsonWay{Rule: w.Rule, Field: w.Field, Changes: append([]FieldChange{}, w.Changes...), Claim: w.Claim}
}

// day is the day of a verdict (ISO date). What the JSON report says about sources depends on it.
type day string

func (d day) newFinding(f policy.Finding) jsonFinding {
	return jsonFinding{
		Rule: f.Rule, Dimension: f.Dimension, Group: f.Group, Action: f.Action, Field: f.Field,
		Message: formatProblem(f, textBounds()), Found: f.Found, Required: f.Required,
		Remedy: f.Remedy, Unstated: f.Unstated, Party: f.Party, Also: f.Also, WaivedBy: f.WaivedBy, Reason: f.Reason, Awaits: f.AwaitsApproval,
		Sources: mapList(f.Sources, d.newSource),
	}
}

func (d day) newRequirement(r policy.Requirement) jsonRequirement {
	return jsonRequirement{Dimension: r.Dimension, Value: r.Value, Sources: mapList(r.Sources, d.newSource)}
}

func (d day) newObligation(o obligation.Entry) jsonObligation {
	return jsonObligation{Kind: o.Kind, Dimension: o.Dimension, Value: o.Value, Sources: mapList(o.Sources, d.newSource)}
}

func (d day) newChange(c policy.Change) jsonChange {
	return jsonChange{
		Date: c.Date, Kind: c.Kind, Rule: c.Rule, Subject: c.Subject, Message: fmt.Sprintf("From %s %s.", clean(c.Date), describeChange(c)), Value: c.Value,
		Unstated: c.Unstated, Sources: mapList(c.Sources, d.newSource),
	}
}

func (d day) newSource(s legal.Source) jsonSource {
	return jsonSource{
		Code: s.Code, Act: s.Act, Article: s.Article, From: s.From, Confidence: s.Confidence,
		Status: s.Status, Force: s.Force, Binds: s.Binds(string(d)), Value: json.RawMessage(s.Value), Note: s.Note, URL: s.URL, ReadAt: s.ReadAt,
	}
}

// mapList returns the results of convert for the items of the list. It never returns nil, so that JSON has [] and not null.
func mapList[A, B any](list []A, convert func(A) B) []B {
	mapped := make([]B, 0, len(list))
	for _, a := range list {
		mapped = append(mapped, convert(a))
	}
	return mapped
}
