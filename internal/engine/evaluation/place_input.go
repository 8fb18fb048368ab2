package evaluation

import (
	"context"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
)

// addPlaces adds to the input of the entrypoint `declaration` the places for which the declaration states values: for each the spec, the
// facts and the requirement that apply there. It returns the places for the verdict. It adds and returns nothing if the declaration states
// none.
func (s *Snapshot) addPlaces(ctx context.Context, input *opa.Object, spec *v1alpha1.ChatbotDeploymentSpec, asOf string) ([]policy.Place, error) {
	places, err := facts.NewPlaces(spec)
	if err != nil {
		return nil, err
	}
	terms := make([]*opa.Term, 0, len(places))
	var found []policy.Place
	for i := range places {
		term, obligations, err := s.encodePlace(ctx, &places[i], asOf)
		if err != nil {
			return nil, err
		}
		terms = append(terms, term)
		found = append(found, policy.Place{Spec: places[i].Spec, Obligations: obligations})
	}
	input.AddTerms("places", terms)
	return found, nil
}

// encodePlace returns one place as the rules read it, and its obligations.
func (s *Snapshot) encodePlace(ctx context.Context, place *facts.Place, asOf string) (*opa.Term, *obligation.Set, error) {
	spec, err := opa.Encode(place.Spec)
	if err != nil {
		return nil, nil, err
	}
	values, err := opa.Encode(&place.Values)
	if err != nil {
		return nil, nil, err
	}
	derived, err := s.deriveFacts(ctx, spec, asOf)
	if err != nil {
		return nil, nil, err
	}
	required, err := s.findRequirement(ctx, derived)
	if err != nil {
		return nil, nil, err
	}
	var input, encoded opa.Object
	input.Add("spec", spec)
	input.Add("facts", opa.NewTerm(derived))
	input.Add("requirement", opa.NewTerm(required.document))
	encoded.AddText("field", place.Field)
	encoded.Add("values", values)
	encoded.Add("input", input.Term())
	return encoded.Term(), required.obligations, nil
}
