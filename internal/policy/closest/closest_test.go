package closest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFind(t *testing.T) {
	names := []string{"anthropic-messages", "ollama-chat", "openai-chat", "openai-responses"}
	for name, want := range map[string][]string{
		"opnai-chat":     {"openai-chat"},
		"openai-chat":    {"openai-chat"},
		"olama-chats":    {"ollama-chat"},
		"openai-respons": {"openai-responses"},
		"soap":           {},
		"":               {},
	} {
		if diff := cmp.Diff(want, Find(name, names)); diff != "" {
			t.Errorf("closest to %q (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff([]string{"trip"}, Find("trap", []string{"ip", "trip", "grape"})); diff != "" {
		t.Errorf("a short name (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{}, Find("äöü", []string{"abcdef"})); diff != "" { // Letters count, not their bytes.
		t.Errorf("(-want +got):\n%s", diff)
	}
	if edits := CountEdits("größe", "grosse"); edits != 3 {
		t.Errorf("größe and grosse: want 3 edits, got %d", edits)
	}
	if diff := cmp.Diff([]string{"aa", "ab", "ba"}, Find("aa", []string{"bb", "ba", "ca", "ab", "aa"})); diff != "" {
		t.Errorf("at most three, the closest first (-want +got):\n%s", diff)
	}
}
