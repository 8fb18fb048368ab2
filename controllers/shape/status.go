package shape

import (
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/shape/example"
)

const (
	// conflictRetry is the time to wait after a write conflict, so that the cache has the newer object.
	conflictRetry = time.Second
	// maxMessage is the number of characters to which a condition's message is truncated. Kubernetes allows 32768.
	maxMessage = 4096
)

// refresh returns a copy of the shape with a new status at the time now; nil if the status is unchanged. chatbots is the number of
// declarations that name the shape.
func refresh(s *v1alpha1.ChatShape, chatbots int32, now time.Time) *v1alpha1.ChatShape {
	after := s.DeepCopy()
	after.Status.ObservedGeneration, after.Status.Chatbots, after.Status.Revision = s.Generation, chatbots, 0
	ready := metav1.Condition{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady, Message: "Its examples hold. Declarations can name it.",
	}
	loaded, err := shape.LoadOwn(s.Name, s.Spec.Raw)
	if err == nil {
		after.Status.Revision = int64(loaded.Revision)
		err = example.Check(loaded)
	}
	if err != nil {
		ready.Status, ready.Reason = metav1.ConditionFalse, v1alpha1.ReasonNotUsable
		ready.Message = truncate("Declarations that name it are denied, and running pods keep their configuration. " + err.Error())
	}
	ready.ObservedGeneration, ready.LastTransitionTime = s.Generation, metav1.NewTime(now)
	meta.SetStatusCondition(&after.Status.Conditions, ready)
	if err == nil {
		meta.RemoveStatusCondition(&after.Status.Conditions, v1alpha1.ConditionStalled)
	} else { // Only an edit helps.
		ready.Type, ready.Status = v1alpha1.ConditionStalled, metav1.ConditionTrue
		meta.SetStatusCondition(&after.Status.Conditions, ready)
	}
	if equality.Semantic.DeepEqual(s.Status, after.Status) {
		return nil
	}
	return after
}

// truncate returns the text, shortened to maxMessage characters with an ellipsis at the end if it is longer.
func truncate(text string) string {
	if runes := []rune(text); len(runes) > maxMessage {
		return string(runes[:maxMessage-1]) + "…"
	}
	return text
}
