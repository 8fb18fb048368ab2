package webhook

import (
	"context"
	"fmt"
	"maps"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
)

// approveVerb is a virtual verb on PolicyExceptions: who has it may approve those of others. The ClusterRole
// chaperone-exception-approver gives it (config/rbac/users.yaml).
const approveVerb = "approve"

// exceptionMutator writes who asks for an exception and who approves it. Nothing else is changed, and never the spec.
type exceptionMutator struct{}

var _ admission.Handler = (*exceptionMutator)(nil)

// Handle answers a CREATE or UPDATE of a PolicyException.
func (*exceptionMutator) Handle(_ context.Context, req admission.Request) admission.Response {
	e, old, err := exceptionsOf(req)
	if err != nil {
		return unreadable(err)
	}
	after := e.DeepCopy()
	after.Annotations = stamped(old, e, req.UserInfo.Username)
	operations, err := patch(e, after)
	if err != nil {
		return undecidable(err.Error())
	}
	response := permitted()
	response.Patches = operations
	return response
}

// exceptionsOf returns the exception, and on updates the exception as it was.
func exceptionsOf(req admission.Request) (e, old *v1alpha1.PolicyException, err error) {
	e = &v1alpha1.PolicyException{}
	if err := utiljson.Unmarshal(req.Object.Raw, e); err != nil {
		return nil, nil, fmt.Errorf("decode PolicyException: %w", err)
	}
	if req.Operation != admissionv1.Update {
		return e, nil, nil
	}
	old = &v1alpha1.PolicyException{}
	if err := utiljson.Unmarshal(req.OldObject.Raw, old); err != nil {
		return nil, nil, fmt.Errorf("decode the former PolicyException: %w", err)
	}
	return e, old, nil
}

// stamped returns the annotations that an exception must have after a request of the user: whoever writes the spec is its
// requester, and takes an approval off; whoever sets the annotation of the approval is the approver.
func stamped(old, e *v1alpha1.PolicyException, user string) map[string]string {
	annotations := maps.Clone(e.Annotations)
	if annotations == nil {
		annotations = map[string]string{}
	}
	if asksAnew(old, e) {
		annotations[v1alpha1.AnnotationRequestedBy] = user
		delete(annotations, v1alpha1.AnnotationApprovedBy)
		return annotations
	}
	annotations[v1alpha1.AnnotationRequestedBy] = old.Annotations[v1alpha1.AnnotationRequestedBy]
	if approves(old, e) {
		annotations[v1alpha1.AnnotationApprovedBy] = user
	}
	return annotations
}

func asksAnew(old, e *v1alpha1.PolicyException) bool {
	return old == nil || !equality.Semantic.DeepEqual(old.Spec, e.Spec)
}

// approves reports whether the update approves: the annotation is set to something new. Whoever may update it may take it off.
func approves(old, e *v1alpha1.PolicyException) bool {
	approver := e.Annotations[v1alpha1.AnnotationApprovedBy]
	return approver != "" && approver != old.Annotations[v1alpha1.AnnotationApprovedBy]
}

// exceptionValidator refuses exceptions that nobody could use or that never end, and approvals by whoever may not approve. It
// vouches for the names that the mutator writes: who goes around that is refused here.
type exceptionValidator struct{ decide *decider }

var _ admission.Validator[*v1alpha1.PolicyException] = (*exceptionValidator)(nil)

// ValidateCreate refuses unknown rules and chatbots, and an expiry that is past or too far ahead.
func (v *exceptionValidator) ValidateCreate(ctx context.Context, e *v1alpha1.PolicyException) (admission.Warnings, error) {
	return v.validate(ctx, nil, e)
}

// ValidateUpdate judges a new spec like ValidateCreate, and an approval.
func (v *exceptionValidator) ValidateUpdate(ctx context.Context, old, e *v1alpha1.PolicyException) (admission.Warnings, error) {
	return v.validate(ctx, old, e)
}

// ValidateDelete lets every deletion pass; the webhook is not registered for it.
func (v *exceptionValidator) ValidateDelete(context.Context, *v1alpha1.PolicyException) (admission.Warnings, error) {
	return nil, nil
}

func (v *exceptionValidator) validate(ctx context.Context, old, e *v1alpha1.PolicyException) (admission.Warnings, error) {
	req, err := admission.RequestFromContext(ctx)
	if err != nil {
		return nil, undecidedError(err.Error())
	}
	want := stamped(old, e, req.UserInfo.Username)
	for _, key := range []string{v1alpha1.AnnotationRequestedBy, v1alpha1.AnnotationApprovedBy} {
		if e.Annotations[key] != want[key] {
			return nil, deniedError("metadata.annotations", fmt.Sprintf("annotation %s is written by Chaperone alone: leave it out, or try again", key))
		}
	}
	switch {
	case asksAnew(old, e):
		return v.asked(ctx, e)
	case approves(old, e):
		return nil, v.approved(ctx, e, req.UserInfo)
	}
	return nil, nil
}

func (v *exceptionValidator) asked(ctx context.Context, e *v1alpha1.PolicyException) (admission.Warnings, error) {
	problems := exception.Validate(e, v.decide.clock.Now(), v.decide.engine.ExplainNotWaivable)
	declarations, err := v.decide.declarations(ctx, e.Namespace)
	if err != nil {
		return nil, undecidedError(err.Error())
	}
	if !e.Spec.InAdvance && named(declarations, e.Spec.Chatbot) == nil {
		var names []string
		for i := range declarations {
			names = append(names, declarations[i].Name)
		}
		problems = append(problems, fmt.Sprintf("spec.chatbot is %q, which is no ChatbotDeployment of this namespace (there are: %s): "+
			"correct it, or set spec.inAdvance to true when it is yet to come", e.Spec.Chatbot, orNone(names)))
	}
	if len(problems) > 0 {
		return nil, deniedError("spec", fmt.Sprintf("PolicyException %q is refused:\n- %s", e.Namespace+"/"+e.Name, strings.Join(problems, "\n- ")))
	}
	told := fmt.Sprintf("it waives nothing until somebody else approves it: kubectl annotate policyexception -n %s %s %s=me --overwrite",
		e.Namespace, e.Name, v1alpha1.AnnotationApprovedBy)
	return admission.Warnings{told}, nil
}

// approved refuses an approval by the requester, by whoever has not the verb, and of what has expired.
func (v *exceptionValidator) approved(ctx context.Context, e *v1alpha1.PolicyException, user authenticationv1.UserInfo) error {
	const field = "metadata.annotations"
	if exception.IsExpired(e, v.decide.clock.Now()) {
		return deniedError("spec.expires", fmt.Sprintf("spec.expires is %s, which is past: there is nothing to approve", e.Spec.Expires))
	}
	if user.Username == e.Annotations[v1alpha1.AnnotationRequestedBy] {
		return deniedError(field, "who asks for an exception cannot approve it: have somebody else set the annotation "+v1alpha1.AnnotationApprovedBy)
	}
	allowed, err := v.decide.may(ctx, user, authorizationv1.ResourceAttributes{
		Namespace: e.Namespace, Name: e.Name, Verb: approveVerb, Resource: "policyexceptions",
	})
	if err != nil {
		return undecidedError(fmt.Sprintf("ask who may approve PolicyException %q: %v", e.Namespace+"/"+e.Name, err))
	}
	if !allowed {
		return deniedError(field, fmt.Sprintf("you may not approve exceptions of namespace %q: that needs the verb %s on policyexceptions of %s "+
			"(ClusterRole chaperone-exception-approver)", e.Namespace, approveVerb, v1alpha1.GroupVersion.Group))
	}
	return nil
}
