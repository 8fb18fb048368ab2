package review

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/fingerprint"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
)

// Pod is a pod, or the pod template of a workload, with everything that the decision about it reads. It does not have the name, so that
// pods of one template are equal and share one decision.
type Pod struct {
	Labels      map[string]string
	Annotations map[string]string
	// Spec is the JSON of the pod's spec. For a pod that a declaration governs, the review decodes it only if there is no decision about an
	// equal pod in the cache.
	Spec json.RawMessage
	// TemplatePath is the JSON path of the template in its workload, for example `spec.template`; empty for a pod.
	TemplatePath string
	// Admitted is true if the pod has passed mutation and is reviewed as it is. Any other pod is reviewed as it would be admitted: with
	// the injected sidecar.
	Admitted bool
	// Claim is the chatbot that the pod's label names (see ReadClaim), or that it named before an update removed the label; nil if there is
	// none.
	Claim *string
	// AddsContainers is true if the request adds ephemeral containers to the pod, which break-glass may allow.
	AddsContainers bool
	// ExistingEphemeral are the names of the ephemeral containers that the pod had before. The API never removes such a container.
	ExistingEphemeral []string
	// ConfigMaps has the data of ConfigMaps that the pod names, by name. Admission reads none: only the CLI does, from its input.
	ConfigMaps map[string]map[string]string
}

// NewPod returns the Pod for a review of a pod that has not passed mutation: it is reviewed as it would be admitted, with its sidecar.
func NewPod(pod *corev1.Pod) (Pod, error) {
	spec, err := json.Marshal(pod.Spec)
	if err != nil {
		return Pod{}, fmt.Errorf("encode pod: spec: %w", err)
	}
	return Pod{Labels: pod.Labels, Annotations: pod.Annotations, Spec: spec, Claim: ReadClaim(pod.Labels)}, nil
}

// Decode returns the pod without a name. It returns an error if Spec is not the JSON of a pod's spec.
func (p Pod) Decode(namespace string) (*corev1.Pod, error) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Labels: p.Labels, Annotations: p.Annotations}}
	if err := utiljson.Unmarshal(p.Spec, &pod.Spec); err != nil {
		return nil, fmt.Errorf("decode pod: spec: %w", err)
	}
	return pod, nil
}

// podInput is the complete input of a decision about a pod.
type podInput struct {
	// Decision identifies the decision about the declaration that governs the pod, by the fingerprint of its input. The decision about the
	// pod depends on the declaration only through that decision.
	Decision fingerprint.Sum
	// NeedsSidecar is true if the declaration's selector matches the labels of the pod as the request has them. A pod that only claims the
	// chatbot gets no sidecar.
	NeedsSidecar bool
	// Image is the sidecar's image.
	Image string
	Pod   Pod
	// BreakGlass is true for the decision that holds for a user who may use break-glass.
	BreakGlass bool
}

// Pod decides about a pod or a pod template of the namespace. The Result is zero if the pod is not governed. A
// pod can be governed without a declaration: it claims to belong to a chatbot that is not declared. The errors are those of
// Declarations.Govern. With an error, it is unknown which declaration governs the pod, so the pod must not be admitted.
func (r *Reviewer) Pod(ctx context.Context, scope Scope, namespace string, pod Pod) (Result, error) {
	governance, err := scope.Declarations.Govern(pod.Labels, pod.Claim)
	switch {
	case err != nil:
		return Result{}, err
	case governance.Declaration != nil:
		result := r.addOpenings(ctx, scope, governance.Chatbot(), pod, r.decideGovernedPod(ctx, scope, governance, pod))
		result.Declaration = governance.Declaration
		return result, nil
	case governance.IsGoverned():
		return r.decideUndeclaredPod(ctx, scope, namespace, governance, pod), nil
	}
	return Result{}, nil
}

// decideGovernedPod decides about a pod that a declaration governs.
func (r *Reviewer) decideGovernedPod(ctx context.Context, scope Scope, governance Governance, pod Pod) Result {
	d := r.Declaration(ctx, scope, governance.Declaration)
	chatbots := []string{governance.Chatbot()}
	if d.UngovernableReason != "" {
		return Result{Chatbots: chatbots, Verdict: policy.NewUndecided(d.Verdict.Revision, d.Verdict.AsOf, d.UngovernableReason)}
	}
	in := podInput{Decision: d.Input.fingerprint, NeedsSidecar: governance.IsSelected, Image: r.image, Pod: pod}
	// For a pod, break-glass can allow nothing but new ephemeral containers.
	if !pod.AddsContainers {
		return Result{Chatbots: chatbots, Verdict: r.decideWorkload(ctx, d, in)}
	}
	return decideWithAndWithoutBreakGlass(chatbots, func(breakGlass bool) policy.Verdict {
		in.BreakGlass = breakGlass
		return r.decideWorkload(ctx, d, in)
	})
}

// decideWorkload decides about a pod or a pod template, from the cache or with the engine; d is the decision about the declaration that
// governs it.
func (r *Reviewer) decideWorkload(ctx context.Context, d *Decision, in podInput) policy.Verdict {
	return r.cache.findWorkload(&in, d.Verdict.Revision, func() (policy.Verdict, bool) {
		pod, err := in.Pod.Decode(d.Declaration.Namespace)
		if err != nil {
			return policy.NewUndecided(d.Verdict.Revision, d.Verdict.AsOf, err.Error()), false
		}
		if !in.Pod.Admitted {
			pod = admit(pod, d, in)
		}
		workload := inject.NewWorkloadInput(pod, d.Declaration, d.Verdict, d.Sidecar)
		workload.Selected = isSelected(d, pod)
		v := r.evaluate(ctx, workload, in)
		// The decision about the pod can change when the decision about its declaration does.
		v.NextEvaluation = d.Verdict.NextEvaluation
		// The fingerprint of d is zero if d was not cached. The podInput then does not identify d, so it cannot be the key for v.
		identifiesDecision := !d.Input.IsZero()
		// If the revisions differ, the policy was replaced after the decision about the declaration and before the one about the pod.
		isCacheable := identifiesDecision && v.Outcome != policy.OutcomeUndecided && v.Revision == d.Verdict.Revision
		// A finding of v that is not in d.Verdict is about a field of the pod. In a workload, this field begins with the path of the pod
		// template. The findings of d.Verdict are about fields of the declaration, so they do not get this path.
		return v.WithFieldsUnder(in.Pod.TemplatePath, d.Verdict), isCacheable
	})
}

// admit returns the pod as the validating webhook would see it: with the sidecar if it needs one. It ignores the error of the injection,
// because the rules about the sidecar and its ports refuse a pod without the injected parts.
func admit(pod *corev1.Pod, d *Decision, in podInput) *corev1.Pod {
	if in.NeedsSidecar {
		pod, _ = inject.Sidecar(pod, d.Declaration, d.Sidecar)
	}
	// The API server defaults host ports in pods, not in pod templates.
	if in.Pod.TemplatePath == "" {
		inject.DefaultHostPorts(pod)
	}
	return pod
}

// isSelected reports whether the declaration's selector matches the labels of the pod after injection. A selector that matched the pod
// before may not match it then, because a selector can exclude the label that injection adds.
func isSelected(d *Decision, pod *corev1.Pod) bool {
	selector, err := selection.Parse(d.Declaration)
	return err == nil && selector.Matches(labels.Set(pod.Labels))
}

// decideUndeclaredPod decides about a pod whose label names a chatbot without a declaration. Such a pod gets no sidecar, and the workload
// rules refuse it.
func (r *Reviewer) decideUndeclaredPod(ctx context.Context, scope Scope, namespace string, governance Governance, pod Pod) Result {
	result := Result{Chatbots: []string{governance.Chatbot()}}
	noDecision := policy.Verdict{AsOf: scope.formatDay(), Revision: r.engine.Revision()}
	decoded, err := pod.Decode(namespace)
	if err != nil {
		result.Verdict = policy.NewUndecided(noDecision.Revision, noDecision.AsOf, err.Error())
		return result
	}
	// Without a declaration, only the name of the sidecar is known.
	sidecar := facts.SidecarTemplate{Container: corev1.Container{Name: contract.Sidecar}}
	verdict := r.evaluate(ctx, inject.NewWorkloadInput(decoded, nil, noDecision, sidecar), podInput{Pod: pod})
	// There is no declaration. The empty verdict says that no finding is about one, so every finding is about a field of the pod and gets
	// the path of the pod template.
	result.Verdict = verdict.WithFieldsUnder(pod.TemplatePath, policy.Verdict{})
	return result
}

// evaluate evaluates the workload rules about the input, to which it adds ExistingEphemeral, ConfigMaps and BreakGlass of the podInput.
func (r *Reviewer) evaluate(ctx context.Context, in facts.WorkloadInput, from podInput) policy.Verdict {
	in.ExistingEphemeral, in.ConfigMaps, in.BreakGlass = from.Pod.ExistingEphemeral, from.Pod.ConfigMaps, from.BreakGlass
	return decideInTime(ctx, in.Verdict.Revision, in.Verdict.AsOf, func() policy.Verdict { return r.engine.Workload(ctx, in) })
}

// DecideInjection returns the decision about the declaration whose selector matches a new pod with these labels: the pod needs the sidecar
// of that declaration. It returns nil if no selector matches. A pod that only claims a chatbot gets no sidecar, so Govern gets no claim
// here. The errors are those of Declarations.Govern.
func (r *Reviewer) DecideInjection(ctx context.Context, scope Scope, podLabels map[string]string) (*Decision, error) {
	governance, err := scope.Declarations.Govern(podLabels, nil)
	if err != nil || governance.Declaration == nil {
		return nil, err
	}
	return r.Declaration(ctx, scope, governance.Declaration), nil
}

// ComputeLabels returns the labels that a governed pod has after admission, which include chaperone.dev/chatbot. It returns false for a
// pod that is not governed, or for which Govern returns an error.
func (d Declarations) ComputeLabels(podLabels map[string]string) (map[string]string, bool) {
	governance, err := d.Govern(podLabels, ReadClaim(podLabels))
	if err != nil || !governance.IsGoverned() {
		return nil, false
	}
	admitted := maps.Clone(podLabels)
	if admitted == nil {
		admitted = map[string]string{}
	}
	admitted[v1alpha1.LabelChatbot] = governance.Chatbot()
	return admitted, true
}
