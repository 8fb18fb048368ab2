package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/organisation"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
)

// checkRead refuses an approval that does not state the digest of the exception as it is now: its spec, or its chatbot, may have changed since the
// approver has read it. stamped is the exception with the annotations that it gets. A user who may not approve it is told that first.
func (v *exceptionValidator) checkRead(ctx context.Context, e, stamped *v1alpha1.PolicyException, binding string, user authenticationv1.UserInfo) *refusal {
	if e.Annotations[v1alpha1.AnnotationApprovedBy] == exception.Digest(e, binding) {
		return nil
	}
	if err := v.validateApproval(ctx, stamped, binding, user); err != nil {
		return err
	}
	return refuse(approvalUnread, exception.Summarize(e, binding), exception.FormatApproval(e, binding))
}

// formatGroups returns the value of the annotation requested-by-groups; "" for no groups.
func formatGroups(groups []string) string {
	if len(groups) == 0 {
		return ""
	}
	text, _ := json.Marshal(groups) // Texts can always be written.
	return string(text)
}

// validateApproval refuses the approval if the exception has expired, if the user requested the exception or can act as its requester, if the user
// is a service account of its namespace, or if the user does not have approveVerb on it.
func (v *exceptionValidator) validateApproval(ctx context.Context, e *v1alpha1.PolicyException, binding string, user authenticationv1.UserInfo) *refusal {
	if binding == "" && !e.Spec.InAdvance {
		return refuse(approvalOfNothing, e.Spec.Chatbot)
	}
	if exception.IsExpired(e, v.cluster.clock.Now()) {
		return refuse(approvalExpired, e.Spec.Expires)
	}
	if user.Username == e.Annotations[v1alpha1.AnnotationRequestedBy] {
		return refuse(approvalByRequester, v1alpha1.AnnotationApprovedBy)
	}
	// The roles edit and admin of Kubernetes let their users impersonate the service accounts of their namespace, and make tokens of them.
	if strings.HasPrefix(user.Username, serviceAccountPrefix+e.Namespace+":") {
		return refuse(approvalByNamespaceAccount, v1alpha1.AnnotationApprovedBy)
	}
	allowed, err := v.cluster.isAllowed(ctx, user, authorizationv1.ResourceAttributes{
		Namespace: e.Namespace, Name: e.Name, Verb: approveVerb, Resource: "policyexceptions",
	})
	if err != nil {
		return refuseUndecided(fmt.Errorf("check the verb %s on PolicyException %q: %w", approveVerb, e.Namespace+"/"+e.Name, err))
	}
	if !allowed {
		return refuse(approvalNotPermitted, e.Namespace, approveVerb, v1alpha1.GroupVersion.Group)
	}
	if err := v.cluster.checkSeparation(ctx, e, user); err != nil {
		return err
	}
	policies, err := v.listPolicies(ctx, e)
	if err != nil {
		return refuseUndecided(err)
	}
	if others := exception.ListOtherApprovers(e, policies, user.Groups); len(others) > 0 {
		return refuse(approvalByOtherGroup, strings.Join(others, "; "))
	}
	return nil
}

// listPolicies returns the policies that name approvers and apply to the chatbot of the exception; if there is no such chatbot yet, those
// for chatbots of any place and sector.
func (v *exceptionValidator) listPolicies(ctx context.Context, e *v1alpha1.PolicyException) ([]v1alpha1.GovernancePolicy, error) {
	org, err := organisation.Read(ctx, v.cluster.reader)
	if err != nil {
		return nil, err
	}
	environment, err := organisation.ReadEnvironment(ctx, v.cluster.reader, e.Namespace)
	if err != nil {
		return nil, err
	}
	declarations, err := v.cluster.listDeclarations(ctx, e.Namespace)
	if err != nil {
		return nil, err
	}
	chatbot := declarations.Find(e.Spec.Chatbot)
	var found []v1alpha1.GovernancePolicy
	for _, p := range org.Policies {
		if len(p.Spec.Approvers) > 0 && v.applies(p.Spec, environment.NamespaceLabels, chatbot) {
			found = append(found, p)
		}
	}
	return found, nil
}

// applies reports whether a policy applies to a chatbot in a namespace with the labels; nil stands for a chatbot of any place and sector. A
// selector that is invalid selects every namespace.
func (v *exceptionValidator) applies(spec v1alpha1.GovernancePolicySpec, namespaceLabels map[string]string, chatbot *v1alpha1.ChatbotDeployment) bool {
	if spec.NamespaceSelector != nil {
		if selector, err := metav1.LabelSelectorAsSelector(spec.NamespaceSelector); err == nil && !selector.Matches(labels.Set(namespaceLabels)) {
			return false
		}
	}
	if chatbot == nil {
		return true
	}
	shares := func(selected, declared []v1alpha1.Code) bool {
		codes := v.engine.WithParents(declared)
		return len(selected) == 0 || slices.ContainsFunc(selected, func(code v1alpha1.Code) bool {
			return slices.Contains(codes, strings.ToLower(string(code)))
		})
	}
	return shares(spec.Jurisdictions, chatbot.Spec.Jurisdictions) && shares(spec.Sectors, chatbot.Spec.Sectors)
}
