package posture

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	k8sruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newCondition(conditionType string, status metav1.ConditionStatus, reason string) metav1.Condition {
	return metav1.Condition{Type: conditionType, Status: status, Reason: reason, LastTransitionTime: metav1.NewTime(noon.Add(-time.Hour))}
}

// newChatbots returns a chatbot in order, one that is denied and stalled, one that is quarantined, and one that Chaperone has not seen.
func newChatbots() []client.Object {
	named := func(name string, s v1alpha1.ChatbotDeploymentStatus) *v1alpha1.ChatbotDeployment {
		return &v1alpha1.ChatbotDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID(name)}, Status: s}
	}
	yes, no := metav1.ConditionTrue, metav1.ConditionFalse
	return []client.Object{
		named("good", v1alpha1.ChatbotDeploymentStatus{
			Enforcement: "Deny", Outcome: "Allow", NextEvaluation: "2027-08-02", Workloads: v1alpha1.WorkloadCounts{Governed: 3, Injected: 2, Unverified: 1},
			Conditions: []metav1.Condition{newCondition("Ready", yes, "Ready"), newCondition("PolicyCompliant", yes, "Compliant"), newCondition("WorkloadsGoverned", yes, "AllGoverned")},
		}),
		named("bad", v1alpha1.ChatbotDeploymentStatus{
			Enforcement: "Deny", Outcome: "Deny", NextEvaluation: "2026-11-24", FindingsTotal: 52, Findings: []v1alpha1.StatusFinding{{Action: "deny"}, {Action: "warn"}},
			Workloads: v1alpha1.WorkloadCounts{Governed: 2, Injected: 1, Stale: 1, Blocked: 4},
			Conditions: []metav1.Condition{newCondition("PolicyCompliant", no, "NotCompliant"), newCondition("WorkloadsGoverned", no, "SidecarMissing"),
				newCondition("Stalled", yes, "NotCompliant"), newCondition("Ready", no, "NotCompliant")},
		}),
		named("silent", v1alpha1.ChatbotDeploymentStatus{
			Enforcement: "Quarantine", Outcome: "Warn", NextEvaluation: "2026-12-20",
			Conditions: []metav1.Condition{newCondition("Suspended", yes, "Quarantined"), newCondition("Ready", no, "NotCompliant")},
		}),
		named("new", v1alpha1.ChatbotDeploymentStatus{ObservedGeneration: -1}),
	}
}

// newOrganisation returns exceptions in each state, and objects of the organization in order and not.
func newOrganisation() []client.Object {
	exception := func(name, expires, approver string) *v1alpha1.PolicyException {
		e := &v1alpha1.PolicyException{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}, Spec: v1alpha1.PolicyExceptionSpec{Chatbot: "good", Expires: v1alpha1.Date(expires)}}
		if approver != "" {
			e.Annotations = map[string]string{v1alpha1.AnnotationRequestedBy: "a", v1alpha1.AnnotationApprovedBy: approver}
		}
		return e
	}
	moved := exception("moved", "2026-11-24", "b")
	moved.Annotations[v1alpha1.AnnotationApprovedFor] = "earlier "
	return []client.Object{
		moved, exception("soon", "2026-11-24", "b"), exception("later", "2027-02-01", "b"), exception("waiting", "2026-11-24", ""), exception("over", "2026-11-22", "b"),
		&v1alpha1.GovernancePolicy{ObjectMeta: metav1.ObjectMeta{Name: "house"}, Status: v1alpha1.GovernancePolicyStatus{
			Conditions: []metav1.Condition{newCondition("Ready", metav1.ConditionFalse, "NotUsable")}}},
		&v1alpha1.JurisdictionProfile{ObjectMeta: metav1.ObjectMeta{Name: "eu"}, Status: v1alpha1.JurisdictionProfileStatus{
			Conditions: []metav1.Condition{newCondition("Ready", metav1.ConditionTrue, "Ready")}}},
		&v1alpha1.ChatShape{ObjectMeta: metav1.ObjectMeta{Name: "own"}},
	}
}

func newCollector(t *testing.T, found ...client.Object) *Collector {
	t.Helper()
	scheme := k8sruntime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	// The collector only lists; the fake client does that as the cache does.
	reader := fake.NewClientBuilder().WithScheme(scheme).WithObjects(found...).Build()
	return &Collector{Client: reader, Clock: clocktesting.NewFakePassiveClock(noon)}
}

// lead makes the collector count until the returned function is called.
func lead(t *testing.T, c *Collector) context.CancelFunc {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- c.Start(ctx) }()
	for c.context() == nil {
		runtime.Gosched()
	}
	return func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// TestMetrics compares with testdata/metrics.golden, with which test/readers compares the alerts and the dashboard.
func TestMetrics(t *testing.T) {
	c := newCollector(t, append(newChatbots(), newOrganisation()...)...)
	if n := testutil.CollectAndCount(c); n != 0 {
		t.Errorf("a replica that does not lead has %d series", n)
	}
	stop := lead(t, c)
	want, err := os.Open("testdata/metrics.golden")
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close() //nolint:errcheck // It is only read.
	if err := testutil.CollectAndCompare(c, want); err != nil {
		t.Error(err)
	}
	stop()
	if n := testutil.CollectAndCount(c); n != 0 {
		t.Errorf("a replica that no longer leads has %d series", n)
	}
}

// TestChatbotsInOrderHaveNoSeries: their number is the same for 1 and for 2,000 chatbots, and a law that concerns all of them on one day makes no
// more than maxListed series.
func TestChatbotsInOrderHaveNoSeries(t *testing.T) {
	count := func(n int, next string) (all int, omitted float64) {
		found := make([]client.Object, 0, n)
		for i := range n {
			d, _ := newChatbots()[0].(*v1alpha1.ChatbotDeployment)
			d.Name, d.Status.NextEvaluation = fmt.Sprintf("bot-%04d", i), next
			found = append(found, d)
		}
		c := newCollector(t, found...)
		defer lead(t, c)()
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(c)
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			all += len(family.GetMetric())
			if family.GetName() == "chaperone_omitted_chatbots" {
				omitted = family.GetMetric()[0].GetGauge().GetValue()
			}
		}
		return all, omitted
	}
	one, _ := count(1, "2027-08-02")
	if many, _ := count(2000, "2027-08-02"); many != one {
		t.Errorf("%d series for 2,000 chatbots in order, %d for one", many, one)
	}
	if listed, more := count(2000, "2026-11-24"); listed != one+maxListed || more != 1000 {
		t.Errorf("%d series for 2,000 chatbots whose decision can change, %d for one, and %v omitted", listed, one, more)
	}
}
