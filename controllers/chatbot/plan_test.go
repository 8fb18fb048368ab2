package chatbot

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/test/golden"
)

func TestPlanLeavesObjectsAsTheyAre(t *testing.T) {
	invalid := func(d *v1alpha1.ChatbotDeployment, v policy.Verdict, own shape.Documents) (sidecarconfig.Config, error) {
		config, err := renderValid(d, v, own)
		config.Redact = []string{"no-such-detector"}
		return config, err
	}
	broken := func(*v1alpha1.ChatbotDeployment, policy.Verdict, shape.Documents) (sidecarconfig.Config, error) {
		return sidecarconfig.Config{}, errors.New("no statement in \"eo\"")
	}
	tests := map[string]struct {
		stalled     cause
		suspended   bool
		verdict     policy.Verdict
		render      Renderer
		wantReason  string
		wantMessage string
	}{
		"allowed: objects are planned":                  {verdict: allowVerdict(), render: renderValid},
		"warned: objects are planned":                   {verdict: warnVerdict(), render: renderValid},
		"quarantined: objects are planned":              {verdict: quarantineVerdict(), render: renderValid},
		"denied but suspended: the kill switch works":   {suspended: true, verdict: denyVerdict(), render: renderValid},
		"denied: running pods keep their configuration": {verdict: denyVerdict(), render: renderValid, wantReason: v1alpha1.ReasonNotCompliant, wantMessage: "denied"},
		"undecided: nothing changes":                    {verdict: undecideVerdict(), render: renderValid, wantReason: v1alpha1.ReasonUndecided, wantMessage: "no decision"},
		"undecided and suspended: nothing changes":      {suspended: true, verdict: undecideVerdict(), render: renderValid, wantReason: v1alpha1.ReasonUndecided, wantMessage: "no decision"},
		"an unknown outcome is undecided":               {verdict: policy.Verdict{Outcome: "Perhaps"}, render: renderValid, wantReason: v1alpha1.ReasonUndecided, wantMessage: "no decision"},
		"no outcome is undecided":                       {verdict: policy.Verdict{}, render: renderValid, wantReason: v1alpha1.ReasonUndecided, wantMessage: "no decision"},
		"stalled: nothing changes, whatever was decided": {
			stalled: cause{reason: v1alpha1.ReasonOverlappingSelector, message: "…"}, verdict: allowVerdict(), render: renderValid,
			wantReason: v1alpha1.ReasonOverlappingSelector, wantMessage: "spec.selector",
		},
		"a configuration that the sidecar refuses: the previous one stays": {
			verdict: allowVerdict(), render: invalid, wantReason: v1alpha1.ReasonRenderFailed, wantMessage: "no-such-detector",
		},
		"rendering fails: the previous one stays": {
			verdict: allowVerdict(), render: broken, wantReason: v1alpha1.ReasonRenderFailed, wantMessage: `no statement in "eo"`,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDeclaration()
			d.Spec.Suspended = tc.suspended
			got := plan(observation{declaration: d, stalledBecause: tc.stalled}, tc.verdict, tc.render)

			if got.pausedBecause.reason != tc.wantReason || !strings.Contains(got.pausedBecause.message, tc.wantMessage) {
				t.Errorf("pausedBecause: want %s with %q, got %+v", tc.wantReason, tc.wantMessage, got.pausedBecause)
			}
			planned := got.objects.configMap != nil && got.objects.networkPolicy != nil
			if planned != (tc.wantReason == "") {
				t.Errorf("objects planned: want %t, got %t", tc.wantReason == "", planned)
			}
		})
	}
}

func TestPlannedObjects(t *testing.T) {
	d := newDeclaration()
	d.Spec.Ports = append(d.Spec.Ports, v1alpha1.ChatPort{Name: "api", Shape: "ollama-chat"})
	got := plan(observation{declaration: d}, allowVerdict(), renderValid)
	golden.Compare(t, filepath.Join("testdata", "configmap.golden"), got.objects.configMap)
	golden.Compare(t, filepath.Join("testdata", "networkpolicy.golden"), got.objects.networkPolicy)
}

// While a pod runs whose sidecar listens on the former ports, the NetworkPolicy keeps them open; its other ports never count.
func TestPolicyKeepsFormerPortsOpen(t *testing.T) {
	pod := &corev1.Pod{Spec: corev1.PodSpec{
		InitContainers: []corev1.Container{{Name: contract.Sidecar, Ports: []corev1.ContainerPort{
			{Name: "http", ContainerPort: 15100}, {Name: "more", ContainerPort: 8080}, {Name: "chaperone-admin", ContainerPort: 15090},
		}}},
		Containers: []corev1.Container{{Name: "bot", Ports: []corev1.ContainerPort{{ContainerPort: 15101}}}},
	}}
	found := observation{declaration: newDeclaration(), pods: []selectedPod{
		{name: "a", formerPorts: findFormerPorts(pod)}, {name: "b", formerPorts: findFormerPorts(pod)}, {name: "c", formerPorts: findFormerPorts(nil)},
	}}
	var got []int32
	for _, port := range plan(found, allowVerdict(), renderValid).objects.networkPolicy.Spec.Ingress[0].Ports {
		got = append(got, port.Port.IntVal)
	}
	if diff := cmp.Diff([]int32{23100, 23090, 15090, 15100}, got); diff != "" {
		t.Errorf("open ports (-want +got):\n%s", diff)
	}
}

func TestSameSeesWhatMatters(t *testing.T) {
	want := plan(observation{declaration: newDeclaration()}, allowVerdict(), renderValid).objects

	foreign := want.configMap.DeepCopy()
	foreign.Labels["team"], foreign.Annotations["note"], foreign.Data["other"] = "shop", "x", "y"
	if !matchesConfigMap(want.configMap, foreign) {
		t.Error("what others add counted as a difference")
	}
	edited := want.configMap.DeepCopy()
	edited.Data["config.json"] += " "
	orphan := want.configMap.DeepCopy()
	orphan.OwnerReferences = nil
	if matchesConfigMap(want.configMap, edited) || matchesConfigMap(want.configMap, orphan) || matchesConfigMap(want.configMap, nil) {
		t.Error("an edited, orphaned or absent ConfigMap counted as the same")
	}
	wide := want.networkPolicy.DeepCopy()
	wide.Spec.Ingress = append(wide.Spec.Ingress, wide.Spec.Ingress[0])
	wide.Spec.Ingress[1].Ports = nil
	if matchesNetworkPolicy(want.networkPolicy, wide) {
		t.Error("a NetworkPolicy with one more rule counted as the same")
	}

	// A rollout brings another workload that keeps the objects. It is written, and nobody has changed anything.
	kept := plan(observation{declaration: newDeclaration(), keepers: []metav1.OwnerReference{{UID: "new"}}}, allowVerdict(), renderValid).objects
	if matchesConfigMap(kept.configMap, want.configMap) || matchesNetworkPolicy(kept.networkPolicy, want.networkPolicy) {
		t.Error("objects without an owner that keeps them counted as the same")
	}
	if !matchesContent(kept.configMap, want.configMap) || !matchesRules(kept.networkPolicy, want.networkPolicy) {
		t.Error("an owner that keeps objects counted as a change of another client")
	}
}

// An open port whose name leads to a governed port in some pod would be a way around the sidecar.
func TestOpenPortsAreNotWaysAroundTheSidecar(t *testing.T) {
	d := newDeclaration()
	d.Spec.OpenPorts = []v1alpha1.PortName{"management", "metrics"}
	found := observation{declaration: d, pods: []selectedPod{{name: "a", otherNames: []string{"metrics"}}}}
	ports := plan(found, allowVerdict(), renderValid).objects.networkPolicy.Spec.Ingress[0].Ports
	var got []string
	for _, p := range ports {
		got = append(got, string(*p.Protocol)+" "+p.Port.String())
	}
	if diff := cmp.Diff([]string{"TCP 23100", "TCP 23090", "TCP management"}, got); diff != "" {
		t.Errorf("open ports (-want +got):\n%s", diff)
	}
}

// What Deny closes is said before and after.
func TestConditionNamesPortsThatDenyCloses(t *testing.T) {
	d := newDeclaration()
	d.Spec.OpenPorts = []v1alpha1.PortName{"metrics"}
	found := observation{declaration: d, pods: []selectedPod{{name: "a", closedPorts: []string{"8081 (management)"}}, {name: "b", closedPorts: []string{"8081 (management)"}}}}
	for enforcement, verb := range map[string]string{"audit": "Deny would close", "warn": "Deny would close", "deny": "The NetworkPolicy closes"} {
		verdict := allowVerdict()
		verdict.Terms.Enforcement = enforcement
		status := newStatus(found, verdict, plan(found, verdict, renderValid), nil, noon)
		want := " Open besides, as spec.openPorts declares, and not read by the sidecar: metrics. " + verb + " these ports of the pods: 8081 (management). Add the name"
		if got := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionSidecarConfigured).Message; !strings.Contains(got, want) {
			t.Errorf("%s: %q does not contain %q", enforcement, got, want)
		}
	}
}
