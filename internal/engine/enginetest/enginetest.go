// Package enginetest provides objects for tests of the engine: a small declaration, a declaration with most fields, and a pod.
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

// AsOf is the day of decisions in tests, unless a test needs another one.
const AsOf = "2026-11-23"

//go:embed testdata
var testdata embed.FS

// read decodes a YAML file of the embedded folder testdata.
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

// NewFull returns a declaration for the European Union, California and one sector. It sets every part of the spec, but not every field:
// some fields of accountability, retention and intellectual property are unset.
func NewFull(t testing.TB) *v1alpha1.ChatbotDeployment {
	t.Helper()
	return read[v1alpha1.ChatbotDeployment](t, "full.yaml")
}

// NewWorkload returns the input about a compliant pod, with the sidecar that injection adds for the declaration.
func NewWorkload(t testing.TB, declaration *v1alpha1.ChatbotDeployment) facts.WorkloadInput {
	t.Helper()
	const (
		image      = "registry.example/chaperone/sidecar@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
		configHash = "0123456789abcdef"
	)
	template := inject.Template(declaration, image, configHash)
	template.ModelPaths = facts.ListModelPaths(declaration.Spec.Processors, nil)
	pod, err := inject.Sidecar(read[corev1.Pod](t, "pod.yaml"), declaration, template)
	if err != nil {
		t.Fatal(err)
	}
	// The container that this pod must have is the one that inject.Sidecar has added to it.
	template.Container = inject.Expected(pod, declaration, template)
	return facts.WorkloadInput{
		Pod:         pod,
		Declaration: declaration,
		Selected:    true,
		Verdict:     policy.Verdict{Outcome: policy.OutcomeAllow, Compliant: true, AsOf: AsOf},
		Sidecar:     template,
	}
}
