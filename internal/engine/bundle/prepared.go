package bundle

import (
	"context"
	"fmt"
	"time"

	"github.com/chaperone-dev/chaperone/internal/engine/law"
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
)

// prepareTimeout is the time limit for preparing a law. The law of 130 jurisdictions takes a second of CPU, which is a minute or more on a
// busy machine or in a container with a small limit.
const prepareTimeout = 5 * time.Minute

// PreparedLaw is the law together with the values that Rego derives from it, once for all decisions. It never changes.
type PreparedLaw struct {
	// Data is what rules read as `data`: the member `law` is the legal data, and `prepared` has the derived values.
	Data opa.Value
	// Parts has the parts of Data, for values that are derived from it.
	Parts *opa.Sharer
	// Loosening are the IDs (`code/index`) of the points that require less than the points that they replace.
	Loosening []string
}

// Documents returns a new copy of the legal data as decoded YAML, by file or folder: data/jurisdictions/eu.yaml is at "jurisdictions", "eu".
func (b *Bundle) Documents() (map[string]any, error) {
	decoded, err := law.DecodeJSON(b.documents)
	if err != nil {
		return nil, fmt.Errorf("decode legal data: %w", err)
	}
	documents, _ := decoded.(map[string]any) // Read encodes nothing else.
	return documents, nil
}

// Prepare makes a PreparedLaw from legal data: it evaluates the values that Rego derives from the data. The documents are those of the
// bundle, or a copy of them with points added.
func (b *Bundle) Prepare(ctx context.Context, documents map[string]any) (*PreparedLaw, error) {
	encodedDocuments, err := opa.NewValue(documents)
	if err != nil {
		return nil, err
	}
	var data opa.Object
	data.Add("law", opa.NewTerm(encodedDocuments))
	query, err := b.Policy.Prepare(ctx, data.Term().Value, "data.lib.law.prepared")
	if err != nil {
		return nil, fmt.Errorf("prepare data.lib.law.prepared: %w", err)
	}
	noInput := opa.Object{}.Term().Value
	derived, err := query.Evaluate(ctx, noInput, prepareTimeout)
	if err != nil {
		return nil, err
	}
	// The points that require less than the points that they replace: a profile needs a permission for such points.
	looseningIDs, err := opa.FindWords(derived, "loosening")
	if err != nil {
		return nil, err
	}
	data.Add("prepared", opa.NewTerm(derived))
	parts := opa.NewSharer(nil)
	return &PreparedLaw{Data: parts.Share(data.Term().Value), Parts: parts, Loosening: looseningIDs}, nil
}
