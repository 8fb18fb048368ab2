package engine

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
)

// obligationOfWorkload is the kind that rules about pods carry out, and not the sidecar.
const obligationOfWorkload = "workload"

// sampleValues has a merged value of each type of dimension, as JSON.
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

// sidecarKinds are the kinds of obligations that a dimension of the legal data can have the sidecar carry out.
func sidecarKinds() []string {
	return slices.DeleteFunc(obligation.ListKinds(), func(kind string) bool {
		return kind == "suspend" || kind == obligationOfWorkload
	})
}

// carrier checks that the obligations can hold a dimension that the sidecar or the workload carries out.
func (f *faults) carrier(name string, d dimension) {
	kind, sidecar := strings.CutPrefix(d.Carried, "sidecar:")
	if sidecar {
		f.oneOf("carried: sidecar:", kind, sidecarKinds())
	} else {
		f.oneOf("carried", kind, []string{"declaration", obligationOfWorkload, "report"})
	}
	sample, known := sampleValues[d.Type]
	if !known || !slices.Contains(obligation.ListKinds(), kind) {
		return
	}
	if err := new(obligation.Set).Add(kind, name, sample, nil); err != nil {
		f.add("%v", err)
	}
}
