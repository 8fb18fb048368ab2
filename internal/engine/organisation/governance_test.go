package organisation

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// TestMergeTerms merges policies in every order: the strictest floor, and the strictest action of each rule.
func TestMergeTerms(t *testing.T) {
	none := governance{name: "none"}
	warn := governance{name: "warn", floor: "warn", actions: map[string]string{"a": "audit", "b": "deny"}}
	deny := governance{name: "deny", floor: "deny", actions: map[string]string{"a": "quarantine"}}
	want := policy.Terms{Floor: "deny", Actions: map[string]string{"a": "quarantine", "b": "deny"}}
	for name, policies := range map[string][]governance{
		"the strictest last":          {none, warn, deny},
		"the strictest first":         {deny, warn, none},
		"the strictest in the middle": {warn, deny, none},
	} {
		if diff := cmp.Diff(want, mergeTerms(policies)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(policy.Terms{Actions: map[string]string{}}, mergeTerms(nil)); diff != "" {
		t.Errorf("no policy (-want +got):\n%s", diff)
	}
}

func TestChooseStricter(t *testing.T) {
	order := []string{"", "audit", "warn", "quarantine", "deny"}
	for i, weaker := range order {
		for _, stricter := range order[i:] {
			if chooseStricter(weaker, stricter) != stricter || chooseStricter(stricter, weaker) != stricter {
				t.Errorf("%q is not stricter than %q", stricter, weaker)
			}
		}
	}
}
