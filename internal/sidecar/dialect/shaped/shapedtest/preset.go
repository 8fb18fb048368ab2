// Package shapedtest gives tests the dialects of presets.
package shapedtest

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped"
)

// OpenAIChat returns the dialect of the preset openai-chat.
func OpenAIChat(t testing.TB) dialect.Format { return Preset(t, "openai-chat") }

// Preset returns the dialect of a preset.
func Preset(t testing.TB, name string) dialect.Format {
	t.Helper()
	formats, err := shaped.Presets()
	if err != nil {
		t.Fatal(err)
	}
	format, found := formats[name]
	if !found {
		t.Fatalf("there is no preset %q", name)
	}
	return format
}
