package webhook

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/inject/selection"
	"github.com/chaperone-dev/chaperone/internal/organisation"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

// +kubebuilder:rbac:groups=chaperone.dev,resources=chatbotdeployments;policyexceptions,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch

// decider finds who governs a pod, asks the engine, and remembers what it said.
type decider struct {
	engine Engine
	reader client.Reader
	live   Live
	clock  clock.PassiveClock
	image  string
	known  *memory
}

func newDecider(o Options, count *counters) (*decider, error) {
	known, err := newMemory(count)
	if err != nil {
		return nil, err
	}
	return &decider{engine: o.Engine, reader: o.Reader, live: o.Live, clock: o.Clock, image: o.Image, known: known}, nil
}

// overlapError says that several declarations select one pod: nobody can say which one governs it.
type overlapError struct{ declarations []string }

func (e *overlapError) Error() string {
	return fmt.Sprintf("the selectors of ChatbotDeployments %s all match this pod: change them, or the pod's labels, so that only one does",
		strings.Join(e.declarations, " and "))
}

// governing returns the declaration that governs a pod with these labels: the one that selects it, or else the one that it
// claims. It is nil when nobody does. Errors: *overlapError; a lookup that failed; a stored selector that is invalid.
func (d *decider) governing(ctx context.Context, namespace string, podLabels map[string]string, claim string) (*v1alpha1.ChatbotDeployment, error) {
	declarations, err := d.declarations(ctx, namespace)
	if err != nil {
		return nil, err
	}
	selected, err := selecting(declarations, podLabels)
	if err != nil {
		return nil, err
	}
	switch len(selected) {
	case 0:
		return named(declarations, claim), nil
	case 1:
		return selected[0], nil
	}
	overlap := &overlapError{}
	for _, declaration := range selected {
		overlap.declarations = append(overlap.declarations, fmt.Sprintf("%q", key(declaration)))
	}
	return nil, overlap
}

// selecting returns the declarations whose selectors match the labels. A stored selector that is invalid is an error.
func selecting(declarations []v1alpha1.ChatbotDeployment, set map[string]string) ([]*v1alpha1.ChatbotDeployment, error) {
	var selected []*v1alpha1.ChatbotDeployment
	for i := range declarations {
		selector, err := selection.Selector(&declarations[i])
		if err != nil {
			return nil, fmt.Errorf("ChatbotDeployment %q: %w", key(&declarations[i]), err)
		}
		if selector.Matches(labels.Set(set)) {
			selected = append(selected, &declarations[i])
		}
	}
	return selected, nil
}

// named returns the declaration of the name, nil when there is none.
func named(declarations []v1alpha1.ChatbotDeployment, name string) *v1alpha1.ChatbotDeployment {
	for i := range declarations {
		if declarations[i].Name == name {
			return &declarations[i]
		}
	}
	return nil
}

// declarations lists those of a namespace. They are shared with the cache and must not be changed: copying them would cost more
// than most decisions.
func (d *decider) declarations(ctx context.Context, namespace string) ([]v1alpha1.ChatbotDeployment, error) {
	var list v1alpha1.ChatbotDeploymentList
	if err := d.reader.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list ChatbotDeployments of namespace %q: %w", namespace, err)
	}
	return list.Items, nil
}

// governor is a declaration with all that follows from it alone.
type governor struct {
	declaration *v1alpha1.ChatbotDeployment
	verdict     policy.Verdict
	template    facts.SidecarTemplate
	// obstacle says why there is no template: no decision was reached, or its configuration could not be rendered.
	obstacle string
}

// prepare returns what is decided about a stored declaration today. Results are kept by declaration, generation, environment,
// policy and day; those without a decision are not. It is for declarations from the cache only: an object that is under
// admission, in a dry run above all, may share identity and generation with another that is stored later.
func (d *decider) prepare(ctx context.Context, declaration *v1alpha1.ChatbotDeployment) *governor {
	environment, version, err := d.readEnvironment(ctx, declaration.Namespace)
	if err != nil {
		return d.unknown(declaration, err)
	}
	in := facts.NewDeclarationInput(declaration, environment, d.clock.Now())
	at := declarationKey{
		uid: declaration.UID, generation: declaration.Generation, environment: version,
		revision: d.engine.Revision(), day: in.AsOf,
	}
	if g, ok := d.known.declaration(at); ok {
		return g
	}
	g := d.evaluate(ctx, in)
	if g.obstacle == "" && g.verdict.Revision == at.revision && g.verdict.AsOf == at.day {
		d.known.keepDeclaration(at, g)
	}
	return g
}

// examine decides about any declaration for today and renders its sidecar.
func (d *decider) examine(ctx context.Context, declaration *v1alpha1.ChatbotDeployment) *governor {
	environment, _, err := d.readEnvironment(ctx, declaration.Namespace)
	if err != nil {
		return d.unknown(declaration, err)
	}
	in := facts.NewDeclarationInput(declaration, environment, d.clock.Now())
	g := d.evaluate(ctx, in)
	// The author of a conflicted declaration reads what would replace it; the pods of the declaration are decided about without.
	if g.verdict, err = d.engine.Split(ctx, in, g.verdict); err != nil {
		logf.FromContext(ctx).Error(err, "Proposing no split")
	}
	return g
}

func (d *decider) evaluate(ctx context.Context, in facts.DeclarationInput) *governor {
	// A copy of the outermost struct: kept as it is, it would hold on to the whole list that it was read with.
	own := *in.Declaration
	g := &governor{declaration: &own}
	g.verdict = bounded(ctx, d.engine.Revision(), in.AsOf, func() policy.Verdict { return d.engine.Declaration(ctx, in) })
	_, hash, err := render.File(in.Declaration, g.verdict, d.engine.Statements())
	if err != nil {
		g.obstacle = err.Error()
		return g
	}
	g.template = inject.Template(in.Declaration, d.image, hash)
	return g
}

// unknown is a declaration about which nothing can be decided, because its environment cannot be read.
func (d *decider) unknown(declaration *v1alpha1.ChatbotDeployment, err error) *governor {
	asOf := d.clock.Now().UTC().Format(policy.DateFormat)
	return &governor{
		declaration: declaration, obstacle: err.Error(), verdict: policy.NewUndecided(d.engine.Revision(), asOf, err.Error()),
	}
}

// readEnvironment reads the environment of a namespace. One that the cache does not have may be new: the API server is asked.
func (d *decider) readEnvironment(ctx context.Context, namespace string) (environment facts.Environment, version string, err error) {
	environment, version, err = organisation.ReadEnvironment(ctx, d.reader, namespace)
	if apierrors.IsNotFound(err) {
		environment, version, err = organisation.ReadEnvironment(ctx, d.live, namespace)
	}
	return environment, version, err
}

// judged answers for a pod, or a pod's template, of this content. claimed is the chatbot that it calls itself; nil when it does
// not.
func (d *decider) judged(ctx context.Context, req admission.Request, subject string, c content, claimed *string) admission.Response {
	declaration, err := d.governing(ctx, req.Namespace, c.labels, ptr.Deref(claimed, ""))
	if err != nil {
		return ungovernable(c.field("metadata.labels"), err)
	}
	switch {
	case declaration != nil:
		return d.governed(ctx, req, subject, c, declaration)
	case claimed != nil:
		return answer(ctx, subject, d.unclaimed(ctx, req.Namespace, c))
	}
	return permitted()
}

// governed answers for a pod, or a pod's template, of a declaration.
func (d *decider) governed(ctx context.Context, req admission.Request, subject string, c content, declaration *v1alpha1.ChatbotDeployment) admission.Response {
	g := d.prepare(ctx, declaration)
	if req.SubResource != "ephemeralcontainers" {
		return answer(ctx, subject, d.workload(ctx, req.Namespace, c, g))
	}
	chatbot := []string{declaration.Name}
	verdict, broken := d.orBreakGlass(ctx, req, chatbot, func(breakGlass bool) policy.Verdict {
		with := c
		with.breakGlass = breakGlass
		return d.workload(ctx, req.Namespace, with, g)
	})
	return answerBroken(ctx, subject, verdict, chatbot, broken)
}

// workload decides about a pod, or a pod's template, of this content. Decisions are kept by everything they depend on, unless
// none was reached or the policy was replaced in between.
func (d *decider) workload(ctx context.Context, namespace string, c content, g *governor) policy.Verdict {
	if g.obstacle != "" {
		return policy.NewUndecided(g.verdict.Revision, g.verdict.AsOf, g.obstacle)
	}
	at := newWorkloadKey(c, g)
	if v, ok := d.known.workload(at); ok {
		return v
	}
	pod, err := c.pod(namespace)
	if err != nil {
		return policy.NewUndecided(g.verdict.Revision, g.verdict.AsOf, err.Error())
	}
	if c.path != "" {
		// Mutation has not been there yet.
		pod = inject.Admitted(pod, g.declaration, g.template)
	}
	v := d.judge(ctx, pod, c, g).WithFieldsUnder(c.path, g.verdict)
	if v.Outcome != policy.OutcomeUndecided && v.Revision == g.verdict.Revision {
		d.known.keepWorkload(at, v)
	}
	return v
}

func (d *decider) judge(ctx context.Context, pod *corev1.Pod, c content, g *governor) policy.Verdict {
	in := inject.WorkloadInput(pod, g.declaration, g.verdict, g.template)
	in.ExistingEphemeral, in.BreakGlass = c.kept, c.breakGlass
	return bounded(ctx, g.verdict.Revision, g.verdict.AsOf, func() policy.Verdict { return d.engine.Workload(ctx, in) })
}

// unclaimed decides about a pod that calls itself a chatbot which nobody declared.
func (d *decider) unclaimed(ctx context.Context, namespace string, c content) policy.Verdict {
	g := &governor{verdict: policy.Verdict{AsOf: d.clock.Now().UTC().Format(policy.DateFormat), Revision: d.engine.Revision()}}
	g.template.Container.Name = inject.ContainerName
	pod, err := c.pod(namespace)
	if err != nil {
		return policy.NewUndecided(g.verdict.Revision, g.verdict.AsOf, err.Error())
	}
	return d.judge(ctx, pod, c, g).WithFieldsUnder(c.path, policy.Verdict{})
}

// bounded evaluates and answers Undecided when the request's time is up first, or the evaluation panics.
func bounded(ctx context.Context, revision, asOf string, evaluate func() policy.Verdict) policy.Verdict {
	done := make(chan policy.Verdict, 1)
	// The goroutine ends when the engine returns. The engine watches the context, but not inside every builtin (opa#3948), and
	// the API server must have its answer before.
	go func() {
		defer func() {
			if r := recover(); r != nil {
				logf.FromContext(ctx).Error(fmt.Errorf("panic: %v", r), "The policy engine panicked")
				done <- policy.NewUndecided(revision, asOf, "the policy engine panicked; the log of the manager has the cause")
			}
		}()
		done <- evaluate()
	}()
	select {
	case v := <-done:
		return v
	case <-ctx.Done():
		return policy.NewUndecided(revision, asOf, "the evaluation did not end in time")
	}
}

func key(declaration *v1alpha1.ChatbotDeployment) string {
	return declaration.Namespace + "/" + declaration.Name
}
