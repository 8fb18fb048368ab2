package legal_test

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/policy/legal"
)

func TestBinds(t *testing.T) {
	tests := map[string]struct {
		source legal.Source
		want   string
	}{
		"without a first day":        {legal.Source{Obliges: true}, "today"},
		"since today":                {legal.Source{Obliges: true, From: "2026-11-29"}, "today"},
		"from tomorrow on":           {legal.Source{Obliges: true, From: "2026-11-30"}, "later"},
		"guidance, whatever its day": {legal.Source{From: "2026-11-30"}, "no"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tc.source.Binds("2026-11-29"); got != tc.want {
				t.Errorf("binds %s, want %s", got, tc.want)
			}
		})
	}
}
