package controllers_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/controllers"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/keyring"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// patience bounds the wait for a reconcile, on a machine that does much else.
const patience = 2 * time.Minute

// TestEventsReachReconciles runs every controller against the API server and only writes what users, kubelets and other controllers
// write. Nothing calls Reconcile: each subtest fails when a watch, its predicate or its mapping loses the event.
func TestEventsReachReconciles(t *testing.T) {
	failures := startControllers(t)
	for name, test := range map[string]func(*testing.T, *world){
		"a declaration is configured, and its namespace enforced":       followsDeclaration,
		"a deleted ConfigMap and an edited NetworkPolicy are restored":  followsOwnObjects,
		"objects are lost whose declaration is gone":                    followsObjectsOfTheGone,
		"a pod outlives its workload":                                   followsOwnersOfPods,
		"a sidecar starts, and its image is replaced":                   followsPods,
		"a pod without its sidecar":                                     followsPodsWithoutSidecar,
		"pods that do not start":                                        followsPodsThatDoNotStart,
		"a ReplicaSet's pods are refused":                               followsReplicaSets,
		"a Service leads around the sidecar, and is repaired":           followsServices,
		"a Service leads to pods that no declaration governs":           followsPodsBehindServices,
		"a NetworkPolicy opens ports, and is repaired":                  followsNetworkPolicies,
		"a Service leaves the chatbot, also made again":                 followsServicesThatLeave,
		"the chatbot to which a Service was led becomes observed":       followsTheEnforcementOfOthers,
		"the approval of an exception":                                  followsApproval,
		"a declaration stops overlapping when the other one is deleted": followsDeletionOfOverlap,
		"a declaration stops overlapping when the other one is changed": followsChangeOfOverlap,
		"labels of the namespace, although declarations cannot be listed at first": func(t *testing.T, w *world) {
			followsNamespaceLabels(t, w, failures)
		},
		"a profile of the organisation": followsProfiles,
		"a shape of the organisation":   followsShapes,
	} {
		t.Run(name, func(t *testing.T) { test(t, newWorld(t)) })
	}
}

// startControllers runs what cmd/manager runs, without webhooks and certificates, until the end of the test. While the number that
// it returns is above zero, each List of declarations that the chatbot reconciler makes fails and counts it down.
func startControllers(t *testing.T) *atomic.Int64 {
	t.Helper()
	return startControllersAt(t, clocktesting.NewFakePassiveClock(noon))
}

// startControllersAt is startControllers with a clock.
func startControllersAt(t *testing.T, now clock.PassiveClock) *atomic.Int64 {
	t.Helper()
	engine := newEngine(t)
	engine.Await()
	w := newWorld(t)
	failures := &atomic.Int64{}
	mgr, err := ctrl.NewManager(cluster.Config, ctrl.Options{
		Scheme: w.client.Scheme(), Cache: controllers.CacheOptions(w.namespace), Metrics: metricsserver.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: ptr.To(true)},
		NewClient: func(c *rest.Config, o client.Options) (client.Client, error) {
			inner, err := client.NewWithWatch(c, o)
			return interceptor.NewClient(inner, interceptor.Funcs{List: failLists(failures)}), err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	keys := &keyring.Holder{}
	ring, err := builders.Keys()
	if err != nil {
		t.Fatal(err)
	}
	keys.Replace(ring)
	if err := controllers.Add(mgr, controllers.Options{
		Engine: engine, Reviewer: newReviewer(t, engine), Image: builders.Image, Clock: now, Keys: keys, Namespace: w.namespace,
	}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("manager: %v", err)
		}
	})
	return failures
}

func failLists(failures *atomic.Int64) func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error {
	return func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
		var o client.ListOptions
		o.ApplyOptions(options)
		// The namespace controller asks for one declaration; the chatbot reconciler for all of them.
		if _, ok := list.(*v1alpha1.ChatbotDeploymentList); ok && o.Limit == 0 && failures.Load() > 0 {
			failures.Add(-1)
			return errors.New("injected: no list")
		}
		return c.List(ctx, list, options...)
	}
}

func eventually(t *testing.T, check func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	t.Fatalf("after %s: %v", patience, err)
}

func (w *world) create(object client.Object) {
	w.t.Helper()
	if err := w.client.Create(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) update(object client.Object) {
	w.t.Helper()
	if err := w.client.Update(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) delete(object client.Object) {
	w.t.Helper()
	if err := w.client.Delete(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
}

// declareCompliant creates a declaration that complies, changed, and selects the pods with the label app of its name.
func (w *world) declareCompliant(name string, change func(*v1alpha1.ChatbotDeployment)) *v1alpha1.ChatbotDeployment {
	w.t.Helper()
	d := builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) {
		d.Namespace, d.Name, d.Spec.Selector.MatchLabels = w.namespace, name, appLabels(name)
	})
	if change != nil {
		change(d)
	}
	w.create(d)
	return d
}

func (w *world) awaitCondition(name, conditionType, want string) {
	w.t.Helper()
	eventually(w.t, func() error {
		if got := w.condition(name, conditionType); got != want {
			return fmt.Errorf("condition %s of %s: want %q, got %q: %s", conditionType, name, want, got, w.message(name, conditionType))
		}
		return nil
	})
}

// awaitStatus waits until a part of the status of "support" is as wanted.
func (w *world) awaitStatus(what string, read func(*v1alpha1.ChatbotDeploymentStatus) string, want string) {
	w.t.Helper()
	eventually(w.t, func() error {
		if got := read(&w.read("support").Status); got != want {
			return fmt.Errorf("%s: want %q, got %q", what, want, got)
		}
		return nil
	})
}

func (w *world) awaitCount(want string) {
	w.t.Helper()
	w.awaitStatus("status.workloads.summary", func(s *v1alpha1.ChatbotDeploymentStatus) string { return s.Workloads.Summary }, want)
}

func (w *world) awaitOutcome(want string) {
	w.t.Helper()
	w.awaitStatus("status.outcome", func(s *v1alpha1.ChatbotDeploymentStatus) string { return s.Outcome }, want)
}

func followsDeclaration(t *testing.T, w *world) {
	d := w.declareCompliant("support", nil)
	w.awaitCondition("support", v1alpha1.ConditionReady, "True/Ready")
	eventually(t, func() error {
		if !w.isEnforced() {
			return errors.New("the namespace is not enforced")
		}
		return nil
	})
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}
	patch := fmt.Sprintf(`{"metadata":{"labels":{%q:null}}}`, v1alpha1.LabelEnforce)
	if err := w.client.Patch(t.Context(), ns, client.RawPatch(types.MergePatchType, []byte(patch))); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		if !w.isEnforced() {
			return errors.New("the label that was taken off does not come back")
		}
		return nil
	})
	w.delete(d)
	eventually(t, func() error {
		if w.isEnforced() {
			return errors.New("the namespace is still enforced without a declaration")
		}
		return nil
	})
}

func followsOwnObjects(t *testing.T, w *world) {
	w.declareCompliant("support", nil)
	w.awaitCondition("support", v1alpha1.ConditionReady, "True/Ready")
	var configMap corev1.ConfigMap
	w.get(&configMap, owned)
	w.delete(&configMap)
	eventually(t, func() error { return w.client.Get(t.Context(), w.key(owned), &corev1.ConfigMap{}) })

	var networkPolicy networkingv1.NetworkPolicy
	w.get(&networkPolicy, owned)
	networkPolicy.Spec.Ingress = append(networkPolicy.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{})
	w.update(&networkPolicy)
	eventually(t, func() error {
		var stored networkingv1.NetworkPolicy
		w.get(&stored, owned)
		if n := len(stored.Spec.Ingress); n != 1 {
			return fmt.Errorf("the NetworkPolicy has %d rules", n)
		}
		return nil
	})
}

func followsPods(t *testing.T, w *world) {
	w.declareCompliant("support", nil)
	w.awaitCondition("support", v1alpha1.ConditionReady, "True/Ready")
	d := w.read("support")
	pod := w.governedPod(d, "bot", d.Status.SidecarConfigHash, nil)
	w.awaitCount("0/1")
	w.run(pod)
	w.awaitCount("1/1")
	w.awaitCondition("support", v1alpha1.ConditionWorkloadsGoverned, "True/AllGoverned")

	// A kubelet resolves a tag.
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: pod.Spec.Containers[0].Name, ImageID: "shop.example/bot@sha256:aaaa"}}
	w.run(pod)
	w.awaitStatus("images", func(status *v1alpha1.ChatbotDeploymentStatus) string { return fmt.Sprint(status.Images) },
		fmt.Sprint([]v1alpha1.RunningImage{{Container: pod.Spec.Containers[0].Name, Image: pod.Spec.Containers[0].Image, Digest: "sha256:aaaa"}}))

	// An image may change in a running pod.
	pod.Spec.InitContainers[0].Image = otherImage
	w.update(pod)
	w.awaitCondition("support", v1alpha1.ConditionWorkloadsGoverned, "False/SidecarDiffers")
	w.awaitCount("0/1")

	pod.Spec.InitContainers[0].Image = builders.Image
	w.update(pod)
	w.awaitCount("1/1")
	if err := w.client.Delete(t.Context(), pod, client.GracePeriodSeconds(0)); err != nil {
		t.Fatal(err)
	}
	w.awaitCount("0/0")
}

// followsPodsThatDoNotStart writes what a kubelet does while a volume cannot be mounted, and while an image cannot be pulled.
func followsPodsThatDoNotStart(_ *testing.T, w *world) {
	d := w.declareCompliant("support", nil)
	w.awaitCondition("support", v1alpha1.ConditionReady, "True/Ready")
	pod := w.governedPod(d, "bot", "", nil)
	w.awaitCondition("support", v1alpha1.ConditionWorkloadsGoverned, "True/AllGoverned")
	conditions := []corev1.PodCondition{{
		Type: corev1.PodReadyToStartContainers, Status: corev1.ConditionFalse, LastTransitionTime: metav1.NewTime(noon.Add(-time.Hour)),
	}}
	waiting := []corev1.ContainerStatus{{
		Name: contract.Sidecar, State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}},
	}}
	for _, status := range []corev1.PodStatus{{Conditions: conditions}, {InitContainerStatuses: waiting}} {
		status.Phase = corev1.PodPending
		pod.Status = status
		if err := w.client.Status().Update(w.t.Context(), pod); err != nil {
			w.t.Fatal(err)
		}
		w.awaitCondition("support", v1alpha1.ConditionWorkloadsGoverned, "False/SidecarNotStarting")
		pod.Status.Conditions = nil
		w.run(pod)
		w.awaitCondition("support", v1alpha1.ConditionWorkloadsGoverned, "True/AllGoverned")
	}
}

func followsPodsWithoutSidecar(_ *testing.T, w *world) {
	w.declareCompliant("support", nil)
	w.awaitCondition("support", v1alpha1.ConditionReady, "True/Ready")
	pod := w.pod(builders.Pod(func(p *corev1.Pod) { p.Name, p.Labels = "bare", appLabels("other") }))
	pod.Labels = appLabels("support")
	w.update(pod)
	w.awaitCondition("support", v1alpha1.ConditionWorkloadsGoverned, "False/SidecarMissing")
	pod.Labels = appLabels("other")
	w.update(pod)
	w.awaitCondition("support", v1alpha1.ConditionWorkloadsGoverned, "True/AllGoverned")
	pod.Labels = appLabels("support")
	w.update(pod)
	w.awaitCondition("support", v1alpha1.ConditionWorkloadsGoverned, "False/SidecarMissing")
	w.end(pod)
	w.awaitCondition("support", v1alpha1.ConditionWorkloadsGoverned, "True/AllGoverned")
}

func followsReplicaSets(_ *testing.T, w *world) {
	w.declareCompliant("support", nil)
	w.awaitCondition("support", v1alpha1.ConditionReady, "True/Ready")
	w.refusedReplicaSet("support-1", `pods "support-1-x" is forbidden: admission webhook "validate.chaperone.dev" denied the request`, 3)
	w.awaitCondition("support", v1alpha1.ConditionWorkloadsGoverned, "False/PodsRefused")
	w.delete(&appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "support-1"}})
	w.awaitCondition("support", v1alpha1.ConditionWorkloadsGoverned, "True/AllGoverned")
}

// answersLate makes a declaration that one waivable rule denies.
func answersLate(d *v1alpha1.ChatbotDeployment) {
	d.Spec.Rights.ResponseDays = ptr.To[v1alpha1.Days](90)
}

func followsApproval(t *testing.T, w *world) {
	w.declareCompliant("support", answersLate)
	w.create(newException(w.namespace))
	w.awaitOutcome("Deny")
	active := func(want string) {
		t.Helper()
		eventually(t, func() error {
			var stored v1alpha1.PolicyException
			w.get(&stored, "late")
			if c := stored.Status.Conditions; len(c) != 1 || c[0].Reason != want {
				return fmt.Errorf("conditions of the exception: want %s, got %v", want, c)
			}
			return nil
		})
	}
	active(v1alpha1.ReasonNotApproved)
	// Twice, because the label of the namespace may bring one reconcile more.
	for range 2 {
		approve(w)
		w.awaitOutcome("Allow")
		active(v1alpha1.ReasonApproved)
		revoke(w)
		w.awaitOutcome("Deny")
		active(v1alpha1.ReasonNotApproved)
	}
	approve(w)
	w.awaitOutcome("Allow")
	w.delete(newException(w.namespace))
	w.awaitOutcome("Deny")
}

// overlap creates two declarations that could select the same pod, and waits until both say so.
func (w *world) overlap() (support *v1alpha1.ChatbotDeployment) {
	w.t.Helper()
	w.declareCompliant("sales", nil)
	support = w.declareCompliant("support", func(d *v1alpha1.ChatbotDeployment) {
		d.Spec.Selector.MatchLabels = map[string]string{"app": "sales", "tier": "support"}
	})
	for _, name := range []string{"sales", "support"} {
		w.awaitCondition(name, v1alpha1.ConditionStalled, "True/OverlappingSelector")
	}
	return support
}

func followsDeletionOfOverlap(_ *testing.T, w *world) {
	w.delete(w.overlap())
	w.awaitCondition("sales", v1alpha1.ConditionReady, "True/Ready")
	w.awaitCondition("sales", v1alpha1.ConditionStalled, "")
}

func followsChangeOfOverlap(_ *testing.T, w *world) {
	w.overlap()
	support := w.read("support")
	support.Spec.Selector.MatchLabels = appLabels("support")
	w.update(support)
	for _, name := range []string{"sales", "support"} {
		w.awaitCondition(name, v1alpha1.ConditionReady, "True/Ready")
	}
}

func followsNamespaceLabels(t *testing.T, w *world, failures *atomic.Int64) {
	w.createForTest(&v1alpha1.GovernancePolicy{
		ObjectMeta: metav1.ObjectMeta{Name: w.namespace},
		Spec: v1alpha1.GovernancePolicySpec{
			Floor:             v1alpha1.EnforcementDeny,
			NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"tier": w.namespace}},
		},
	})
	w.declareCompliant("support", func(d *v1alpha1.ChatbotDeployment) {
		answersLate(d)
		d.Spec.Enforcement = v1alpha1.EnforcementAudit
	})
	w.awaitOutcome("Allow")

	failures.Store(3)
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}
	patch := fmt.Sprintf(`{"metadata":{"labels":{"tier":%q}}}`, w.namespace)
	if err := w.client.Patch(t.Context(), ns, client.RawPatch(types.MergePatchType, []byte(patch))); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		if left := failures.Load(); left != 0 {
			return fmt.Errorf("%d of 3 lists were not retried", left)
		}
		return nil
	})
	w.awaitOutcome("Deny")
}

func followsProfiles(_ *testing.T, w *world) {
	w.declareCompliant("support", nil)
	w.awaitOutcome("Allow")
	w.createForTest(&v1alpha1.JurisdictionProfile{
		ObjectMeta: metav1.ObjectMeta{Name: w.namespace},
		Spec:       profileOfTwentyDays(),
	})
	eventually(w.t, func() error {
		if found := w.readRules(); !strings.Contains(strings.Join(found, " "), "retention.transcriptMax") {
			return fmt.Errorf("findings %v", found)
		}
		return nil
	})
}

// createForTest creates an object without a namespace, and deletes it at the end of the test.
func (w *world) createForTest(object client.Object) {
	w.t.Helper()
	w.create(object)
	ctx := context.WithoutCancel(w.t.Context())
	w.t.Cleanup(func() {
		if err := w.client.Delete(ctx, object); err != nil {
			w.t.Error(err)
		}
	})
}
