package chatbot

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/tools/events"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

func TestHappenings(t *testing.T) {
	statusOf := func(verdict policy.Verdict, stalled cause) v1alpha1.ChatbotDeploymentStatus {
		found := observation{declaration: newDeclaration(), stalledBecause: stalled}
		return newStatus(found, verdict, plan(found, verdict, renderValid), nil, noon)
	}
	withRevision := func(revision string) v1alpha1.ChatbotDeploymentStatus {
		verdict := allowVerdict()
		verdict.Revision = revision
		return statusOf(verdict, cause{})
	}
	none := v1alpha1.ChatbotDeploymentStatus{}
	overlap := cause{reason: v1alpha1.ReasonOverlappingSelector, message: "overlap"}

	tests := map[string]struct {
		before, after v1alpha1.ChatbotDeploymentStatus
		written       writtenObjects
		want          []string
	}{
		"well from the start: no event":    {none, statusOf(allowVerdict(), cause{}), writtenObjects{"chaperone-support", "chaperone-support"}, nil},
		"denied from the start: a warning": {none, statusOf(denyVerdict(), cause{}), writtenObjects{}, []string{"Warning NotCompliant"}},
		"complies again": {statusOf(denyVerdict(), cause{}), statusOf(allowVerdict(), cause{}), writtenObjects{"chaperone-support", ""}, []string{
			"Normal SidecarConfigured", "Normal Compliant"}},
		"nothing changed: no event": {statusOf(allowVerdict(), cause{}), statusOf(allowVerdict(), cause{}), writtenObjects{}, nil},
		"no longer compliant: a warning": {statusOf(allowVerdict(), cause{}), statusOf(denyVerdict(), cause{}), writtenObjects{}, []string{
			"Warning NotCompliant"}},
		"stalled: a warning": {statusOf(allowVerdict(), cause{}), statusOf(allowVerdict(), overlap), writtenObjects{}, []string{
			"Warning OverlappingSelector"}},
		"no longer stalled": {statusOf(denyVerdict(), overlap), statusOf(denyVerdict(), cause{}), writtenObjects{}, []string{
			"Normal NoLongerStalled", "Warning NotCompliant", "Normal AllGoverned"}},
		"quarantined: a warning": {statusOf(warnVerdict(), cause{}), statusOf(quarantineVerdict(), cause{}), writtenObjects{}, []string{
			"Warning NotCompliant", "Warning Quarantined"}},
		"another policy revision, the same configuration: no event": {withRevision("r1"), withRevision("r2"), writtenObjects{"chaperone-support", ""}, nil},
		"objects were touched by someone else": {statusOf(allowVerdict(), cause{}), statusOf(allowVerdict(), cause{}), writtenObjects{"chaperone-support", "chaperone-support"}, []string{
			"Warning DriftRepaired", "Warning DriftRepaired"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, e := range newEvents(tc.before, tc.after, tc.written) {
				got = append(got, e.kind+" "+e.reason)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNotesAreBounded(t *testing.T) {
	recorder := events.NewFakeRecorder(1)
	r := New(Options{Events: recorder})
	r.recordEvents(newDeclaration(), []objectEvent{{kind: "Normal", reason: "Compliant", note: strings.Repeat("ü%s", 1000)}})
	got := <-recorder.Events
	if note := strings.TrimPrefix(got, "Normal Compliant "); len(note) > 1024 || !strings.HasSuffix(note, "…") {
		t.Errorf("note of %d bytes: %s", len(note), got)
	}
}
