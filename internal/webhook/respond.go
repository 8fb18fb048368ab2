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
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// Bounds of the message of a refusal, in bytes. The message has findings in full until they take fullBytes, and after them findings by rule
// and field only, which take up to shortBytes more. The causes of the status of a verdict that denies always have every finding in full.
const (
	fullBytes  = 3 << 10
	shortBytes = 1 << 10
)

// Keys of annotations for the audit log of the API server. The API server puts the name of the webhook before each key.
const (
	// auditBreakGlass is the key for the rules that break-glass overrode, joined by commas.
	auditBreakGlass = "break-glass"
	// auditChatbots is the key for the names of the ChatbotDeployments for which the user used break-glass, joined by commas.
	auditChatbots = "chatbots"
)

// reviewers is what the handlers share: it reads the cluster and decides about objects.
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

// respondVerdict reports a verdict: a refusal (newVerdictStatus), or a permission with findings as warnings (listWarnings).
func respondVerdict(ctx context.Context, subject string, v policy.Verdict) admission.Response {
	if v.Refuses() {
		logRefusal(ctx, v)
		return respondStatus(newVerdictStatus(subject, v))
	}
	return permit().WithWarnings(listWarnings(v)...)
}

// respondBreakGlass admits what the policy denies without break-glass. It tells the user in a warning, and adds annotations to the audit
// event of the API server, which has the name of the user.
func respondBreakGlass(ctx context.Context, subject string, result review.Result) admission.Response {
	denying := slices.DeleteFunc(slices.Clone(result.Verdict.Findings), func(f policy.Finding) bool { return f.Action != policy.ActionDeny })
	// The rules that deny, each once: Rules removes duplicates.
	rules := policy.Verdict{Findings: denying}.Rules()
	logf.FromContext(ctx).Info("Admitted by break-glass", "rules", rules, "chatbots", result.Chatbots)
	notice := fmt.Sprintf("break-glass: %s is admitted although %s refuses it for others; the audit log records your use of it",
		subject, strings.Join(rules, ", "))
	response := permit().WithWarnings(newWarnings(notice)...).WithWarnings(listWarnings(*result.BreakGlass)...)
	response.AuditAnnotations = map[string]string{auditBreakGlass: strings.Join(rules, ","), auditChatbots: strings.Join(result.Chatbots, ",")}
	return response
}

// respondUnreadable refuses a request that cannot be read.
func respondUnreadable(err error) admission.Response { return respondRefused(refuse(unreadable, err)) }

// respondRefused reports a refusal that is not a finding of the policy.
func respondRefused(r *refusal) admission.Response { return respondStatus(r.Status()) }

// respondStatus refuses with the status.
func respondStatus(status metav1.Status) admission.Response {
	return admission.Response{AdmissionResponse: admissionv1.AdmissionResponse{Result: &status}}
}

// permit admits without a patch or a warning.
func permit() admission.Response { return admission.Allowed("") }

// logRefusal logs a verdict that refuses, without texts that users wrote.
func logRefusal(ctx context.Context, v policy.Verdict) {
	logf.FromContext(ctx).Info("Refused by the policy", "outcome", v.Outcome, "rules", v.Rules(), "reason", v.Reason)
}

// newVerdictStatus returns the status of a refusal for a verdict that is Deny or Undecided. The subject is, for example, `Pod
// "shop/support-1"`.
func newVerdictStatus(subject string, v policy.Verdict) metav1.Status {
	if v.Outcome != policy.OutcomeDeny {
		return refuse(undecided, cmp.Or(v.Reason, "no reason given")).Status()
	}
	findings := orderByStrength(v.Findings)
	causes := make([]metav1.StatusCause, 0, len(findings))
	for _, f := range findings {
		causes = append(causes, metav1.StatusCause{Type: metav1.CauseType(f.Rule), Field: replaceControls(f.Field), Message: replaceControls(report.Line(f))})
	}
	summary := fmt.Sprintf("%s is refused, findings: %d (policy %s, as of %s)", subject, len(findings), v.Revision, v.AsOf)
	return newStatus(http.StatusForbidden, metav1.StatusReasonForbidden, summary+formatFindings(findings)+describeNextStep(findings), causes)
}

// newStatus returns the status of a refusal; causes may be nil.
func newStatus(code int32, reason metav1.StatusReason, message string, causes []metav1.StatusCause) metav1.Status {
	status := metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: replaceControls(message)}
	if len(causes) > 0 {
		status.Details = &metav1.StatusDetails{Causes: causes}
	}
	return status
}

// byOrganisation is the code of the sources of GovernancePolicies, and the confidence of those of JurisdictionProfiles.
const byOrganisation = "organisation"

// describeNextStep returns the line that ends the message of a refusal; "" for findings about a connection, of which there is no file.
func describeNextStep(findings []policy.Finding) string {
	if slices.ContainsFunc(findings, func(f policy.Finding) bool { return strings.HasPrefix(f.Rule, "connection.") }) {
		return ""
	}
	const next = "\nNext step: run `kubectl chaperone check FILE`, which shows each finding with its sources and what helps."
	isOrganisation := func(s legal.Source) bool { return s.Code == byOrganisation || s.Confidence == byOrganisation }
	if slices.ContainsFunc(findings, func(f policy.Finding) bool { return slices.ContainsFunc(f.Sources, isOrganisation) }) {
		return next + " Give it what your organisation requires as another FILE: `kubectl get governancepolicies,jurisdictionprofiles -o yaml`."
	}
	return next
}

// warnedHeading stands between the findings that refuse and the others.
const warnedHeading = "\nAlso warned, which refuses nothing:"

// refuses reports whether a finding alone leads to a refusal.
func refuses(f policy.Finding) bool {
	return f.Action == policy.ActionDeny || f.Action == policy.ActionQuarantine
}

// formatFindings returns one line for each finding, with a heading before those that refuse nothing. From the first finding with which the
// text would exceed fullBytes, the lines have only rule and field. If the text would then exceed fullBytes and shortBytes together, it ends
// with the number of the findings left out.
func formatFindings(findings []policy.Finding) string {
	var b strings.Builder
	isFull := true
	for i, f := range findings {
		heading := ""
		if i > 0 && refuses(findings[i-1]) && !refuses(f) {
			heading = warnedHeading
		}
		line := heading + "\n- " + report.Line(f)
		if b.Len()+len(line) > fullBytes {
			isFull = false
		}
		if !isFull {
			line = heading + fmt.Sprintf("\n- %s (%s)", f.Field, f.Rule)
		}
		if b.Len()+len(line) > fullBytes+shortBytes {
			return b.String() + fmt.Sprintf("\n- and %d more, each in the causes of this status", len(findings)-i)
		}
		b.WriteString(line)
	}
	return b.String()
}

// orderByStrength returns the findings sorted by action: those that deny first, those that are waived last. Findings with the
// same action are sorted by group, those of the group hygiene last, and stay sorted by rule id within the group.
func orderByStrength(findings []policy.Finding) []policy.Finding {
	strength := policy.ListActions()
	groups := []policy.Group{"", policy.GroupEffect, policy.GroupHygiene} // Rules about declarations have no group.
	ordered := slices.Clone(findings)
	slices.SortStableFunc(ordered, func(a, b policy.Finding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(strength, a.Action), slices.Index(strength, b.Action)),
			cmp.Compare(slices.Index(groups, a.Group), slices.Index(groups, b.Group)),
		)
	})
	return ordered
}

// listWarnings returns one line for each finding, in the order of orderByStrength, except those which only reports show: with the action
// audit, and about what does not apply.
func listWarnings(v policy.Verdict) []string {
	var lines []string
	for _, f := range orderByStrength(v.Findings) {
		if f.Action != policy.ActionAudit && f.Action != policy.ActionNotApplicable {
			lines = append(lines, newWarnings(report.Line(f))...)
		}
	}
	return lines
}

// newWarnings returns a warning for each line of the text, because the API server drops a warning with a line feed.
func newWarnings(text string) []string { return strings.Split(replaceControls(text), "\n") }

// replaceControls replaces control, bidirectional and other invisible characters, which can deceive a reader or a terminal. Line feeds
// stay.
func replaceControls(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// getOutcome returns the outcome of a response for the metrics, from a closed set. Only the response of a handler that panicked has no
// Result (countDecisions).
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
