package controllers_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/controllers/exception"
	"github.com/chaperone-dev/chaperone/controllers/namespace"
	"github.com/chaperone-dev/chaperone/controllers/organisation"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// A reconcile may act on a cache that is behind. These tests put another writer between its read and its write.

// overtake returns a client through which the first status update meets an object that another client has written since.
func (w *world) overtake(overtake func()) client.Client {
	overtakes := 1
	return interceptor.NewClient(w.client, interceptor.Funcs{
		SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, object client.Object, options ...client.SubResourceUpdateOption) error {
			if overtakes > 0 {
				overtakes--
				overtake()
			}
			return c.SubResource(sub).Update(ctx, object, options...)
		},
	})
}

// touch writes an annotation of the object, as another client could.
func (w *world) touch(object client.Object, name types.NamespacedName) {
	w.t.Helper()
	if err := w.client.Get(w.t.Context(), name, object); err != nil {
		w.t.Fatal(err)
	}
	annotations := object.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations["example.com/touched"] = "yes"
	object.SetAnnotations(annotations)
	w.update(object)
}

func TestConflictOfAStatusIsRetriedWithoutAnError(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	w.create(newException(w.namespace))
	policy := &v1alpha1.GovernancePolicy{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}, Spec: v1alpha1.GovernancePolicySpec{Floor: v1alpha1.EnforcementWarn}}
	w.createForTest(policy)
	elected := make(chan struct{})
	close(elected)

	tests := map[string]struct {
		object     client.Object
		name       types.NamespacedName
		reconciler func(client.Client) reconcile.Reconciler
		conditions func() []metav1.Condition
	}{
		"ChatbotDeployment": {
			&v1alpha1.ChatbotDeployment{}, w.key("support"),
			func(c client.Client) reconcile.Reconciler { return w.chatbotThrough(c) },
			func() []metav1.Condition { return w.read("support").Status.Conditions },
		},
		"PolicyException": {
			&v1alpha1.PolicyException{}, w.key("late"),
			func(c client.Client) reconcile.Reconciler { return &exception.Reconciler{Client: c, Clock: w.clock} },
			func() []metav1.Condition {
				var e v1alpha1.PolicyException
				w.get(&e, "late")
				return e.Status.Conditions
			},
		},
		"GovernancePolicy": {
			&v1alpha1.GovernancePolicy{}, types.NamespacedName{Name: w.namespace},
			func(c client.Client) reconcile.Reconciler {
				return organisation.New(organisation.Options{
					Client: c, Engine: newEngine(t), Clock: w.clock,
					Wake: make(chan event.GenericEvent, 1), Adopted: make(chan event.GenericEvent, 1),
				}, elected)
			},
			func() []metav1.Condition { return w.policy().Status.Conditions },
		},
	}
	for kind, tc := range tests {
		t.Run(kind, func(t *testing.T) {
			r := tc.reconciler(w.overtake(func() { w.touch(tc.object, tc.name) }))
			result, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: tc.name})
			if err != nil || result.RequeueAfter != time.Second {
				t.Fatalf("conflict: want another run after 1s, got %v, %v", result, err)
			}
			if got := w.drainEvents(); len(got) != 0 {
				t.Errorf("events about a status that was not written: %v", got)
			}
			if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: tc.name}); err != nil {
				t.Fatal(err)
			}
			if len(tc.conditions()) == 0 {
				t.Error("the second run wrote no status")
			}
		})
	}
}

// A declaration that is being deleted governs as long as a finalizer keeps it; anybody who may edit it can add one.
func TestDeclarationsThatAFinalizerKeepsGoOnToGovern(t *testing.T) {
	for finalizer, isGoverned := range map[string]bool{"example.com/keep": true, metav1.FinalizerDeleteDependents: false} {
		t.Run(finalizer, func(t *testing.T) {
			w := newWorld(t)
			d := w.declare("support", appLabels("support"))
			d.Finalizers = []string{finalizer}
			w.update(d)
			w.reconcile("support")
			w.delete(d)
			var configMap corev1.ConfigMap
			w.get(&configMap, owned)
			w.delete(&configMap)
			w.verdict.Outcome, w.verdict.Revision = policy.OutcomeWarn, "r2"

			w.reconcile("support")
			err := w.client.Get(t.Context(), w.key(owned), &configMap)
			if client.IgnoreNotFound(err) != nil || (err == nil) != isGoverned {
				t.Errorf("the ConfigMap is there: %v, want %v", err == nil, isGoverned)
			}
			after := w.read("support")
			if got := after.Status.Outcome == string(policy.OutcomeWarn); got != isGoverned {
				t.Errorf("the status was written: %v, want %v", got, isGoverned)
			}
			after.Finalizers = nil
			w.update(after)
			w.reconcile("support")
		})
	}
}

func TestEnforceLabelIsRemovedOnlyAfterALookAtTheAPIServer(t *testing.T) {
	w := newWorld(t)
	d := w.declare("support", appLabels("support"))
	w.reconcileNamespace()

	behind := interceptor.NewClient(w.client, interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			if _, ok := list.(*v1alpha1.ChatbotDeploymentList); ok {
				return nil
			}
			return c.List(ctx, list, options...)
		},
	})
	unreachable := interceptor.NewClient(w.client, interceptor.Funcs{
		List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error {
			return errors.New("unreachable")
		},
	})
	request := reconcile.Request{NamespacedName: types.NamespacedName{Name: w.namespace}}
	if _, err := (&namespace.Reconciler{Client: behind, Live: w.client}).Reconcile(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if !w.isEnforced() {
		t.Fatal("the label is gone because the cache did not have the declaration")
	}
	w.delete(d)
	if _, err := (&namespace.Reconciler{Client: behind, Live: unreachable}).Reconcile(t.Context(), request); err == nil {
		t.Error("want an error while the API server cannot be asked")
	}
	if !w.isEnforced() {
		t.Error("the label is gone although the API server could not be asked")
	}
}

func TestPodsThatTheirCacheDoesNotHaveYetAreStarting(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	w.reconcile("support")
	d := w.read("support")
	w.run(w.governedPod(d, "bot", d.Status.SidecarConfigHash, nil))

	for name, tc := range map[string]struct {
		read func(*corev1.Pod) error
		want string
	}{
		"the pod":                         {func(*corev1.Pod) error { return nil }, "1/1"},
		"no pod":                          {func(p *corev1.Pod) error { return apierrors.NewNotFound(corev1.Resource("pods"), p.Name) }, "0/1"},
		"an earlier pod of the same name": {func(p *corev1.Pod) error { p.UID = "earlier"; return nil }, "0/1"},
	} {
		behind := interceptor.NewClient(w.client, interceptor.Funcs{
			Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
				if err := c.Get(ctx, key, object, options...); err != nil {
					return err
				}
				if pod, ok := object.(*corev1.Pod); ok {
					return tc.read(pod)
				}
				return nil
			},
		})
		if _, err := w.chatbotThrough(behind).Reconcile(t.Context(), ctrl.Request{NamespacedName: w.key("support")}); err != nil {
			t.Fatal(err)
		}
		if got := w.read("support").Status.Workloads.Summary; got != tc.want {
			t.Errorf("the cache has %s: want %s, got %s", name, tc.want, got)
		}
		w.checkCondition("support", v1alpha1.ConditionWorkloadsGoverned, "True/AllGoverned")
	}
}

// A status that is equal to the one of before, which the cache still has, is written all the same.
func TestStatusThatTurnsBackBeforeTheCacheIsThere(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	w.reconcile("support")
	before := w.read("support")
	isBehind := false
	r := w.chatbotThrough(interceptor.NewClient(w.client, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, name client.ObjectKey, object client.Object, options ...client.GetOption) error {
			if d, ok := object.(*v1alpha1.ChatbotDeployment); ok && isBehind {
				before.DeepCopyInto(d)
				return nil
			}
			return c.Get(ctx, name, object, options...)
		},
	}))
	reconcileTo := func(verdict policy.Verdict) ctrl.Result {
		t.Helper()
		w.verdict = verdict
		result, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: w.key("support")})
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	allowed, denied := w.verdict, w.verdict
	denied.Outcome, denied.Compliant = policy.OutcomeDeny, false
	reconcileTo(denied)
	if got := w.read("support").Status.Outcome; got != "Deny" {
		t.Fatalf("the outcome is %s", got)
	}
	isBehind = true
	if result := reconcileTo(allowed); result.RequeueAfter != time.Second {
		t.Errorf("with the cache behind: want another run after 1s, got %v", result)
	}
	isBehind = false
	reconcileTo(allowed)
	if got := w.read("support").Status.Outcome; got != "Allow" {
		t.Errorf("the outcome is %s", got)
	}
}

// An API server that is restored from a backup gives lower resource versions than before. The cache is not taken to be behind for ever.
func TestStatusAfterAPIServerIsRestored(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	isRestored, writes := false, 0
	r := w.chatbotThrough(interceptor.NewClient(w.client, interceptor.Funcs{
		SubResourceUpdate: func(ctx context.Context, c client.Client, name string, object client.Object, options ...client.SubResourceUpdateOption) error {
			writes++
			err := c.SubResource(name).Update(ctx, object, options...)
			if !isRestored {
				object.SetResourceVersion("1000000000000")
			}
			return err
		},
	}))
	for _, step := range []struct {
		after    time.Duration
		restored bool
		again    bool
		writes   int
	}{
		{after: 0, writes: 1},
		{after: 30 * time.Second, restored: true, again: true, writes: 1},
		{after: 61 * time.Second, restored: true, writes: 2},
		{after: 62 * time.Second, restored: true, writes: 2},
	} {
		isRestored = step.restored
		w.clock.SetTime(noon.Add(step.after))
		result, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: w.key("support")})
		if err != nil {
			t.Fatal(err)
		}
		if again := result.RequeueAfter == time.Second; again != step.again || writes != step.writes {
			t.Errorf("after %s: again %v, %d writes: want %v, %d", step.after, again, writes, step.again, step.writes)
		}
	}
}

// A conflict that does not end is not only waited for: the status says after a minute that the objects cannot be written.
func TestConflictOfAnObjectThatDoesNotEndIsReported(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	isBehind := true
	r := w.chatbotThrough(interceptor.NewClient(w.client, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, object client.Object, options ...client.CreateOption) error {
			if _, ok := object.(*corev1.ConfigMap); ok && isBehind {
				return apierrors.NewConflict(corev1.Resource("configmaps"), object.GetName(), errors.New("the cache is behind"))
			}
			return c.Create(ctx, object, options...)
		},
	}))
	for _, step := range []struct {
		after   time.Duration
		behind  bool
		again   bool
		failed  bool
		written string
	}{
		{after: 0, behind: true, again: true},
		{after: 59 * time.Second, behind: true, again: true},
		{after: 60 * time.Second, behind: true, failed: true, written: "False/ApplyFailed"},
		{after: 61 * time.Second, written: "True/Configured"},
		// The next one is waited for again.
		{after: 62 * time.Second, behind: true, again: true, written: "True/Configured"},
	} {
		isBehind = step.behind
		w.clock.SetTime(noon.Add(step.after))
		if step.after == 62*time.Second {
			w.delete(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "chaperone-support"}})
		}
		result, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: w.key("support")})
		if again := result.RequeueAfter == time.Second; again != step.again || (err != nil) != step.failed {
			t.Errorf("after %s: again %v, error %v: want %v, %v", step.after, again, err, step.again, step.failed)
		}
		if got := w.condition("support", v1alpha1.ConditionSidecarConfigured); got != step.written {
			t.Errorf("after %s: the status says %q, want %q", step.after, got, step.written)
		}
	}
}

// What a write of a status does not have of the metadata stays, and so does who owns it: caches of declarations leave most of the metadata out.
func TestStatusLeavesMetadata(t *testing.T) {
	w := newWorld(t)
	d := w.declare("support", appLabels("support"))
	d.Labels, d.Annotations = map[string]string{"example.com/team": "shop"}, map[string]string{"example.com/note": "own"}
	d.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "owner", UID: "1"}}
	d.Finalizers = []string{"example.com/own"}
	w.update(d)
	before := w.read("support")
	r := w.chatbotThrough(interceptor.NewClient(w.client, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, name client.ObjectKey, object client.Object, options ...client.GetOption) error {
			err := c.Get(ctx, name, object, options...)
			if d, ok := object.(*v1alpha1.ChatbotDeployment); ok {
				d.Labels, d.Annotations, d.OwnerReferences, d.Finalizers, d.ManagedFields = nil, nil, nil, nil, nil
			}
			return err
		},
	}))
	if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: w.key("support")}); err != nil {
		t.Fatal(err)
	}
	after := w.read("support")
	if len(after.Status.Conditions) == 0 {
		t.Fatal("no status was written")
	}
	// The status has an owner of its own.
	after.ManagedFields = slices.DeleteFunc(after.ManagedFields, func(e metav1.ManagedFieldsEntry) bool { return e.Subresource == "status" })
	before.ResourceVersion = after.ResourceVersion
	if diff := cmp.Diff(before.ObjectMeta, after.ObjectMeta); diff != "" {
		t.Errorf("the metadata has changed (-want +got):\n%s", diff)
	}
	after.Finalizers = nil
	w.update(after)
}
