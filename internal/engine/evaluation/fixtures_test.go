package evaluation

import (
	"context"
	"sync"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
	"github.com/chaperone-dev/chaperone/internal/engine/organisation"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/policies"
)

// resolveBuiltIn reads the built-in bundle once: preparing its law takes most of a second.
var resolveBuiltIn = sync.OnceValues(func() (func() (*Snapshot, error), error) {
	b, err := bundle.Read(policies.FS)
	if err != nil {
		return nil, err
	}
	resolver, err := organisation.NewResolver(sandbox.NewRunner(sandbox.Options{}))
	if err != nil {
		return nil, err
	}
	resolved, err := resolver.Resolve(context.Background(), b, organisation.State{}, policy.Organisation{})
	if err != nil {
		return nil, err
	}
	return func() (*Snapshot, error) { return NewSnapshot(context.Background(), b, resolved, nil) }, nil
})

// newSnapshot returns a snapshot of the built-in bundle without an organisation.
func newSnapshot(t testing.TB) *Snapshot {
	t.Helper()
	makeSnapshot, err := resolveBuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	s, err := makeSnapshot()
	if err != nil {
		t.Fatal(err)
	}
	return s
}
