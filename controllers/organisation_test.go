package controllers_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/controllers/chatbot"
	"github.com/chaperone-dev/chaperone/controllers/exception"
	"github.com/chaperone-dev/chaperone/controllers/organisation"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/sandboxtest"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/policies"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// declareWithEngine gives the world the real engine, and stores a declaration that complies, changed.
func (w *world) declareWithEngine(change func(*v1alpha1.ChatbotDeployment)) *engine.Engine {
	w.t.Helper()
	engine := newEngine(w.t)
	w.chatbot = chatbot.New(chatbot.Options{
		Client: w.client, Pods: w.client, Live: w.client, Image: builders.Image, Reviewer: newReviewer(w.t, engine), Splitter: engine, Clock: w.clock,
		Events: w.events, Render: renderConfig, Keys: builders.Keys, Ready: engine.Ready,
	})
	d := builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Namespace = w.namespace })
	if change != nil {
		change(d)
	}
	if err := w.client.Create(w.t.Context(), d); err != nil {
		w.t.Fatal(err)
	}
	return engine
}

func newEngine(t *testing.T) *engine.Engine {
	t.Helper()
	e, err := engine.New(t.Context(), policies.FS, engine.WithWorker(sandboxtest.Command(t)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func (w *world) setDay(day string) {
	w.t.Helper()
	now, err := time.Parse(time.DateOnly, day)
	if err != nil {
		w.t.Fatal(err)
	}
	w.clock.SetTime(now)
}

// rules of the findings in the status of the one declaration.
func (w *world) readRules() []string {
	var rules []string
	for _, f := range w.read("support").Status.Findings {
		rules = append(rules, f.Rule)
	}
	return rules
}

func findUpcoming(d *v1alpha1.ChatbotDeployment, rule string) (date string) {
	for _, u := range d.Status.Upcoming {
		if u.Rule == rule {
			return u.Date
		}
	}
	return ""
}

// The status says what comes, the reconciler comes back for it, and on that day the decision is another one.
func TestALawThatBegins(t *testing.T) {
	w := newWorld(t)
	w.declareWithEngine(func(d *v1alpha1.ChatbotDeployment) {
		d.Spec.Purpose.Practices = []v1alpha1.Practice{"sexual-content-to-minors"}
	})
	w.setDay("2026-12-01")
	again := w.reconcile("support").RequeueAfter
	if again != 24*time.Hour+time.Second {
		t.Errorf("looked at again after %s, want the next midnight", again)
	}
	if got := findUpcoming(w.read("support"), "prohibited.practices"); got != "2026-12-02" {
		t.Errorf("announced for %q, want 2026-12-02: %v", got, w.read("support").Status.Upcoming)
	}
	if slices.Contains(w.readRules(), "prohibited.practices") {
		t.Fatal("found before its day")
	}
	w.setDay("2026-12-02")
	w.reconcile("support")
	if !slices.Contains(w.readRules(), "prohibited.practices") {
		t.Errorf("not found on its day: %v", w.readRules())
	}
	if got := findUpcoming(w.read("support"), "prohibited.practices"); got != "" {
		t.Errorf("announced still, for %s", got)
	}
}

func TestAnAuditThatExpires(t *testing.T) {
	w := newWorld(t)
	w.declareWithEngine(func(d *v1alpha1.ChatbotDeployment) {
		d.Spec.Jurisdictions = []v1alpha1.Code{"eu"}
		d.Spec.PersonalData = &v1alpha1.PersonalData{Categories: []v1alpha1.Word{"health"}}
		d.Spec.Assessments = []v1alpha1.Assessment{{
			Type: "dpia", Reference: "https://shop.example/dpia", Completed: "2026-06-01", Expires: "2026-11-25",
		}}
	})
	w.setDay("2026-11-25")
	w.reconcile("support")
	if slices.Contains(w.readRules(), "accountability.assessments") {
		t.Fatalf("found on the last day: %v", w.readRules())
	}
	if got := findUpcoming(w.read("support"), "accountability.assessments"); got != "2026-11-26" {
		t.Errorf("announced for %q, want 2026-11-26: %v", got, w.read("support").Status.Upcoming)
	}
	w.setDay("2026-11-26")
	w.reconcile("support")
	if !slices.Contains(w.readRules(), "accountability.assessments") {
		t.Errorf("not found after it expired: %v", w.readRules())
	}
}

func TestAnExceptionThatExpires(t *testing.T) {
	w := newWorld(t)
	w.declareWithEngine(answersLate)
	w.create(newException(w.namespace))
	excepting := &exception.Reconciler{Client: w.client, Clock: w.clock}
	check := func(day, active, outcome, compliant string, again time.Duration) {
		t.Helper()
		w.setDay(day)
		w.reconcile("support")
		result, err := excepting.Reconcile(t.Context(), reconcile.Request{NamespacedName: w.key("late")})
		if err != nil {
			t.Fatal(err)
		}
		var stored v1alpha1.PolicyException
		w.get(&stored, "late")
		condition := meta.FindStatusCondition(stored.Status.Conditions, v1alpha1.ConditionActive)
		if condition == nil || string(condition.Status)+"/"+condition.Reason != active {
			t.Errorf("%s: exception is %v, want %s", day, condition, active)
		}
		if got := w.read("support").Status.Outcome; got != outcome {
			t.Errorf("%s: outcome %s, want %s", day, got, outcome)
		}
		w.checkCondition("support", v1alpha1.ConditionPolicyCompliant, compliant)
		if result.RequeueAfter != again {
			t.Errorf("%s: looked at again after %s, want %s", day, result.RequeueAfter, again)
		}
	}
	check("2026-11-24", "False/NotApproved", "Deny", "False/NotCompliant", 7*24*time.Hour+time.Second)
	var stored v1alpha1.PolicyException
	approve(w)
	check("2026-11-30", "True/Approved", "Allow", "True/CompliantByException", 24*time.Hour+time.Second)
	w.get(&stored, "late")
	for _, name := range []string{"asker", "officer"} {
		if message := stored.Status.Conditions[0].Message; strings.Contains(message, name) {
			t.Errorf("the status names a person: %s", message)
		}
	}
	if got := findUpcoming(w.read("support"), "rights.responseDays"); got != "2026-12-01" {
		t.Errorf("the end is announced for %q", got)
	}
	check("2026-12-01", "False/Expired", "Deny", "False/NotCompliant", 0)
}

func TestTheOrganisationIsAdopted(t *testing.T) {
	w := newWorld(t)
	engine := w.declareWithEngine(nil)
	engine.Await()
	elected := make(chan struct{})
	adopted := make(chan event.GenericEvent, 1)
	r := organisation.New(organisation.Options{
		Client: w.client, Engine: engine, Clock: w.clock, Wake: make(chan event.GenericEvent, 1), Adopted: adopted,
	}, elected)
	step := func() {
		t.Helper()
		if _, err := r.Reconcile(t.Context(), ctrl.Request{}); err != nil {
			t.Fatal(err)
		}
	}
	w.reconcile("support")
	w.checkCondition("support", v1alpha1.ConditionPolicyCompliant, "")
	step()
	w.reconcile("support")
	w.checkCondition("support", v1alpha1.ConditionPolicyCompliant, "True/Compliant")

	profile := &v1alpha1.JurisdictionProfile{
		ObjectMeta: metav1.ObjectMeta{Name: w.namespace},
		Spec:       profileOfTwentyDays(),
	}
	house := &v1alpha1.GovernancePolicy{
		ObjectMeta: metav1.ObjectMeta{Name: w.namespace},
		Spec: v1alpha1.GovernancePolicySpec{Floor: v1alpha1.EnforcementWarn, Modules: []v1alpha1.RegoModule{{Name: "tone", Rego: `# METADATA
# title: Tone
# description: Chatbots of the house say so.
# custom:
#   remedy: Say it.
package organisation.tone

warn contains {} if input.name == "support"
`}}},
	}
	if err := w.client.Create(t.Context(), profile); err != nil {
		t.Fatal(err)
	}
	if err := w.client.Create(t.Context(), house); err != nil {
		t.Fatal(err)
	}
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() {
		if err := errors.Join(w.client.Delete(ctx, profile), w.client.Delete(ctx, house)); err != nil {
			t.Error(err)
		}
	})
	step()
	select {
	case <-adopted:
	default:
		t.Error("no event although decisions can have changed")
	}
	w.reconcile("support")
	if diff := cmp.Diff([]string{"retention.transcriptMax", "organisation.tone"}, w.readRules()); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if len(w.policy().Status.Conditions) > 0 {
		t.Error("a replica that does not lead writes a status")
	}
	close(elected)
	step()
	got := w.policy()
	if ready := meta.FindStatusCondition(got.Status.Conditions, v1alpha1.ConditionReady); ready == nil || ready.Status != metav1.ConditionTrue {
		t.Errorf("status %v", got.Status)
	}
	if diff := cmp.Diff([]v1alpha1.RuleID{"organisation.tone"}, got.Status.Rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	before := got.ResourceVersion
	w.clock.SetTime(w.clock.Now().Add(time.Hour))
	step()
	if after := w.policy().ResourceVersion; after != before {
		t.Error("an unchanged policy is written again")
	}
	select {
	case <-adopted:
		t.Error("an event although nothing changed")
	default:
	}

	got.Spec.Modules[0].Rego = strings.Replace(got.Spec.Modules[0].Rego, `input.name == "support"`, "x > 1", 1)
	if err := w.client.Update(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	step()
	ready := meta.FindStatusCondition(w.policy().Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil || ready.Reason != v1alpha1.ReasonNotUsable || !strings.Contains(ready.Message, "tone:8: ") {
		t.Errorf("condition %v, want the compiler's message", ready)
	}
	w.reconcile("support")
	if !slices.Contains(w.readRules(), "organisation.tone") {
		t.Error("the running module is gone")
	}
}

// profileOfTwentyDays asks for more than the law of the Union does, and than the declarations of builders meet.
func profileOfTwentyDays() v1alpha1.JurisdictionProfileSpec {
	return v1alpha1.JurisdictionProfileSpec{Code: "eu", Values: []v1alpha1.ProfileValue{{
		Dimension: "retention.transcriptMax", Value: runtime.RawExtension{Raw: []byte("20")}, Reference: "House rules 4",
	}}}
}

// newException returns the exception "late" for the declaration of answersLate, requested and not approved.
func newException(namespace string) *v1alpha1.PolicyException {
	return &v1alpha1.PolicyException{
		ObjectMeta: metav1.ObjectMeta{Name: "late", Namespace: namespace, Annotations: map[string]string{v1alpha1.AnnotationRequestedBy: "asker"}},
		Spec: v1alpha1.PolicyExceptionSpec{
			Chatbot: "support", Rules: []v1alpha1.RuleID{"rights.responseDays"}, Reason: "Migration", Ticket: "T-1",
			CompensatingControl: "Deletion by hand", Expires: "2026-11-30",
		},
	}
}

// approve sets the annotation of the exception "late" that the webhooks set when a person other than the requester approves.
func approve(w *world) {
	w.t.Helper()
	var stored v1alpha1.PolicyException
	w.get(&stored, "late")
	stored.Annotations[v1alpha1.AnnotationApprovedBy] = "officer"
	if err := w.client.Update(w.t.Context(), &stored); err != nil {
		w.t.Fatal(err)
	}
}

// revoke takes the approval of the exception "late" back, as a change of its spec does.
func revoke(w *world) {
	w.t.Helper()
	var stored v1alpha1.PolicyException
	w.get(&stored, "late")
	delete(stored.Annotations, v1alpha1.AnnotationApprovedBy)
	if err := w.client.Update(w.t.Context(), &stored); err != nil {
		w.t.Fatal(err)
	}
}

// TestAReasonThatNeedsAnApproval: what a declaration says of a dimension counts once it is approved, where a policy demands that.
func TestAReasonThatNeedsAnApproval(t *testing.T) {
	w := newWorld(t)
	engine := w.declareWithEngine(func(d *v1alpha1.ChatbotDeployment) {
		answersLate(d)
		d.Spec.NotApplicable = []v1alpha1.NotApplicable{{Dimension: "rights.responseDays", Reason: "nobody can send a request"}}
	})
	check := func(outcome, compliant, text string, notApplicable int32) {
		t.Helper()
		w.reconcile("support")
		got := w.read("support").Status
		if got.Outcome != outcome || got.NotApplicableTotal != notApplicable || len(got.Findings) != 1 || !strings.Contains(got.Findings[0].Message, text) {
			t.Errorf("outcome %s, %d do not apply, findings %v; want %s, %d, and one with %q", got.Outcome, got.NotApplicableTotal, got.Findings, outcome, notApplicable, text)
		}
		w.checkCondition("support", v1alpha1.ConditionPolicyCompliant, compliant)
	}
	const counted = "It does not apply, says the declaration: nobody can send a request."
	check("Allow", "True/CompliantWithWarnings", counted, 1)

	demanding := v1alpha1.GovernancePolicy{
		ObjectMeta: metav1.ObjectMeta{Name: "house"},
		Spec:       v1alpha1.GovernancePolicySpec{NotApplicable: &v1alpha1.NotApplicableTerms{Approval: []v1alpha1.RuleID{"rights.responseDays"}}},
	}
	if faults, err := engine.Adopt(t.Context(), policy.Organisation{Policies: []v1alpha1.GovernancePolicy{demanding}}); err != nil || len(faults) > 0 {
		t.Fatal(faults, err)
	}
	const missing = "no approval is there, which GovernancePolicy house demands"
	check("Deny", "False/NotCompliant", missing, 0)

	e := newException(w.namespace)
	e.Spec.Rules, e.Spec.CompensatingControl = nil, ""
	e.Spec.NotApplicable = w.read("support").Spec.NotApplicable
	if err := w.client.Create(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	check("Deny", "False/NotCompliant", missing, 0)
	approve(w)
	check("Allow", "True/CompliantWithWarnings", counted, 1)
	revoke(w)
	check("Deny", "False/NotCompliant", missing, 0)
	approve(w)
	w.setDay("2026-12-01")
	check("Deny", "False/NotCompliant", missing, 0)
}

func (w *world) policy() *v1alpha1.GovernancePolicy {
	w.t.Helper()
	var p v1alpha1.GovernancePolicy
	if err := w.client.Get(w.t.Context(), types.NamespacedName{Name: w.namespace}, &p); err != nil {
		w.t.Fatal(err)
	}
	return &p
}
