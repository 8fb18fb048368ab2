package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/sandboxtest"
)

func newInput(spec string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(
		`{"spec": %s, "asOf": "2027-01-01", "facts": {}, "requirement": {"retention.transcriptMax": 30}, "namespace": "shop", "name": "bot"}`, spec))
}

// newRunner returns a runner that is closed with the test.
func newRunner(t testing.TB, limits sandbox.Limits) *sandbox.Runner {
	t.Helper()
	r := sandbox.NewRunner(sandbox.Options{Command: sandboxtest.Command(t), Limits: limits})
	t.Cleanup(r.Close)
	return r
}

func compile(t testing.TB, r *sandbox.Runner, s sandbox.Source) *sandbox.Program {
	t.Helper()
	p, err := r.Compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// checkLimit fails the test unless the error is a LimitError with this rule and limit.
func checkLimit(t *testing.T, err error, rule, limit string) {
	t.Helper()
	var exceeded *sandbox.LimitError
	if !errors.As(err, &exceeded) {
		t.Fatalf("got %v, want a LimitError", err)
	}
	if exceeded.Rule != rule || exceeded.Limit != limit {
		t.Errorf("got %+v, want the limit of %s for %q", exceeded, limit, rule)
	}
}
