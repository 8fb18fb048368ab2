package webhook

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/inject/selection"
)

// declarationValidator tells the author of a ChatbotDeployment at once what its findings are.
type declarationValidator struct{ decide *decider }

var _ admission.Validator[*v1alpha1.ChatbotDeployment] = (*declarationValidator)(nil)

// ValidateCreate refuses invalid and overlapping selectors, and a declaration that the policy denies or cannot decide about.
// Findings that do not deny are warnings.
func (v *declarationValidator) ValidateCreate(ctx context.Context, declaration *v1alpha1.ChatbotDeployment) (admission.Warnings, error) {
	if err := v.selector(ctx, declaration); err != nil {
		return nil, err
	}
	g := v.decide.examine(ctx, declaration)
	if g.verdict.Refuses() {
		logf.FromContext(ctx).Info("Refused a ChatbotDeployment", "outcome", g.verdict.Outcome, "rules", g.verdict.Rules(), "reason", g.verdict.Reason)
		return nil, refusedError(fmt.Sprintf("ChatbotDeployment %q", key(declaration)), g.verdict)
	}
	if g.obstacle != "" {
		return nil, deniedError("spec", g.obstacle)
	}
	return warnings(g.verdict), nil
}

// ValidateUpdate judges like ValidateCreate, except for updates that ask for nothing new: metadata and finalizers (of an object
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

// selector refuses a selector that is invalid, or that could match a pod of another declaration of the namespace.
func (v *declarationValidator) selector(ctx context.Context, declaration *v1alpha1.ChatbotDeployment) error {
	if _, err := selection.Selector(declaration); err != nil {
		return deniedError("spec.selector", fmt.Sprintf("ChatbotDeployment %q: %v", key(declaration), err))
	}
	others, err := v.decide.declarations(ctx, declaration.Namespace)
	if err != nil {
		return undecidedError(err.Error())
	}
	for i := range others {
		if others[i].Name == declaration.Name {
			continue
		}
		// A stored selector that is invalid matches nothing, and is reported at its own object.
		if overlap, err := selection.Overlap(declaration, &others[i]); err == nil && overlap {
			return deniedError("spec.selector", fmt.Sprintf("spec.selector of ChatbotDeployment %q overlaps with that of ChatbotDeployment %q: "+
				"a pod could match both. Change one so that the value of a label tells their pods apart.", key(declaration), key(&others[i])))
		}
	}
	return nil
}
