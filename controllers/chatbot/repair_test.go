package chatbot

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/keyring"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// damagedPods returns pods without their sidecar, a workload's, that were created an hour ago.
func damagedPods(names ...string) []selectedPod {
	var pods []selectedPod
	for _, name := range names {
		pods = append(pods, selectedPod{name: name, sidecar: sidecarMissing, created: noon.Add(-time.Hour), hasController: true})
	}
	return pods
}

func readyPods(unready int, names ...string) health {
	h := health{ready: map[string]bool{}, unready: unready}
	for _, name := range names {
		h.ready[name] = true
	}
	return h
}

func TestRepairStep(t *testing.T) {
	good := selectedPod{name: "good", sidecar: sidecarRunning, created: noon}
	audited := allowVerdict()
	audited.Terms.Enforcement = "audit"
	bare := damagedPods("a")
	bare[0].hasController = false
	started := func(change func(*v1alpha1.RepairStatus)) *v1alpha1.RepairStatus {
		s := &v1alpha1.RepairStatus{Cause: computeCause(newDeclaration(), builders.Image, keyring.Ring{}), Since: metav1.NewTime(noon.Add(-30 * time.Minute)), Replaced: 1}
		if change != nil {
			change(s)
		}
		return s
	}
	lastAt := func(at time.Time) func(*v1alpha1.RepairStatus) {
		return func(s *v1alpha1.RepairStatus) { last := metav1.NewTime(at); s.LastEviction = &last }
	}
	replaced := damagedPods("a", "b")
	replaced[0].created, replaced[1].created = noon.Add(-time.Minute), noon.Add(-time.Minute)
	differing := damagedPods("a", "b")
	differing[0].sidecar, differing[1].sidecar = sidecarDiffers, sidecarDiffers
	leadsAround := func(o *observation) {
		finding := newFinding(policy.ActionDeny)
		finding.Field = "spec.ports[0].targetPort"
		o.services = []serviceReview{{service: "front", verdict: policy.Verdict{Outcome: policy.OutcomeDeny, Findings: []policy.Finding{finding}}}}
	}
	isOpened := func(outcome policy.Outcome, action policy.Action) func(*observation) {
		return func(o *observation) {
			o.policies = []networkPolicyReview{{name: "open", verdict: policy.Verdict{Outcome: outcome, Findings: []policy.Finding{newFinding(action)}}}}
		}
	}
	tests := map[string]struct {
		pods    []selectedPod
		health  health
		before  *v1alpha1.RepairStatus
		change  func(*observation)
		verdict policy.Verdict
		state   v1alpha1.RepairState
		message string
		evict   []string
	}{
		"nothing to repair":                   {pods: []selectedPod{good}},
		"one of four at a time":               {pods: damagedPods("a", "b", "c", "d"), health: readyPods(0, "a", "b", "c", "d"), state: v1alpha1.RepairStateReplacing, evict: []string{"a"}},
		"two of eight":                        {pods: damagedPods(strings.Split("abcdefgh", "")...), health: readyPods(0, strings.Split("abcdefgh", "")...), state: v1alpha1.RepairStateReplacing, evict: []string{"a", "b"}},
		"one of two":                          {pods: damagedPods("a", "b"), health: readyPods(0, "a", "b"), state: v1alpha1.RepairStateReplacing, evict: []string{"a"}},
		"the only pod":                        {pods: damagedPods("a"), health: readyPods(0, "a"), state: v1alpha1.RepairStateManual, message: "kubectl rollout restart"},
		"a pod that serves nobody":            {pods: damagedPods("a"), health: readyPods(1), state: v1alpha1.RepairStateReplacing, evict: []string{"a"}},
		"a new pod is not ready yet":          {pods: append(damagedPods("a", "b"), good), health: readyPods(1, "a", "b"), before: started(lastAt(noon.Add(-time.Minute))), state: v1alpha1.RepairStateWaiting, message: "1 pod is missing or not ready"},
		"a new pod does not get ready":        {pods: append(damagedPods("a", "b"), good), health: readyPods(1, "a", "b"), before: started(lastAt(noon.Add(-repairPatience))), state: v1alpha1.RepairStatePaused, message: "not ready, so no other is evicted"},
		"a replacement is not made":           {pods: damagedPods("a", "b"), health: health{ready: readyPods(0, "a", "b").ready, uncounted: 2}, before: started(func(s *v1alpha1.RepairStatus) { lastAt(noon)(s); s.Pods = 3 }), state: v1alpha1.RepairStateWaiting, message: "1 pod is missing"},
		"a pod is missing from the beginning": {pods: damagedPods("a", "b"), health: health{ready: readyPods(0, "a", "b").ready, missing: 1}, before: started(nil), state: v1alpha1.RepairStatePaused, message: "1 pod is missing"},
		"a replacement is never made":         {pods: damagedPods("a", "b"), health: health{ready: readyPods(0, "a", "b").ready, uncounted: 2}, before: started(func(s *v1alpha1.RepairStatus) { lastAt(noon.Add(-repairPatience))(s); s.Pods = 3 }), state: v1alpha1.RepairStatePaused, message: "scaled down"},
		"a ReplicaSet lacks a pod":            {pods: damagedPods("a", "b"), health: health{ready: readyPods(0, "a", "b").ready, missing: 1}, state: v1alpha1.RepairStateWaiting, message: "1 pod is missing"},
		"the number of pods is known again": {pods: damagedPods("a", "b"), health: health{ready: readyPods(0, "a", "b").ready, uncounted: 2}, before: started(func(s *v1alpha1.RepairStatus) { s.Pods = 3 }),
			change: func(o *observation) { o.declaration.Spec.Repair = v1alpha1.RepairManual }, state: v1alpha1.RepairStateManual, message: "spec.repair"},
		"replaced already":              {pods: replaced, health: readyPods(0, "a", "b"), before: started(nil), state: v1alpha1.RepairStateManual, message: "another program"},
		"replaced for an earlier cause": {pods: replaced, health: readyPods(0, "a", "b"), before: started(func(s *v1alpha1.RepairStatus) { s.Cause = "earlier" }), state: v1alpha1.RepairStateReplacing, evict: []string{"a"}},
		"all are replaced":              {pods: []selectedPod{good}, before: started(nil), state: v1alpha1.RepairStateDone},
		"nothing makes another one":     {pods: append(bare, good), health: readyPods(0, "a", "good"), state: v1alpha1.RepairStateManual, message: "no workload would make new ones: a"},
		"spec.repair is Manual": {pods: damagedPods("a", "b"), change: func(o *observation) { o.declaration.Spec.Repair = v1alpha1.RepairManual },
			state: v1alpha1.RepairStateManual, message: "spec.repair is Manual"},
		"Audit changes nothing that runs": {pods: damagedPods("a", "b"), verdict: audited, state: v1alpha1.RepairStateManual, message: "changes nothing that runs"},
		"new pods would be refused":       {pods: damagedPods("a", "b"), verdict: denyVerdict(), state: v1alpha1.RepairStatePaused, message: "would be refused"},
		"new pods are refused": {pods: damagedPods("a", "b"), change: func(o *observation) { o.refusals = []refusal{{"set", 1}} },
			state: v1alpha1.RepairStatePaused, message: "would be refused"},
		"a Service leads to the app":      {pods: damagedPods("a", "b"), health: readyPods(0, "a", "b"), change: leadsAround, state: v1alpha1.RepairStatePaused, message: "Service front"},
		"a Service leads nowhere already": {pods: differing, health: readyPods(0, "a", "b"), change: leadsAround, state: v1alpha1.RepairStateReplacing, evict: []string{"a"}},
		"a NetworkPolicy opens the app":   {pods: differing, health: readyPods(0, "a", "b"), change: isOpened(policy.OutcomeDeny, policy.ActionDeny), state: v1alpha1.RepairStatePaused, message: "NetworkPolicy open"},
		"one opens it, and it only warns": {pods: differing, health: readyPods(0, "a", "b"), change: isOpened(policy.OutcomeWarn, policy.ActionWarn), state: v1alpha1.RepairStateReplacing, evict: []string{"a"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			found := observation{declaration: newDeclaration(), pods: tc.pods}
			found.declaration.Status.Repair = tc.before
			if tc.change != nil {
				tc.change(&found)
			}
			verdict := allowVerdict()
			if tc.verdict.Outcome != "" {
				verdict = tc.verdict
			}
			got := planRepair(found, verdict, plan(found, verdict, renderValid), builders.Image, tc.health, noon)
			if tc.state == "" {
				if got.status != nil || got.evict != nil {
					t.Errorf("got %+v", got)
				}
				return
			}
			if got.status == nil || got.status.State != tc.state || !strings.Contains(got.status.Message, tc.message) {
				t.Fatalf("status is %+v", got.status)
			}
			if isManual := got.status.State == v1alpha1.RepairStateManual && found.declaration.Spec.Repair != ""; isManual && got.status.Pods != 0 {
				t.Errorf("the number of pods of before is not forgotten: %+v", got.status)
			}
			if diff := cmp.Diff(tc.evict, namesOf(got.evict), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("pods to evict (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRepairReplacesEachPodOnce: a program that takes the sidecar out of every new pod must not keep a workload restarting.
func TestRepairReplacesEachPodOnce(t *testing.T) {
	found := observation{declaration: newDeclaration(), pods: damagedPods("a", "b", "c")}
	now, evictions := noon, 0
	for range 20 {
		h := health{ready: map[string]bool{}}
		for _, pod := range found.pods {
			h.ready[pod.name] = true
		}
		step := planRepair(found, allowVerdict(), plan(found, allowVerdict(), renderValid), builders.Image, h, now)
		now = now.Add(repairLook)
		for _, evicted := range step.evict {
			i := slices.IndexFunc(found.pods, func(p selectedPod) bool { return p.name == evicted.name })
			found.pods[i].created = now
			step.status.Replaced++
			evictions++
		}
		found.declaration.Status.Repair = step.status
	}
	if evictions != 3 || found.declaration.Status.Repair.State != v1alpha1.RepairStateManual {
		t.Errorf("%d evictions; %+v", evictions, found.declaration.Status.Repair)
	}
}

func TestCauseIsTheSidecarOfNewPods(t *testing.T) {
	d, ring := newDeclaration(), keyring.Ring{}
	before := computeCause(d, builders.Image, ring)
	d.Spec.Retention, d.Generation = &v1alpha1.Retention{}, 9
	if computeCause(d, builders.Image, ring) != before {
		t.Error("what concerns only the configuration is a cause")
	}
	withOld, both := computeCause(d, builders.Image, oldRing), keyring.NewRing(builders.Key(1, noon), builders.Key(2, noon.Add(time.Hour)))
	if withOld != computeCause(d, builders.Image, both) || withOld == computeCause(d, builders.Image, lostRing) {
		t.Error("a successor is a cause, or keys that no sidecar trusts are none")
	}
	if computeCause(d, "chaperone/sidecar@sha256:other", ring) == before {
		t.Error("another image is no cause")
	}
	d.Spec.Ports = append(d.Spec.Ports, v1alpha1.ChatPort{Name: "more"})
	if computeCause(d, builders.Image, ring) == before {
		t.Error("another port is no cause")
	}
}
