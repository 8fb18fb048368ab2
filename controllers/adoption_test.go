package controllers_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/controllers/chatbot"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// recordingChatbot returns a reconciler that records in the namespace of the test which policy decided about all declarations.
func (w *world) recordingChatbot() *chatbot.Reconciler {
	return chatbot.New(chatbot.Options{
		Client: w.client, Pods: w.client, Live: w.client, Image: builders.Image, Reviewer: w, Splitter: w, Keys: builders.Keys, Clock: w.clock,
		Events: w.events, Render: renderConfig, Revision: func() string { return w.verdict.Revision }, Namespace: w.namespace,
	})
}

// decisionRecord returns the record, without data if there is none.
func (w *world) decisionRecord() *corev1.ConfigMap {
	w.t.Helper()
	found := &corev1.ConfigMap{}
	if err := w.client.Get(w.t.Context(), w.key(contract.DecisionRecord), found); client.IgnoreNotFound(err) != nil {
		w.t.Fatal(err)
	}
	return found
}

func TestPolicyThatChangesNothingIsRecordedOnce(t *testing.T) {
	w := newWorld(t)
	w.chatbot = w.recordingChatbot()
	names := []string{"support", "sales"}
	versions := func() map[string]string {
		found := map[string]string{}
		for _, name := range names {
			var configMap corev1.ConfigMap
			w.get(&configMap, "chaperone-"+name)
			found[name] = w.read(name).ResourceVersion + " " + configMap.ResourceVersion
		}
		return found
	}
	for _, name := range names {
		w.declare(name, appLabels(name))
	}
	for _, name := range names {
		w.reconcile(name)
	}
	before := versions()
	if got := w.decisionRecord().Data["policyRevision"]; got != "r1" {
		t.Errorf("recorded revision %q, want r1", got)
	}

	w.verdict.Revision = "r2"
	w.clock.SetTime(noon.Add(time.Hour))
	w.reconcile("support")
	if got := w.decisionRecord().Data["policyRevision"]; got != "r1" {
		t.Errorf("%q is recorded before it has decided about all declarations", got)
	}
	w.reconcile("sales")
	want := map[string]string{"policyRevision": "r2", "declarations": "2", "undecided": "0", "decidedAt": "2026-11-23T13:00:00Z"}
	recorded := w.decisionRecord()
	if diff := cmp.Diff(want, recorded.Data); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, versions()); diff != "" {
		t.Errorf("versions of the statuses and configurations (-want +got):\n%s", diff)
	}

	// A new leader finds the record and writes nothing.
	w.chatbot = w.recordingChatbot()
	w.clock.SetTime(noon.Add(2 * time.Hour))
	for _, name := range names {
		w.reconcile(name)
	}
	if got := w.decisionRecord().ResourceVersion; got != recorded.ResourceVersion {
		t.Error("the record was written again")
	}
	if diff := cmp.Diff(before, versions()); diff != "" {
		t.Errorf("versions after a restart (-want +got):\n%s", diff)
	}
}

// A policy that cannot change a decision costs no reconcile: the declaration is not enqueued, and the record says which policy decided.
func TestPolicyOfOthersEnqueuesNothing(t *testing.T) {
	w := newWorld(t)
	engine := w.declareWithEngine(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Enforcement = v1alpha1.EnforcementWarn })
	isBroken, errBroken := false, errors.New("the status cannot be written")
	writer := interceptor.NewClient(w.client, interceptor.Funcs{
		SubResourceUpdate: func(ctx context.Context, c client.Client, subresource string, object client.Object, options ...client.SubResourceUpdateOption) error {
			if isBroken {
				return errBroken
			}
			return c.SubResource(subresource).Update(ctx, object, options...)
		},
	})
	w.chatbot = chatbot.New(chatbot.Options{
		Client: writer, Pods: w.client, Live: w.client, Image: builders.Image, Reviewer: newReviewer(t, engine), Splitter: engine, Keys: builders.Keys,
		Clock: w.clock, Events: w.events, Render: renderConfig, Revision: engine.Revision, Namespace: w.namespace,
	})
	w.reconcile("support")
	before := w.read("support").ResourceVersion
	adopt := func(selected string) {
		t.Helper()
		p := v1alpha1.GovernancePolicy{ObjectMeta: metav1.ObjectMeta{Name: "house"}, Spec: v1alpha1.GovernancePolicySpec{
			NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: selected}}, Floor: v1alpha1.EnforcementDeny,
		}}
		if faults, err := engine.Adopt(t.Context(), policy.Organisation{Policies: []v1alpha1.GovernancePolicy{p}}); err != nil || len(faults) > 0 {
			t.Fatal(faults, err)
		}
	}
	// expand returns an error if a declaration is enqueued, because nothing takes it from the queue.
	expand := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := w.chatbot.Reconcile(ctx, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: w.namespace}})
		return err
	}

	adopt("other")
	if err := expand(); err != nil {
		t.Errorf("a policy of another namespace: %v", err)
	}
	if got := w.decisionRecord().Data["policyRevision"]; got != engine.Revision() {
		t.Errorf("recorded revision %q, want %q", got, engine.Revision())
	}
	if got := w.read("support").ResourceVersion; got != before {
		t.Error("the declaration was written")
	}

	adopt(w.namespace)
	if err := expand(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a policy of its namespace: %v, want it enqueued", err)
	}
	w.reconcile("support")
	if err := expand(); err != nil {
		t.Errorf("the same policy again: %v", err)
	}
	// What was written in part for another policy is not what the earlier decision led to, although that would be made again.
	isBroken = true
	adopt("other")
	if _, err := w.chatbot.Reconcile(t.Context(), reconcile.Request{NamespacedName: w.key("support")}); !errors.Is(err, errBroken) {
		t.Fatalf("reconcile without a status: %v", err)
	}
	isBroken = false
	adopt(w.namespace)
	if err := expand(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after a reconcile that failed half way: %v, want it enqueued", err)
	}
	w.reconcile("support")
	w.clock.SetTime(noon.Add(24 * time.Hour))
	if err := expand(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("on another day: %v, want it enqueued", err)
	}
}

func TestRecordCountsWhatIsUndecidedAndForgetsWhatIsGone(t *testing.T) {
	w := newWorld(t)
	w.chatbot = w.recordingChatbot()
	d := w.declare("support", appLabels("support"))
	w.declare("sales", appLabels("sales"))
	w.reconcile("sales")
	w.reconcile("support")
	w.verdict = policy.Verdict{Outcome: policy.OutcomeUndecided, Revision: "r2", AsOf: "2026-11-23", Reason: "a policy cannot be used"}
	w.reconcile("sales")
	w.delete(d)
	w.reconcile("support")
	want := map[string]string{"policyRevision": "r2", "declarations": "1", "undecided": "1", "decidedAt": "2026-11-23T12:00:00Z"}
	if diff := cmp.Diff(want, w.decisionRecord().Data); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

func TestRenewedSignatureBringsTheCurrentRevision(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	w.reconcile("support")
	w.verdict.Revision = "r2"
	w.clock.SetTime(noon.Add(4 * 24 * time.Hour))
	w.reconcile("support")
	var configMap corev1.ConfigMap
	w.get(&configMap, owned)
	config, err := sidecarconfig.Parse([]byte(configMap.Data[contract.SidecarConfigKey]))
	if err != nil || config.Revision != "r2" || configMap.Annotations[v1alpha1.AnnotationPolicyRevision] != "r2" {
		t.Errorf("the configuration names the revision %q, the annotation %v, want r2 (error %v)", config.Revision, configMap.Annotations, err)
	}
}
