package review

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/fingerprint"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

// Decision is a decision about a declaration, with the sidecar that follows from it. Decisions are shared, so callers must not change them.
type Decision struct {
	// Declaration has the name, the namespace and the spec of the declaration, nothing else.
	Declaration *v1alpha1.ChatbotDeployment
	Verdict     policy.Verdict
	// Sidecar is the template of the sidecar in the declaration's pods; zero if UngovernableReason is not empty.
	Sidecar facts.SidecarTemplate
	// UngovernableReason is the reason why no pod of the declaration can be governed; empty if pods can be. Either no decision was reached,
	// or no configuration can be made that the sidecar accepts.
	UngovernableReason string
	// HasInvalidConfig is true if the policy would let the declaration pass, but no configuration can be made that the sidecar
	// accepts. The verdict is then Undecided, and UngovernableReason has the cause.
	HasInvalidConfig bool
	// Input identifies the complete input of the decision; zero if an equal input can have another decision.
	Input Input
}

// Input identifies the complete input of a decision about a declaration, in memory that does not grow with the declaration. The zero value
// identifies none.
type Input struct{ fingerprint fingerprint.Sum }

// IsZero reports whether the input identifies nothing.
func (i Input) IsZero() bool { return i == Input{} }

// declarationInput is the complete input of a decision about a declaration. Its fingerprint is the key in the cache.
type declarationInput struct {
	// Basis identifies what of the policy the decision depends on (Engine.Basis).
	Basis string
	Facts facts.DeclarationInput
	// Keys are those of the sidecar in Decision.Sidecar.
	Keys facts.SidecarKeys
}

// Declaration decides about a declaration on the day of scope.Now. The declaration need not be in scope.Declarations: a new one is not. If
// the environment could not be read, the decision is Undecided.
func (r *Reviewer) Declaration(ctx context.Context, scope Scope, declaration *v1alpha1.ChatbotDeployment) *Decision {
	if scope.EnvironmentError != nil {
		reason := scope.EnvironmentError.Error()
		return &Decision{
			Declaration: keepNameAndSpec(declaration), UngovernableReason: reason,
			Verdict: policy.NewUndecided(r.engine.Revision(), scope.formatDay(), reason),
		}
	}
	in, revision, keysErr := r.newDeclarationInput(scope, declaration)
	name := types.NamespacedName{Namespace: declaration.Namespace, Name: declaration.Name}
	found, key := r.cache.findDeclaration(name, &in)
	if found != nil {
		return r.renew(name, found, revision)
	}
	d := r.decide(ctx, in, revision)
	if keysErr != nil && d.UngovernableReason == "" {
		d.UngovernableReason = keysErr.Error()
	}
	// The verdict, or the configuration rendered after it, may be that of a newer policy than the one in the input.
	isPolicyReplaced := d.Verdict.Revision != revision || r.engine.Revision() != revision
	// An evaluation that ran out of time may be incomplete.
	ranOutOfTime := ctx.Err() != nil
	// With an UngovernableReason, it may be that no decision was reached. The next review may reach one.
	isUngovernable := d.UngovernableReason != ""
	if !isUngovernable && !isPolicyReplaced && !ranOutOfTime && key != (fingerprint.Sum{}) {
		d.Input = Input{key}
		r.cache.declarations.Add(name, d)
	}
	return d
}

// Identify returns what identifies the input of a decision about the declaration, and the revision of the policy. As long as it is equal to
// Decision.Input, Declaration decides the same. It is zero if the input cannot be identified.
func (r *Reviewer) Identify(scope Scope, declaration *v1alpha1.ChatbotDeployment) (input Input, revision string) {
	if scope.EnvironmentError != nil {
		return Input{}, r.engine.Revision()
	}
	in, revision, err := r.newDeclarationInput(scope, declaration)
	if err != nil {
		return Input{}, revision
	}
	key, _ := fingerprint.Compute(&in) // Without a fingerprint, it is zero.
	return Input{key}, revision
}

// newDeclarationInput returns the input of a decision about the declaration, with the revision of the policy. With an error, the keys of
// sidecars are not known.
func (r *Reviewer) newDeclarationInput(scope Scope, declaration *v1alpha1.ChatbotDeployment) (in declarationInput, revision string, keysErr error) {
	// The decision itself does not know the UID of the declaration: an approval for another one of its name is left out here.
	scope.Environment.Exceptions = exception.Select(scope.Environment.Exceptions, declaration)
	in.Facts = facts.NewDeclarationInput(keepNameAndSpec(declaration), scope.Environment, scope.Now)
	in.Keys, keysErr = r.findKeys()
	in.Basis, revision = r.engine.Basis(in.Facts)
	return in, revision, keysErr
}

// renew returns the decision, which an earlier policy has made, as that of the policy with the revision, which decides the same.
func (r *Reviewer) renew(name types.NamespacedName, d *Decision, revision string) *Decision {
	if d.Verdict.Revision == revision {
		return d
	}
	renewed := *d
	renewed.Verdict.Revision = revision
	r.cache.declarations.Add(name, &renewed)
	return &renewed
}

// findKeys returns the keys of which sidecars require a signature; zero if there are none.
func (r *Reviewer) findKeys() (facts.SidecarKeys, error) {
	if r.keys == nil {
		return facts.SidecarKeys{}, nil
	}
	return r.keys()
}

// keepNameAndSpec returns the declaration with nothing but its name, namespace and spec. A decision must not depend on other fields, such
// as status and annotations.
func keepNameAndSpec(declaration *v1alpha1.ChatbotDeployment) *v1alpha1.ChatbotDeployment {
	return &v1alpha1.ChatbotDeployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "ChatbotDeployment"},
		ObjectMeta: metav1.ObjectMeta{Namespace: declaration.Namespace, Name: declaration.Name},
		Spec:       declaration.Spec,
	}
}

// decide evaluates the policy, which has the revision, for a declaration and renders the configuration of its sidecar, without the cache. If the configuration
// cannot be rendered, a verdict that would let the declaration pass becomes Undecided. A verdict that refuses keeps its own reasons.
func (r *Reviewer) decide(ctx context.Context, in declarationInput, revision string) *Decision {
	d := &Decision{Declaration: in.Facts.Declaration}
	d.Verdict = decideInTime(ctx, revision, in.Facts.AsOf, func() policy.Verdict { return r.engine.Declaration(ctx, in.Facts) })
	// A pod needs only the hash of the configuration. The reconciler writes the content into a ConfigMap.
	_, hash, err := render.File(d.Declaration, d.Verdict, r.engine.Statements(), in.Facts.Shapes)
	if err != nil {
		d.UngovernableReason = err.Error()
		if !d.Verdict.Refuses() {
			d.HasInvalidConfig = true
			d.Verdict.Outcome, d.Verdict.Compliant, d.Verdict.Reason = policy.OutcomeUndecided, false, d.UngovernableReason
		}
		return d
	}
	d.Sidecar = inject.Template(d.Declaration, r.image, hash)
	if r.keys != nil {
		d.Sidecar = inject.WithKeys(d.Sidecar, in.Keys)
	}
	d.Sidecar.ModelPaths = facts.ListModelPaths(d.Declaration.Spec.Processors, in.Facts.Shapes)
	if r.resources != nil {
		d.Sidecar.Container.Resources = *r.resources.DeepCopy()
	}
	return d
}
