package conformance_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/chaperone-dev/chaperone/config/crd"
	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/sandboxtest"
)

// judged is what the tests read of one item of the CLI's report.
type judged struct {
	Kind      string
	Namespace string
	Name      string
	Outcome   string
	Findings  []struct {
		Rule string
		Also []string
	}
	Requirements []struct{ Dimension string }
}

func (j judged) result() result {
	var rules []string
	for _, f := range j.Findings {
		rules = append(append(rules, f.Rule), f.Also...)
	}
	return newResult(j.Outcome, rules)
}

// asks reports whether the law has a requirement for the rule. A rule that is none of the dimensions looks for itself.
func (j judged) asks(rule string, dimensions []string) bool {
	return !slices.Contains(dimensions, rule) ||
		slices.ContainsFunc(j.Requirements, func(r struct{ Dimension string }) bool { return r.Dimension == rule })
}

// unformatted matches a verb of a format that is left in a text, and what formatting writes for a value that is missing.
var unformatted = regexp.MustCompile(`%(!|[sdvq]\b)`)

// check runs the CLI in this process over documents and returns the items of its report by namespace, in their order.
func check(t *testing.T, asOf string, documents ...[]byte) (items map[string][]judged, exit int, errors string) {
	t.Helper()
	var out, err bytes.Buffer
	exit = cli.Run(t.Context(), []string{"check", "-", "-o", "json", "--as-of", asOf, "--trust-approvals"}, cli.Options{
		In:          bytes.NewReader(bytes.Join(documents, []byte("\n"))),
		Out:         &out,
		Err:         &err,
		Clock:       testingclock.NewFakePassiveClock(time.Time{}),
		Policies:    law(t),
		Worker:      sandboxtest.Command(t),
		Definitions: crd.Definitions(),
		Version:     "test",
	})
	if found := unformatted.FindString(out.String()); found != "" {
		t.Errorf("as of %s, a message has %q, which no value has replaced", asOf, found)
	}
	var report struct{ Items []judged }
	if out.Len() > 0 {
		if err := json.Unmarshal(out.Bytes(), &report); err != nil {
			t.Fatalf("report is no JSON: %v", err)
		}
	}
	items = map[string][]judged{}
	for _, item := range report.Items {
		items[item.Namespace] = append(items[item.Namespace], item)
	}
	return items, exit, err.String()
}

func (c testCase) documents(t *testing.T) [][]byte {
	t.Helper()
	switch {
	case c.workload != nil:
		return [][]byte{c.raw, encode(t, c.workload)}
	case c.pod != nil:
		return [][]byte{c.raw, encode(t, c.pod)}
	case c.service != nil:
		return [][]byte{c.raw, encode(t, c.service)}
	case c.networkPolicy != nil:
		return [][]byte{c.raw, encode(t, c.networkPolicy)}
	}
	return [][]byte{c.raw}
}

func encode(t *testing.T, object any) []byte {
	t.Helper()
	data, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// byDay returns the cases that reach the policy, by the day for which is decided.
func byDay(cases []testCase) map[string][]testCase {
	days := map[string][]testCase{}
	for _, c := range cases {
		if c.Refused == "" {
			days[c.AsOf] = append(days[c.AsOf], c)
		}
	}
	return days
}

func TestCLI(t *testing.T) {
	// A connection is no object that a file could hold, and the address of a pod is not in its manifest.
	compared := dimensions(t)
	offline := slices.DeleteFunc(corpus(t), func(c testCase) bool { return c.Connect != nil || c.endpointSlice != nil })
	for day, cases := range byDay(offline) {
		t.Run(day, func(t *testing.T) {
			t.Parallel()
			checkDay(t, day, cases, compared)
		})
	}
}

func checkDay(t *testing.T, day string, cases []testCase, compared []string) {
	t.Helper()
	var documents [][]byte
	for _, c := range cases {
		documents = append(documents, c.documents(t)...)
		if c.beside != nil {
			documents = append(documents, encode(t, c.beside))
		}
	}
	documents = append(documents, organisationDocuments(t, cases)...)
	items, _, errors := check(t, day, documents...)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found := slices.DeleteFunc(items[c.namespace], func(j judged) bool { return c.beside != nil && j.Kind == "Pod" && j.Name == c.beside.Name })
			if len(found) != len(c.documents(t)) {
				t.Fatalf("%d objects were judged, want %d: %s", len(found), len(c.documents(t)), errors)
			}
			if diff := cmp.Diff(c.want(), found[len(found)-1].result()); diff != "" {
				t.Errorf("check (-want +got):\n%s", diff)
			}
			for _, rule := range c.Meets {
				if !found[0].asks(rule, compared) {
					t.Errorf("%s is met only because nothing is asked: the case proves nothing", rule)
				}
			}
		})
	}
}

// All at once, because a policy that is loaded for each takes its time: every document is refused by itself.
func TestCLIRefusesBadInput(t *testing.T) {
	refused := slices.DeleteFunc(corpus(t), func(c testCase) bool { return c.Refused == "" })
	var documents [][]byte
	for _, c := range refused {
		document, _ := c.refusedDocument(t, c.namespace)
		documents = append(documents, document)
	}
	items, exit, errors := check(t, defaultAsOf, documents...)
	if exit != cli.ExitBadInput || len(items) > 0 {
		t.Errorf("exit code is %d, want %d and nothing judged: %v", exit, cli.ExitBadInput, items)
	}
	for _, c := range refused {
		t.Run(c.name, func(t *testing.T) {
			_, name := c.refusedDocument(t, c.namespace)
			isNamed := slices.ContainsFunc(strings.Split(errors, "\n"), func(line string) bool {
				return strings.Contains(line, name) && strings.Contains(line, c.Refused)
			})
			if !isNamed {
				t.Errorf("no error names %s and %q:\n%s", name, c.Refused, errors)
			}
		})
	}
}
