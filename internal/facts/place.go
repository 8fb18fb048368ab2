package facts

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// Place is a part of a declaration's jurisdictions for which the declaration states the same values.
type Place struct {
	// Field is the path of the values below spec, for example `perPlace[0]`; empty for the places without values of their own.
	Field string
	// Values are the values that apply to the place only. The zero value means none.
	Values v1alpha1.PlaceValues
	// Spec is the spec as it applies to the customers of the place: with its jurisdictions only, and with its values.
	Spec *v1alpha1.ChatbotDeploymentSpec
}

// NewPlaces divides a declaration into its places. It returns none if the declaration states no values by place. A jurisdiction that no
// entry names belongs to a last place, which has the values of the whole declaration.
func NewPlaces(spec *v1alpha1.ChatbotDeploymentSpec) ([]Place, error) {
	if len(spec.PerPlace) == 0 {
		return nil, nil
	}
	places := make([]Place, 0, len(spec.PerPlace)+1)
	rest := slices.Clone(spec.Jurisdictions)
	for i, values := range spec.PerPlace {
		own, err := applyValues(spec, values)
		if err != nil {
			return nil, fmt.Errorf("spec.perPlace[%d]: %w", i, err)
		}
		own.Jurisdictions = values.Jurisdictions
		places = append(places, Place{Field: fmt.Sprintf("perPlace[%d]", i), Values: values, Spec: own})
		rest = slices.DeleteFunc(rest, func(code v1alpha1.Code) bool { return containsCode(values.Jurisdictions, code) })
	}
	if len(rest) > 0 {
		common := spec.DeepCopy()
		common.Jurisdictions = rest
		places = append(places, Place{Spec: common})
	}
	return places, nil
}

// applyValues returns a copy of the spec in which the fields that the values set replace those of the spec.
func applyValues(spec *v1alpha1.ChatbotDeploymentSpec, values v1alpha1.PlaceValues) (*v1alpha1.ChatbotDeploymentSpec, error) {
	own := spec.DeepCopy()
	return own, errors.Join(
		overlay(&own.Retention, values.Retention), overlay(&own.Rights, values.Rights),
		overlay(&own.Audience, values.Audience), overlay(&own.Residency, values.Residency),
	)
}

// containsCode returns true if the list has the code, in either case.
func containsCode(list []v1alpha1.Code, code v1alpha1.Code) bool {
	return slices.ContainsFunc(list, func(other v1alpha1.Code) bool { return strings.EqualFold(string(other), string(code)) })
}

// overlay sets the fields of target to those that top sets. Both are structs of the API, whose unset fields are not encoded.
func overlay[T any](target **T, top *T) error {
	if top == nil {
		return nil
	}
	content, err := json.Marshal(top)
	if err != nil {
		return err
	}
	return json.Unmarshal(content, target)
}
