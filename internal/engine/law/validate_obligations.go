package law

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
)

// kindWorkload is the kind of the obligations that rules about pods carry out. The sidecar does not carry them out.
const kindWorkload = "workload"

// sampleValues maps each type of dimension to an example of its merged value, as JSON.
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

// listSidecarKinds returns the kinds of obligations that a dimension can name after `sidecar:`. Of these, the sidecar carries out only what
// has the type obligation.Executed. The list leaves out `suspend`, which no dimension sets, and `workload`, which rules about pods carry
// out.
func listSidecarKinds() []string {
	return slices.DeleteFunc(obligation.ListKinds(), func(kind string) bool {
		return kind == "suspend" || kind == kindWorkload
	})
}

// checkCarrier checks what carries out a dimension: the declaration, the report, or obligations of one kind (`workload`, or one that the
// sidecar carries out, written `sidecar:<kind>`). For a kind, checkCarrier adds a sample value to a new obligation.Set, which fails if the
// Go type of the kind has no field for the dimension.
func (f *faults) checkCarrier(name string, d Dimension) {
	kind, isSidecar := strings.CutPrefix(d.CarriedBy, "sidecar:")
	if isSidecar {
		f.checkOneOf("carried: sidecar:", kind, listSidecarKinds())
	} else {
		f.checkOneOf("carried", d.CarriedBy, []string{"declaration", kindWorkload, "report"})
	}
	sample, ok := sampleValues[d.Type]
	// An unknown type or kind has another fault already; declaration and report are not kinds of obligations.
	if !ok || !slices.Contains(obligation.ListKinds(), kind) {
		return
	}
	if err := new(obligation.Set).Add(kind, name, sample, nil); err != nil {
		f.add("%v", err)
	}
}
