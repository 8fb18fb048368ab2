package engine

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/policies"
)

// asOf is the day of every test that does not name another.
const asOf = "2026-11-23"

func read[T any](t testing.TB, file string) *T {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	object := new(T)
	if err := yaml.UnmarshalStrict(content, object); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return object
}

// builtIn is the built-in bundle, loaded once: deriving what decisions read takes most of a second.
var builtIn = sync.OnceValues(func() (*Engine, error) { return New(context.Background(), policies.FS) })

// newEngine returns an engine of one's own with the built-in bundle.
func newEngine(t testing.TB) *Engine {
	t.Helper()
	first, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	programs, err := newPrograms()
	if err != nil {
		t.Fatal(err)
	}
	e := &Engine{loaded: first.loaded, adopted: first.adopted, programs: programs}
	t.Cleanup(e.Close)
	if _, err := e.Adopt(t.Context(), policy.Organisation{}); err != nil {
		t.Fatal(err)
	}
	return e
}

// governed returns the compliant pod, injected for the declaration.
func governed(t testing.TB, declaration *v1alpha1.ChatbotDeployment) facts.WorkloadInput {
	t.Helper()
	image := "registry.example/chaperone/sidecar@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	template := inject.Template(declaration, image, "0123456789abcdef")
	pod, err := inject.Sidecar(read[corev1.Pod](t, "pod.yaml"), declaration, template)
	if err != nil {
		t.Fatal(err)
	}
	template.Container = inject.Expected(pod, declaration, template)
	return facts.WorkloadInput{
		Pod:         pod,
		Declaration: declaration,
		Verdict:     policy.Verdict{Outcome: policy.OutcomeAllow, Compliant: true, AsOf: asOf},
		Sidecar:     template,
	}
}
