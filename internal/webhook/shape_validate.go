package webhook

import (
	"bytes"
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/shape/example"
)

// shapeValidator refuses a ChatShape that the sidecar could not execute, and one whose examples do not hold. It reads nothing but the
// request.
type shapeValidator struct{}

var _ admission.Validator[*v1alpha1.ChatShape] = (*shapeValidator)(nil)

// ValidateCreate refuses a faulty shape, and one with the name of a preset.
func (v *shapeValidator) ValidateCreate(_ context.Context, s *v1alpha1.ChatShape) (admission.Warnings, error) {
	preset, err := shape.FindPreset(s.Name)
	if err != nil {
		return nil, refuseUndecided(err)
	}
	if preset != nil {
		return nil, refuse(shapeOfPreset, s.Name)
	}
	_, err = checkShape(s)
	return nil, err
}

// ValidateUpdate refuses a faulty shape, and one whose meaning changes while its revision does not rise. It permits every update that does
// not change the spec. A release can bring a preset with the name of the shape, so that the name does not matter here.
func (v *shapeValidator) ValidateUpdate(_ context.Context, old, s *v1alpha1.ChatShape) (admission.Warnings, error) {
	if equality.Semantic.DeepEqual(old.Spec, s.Spec) {
		return nil, nil
	}
	loaded, err := checkShape(s)
	if err != nil {
		return nil, err
	}
	before, err := shape.LoadOwn(old.Name, old.Spec.Raw)
	if err != nil {
		return nil, nil // No declaration could use the former version.
	}
	changes, err := changesMeaning(old.Spec.Raw, s.Spec.Raw)
	if err != nil {
		return nil, refuseUndecided(err)
	}
	if changes && loaded.Revision <= before.Revision {
		return nil, refuse(shapeRevision, loaded.Revision, before.Revision+1)
	}
	return nil, nil
}

// ValidateDelete lets every deletion pass; the webhook is not registered for it. The sidecars of declarations that name the shape keep
// their configuration.
func (v *shapeValidator) ValidateDelete(context.Context, *v1alpha1.ChatShape) (admission.Warnings, error) {
	return nil, nil
}

// checkShape returns the shape, or the refusal of a faulty one.
func checkShape(s *v1alpha1.ChatShape) (*shape.Shape, error) {
	loaded, err := shape.LoadOwn(s.Name, s.Spec.Raw)
	if err == nil {
		err = example.Check(loaded)
	}
	if err != nil {
		return nil, refuse(shapeFaulty, s.Name, err)
	}
	return loaded, nil
}

// changesMeaning reports whether two documents differ in what the sidecar executes.
func changesMeaning(old, changed []byte) (bool, error) {
	before, err := shape.Strip(old)
	if err != nil {
		return false, err
	}
	after, err := shape.Strip(changed)
	if err != nil {
		return false, err
	}
	return !bytes.Equal(before, after), nil
}
