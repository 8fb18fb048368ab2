package webhook

import (
	"context"
	"fmt"
	"maps"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
)

// approveVerb is a virtual verb on PolicyExceptions: a user who has it may approve those of others. The ClusterRole
// chaperone-exception-approver grants it (config/rbac/users.yaml).
const approveVerb = "approve"

// serviceAccountPrefix begins the names of service accounts. Their namespace follows.
const serviceAccountPrefix = "system:serviceaccount:"

// exceptionMutator writes the annotations that name the requester and the approver of an exception, and the chatbot that the approval is for.
// It changes nothing else. It also refuses approvals of what the approver has not read, because it alone sees what the approver writes.
type exceptionMutator struct {
	cluster   *cluster
	validator *exceptionValidator
}

var _ admission.Handler = (*exceptionMutator)(nil)

// Handle responds to a CREATE or UPDATE of a PolicyException with the annotations that say who requested and who approved it.
func (m *exceptionMutator) Handle(ctx context.Context, req admission.Request) admission.Response {
	e, old, err := decodeExceptions(req)
	if err != nil {
		return respondUnreadable(err)
	}
	binding, err := m.cluster.findBinding(ctx, e)
	if err != nil {
		return respondRefused(refuseUndecided(err))
	}
	after := e.DeepCopy()
	after.Annotations = stampUser(old, e, req.UserInfo, binding)
	if !isNewRequest(old, e) && isApproval(old, e) {
		if err := m.validator.checkRead(ctx, e, after, binding, req.UserInfo); err != nil {
			return respondRefused(err)
		}
	}
	operations, err := newPatch(e, after)
	if err != nil {
		return respondRefused(refuseUndecided(err))
	}
	response := permit()
	response.Patches = operations
	return response
}

// decodeExceptions returns the exception of a request, and its old state on an UPDATE; old is nil for other operations.
func decodeExceptions(req admission.Request) (e, old *v1alpha1.PolicyException, err error) {
	e = &v1alpha1.PolicyException{}
	if err := utiljson.Unmarshal(req.Object.Raw, e); err != nil {
		return nil, nil, fmt.Errorf("decode PolicyException: %w", err)
	}
	if req.Operation != admissionv1.Update {
		return e, nil, nil
	}
	old = &v1alpha1.PolicyException{}
	if err := utiljson.Unmarshal(req.OldObject.Raw, old); err != nil {
		return nil, nil, fmt.Errorf("decode the old PolicyException: %w", err)
	}
	return e, old, nil
}

// findBinding returns what an approval of the exception is for; empty if its chatbot does not exist yet.
func (c *cluster) findBinding(ctx context.Context, e *v1alpha1.PolicyException) (string, error) {
	declarations, err := c.listDeclarations(ctx, e.Namespace)
	if err != nil {
		return "", err
	}
	if d := declarations.Find(e.Spec.Chatbot); d != nil {
		return exception.FormatBinding(d), nil
	}
	return "", nil
}

// stampUser returns the annotations that an exception must have after a request of the user; old is nil for a new exception, and binding is
// what an approval is for. A user who writes the spec becomes the requester, and an earlier approval is removed. A user who sets the
// annotation approved-by to any new value but the empty one (checkRead says which is allowed), without a change of the spec, becomes the approver.
func stampUser(old, e *v1alpha1.PolicyException, user authenticationv1.UserInfo, binding string) map[string]string {
	annotations := maps.Clone(e.Annotations)
	if annotations == nil {
		annotations = map[string]string{}
	}
	if isNewRequest(old, e) {
		annotations[v1alpha1.AnnotationRequestedBy] = user.Username
		setOrDelete(annotations, v1alpha1.AnnotationRequestedByGroups, formatGroups(user.Groups))
		delete(annotations, v1alpha1.AnnotationApprovedBy)
		delete(annotations, v1alpha1.AnnotationApprovedFor)
		return annotations
	}
	// An update of the annotations alone does not change the requester.
	annotations[v1alpha1.AnnotationRequestedBy] = old.Annotations[v1alpha1.AnnotationRequestedBy]
	setOrDelete(annotations, v1alpha1.AnnotationRequestedByGroups, old.Annotations[v1alpha1.AnnotationRequestedByGroups])
	approvedFor := old.Annotations[v1alpha1.AnnotationApprovedFor]
	switch {
	case isApproval(old, e):
		annotations[v1alpha1.AnnotationApprovedBy] = user.Username
		approvedFor = binding
	case annotations[v1alpha1.AnnotationApprovedBy] == "":
		approvedFor = ""
	}
	setOrDelete(annotations, v1alpha1.AnnotationApprovedFor, approvedFor)
	return annotations
}

// setOrDelete sets the annotation, or deletes it if the value is empty.
func setOrDelete(annotations map[string]string, key, value string) {
	annotations[key] = value
	if value == "" {
		delete(annotations, key)
	}
}

// isNewRequest reports whether a user requests the exception with this write: it is new (old is nil), or it has a new spec.
func isNewRequest(old, e *v1alpha1.PolicyException) bool {
	return old == nil || !equality.Semantic.DeepEqual(old.Spec, e.Spec)
}

// isApproval reports whether an update approves the exception: it sets the annotation approved-by to a new value. Removing the annotation
// is not an approval.
func isApproval(old, e *v1alpha1.PolicyException) bool {
	approver, approvedFor := e.Annotations[v1alpha1.AnnotationApprovedBy], e.Annotations[v1alpha1.AnnotationApprovedFor]
	// Who has approved it may do so again, for a chatbot that has changed.
	isRenewed := approvedFor != "" && approvedFor != old.Annotations[v1alpha1.AnnotationApprovedFor]
	return approver != "" && (approver != old.Annotations[v1alpha1.AnnotationApprovedBy] || isRenewed)
}

// exceptionValidator refuses exceptions that cannot be used or that never end, and approvals by users who may not approve. It also refuses
// an exception whose annotations are not those that exceptionMutator writes: a mutating webhook that runs after it can change them.
type exceptionValidator struct {
	cluster *cluster
	engine  Engine
}

var _ admission.Validator[*v1alpha1.PolicyException] = (*exceptionValidator)(nil)

// ValidateCreate refuses rules that are unknown or cannot be waived, unknown chatbots unless spec.inAdvance is true, and an expiry that is
// past or too far ahead.
func (v *exceptionValidator) ValidateCreate(ctx context.Context, e *v1alpha1.PolicyException) (admission.Warnings, error) {
	return v.validate(ctx, nil, e)
}

// ValidateUpdate checks a new spec like ValidateCreate, and an approval.
func (v *exceptionValidator) ValidateUpdate(ctx context.Context, old, e *v1alpha1.PolicyException) (admission.Warnings, error) {
	return v.validate(ctx, old, e)
}

// ValidateDelete lets every deletion pass; the webhook is not registered for it.
func (v *exceptionValidator) ValidateDelete(context.Context, *v1alpha1.PolicyException) (admission.Warnings, error) {
	return nil, nil
}

// validate checks the annotations, and then a new spec or an approval; old is nil for a new exception.
func (v *exceptionValidator) validate(ctx context.Context, old, e *v1alpha1.PolicyException) (admission.Warnings, error) {
	req, err := admission.RequestFromContext(ctx)
	if err != nil {
		return nil, refuseUndecided(err)
	}
	// exceptionMutator has applied stampUser already, as a rule with the same binding. A second call changes nothing, unless the annotations were changed after the first.
	binding, err := v.cluster.findBinding(ctx, e)
	if err != nil {
		return nil, refuseUndecided(err)
	}
	stamped := stampUser(old, e, req.UserInfo, binding)
	for _, key := range []string{v1alpha1.AnnotationRequestedBy, v1alpha1.AnnotationRequestedByGroups, v1alpha1.AnnotationApprovedBy, v1alpha1.AnnotationApprovedFor} {
		if e.Annotations[key] != stamped[key] {
			return nil, refuse(annotationReserved, key)
		}
	}
	switch {
	case isNewRequest(old, e):
		return v.validateRequest(ctx, e, binding)
	case isApproval(old, e):
		if err := v.validateApproval(ctx, e, binding, req.UserInfo); err != nil {
			return nil, err
		}
		return admission.Warnings{"approved: it " + exception.Summarize(e, binding)}, nil
	}
	return nil, nil
}

// validateRequest refuses a new spec that cannot be used. Otherwise it returns a warning that says how to approve the exception.
func (v *exceptionValidator) validateRequest(ctx context.Context, e *v1alpha1.PolicyException, binding string) (admission.Warnings, error) {
	problems := exception.Validate(e, v.cluster.clock.Now(), v.engine)
	declarations, err := v.cluster.listDeclarations(ctx, e.Namespace)
	if err != nil {
		return nil, refuseUndecided(err)
	}
	if !e.Spec.InAdvance && declarations.Find(e.Spec.Chatbot) == nil {
		problems = append(problems, fmt.Sprintf("spec.chatbot is %q, which is not a ChatbotDeployment of this namespace (there are: %s): "+
			"correct it, or set spec.inAdvance to true when it is yet to come", e.Spec.Chatbot, joinOrNone(declarations.Names())))
	}
	if len(problems) > 0 {
		return nil, refuse(exceptionInvalid, e.Namespace+"/"+e.Name, strings.Join(problems, "\n- "))
	}
	return admission.Warnings{"it has no effect until another user approves it: " + exception.FormatApproval(e, binding)}, nil
}
