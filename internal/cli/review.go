package cli

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// anySidecarImage stands for the image that a cluster runs: it is not known offline, and no rule reads it.
const anySidecarImage = "chaperone/sidecar@sha256:0000000000000000000000000000000000000000000000000000000000000000"

// session has the objects of one input reviewed, as a cluster that holds them would.
type session struct {
	engine *engine.Engine
	// scopes are what the review of an object reads besides the object, by namespace.
	scopes map[string]review.Scope
	// reviewers are one for each image of a sidecar.
	reviewers map[string]*review.Reviewer
}

// newSession returns a session for the objects of an input. environments has the environment of each of their namespaces.
func newSession(engine *engine.Engine, now time.Time, objects []manifest.Object, environments map[string]facts.Environment) *session {
	s := &session{engine: engine, scopes: map[string]review.Scope{}, reviewers: map[string]*review.Reviewer{}}
	declared := map[string][]v1alpha1.ChatbotDeployment{}
	for _, o := range objects {
		if o.Declaration != nil {
			declared[o.Namespace] = append(declared[o.Namespace], *o.Declaration)
		}
	}
	for _, o := range objects {
		if _, known := s.scopes[o.Namespace]; !known {
			s.scopes[o.Namespace] = review.Scope{
				Now: now, Declarations: review.NewDeclarations(declared[o.Namespace]), Environment: environments[o.Namespace],
			}
		}
	}
	for _, o := range objects {
		if o.Pod == nil {
			continue
		}
		scope := s.scopes[o.Namespace]
		if labels, governed := scope.Declarations.ComputeLabels(o.Pod.Labels); governed {
			scope.PodLabels = append(scope.PodLabels, labels)
			s.scopes[o.Namespace] = scope
		}
	}
	return s
}

// review reviews the objects in their order. Notes name the pods, workloads and Services that are left out, and say why. The error
// is a reviewer that cannot be built.
func (s *session) review(ctx context.Context, objects []manifest.Object) (items []report.Item, notes []string, err error) {
	for _, o := range objects {
		if !o.IsReviewed() {
			continue
		}
		verdict, skipped, err := s.reviewObject(ctx, o)
		if err != nil {
			return nil, nil, err
		}
		if skipped != "" {
			notes = append(notes, fmt.Sprintf("%s: document %d: %s is not judged: %s", o.Origin.File, o.Origin.Document, o, skipped))
			continue
		}
		items = append(items, report.Item{
			APIVersion: o.APIVersion, Kind: o.Kind, Namespace: o.Namespace, Name: o.Name,
			Verdict: verdict, Unexecuted: verdict.Obligations.ListUnexecuted(),
		})
	}
	return items, notes, nil
}

// reviewObject returns the verdict about an object, or says why there is none.
func (s *session) reviewObject(ctx context.Context, o manifest.Object) (verdict policy.Verdict, skipped string, err error) {
	if o.Declaration != nil {
		verdict, err := s.reviewDeclaration(ctx, o)
		return verdict, "", err
	}
	reviewer, err := s.reviewerOf(sidecarImageOf(o))
	if err != nil {
		return policy.Verdict{}, "", err
	}
	scope := s.scopes[o.Namespace]
	var result review.Result
	var unclear error
	ungoverned := "no ChatbotDeployment of the input governs it"
	if o.Service != nil {
		ungoverned = "it leads to no pod of a ChatbotDeployment of the input"
		result, unclear = reviewer.Service(ctx, scope, o.Service)
	} else {
		pod, err := review.NewPod(o.Pod)
		if err != nil {
			return policy.Verdict{}, "", err
		}
		pod.TemplatePath, pod.Admitted = o.TemplatePath, o.IsLivePod()
		result, unclear = reviewer.Pod(ctx, scope, o.Namespace, pod)
	}
	switch {
	case unclear != nil:
		return policy.Verdict{}, unclear.Error(), nil
	case !result.IsGoverned():
		return policy.Verdict{}, ungoverned, nil
	}
	return result.Verdict, "", nil
}

// reviewDeclaration returns the verdict about a declaration, with what would replace a conflicted one.
func (s *session) reviewDeclaration(ctx context.Context, o manifest.Object) (policy.Verdict, error) {
	reviewer, err := s.reviewerOf(anySidecarImage)
	if err != nil {
		return policy.Verdict{}, err
	}
	scope := s.scopes[o.Namespace]
	decision := reviewer.Declaration(ctx, scope, o.Declaration)
	return s.engine.Split(ctx, facts.NewDeclarationInput(o.Declaration, scope.Environment, scope.Now), decision.Verdict)
}

// sidecarImageOf returns the image that the sidecar of an object must have: a live pod's own, since only its cluster knows
// another; for other objects anySidecarImage.
func sidecarImageOf(o manifest.Object) string {
	if sidecar := sidecarOf(o); sidecar != nil {
		return sidecar.Image
	}
	return anySidecarImage
}

// sidecarOf returns the sidecar of a live pod; nil for other objects, and for a pod without one.
func sidecarOf(o manifest.Object) *corev1.Container {
	if !o.IsLivePod() {
		return nil
	}
	for i := range o.Pod.Spec.InitContainers {
		if container := &o.Pod.Spec.InitContainers[i]; container.Name == contract.Sidecar {
			return container
		}
	}
	return nil
}

func (s *session) reviewerOf(image string) (*review.Reviewer, error) {
	if reviewer, known := s.reviewers[image]; known {
		return reviewer, nil
	}
	reviewer, err := review.New(review.Options{Engine: s.engine, Image: image})
	if err != nil {
		return nil, err
	}
	s.reviewers[image] = reviewer
	return reviewer, nil
}
