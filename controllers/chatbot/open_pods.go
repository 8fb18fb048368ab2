package chatbot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// openPod is a pod with settings that can lead around its sidecar, such as the network of the node. Admission refuses such a pod under Deny, but it can
// be older than the enforcement, or than the end of an exception.
type openPod struct {
	name string
	// pod has what the cache of governed pods keeps. It is shared and must not be changed.
	pod *corev1.Pod
	// fields are the JSON paths of the settings: those that can lead around the sidecar, and after reviewOpenPods those that do.
	fields []string
	// isRefused is true if a new pod with these settings would be refused.
	isRefused bool
}

// reviewOpenPods adds to found the decisions about the pods whose settings can lead around the sidecar.
func (r *Reconciler) reviewOpenPods(ctx context.Context, found *observation, scope review.Scope) error {
	for i := range found.pods {
		open := found.pods[i].open
		if open == nil {
			continue
		}
		in, err := review.NewPod(open.pod)
		if err != nil {
			return fmt.Errorf("review pod %s: %w", open.name, err)
		}
		in.Admitted = true
		result, err := r.Reviewer.Pod(ctx, scope, found.declaration.Namespace, in)
		if err != nil {
			return fmt.Errorf("review pod %s: %w", open.name, err)
		}
		found.pods[i].open = open.judge(result.Verdict)
	}
	return nil
}

// judge returns the pod with the settings that lead around the sidecar, or nil if none does. Findings about other fields do not count: the cache does not
// keep all that they read. Without a decision, all of them do.
func (o *openPod) judge(verdict policy.Verdict) *openPod {
	if isUndecided(verdict) {
		return &openPod{name: o.name, fields: o.fields, isRefused: true}
	}
	judged := &openPod{name: o.name}
	for _, f := range verdict.Findings {
		isWaived := f.Action == policy.ActionWaived || f.Action == policy.ActionNotApplicable
		if f.Group == policy.GroupHygiene || isWaived || !slices.Contains(o.fields, f.Field) {
			continue
		}
		judged.fields = append(judged.fields, f.Field)
		judged.isRefused = judged.isRefused || f.Action == policy.ActionDeny || f.Action == policy.ActionQuarantine
	}
	if len(judged.fields) == 0 {
		return nil
	}
	judged.fields = slices.Compact(judged.fields)
	return judged
}

// listOpenPods returns the pods that lead around their sidecar, each with its settings, as texts for people: those that would be refused, or the others.
func (o observation) listOpenPods(isRefused bool) []string {
	var texts []string
	for _, pod := range o.pods {
		if pod.open != nil && pod.open.isRefused == isRefused {
			texts = append(texts, fmt.Sprintf("%s (%s)", pod.name, strings.Join(pod.open.fields, ", ")))
		}
	}
	slices.Sort(texts)
	return texts
}

// newPodsLeadAround returns the condition WorkloadsGoverned while pods run that a rule refuses now.
func newPodsLeadAround(found observation) metav1.Condition {
	refused := found.listOpenPods(true)
	return newCondition(v1alpha1.ConditionWorkloadsGoverned, metav1.ConditionFalse, v1alpha1.ReasonPodLeadsAround, fmt.Sprintf(
		"By their own settings, which the rules refuse in new pods, people or programs can reach the app around the sidecar in %d of %s: %s. "+
			"Remove these settings from the pod template and restart the workload, or delete the pods.",
		len(refused), formatCount(len(found.pods), "selected pod"), listNames(refused)))
}

// explainOpenPods returns a sentence with the pods that Deny would refuse, or "" if there are none. It begins with a blank.
func explainOpenPods(found observation) string {
	open := found.listOpenPods(false)
	if len(open) == 0 {
		return ""
	}
	return fmt.Sprintf(" Deny would refuse the settings by which people or programs can reach the app around the sidecar in %d: %s.", len(open), listNames(open))
}
