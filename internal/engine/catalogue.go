package engine

import (
	"context"
	"io/fs"

	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
)

// The catalogue of a bundle, under the names of the facade.
type (
	Contents = bundle.Catalogue
	Topic    = bundle.Topic
	Resource = bundle.Resource
	Rule     = bundle.Rule
	Law      = bundle.Law
	Point    = bundle.Point
	Goal     = bundle.Goal
)

// ReadContents reads the catalogue of a bundle.
func ReadContents(ctx context.Context, fsys fs.FS) (Contents, error) {
	return bundle.ReadCatalogue(ctx, fsys)
}
