package webhook

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
)

// declarationValidator tells the author of a ChatbotDeployment at once what its findings are.
type declarationValidator struct {
	reviewers
	engine Engine
}

var _ admission.Validator[*v1alpha1.ChatbotDeployment] = (*declarationValidator)(nil)

// ValidateCreate refuses a declaration if its selector is invalid or overlaps another one, if the policy denies it or cannot decide about
// it, or if the sidecar would not accept its configuration. Findings that do not deny become warnings.
func (v *declarationValidator) ValidateCreate(ctx context.Context, declaration *v1alpha1.ChatbotDeployment) (admission.Warnings, error) {
	scope, err := v.cluster.readScope(ctx, declaration.Namespace)
	if err != nil {
		return nil, refuseUndecided(err)
	}
	subject := fmt.Sprintf("ChatbotDeployment %q", declaration.Namespace+"/"+declaration.Name)
	if _, err := selection.Parse(declaration); err != nil {
		return nil, refuse(selectorInvalid, subject, err)
	}
	if others := scope.Declarations.FindOverlapping(declaration); len(others) > 0 {
		return nil, refuse(selectorOverlaps, subject, others[0].Namespace+"/"+others[0].Name)
	}
	decision := v.reviewer.Declaration(ctx, scope, declaration)
	switch {
	case decision.HasInvalidConfig:
		return nil, refuse(configurationFails, decision.Obstacle)
	case decision.Verdict.Refuses():
		logRefusal(ctx, decision.Verdict)
		return nil, &apierrors.StatusError{ErrStatus: newVerdictStatus(subject, v.proposeSplit(ctx, scope, decision))}
	}
	return listWarnings(decision.Verdict), nil
}

// proposeSplit adds a split to the verdict about a declaration with a conflict. Decisions about the pods of the declaration do not read
// the split.
func (v *declarationValidator) proposeSplit(ctx context.Context, scope review.Scope, decision *review.Decision) policy.Verdict {
	verdict, err := v.engine.Split(ctx, facts.NewDeclarationInput(decision.Declaration, scope.Environment, scope.Now), decision.Verdict)
	if err != nil {
		logf.FromContext(ctx).Error(err, "Proposing no split")
		return decision.Verdict
	}
	return verdict
}

// ValidateUpdate reviews like ValidateCreate, except for updates that ask for nothing new: metadata and finalizers (of an object
// that is being deleted, or whose law has changed since), and the kill switch, which must work on every declaration.
func (v *declarationValidator) ValidateUpdate(ctx context.Context, old, declaration *v1alpha1.ChatbotDeployment) (admission.Warnings, error) {
	if equality.Semantic.DeepEqual(old.Spec, declaration.Spec) || onlySuspends(old, declaration) {
		return nil, nil
	}
	return v.ValidateCreate(ctx, declaration)
}

// ValidateDelete lets every deletion pass; the webhook is not registered for it.
func (v *declarationValidator) ValidateDelete(context.Context, *v1alpha1.ChatbotDeployment) (admission.Warnings, error) {
	return nil, nil
}

func onlySuspends(old, declaration *v1alpha1.ChatbotDeployment) bool {
	if !declaration.Spec.Suspended {
		return false
	}
	suspended := old.Spec.DeepCopy()
	suspended.Suspended = true
	return equality.Semantic.DeepEqual(*suspended, declaration.Spec)
}
