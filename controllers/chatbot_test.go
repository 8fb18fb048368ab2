package controllers_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/test/builders"
)

const owned = "chaperone-support"

func TestCompliantDeclarationBecomesReady(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	result := w.reconcile("support")

	w.checkCondition("support", v1alpha1.ConditionReady, "True/Ready")
	if want := 36*time.Hour + time.Second; result.RequeueAfter != want {
		t.Errorf("next evaluation at midnight UTC of 2026-11-25: want %s, got %s", want, result.RequeueAfter)
	}
	d := w.read("support")
	var configMap corev1.ConfigMap
	w.get(&configMap, owned)
	data := []byte(configMap.Data["config.json"])
	config, err := sidecarconfig.Parse(data)
	if err != nil {
		t.Fatalf("sidecar would not read its configuration: %v", err)
	}
	if config.Chatbot != w.namespace+"/support" || d.Status.SidecarConfigHash != sidecarconfig.Hash(data) {
		t.Errorf("configuration of %q with hash %q", config.Chatbot, d.Status.SidecarConfigHash)
	}
	if len(configMap.OwnerReferences) != 1 || configMap.OwnerReferences[0].UID != d.UID {
		t.Errorf("owner of the ConfigMap: want %s, got %v", d.UID, configMap.OwnerReferences)
	}
	var networkPolicy networkingv1.NetworkPolicy
	w.get(&networkPolicy, owned)
	injected := metav1.LabelSelector{MatchLabels: map[string]string{v1alpha1.LabelChatbot: "support"}}
	if diff := cmp.Diff(injected, networkPolicy.Spec.PodSelector); diff != "" {
		t.Errorf("pods of the NetworkPolicy (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string(nil), w.drainEvents()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestUnchangedInputWritesNothing(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	w.reconcile("support")
	w.reconcileNamespace()
	w.drainEvents()
	versions := func() []string {
		var configMap corev1.ConfigMap
		var networkPolicy networkingv1.NetworkPolicy
		w.get(&configMap, owned)
		w.get(&networkPolicy, owned)
		return []string{w.read("support").ResourceVersion, configMap.ResourceVersion, networkPolicy.ResourceVersion, w.namespaceVersion()}
	}
	before := versions()
	for range 3 {
		w.clock.SetTime(w.clock.Now().Add(time.Hour))
		w.reconcile("support")
		w.reconcileNamespace()
	}
	if diff := cmp.Diff(before, versions()); diff != "" {
		t.Errorf("resource versions (-before +after):\n%s", diff)
	}
	if got := w.drainEvents(); len(got) != 0 {
		t.Errorf("events: want none, got %v", got)
	}
}

func TestDeniedDeclarationKeepsTheConfigurationThatComplied(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	w.reconcile("support")
	var before, after corev1.ConfigMap
	w.get(&before, owned)

	w.verdict = newDenyVerdict()
	w.verdict.Revision = "r2"
	w.reconcile("support")

	w.get(&after, owned)
	if before.ResourceVersion != after.ResourceVersion {
		t.Error("ConfigMap was written")
	}
	d := w.read("support")
	w.checkCondition("support", v1alpha1.ConditionReady, "False/NotCompliant")
	w.checkCondition("support", v1alpha1.ConditionSidecarConfigured, "False/NotCompliant")
	if d.Status.Outcome != "Deny" || d.Status.FindingsTotal != 1 || d.Status.SidecarConfigHash == "" {
		t.Errorf("status: %+v", d.Status)
	}
	if want := "spec.rights.responseDays is 90"; !strings.Contains(w.message("support", v1alpha1.ConditionReady), want) {
		t.Errorf("message does not say %q: %s", want, w.message("support", v1alpha1.ConditionReady))
	}
}

func TestKillSwitchWorksWhileDenied(t *testing.T) {
	w := newWorld(t)
	w.verdict = newDenyVerdict()
	d := w.declare("support", appLabels("support"))
	d.Spec.Suspended = true
	if err := w.client.Update(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	w.reconcile("support")
	var configMap corev1.ConfigMap
	w.get(&configMap, owned)
	config, err := sidecarconfig.Parse([]byte(configMap.Data["config.json"]))
	if err != nil || !config.Suspended {
		t.Errorf("want a suspended configuration, got %+v, %v", config, err)
	}
	w.checkCondition("support", v1alpha1.ConditionSuspended, "True/SuspendedByUser")
}

func TestDeniedFromTheStartIsNotConfigured(t *testing.T) {
	w := newWorld(t)
	w.verdict = newDenyVerdict()
	w.declare("support", appLabels("support"))
	w.reconcile("support")
	err := w.client.Get(t.Context(), w.key(owned), &corev1.ConfigMap{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("want no ConfigMap, got %v", err)
	}
}

func TestUndecidedChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	w.reconcile("support")
	var before, after corev1.ConfigMap
	w.get(&before, owned)

	w.verdict = policy.NewUndecided("r2", "2026-11-23", "evaluate: out of time")
	result := w.reconcile("support")
	w.get(&after, owned)
	if before.ResourceVersion != after.ResourceVersion {
		t.Error("ConfigMap was written")
	}
	w.checkCondition("support", v1alpha1.ConditionReady, "Unknown/Undecided")
	w.checkCondition("support", v1alpha1.ConditionPolicyCompliant, "Unknown/Undecided")
	if result.RequeueAfter != time.Minute {
		t.Errorf("try again: want 1m, got %s", result.RequeueAfter)
	}
}

func TestConfigurationThatDoesNotParseLeavesThePreviousOne(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	w.reconcile("support")
	var before, after corev1.ConfigMap
	w.get(&before, owned)

	w.render = func(d *v1alpha1.ChatbotDeployment, v policy.Verdict, own shape.Documents) (sidecarconfig.Config, error) {
		config, err := renderConfig(d, v, own)
		config.Redact = []string{"telepathy"}
		return config, err
	}
	w.reconcile("support")
	w.get(&after, owned)
	if before.ResourceVersion != after.ResourceVersion {
		t.Error("ConfigMap was written")
	}
	w.checkCondition("support", v1alpha1.ConditionSidecarConfigured, "False/RenderFailed")
	if message := w.message("support", v1alpha1.ConditionSidecarConfigured); !strings.Contains(message, "telepathy") {
		t.Errorf("message does not name the mistake: %s", message)
	}
	if got := w.read("support").Status.SidecarConfigHash; got != before.Annotations[v1alpha1.AnnotationConfigHash] {
		t.Errorf("hash of the active configuration: want %s, got %s", before.Annotations[v1alpha1.AnnotationConfigHash], got)
	}
}

func TestOverlappingSelectorsStallBoth(t *testing.T) {
	w := newWorld(t)
	w.declare("sales", appLabels("shop"))
	w.reconcile("sales")
	support := w.declare("support", map[string]string{"app": "shop", "tier": "support"})
	w.reconcile("support")
	w.reconcile("sales") // as its watch would

	for _, name := range []string{"sales", "support"} {
		w.checkCondition(name, v1alpha1.ConditionStalled, "True/OverlappingSelector")
		w.checkCondition(name, v1alpha1.ConditionReady, "False/OverlappingSelector")
		for _, both := range []string{w.namespace + "/sales", w.namespace + "/support"} {
			if message := w.message(name, v1alpha1.ConditionStalled); !strings.Contains(message, both) {
				t.Errorf("message of %s does not name %s: %s", name, both, message)
			}
		}
	}
	if err := w.client.Delete(t.Context(), support); err != nil {
		t.Fatal(err)
	}
	w.reconcile("support")
	w.reconcile("sales")
	w.checkCondition("sales", v1alpha1.ConditionStalled, "")
	w.checkCondition("sales", v1alpha1.ConditionReady, "True/Ready")
}

func TestInvalidSelectorStalls(t *testing.T) {
	w := newWorld(t)
	d := w.declare("support", appLabels("support"))
	d.Spec.Selector = metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: metav1.LabelSelectorOpIn}}}
	if err := w.client.Update(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	w.reconcile("support")
	w.checkCondition("support", v1alpha1.ConditionStalled, "True/InvalidSelector")
	if message := w.message("support", v1alpha1.ConditionStalled); !strings.Contains(message, "spec.selector") {
		t.Errorf("message does not name the field: %s", message)
	}
}

func TestDriftIsRepairedAndTold(t *testing.T) {
	tests := map[string]func(w *world, c *corev1.ConfigMap, n *networkingv1.NetworkPolicy) error{
		"the configuration is edited": func(w *world, c *corev1.ConfigMap, _ *networkingv1.NetworkPolicy) error {
			c.Data["config.json"] = strings.Replace(c.Data["config.json"], `"redact"`, `"Redact"`, 1)
			return w.client.Update(w.t.Context(), c)
		},
		"the label is taken off": func(w *world, c *corev1.ConfigMap, _ *networkingv1.NetworkPolicy) error {
			c.Labels = nil
			return w.client.Update(w.t.Context(), c)
		},
		"the owner is taken off": func(w *world, c *corev1.ConfigMap, _ *networkingv1.NetworkPolicy) error {
			c.OwnerReferences = nil
			return w.client.Update(w.t.Context(), c)
		},
		"the ConfigMap is deleted": func(w *world, c *corev1.ConfigMap, _ *networkingv1.NetworkPolicy) error {
			return w.client.Delete(w.t.Context(), c)
		},
		"the NetworkPolicy is widened": func(w *world, _ *corev1.ConfigMap, n *networkingv1.NetworkPolicy) error {
			n.Spec.Ingress = append(n.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{})
			return w.client.Update(w.t.Context(), n)
		},
		"the NetworkPolicy is deleted": func(w *world, _ *corev1.ConfigMap, n *networkingv1.NetworkPolicy) error {
			return w.client.Delete(w.t.Context(), n)
		},
	}
	for name, tamper := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.declare("support", appLabels("support"))
			w.reconcile("support")
			w.drainEvents()
			var configMap, repairedMap corev1.ConfigMap
			var networkPolicy, repairedPolicy networkingv1.NetworkPolicy
			w.get(&configMap, owned)
			w.get(&networkPolicy, owned)
			wantData, wantSpec := configMap.DeepCopy().Data, networkPolicy.DeepCopy().Spec
			if err := tamper(w, &configMap, &networkPolicy); err != nil {
				t.Fatal(err)
			}
			w.reconcile("support")

			w.get(&repairedMap, owned)
			w.get(&repairedPolicy, owned)
			if diff := cmp.Diff(wantData, repairedMap.Data); diff != "" {
				t.Errorf("ConfigMap (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(wantSpec, repairedPolicy.Spec); diff != "" {
				t.Errorf("NetworkPolicy (-want +got):\n%s", diff)
			}
			if len(repairedMap.OwnerReferences) != 1 || repairedMap.Labels[v1alpha1.LabelChatbot] != "support" {
				t.Errorf("metadata: %+v", repairedMap.ObjectMeta)
			}
			if got := w.drainEvents(); !slices.Equal(got, []string{"Warning DriftRepaired"}) {
				t.Errorf("events: want one DriftRepaired, got %v", got)
			}
			w.checkCondition("support", v1alpha1.ConditionReady, "True/Ready")
		})
	}
}

func TestWorkloadsAreCounted(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	w.reconcile("support")
	d := w.read("support")
	hash := d.Status.SidecarConfigHash
	w.run(w.governedPod(d, "current", hash, nil))
	w.run(w.governedPod(d, "stale", "0000", nil))
	w.governedPod(d, "starting", hash, nil)
	w.run(w.governedPod(d, "foreign", hash, func(p *corev1.Pod) { p.Spec.InitContainers[0].Image = otherImage }))
	w.pod(builders.Pod(func(p *corev1.Pod) { p.Name, p.Labels = "bare", appLabels("support") }))
	w.pod(builders.Pod(func(p *corev1.Pod) { p.Name, p.Labels = "other-app", appLabels("other") }))
	w.end(w.governedPod(d, "ended", hash, nil))
	w.refusedReplicaSet("support-1", `pods "support-1-x" is forbidden: admission webhook "validate.chaperone.dev" denied the request`, 3)
	w.refusedReplicaSet("support-2", `pods "support-2-x" is forbidden: exceeded quota`, 2)
	w.reconcile("support")

	want := v1alpha1.WorkloadCounts{Governed: 5, Injected: 2, Stale: 1, Blocked: 3, Summary: "2/5"}
	if diff := cmp.Diff(want, w.read("support").Status.Workloads); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.checkCondition("support", v1alpha1.ConditionWorkloadsGoverned, "False/SidecarMissing")
	if message := w.message("support", v1alpha1.ConditionWorkloadsGoverned); !strings.Contains(message, "bare") {
		t.Errorf("message does not name the pod: %s", message)
	}
}

func TestPolicyEditThatChangesNoObligationLeavesPodsCurrent(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	w.reconcile("support")
	d := w.read("support")
	pod := w.governedPod(d, "bot", d.Status.SidecarConfigHash, nil)
	w.run(pod)
	w.reconcile("support")
	w.drainEvents()

	w.verdict.Revision = "r2"
	w.reconcile("support")

	after := w.read("support")
	want := v1alpha1.WorkloadCounts{Governed: 1, Injected: 1, Summary: "1/1"}
	if diff := cmp.Diff(want, after.Status.Workloads); diff != "" || after.Status.SidecarConfigHash != d.Status.SidecarConfigHash {
		t.Errorf("hash %s, was %s; workloads (-want +got):\n%s", after.Status.SidecarConfigHash, d.Status.SidecarConfigHash, diff)
	}
	var stored corev1.Pod
	w.get(&stored, pod.Name)
	if stored.ResourceVersion != pod.ResourceVersion {
		t.Error("the pod was written")
	}
	var configMap corev1.ConfigMap
	w.get(&configMap, owned)
	config, err := sidecarconfig.Parse([]byte(configMap.Data["config.json"]))
	if err != nil || config.Revision != "r1" || configMap.Annotations[v1alpha1.AnnotationPolicyRevision] != "r1" {
		t.Errorf("records name the revision %q, the annotation %v, want r1 (error %v)", config.Revision, configMap.Annotations, err)
	}
	if after.ResourceVersion != d.ResourceVersion && after.Status.PolicyRevision != "r1" {
		t.Errorf("the status names the revision %q, want r1", after.Status.PolicyRevision)
	}
	if got := w.drainEvents(); len(got) != 0 {
		t.Errorf("events: want none, got %v", got)
	}
}

func TestNamespaceLabelFollowsTheDeclarations(t *testing.T) {
	w := newWorld(t)
	w.reconcileNamespace()
	if w.isEnforced() {
		t.Error("enforced without a declaration")
	}
	first := w.declare("support", appLabels("support"))
	second := w.declare("sales", appLabels("sales"))
	w.reconcileNamespace()
	if !w.isEnforced() {
		t.Error("not enforced with two declarations")
	}
	if err := w.client.Delete(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	w.reconcileNamespace()
	if !w.isEnforced() {
		t.Error("not enforced with one declaration left")
	}
	if err := w.client.Delete(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	w.reconcile("sales") // gone: nothing to do, no error
	w.reconcileNamespace()
	if w.isEnforced() {
		t.Error("still enforced without a declaration")
	}
}

func appLabels(name string) map[string]string { return map[string]string{"app": name} }

func (w *world) namespaceVersion() string {
	w.t.Helper()
	var ns corev1.Namespace
	if err := w.client.Get(w.t.Context(), types.NamespacedName{Name: w.namespace}, &ns); err != nil {
		w.t.Fatal(err)
	}
	return ns.ResourceVersion
}

// otherImage is an image that is not the sidecar's.
const otherImage = "registry.example/other@sha256:0000000000000000000000000000000000000000000000000000000000000000"

// pod creates the pod in the world's namespace.
func (w *world) pod(pod *corev1.Pod) *corev1.Pod {
	w.t.Helper()
	pod.Namespace = w.namespace
	if err := w.client.Create(w.t.Context(), pod); err != nil {
		w.t.Fatal(err)
	}
	return pod
}

// governedPod creates a pod as the webhooks inject it, with the hash of a configuration, and changed after that.
func (w *world) governedPod(d *v1alpha1.ChatbotDeployment, name, hash string, change func(*corev1.Pod)) *corev1.Pod {
	w.t.Helper()
	return w.inject(builders.Pod(func(p *corev1.Pod) { p.Name, p.Labels = name, maps.Clone(d.Spec.Selector.MatchLabels) }), d, hash, change)
}

// inject creates the pod as governedPod does.
func (w *world) inject(pod *corev1.Pod, d *v1alpha1.ChatbotDeployment, hash string, change func(*corev1.Pod)) *corev1.Pod {
	w.t.Helper()
	pod, err := inject.Sidecar(pod, d, inject.WithKeys(inject.Template(d, builders.Image, hash), builders.SidecarKeys()))
	if err != nil {
		w.t.Fatal(err)
	}
	if change != nil {
		change(pod)
	}
	return w.pod(pod)
}

// run writes the status of a pod whose sidecar has started, as a kubelet does.
func (w *world) run(pod *corev1.Pod) {
	w.t.Helper()
	pod.Status.Phase = corev1.PodRunning
	pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{
		Name: contract.Sidecar, Started: ptr.To(true), State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}},
	}}
	if err := w.client.Status().Update(w.t.Context(), pod); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) end(pod *corev1.Pod) {
	w.t.Helper()
	pod.Status.Phase = corev1.PodFailed
	if err := w.client.Status().Update(w.t.Context(), pod); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) refusedReplicaSet(name, message string, replicas int32) {
	w.t.Helper()
	replicaSet := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name, Labels: appLabels("support")},
		Spec: appsv1.ReplicaSetSpec{
			Replicas: ptr.To(replicas),
			Selector: &metav1.LabelSelector{MatchLabels: appLabels("support")},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: appLabels("support")},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "bot"}}},
			},
		},
	}
	if err := w.client.Create(w.t.Context(), replicaSet); err != nil {
		w.t.Fatal(err)
	}
	replicaSet.Status.Conditions = []appsv1.ReplicaSetCondition{{
		Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate", Message: message,
	}}
	if err := w.client.Status().Update(w.t.Context(), replicaSet); err != nil {
		w.t.Fatal(err)
	}
}
