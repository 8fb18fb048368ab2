package webhook

import (
	"errors"
	"fmt"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// situation is the kind of a refusal that is not a finding of the policy.
type situation string

// The situations. The table in the function refusals has a row for each; its format strings show which arguments a refusal takes.
const (
	unreadable        situation = "unreadable"
	undecided         situation = "undecided"
	selectorsMatchPod situation = "selectorsMatchPod"
	declarationEnds   situation = "declarationEnds"
	targetMissing     situation = "targetMissing"
	// serviceLeavesCluster is a Service of a running chatbot that is turned into a name outside of the cluster.
	serviceLeavesCluster situation = "serviceLeavesCluster"
	selectorInvalid      situation = "selectorInvalid"
	selectorOverlaps     situation = "selectorOverlaps"
	configurationFails   situation = "configurationFails"
	codeUnused           situation = "codeUnused"
	organisationFaulty   situation = "organisationFaulty"
	shapeFaulty          situation = "shapeFaulty"
	shapeOfPreset        situation = "shapeOfPreset"
	shapeRevision        situation = "shapeRevision"
	annotationReserved   situation = "annotationReserved"
	exceptionInvalid     situation = "exceptionInvalid"
	approvalExpired      situation = "approvalExpired"
	approvalByRequester  situation = "approvalByRequester"
	// approvalByNamespaceAccount is an approval by a service account of the exception's namespace.
	approvalByNamespaceAccount situation = "approvalByNamespaceAccount"
	approvalNotPermitted       situation = "approvalNotPermitted"
	// approvalAsRequester is an approval by a user who can act as the requester, and approvalByProxy by a user as whom the requester can act.
	approvalAsRequester situation = "approvalAsRequester"
	approvalByProxy     situation = "approvalByProxy"
	// approvalOfNothing is an approval while there is no chatbot that it could be for.
	approvalOfNothing situation = "approvalOfNothing"
	// approvalUnread is an approval that does not state what was read.
	approvalUnread situation = "approvalUnread"
	// approvalByOtherGroup is an approval of rules that another group of users approves.
	approvalByOtherGroup situation = "approvalByOtherGroup"
)

// refusalRow is what all refusals of a situation have in common.
type refusalRow struct {
	// code is the HTTP status code.
	code int32
	// reason is the machine-readable form of code.
	reason metav1.StatusReason
	// field is the JSON path that has to change; empty if the object is not at fault.
	field string
	// problem and remedy are format strings. The arguments of a refusal are those of problem, followed by those of remedy.
	problem string
	remedy  string
}

// refusals returns the table of all refusals that are not findings of the policy.
func refusals() map[situation]refusalRow {
	forbidden := func(field, problem, remedy string) refusalRow {
		return refusalRow{http.StatusForbidden, metav1.StatusReasonForbidden, field, problem, remedy}
	}
	return map[situation]refusalRow{
		unreadable: {http.StatusBadRequest, metav1.StatusReasonBadRequest, "", "%v", "Send the request as the API server does."},
		undecided: {http.StatusInternalServerError, metav1.StatusReasonInternalError, "",
			"no decision was reached, so the request is refused: %v", "Try again; tell the administrators of the cluster when it happens again."},
		selectorsMatchPod: forbidden("metadata.labels", "%v", "Change the selectors, or the labels of the pod, so that only one matches."),
		declarationEnds: forbidden("metadata.labels", "ChatbotDeployment %q is being deleted, so no pod of it is admitted any more",
			"Wait until it is gone, or remove its finalizers (%s), and declare the chatbot again."),
		targetMissing: forbidden("metadata.name", "%s %q is not found, so it is unknown whether a chatbot runs there",
			"Check the name, and try again when it exists."),
		serviceLeavesCluster: forbidden("spec.type", "Service %q led to the chatbot %s, which runs, and would lead to a name outside of the cluster, where nothing governs it",
			"Scale the chatbot to zero or suspend it (spec.suspended) first, or give the Service another name."),
		selectorInvalid: forbidden("spec.selector", "%s: %v", "Correct the selector."),
		selectorOverlaps: forbidden("spec.selector", "spec.selector of %s overlaps with that of ChatbotDeployment %q: a pod could match both",
			"Change one so that the value of a label tells their pods apart."),
		configurationFails: forbidden("spec", "%s", "Correct the declaration."),
		codeUnused: forbidden("spec.code", "spec.code is %q, which no ChatbotDeployment uses (in use: %s)",
			"Correct it, or set spec.inAdvance to true when chatbots for it are yet to come."),
		organisationFaulty: forbidden("spec", "%s is refused", "Correct these faults:\n%v"),
		shapeFaulty:        forbidden("spec", "ChatShape %q is refused", "Correct these faults:\n%v"),
		shapeOfPreset: forbidden("metadata.name", "%q is the name of a preset, so declarations that name it would change their meaning",
			"Give the shape another name."),
		shapeRevision: forbidden("spec.revision", "the shape changes, and spec.revision stays %d: records could not say which of the two read an exchange",
			"Raise it to %d."),
		annotationReserved: forbidden("metadata.annotations", "only Chaperone writes the annotation %s", "Leave it out, or try again."),
		exceptionInvalid:   forbidden("spec", "PolicyException %q is refused", "Correct these faults:\n- %s"),
		approvalExpired: forbidden("spec.expires", "spec.expires is %s, which is past: there is nothing to approve",
			"Ask for a new exception."),
		approvalByRequester: forbidden("metadata.annotations", "the requester of an exception cannot approve it",
			"Have another user set the annotation %s."),
		approvalByNamespaceAccount: forbidden("metadata.annotations",
			"service accounts of this namespace approve nothing, because whoever may impersonate one could approve their own request",
			"Have a person, or a service account of another namespace, set the annotation %s."),
		approvalAsRequester: forbidden("metadata.annotations", "you can act as the requester %q (you may %s), and nobody approves what they asked for",
			"Have it approved by somebody who may not do that, or requested by a person."),
		approvalByProxy: forbidden("metadata.annotations", "the requester %q can act as you (it may %s), and nobody approves what they asked for",
			"Have it approved by a person, or requested by somebody who may not do that."),
		approvalOfNothing: forbidden("spec.chatbot", "spec.chatbot is %q, which is not a ChatbotDeployment of this namespace, so there is nothing that the approval could be for",
			"Approve it when the chatbot is there, or have it requested with spec.inAdvance true, for every chatbot of this name."),
		approvalUnread: forbidden("metadata.annotations",
			"an approval states the digest of what was read, and this is another one or none: the exception may have changed. Today it %s",
			"Read it (kubectl get policyexception -o yaml), and approve it with: %s"),
		approvalNotPermitted: forbidden("metadata.annotations", "you may not approve exceptions of namespace %q",
			"Ask for the verb %s on policyexceptions of %s (ClusterRole chaperone-exception-approver)."),
		approvalByOtherGroup: forbidden("spec", "other people approve this (%s)",
			"Have one of them approve it, or request one exception for each of them."),
	}
}

// refusal refuses a request for a reason that is not a finding of the policy. Validators of controller-runtime return it as their error.
type refusal struct {
	situation situation
	arguments []any
	// fieldPrefix is the JSON path to which the row's field is relative, for example that of a pod template; empty for the object of the
	// request.
	fieldPrefix string
}

var _ apierrors.APIStatus = (*refusal)(nil)

// refuse returns the refusal for a situation, with the arguments that its row takes.
func refuse(s situation, arguments ...any) *refusal {
	return &refusal{situation: s, arguments: arguments}
}

// refuseUndecided refuses because of an error in reading or deciding.
func refuseUndecided(err error) *refusal { return refuse(undecided, err) }

// refuseUngovernable refuses a request because the review could not tell which declaration governs the pod. err is the error of the review.
func refuseUngovernable(err error) *refusal {
	var overlap *review.OverlapError
	if !errors.As(err, &overlap) {
		return refuseUndecided(err)
	}
	return refuse(selectorsMatchPod, err)
}

// withFieldPrefix sets the JSON path of the pod template that is refused; empty for a pod. It returns the refusal.
func (r *refusal) withFieldPrefix(path string) *refusal {
	r.fieldPrefix = path
	return r
}

// refuseUnknownTarget refuses a connection to an object that does not exist or cannot be read.
func refuseUnknownTarget(kind, name string, err error) *refusal {
	if apierrors.IsNotFound(err) {
		return refuse(targetMissing, kind, name)
	}
	return refuseUndecided(err)
}

// Error returns the problem and the remedy.
func (r *refusal) Error() string {
	row := refusals()[r.situation]
	return fmt.Sprintf(row.problem+". "+row.remedy, r.arguments...)
}

// Status returns the refusal as a status for the API server.
func (r *refusal) Status() metav1.Status {
	row := refusals()[r.situation]
	var causes []metav1.StatusCause
	if row.field != "" {
		field := policy.JoinTemplatePath(r.fieldPrefix, row.field)
		causes = []metav1.StatusCause{{Type: metav1.CauseTypeFieldValueInvalid, Message: replaceControls(r.Error()), Field: field}}
	}
	return newStatus(row.code, row.reason, r.Error(), causes)
}
