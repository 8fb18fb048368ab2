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
	d := &v1alpha1.ChatbotDeployment{ObjectMeta: metav1.ObjectMeta{Name: "support", UID: "1"}}
	other := d.DeepCopy()
	other.UID = "2"
	statusOf := func(approver, expires string, chatbot *v1alpha1.ChatbotDeployment) v1alpha1.PolicyExceptionStatus {
		e := &v1alpha1.PolicyException{ObjectMeta: metav1.ObjectMeta{Name: "trial", Generation: 2}}
		e.Spec.Chatbot, e.Spec.Expires = "support", v1alpha1.Date(expires)
		if approver != "" {
			e.Annotations = map[string]string{v1alpha1.AnnotationRequestedBy: "a", v1alpha1.AnnotationApprovedBy: approver, v1alpha1.AnnotationApprovedFor: exception.FormatBinding(d)}
		}
		active := newActiveCondition(e, chatbot, noon)
		active.ObservedGeneration, active.LastTransitionTime = e.Generation, metav1.NewTime(noon)
		status := v1alpha1.PolicyExceptionStatus{ObservedGeneration: e.Generation}
		meta.SetStatusCondition(&status.Conditions, active)
		return status
	}
	golden.Compare(t, "testdata/states.golden", map[string]any{
		"PolicyException in effect":                  statusOf("b", "2026-12-31", d),
		"PolicyException without approval":           statusOf("", "2026-12-31", d),
		"PolicyException that has expired":           statusOf("b", "2026-11-22", d),
		"PolicyException for a chatbot that is gone": statusOf("b", "2026-12-31", nil),
		"PolicyException approved for another":       statusOf("b", "2026-12-31", other),
	})
}

// TestApprovalIsForOneChatbot: an approval ends when its chatbot is gone, also when another one of the name is declared, unless it is in advance.
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
	}{{d, v1alpha1.ReasonApproved}, {other, v1alpha1.ReasonApprovedForAnother}, {nil, v1alpha1.ReasonChatbotGone}} {
		if got := newActiveCondition(e, c.chatbot, noon).Reason; got != c.want {
			t.Errorf("%v: %s, want %s", c.chatbot, got, c.want)
		}
	}
	e.Spec.InAdvance = true
	if got := newActiveCondition(e, nil, noon).Reason; got != v1alpha1.ReasonChatbotGone {
		t.Errorf("in advance, approved when the chatbot was there: %s", got)
	}
	delete(e.Annotations, v1alpha1.AnnotationApprovedFor)
	for _, chatbot := range []*v1alpha1.ChatbotDeployment{nil, d, other} {
		if got := newActiveCondition(e, chatbot, noon).Reason; got != v1alpha1.ReasonApproved {
			t.Errorf("approved in advance, %v: %s", chatbot, got)
		}
	}
}
