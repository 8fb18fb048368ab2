package chatbot

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/test/golden"
)

func TestStatusReadsLikeAnExplanation(t *testing.T) {
	tests := map[string]struct {
		found   observation
		verdict policy.Verdict
		err     error
	}{
		"status-ready":  {observation{declaration: newDeclaration()}, allowVerdict(), nil},
		"status-denied": {observation{declaration: newDeclaration(), pods: []selectedPod{{name: "a"}}}, denyVerdict(), nil},
		"status-overlap": {observation{declaration: newDeclaration(), stalledBecause: explainOverlap(
			types.NamespacedName{Namespace: "shop", Name: "support"}, []types.NamespacedName{{Namespace: "shop", Name: "sales"}})}, allowVerdict(), nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			golden.Compare(t, filepath.Join("testdata", name+".golden"), newStatus(tc.found, tc.verdict, plan(tc.found, tc.verdict, renderValid), tc.err, noon))
		})
	}
}

// TestConditionSaysWhatPassesUnread because the shape of the declaration says so.
func TestConditionSaysWhatPassesUnread(t *testing.T) {
	d := newDeclaration()
	d.Spec.Ports[0].Shape, d.Spec.Ports[0].Inline = "", &runtime.RawExtension{Raw: []byte(`{
		"routes": [{"name": "ask", "method": "POST", "path": "/ask", "use": "turn"}, {"name": "rest", "method": "POST", "path": "/**", "use": "pass"}],
		"request": {"places": [{"at": "$", "is": "message", "author": "user"}, {"at": "$.q", "is": "opaque"}]},
		"answer": {"places": [{"at": "$", "is": "message", "author": "assistant"}, {"at": "$.a", "is": "prose"}]}}`)}
	found := observation{declaration: d}
	status := newStatus(found, allowVerdict(), plan(found, allowVerdict(), renderValid), nil, noon)
	want := " Passed on unread, as the shapes say (2): port http: POST /** (route rest: pass), port http: $.q (opaque). What passes there is not read."
	if got := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionSidecarConfigured).Message; !strings.HasSuffix(got, want) {
		t.Errorf("the message is %q, and does not end with %q", got, want)
	}
}

// TestReadySaysThatNoPodRuns: a chatbot whose pods start is ready, because nothing runs before the sidecar, but does not look as if it ran.
func TestReadySaysThatNoPodRuns(t *testing.T) {
	for want, found := range map[string]observation{
		"Services are governed. No pod is selected yet.": {declaration: newDeclaration()},
		"Services are governed. The sidecar runs in 0 of 1 selected pod. It has not started in 1: nothing else in a pod starts before it.": {
			declaration: newDeclaration(), pods: []selectedPod{{name: "a", sidecar: sidecarStarting}},
		},
	} {
		status := newStatus(found, allowVerdict(), plan(found, allowVerdict(), renderValid), nil, noon)
		if got := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReady).Message; !strings.HasSuffix(got, want) {
			t.Errorf("the message is %q, and does not end with %q", got, want)
		}
	}
}

// TestConditionSaysHowToSeeCallsOfModels, which the manager does not see.
func TestConditionSaysHowToSeeCallsOfModels(t *testing.T) {
	const want = "`kubectl chaperone observe support -n shop` shows whether the chatbot calls its models through the sidecar."
	for host, isSaid := range map[string]bool{"api.model.example": true, "": false} {
		d := newDeclaration()
		d.Spec.Processors = []v1alpha1.Processor{{Name: "vendor", Host: host}}
		found := observation{declaration: d}
		status := newStatus(found, allowVerdict(), plan(found, allowVerdict(), renderValid), nil, noon)
		if got := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionSidecarConfigured).Message; strings.Contains(got, want) != isSaid {
			t.Errorf("host %q: the message is %q", host, got)
		}
	}
}

func TestConditions(t *testing.T) {
	governed := func(pods ...selectedPod) observation {
		return observation{declaration: newDeclaration(), pods: pods}
	}
	suspendedByUser := governed()
	suspendedByUser.declaration.Spec.Suspended = true
	refused := governed()
	refused.refusals = []refusal{{replicaSet: "support-7d9", pods: 2}}
	stalled := governed()
	stalled.stalledBecause = cause{reason: v1alpha1.ReasonInvalidSelector, message: "spec.selector: no"}
	inState := func(state sidecarState) selectedPod { return selectedPod{name: "a", configHash: "h", sidecar: state} }
	around, undecided := governed(inState(sidecarRunning)), governed()
	around.services = []serviceReview{{service: "front", verdict: policy.Verdict{Outcome: policy.OutcomeDeny, Findings: []policy.Finding{newFinding(policy.ActionDeny)}}}}
	undecided.services = []serviceReview{{service: "front", verdict: undecideVerdict()}}
	leadingTo := func(target string, ports ...[]string) observation {
		var pods []selectedPod
		for _, names := range ports {
			pods = append(pods, selectedPod{name: "a", configHash: "h", sidecar: sidecarRunning, portNames: names, labels: map[string]string{"app": "support"}})
		}
		found := governed(pods...)
		found.declaration.Spec.Ports = []v1alpha1.ChatPort{{Name: "http"}}
		found.services = []serviceReview{{service: "front", verdict: allowVerdict(), selector: map[string]string{"app": "support"}, targets: []string{target}}}
		return found
	}
	outside := leadingTo("http", []string{"web"}, nil)
	outside.pods[1].sidecar, outside.pods[1].name = sidecarMissing, "early"

	tests := map[string]struct {
		found   observation
		verdict policy.Verdict
		err     error
		want    []string
	}{
		"compliant without pods: ready": {governed(), allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=True/AllGoverned",
			"ServicesGoverned=True/AllGoverned", "Ready=True/Ready"}},
		"compliant with a governed pod: ready": {governed(inState(sidecarRunning)), allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=True/AllGoverned",
			"ServicesGoverned=True/AllGoverned", "Ready=True/Ready"}},
		"warnings only: ready": {governed(), warnVerdict(), nil, []string{
			"PolicyCompliant=True/CompliantWithWarnings", "SidecarConfigured=True/Configured", "WorkloadsGoverned=True/AllGoverned",
			"ServicesGoverned=True/AllGoverned", "Ready=True/Ready"}},
		"a pod lacks the sidecar: not ready": {governed(inState(sidecarRunning), inState(sidecarMissing), inState(sidecarDiffers)), allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=False/SidecarMissing",
			"ServicesGoverned=True/AllGoverned", "Reconciling=True/SidecarMissing", "Ready=False/SidecarMissing"}},
		"a pod holds another sidecar: not ready": {governed(inState(sidecarRunning), inState(sidecarDiffers), inState(sidecarStopped)), allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=False/SidecarDiffers",
			"ServicesGoverned=True/AllGoverned", "Reconciling=True/SidecarDiffers", "Ready=False/SidecarDiffers"}},
		"a sidecar no longer runs: not ready": {governed(inState(sidecarStopped), inState(sidecarStarting)), allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=False/SidecarNotRunning",
			"ServicesGoverned=True/AllGoverned", "Reconciling=True/SidecarNotRunning", "Ready=False/SidecarNotRunning"}},
		"a port is not governed: not ready": {governed(selectedPod{name: "a", sidecar: sidecarRunning, ungovernedPorts: []string{"http"}}), allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/NetworkOpen", "WorkloadsGoverned=False/PortNotGoverned",
			"ServicesGoverned=True/AllGoverned", "Reconciling=True/PortNotGoverned", "Ready=False/PortNotGoverned"}},
		"a pod starts: ready, because nothing runs before the sidecar": {governed(inState(sidecarStarting)), allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=True/AllGoverned",
			"ServicesGoverned=True/AllGoverned", "Ready=True/Ready"}},
		"pods are refused: not ready": {refused, allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=False/PodsRefused",
			"ServicesGoverned=True/AllGoverned", "Reconciling=True/PodsRefused", "Ready=False/PodsRefused"}},
		"denied: not ready, configuration untouched": {governed(), denyVerdict(), nil, []string{
			"PolicyCompliant=False/NotCompliant", "SidecarConfigured=False/NotCompliant", "WorkloadsGoverned=True/AllGoverned",
			"ServicesGoverned=True/AllGoverned", "Stalled=True/NotCompliant", "Ready=False/NotCompliant"}},
		"quarantined: not ready, humans answer": {governed(), quarantineVerdict(), nil, []string{
			"PolicyCompliant=False/NotCompliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=True/AllGoverned",
			"ServicesGoverned=True/AllGoverned", "Suspended=True/Quarantined", "Stalled=True/NotCompliant", "Ready=False/NotCompliant"}},
		"suspended by the user: ready, humans answer": {suspendedByUser, allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=True/AllGoverned",
			"ServicesGoverned=True/AllGoverned", "Suspended=True/SuspendedByUser", "Ready=True/Ready"}},
		"undecided: unknown": {governed(), undecideVerdict(), nil, []string{
			"PolicyCompliant=Unknown/Undecided", "SidecarConfigured=Unknown/Undecided", "WorkloadsGoverned=True/AllGoverned",
			"ServicesGoverned=True/AllGoverned", "Reconciling=True/Undecided", "Ready=Unknown/Undecided"}},
		"stalled: not ready, whatever was decided": {stalled, allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=Unknown/InvalidSelector", "WorkloadsGoverned=Unknown/InvalidSelector",
			"ServicesGoverned=Unknown/InvalidSelector", "Stalled=True/InvalidSelector", "Ready=False/InvalidSelector"}},
		"a Service leads around the sidecar: not ready": {around, allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=True/AllGoverned",
			"ServicesGoverned=False/ServiceBypassesSidecar", "Reconciling=True/ServiceBypassesSidecar", "Ready=False/ServiceBypassesSidecar"}},
		"undecided about a Service: unknown": {undecided, allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=True/AllGoverned",
			"ServicesGoverned=Unknown/Undecided", "Reconciling=True/Undecided", "Ready=Unknown/Undecided"}},
		"a Service leads to a port that no pod has: not ready": {leadingTo("http", []string{"web"}, []string{}), allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=True/AllGoverned",
			"ServicesGoverned=False/ServiceLeadsNowhere", "Reconciling=True/ServiceLeadsNowhere", "Ready=False/ServiceLeadsNowhere"}},
		"a Service leads to a port that only pods whose ports are not known can have: unknown": {leadingTo("http", []string{"web"}, nil), allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=True/AllGoverned",
			"ServicesGoverned=Unknown/ServiceLeadsNowhere", "Reconciling=True/ServiceLeadsNowhere", "Ready=Unknown/ServiceLeadsNowhere"}},
		"a Service leads to a port, and only to pods without the sidecar: not ready": {outside, allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=False/SidecarMissing",
			"ServicesGoverned=Unknown/ServiceReachesUngoverned", "Reconciling=True/SidecarMissing", "Ready=False/SidecarMissing"}},
		"a Service leads to a port that one pod has: ready": {leadingTo("http", []string{"http"}, nil), allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=True/AllGoverned",
			"ServicesGoverned=True/AllGoverned", "Ready=True/Ready"}},
		"a Service leads to a port that no pod has and that is not declared: ready": {leadingTo("metrics", []string{"http"}), allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=True/AllGoverned",
			"ServicesGoverned=True/AllGoverned", "Ready=True/Ready"}},
		"a Service leads to no pod yet: ready": {leadingTo("http"), allowVerdict(), nil, []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=True/Configured", "WorkloadsGoverned=True/AllGoverned",
			"ServicesGoverned=True/AllGoverned", "Ready=True/Ready"}},
		"an object could not be written: not ready": {governed(), allowVerdict(), errors.New("forbidden"), []string{
			"PolicyCompliant=True/Compliant", "SidecarConfigured=False/ApplyFailed", "WorkloadsGoverned=True/AllGoverned",
			"ServicesGoverned=True/AllGoverned", "Reconciling=True/ApplyFailed", "Ready=False/ApplyFailed"}},
	}
	states := map[string]toolState{}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := newStatus(tc.found, tc.verdict, plan(tc.found, tc.verdict, renderValid), tc.err, noon)
			states[name] = toolState{got.ObservedGeneration, got.Conditions}
			var conditions []string
			for _, c := range got.Conditions {
				conditions = append(conditions, fmt.Sprintf("%s=%s/%s", c.Type, c.Status, c.Reason))
			}
			if diff := cmp.Diff(tc.want, conditions); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	golden.Compare(t, filepath.Join("testdata", "states.golden"), states)
}

func TestStatusOfUnchangedFactsIsUnchanged(t *testing.T) {
	found := observation{declaration: newDeclaration()}
	first := newStatus(found, allowVerdict(), plan(found, allowVerdict(), renderValid), nil, noon)
	found.declaration.Status = first
	second := newStatus(found, allowVerdict(), plan(found, allowVerdict(), renderValid), nil, noon.Add(time.Hour))
	if !equality.Semantic.DeepEqual(first, second) {
		t.Errorf("(-first +second):\n%s", cmp.Diff(first, second))
	}
}

func TestConditionsThatNoLongerHoldAreRemoved(t *testing.T) {
	found := observation{declaration: newDeclaration(), stalledBecause: cause{reason: v1alpha1.ReasonInvalidSelector, message: "no"}}
	found.declaration.Spec.Suspended = true
	found.declaration.Status = newStatus(found, allowVerdict(), plan(found, allowVerdict(), renderValid), nil, noon)
	found.stalledBecause, found.declaration.Spec.Suspended = cause{}, false

	got := newStatus(found, allowVerdict(), plan(found, allowVerdict(), renderValid), nil, noon.Add(time.Minute))
	for _, conditionType := range []string{v1alpha1.ConditionStalled, v1alpha1.ConditionSuspended} {
		if c := meta.FindStatusCondition(got.Conditions, conditionType); c != nil {
			t.Errorf("%s is still there: %+v", conditionType, c)
		}
	}
	ready := meta.FindStatusCondition(got.Conditions, v1alpha1.ConditionReady)
	if want := metav1.NewTime(noon.Add(time.Minute)); !ready.LastTransitionTime.Equal(&want) {
		t.Errorf("transition of Ready: want %s, got %s", want, ready.LastTransitionTime)
	}
}

// People read the status with kubectl, so it says in words what is required.
func TestObligationsAreInWords(t *testing.T) {
	verdict := denyVerdict()
	verdict.Obligations = &obligation.Set{}
	verdict.Obligations.Rights.ResponseDays.Merged = obligation.Merged[int]{
		Required: true, Value: 30, Sources: []legal.Source{{Code: "us-ca"}, {Code: "eu"}, {Code: "eu"}},
	}
	verdict.Obligations.Disclose.Truthful.Merged = obligation.Merged[bool]{Required: true, Value: true}
	want := []string{
		"transparency.truthful (disclose): that the chatbot never claims to be human",
		"rights.responseDays (rights; eu, us-ca): answers to requests within 30 days",
	}
	if diff := cmp.Diff(want, summarizeObligations(verdict.Obligations.Entries())); diff != "" {
		t.Errorf("obligations (-want +got):\n%s", diff)
	}
}

func TestStatusIsBounded(t *testing.T) {
	verdict := denyVerdict()
	for range 200 {
		verdict.Findings = append(verdict.Findings, newFinding(policy.ActionDeny))
	}
	var sources []legal.Source
	for i := range 300 {
		sources = append(sources, legal.Source{Code: fmt.Sprintf("jurisdiction-%d", i)})
	}
	verdict.Obligations.Disclose.Languages.Merged = obligation.Merged[[]string]{
		Required: true, Value: []string{strings.Repeat("ü", 2000)}, Sources: sources,
	}
	found := observation{declaration: newDeclaration()}
	for i := range 20 {
		found.pods = append(found.pods, selectedPod{name: fmt.Sprintf("pod-%02d", i)})
	}
	got := newStatus(found, verdict, plan(found, verdict, renderValid), nil, noon)

	if len(got.Findings) != 50 || got.FindingsTotal != 201 {
		t.Errorf("want 50 of 201 findings, got %d of %d", len(got.Findings), got.FindingsTotal)
	}
	if n := utf8.RuneCountInString(got.ObligationSummaries[0]); n != 2048 {
		t.Errorf("length of a long summary: want 2048, got %d", n)
	}
	governed := meta.FindStatusCondition(got.Conditions, v1alpha1.ConditionWorkloadsGoverned)
	if !strings.Contains(governed.Message, "pod-04, 15 more") {
		t.Errorf("message lists more than five names: %s", governed.Message)
	}
}

func TestWorkloadCounts(t *testing.T) {
	found := observation{
		declaration: newDeclaration(),
		pods: []selectedPod{
			{name: "current", configHash: "now", sidecar: sidecarRunning},
			{name: "stale", configHash: "then", sidecar: sidecarRunning},
			{name: "starting", configHash: "then", sidecar: sidecarStarting},
			{name: "stopped", configHash: "now", sidecar: sidecarStopped},
			{name: "other", configHash: "now", sidecar: sidecarDiffers},
			{name: "bare", configHash: "", sidecar: sidecarMissing},
		},
		refusals: []refusal{{pods: 2}, {pods: 1}},
		objects:  objects{configMap: newStoredConfigMap("now")},
	}
	got := newStatus(found, denyVerdict(), plan(found, denyVerdict(), renderValid), nil, noon)
	want := v1alpha1.WorkloadCounts{Governed: 6, Injected: 2, Stale: 1, Blocked: 3, Summary: "2/6"}
	if diff := cmp.Diff(want, got.Workloads); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.SidecarConfigHash != "now" {
		t.Errorf("hash of the configuration that stays: want now, got %q", got.SidecarConfigHash)
	}
}

func TestUntilNext(t *testing.T) {
	tests := map[string]struct {
		verdict  policy.Verdict
		services []serviceReview
		want     time.Duration
	}{
		"a date: midnight UTC of that day": {
			verdict: policy.Verdict{Outcome: policy.OutcomeAllow, NextEvaluation: "2026-11-24"}, want: 12*time.Hour + time.Second,
		},
		"no date: never":                  {verdict: policy.Verdict{Outcome: policy.OutcomeDeny}},
		"a date that has passed: at once": {verdict: policy.Verdict{Outcome: policy.OutcomeWarn, NextEvaluation: "2026-11-01"}, want: time.Second},
		"undecided: soon, whatever the date": {
			verdict: policy.Verdict{Outcome: policy.OutcomeUndecided, NextEvaluation: "2027-01-01"}, want: time.Minute,
		},
		"undecided about a Service: soon": {
			verdict: policy.Verdict{Outcome: policy.OutcomeAllow}, services: []serviceReview{{verdict: undecideVerdict()}}, want: time.Minute,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := computeRequeueAfter(observation{services: tc.services}, tc.verdict, time.Time{}, noon); got != tc.want {
				t.Errorf("want %s, got %s", tc.want, got)
			}
		})
	}
}

// A sidecar goes on with the step before until the kubelet renews its file, so the condition says how long that takes, and of which pods.
func TestConditionSaysWhichPodsAreStale(t *testing.T) {
	for n, want := range map[int]string{
		1: "The sidecar runs in 1 of 1 selected pod. Stale, because 1 of them has started with an earlier configuration: pod-0. Nothing has to be done: " +
			"the manager sends the current one, and a sidecar that it cannot reach executes it once the kubelet has renewed its volume, usually within 120 seconds. " +
			"If the count stays, restart the workload.",
		2: "Stale, because 2 of them have started with an earlier configuration: pod-0, pod-1. Nothing",
		6: "Stale, because 6 of them have started with an earlier configuration. Nothing",
	} {
		found := observation{declaration: newDeclaration()}
		for i := range n {
			found.pods = append(found.pods, selectedPod{name: fmt.Sprintf("pod-%d", i), configHash: "earlier", sidecar: sidecarRunning})
		}
		status := newStatus(found, allowVerdict(), plan(found, allowVerdict(), renderValid), nil, noon)
		if got := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionWorkloadsGoverned).Message; !strings.Contains(got, want) {
			t.Errorf("%q does not contain %q", got, want)
		}
	}
}

// Where sidecars cannot be asked, the count of stale pods stays after each change: that asks for no restart.
func TestConditionAsksForNoRestartOfSilentSidecars(t *testing.T) {
	const started = "The sidecar runs in 3 of 3 selected pods. It does not answer the manager in 2: pod-0, pod-1. Only the node"
	silent := func(name string) selectedPod {
		return selectedPod{name: name, configHash: "earlier", sidecar: sidecarRunning, isSilent: true}
	}
	const stale = " Of these, 2 started with an earlier configuration and count as stale until they answer. They need no restart: kubelets renew their volumes, usually within 120 seconds."
	for hash, restart := range map[string]string{"": "", "earlier": " Stale, because 1 of them has started with an earlier configuration: pod-2. Nothing"} {
		found := observation{declaration: newDeclaration(), pods: []selectedPod{silent("pod-0"), silent("pod-1"), {name: "pod-2", sidecar: sidecarRunning, configHash: hash}}}
		expected := expectation{}
		got := explainRunning(found, countWorkloads(found, expected), expected)
		if !strings.HasPrefix(got, started) || !strings.Contains(got, stale+restart) || strings.Contains(got, "restart the workload") != (restart != "") {
			t.Errorf("%q: %s", hash, got)
		}
	}
}

// signed returns a declaration with a port whose messages a Secret signs.
func signed() *v1alpha1.ChatbotDeployment {
	d := newDeclaration()
	d.Spec.Ports[0].Signature = &v1alpha1.PortSignature{SecretKeyRef: v1alpha1.SecretKey{Name: "slack", Key: "signing-secret"}}
	return d
}

// The kubelet waits for a Secret that is missing without a reason in the status of the pod, so a pod that is late is told, with the Secret.
func TestConditionNamesTheSecretOfPodsThatDoNotStart(t *testing.T) {
	const key = `the key "signing-secret" of Secret "slack" (spec.ports[0].signature.secretKeyRef)`
	late := selectedPod{name: "late", sidecar: sidecarStarting, preparingSince: noon.Add(-startPatience)}
	early := selectedPod{name: "early", sidecar: sidecarStarting, preparingSince: noon.Add(-startPatience + time.Second)}
	for name, tc := range map[string]struct {
		declaration *v1alpha1.ChatbotDeployment
		pod         selectedPod
		status      metav1.ConditionStatus
		reason      string
		message     string
	}{
		"a pod that is late": {signed(), late, metav1.ConditionFalse, v1alpha1.ReasonSidecarNotStarting,
			"The sidecar does not start in 1 of 1 selected pod, and nothing in a pod starts before it: late. `kubectl describe pod late -n shop` says why, at its end. " +
				"The sidecar needs " + key + ". Create what is missing; the pods then start by themselves."},
		"a pod that has just come": {signed(), early, metav1.ConditionTrue, v1alpha1.ReasonAllGoverned,
			"The sidecar runs in 0 of 1 selected pod. It has not started in 1: nothing else in a pod starts before it."},
		"a sidecar that cannot be created": {newDeclaration(), selectedPod{name: "a", sidecar: sidecarStarting, cannotCreate: true}, metav1.ConditionFalse, v1alpha1.ReasonSidecarNotStarting,
			"The sidecar does not start in 1 of 1 selected pod, and nothing in a pod starts before it: a. `kubectl describe pod a -n shop` says why, at its end. " +
				"It can be an image that cannot be pulled, or a volume that cannot be mounted."},
		"a sidecar that runs in a pod that a kubelet prepares again": {signed(), selectedPod{name: "a", sidecar: sidecarRunning, preparingSince: noon.Add(-time.Hour)},
			metav1.ConditionTrue, v1alpha1.ReasonAllGoverned, "The sidecar runs in 1 of 1 selected pod."},
		"a sidecar that does not answer": {newDeclaration(), selectedPod{name: "a", sidecar: sidecarRunning, isSilent: true},
			metav1.ConditionTrue, v1alpha1.ReasonAllGoverned, "The sidecar runs in 1 of 1 selected pod. It does not answer the manager in 1: a. Only the node says that it runs there, " +
				"and nothing says which configuration it executes. The manager asks again within half an hour. Let it reach port 23090 of the pods, through NetworkPolicies and without mutual TLS of a mesh."},
	} {
		t.Run(name, func(t *testing.T) {
			found := observation{declaration: tc.declaration, pods: []selectedPod{tc.pod}}
			status := newStatus(found, allowVerdict(), plan(found, allowVerdict(), renderValid), nil, noon)
			got := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionWorkloadsGoverned)
			if got.Status != tc.status || got.Reason != tc.reason || !strings.HasPrefix(got.Message, tc.message) {
				t.Errorf("%s/%s %s\nwant %s/%s %s", got.Status, got.Reason, got.Message, tc.status, tc.reason, tc.message)
			}
		})
	}
	// Nobody has to wait for a pod to learn what it needs.
	found := observation{declaration: signed()}
	status := newStatus(found, allowVerdict(), plan(found, allowVerdict(), renderValid), nil, noon)
	if got := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionSidecarConfigured).Message; !strings.Contains(got, "No pod starts without what the sidecar reads of Secrets: "+key) {
		t.Errorf("SidecarConfigured: %s", got)
	}
}

// No event reports that a pod is late, so the declaration is reconciled then.
func TestReconcilesWhenAPodIsLate(t *testing.T) {
	starting := func(since time.Duration) selectedPod {
		return selectedPod{sidecar: sidecarStarting, preparingSince: noon.Add(-since)}
	}
	for name, tc := range map[string]struct {
		pods []selectedPod
		next string
		want time.Duration
	}{
		"pods that start":                {[]selectedPod{starting(10 * time.Second), starting(40 * time.Second)}, "2026-11-24", 20 * time.Second},
		"without another day":            {[]selectedPod{starting(10 * time.Second)}, "", 50 * time.Second},
		"pods that are late, or run":     {[]selectedPod{starting(time.Hour), {sidecar: sidecarRunning, preparingSince: noon}}, "", 0},
		"a pod of which nothing is said": {[]selectedPod{{sidecar: sidecarStarting}}, "2026-11-24", 12*time.Hour + time.Second},
	} {
		verdict := policy.Verdict{Outcome: policy.OutcomeAllow, NextEvaluation: tc.next}
		if got := computeRequeueAfter(observation{pods: tc.pods}, verdict, time.Time{}, noon); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}
