package render_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

func TestUncarried(t *testing.T) {
	got := render.Uncarried([]policy.Obligation{
		{Kind: "suspend"},
		{Kind: "retain", Dimension: "retention.transcriptMax"},
		{Kind: "disclose", Dimension: "transparency.disclosure"},
		{Kind: "consent", Dimension: "consent.recording"},
		{Kind: "record", Dimension: "retention.transcriptMax"},
	})
	if diff := cmp.Diff([]string{"consent.recording", "retention.transcriptMax"}, got); diff != "" {
		t.Errorf("dimensions (-want +got):\n%s", diff)
	}
}
