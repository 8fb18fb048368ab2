package main

import (
	"os"
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// A file of further kinds is optional, and one with a mistake does not keep the manager from starting.
func TestReadKinds(t *testing.T) {
	fleet, rollout := schema.GroupKind{Group: "apps.example", Kind: "Fleet"}, schema.GroupKind{Group: "argoproj.io", Kind: "Rollout"}
	for name, c := range map[string]struct {
		content string
		want    bool
	}{
		"no file":   {"", false},
		"a kind":    {"kinds: [{group: apps.example, kind: Fleet, resource: fleets, templates: [spec.template]}]", true},
		"a mistake": {"kinds: [{group: apps.example, kind: Fleet, resource: fleets, templates: [spec..template]}]", false},
	} {
		file := filepath.Join(t.TempDir(), "kinds.yaml")
		if c.content != "" {
			if err := os.WriteFile(file, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		kinds, err := readKinds(options{workloadKinds: file})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, got := kinds.Find(fleet); got != c.want {
			t.Errorf("%s: the further kind is there: %t, want %t", name, got, c.want)
		}
		if _, got := kinds.Find(rollout); !got {
			t.Errorf("%s: the built-in kinds are gone", name)
		}
	}
}
