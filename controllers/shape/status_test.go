package shape

import (
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/test/builders"
	"github.com/chaperone-dev/chaperone/test/golden"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// TestStatesOfShapes: Stalled is there while Ready is False, and no longer, and keeps its time while nothing changes. test/readers shows the states to
// kstatus and to the health checks of Argo CD.
func TestStatesOfShapes(t *testing.T) {
	good := builders.ChatShape("own", builders.ShapeDocument)
	good.Generation = 2
	bad := good.DeepCopy()
	bad.Spec.Raw = []byte(`{"routes": "none"}`)
	refused := refresh(bad, 1, noon)
	if again := refresh(refused, 1, noon.Add(time.Hour)); again != nil {
		t.Errorf("the status of an unchanged shape is %+v", again.Status)
	}
	mended := refused.DeepCopy()
	mended.Spec = good.Spec
	golden.Compare(t, "testdata/states.golden", map[string]any{
		"ChatShape that can be used":    refresh(good, 1, noon).Status,
		"ChatShape that cannot be used": refused.Status,
		"ChatShape mended":              refresh(mended, 1, noon.Add(time.Hour)).Status,
	})
}
