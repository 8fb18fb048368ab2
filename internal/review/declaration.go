package review

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

// Decision is what was decided about a declaration, with everything that follows from it alone. Decisions are shared and must not
// be changed.
type Decision struct {
	// Declaration is the declaration as it was decided about: its name, its namespace and its spec, nothing else.
	Declaration *v1alpha1.ChatbotDeployment
	Verdict     policy.Verdict
	// Sidecar is the template of the sidecar in the declaration's pods; zero when Obstacle is not empty.
	Sidecar facts.SidecarTemplate
	// Obstacle says why no pod of the declaration can be governed: no decision was reached, or no configuration can be made that
	// the sidecar accepts.
	Obstacle string
	// HasInvalidConfig is true when the policy would let the declaration pass, but no configuration can be made that the sidecar
	// accepts. The verdict is Undecided then, for the reason that Obstacle states.
	HasInvalidConfig bool
	// input identifies what was decided about, and by which policy; zero for a decision that is not cached.
	input fingerprint
}

// declarationInput is the complete input of a decision about a declaration.
type declarationInput struct {
	Revision string
	Facts    facts.DeclarationInput
}

// Declaration decides about a declaration, stored or not, on the day of the scope.
func (r *Reviewer) Declaration(ctx context.Context, scope Scope, declaration *v1alpha1.ChatbotDeployment) *Decision {
	subject := reduce(declaration)
	if scope.EnvironmentError != nil {
		reason := scope.EnvironmentError.Error()
		return &Decision{
			Declaration: subject, Obstacle: reason, Verdict: policy.NewUndecided(r.engine.Revision(), scope.dayOf(), reason),
		}
	}
	in := declarationInput{r.engine.Revision(), facts.NewDeclarationInput(subject, scope.Environment, scope.Now)}
	return findOrDecide(r.cache, KindDeclaration, r.cache.declarations, &in, func(key fingerprint) (*Decision, bool) {
		d := r.decide(ctx, in)
		// A policy that was replaced meanwhile decided about another input, and a decision for which the time ran out may lack parts.
		if d.Obstacle != "" || d.Verdict.Revision != in.Revision || r.engine.Revision() != in.Revision || ctx.Err() != nil {
			return d, false
		}
		d.input = key
		return d, true
	})
}

// reduce leaves what a decision may read. Status and metadata change without a change of the decision.
func reduce(declaration *v1alpha1.ChatbotDeployment) *v1alpha1.ChatbotDeployment {
	return &v1alpha1.ChatbotDeployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "ChatbotDeployment"},
		ObjectMeta: metav1.ObjectMeta{Namespace: declaration.Namespace, Name: declaration.Name},
		Spec:       declaration.Spec,
	}
}

func (r *Reviewer) decide(ctx context.Context, in declarationInput) *Decision {
	d := &Decision{Declaration: in.Facts.Declaration}
	d.Verdict = decideInTime(ctx, in.Revision, in.Facts.AsOf, func() policy.Verdict { return r.engine.Declaration(ctx, in.Facts) })
	_, hash, err := render.File(d.Declaration, d.Verdict, r.engine.Statements())
	if err != nil {
		d.Obstacle = err.Error()
		if !d.Verdict.Refuses() {
			d.HasInvalidConfig = true
			d.Verdict.Outcome, d.Verdict.Compliant, d.Verdict.Reason = policy.OutcomeUndecided, false, d.Obstacle
		}
		return d
	}
	d.Sidecar = inject.Template(d.Declaration, r.image, hash)
	return d
}
