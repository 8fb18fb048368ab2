package refusal_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

var update = flag.Bool("update", false, "write docs/refusals.md")

func TestTableIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range refusal.ListRows() {
		if !strings.HasPrefix(row.ID, "sidecar.") || seen[row.ID] {
			t.Errorf("rule %q is not an ID, or is given twice", row.ID)
		}
		seen[row.ID] = true
		if row.Status < 400 || row.Status > 599 {
			t.Errorf("rule %q has the status %d", row.ID, row.Status)
		}
		for _, sentence := range []string{row.What, row.Remedy} {
			if !strings.HasSuffix(sentence, ".") {
				t.Errorf("rule %q says %q, want a sentence", row.ID, sentence)
			}
		}
	}
}

func TestRefusalSaysMoreThanItsRow(t *testing.T) {
	got := refusal.Because(refusal.BodyShape, "The messages are not a list.")
	if got.Error() != "The messages are not a list. Send a chat completions request: an object with a list of messages." {
		t.Errorf("error is %q", got.Error())
	}
	if refusal.New(refusal.BodyShape).What == got.What {
		t.Error("the row itself was changed")
	}
	if !got.IsFor(refusal.BodyShape) || got.IsFor(refusal.Method) || (*refusal.Refusal)(nil).IsFor(refusal.Method) {
		t.Error("the refusal is for another rule")
	}
}

func TestDocumentIsGenerated(t *testing.T) {
	const path = "../../../docs/refusals.md"
	if *update {
		if err := os.WriteFile(path, []byte(refusal.RenderMarkdown()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(refusal.RenderMarkdown(), string(text)); diff != "" {
		t.Errorf("%s is not what -update writes (-want +got):\n%s", path, diff)
	}
}
