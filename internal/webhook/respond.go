package webhook

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	admissionv1 "k8s.io/api/admission/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/report"
)

// Bounds of a refusal, in bytes. Findings are given in full up to fullBytes, after that by rule and field up to shortBytes
// more; every finding is in the causes in any case, of which the API allows many.
const (
	fullBytes  = 3 << 10
	shortBytes = 1 << 10
)

// Keys of the annotations that the API server adds to the event of a request in its audit log, after the webhook's name.
const (
	// auditBreakGlass has the rules that were let pass, joined by commas.
	auditBreakGlass = "break-glass"
	// auditChatbots has the names of the ChatbotDeployments whose glass was broken, joined by commas.
	auditChatbots = "chatbots"
)

// requestProblem is why a request could not be read.
type requestProblem int

const (
	malformed requestProblem = iota
	oversize
	wrongMethod
	wrongMediaType
)

// unreadable answers a request that could not be read.
func unreadable(err error) admission.Response {
	code, reason := int32(http.StatusBadRequest), metav1.StatusReasonBadRequest
	var request *requestError
	if errors.As(err, &request) {
		switch request.kind {
		case malformed:
		case oversize:
			code, reason = http.StatusRequestEntityTooLarge, metav1.StatusReasonRequestEntityTooLarge
		case wrongMethod:
			code, reason = http.StatusMethodNotAllowed, metav1.StatusReasonMethodNotAllowed
		case wrongMediaType:
			code, reason = http.StatusUnsupportedMediaType, metav1.StatusReasonUnsupportedMediaType
		}
	}
	return refusal(failure(code, reason, err.Error(), nil))
}

// undecidable answers when no decision was reached: it refuses, and the caller may try again.
func undecidable(reason string) admission.Response {
	return refusal(undecidedStatus(reason))
}

// decided answers with a verdict about the subject, for example `Pod "shop/support-1"`.
func decided(subject string, v policy.Verdict) admission.Response {
	if v.Refuses() {
		return refusal(refusedStatus(subject, v))
	}
	return permitted().WithWarnings(warnings(v)...)
}

// brokenGlass lets a request pass that was refused but for the right of who asks to break the glass of the chatbots. It says so
// to them and in the audit log, which knows who they are.
func brokenGlass(subject string, v policy.Verdict, chatbots, broken []string) admission.Response {
	told := fmt.Sprintf("break-glass: %s is let through although %s refuses it for others; the audit log has your use of it",
		subject, strings.Join(broken, ", "))
	response := permitted().WithWarnings(plain(told)).WithWarnings(warnings(v)...)
	response.AuditAnnotations = map[string]string{auditBreakGlass: strings.Join(broken, ","), auditChatbots: strings.Join(chatbots, ",")}
	return response
}

// denied answers when something beside the policy's findings forbids the object: field is what must change.
func denied(field, message string) admission.Response {
	return refusal(deniedStatus(field, message))
}

func permitted() admission.Response { return admission.Allowed("") }

// deniedError, undecidedError and refusedError are the same answers for the typed validator.
func deniedError(field, message string) error {
	return &apierrors.StatusError{ErrStatus: deniedStatus(field, message)}
}

func undecidedError(reason string) error {
	return &apierrors.StatusError{ErrStatus: undecidedStatus(reason)}
}

func refusedError(subject string, v policy.Verdict) error {
	return &apierrors.StatusError{ErrStatus: refusedStatus(subject, v)}
}

func refusal(status metav1.Status) admission.Response {
	return admission.Response{AdmissionResponse: admissionv1.AdmissionResponse{Result: &status}}
}

func deniedStatus(field, message string) metav1.Status {
	cause := metav1.StatusCause{Type: metav1.CauseTypeFieldValueInvalid, Message: message, Field: field}
	return failure(http.StatusForbidden, metav1.StatusReasonForbidden, message, []metav1.StatusCause{cause})
}

func undecidedStatus(reason string) metav1.Status {
	return failure(http.StatusInternalServerError, metav1.StatusReasonInternalError,
		"no decision was reached, so the request is refused: "+cmp.Or(reason, "no reason given"), nil)
}

// refusedStatus is the status for a verdict that is Deny or Undecided.
func refusedStatus(subject string, v policy.Verdict) metav1.Status {
	if v.Outcome != policy.OutcomeDeny {
		return undecidedStatus(v.Reason)
	}
	findings := strongestFirst(v.Findings)
	causes := make([]metav1.StatusCause, 0, len(findings))
	for _, f := range findings {
		causes = append(causes, metav1.StatusCause{Type: metav1.CauseType(f.Rule), Field: plain(f.Field), Message: plain(report.Line(f))})
	}
	head := fmt.Sprintf("%s is refused, findings: %d (policy %s, as of %s)", subject, len(findings), v.Revision, v.AsOf)
	return failure(http.StatusForbidden, metav1.StatusReasonForbidden, head+text(findings), causes)
}

func failure(code int32, reason metav1.StatusReason, message string, causes []metav1.StatusCause) metav1.Status {
	status := metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: plain(message)}
	if len(causes) > 0 {
		status.Details = &metav1.StatusDetails{Causes: causes}
	}
	return status
}

// text gives one line to each finding: in full while there is room, then by rule and field.
func text(findings []policy.Finding) string {
	var b strings.Builder
	short := false
	for i, f := range findings {
		line := "\n- " + report.Line(f)
		if short = short || b.Len()+len(line) > fullBytes; short {
			line = fmt.Sprintf("\n- %s (%s)", f.Field, f.Rule)
		}
		if b.Len()+len(line) > fullBytes+shortBytes {
			return b.String() + fmt.Sprintf("\n- and %d more, each in the causes of this status", len(findings)-i)
		}
		b.WriteString(line)
	}
	return b.String()
}

// strongestFirst puts what denies before what only warns; within an action the order stays that of the rule ids.
func strongestFirst(findings []policy.Finding) []policy.Finding {
	strength := []policy.Action{policy.ActionDeny, policy.ActionQuarantine, policy.ActionWarn, policy.ActionAudit, policy.ActionWaived}
	ordered := slices.Clone(findings)
	slices.SortStableFunc(ordered, func(a, b policy.Finding) int {
		return cmp.Compare(slices.Index(strength, a.Action), slices.Index(strength, b.Action))
	})
	return ordered
}

// warnings gives one line to each finding that is to be seen by whoever applies the object; audit findings are for reports.
func warnings(v policy.Verdict) []string {
	var lines []string
	for _, f := range v.Findings {
		if f.Action != policy.ActionAudit {
			lines = append(lines, plain(report.Line(f)))
		}
	}
	return lines
}

// plain takes out what can deceive a reader or a terminal: control, bidirectional and other invisible characters. Line feeds
// stay.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// transportCode is the code of the HTTP response itself: the API server reads an AdmissionReview only from a 200, and a request
// that could not be read has no review to answer.
func transportCode(response admission.Response) int {
	if response.UID == "" && response.Result != nil && response.Result.Code >= http.StatusBadRequest {
		return int(response.Result.Code)
	}
	return http.StatusOK
}

// outcome names the answer for the metrics, from a closed set.
func outcome(response admission.Response) string {
	switch {
	case response.Allowed && len(response.Patches) > 0:
		return "patched"
	case response.Allowed && len(response.Warnings) > 0:
		return "warned"
	case response.Allowed:
		return "allowed"
	case response.Result == nil || response.Result.Code >= http.StatusInternalServerError:
		return "undecided"
	case response.Result.Code == http.StatusForbidden:
		return "denied"
	}
	return "unreadable"
}
