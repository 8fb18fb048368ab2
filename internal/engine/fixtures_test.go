package engine

import (
	"context"
	"sync"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/engine/organisation"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/sandboxtest"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/policies"
)

// loadBuiltIn loads the built-in bundle once: preparing its law takes most of a second.
var loadBuiltIn = sync.OnceValues(func() (*Engine, error) { return New(context.Background(), policies.FS) })

// newEngine returns a new engine with the built-in bundle.
func newEngine(t testing.TB) *Engine {
	t.Helper()
	first, err := loadBuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	resolver, err := organisation.NewResolver(sandbox.NewRunner(sandbox.Options{Command: sandboxtest.Command(t)}))
	if err != nil {
		t.Fatal(err)
	}
	e := &Engine{bundle: first.bundle, state: first.state, resolver: resolver}
	t.Cleanup(e.Close)
	if _, err := e.Adopt(t.Context(), policy.Organisation{}); err != nil {
		t.Fatal(err)
	}
	return e
}
