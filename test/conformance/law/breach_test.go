package law_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// breachTable is the file breaches.yaml.
type breachTable struct {
	// Groups are lists of codes, or of names of declarations.
	Groups   map[string][]string `json:"groups"`
	Breaches []breach            `json:"breaches"`
}

// breach is a change by which a lawful declaration breaks the law.
type breach struct {
	Name string `json:"name"`
	// Breach says in a sentence what is wrong.
	Breach string `json:"breach"`
	// Only are the declarations that the breach is about; empty means all.
	Only []string `json:"only,omitempty"`
	// Set are the values of fields below the spec (nil takes the field out), and Without the items taken out of lists.
	Set     map[string]any      `json:"set,omitempty"`
	Without map[string][]string `json:"without,omitempty"`
	// Rules are those of which one must find the breach.
	Rules []string `json:"rules"`
	// Asks and Nothing have the law, by a code, a group of codes, a declaration or a group of declarations.
	Asks    map[string]string `json:"asks"`
	Nothing map[string]string `json:"nothing"`
}

// planted is a breach in a lawful declaration.
type planted struct {
	breach
	in    lawCase
	found bool
}

func readBreaches(t *testing.T) breachTable {
	t.Helper()
	var table breachTable
	readYAML(t, "breaches.yaml", &table)
	return table
}

// isAsked reports whether the law asks something that the breach breaks in the declaration. It returns an error if the law of a place is in
// neither list.
func (b breach) isAsked(c lawCase, groups map[string][]string) (bool, error) {
	if len(b.Only) > 0 && !slices.Contains(b.Only, c.name) {
		return false, nil
	}
	if law, found := b.lookUp(c.name, groups); found {
		return law, nil
	}
	asked := false
	for _, code := range c.declaration.Spec.Jurisdictions {
		law, found := b.lookUp(string(code), groups)
		if !found {
			return false, fmt.Errorf("%s: what the law of %s asks is not said (%s)", b.Name, code, c.name)
		}
		asked = asked || law
	}
	return asked, nil
}

// lookUp looks a code or a name up, by itself before its groups; it is in Nothing before it is in Asks.
func (b breach) lookUp(name string, groups map[string][]string) (asked, found bool) {
	keys := []string{name}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		if slices.Contains(groups[group], name) {
			keys = append(keys, group)
		}
	}
	for _, key := range keys {
		if _, found := b.Nothing[key]; found {
			return false, true
		}
		if _, found := b.Asks[key]; found {
			return true, true
		}
	}
	return false, false
}

// apply returns the declaration with the breach.
func (b breach) apply(t *testing.T, declaration *v1alpha1.ChatbotDeployment) *v1alpha1.ChatbotDeployment {
	t.Helper()
	data, err := json.Marshal(declaration.Spec)
	if err != nil {
		t.Fatal(err)
	}
	var spec map[string]any
	if err := json.Unmarshal(data, &spec); err != nil {
		t.Fatal(err)
	}
	for path, value := range b.Set {
		change(spec, strings.Split(path, "."), func(any) any { return value })
	}
	for path, items := range b.Without {
		change(spec, strings.Split(path, "."), func(old any) any {
			list, _ := old.([]any)
			return slices.DeleteFunc(slices.Clone(list), func(item any) bool { return slices.Contains(items, fmt.Sprint(item)) })
		})
	}
	data, err = json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	return makeDeclaration(t, declaration.Name+"-"+b.Name, data)
}

// change replaces the value at the path by what the function makes of it; nil takes the member out. A step that ends in [] goes to every
// item of a list.
func change(object map[string]any, path []string, with func(any) any) {
	key, isList := strings.CutSuffix(path[0], "[]")
	if isList {
		items, _ := object[key].([]any)
		for _, item := range items {
			if member, isObject := item.(map[string]any); isObject {
				change(member, path[1:], with)
			}
		}
		return
	}
	if len(path) > 1 {
		member, isObject := object[key].(map[string]any)
		if !isObject {
			member = map[string]any{}
			object[key] = member
		}
		change(member, path[1:], with)
		return
	}
	object[key] = with(object[key])
	if object[key] == nil {
		delete(object, key)
	}
}

// plant returns every breach in every lawful declaration where the law asks something, and how often it asks nothing.
func plant(t *testing.T, corpus []lawCase) (all []planted, nothing int) {
	t.Helper()
	table := readBreaches(t)
	for _, b := range table.Breaches {
		for _, c := range corpus {
			if c.isProbe || c.Outcome[today] == string(policy.OutcomeDeny) {
				continue
			}
			asked, err := b.isAsked(c, table.Groups)
			if err != nil {
				t.Error(err)
			}
			if asked {
				all = append(all, planted{breach: b, in: c})
			} else if len(b.Only) == 0 || slices.Contains(b.Only, c.name) {
				nothing++
			}
		}
	}
	return all, nothing
}

// find decides about every declaration with a breach, and says whether it was found.
func find(t *testing.T, all []planted, lawful []decision) {
	t.Helper()
	decider, err := newDecider()
	if err != nil {
		t.Fatal(err)
	}
	before := map[string]policy.Verdict{}
	for _, d := range lawful {
		if d.day == today {
			before[d.name] = d.verdict
		}
	}
	declarations := make([]judged, len(all))
	for i, p := range all {
		declarations[i] = judged{p.apply(t, p.in.declaration), today}
	}
	for i, verdict := range decider.decide(t, declarations) {
		all[i].found = slices.ContainsFunc(verdict.Findings, func(finding policy.Finding) bool {
			isNamed := func(rule string) bool { return slices.Contains(all[i].Rules, rule) }
			return acts(finding) && (isNamed(finding.Rule) || slices.ContainsFunc(finding.Also, isNamed)) && !hasFinding(before[all[i].in.name], finding)
		})
	}
}

// hasFinding reports whether the verdict has the same finding. A finding that was there before the breach did not find it.
func hasFinding(verdict policy.Verdict, finding policy.Finding) bool {
	return slices.ContainsFunc(verdict.Findings, func(other policy.Finding) bool {
		return other.Rule == finding.Rule && other.Field == finding.Field && other.Action == finding.Action && cmp.Equal(other.Found, finding.Found) &&
			cmp.Equal(other.Required, finding.Required) && slices.Equal(other.Also, finding.Also)
	})
}

// differences are the breaches that were not found.
func missedBreaches(all []planted) []difference {
	var differences []difference
	for _, p := range all {
		if !p.found {
			differences = append(differences, difference{Kind: missedBreach, Rule: p.Name, Case: p.in.name, Day: today})
		}
	}
	return differences
}
