package shaped_test

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestPolicyAllowsThePresets: declarations can name each preset, and no API that the sidecar cannot read.
func TestPolicyAllowsThePresets(t *testing.T) {
	formats, err := shaped.Presets()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile("../../../../policies/data/workload.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var data struct {
		ChatAPIs []string `json:"chatAPIs"`
	}
	if err := yaml.Unmarshal(content, &data); err != nil {
		t.Fatal(err)
	}
	presets := slices.Sorted(maps.Keys(formats))
	if diff := cmp.Diff(presets, data.ChatAPIs); diff != "" {
		t.Errorf("chatAPIs (-presets +policy):\n%s", diff)
	}
	for _, name := range presets {
		if !slices.Contains(sidecarconfig.APIs(), name) {
			t.Errorf("the configuration does not admit the API %q", name)
		}
	}
}
