package webhook_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
)

// An approval is of what the approver has read: the exception or its chatbot may have changed since.
func TestApprovalStatesWhatWasRead(t *testing.T) {
	binding := exception.FormatBinding(compliant(t))
	edited, longer := requested(nil), requested(nil)
	edited.Spec.Rules = append(edited.Spec.Rules, "retention.transcriptMax")
	longer.Spec.Expires = "2027-01-31"
	const unread = "an approval states the digest of what was read"
	for name, c := range map[string]struct {
		stated, user string
		mayNot       bool
		message      string
	}{
		"what is there now":                        {stated: exception.Digest(requested(nil), binding), user: "officer"},
		"any value":                                {stated: "me", user: "officer", message: unread},
		"the name of the approver":                 {stated: "officer", user: "officer", message: unread},
		"with other rules":                         {stated: exception.Digest(edited, binding), user: "officer", message: unread},
		"with another last day":                    {stated: exception.Digest(longer, binding), user: "officer", message: unread},
		"of a chatbot in other places":             {stated: exception.Digest(requested(nil), binding+",us-ca"), user: "officer", message: unread},
		"before there was the chatbot":             {stated: exception.Digest(requested(nil), ""), user: "officer", message: unread},
		"any value, by who may not approve":        {stated: "me", user: "mallory", mayNot: true, message: "you may not approve exceptions"},
		"any value, by the requester":              {stated: "me", user: "asker", message: "the requester of an exception cannot approve it"},
		"what is there now, by who may not: later": {stated: exception.Digest(requested(nil), binding), user: "mallory", mayNot: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, allowing(), compliant(t))
			s.live.allowed = !c.mayNot
			s.live.rights = nil
			request := change(t, requested(nil), requested(map[string]string{v1alpha1.AnnotationApprovedBy: c.stated}))
			request.UserInfo.Username = c.user
			response := s.ask(t, contract.PathMutateExceptions, request)
			expectRefusal(t, response, c.message)
			if c.message != unread {
				return
			}
			// The refusal says what is there now, and how to approve that.
			for _, text := range []string{exception.Summarize(requested(nil), binding), exception.FormatApproval(requested(nil), binding)} {
				if !strings.Contains(response.Result.Message, text) {
					t.Errorf("%q is missing in %q", text, response.Result.Message)
				}
			}
		})
	}
}

// Who approves gets to read what they have approved.
func TestApprovalWarnsOfWhatItMeans(t *testing.T) {
	s := serve(t, allowing(), compliant(t))
	s.live.allowed = true
	binding := exception.FormatBinding(compliant(t))
	request := change(t, requested(nil), requested(map[string]string{v1alpha1.AnnotationApprovedBy: "officer", v1alpha1.AnnotationApprovedFor: binding}))
	request.UserInfo.Username = "officer"
	response := s.ask(t, contract.PathValidateExceptions, request)
	want := "approved: it " + exception.Summarize(requested(nil), binding)
	if !response.Allowed || len(response.Warnings) != 1 || response.Warnings[0] != want {
		t.Errorf("allowed %t with warnings %q, want %q", response.Allowed, response.Warnings, want)
	}
}

// The groups of a requester are those at the request, whoever writes afterwards.
func TestGroupsOfTheRequester(t *testing.T) {
	const key = v1alpha1.AnnotationRequestedByGroups
	forged := map[string]string{key: `["forged"]`}
	edited := requested(map[string]string{key: `["shop"]`})
	edited.Spec.Reason = "another"
	for name, c := range map[string]struct {
		old, object *v1alpha1.PolicyException
		want        string
	}{
		"a request":                      {object: requested(nil), want: `["helpdesk","system:authenticated"]`},
		"a request with forged ones":     {object: requested(forged), want: `["helpdesk","system:authenticated"]`},
		"another user changes the spec":  {old: requested(map[string]string{key: `["shop"]`}), object: edited, want: `["helpdesk","system:authenticated"]`},
		"another user changes metadata":  {old: requested(map[string]string{key: `["shop"]`}), object: requested(nil), want: `["shop"]`},
		"another user forges the groups": {old: requested(map[string]string{key: `["shop"]`}), object: requested(forged), want: `["shop"]`},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, allowing(), compliant(t))
			request := creation(t, c.object)
			if c.old != nil {
				request = change(t, c.old, c.object)
			}
			request.UserInfo.Username, request.UserInfo.Groups = "asker", []string{"helpdesk", "system:authenticated"}
			response := s.ask(t, contract.PathMutateExceptions, request)
			got := maps.Clone(c.object.Annotations)
			var patches []struct{ Op, Path, Value string }
			if response.Patch != nil {
				if err := json.Unmarshal(response.Patch, &patches); err != nil {
					t.Fatal(err)
				}
			}
			for _, p := range patches {
				if p.Path == "/metadata/annotations/chaperone.dev~1requested-by-groups" {
					got[key] = p.Value
				}
			}
			if got[key] != c.want {
				t.Errorf("groups %q, want %q", got[key], c.want)
			}
			// Validation alone refuses what did not pass the mutator.
			validated := s.ask(t, contract.PathValidateExceptions, request)
			if isForged := c.object.Annotations[key] != c.want; isForged == validated.Allowed {
				t.Errorf("validation allows it: %t, forged: %t (%v)", validated.Allowed, isForged, validated.Result)
			}
		})
	}
}
