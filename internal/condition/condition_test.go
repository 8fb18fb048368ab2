package condition_test

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/internal/condition"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestStalledIsThereWhileReadyIsNotTrue(t *testing.T) {
	var conditions []metav1.Condition
	for i, status := range []metav1.ConditionStatus{metav1.ConditionFalse, metav1.ConditionFalse, metav1.ConditionTrue} {
		now := noon.Add(time.Duration(i) * time.Hour)
		condition.SetReady(&conditions, 3, now, metav1.Condition{Status: status, Reason: "Why", Message: "What."})
		ready, stalled := meta.FindStatusCondition(conditions, "Ready"), meta.FindStatusCondition(conditions, "Stalled")
		if ready == nil || ready.Status != status || ready.ObservedGeneration != 3 {
			t.Fatalf("Ready is %+v", ready)
		}
		switch isReady := status == metav1.ConditionTrue; {
		case isReady != (stalled == nil):
			t.Errorf("Ready is %s, Stalled is %+v", status, stalled)
		case !isReady && (!stalled.LastTransitionTime.Time.Equal(noon) || stalled.Message != "What."):
			t.Errorf("Stalled is %+v", stalled)
		}
	}
}

func TestTruncate(t *testing.T) {
	for text, want := range map[string]string{"": "", "abc": "abc", "äöüß": "äö…"} {
		if got := condition.Truncate(text, 3); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
