package chatbot

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/readback"
)

// TestStatusFollowsWhatSidecarsSay: the status counts pods by what their sidecar executes. What a pod was created with, or claims in its
// metadata, counts only where the sidecar has not been asked.
func TestStatusFollowsWhatSidecarsSay(t *testing.T) {
	found := observation{declaration: newDeclaration()}
	desired := plan(found, allowVerdict(), renderValid)
	if err := desired.sign(found.withKeys(oldRing), noon); err != nil {
		t.Fatal(err)
	}
	hash, serial := desired.objects.configMap.Annotations[v1alpha1.AnnotationConfigHash], desired.statement.Serial
	minutes := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }
	tests := map[string]struct {
		annotation string
		answer     *readback.Answer
		now        time.Time
		want       string
		summary    string
		stale      int32
		next       time.Duration
	}{
		"it executes the current one":              {hash, &readback.Answer{Hash: hash, Serial: serial}, minutes(1), "True/AllGoverned", "1/1", 0, 0},
		"its pod was created with an earlier one":  {"earlier", &readback.Answer{Hash: hash, Serial: serial}, minutes(1), "True/AllGoverned", "1/1", 0, 0},
		"it executes an earlier one, for a moment": {hash, &readback.Answer{Hash: "earlier", Serial: serial - 1}, minutes(1), "Unknown/SidecarBehind", "0/1", 1, 4 * time.Minute},
		"it executes an earlier one for too long":  {hash, &readback.Answer{Hash: "earlier", Serial: serial - 1}, minutes(5), "False/SidecarBehind", "0/1", 1, 55 * time.Minute},
		"it executes what it says has expired":     {hash, &readback.Answer{Hash: hash, Serial: serial, Expired: true}, minutes(5), "False/SidecarBehind", "0/1", 1, 0},
		"it has the signature of before":           {hash, &readback.Answer{Hash: hash, Serial: serial - 1}, minutes(59), "True/AllGoverned", "1/1", 0, time.Minute},
		"it has it for too long":                   {hash, &readback.Answer{Hash: hash, Serial: serial - 1}, minutes(60), "False/SidecarBehind", "0/1", 1, 0},
		"it was not asked, and is current":         {hash, nil, minutes(60), "True/AllGoverned", "1/1", 0, 0},
		"it was not asked, and may be stale":       {"earlier", nil, minutes(60), "True/AllGoverned", "1/1", 1, 0},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			found := found
			found.pods = []selectedPod{{name: "bot-0", sidecar: sidecarRunning, configHash: tc.annotation, answer: tc.answer}}
			status := newStatus(found, allowVerdict(), desired, nil, tc.now)
			condition := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionWorkloadsGoverned)
			if got := string(condition.Status) + "/" + condition.Reason; got != tc.want || strings.Contains(got, "Behind") && !strings.Contains(condition.Message, "bot-0") {
				t.Errorf("condition is %s (%s), want %s", got, condition.Message, tc.want)
			}
			ready := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReady)
			if ready.Status != condition.Status {
				t.Errorf("Ready is %s, want %s", ready.Status, condition.Status)
			}
			if status.Workloads.Summary != tc.summary || status.Workloads.Stale != tc.stale {
				t.Errorf("workloads are %+v, want %s and %d stale", status.Workloads, tc.summary, tc.stale)
			}
			want := computeRenewal(desired.statement)
			if tc.next != 0 {
				want = tc.now.Add(tc.next)
			}
			if got := desired.computeNextLook(found, tc.now); !got.Equal(want) {
				t.Errorf("next look at %s, want %s", got, want)
			}
		})
	}
}

// A sidecar needs a moment for each new configuration, which deserves no event. One that does not take it does.
func TestEventsAboutWhatSidecarsSay(t *testing.T) {
	found := observation{declaration: newDeclaration()}
	desired := plan(found, allowVerdict(), renderValid)
	if err := desired.sign(found.withKeys(oldRing), noon); err != nil {
		t.Fatal(err)
	}
	hash := desired.objects.configMap.Annotations[v1alpha1.AnnotationConfigHash]
	statusOf := func(executed string, now time.Time) v1alpha1.ChatbotDeploymentStatus {
		found := found
		found.pods = []selectedPod{{name: "bot-0", sidecar: sidecarRunning, answer: &readback.Answer{Hash: executed, Serial: desired.statement.Serial}}}
		return newStatus(found, allowVerdict(), desired, nil, now)
	}
	good, reloading, behind := statusOf(hash, noon), statusOf("earlier", noon), statusOf("earlier", noon.Add(reloadPatience))
	tests := map[string]struct {
		before, after v1alpha1.ChatbotDeploymentStatus
		want          string
	}{
		"it needs a moment":    {good, reloading, ""},
		"it has taken it":      {reloading, good, ""},
		"it does not take it":  {reloading, behind, "Warning SidecarBehind"},
		"it takes it at last":  {behind, good, "Normal AllGoverned"},
		"it has another again": {behind, reloading, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, e := range newEvents(tc.before, tc.after, writtenObjects{}) {
				got = append(got, e.kind+" "+e.reason)
			}
			if strings.Join(got, ", ") != tc.want {
				t.Errorf("events %q, want %q", got, tc.want)
			}
		})
	}
}
