package bundle

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/policies"
)

func readCatalogue(t *testing.T) Catalogue {
	t.Helper()
	c, err := ReadCatalogue(t.Context(), policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRules(t *testing.T) {
	rules := map[string]Rule{}
	for _, rule := range readCatalogue(t).Rules {
		rules[rule.ID] = rule
	}
	// A rule with logic of its own, in a package below that of its topic.
	got := rules["workload.host_network"]
	want := Rule{
		ID: "workload.host_network", Package: "workload.isolation", Title: "No host network",
		Description: "A pod on the host's network can receive and send traffic that bypasses the sidecar.",
		Group:       "effect", Action: "deny", Party: "deployer", Remedy: "Remove spec.hostNetwork.",
		Resources:  []Resource{{URL: "https://kubernetes.io/docs/concepts/security/pod-security-standards/", Description: "Kubernetes: Pod Security Standards"}},
		Frameworks: map[string][]string{"eu-ai-act": {"15"}, "gdpr": {"32-34"}, "oecd-ai-principles": {"1.4"}, "nist-ai-rmf": {"MEASURE 2.7"}, "iso-42001": {"A.6"}},
		Goals:      []string{"G-70"},
		Fields:     []string{"spec.hostNetwork"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a rule of its own (-want +got):\n%s", diff)
	}
	// A dimension that is compared: its topic gives the frameworks, the goals name it.
	dimension := rules["retention.justifyAbove"]
	if dimension.Dimension == nil || dimension.Dimension.Type != "atMost" || dimension.Dimension.Unit != "days" {
		t.Errorf("its dimension is %+v", dimension.Dimension)
	}
	if len(dimension.Goals) == 0 || len(dimension.Frameworks["gdpr"]) == 0 || dimension.Remedy == "" {
		t.Errorf("a dimension lacks goals, frameworks or remedy: %+v", dimension)
	}
	// A dimension whose comparison is a rule of its own is one rule.
	if both := rules["residency.mechanisms"]; both.Title == "" || both.Dimension == nil {
		t.Errorf("residency.mechanisms is %+v", both)
	}
	for _, id := range []string{"liability.autonomyNoDefence", "personal_data.sensitive", "enforcement.maxFine"} {
		if _, there := rules[id]; there {
			t.Errorf("%s is a rule, although nothing can violate it", id)
		}
	}
}

func TestLaws(t *testing.T) {
	laws := readCatalogue(t).Laws
	i := slices.IndexFunc(laws, func(l Law) bool { return l.Code == "de" })
	if i < 0 || laws[i].Parent != "eu" || laws[i].Name != "Germany" || laws[i].ActCount == 0 || len(laws[i].Points) == 0 {
		t.Fatalf("de is not there as it is written: %d", i)
	}
	for _, p := range laws[i].Points {
		if p.Dimension == "" || p.Act == "" || p.URL+p.ReadAt == "" || p.Confidence == "" || p.Force == "" || p.Value == nil {
			t.Errorf("a point lacks what every point has: %+v", p)
		}
	}
	if last := laws[len(laws)-1]; last.Kind != "sector" {
		t.Errorf("the last law is %s %s, want a sector", last.Kind, last.Code)
	}
}

func TestBadCatalogue(t *testing.T) {
	if _, err := ReadCatalogue(t.Context(), fstest.MapFS{}); err == nil {
		t.Error("a bundle without rules was read")
	}
}
