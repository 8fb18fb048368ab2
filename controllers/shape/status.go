package shape

import (
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/condition"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/shape/example"
)

// conflictRetry is the time to wait after a write conflict, so that the cache has the newer object.
const conflictRetry = time.Second

// refresh returns a copy of the shape with a new status at the time now; nil if the status is unchanged. chatbots is the number of
// declarations that name the shape.
func refresh(s *v1alpha1.ChatShape, chatbots int32, now time.Time) *v1alpha1.ChatShape {
	after := s.DeepCopy()
	after.Status.ObservedGeneration, after.Status.Chatbots, after.Status.Revision = s.Generation, chatbots, 0
	ready := metav1.Condition{Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady, Message: "Its examples hold. Declarations can name it."}
	loaded, err := shape.LoadOwn(s.Name, s.Spec.Raw)
	if err == nil {
		after.Status.Revision = int64(loaded.Revision)
		err = example.Check(loaded)
	}
	if err != nil {
		ready.Status, ready.Reason = metav1.ConditionFalse, v1alpha1.ReasonNotUsable
		ready.Message = condition.Truncate("Declarations that name it are denied, and running pods keep their configuration. "+err.Error(), condition.MaxMessage)
	}
	condition.SetReady(&after.Status.Conditions, s.Generation, now, ready)
	if equality.Semantic.DeepEqual(s.Status, after.Status) {
		return nil
	}
	return after
}
