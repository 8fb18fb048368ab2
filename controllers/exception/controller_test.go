package exception

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
	"github.com/chaperone-dev/chaperone/test/golden"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// TestStatesOfExceptions: an exception that nobody has approved, and one that has expired, are as they are to be: nothing is stalled. test/readers
// shows the states to kstatus and to the health checks of Argo CD.
func TestStatesOfExceptions(t *testing.T) {
	statusOf := func(approver, expires string) v1alpha1.PolicyExceptionStatus {
		e := &v1alpha1.PolicyException{ObjectMeta: metav1.ObjectMeta{Name: "trial", Generation: 2}}
		e.Spec.Expires = v1alpha1.Date(expires)
		if approver != "" {
			e.Annotations = map[string]string{v1alpha1.AnnotationRequestedBy: "a", v1alpha1.AnnotationApprovedBy: approver}
		}
		active := newActiveCondition(e, nil, noon)
		active.ObservedGeneration, active.LastTransitionTime = e.Generation, metav1.NewTime(noon)
		status := v1alpha1.PolicyExceptionStatus{ObservedGeneration: e.Generation}
		meta.SetStatusCondition(&status.Conditions, active)
		return status
	}
	golden.Compare(t, "testdata/states.golden", map[string]any{
		"PolicyException in effect":        statusOf("b", "2026-12-31"),
		"PolicyException without approval": statusOf("", "2026-12-31"),
		"PolicyException that has expired": statusOf("b", "2026-11-22"),
	})
}

// TestApprovalIsForOneChatbot: an approval ends when another chatbot of the name is declared, and not when there is none.
func TestApprovalIsForOneChatbot(t *testing.T) {
	d := &v1alpha1.ChatbotDeployment{ObjectMeta: metav1.ObjectMeta{Name: "support", UID: "1"}}
	e := &v1alpha1.PolicyException{Spec: v1alpha1.PolicyExceptionSpec{Chatbot: "support", Expires: "2026-12-31"}}
	e.Annotations = map[string]string{
		v1alpha1.AnnotationRequestedBy: "a", v1alpha1.AnnotationApprovedBy: "b", v1alpha1.AnnotationApprovedFor: exception.FormatBinding(d),
	}
	other := d.DeepCopy()
	other.UID = "2"
	for _, c := range []struct {
		chatbot *v1alpha1.ChatbotDeployment
		want    string
	}{{d, v1alpha1.ReasonApproved}, {other, v1alpha1.ReasonApprovedForAnother}, {nil, v1alpha1.ReasonApproved}} {
		if got := newActiveCondition(e, c.chatbot, noon).Reason; got != c.want {
			t.Errorf("%v: %s, want %s", c.chatbot, got, c.want)
		}
	}
}
