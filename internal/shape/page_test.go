package shape_test

import (
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

// TestPagesSayWhatIsNotRead: a page names each place that is not inspected, each limit, the source and the examples.
func TestPagesSayWhatIsNotRead(t *testing.T) {
	list, err := shape.Presets()
	if err != nil {
		t.Fatal(err)
	}
	index := shape.FormatIndex(list)
	for _, s := range list {
		page := shape.FormatPage(s)
		wanted := append([]string{s.Evidence.Source, s.Evidence.Read, s.Evidence.Versions}, s.Limits...)
		for _, e := range s.Examples {
			wanted = append(wanted, e.Name, strings.TrimRight(e.Out, "\n"))
		}
		for _, places := range [][]shape.Place{s.Request.Places, s.Answer.Places, s.Stream.Places} {
			for _, p := range places {
				if p.Is == shape.Opaque {
					wanted = append(wanted, "| `"+p.At[0]+"` | **not inspected** |")
				}
			}
		}
		for _, text := range wanted {
			if !strings.Contains(page, text) {
				t.Errorf("the page of %s lacks %q", s.Name, text)
			}
		}
		if !strings.Contains(index, "["+s.Name+"]("+s.Name+".md)") {
			t.Errorf("the index lacks %s", s.Name)
		}
	}
}
