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

// approveVerb is a virtual verb on PolicyExceptions: a user who has it may approve those of others. The ClusterRole
// chaperone-exception-approver grants it (config/rbac/users.yaml).
const approveVerb = "approve"

// serviceAccountPrefix begins the names of service accounts. Their namespace follows.
const serviceAccountPrefix = "system:serviceaccount:"

// exceptionMutator writes the annotations that name the requester and the approver of an exception. It changes nothing else.
type exceptionMutator struct{}

var _ admission.Handler = (*exceptionMutator)(nil)

// Handle responds to a CREATE or UPDATE of a PolicyException with the annotations that say who requested and who approved it.
func (*exceptionMutator) Handle(_ context.Context, req admission.Request) admission.Response {
	e, old, err := decodeExceptions(req)
	if err != nil {
		return respondUnreadable(err)
	}
	after := e.DeepCopy()
	after.Annotations = stampUser(old, e, req.UserInfo.Username)
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

// stampUser returns the annotations that an exception must have after a request of the user; old is nil for a new exception. A user who
// writes the spec becomes the requester, and an earlier approval is removed. A user who sets the annotation approved-by to any new value
// but the empty one, without a change of the spec, becomes the approver.
func stampUser(old, e *v1alpha1.PolicyException, user string) map[string]string {
	annotations := maps.Clone(e.Annotations)
	if annotations == nil {
		annotations = map[string]string{}
	}
	if isNewRequest(old, e) {
		annotations[v1alpha1.AnnotationRequestedBy] = user
		delete(annotations, v1alpha1.AnnotationApprovedBy)
		return annotations
	}
	// An update of the annotations alone does not change the requester.
	annotations[v1alpha1.AnnotationRequestedBy] = old.Annotations[v1alpha1.AnnotationRequestedBy]
	if isApproval(old, e) {
		annotations[v1alpha1.AnnotationApprovedBy] = user
	}
	return annotations
}

// isNewRequest reports whether a user requests the exception with this write: it is new (old is nil), or it has a new spec.
func isNewRequest(old, e *v1alpha1.PolicyException) bool {
	return old == nil || !equality.Semantic.DeepEqual(old.Spec, e.Spec)
}

// isApproval reports whether an update approves the exception: it sets the annotation approved-by to a new value. Removing the annotation
// is not an approval.
func isApproval(old, e *v1alpha1.PolicyException) bool {
	approver := e.Annotations[v1alpha1.AnnotationApprovedBy]
	return approver != "" && approver != old.Annotations[v1alpha1.AnnotationApprovedBy]
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
	// exceptionMutator has applied stampUser already. A second call changes nothing, unless the annotations were changed after the first.
	stamped := stampUser(old, e, req.UserInfo.Username)
	for _, key := range []string{v1alpha1.AnnotationRequestedBy, v1alpha1.AnnotationApprovedBy} {
		if e.Annotations[key] != stamped[key] {
			return nil, refuse(annotationReserved, key)
		}
	}
	switch {
	case isNewRequest(old, e):
		return v.validateRequest(ctx, e)
	case isApproval(old, e):
		return nil, v.validateApproval(ctx, e, req.UserInfo)
	}
	return nil, nil
}

// validateRequest refuses a new spec that cannot be used. Otherwise it returns a warning that says how to approve the exception.
func (v *exceptionValidator) validateRequest(ctx context.Context, e *v1alpha1.PolicyException) (admission.Warnings, error) {
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
	notice := fmt.Sprintf("it has no effect until another user approves it: kubectl annotate policyexception -n %s %s %s=me --overwrite",
		e.Namespace, e.Name, v1alpha1.AnnotationApprovedBy)
	return admission.Warnings{notice}, nil
}

// validateApproval refuses the approval if the exception has expired, if the user requested the exception, if the user is a service account
// of its namespace, or if the user does not have approveVerb on it.
func (v *exceptionValidator) validateApproval(ctx context.Context, e *v1alpha1.PolicyException, user authenticationv1.UserInfo) error {
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
	return nil
}
