package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/inject/selection"
	"github.com/chaperone-dev/chaperone/internal/inject/selection/index"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

// anySidecarImage stands for the image that a cluster runs: it is not known offline, and no rule asks.
const anySidecarImage = "chaperone/sidecar@sha256:0000000000000000000000000000000000000000000000000000000000000000"

// judge decides about the objects of one input, as the admission webhooks of a cluster that holds its declarations would.
type judge struct {
	engine    *engine.Engine
	day       time.Time
	declared  map[types.NamespacedName]manifest.Object
	selectors index.Selectors
	decided   map[types.NamespacedName]decision
	// environments are those of declarations, by namespace.
	environments map[string]facts.Environment
	// pods are the labels of the governed pods of the input, by namespace, with the chatbot's name among them.
	pods map[string][]map[string]string
}

// decision is a declaration with what follows from it alone.
type decision struct {
	declaration *v1alpha1.ChatbotDeployment
	verdict     policy.Verdict
	// template is not usable when the verdict is undecided.
	template facts.SidecarTemplate
}

func newJudge(engine *engine.Engine, day time.Time, objects []manifest.Object) *judge {
	j := &judge{
		engine: engine, day: day, environments: collectEnvironments(objects),
		declared: map[types.NamespacedName]manifest.Object{}, decided: map[types.NamespacedName]decision{}, pods: map[string][]map[string]string{},
	}
	for _, o := range objects {
		if o.Declaration != nil {
			j.declared[key(o)] = o
			j.selectors.Put(o.Declaration)
		}
	}
	for _, o := range objects {
		if o.Pod != nil {
			j.addPod(o)
		}
	}
	return j
}

func key(o manifest.Object) types.NamespacedName {
	return types.NamespacedName{Namespace: o.Namespace, Name: o.Name}
}

// all judges the objects in their order. Notes name the pods and workloads that are left out, and say why.
func (j *judge) all(ctx context.Context, objects []manifest.Object) ([]report.Item, []string) {
	var items []report.Item
	var notes []string
	for _, o := range objects {
		if !o.Judged() {
			continue
		}
		verdict, skipped := j.one(ctx, o)
		if skipped != "" {
			notes = append(notes, fmt.Sprintf("%s: document %d: %s is not judged: %s", o.Origin.File, o.Origin.Document, o, skipped))
			continue
		}
		items = append(items, report.Item{
			APIVersion: o.APIVersion, Kind: o.Kind, Namespace: o.Namespace, Name: o.Name,
			Verdict: verdict, Unexecuted: verdict.Obligations.ListUnexecuted(),
		})
	}
	return items, notes
}

// badSelectors joins a *manifest.Problem for each selector that admission refuses: those that are invalid, and those that can
// match a pod that another one matches.
func (j *judge) badSelectors(objects []manifest.Object) error {
	var problems []error
	for _, o := range objects {
		if o.Declaration == nil {
			continue
		}
		if _, err := selection.Selector(o.Declaration); err != nil {
			problems = append(problems, &manifest.Problem{Origin: o.Origin, Object: o.String(), Message: fmt.Sprintf("%v: correct it", err)})
		}
		for _, other := range j.selectors.Overlapping(key(o)) {
			problems = append(problems, &manifest.Problem{Origin: o.Origin, Object: o.String(), Message: fmt.Sprintf(
				"spec.selector overlaps with that of %s (%s, document %d): a pod could match both, so narrow one of them",
				j.declared[other], j.declared[other].Origin.File, j.declared[other].Origin.Document)})
		}
	}
	return errors.Join(problems...)
}

// one judges an object, or says why it is left out.
func (j *judge) one(ctx context.Context, o manifest.Object) (verdict policy.Verdict, skipped string) {
	switch {
	case o.Declaration != nil:
		return j.decide(ctx, key(o)).verdict, ""
	case o.Service != nil:
		return j.service(ctx, o)
	}
	claimed, claims := o.Pod.Labels[v1alpha1.LabelChatbot]
	switch matching := j.selectors.Matching(o.Namespace, o.Pod.Labels); {
	case len(matching) > 1:
		return policy.Verdict{}, fmt.Sprintf("%d ChatbotDeployments of the input select it", len(matching))
	case len(matching) == 1:
		return j.pod(ctx, o, j.decide(ctx, matching[0])), ""
	case claims:
		return j.claimed(ctx, o, types.NamespacedName{Namespace: o.Namespace, Name: claimed}), ""
	}
	return policy.Verdict{}, "no ChatbotDeployment of the input governs it"
}

// decide judges a declaration of the input, once. One whose sidecar cannot be configured is refused as well.
func (j *judge) decide(ctx context.Context, name types.NamespacedName) decision {
	if d, known := j.decided[name]; known {
		return d
	}
	d := decision{declaration: j.declared[name].Declaration}
	d.verdict = j.engine.Declaration(ctx, facts.NewDeclarationInput(d.declaration, j.environments[name.Namespace], j.day))
	_, hash, err := render.File(d.declaration, d.verdict, j.engine.Statements())
	if err != nil && !d.verdict.Refuses() {
		d.verdict.Outcome, d.verdict.Reason = policy.OutcomeUndecided, err.Error()
	}
	d.template = inject.Template(d.declaration, anySidecarImage, hash)
	j.decided[name] = d
	return d
}

// pod judges a pod as it would be admitted.
func (j *judge) pod(ctx context.Context, o manifest.Object, d decision) policy.Verdict {
	admitted := inject.Admitted(o.Pod, d.declaration, d.template)
	if o.TemplatePath == "" {
		admitted = admitted.DeepCopy()
		inject.DefaultHostPorts(admitted)
	}
	return j.workload(ctx, admitted, o.TemplatePath, d)
}

// claimed judges a pod that names a chatbot whose selector does not match it, or that nobody declared: nothing is injected.
func (j *judge) claimed(ctx context.Context, o manifest.Object, name types.NamespacedName) policy.Verdict {
	if _, declared := j.declared[name]; declared {
		return j.pod(ctx, o, j.decide(ctx, name))
	}
	nobody := decision{verdict: policy.Verdict{AsOf: j.day.UTC().Format(policy.DateFormat)}}
	nobody.template.Container.Name = inject.ContainerName
	return j.workload(ctx, o.Pod, o.TemplatePath, nobody)
}

// workload judges a pod; path is where it stands in a workload, as a template.
func (j *judge) workload(ctx context.Context, pod *corev1.Pod, path string, d decision) policy.Verdict {
	if d.verdict.Outcome == policy.OutcomeUndecided {
		return policy.NewUndecided(d.verdict.Revision, d.verdict.AsOf, d.verdict.Reason)
	}
	verdict := j.engine.Workload(ctx, inject.WorkloadInput(pod, d.declaration, d.verdict, d.template))
	verdict.NextEvaluation = d.verdict.NextEvaluation
	return verdict.WithFieldsUnder(path, d.verdict)
}
