package render_test

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

// TestTruthfulnessFollowsTheLaw: the sidecar corrects answers where a law forbids to pose as a human.
func TestTruthfulnessFollowsTheLaw(t *testing.T) {
	truthful := func(s *obligation.Set) { s.Disclose.Truthful = newRequired(true) }
	for name, tc := range map[string]struct {
		law  []require
		want bool
	}{"required": {[]require{truthful}, true}, "not required": {nil, false}} {
		t.Run(name, func(t *testing.T) {
			config, err := render.Config(newDeclaration(), newVerdict(tc.law...), nil, nil)
			if err != nil || config.Truthful != tc.want {
				t.Errorf("truthful is %t (error %v), want %t", config.Truthful, err, tc.want)
			}
		})
	}
}
