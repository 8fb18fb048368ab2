package render_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

// TestLimits: the sidecar takes every limit that the schema of the API takes, and has its defaults for the others.
func TestLimits(t *testing.T) {
	cases := map[string]struct {
		declared *v1alpha1.ExchangeLimits
		want     sidecarconfig.Limits
	}{
		"none declared": {},
		"one declared":  {&v1alpha1.ExchangeLimits{IdleSeconds: 90}, sidecarconfig.Limits{IdleSeconds: 90}},
		"the smallest": {
			&v1alpha1.ExchangeLimits{RequestBytes: 1 << 10, ResponseBytes: 1 << 10, FirstByteSeconds: 1, IdleSeconds: 1},
			sidecarconfig.Limits{RequestBytes: 1 << 10, ResponseBytes: 1 << 10, FirstByteSeconds: 1, IdleSeconds: 1},
		},
		"the largest": {
			&v1alpha1.ExchangeLimits{RequestBytes: 16 << 20, ResponseBytes: 64 << 20, FirstByteSeconds: 900, IdleSeconds: 900},
			sidecarconfig.Limits{RequestBytes: 16 << 20, ResponseBytes: 64 << 20, FirstByteSeconds: 900, IdleSeconds: 900},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			declaration := newDeclaration()
			declaration.Spec.Limits = tc.declared
			data, _, err := render.File(declaration, newVerdict(), builtIn(), nil)
			if err != nil {
				t.Fatal(err)
			}
			config, err := sidecarconfig.Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, config.Limits); diff != "" {
				t.Errorf("limits (-want +got):\n%s", diff)
			}
		})
	}
}
