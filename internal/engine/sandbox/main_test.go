package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

// TestMain makes the test binary a worker when a runner of a test starts it as one.
func TestMain(m *testing.M) {
	if sandbox.IsWorker(os.Args) {
		log.Fatal(sandbox.Serve(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

const metadata = `# METADATA
# title: A short title
# description: What is required, of whom, and when.
# custom:
#   remedy: Do what is required.
`

// rule is a source of one rule, organisation.tested, whose package has the given body.
func rule(body string) sandbox.Source {
	return sandbox.Source{Policy: "shop", Modules: []sandbox.Text{
		{Name: "tested.rego", Rego: metadata + "package organisation.tested\n\n" + body},
	}}
}

const tested = "organisation.tested"

func inputOf(spec string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(
		`{"spec": %s, "asOf": "2027-01-01", "facts": {}, "requirement": {"retention.transcriptMax": 30}, "namespace": "shop", "name": "bot"}`, spec))
}

// newRunner returns a runner that is closed with the test.
func newRunner(t testing.TB, limits sandbox.Limits) *sandbox.Runner {
	t.Helper()
	r := sandbox.NewRunner(sandbox.Options{Limits: limits})
	t.Cleanup(r.Close)
	return r
}

func compiled(t testing.TB, r *sandbox.Runner, s sandbox.Source) *sandbox.Program {
	t.Helper()
	p, err := r.Compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// wantLimit fails unless the error is that of a limit.
func wantLimit(t *testing.T, err error, rule, limit string) {
	t.Helper()
	var exceeded *sandbox.LimitError
	if !errors.As(err, &exceeded) {
		t.Fatalf("got %v, want a LimitError", err)
	}
	if exceeded.Rule != rule || exceeded.Limit != limit {
		t.Errorf("got %+v, want the limit of %s for %q", exceeded, limit, rule)
	}
}
