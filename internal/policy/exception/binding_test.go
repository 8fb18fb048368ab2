package exception_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
)

func declare(name, uid string, places ...v1alpha1.Code) *v1alpha1.ChatbotDeployment {
	return &v1alpha1.ChatbotDeployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(uid)},
		Spec:       v1alpha1.ChatbotDeploymentSpec{Jurisdictions: places, Sectors: []v1alpha1.Code{"retail"}},
	}
}

func TestIsFor(t *testing.T) {
	approved := &v1alpha1.PolicyException{Spec: v1alpha1.PolicyExceptionSpec{Chatbot: "support"}}
	approved.Annotations = map[string]string{v1alpha1.AnnotationApprovedFor: exception.FormatBinding(declare("support", "1", "eu", "DE"))}
	unbound := &v1alpha1.PolicyException{Spec: v1alpha1.PolicyExceptionSpec{Chatbot: "support"}}
	for name, c := range map[string]struct {
		e    *v1alpha1.PolicyException
		d    *v1alpha1.ChatbotDeployment
		want bool
	}{
		"the chatbot":                           {approved, declare("support", "1", "de", "eu"), true},
		"fewer places":                          {approved, declare("support", "1", "de"), true},
		"a further place":                       {approved, declare("support", "1", "de", "eu", "us-ca"), false},
		"another chatbot of the name":           {approved, declare("support", "2", "de", "eu"), false},
		"a chatbot in a file":                   {approved, declare("support", "", "de", "eu"), true},
		"another name":                          {approved, declare("sales", "1", "de", "eu"), false},
		"approved before there was the chatbot": {unbound, declare("support", "2", "us-ca"), true},
	} {
		if got := exception.IsFor(c.e, c.d); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
	all := []v1alpha1.PolicyException{*approved, *unbound}
	if got := exception.Select(all, declare("support", "2", "de")); len(got) != 1 || len(got[0].Annotations) != 0 {
		t.Errorf("selected %v, want the one without an annotation", got)
	}
	if got := exception.Select(all, declare("sales", "2", "de")); len(got) != 2 {
		t.Errorf("selected %v of others, want both", got)
	}
}

func TestListOtherApprovers(t *testing.T) {
	e := &v1alpha1.PolicyException{Spec: v1alpha1.PolicyExceptionSpec{
		Rules:         []v1alpha1.RuleID{"retention.transcriptMax", "security.controls"},
		NotApplicable: []v1alpha1.NotApplicable{{Dimension: "fairness.accessibility"}},
	}}
	policies := []v1alpha1.GovernancePolicy{
		{ObjectMeta: metav1.ObjectMeta{Name: "first"}, Spec: v1alpha1.GovernancePolicySpec{Approvers: []v1alpha1.Approvers{
			{Topics: []v1alpha1.RuleTopic{"retention", "fairness"}, Groups: []string{"privacy"}},
			{Rules: []v1alpha1.RuleID{"fairness.accessibility"}, Groups: []string{"design"}},
		}}},
		{ObjectMeta: metav1.ObjectMeta{Name: "second"}, Spec: v1alpha1.GovernancePolicySpec{Approvers: []v1alpha1.Approvers{
			{Topics: []v1alpha1.RuleTopic{"retention"}, Groups: []string{"records"}},
		}}},
	}
	for name, c := range map[string]struct{ groups, want []string }{
		"nobody of these": {[]string{"system:authenticated"}, []string{
			`retention.transcriptMax: users of privacy (GovernancePolicy "first")`, `retention.transcriptMax: users of records (GovernancePolicy "second")`,
			`fairness.accessibility: users of design (GovernancePolicy "first")`,
		}},
		"all of these": {[]string{"privacy", "records", "design"}, nil},
		"a rule goes before its topic": {[]string{"privacy", "records"}, []string{
			`fairness.accessibility: users of design (GovernancePolicy "first")`,
		}},
	} {
		if diff := cmp.Diff(c.want, exception.ListOtherApprovers(e, policies, c.groups)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Each field of a spec, and the binding, change the digest. A new field does too, because the whole spec is written.
func TestDigest(t *testing.T) {
	base := v1alpha1.PolicyException{Spec: v1alpha1.PolicyExceptionSpec{Chatbot: "support", Rules: []v1alpha1.RuleID{"a.b"}, Expires: "2026-12-31"}}
	want := exception.Digest(&base, "1 de")
	if len(want) != 40 || exception.Digest(base.DeepCopy(), "1 de") != want {
		t.Fatalf("digest %q, want the same 40 digits each time", want)
	}
	labelled := base.DeepCopy()
	labelled.Labels, labelled.Annotations = map[string]string{"a": "b"}, map[string]string{"a": "b"}
	if got := exception.Digest(labelled, "1 de"); got != want {
		t.Errorf("metadata change the digest: %q, want %q", got, want)
	}
	for name, change := range map[string]func(*v1alpha1.PolicyExceptionSpec){
		"chatbot": func(s *v1alpha1.PolicyExceptionSpec) { s.Chatbot = "sales" },
		"rules":   func(s *v1alpha1.PolicyExceptionSpec) { s.Rules = append(s.Rules, "c.d") },
		"notApplicable": func(s *v1alpha1.PolicyExceptionSpec) {
			s.NotApplicable = []v1alpha1.NotApplicable{{Dimension: "fairness.accessibility"}}
		},
		"reason":              func(s *v1alpha1.PolicyExceptionSpec) { s.Reason = "x" },
		"ticket":              func(s *v1alpha1.PolicyExceptionSpec) { s.Ticket = "x" },
		"compensatingControl": func(s *v1alpha1.PolicyExceptionSpec) { s.CompensatingControl = "x" },
		"expires":             func(s *v1alpha1.PolicyExceptionSpec) { s.Expires = "2027-01-01" },
		"inAdvance":           func(s *v1alpha1.PolicyExceptionSpec) { s.InAdvance = true },
	} {
		changed := base.DeepCopy()
		change(&changed.Spec)
		if exception.Digest(changed, "1 de") == want {
			t.Errorf("spec.%s does not change the digest", name)
		}
	}
	if exception.Digest(&base, "2 de") == want {
		t.Error("another chatbot does not change the digest")
	}
}

func TestSummarize(t *testing.T) {
	e := v1alpha1.PolicyException{Spec: v1alpha1.PolicyExceptionSpec{
		Chatbot: "support", Rules: []v1alpha1.RuleID{"c.d", "a.b"}, Expires: "2026-12-31", NotApplicable: []v1alpha1.NotApplicable{{Dimension: "fairness.accessibility"}},
	}}
	e.Namespace = "shop"
	for binding, want := range map[string]string{
		"1 de,retail": `waives a.b, c.d, and confirms that these do not apply: fairness.accessibility, for ChatbotDeployment "shop/support" (de, retail), until the end of 2026-12-31 (UTC)`,
		"":            `waives a.b, c.d, and confirms that these do not apply: fairness.accessibility, for every ChatbotDeployment "shop/support" that is declared from now on, until the end of 2026-12-31 (UTC)`,
	} {
		if got := exception.Summarize(&e, binding); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
