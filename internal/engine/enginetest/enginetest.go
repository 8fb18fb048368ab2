// Package enginetest has the objects that tests of the engine decide about: a small declaration, one that answers everything, and a pod.
package enginetest

import (
	"embed"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// AsOf is the day of every test that does not name another.
const AsOf = "2026-11-23"

//go:embed testdata
var testdata embed.FS

func read[T any](t testing.TB, file string) *T {
	t.Helper()
	content, err := testdata.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	object := new(T)
	if err := yaml.UnmarshalStrict(content, object); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return object
}

// NewMinimal returns a small declaration for the European Union, which is allowed with warnings.
func NewMinimal(t testing.TB) *v1alpha1.ChatbotDeployment {
	t.Helper()
	return read[v1alpha1.ChatbotDeployment](t, "minimal-eu.yaml")
}

// NewFull returns a declaration for the European Union, California and a sector that answers everything.
func NewFull(t testing.TB) *v1alpha1.ChatbotDeployment {
	t.Helper()
	return read[v1alpha1.ChatbotDeployment](t, "full.yaml")
}

// NewWorkload returns a compliant pod, injected for the declaration.
func NewWorkload(t testing.TB, declaration *v1alpha1.ChatbotDeployment) facts.WorkloadInput {
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
		Selected:    true,
		Verdict:     policy.Verdict{Outcome: policy.OutcomeAllow, Compliant: true, AsOf: AsOf},
		Sidecar:     template,
	}
}
