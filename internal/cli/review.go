package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

// anySidecarImage is a placeholder for the sidecar image that a cluster injects, which is not known offline. The review adds a sidecar with
// this image to a pod and then expects this image, so no finding depends on the value.
const anySidecarImage = "chaperone/sidecar@sha256:0000000000000000000000000000000000000000000000000000000000000000"

// session reviews the objects of one input as a cluster that has these objects would.
type session struct {
	engine *engine.Engine
	now    time.Time
	// scopes has, by namespace, what the review of an object needs to know besides the object.
	scopes map[string]review.Scope
	// beside has, by namespace, what affects its pods.
	beside map[string]manifest.Beside
	// reviewers has, by sidecar image, the reviewer that expects this image in pods.
	reviewers map[string]*review.Reviewer
}

// newSession returns a session for the objects of an input. The session decides for the time `now`. environments has the environment of
// each namespace.
func newSession(engine *engine.Engine, now time.Time, objects []manifest.Object, environments map[string]facts.Environment) *session {
	s := &session{engine: engine, now: now, scopes: map[string]review.Scope{}, reviewers: map[string]*review.Reviewer{}}
	s.beside = manifest.CollectBeside(objects)
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
	// A Service selects pods by the labels that they have after admission. These labels depend on all declarations of the namespace, so the
	// scopes above come first.
	for _, o := range objects {
		if o.Pod != nil {
			s.addPod(o)
		}
	}
	return s
}

// addPod adds a pod, or the pods of a workload, to the scope of its namespace. Of what other objects own, such as the ReplicaSet of a
// Deployment, it adds only pods.
func (s *session) addPod(o manifest.Object) {
	scope := s.scopes[o.Namespace]
	labels, governed := scope.Declarations.ComputeLabels(o.Pod.Labels)
	switch {
	case governed:
		scope.PodLabels = append(scope.PodLabels, labels)
	case scope.Declarations.IsUngoverned(o.Pod.Labels) && isSourceOfPods(o):
		scope.Ungoverned = append(scope.Ungoverned, review.Ungoverned{
			Labels: o.Pod.Labels, UngovernedPods: facts.NewUngovernedPods(nameWorkload(o), &o.Pod.Spec),
		})
	}
	s.scopes[o.Namespace] = scope
}

// isSourceOfPods reports whether the object is a pod that has not ended and is not being deleted, or a workload that has pods and that no
// other one stands for. No pod comes from a PodTemplate.
func isSourceOfPods(o manifest.Object) bool {
	if o.TemplatePath == "" {
		return o.Pod.Status.Phase != corev1.PodSucceeded && o.Pod.Status.Phase != corev1.PodFailed && o.Pod.DeletionTimestamp.IsZero()
	}
	return !o.IsOwned && !o.IsIdle && o.Kind != "PodTemplate"
}

// nameWorkload returns the workload from which pods come, as a cluster would name it for them.
func nameWorkload(o manifest.Object) string {
	if o.TemplatePath == "" {
		return facts.NameWorkload(o.Pod)
	}
	return o.Kind + " " + o.Name
}

// review returns an item for each declaration, for each ChatShape that can be used, and for each pod, workload, Service and NetworkPolicy
// that belongs or leads to a chatbot, in the order of the objects. notes has a line for each of these that is not governed, with the reason.
// The error says that a review could not be prepared, or that the search for a split failed.
func (s *session) review(ctx context.Context, objects []manifest.Object) (items []report.Item, notes []string, err error) {
	shapes := collectShapes(objects)
	for _, o := range objects {
		if o.Shape != nil {
			if item, ok := s.reviewShape(o); ok {
				items = append(items, item)
			}
			continue
		}
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
		item := report.Item{
			APIVersion: o.APIVersion, Kind: o.Kind, Namespace: o.Namespace, Name: o.Name,
			Verdict: verdict, Unexecuted: verdict.Obligations.ListUnexecuted(nil),
		}
		if o.Declaration != nil {
			item.Unexecuted = render.ListUnexecuted(&o.Declaration.Spec, verdict.Obligations)
			item.AsksForConsent = render.AsksForConsent(&o.Declaration.Spec, verdict.Obligations)
			item.Redacted, item.Unredacted = render.ListRedacted(&o.Declaration.Spec, verdict.Obligations)
			item.Unread = render.ListUnread(&o.Declaration.Spec, shapes)
			item.NotCovered = s.listGaps(&o.Declaration.Spec)
			item.Unneeded = verdict.ListUnneeded(&o.Declaration.Spec)
		}
		items = append(items, item)
	}
	return items, notes, nil
}

// listGaps returns what the legal data lacks for a declaration, each with its code.
func (s *session) listGaps(spec *v1alpha1.ChatbotDeploymentSpec) []string {
	var texts []string
	for _, gap := range s.engine.Gaps(spec.Jurisdictions, spec.Sectors) {
		texts = append(texts, gap.Code+": "+gap.About)
	}
	return texts
}

// reviewObject returns the verdict about an object. skipped is the reason why there is no verdict; "" if there is one.
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
	if o.Service != nil {
		result, ambiguity := reviewer.Service(ctx, scope, o.Service)
		verdict, skipped = verdictOf(result, ambiguity, "it leads to no pod of a ChatbotDeployment of the input")
		return verdict, skipped, nil
	}
	if o.NetworkPolicy != nil {
		result, ambiguity := reviewer.NetworkPolicy(ctx, scope, o.NetworkPolicy)
		verdict, skipped = verdictOf(result, ambiguity, "it selects no pod of a ChatbotDeployment of the input")
		return verdict, skipped, nil
	}
	pod, err := s.newPod(o)
	if err != nil {
		return policy.Verdict{}, "", err
	}
	result, ambiguity := reviewer.Pod(ctx, scope, o.Namespace, pod)
	verdict, skipped = verdictOf(result, ambiguity, "no ChatbotDeployment of the input governs it")
	return verdict, skipped, nil
}

// newPod returns the pod of an object as the review takes it: with the requests and limits that its namespace gives to it, unless it is a
// live pod, which has them already.
func (s *session) newPod(o manifest.Object) (review.Pod, error) {
	beside, admitted := s.beside[o.Namespace], o.Pod
	if !o.IsLivePod() {
		admitted = beside.SetDefaults(o.Pod)
	}
	pod, err := review.NewPod(admitted)
	if err != nil {
		return review.Pod{}, err
	}
	pod.TemplatePath, pod.Admitted, pod.ConfigMaps = o.TemplatePath, o.IsLivePod(), beside.ConfigMaps
	return pod, nil
}

// verdictOf returns the verdict of a review, or the reason why there is none: the text of `ambiguity` if it is unknown which
// declaration governs the object, or the text `ungoverned` if no declaration does.
func verdictOf(result review.Result, ambiguity error, ungoverned string) (verdict policy.Verdict, skipped string) {
	switch {
	case ambiguity != nil:
		return policy.Verdict{}, ambiguity.Error()
	case !result.IsGoverned():
		return policy.Verdict{}, ungoverned
	}
	return result.Verdict, ""
}

// reviewDeclaration returns the verdict about a declaration. For a declaration with a conflict that a split resolves, the verdict also
// proposes the split.
func (s *session) reviewDeclaration(ctx context.Context, o manifest.Object) (policy.Verdict, error) {
	reviewer, err := s.reviewerOf(anySidecarImage) // The verdict about a declaration does not depend on the image of sidecars.
	if err != nil {
		return policy.Verdict{}, err
	}
	scope := s.scopes[o.Namespace]
	decision := reviewer.Declaration(ctx, scope, o.Declaration)
	return s.engine.Split(ctx, facts.NewDeclarationInput(o.Declaration, scope.Environment, scope.Now), decision.Verdict)
}

// sidecarImageOf returns the image that the sidecar of an object must have. For a live pod, this is the image that its sidecar has, because
// the image that its cluster injects is not known here; noteImages tells the user. For other objects it is anySidecarImage.
func sidecarImageOf(o manifest.Object) string {
	if sidecar := sidecarOf(o); sidecar != nil {
		return sidecar.Image
	}
	return anySidecarImage
}

// sidecarOf returns the sidecar container of a live pod. It returns nil for a pod without a sidecar and for other objects.
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

// reviewerOf returns the reviewer that expects the given sidecar image in pods. It makes one reviewer for each image, and keeps it.
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

// checkSystems returns a problem for each governed pod or template that is for Windows. The API server refuses the pod that results,
// because the sidecar has settings that only Linux has.
func (s *session) checkSystems(objects []manifest.Object) error {
	var problems []error
	for _, o := range objects {
		if o.Pod == nil || o.Pod.Spec.OS == nil || o.Pod.Spec.OS.Name != corev1.Windows {
			continue
		}
		if _, governed := s.scopes[o.Namespace].Declarations.ComputeLabels(o.Pod.Labels); governed {
			problems = append(problems, &manifest.Problem{Origin: o.Origin, Object: o.String(), Message: fmt.Sprintf(
				"%s is windows, and the sidecar runs on Linux only: run the chatbot in a container for Linux",
				strings.TrimPrefix(o.TemplatePath+".spec.os.name", "."))})
		}
	}
	return errors.Join(problems...)
}
