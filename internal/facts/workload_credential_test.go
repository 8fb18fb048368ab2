package facts_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/internal/facts"
)

// TestLiterals shows which values the rule about credentials reads by name, and in which it sees a password itself. No value leaves.
func TestLiterals(t *testing.T) {
	const env, args = "spec.containers[0].env", "spec.containers[0].args"
	for name, test := range map[string]struct {
		container             corev1.Container
		wantNames, wantInURLs []facts.NamedField
	}{
		"a value": {
			container: corev1.Container{Env: []corev1.EnvVar{{Name: "OPENAI_KEY", Value: "sk-test-1"}}},
			wantNames: []facts.NamedField{{Field: env, Name: "OPENAI_KEY"}},
		},
		"values that are no credential": {container: corev1.Container{Env: []corev1.EnvVar{
			{Name: "OPENAI_API_KEY", Value: "EMPTY"}, {Name: "PASS_THROUGH", Value: "true"}, {Name: "TOKEN", Value: "$(OTHER)"}, {Name: "SECRET"},
		}}},
		"URLs with a password": {
			container: corev1.Container{Env: []corev1.EnvVar{
				{Name: "DATABASE_URL", Value: "postgres://u:pw@db/x"}, {Name: "REDIS", Value: "redis://:pw@r"},
				{Name: "CLUSTER", Value: "amqp://a,amqp://u:pw@b"},
			}},
			wantInURLs: []facts.NamedField{{Field: env, Name: "DATABASE_URL"}, {Field: env, Name: "REDIS"}, {Field: env, Name: "CLUSTER"}},
		},
		"URLs without one": {
			container: corev1.Container{Env: []corev1.EnvVar{
				{Name: "A", Value: "https://db:5432/x@y"}, {Name: "B", Value: "postgres://u:$(PASSWORD)@db"}, {Name: "C", Value: "https://u@db"},
			}},
			wantNames: []facts.NamedField{{Field: env, Name: "A"}, {Field: env, Name: "B"}, {Field: env, Name: "C"}},
		},
		"flags": {
			container:  corev1.Container{Args: []string{"serve", "--api-key=k", "--token", "t", "--verbose", "--pass=$(PASS)", "--url", "redis://:pw@r"}},
			wantNames:  []facts.NamedField{{Field: args, Name: "--api-key"}, {Field: args, Name: "--token"}},
			wantInURLs: []facts.NamedField{{Field: args, Name: "--url"}},
		},
		"an argument": {
			container:  corev1.Container{Args: []string{"redis://:pw@r"}},
			wantInURLs: []facts.NamedField{{Field: args, Name: "a URL"}},
		},
		"an argument after a flag with its value": {
			container:  corev1.Container{Args: []string{"--level=2", "redis://:pw@r"}},
			wantNames:  []facts.NamedField{{Field: args, Name: "--level"}},
			wantInURLs: []facts.NamedField{{Field: args, Name: "a URL"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := governed()
			in.Pod.Spec.Containers = []corev1.Container{test.container}
			got := facts.NewWorkload(in)
			if diff := cmp.Diff(test.wantNames, got.LiteralVariables); diff != "" {
				t.Errorf("literals (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.wantInURLs, got.URLPasswords); diff != "" {
				t.Errorf("passwords in URLs (-want +got):\n%s", diff)
			}
		})
	}
}
