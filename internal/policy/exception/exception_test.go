package exception_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
)

// now is on 24 November in UTC, although its own zone still has the 23rd.
var now = time.Date(2026, 11, 23, 23, 30, 0, 0, time.FixedZone("west", -3600))

const (
	yesterday = "2026-11-23"
	today     = "2026-11-24"
	// latest is v1alpha1.MaxExceptionDays, 180, after today.
	latest  = "2027-05-23"
	tooLate = "2027-05-24"
)

func TestIsApproved(t *testing.T) {
	const requester, approver = v1alpha1.AnnotationRequestedBy, v1alpha1.AnnotationApprovedBy
	for name, test := range map[string]struct {
		annotations map[string]string
		deleted     bool
		want        bool
	}{
		"by another person":                     {annotations: map[string]string{requester: "ann", approver: "bob"}, want: true},
		"not yet":                               {annotations: map[string]string{requester: "ann"}},
		"by an empty name":                      {annotations: map[string]string{requester: "ann", approver: ""}},
		"by the requester":                      {annotations: map[string]string{requester: "ann", approver: "ann"}},
		"without a requester":                   {annotations: map[string]string{approver: "bob"}},
		"requested by an empty name":            {annotations: map[string]string{requester: "", approver: "bob"}},
		"requested and approved by empty names": {annotations: map[string]string{requester: "", approver: ""}},
		"no annotations":                        {},
		"by another person, but being deleted":  {annotations: map[string]string{requester: "ann", approver: "bob"}, deleted: true},
	} {
		t.Run(name, func(t *testing.T) {
			e := &v1alpha1.PolicyException{}
			e.Annotations = test.annotations
			if test.deleted {
				e.DeletionTimestamp = &metav1.Time{Time: now}
			}
			if got := exception.IsApproved(e); got != test.want {
				t.Errorf("approved %t, want %t", got, test.want)
			}
		})
	}
}

func TestIsExpired(t *testing.T) {
	for expires, want := range map[v1alpha1.Date]bool{yesterday: true, today: false, latest: false} {
		e := &v1alpha1.PolicyException{Spec: v1alpha1.PolicyExceptionSpec{Expires: expires}}
		if got := exception.IsExpired(e, now); got != want {
			t.Errorf("expires %s: expired %t, want %t", expires, got, want)
		}
	}
}

// names knows neither rules nor dimensions that begin with `no.`.
type names struct{}

func (names) ExplainNotWaivable(rule string) string {
	return explainUnlessKnown(rule, "cannot be waived")
}

func (names) ExplainUnknownDimension(name string) string {
	return explainUnlessKnown(name, "is not known")
}

func explainUnlessKnown(name, why string) string {
	if strings.HasPrefix(name, "no.") {
		return name + " " + why
	}
	return ""
}

func TestValidate(t *testing.T) {
	if got := now.UTC().AddDate(0, 0, v1alpha1.MaxExceptionDays).Format("2006-01-02"); got != latest {
		t.Fatalf("the latest day is %s, not %s", got, latest)
	}
	past := "spec.expires is 2026-11-23, which is past: name a day from 2026-11-24 to 2027-05-23"
	for name, test := range map[string]struct {
		expires v1alpha1.Date
		rules   []v1alpha1.RuleID
		stated  []v1alpha1.NotApplicable
		want    []string
	}{
		"the day before the first": {expires: yesterday, want: []string{past}},
		"the first day":            {expires: today},
		"the last day":             {expires: latest},
		"the day after the last": {expires: tooLate, want: []string{
			"spec.expires is 2027-05-24, which is more than 180 days ahead: name a day up to 2027-05-23",
		}},
		"rules that can be waived": {expires: today, rules: []v1alpha1.RuleID{"a.b", "c.d"}},
		"rules that cannot": {expires: today, rules: []v1alpha1.RuleID{"a.b", "no.a", "no.b"}, want: []string{
			"spec.rules[1]: no.a cannot be waived", "spec.rules[2]: no.b cannot be waived",
		}},
		"dimensions that exist": {expires: today, stated: []v1alpha1.NotApplicable{{Dimension: "a.b"}}},
		"everything at once": {expires: yesterday, rules: []v1alpha1.RuleID{"no.a"}, stated: []v1alpha1.NotApplicable{{Dimension: "a.b"}, {Dimension: "no.b"}}, want: []string{
			"spec.rules[0]: no.a cannot be waived", "spec.notApplicable[1].dimension: no.b is not known", past,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			e := &v1alpha1.PolicyException{Spec: v1alpha1.PolicyExceptionSpec{Expires: test.expires, Rules: test.rules, NotApplicable: test.stated}}
			if diff := cmp.Diff(test.want, exception.Validate(e, now, names{})); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
