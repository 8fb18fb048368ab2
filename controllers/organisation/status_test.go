package organisation

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/test/golden"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// TestStatesOfTheOrganisation: Stalled is there while Ready is False, and no longer, and keeps its time while nothing changes. test/readers shows the
// states to kstatus and to the health checks of Argo CD.
func TestStatesOfTheOrganisation(t *testing.T) {
	p := &v1alpha1.GovernancePolicy{ObjectMeta: metav1.ObjectMeta{Name: "house", Generation: 2}}
	profile := &v1alpha1.JurisdictionProfile{ObjectMeta: metav1.ObjectMeta{Name: "house", Generation: 2}, Spec: v1alpha1.JurisdictionProfileSpec{Code: "eu"}}
	faults := policy.Faults{}
	faults.Add("GovernancePolicy", "house", "spec.modules: no.")
	faults.Add("JurisdictionProfile", "house", "spec.values: no.")
	faulty := refreshPolicy(p, faults, nil, nil, noon)
	if again := refreshPolicy(faulty, faults, nil, nil, noon.Add(time.Hour)); again != nil {
		t.Errorf("the status of an unchanged policy is %+v", again.Status)
	}
	golden.Compare(t, "testdata/states.golden", map[string]any{
		"GovernancePolicy in force":         refreshPolicy(p, nil, []string{"organisation.tone"}, nil, noon).Status,
		"GovernancePolicy with a fault":     faulty.Status,
		"GovernancePolicy mended":           refreshPolicy(faulty, nil, nil, nil, noon.Add(time.Hour)).Status,
		"GovernancePolicy with a slow rule": refreshPolicy(p, nil, []string{"organisation.tone"}, map[string]string{"organisation.tone": "time"}, noon).Status,
		"JurisdictionProfile in force":      refreshProfile(profile, nil, noon).Status,
		"JurisdictionProfile with a fault":  refreshProfile(profile, faults, noon).Status,
		"JurisdictionProfile mended":        refreshProfile(refreshProfile(profile, faults, noon), nil, noon.Add(time.Hour)).Status,
	})
}
