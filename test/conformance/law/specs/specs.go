// Package specs makes the specs of the judged declarations, many of which change another one.
package specs

import (
	"encoding/json"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/util/strategicpatch"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// Source is what a file says of the spec of its declaration.
type Source struct {
	// Base names the declaration, the probe or the base that Change changes (a merge patch of the spec), and whose first processor Vendor
	// changes. Without it, Spec is the whole spec.
	Base   string          `json:"base,omitempty"`
	Change json.RawMessage `json:"change,omitempty"`
	Vendor json.RawMessage `json:"vendor,omitempty"`
	Spec   json.RawMessage `json:"spec,omitempty"`
}

// Make returns the spec of a name, with the changes of all that it is based on.
func Make(sources map[string]Source, name string) (json.RawMessage, error) {
	source, found := sources[name]
	if !found {
		return nil, fmt.Errorf("nothing is named %q", name)
	}
	if source.Base == "" {
		return source.Spec, nil
	}
	spec, err := Make(sources, source.Base)
	if err == nil && source.Change != nil {
		spec, err = strategicpatch.StrategicMergePatch(spec, source.Change, &v1alpha1.ChatbotDeploymentSpec{})
	}
	if err == nil && source.Vendor != nil {
		spec, err = changeVendor(spec, source.Vendor)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return spec, nil
}

// changeVendor applies a merge patch to the first processor of the spec.
func changeVendor(spec, patch json.RawMessage) (json.RawMessage, error) {
	var whole map[string]any
	if err := json.Unmarshal(spec, &whole); err != nil {
		return nil, err
	}
	processors, _ := whole["processors"].([]any)
	if len(processors) == 0 {
		return nil, errors.New("there is no processor")
	}
	vendor, err := json.Marshal(processors[0])
	if err != nil {
		return nil, err
	}
	changed, err := strategicpatch.StrategicMergePatch(vendor, patch, &v1alpha1.Processor{})
	if err != nil {
		return nil, err
	}
	processors[0] = json.RawMessage(changed)
	return json.Marshal(whole)
}
