package shape_test

import (
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

// TestLoadRefusesCasesThatCannotBeToldApart breaks the selectors of a preset.
func TestLoadRefusesCasesThatCannotBeToldApart(t *testing.T) {
	for name, broken := range map[string]string{
		"two members":    `{at: ["$.x[kind=a].b", "$.x[type=a].b"]}`,
		"case of a case": `{at: "$.x[kind=a][type=b].c"}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := shape.Load([]byte(strings.Replace(readPreset(t, "openai-chat"), "{at: $.seed, is: opaque}", broken, 1)))
			want := `request.places[2].at: the members "kind" and "type" tell the cases of one object apart. Name one member.`
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error is %v, want one with %q", err, want)
			}
		})
	}
}
