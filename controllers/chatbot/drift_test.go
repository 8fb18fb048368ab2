package chatbot

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// renderObserving is the configuration of a chatbot that is only observed.
func renderObserving(d *v1alpha1.ChatbotDeployment, v policy.Verdict, s shape.Documents) (sidecarconfig.Config, error) {
	config, err := renderValid(d, v, s)
	config.Mode = sidecarconfig.ModeObserve
	return config, err
}

// signedObjects returns the objects that a reconcile writes if the declaration is allowed.
func signedObjects(t *testing.T, render Renderer) objects {
	t.Helper()
	found := observation{declaration: newDeclaration(), keys: oldRing}
	desired := plan(found, allowVerdict(), render)
	if err := desired.sign(found.withKeys(oldRing), noon); err != nil {
		t.Fatal(err)
	}
	return desired.objects
}

// TestObjectsArePutBackInEveryState: also while nothing says what they should be, except what they were.
func TestObjectsArePutBackInEveryState(t *testing.T) {
	before := signedObjects(t, renderValid)
	opened, changed := before.networkPolicy.DeepCopy(), before.configMap.DeepCopy()
	opened.Spec.Ingress = append(opened.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{})
	changed.Data[contract.SidecarConfigKey] += " "
	observed := signedObjects(t, renderObserving).configMap
	both, none, onlyConfig := [2]bool{true, true}, [2]bool{}, [2]bool{true, false}
	tests := map[string]struct {
		existing, lost objects
		// want says whether the ConfigMap and the NetworkPolicy are to be as before. The second value is for a selector that cannot be used.
		want, stalled [2]bool
	}{
		"nothing changed":                       {before, objects{}, both, both},
		"the NetworkPolicy is opened":           {objects{before.configMap, opened}, objects{}, both, both},
		"the NetworkPolicy is deleted":          {objects{before.configMap, nil}, objects{nil, before.networkPolicy}, both, both},
		"it was deleted before the manager ran": {objects{before.configMap, nil}, objects{}, both, onlyConfig},
		"the ConfigMap is deleted":              {objects{nil, before.networkPolicy}, objects{before.configMap, nil}, both, both},
		"the ConfigMap is changed":              {objects{changed, before.networkPolicy}, objects{before.configMap, nil}, both, both},
		"nobody knows what it was":              {objects{changed, before.networkPolicy}, objects{}, none, none},
		"the pods were never governed":          {objects{}, objects{}, none, none},
	}
	for name, tc := range tests {
		for state, verdict := range map[string]policy.Verdict{"denied": denyVerdict(), "undecided": undecideVerdict(), "stalled": allowVerdict()} {
			t.Run(name+", "+state, func(t *testing.T) {
				found, want := observation{declaration: newDeclaration(), keys: oldRing, objects: tc.existing, lost: tc.lost}, tc.want
				if state == "stalled" {
					found.stalledBecause, want = cause{reason: v1alpha1.ReasonOverlappingSelector, message: "…"}, tc.stalled
				}
				desired := plan(found, verdict, renderValid)
				if err := desired.sign(found.withKeys(oldRing), noon); err != nil {
					t.Fatal(err)
				}
				got := desired.objects
				if got.configMap != nil && cmp.Diff(before.configMap, got.configMap) != "" || got.networkPolicy != nil && cmp.Diff(before.networkPolicy, got.networkPolicy) != "" {
					t.Errorf("the objects are not those of before:\n%s%s", cmp.Diff(before.configMap, got.configMap), cmp.Diff(before.networkPolicy, got.networkPolicy))
				}
				if have := [2]bool{got.configMap != nil, got.networkPolicy != nil}; have != want {
					t.Errorf("put back: %t, want %t", have, want)
				}
			})
		}
	}
	found := observation{declaration: newDeclaration(), keys: oldRing, objects: objects{configMap: observed}}
	if got := plan(found, undecideVerdict(), renderValid).objects; got.networkPolicy != nil || got.configMap == nil {
		t.Errorf("a chatbot that is only observed is taken off the network: %v", got.networkPolicy)
	}
	found.declaration.Spec.Suspended = true
	stopped := plan(found, undecideVerdict(), renderValid)
	if stopped.objects.networkPolicy == nil || !stopped.isStopped {
		t.Error("a suspended chatbot can be reached around the sidecar")
	}
	if _, err := sidecarconfig.Parse([]byte(stopped.objects.configMap.Data[contract.SidecarConfigKey])); err != nil {
		t.Errorf("the sidecar does not take the stopped configuration: %v", err)
	}
}

func TestLostObjectsAreThoseOfOthers(t *testing.T) {
	lost := newLostObjects()
	before := signedObjects(t, renderValid)
	before.networkPolicy.UID = "np"
	lost.record(before.networkPolicy, true)
	if got := lost.find(support); got != (objects{}) {
		t.Errorf("a replica that does not lead remembers what the leader may have deleted: %v", got)
	}
	lost.activate()
	lost.expectDeletion("np")
	lost.record(before.networkPolicy, true)
	if got := lost.find(support); got != (objects{}) {
		t.Errorf("what the manager deleted itself is put back: %v", got)
	}
	lost.record(before.configMap, false)
	lost.record(before.networkPolicy, true)
	if got := lost.find(support); got.configMap != nil || got.networkPolicy == nil {
		t.Errorf("remembered: %v", got)
	}
	lost.forget(support, objects{})
	if got := lost.find(support); got.networkPolicy == nil {
		t.Error("what was lost meanwhile is forgotten")
	}
	lost.forget(support, lost.find(support))
	if got := lost.find(support); got != (objects{}) {
		t.Errorf("not forgotten: %v", got)
	}
}
