package webhook_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
)

// requested is an exception of the user asker, with these annotations besides.
func requested(annotations map[string]string) *v1alpha1.PolicyException {
	e := approvedException()
	e.TypeMeta = metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "PolicyException"}
	e.Annotations = map[string]string{v1alpha1.AnnotationRequestedBy: "asker"}
	maps.Copy(e.Annotations, annotations)
	return &e
}

// TestValidateExceptionWithoutItsMutator sends to validation what did not pass the mutator, which writes the names of the users:
// forged names are refused by validation alone.
func TestValidateExceptionWithoutItsMutator(t *testing.T) {
	// What an approval is for, which the mutator writes with it.
	approvedFor := exception.FormatBinding(compliant(t))
	approvalBy := func(user string) map[string]string {
		return map[string]string{v1alpha1.AnnotationApprovedBy: user, v1alpha1.AnnotationApprovedFor: approvedFor}
	}
	approval := approvalBy("officer")
	expired := requested(nil)
	expired.Spec.Expires = "2026-11-22"
	lastDay := requested(nil)
	lastDay.Spec.Expires = "2026-11-23"
	other := requested(nil)
	other.Spec.Reason = "another"
	with := func(e *v1alpha1.PolicyException, annotations map[string]string) *v1alpha1.PolicyException {
		changed := e.DeepCopy()
		maps.Copy(changed.Annotations, annotations)
		return changed
	}
	cases := map[string]struct {
		old, object *v1alpha1.PolicyException
		user        string
		mayApprove  bool
		message     string
	}{
		"a request":                             {object: requested(nil), user: "asker"},
		"a request in the name of another":      {object: requested(nil), user: "mallory", message: "only Chaperone writes the annotation chaperone.dev/requested-by"},
		"a request that is approved from birth": {object: requested(approval), user: "asker", mayApprove: true, message: "only Chaperone writes the annotation chaperone.dev/approved-by"},
		"a new spec that keeps its approval":    {old: requested(approval), object: with(other, approval), user: "asker", mayApprove: true, message: "only Chaperone writes the annotation chaperone.dev/approved-by"},
		"an approval":                           {old: requested(nil), object: requested(approval), user: "officer", mayApprove: true},
		"an approval in the name of another":    {old: requested(nil), object: requested(approval), user: "mallory", mayApprove: true, message: "only Chaperone writes the annotation chaperone.dev/approved-by"},
		"an approval with another requester": {
			old: requested(nil), object: with(requested(approval), map[string]string{v1alpha1.AnnotationRequestedBy: "mallory"}), user: "officer", mayApprove: true,
			message: "only Chaperone writes the annotation chaperone.dev/requested-by"},
		"an approval without the verb": {old: requested(nil), object: requested(approval), user: "officer", message: "you may not approve exceptions"},
		"an approval by the requester": {old: requested(nil), object: requested(approvalBy("asker")), user: "asker", mayApprove: true, message: "the requester of an exception cannot approve it"},
		"an approval by a service account of the namespace": {
			old: requested(nil), object: requested(approvalBy("system:serviceaccount:shop:pipeline")),
			user: "system:serviceaccount:shop:pipeline", mayApprove: true, message: "service accounts of this namespace approve nothing"},
		"an approval by a service account of another namespace": {
			old: requested(nil), object: requested(approvalBy("system:serviceaccount:shops:pipeline")),
			user: "system:serviceaccount:shops:pipeline", mayApprove: true},
		"an approval of an expired one": {old: expired, object: with(expired, approval), user: "officer", mayApprove: true, message: "spec.expires is 2026-11-22, which is past"},
		"an approval on the last day":   {old: lastDay, object: with(lastDay, approval), user: "officer", mayApprove: true},
		"an approval that does not say for which chatbot": {old: requested(nil), object: requested(map[string]string{v1alpha1.AnnotationApprovedBy: "officer"}),
			user: "officer", mayApprove: true, message: "only Chaperone writes the annotation chaperone.dev/approved-for"},
		"an approval for another chatbot": {old: requested(nil), object: with(requested(approval), map[string]string{v1alpha1.AnnotationApprovedFor: "other eu"}),
			user: "officer", mayApprove: true, message: "only Chaperone writes the annotation chaperone.dev/approved-for"},
		"an approval that takes in the chatbot of today, without the verb": {
			old: with(requested(approval), map[string]string{v1alpha1.AnnotationApprovedFor: "earlier eu"}), object: requested(approval), user: "officer",
			message: "you may not approve exceptions"},
		"an approval is removed":             {old: requested(approval), object: requested(nil), user: "asker"},
		"metadata of an approved one change": {old: requested(approval), object: with(requested(approval), map[string]string{"team": "x"}), user: "asker"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := serve(t, allowing(), compliant(t))
			s.live.allowed = c.mayApprove
			request := creation(t, c.object)
			if c.old != nil {
				request = change(t, c.old, c.object)
			}
			request.UserInfo.Username = c.user
			response := s.ask(t, contract.PathValidateExceptions, request)
			expectRefusal(t, response, c.message)
		})
	}
}

// expectRefusal wants a refusal with the message in it, or none for an empty message.
func expectRefusal(t *testing.T, response *admissionv1.AdmissionResponse, message string) {
	t.Helper()
	if response.Allowed != (message == "") {
		t.Fatalf("allowed %v, want %v: %v", response.Allowed, message == "", response.Result)
	}
	if message != "" && (response.Result.Code != http.StatusForbidden || !strings.Contains(response.Result.Message, message)) {
		t.Errorf("code %d, message %q, want 403 and %q in it", response.Result.Code, response.Result.Message, message)
	}
}

// The mutator writes what validation vouches for.
func TestMutateExceptionThenValidate(t *testing.T) {
	s := serve(t, allowing(), compliant(t))
	request := creation(t, requested(map[string]string{v1alpha1.AnnotationApprovedBy: "asker"}))
	request.UserInfo.Username = "mallory"
	response := s.ask(t, contract.PathMutateExceptions, request)
	var patches []struct{ Op, Path, Value string }
	if err := json.Unmarshal(response.Patch, &patches); err != nil {
		t.Fatal(err)
	}
	written := map[string]string{}
	for _, p := range patches {
		written[p.Op+" "+p.Path] = p.Value
	}
	want := map[string]string{
		"replace /metadata/annotations/chaperone.dev~1requested-by": "mallory",
		"remove /metadata/annotations/chaperone.dev~1approved-by":   "",
	}
	if !maps.Equal(written, want) {
		t.Errorf("patch %v, want %v", written, want)
	}
}

// TestApproversOfMatters lets two policies say who approves what: one for all chatbots, and one for chatbots of another sector.
func TestApproversOfMatters(t *testing.T) {
	rule := approvedException().Spec.Rules[0]
	policyFor := func(name, group string, sectors ...v1alpha1.Code) v1alpha1.GovernancePolicy {
		return v1alpha1.GovernancePolicy{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.GovernancePolicySpec{
			Sectors: sectors, Approvers: []v1alpha1.Approvers{{Rules: []v1alpha1.RuleID{rule}, Groups: []string{group}}},
		}}
	}
	approved := requested(map[string]string{v1alpha1.AnnotationApprovedBy: "officer", v1alpha1.AnnotationApprovedFor: exception.FormatBinding(compliant(t))})
	for name, c := range map[string]struct {
		groups  []string
		message string
	}{
		"who is in the group": {groups: []string{"privacy"}},
		"who is not":          {groups: []string{"security"}, message: "other people approve this (" + string(rule) + `: users of privacy (GovernancePolicy "all")). Have one`},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, allowing(), compliant(t))
			s.live.allowed = true
			s.stored.policies = []v1alpha1.GovernancePolicy{policyFor("all", "privacy"), policyFor("health", "doctors", "health")}
			request := change(t, requested(nil), approved)
			request.UserInfo.Username, request.UserInfo.Groups = "officer", c.groups
			expectRefusal(t, s.ask(t, contract.PathValidateExceptions, request), c.message)
		})
	}
}
