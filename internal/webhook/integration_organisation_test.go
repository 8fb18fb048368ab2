package webhook_test

import (
	"context"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
)

// profile answers requests within some days in a place.
func profile(name, code string, days string, changes ...func(*v1alpha1.JurisdictionProfile)) *v1alpha1.JurisdictionProfile {
	p := &v1alpha1.JurisdictionProfile{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v1alpha1.JurisdictionProfileSpec{Code: v1alpha1.Code(code), Values: []v1alpha1.ProfileValue{{
			Dimension: "rights.responseDays", Value: runtime.RawExtension{Raw: []byte(days)}, Reference: "House rules 4",
		}}},
	}
	for _, change := range changes {
		change(p)
	}
	return p
}

func governedBy(rego string) *v1alpha1.GovernancePolicy {
	return &v1alpha1.GovernancePolicy{
		ObjectMeta: metav1.ObjectMeta{Name: "house"},
		Spec:       v1alpha1.GovernancePolicySpec{Modules: []v1alpha1.RegoModule{{Name: "tone", Rego: rego}}},
	}
}

const toneModule = `# METADATA
# title: Tone
# description: Chatbots of the house say so.
# custom:
#   remedy: Say it.
package organisation.tone

warn contains {"field": "spec.purpose"} if input.spec.purpose.description == ""
`

func organisations(t *testing.T, c client.Client) {
	const profiles, policies = "guard-profiles.chaperone.dev", "guard-policies.chaperone.dev"
	wantRefusal(t, c.Create(t.Context(), profile("a", "atlantis", "7")), profiles, `spec.code is "atlantis"`, "use one of ae, ae-adgm,")
	wantRefusal(t, c.Create(t.Context(), profile("us", "us", "7")), profiles, `spec.code is "us", which no ChatbotDeployment uses`, "in use: eu", "spec.inAdvance")
	wantRefusal(t, c.Create(t.Context(), profile("eu", "eu", `"soon"`)), profiles, "spec.values[0]", "whole number")
	wantRefusal(t, c.Create(t.Context(), profile("eu", "eu", "90", func(p *v1alpha1.JurisdictionProfile) { p.Spec.Values[0].Replaces = true })), profiles,
		"asks for less than the legal data", "spec.loosens")
	for _, good := range []*v1alpha1.JurisdictionProfile{
		profile("eu", "eu", "7"),
		profile("us", "us", "7", func(p *v1alpha1.JurisdictionProfile) { p.Spec.InAdvance = true }),
	} {
		if err := c.Create(t.Context(), good); err != nil {
			t.Fatalf("a good profile is refused: %v", err)
		}
	}
	eventually(t, "the second profile for eu is refused", func(ctx context.Context) bool {
		err := c.Create(ctx, profile("eu-too", "eu", "7"), client.DryRunAll)
		if err != nil {
			wantRefusal(t, err, profiles, `spec.code is "eu", which JurisdictionProfile "eu" already covers`)
		}
		return err != nil
	})

	wantRefusal(t, c.Create(t.Context(), governedBy("package governance.rights\n")), policies, "tone:1: package governance.rights is reserved")
	wantRefusal(t, c.Create(t.Context(), governedBy(toneModule+"deny contains x if {\n")), policies, "tone:10:")
	good := governedBy(toneModule)
	if err := c.Create(t.Context(), good); err != nil {
		t.Fatalf("a good policy is refused: %v", err)
	}
	broken := good.DeepCopy()
	broken.Spec.Modules[0].Rego = "package organisation.tone\n"
	wantRefusal(t, c.Update(t.Context(), broken), policies, "tone:1:")
	labelled := good.DeepCopy()
	labelled.Labels = map[string]string{"team": "privacy"}
	if err := c.Patch(t.Context(), labelled, client.MergeFrom(good)); err != nil {
		t.Errorf("a label is refused: %v", err)
	}
}

func exceptions(t *testing.T, c client.Client, config *rest.Config, declaration *v1alpha1.ChatbotDeployment) {
	const guard = "guard-exceptions.chaperone.dev"
	editor := []rbacv1.PolicyRule{{APIGroups: []string{"chaperone.dev"}, Resources: []string{"policyexceptions"}, Verbs: []string{"create", "get", "patch", "update"}}}
	approver := append([]rbacv1.PolicyRule{{APIGroups: []string{"chaperone.dev"}, Resources: []string{"policyexceptions"}, Verbs: []string{"approve"}}}, editor...)
	grant(t, c, "asker", approver)
	grant(t, c, "helper", editor)
	grant(t, c, "officer", approver)
	asker, helper, officer := actAs(t, c, config, "asker"), actAs(t, c, config, "helper"), actAs(t, c, config, "officer")

	ask := func(change func(*v1alpha1.PolicyException)) *v1alpha1.PolicyException {
		e := &v1alpha1.PolicyException{
			ObjectMeta: metav1.ObjectMeta{Name: "late", Namespace: "shop", Annotations: map[string]string{v1alpha1.AnnotationApprovedBy: "officer"}},
			Spec: v1alpha1.PolicyExceptionSpec{
				Chatbot: "support", Rules: []v1alpha1.RuleID{"rights.responseDays"}, Reason: "Migration", Ticket: "T-1",
				CompensatingControl: "Weekly deletion by hand", Expires: "2027-05-22",
			},
		}
		if change != nil {
			change(e)
		}
		return e
	}
	bad := map[string]struct {
		change func(*v1alpha1.PolicyException)
		want   []string
	}{
		"an unknown rule":         {func(e *v1alpha1.PolicyException) { e.Spec.Rules[0] = "retention.days" }, []string{`"retention.days" is not a rule: use one of retention.auditMax`}},
		"a rule that must hold":   {func(e *v1alpha1.PolicyException) { e.Spec.Rules[0] = "declaration.unknown_code" }, []string{"cannot be waived"}},
		"an unknown chatbot":      {func(e *v1alpha1.PolicyException) { e.Spec.Chatbot = "sales" }, []string{`spec.chatbot is "sales"`, "there are: support", "spec.inAdvance"}},
		"an expiry that is past":  {func(e *v1alpha1.PolicyException) { e.Spec.Expires = "2026-11-22" }, []string{"spec.expires is 2026-11-22, which is past: name a day from 2026-11-23 to 2027-05-22"}},
		"an expiry too far ahead": {func(e *v1alpha1.PolicyException) { e.Spec.Expires = "2027-05-23" }, []string{"more than 180 days ahead"}},
	}
	for name, tc := range bad {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, asker.Create(t.Context(), ask(tc.change), client.DryRunAll), guard, tc.want...)
		})
	}

	e := ask(nil)
	if err := asker.Create(t.Context(), e); err != nil {
		t.Fatalf("a good exception is refused: %v", err)
	}
	if e.Annotations[v1alpha1.AnnotationRequestedBy] != "asker" || e.Annotations[v1alpha1.AnnotationApprovedBy] != "" {
		t.Fatalf("requester and approver are not stamped: %v", e.Annotations)
	}
	wantRefusal(t, setApproval(t, c, asker, e), guard, "the requester of an exception cannot approve it")
	wantRefusal(t, setApproval(t, c, helper, e), guard, "you may not approve exceptions", "verb approve")
	forged := e.DeepCopy()
	forged.Annotations[v1alpha1.AnnotationRequestedBy] = "helper"
	if err := asker.Patch(t.Context(), forged, client.MergeFrom(e)); err != nil || forged.Annotations[v1alpha1.AnnotationRequestedBy] != "asker" {
		t.Errorf("the requester was changed: %v %v", forged.Annotations, err)
	}

	late := declaration.DeepCopy()
	late.Spec.Rights.ResponseDays = ptr.To[v1alpha1.Days](90)
	wantRefusal(t, c.Update(t.Context(), late, client.DryRunAll), "guard.chaperone.dev", "rights.responseDays")
	if err := setApproval(t, c, officer, e); err != nil || e.Annotations[v1alpha1.AnnotationApprovedBy] != "officer" {
		t.Fatalf("an approval is refused, or not stamped: %v %v", e.Annotations, err)
	}
	eventually(t, "the waived declaration is admitted", func(ctx context.Context) bool {
		return c.Update(ctx, late.DeepCopy(), client.DryRunAll) == nil
	})

	wider := e.DeepCopy()
	wider.Spec.Reason = "Another one"
	if err := helper.Patch(t.Context(), wider, client.MergeFrom(e)); err != nil {
		t.Fatalf("a change is refused: %v", err)
	}
	if wider.Annotations[v1alpha1.AnnotationRequestedBy] != "helper" || wider.Annotations[v1alpha1.AnnotationApprovedBy] != "" {
		t.Errorf("the change is approved, or not its author's: %v", wider.Annotations)
	}
	eventually(t, "the declaration is refused again", func(ctx context.Context) bool {
		return c.Update(ctx, late.DeepCopy(), client.DryRunAll) != nil
	})
}

// approvals asks for the approval of a reason why a dimension does not apply.
func approvals(t *testing.T, c client.Client, config *rest.Config) {
	const guard = "guard-exceptions.chaperone.dev"
	demanding := &v1alpha1.GovernancePolicy{
		ObjectMeta: metav1.ObjectMeta{Name: "approvals"},
		Spec:       v1alpha1.GovernancePolicySpec{NotApplicable: &v1alpha1.NotApplicableTerms{Approval: []v1alpha1.RuleID{"rights.days"}}},
	}
	wantRefusal(t, c.Create(t.Context(), demanding), "guard-policies.chaperone.dev",
		`spec.notApplicable.approval[0]: "rights.days" is not a dimension of the legal data: use one of rights.acknowledgeDays,`)
	demanding.Spec.NotApplicable.Approval[0] = "rights.responseDays"
	if err := c.Create(t.Context(), demanding, client.DryRunAll); err != nil {
		t.Errorf("a good policy is refused: %v", err)
	}

	asker, officer := actAs(t, c, config, "stater"), actAs(t, c, config, "officer")
	grant(t, c, "stater", []rbacv1.PolicyRule{{
		APIGroups: []string{"chaperone.dev"}, Resources: []string{"policyexceptions"}, Verbs: []string{"approve", "create", "get", "patch", "update"},
	}})
	entry := v1alpha1.NotApplicable{Dimension: "rights.responseDays", Reason: "nobody can send a request"}
	e := &v1alpha1.PolicyException{
		ObjectMeta: metav1.ObjectMeta{Name: "unasked", Namespace: "shop"},
		Spec: v1alpha1.PolicyExceptionSpec{
			Chatbot: "support", NotApplicable: []v1alpha1.NotApplicable{entry}, Reason: "No data is kept", Ticket: "T-2", Expires: "2027-05-22",
		},
	}
	unknown := e.DeepCopy()
	unknown.Spec.NotApplicable[0].Dimension = "rights.tea"
	wantRefusal(t, asker.Create(t.Context(), unknown), guard, `spec.notApplicable[0].dimension: "rights.tea" is not a dimension`)
	for want, change := range map[string]func(*v1alpha1.PolicyExceptionSpec){
		"spec must have rules or notApplicable":  func(s *v1alpha1.PolicyExceptionSpec) { s.NotApplicable = nil },
		"spec.compensatingControl must say":      func(s *v1alpha1.PolicyExceptionSpec) { s.Rules = []v1alpha1.RuleID{"rights.responseDays"} },
		"must say why in at least three words":   func(s *v1alpha1.PolicyExceptionSpec) { s.NotApplicable[0].Reason = "inapplicable" },
		"spec.notApplicable[0].reason":           func(s *v1alpha1.PolicyExceptionSpec) { s.NotApplicable[0].Reason = "no" },
		"spec.notApplicable[1]: Duplicate value": func(s *v1alpha1.PolicyExceptionSpec) { s.NotApplicable = append(s.NotApplicable, entry) },
	} {
		bad := e.DeepCopy()
		change(&bad.Spec)
		if err := asker.Create(t.Context(), bad, client.DryRunAll); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
	if err := asker.Create(t.Context(), e); err != nil {
		t.Fatalf("a good exception is refused: %v", err)
	}
	wantRefusal(t, setApproval(t, c, asker, e), guard, "the requester of an exception cannot approve it")
	if err := setApproval(t, c, officer, e); err != nil || e.Annotations[v1alpha1.AnnotationApprovedBy] != "officer" {
		t.Fatalf("an approval is refused, or not stamped: %v %v", e.Annotations, err)
	}
	other := e.DeepCopy()
	other.Spec.NotApplicable[0].Reason = "nobody may send a request"
	if err := asker.Patch(t.Context(), other, client.MergeFrom(e)); err != nil || other.Annotations[v1alpha1.AnnotationApprovedBy] != "" {
		t.Errorf("other words are refused, or still approved: %v %v", other.Annotations, err)
	}
}

// actAs returns a client of another user.
func actAs(t *testing.T, c client.Client, config *rest.Config, user string) client.Client {
	t.Helper()
	own := rest.CopyConfig(config)
	own.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: []string{"system:authenticated"}}
	acting, err := client.New(own, client.Options{Scheme: c.Scheme()})
	if err != nil {
		t.Fatal(err)
	}
	return acting
}

// setApproval approves an exception as the user, and returns the error of the API server. c reads the chatbot.
func setApproval(t *testing.T, c, user client.Client, e *v1alpha1.PolicyException) error {
	t.Helper()
	var chatbot v1alpha1.ChatbotDeployment
	if err := c.Get(t.Context(), client.ObjectKey{Namespace: e.Namespace, Name: e.Spec.Chatbot}, &chatbot); err != nil {
		t.Fatal(err)
	}
	approved := e.DeepCopy()
	metav1.SetMetaDataAnnotation(&approved.ObjectMeta, v1alpha1.AnnotationApprovedBy, exception.Digest(e, exception.FormatBinding(&chatbot)))
	err := user.Patch(t.Context(), approved, client.MergeFrom(e))
	if err == nil {
		approved.DeepCopyInto(e)
	}
	return err
}

// grant gives a user rules in the namespace.
func grant(t *testing.T, c client.Client, user string, rules []rbacv1.PolicyRule) {
	t.Helper()
	meta := metav1.ObjectMeta{Name: user, Namespace: "shop"}
	for _, object := range []client.Object{
		&rbacv1.Role{ObjectMeta: meta, Rules: rules},
		&rbacv1.RoleBinding{
			ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: user},
			Subjects: []rbacv1.Subject{{Kind: rbacv1.UserKind, Name: user}},
		},
	} {
		if err := c.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
}

func eventually(t *testing.T, what string, condition func(context.Context) bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
		return condition(ctx), nil
	})
	if err != nil {
		t.Fatalf("never: %s", what)
	}
}
