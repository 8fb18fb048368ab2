// Package condition writes what all statuses of Chaperone's kinds have in common: the conditions Ready and Stalled of an object that only an edit
// repairs, and messages of a bounded length. It is pure.
package condition

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// MaxMessage is the number of characters to which the message of a condition is truncated. Kubernetes allows 32768.
const MaxMessage = 4096

// SetReady puts the condition Ready into conditions, and Stalled while Ready is not True, because only an edit helps then. The given condition has
// only a status, a reason and a message; SetReady adds the rest. generation is that of the spec that the status is about. A condition whose
// status is unchanged keeps the time of its transition.
func SetReady(conditions *[]metav1.Condition, generation int64, now time.Time, ready metav1.Condition) {
	ready.Type, ready.ObservedGeneration, ready.LastTransitionTime = v1alpha1.ConditionReady, generation, metav1.NewTime(now)
	meta.SetStatusCondition(conditions, ready)
	if ready.Status == metav1.ConditionTrue {
		meta.RemoveStatusCondition(conditions, v1alpha1.ConditionStalled)
		return
	}
	ready.Type, ready.Status = v1alpha1.ConditionStalled, metav1.ConditionTrue
	meta.SetStatusCondition(conditions, ready)
}

// Truncate returns the text, shortened to limit characters, at least 1, with an ellipsis at the end if it is longer.
func Truncate(text string, limit int) string {
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return text
}
