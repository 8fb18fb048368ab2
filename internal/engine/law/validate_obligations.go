package law

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
)

// obligationOfWorkload is the kind that rules about pods carry out instead of the sidecar.
const obligationOfWorkload = "workload"

// sampleValues holds one merged value for each type of dimension, as JSON.
var sampleValues = map[string]json.RawMessage{
	"flag":    json.RawMessage(`true`),
	"level":   json.RawMessage(`"some"`),
	"atMost":  json.RawMessage(`1`),
	"atLeast": json.RawMessage(`1`),
	"allOf":   json.RawMessage(`["one"]`),
	"oneOf":   json.RawMessage(`["one"]`),
	"noneOf":  json.RawMessage(`["one"]`),
	"anyOf":   json.RawMessage(`[["one"]]`),
	"perCode": json.RawMessage(`{"eu":["one"]}`),
	"each":    json.RawMessage(`{"one":1}`),
}

// listSidecarKinds returns the kinds of obligations that the sidecar can carry out for a dimension.
func listSidecarKinds() []string {
	return slices.DeleteFunc(obligation.ListKinds(), func(kind string) bool {
		return kind == "suspend" || kind == obligationOfWorkload
	})
}

// checkCarrier checks who carries out a dimension: the declaration, the workload, the report, or one kind of obligation of the sidecar. The
// Go type of an obligation must have a field for the dimension. Adding a sample value to a throw-away set tells whether it has one.
func (f *faults) checkCarrier(name string, d Dimension) {
	kind, sidecar := strings.CutPrefix(d.Carried, "sidecar:")
	if sidecar {
		f.checkOneOf("carried: sidecar:", kind, listSidecarKinds())
	} else {
		f.checkOneOf("carried", kind, []string{"declaration", obligationOfWorkload, "report"})
	}
	sample, ok := sampleValues[d.Type]
	if !ok || !slices.Contains(obligation.ListKinds(), kind) {
		return
	}
	if err := new(obligation.Set).Add(kind, name, sample, nil); err != nil {
		f.add("%v", err)
	}
}
