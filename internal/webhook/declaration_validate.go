package webhook

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

// declarationValidator reviews a ChatbotDeployment when a user writes it, so that the user learns its findings at once.
type declarationValidator struct {
	reviewers
	engine Engine
}

var _ admission.Validator[*v1alpha1.ChatbotDeployment] = (*declarationValidator)(nil)

// ValidateCreate refuses a declaration if its selector is invalid or overlaps another one, if no configuration can be made that the sidecar
// accepts (HasInvalidConfig), or if the policy denies the declaration or cannot decide about it. Findings that do not deny become warnings,
// except those with the action audit (listWarnings).
func (v *declarationValidator) ValidateCreate(ctx context.Context, declaration *v1alpha1.ChatbotDeployment) (admission.Warnings, error) {
	return v.validate(ctx, nil, declaration)
}

// validate is ValidateCreate, or, with the declaration of before, ValidateUpdate.
func (v *declarationValidator) validate(ctx context.Context, old, declaration *v1alpha1.ChatbotDeployment) (admission.Warnings, error) {
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
		// The verdict is Undecided, but its cause is in the declaration. So this refusal asks the author to correct the declaration.
		return nil, refuse(configurationFails, decision.UngovernableReason)
	case decision.Verdict.Refuses():
		logRefusal(ctx, decision.Verdict)
		status := newVerdictStatus(subject, v.proposeSplit(ctx, scope, declaration, decision.Verdict))
		status.Message += replaceControls(nameSmallest(declaration, decision.Verdict))
		return nil, &apierrors.StatusError{ErrStatus: status}
	}
	return append(listWarnings(decision.Verdict), warnOfUnread(old, declaration, scope.Environment.Shapes)...), nil
}

// warnOfUnread returns a warning if the sidecar passes on unread what it read before the update, or did not pass on; own are the ChatShapes.
func warnOfUnread(old, declaration *v1alpha1.ChatbotDeployment, own shape.Documents) []string {
	if old == nil {
		return nil
	}
	before := render.ListUnread(&old.Spec, own)
	added := slices.DeleteFunc(render.ListUnread(&declaration.Spec, own), func(what string) bool { return slices.Contains(before, what) })
	if len(added) == 0 {
		return nil
	}
	return newWarnings(fmt.Sprintf("From now on, the sidecar passes on unread, as the shapes say: %s. What is said there is neither marked nor redacted.", strings.Join(added, "; ")))
}

// farFromLawful is the number of findings that refuse from which on a new start is less work than to mend each.
const farFromLawful = 4

// nameSmallest returns a line with the command that writes the smallest declaration for the declared places and sectors. It returns "" if the
// declaration is not far from lawful, if no one declaration can meet the laws of these places, or if a code is unknown.
func nameSmallest(declaration *v1alpha1.ChatbotDeployment, verdict policy.Verdict) string {
	refusing := 0
	for i := range verdict.Findings {
		if refuses(verdict.Findings[i]) {
			refusing++
		}
		if verdict.Findings[i].Rule == "declaration.unknown_code" {
			return ""
		}
	}
	if refusing < farFromLawful || verdict.HasConflict || len(declaration.Spec.Jurisdictions) == 0 {
		return ""
	}
	command := "kubectl chaperone init --jurisdiction " + joinCodes(declaration.Spec.Jurisdictions)
	if len(declaration.Spec.Sectors) > 0 {
		command += " --sector " + joinCodes(declaration.Spec.Sectors)
	}
	return "\nTo start from what passes: `" + command + "` writes the smallest declaration for these places."
}

// joinCodes returns codes as the CLI takes them.
func joinCodes(codes []v1alpha1.Code) string {
	texts := make([]string, 0, len(codes))
	for _, code := range codes {
		texts = append(texts, strings.ToLower(string(code)))
	}
	return strings.Join(texts, ",")
}

// proposeSplit returns the verdict about the declaration. If it has a conflict that a split resolves, the verdict proposes the
// declarations to split it into. The webhooks of other objects leave this search out, because it takes long and only the author of the
// declaration reads its result.
func (v *declarationValidator) proposeSplit(ctx context.Context, scope review.Scope, declaration *v1alpha1.ChatbotDeployment, verdict policy.Verdict) policy.Verdict {
	// The declaration of a decision has no UID, by which approvals for another one of its name are left out.
	proposed, err := v.engine.Split(ctx, facts.NewDeclarationInput(declaration, scope.Environment, scope.Now), verdict)
	if err != nil {
		logf.FromContext(ctx).Error(err, "Proposing no split")
		return verdict
	}
	return proposed
}

// ValidateUpdate reviews a changed spec like ValidateCreate, and warns of what passes unread since then. Two kinds of updates always pass: those that change only metadata, such as
// finalizers, because the law may have changed since the spec was admitted; and those that only set spec.suspended, the kill switch.
func (v *declarationValidator) ValidateUpdate(ctx context.Context, old, declaration *v1alpha1.ChatbotDeployment) (admission.Warnings, error) {
	if equality.Semantic.DeepEqual(old.Spec, declaration.Spec) || onlySuspends(old, declaration) {
		return nil, nil
	}
	return v.validate(ctx, old, declaration)
}

// ValidateDelete lets every deletion pass; the webhook is not registered for it.
func (v *declarationValidator) ValidateDelete(context.Context, *v1alpha1.ChatbotDeployment) (admission.Warnings, error) {
	return nil, nil
}

// onlySuspends reports whether the update sets spec.suspended and changes nothing else in the spec.
func onlySuspends(old, declaration *v1alpha1.ChatbotDeployment) bool {
	if !declaration.Spec.Suspended {
		return false
	}
	suspended := old.Spec.DeepCopy()
	suspended.Suspended = true
	return equality.Semantic.DeepEqual(*suspended, declaration.Spec)
}
