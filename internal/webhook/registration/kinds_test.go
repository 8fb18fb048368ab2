package registration_test

import (
	"slices"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/podtemplate"
	"github.com/chaperone-dev/chaperone/internal/webhook/registration"
)

// TestFurtherKindsAreRegistered: API servers send the workloads of a kind that an installation adds, in any version.
func TestFurtherKindsAreRegistered(t *testing.T) {
	t.Parallel()
	kinds, err := podtemplate.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	kinds, err = kinds.Extend([]byte("kinds: [{group: apps.example, kind: Fleet, resource: fleets, templates: [spec.template]}]"))
	if err != nil {
		t.Fatal(err)
	}
	for name, isExtended := range map[string]bool{"built in": false, "extended": true} {
		installation := registration.Installation{Namespace: "own", Service: "webhook"}
		if isExtended {
			installation.Kinds = kinds
		}
		objects, err := registration.NewObjects(installation)
		if err != nil {
			t.Fatal(err)
		}
		resources := map[string][]string{}
		for _, w := range objects.Validating.Webhooks {
			for _, rule := range w.Rules {
				if w.Name == "validate-workloads.chaperone.dev" && slices.Contains(rule.APIVersions, "*") {
					resources[rule.APIGroups[0]] = rule.Resources
				}
			}
		}
		if !slices.Contains(resources["argoproj.io"], "rollouts") || slices.Contains(resources["apps.example"], "fleets") != isExtended {
			t.Errorf("%s: %v", name, resources)
		}
	}
}
