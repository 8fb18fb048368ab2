package organisation

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/policies"
)

var readBuiltIn = sync.OnceValues(func() (*bundle.Bundle, error) { return bundle.Read(policies.FS) })

func newBundle(t *testing.T) *bundle.Bundle {
	t.Helper()
	b, err := readBuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestLawIsPreparedOnce resolves the same organisation twice from an empty state, like Check and then Adopt.
func TestLawIsPreparedOnce(t *testing.T) {
	r, err := NewResolver(sandbox.NewRunner(sandbox.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	first, err := r.Resolve(t.Context(), newBundle(t), State{}, policy.Organisation{})
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.Resolve(t.Context(), newBundle(t), State{}, policy.Organisation{})
	if err != nil {
		t.Fatal(err)
	}
	if first.Law != second.Law {
		t.Error("the same law was prepared twice")
	}
}

// TestLawIsPreparedWithoutItsCaller cancels a caller while its law is prepared: the work goes on, and a retry finds the result.
func TestLawIsPreparedWithoutItsCaller(t *testing.T) {
	c, err := newLawCache()
	if err != nil {
		t.Fatal(err)
	}
	b := newBundle(t)
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan struct{})
	go func() {
		_, _ = c.get(ctx, "key", b, nil)
		close(left)
	}()
	for len(c.turn) == 0 {
		runtime.Gosched()
	}
	cancel()
	<-left
	c.turn <- struct{}{} // Free only when the work is done.
	if !c.laws.Contains("key") {
		t.Error("the work ended with its caller")
	}
}
