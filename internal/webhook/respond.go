package webhook

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// Bounds of a refusal, in bytes. Findings are given in full up to fullBytes, after that by rule and field up to shortBytes
// more; every finding is in the causes in any case, of which the API allows many.
const (
	fullBytes  = 3 << 10
	shortBytes = 1 << 10
)

// Keys of the annotations that the API server adds to the event of a request in its audit log, after the webhook's name.
const (
	// auditBreakGlass has the rules that break-glass overrode, joined by commas.
	auditBreakGlass = "break-glass"
	// auditChatbots has the names of the ChatbotDeployments whose glass the user broke, joined by commas.
	auditChatbots = "chatbots"
)

// reviewers are what the handlers share: what reads the cluster, and what decides.
type reviewers struct {
	cluster  *cluster
	reviewer *review.Reviewer
}

// respond reports the result of a review of the subject, for example `Pod "shop/support-1"`.
func (r *reviewers) respond(ctx context.Context, req admission.Request, subject string, result review.Result) admission.Response {
	if !result.IsGoverned() {
		return permit()
	}
	if result.BreakGlass != nil {
		allowed, err := r.cluster.mayBreakGlass(ctx, req, result.Chatbots)
		if err != nil {
			return respondRefused(refuseUndecided(err))
		}
		if allowed {
			return respondBreakGlass(ctx, subject, result)
		}
	}
	return respondVerdict(ctx, subject, result.Verdict)
}

// respondVerdict reports a verdict: a refusal with all findings, or a permission with those that warn.
func respondVerdict(ctx context.Context, subject string, v policy.Verdict) admission.Response {
	if v.Refuses() {
		logRefusal(ctx, v)
		return respondStatus(newVerdictStatus(subject, v))
	}
	return permit().WithWarnings(listWarnings(v)...)
}

// respondBreakGlass admits what is denied without break-glass. It says so to the user and in the audit log, which knows the user.
func respondBreakGlass(ctx context.Context, subject string, result review.Result) admission.Response {
	denying := slices.DeleteFunc(slices.Clone(result.Verdict.Findings), func(f policy.Finding) bool { return f.Action != policy.ActionDeny })
	rules := policy.Verdict{Findings: denying}.Rules()
	logf.FromContext(ctx).Info("Admitted by break-glass", "rules", rules, "chatbots", result.Chatbots)
	notice := fmt.Sprintf("break-glass: %s is admitted although %s refuses it for others; the audit log records your use of it",
		subject, strings.Join(rules, ", "))
	response := permit().WithWarnings(plain(notice)).WithWarnings(listWarnings(*result.BreakGlass)...)
	response.AuditAnnotations = map[string]string{auditBreakGlass: strings.Join(rules, ","), auditChatbots: strings.Join(result.Chatbots, ",")}
	return response
}

// respondUnreadable refuses a request that cannot be read.
func respondUnreadable(err error) admission.Response { return respondRefused(refuse(unreadable, err)) }

// respondRefused reports a refusal that is not a finding of the policy.
func respondRefused(r *refusal) admission.Response { return respondStatus(r.Status()) }

func respondStatus(status metav1.Status) admission.Response {
	return admission.Response{AdmissionResponse: admissionv1.AdmissionResponse{Result: &status}}
}

func permit() admission.Response { return admission.Allowed("") }

func logRefusal(ctx context.Context, v policy.Verdict) {
	logf.FromContext(ctx).Info("Refused by the policy", "outcome", v.Outcome, "rules", v.Rules(), "reason", v.Reason)
}

// newVerdictStatus is the status for a verdict that is Deny or Undecided.
func newVerdictStatus(subject string, v policy.Verdict) metav1.Status {
	if v.Outcome != policy.OutcomeDeny {
		return refuse(undecided, cmp.Or(v.Reason, "no reason given")).Status()
	}
	findings := orderByStrength(v.Findings)
	causes := make([]metav1.StatusCause, 0, len(findings))
	for _, f := range findings {
		causes = append(causes, metav1.StatusCause{Type: metav1.CauseType(f.Rule), Field: plain(f.Field), Message: plain(report.Line(f))})
	}
	head := fmt.Sprintf("%s is refused, findings: %d (policy %s, as of %s)", subject, len(findings), v.Revision, v.AsOf)
	return newStatus(http.StatusForbidden, metav1.StatusReasonForbidden, head+formatFindings(findings), causes)
}

func newStatus(code int32, reason metav1.StatusReason, message string, causes []metav1.StatusCause) metav1.Status {
	status := metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: plain(message)}
	if len(causes) > 0 {
		status.Details = &metav1.StatusDetails{Causes: causes}
	}
	return status
}

// formatFindings gives one line to each finding: in full while there is room, then by rule and field.
func formatFindings(findings []policy.Finding) string {
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

// orderByStrength puts what denies before what only warns; within an action the order stays that of the rule ids.
func orderByStrength(findings []policy.Finding) []policy.Finding {
	strength := []policy.Action{policy.ActionDeny, policy.ActionQuarantine, policy.ActionWarn, policy.ActionAudit, policy.ActionWaived}
	ordered := slices.Clone(findings)
	slices.SortStableFunc(ordered, func(a, b policy.Finding) int {
		return cmp.Compare(slices.Index(strength, a.Action), slices.Index(strength, b.Action))
	})
	return ordered
}

// listWarnings gives one line to each finding that the user who applies the object should see; audit findings are for reports.
func listWarnings(v policy.Verdict) []string {
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

// getOutcome names the response for the metrics, from a closed set.
func getOutcome(response admission.Response) string {
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
