package bundle

import (
	"context"
	"fmt"
	"time"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
)

// prepareTimeout bounds the time to prepare a law. 70 jurisdictions take half a second.
const prepareTimeout = 30 * time.Second

// PreparedLaw is a law with the values that Rego derives from it once for all decisions. It never changes.
type PreparedLaw struct {
	// Data is the data of all queries: the law as written, under `law`, and the values derived from it, under `prepared`.
	Data opa.Value
	// Loosening are the ids (`code/index`) of the points that ask for less than the points that they replace.
	Loosening []string
}

// Documents returns the legal data as it is written, by kind (`jurisdictions`), then code. It must not be changed.
func (b *Bundle) Documents() map[string]any { return b.documents }

// Prepare evaluates once what Rego derives from a law: that of the bundle, or a copy of its documents with points added.
func (b *Bundle) Prepare(ctx context.Context, documents map[string]any) (*PreparedLaw, error) {
	written, err := opa.NewValue(documents)
	if err != nil {
		return nil, err
	}
	var data opa.Object
	data.Add("law", opa.NewTerm(written))
	query, err := b.Policy.Prepare(ctx, data.Term().Value, "data.lib.law.prepared")
	if err != nil {
		return nil, fmt.Errorf("prepare data.lib.law.prepared: %w", err)
	}
	prepared, err := query.Evaluate(ctx, opa.Object{}.Term().Value, prepareTimeout)
	if err != nil {
		return nil, err
	}
	loosening, err := opa.FindWords(prepared, "loosening")
	if err != nil {
		return nil, err
	}
	data.Add("prepared", opa.NewTerm(prepared))
	return &PreparedLaw{Data: data.Term().Value, Loosening: loosening}, nil
}
