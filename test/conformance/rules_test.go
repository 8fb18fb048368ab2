package conformance_test

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/policies"
)

// neverFound are rules of dimensions that no declaration can fall short of, with the reason. They need a case that meets them.
func neverFound() map[string]string {
	const carried = "the sidecar carries it out, and the API has no weaker answer than none"
	return map[string]string{
		"transparency.disclosure": carried,
		"personal_data.minimise":  carried,
		"retention.deleteAtEnd":   carried,
		"fairness.monitoring":     carried,
	}
}

type vocabulary struct {
	Dimensions map[string]struct{ Field, Action string }
}

func dimensions() []string {
	var v vocabulary
	data, err := fs.ReadFile(policies.FS, "data/dimensions.yaml")
	if err == nil {
		err = yaml.Unmarshal(data, &v)
	}
	var names []string
	for name, d := range v.Dimensions {
		// What nobody declares, and what is only shown, is not compared.
		if err == nil && d.Field != "-" && d.Action != "audit" && name != "personal_data.sensitive" && name != "rights.extensionDays" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ruleIDs are the ids of all rules: the dimensions, and the rules with logic of their own by their package and short name.
func ruleIDs(t *testing.T) []string {
	t.Helper()
	ids := dimensions()
	shortName := regexp.MustCompile(`(?m)^#\s+short_name: (\w+)$`)
	err := fs.WalkDir(policies.FS, "governance", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.rego") {
			return err
		}
		data, err := fs.ReadFile(policies.FS, name)
		for _, found := range shortName.FindAllStringSubmatch(string(data), -1) {
			ids = append(ids, strings.Split(name, "/")[1]+"."+found[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Every rule id has a case that finds it and a case that meets it, and the corpus names no rule that does not exist.
func TestEveryRuleHasCases(t *testing.T) {
	found, met := map[string]bool{}, map[string]bool{}
	for _, c := range corpus(t) {
		for _, rule := range c.Rules {
			found[rule] = true
		}
		for _, rule := range c.Meets {
			met[rule] = !slices.Contains(c.Rules, rule) || met[rule]
		}
	}
	ids := ruleIDs(t)
	if len(ids) < 60 {
		t.Fatalf("only %d rules were found: %v", len(ids), ids)
	}
	for _, id := range ids {
		reason, never := neverFound()[id]
		if !found[id] && !never {
			t.Errorf("no case finds %s", id)
		}
		if found[id] && never {
			t.Errorf("a case finds %s, which is listed as never found: %s", id, reason)
		}
		if !met[id] {
			t.Errorf("no case meets %s", id)
		}
		delete(found, id)
		delete(met, id)
	}
	for id := range found {
		t.Errorf("a case expects %s, which is no rule", id)
	}
	for id := range met {
		t.Errorf("a case says that it meets %s, which is no rule", id)
	}
}
