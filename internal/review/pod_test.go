package review_test

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// recordingEngine records whether the rules are told that the selector matches the pod.
type recordingEngine struct {
	flooredEngine
	selected bool
}

func (e *recordingEngine) Workload(_ context.Context, in facts.WorkloadInput) policy.Verdict {
	e.selected = in.Selected
	return policy.Verdict{Outcome: policy.OutcomeAllow, Revision: "r"}
}

// The rules are told whether the selector matches the pod with the labels that it has once it is admitted.
func TestPodTellsRulesWhetherItIsSelected(t *testing.T) {
	selecting := *enginetest.NewMinimal(t)
	selecting.Namespace, selecting.Name = "shop", "support"
	selecting.Spec.Selector = metav1.LabelSelector{MatchLabels: map[string]string{"app": "bot"}}
	excluding := *selecting.DeepCopy()
	excluding.Spec.Selector.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: v1alpha1.LabelChatbot, Operator: metav1.LabelSelectorOpDoesNotExist}}
	cases := map[string]struct {
		declared v1alpha1.ChatbotDeployment
		labels   map[string]string
		want     bool
	}{
		"the selector matches":                        {selecting, map[string]string{"app": "bot"}, true},
		"only the label names the declaration":        {selecting, map[string]string{v1alpha1.LabelChatbot: "support"}, false},
		"the selector excludes what injection labels": {excluding, map[string]string{"app": "bot"}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := &recordingEngine{selected: !c.want}
			r, err := review.New(review.Options{Engine: e, Image: "sidecar"})
			if err != nil {
				t.Fatal(err)
			}
			pod, err := review.NewPod(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: c.labels}})
			if err != nil {
				t.Fatal(err)
			}
			scope := review.Scope{Now: time.Unix(0, 0), Declarations: review.NewDeclarations([]v1alpha1.ChatbotDeployment{c.declared})}
			result, err := r.Pod(t.Context(), scope, "shop", pod)
			if err != nil || result.Verdict.Outcome != policy.OutcomeAllow {
				t.Fatalf("outcome %s (%s), error %v", result.Verdict.Outcome, result.Verdict.Reason, err)
			}
			if e.selected != c.want {
				t.Errorf("selected %t, want %t", e.selected, c.want)
			}
		})
	}
}
