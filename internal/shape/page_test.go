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
			if len(e.Route) == 1 {
				wanted = append(wanted, " "+e.Of+" of the route "+e.Route[0]+":")
			} else if len(e.Route) > 1 {
				wanted = append(wanted, " "+e.Of+" of the routes "+strings.Join(e.Route, ", ")+":")
			}
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

// TestPagesSayWhatRoutesPassUnread: uploads, assets and what passes are said aloud, with the documents of other routes.
func TestPagesSayWhatRoutesPassUnread(t *testing.T) {
	s, err := withRoutes(t,
		strings.TrimPrefix(theirs, "- "),
		`{name: upload, method: POST, path: /files, use: files}`,
		`{name: rest, method: [GET, POST], path: "/rest/**", use: pass}`,
		`{name: page, method: GET, path: /, use: asset}`,
		"{name: ask, method: POST, path: /ask, use: turn, request: parts}\nrequests: {parts: {fields: multipart, files: [photo], places: [{at: $.text, is: prose}]}}",
	)
	if err != nil {
		t.Fatal(err)
	}
	page := shape.FormatPage(s)
	for _, want := range []string{
		"- Of the route upload: the files that people upload.", "- Of the route rest: **everything** passes unread.",
		"- Of the route page: the answers, which are pages", "- Files in the field `photo` of requests.",
		"| rest | `GET, POST /rest/**`, use `pass` |", "## Places of a request `parts`",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestPagesSayWhereStatementsStand: unless it begins the first text, a page says where the statement stands.
func TestPagesSayWhereStatementsStand(t *testing.T) {
	for preset, wanted := range map[string][]string{
		"vercel-ui-message-stream": {"| statement in a stream | in events of its own, before the first event of the type `text-start` |"},
		"rasa-rest": {
			"| statement in an answer | the first element of `$` |", "| statement in a stream | in events of its own, before the first event |",
			"| media type of streams | `text/event-stream` |",
		},
	} {
		s, err := shape.Load([]byte(readPreset(t, preset)))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wanted {
			if !strings.Contains(shape.FormatPage(s), want+"\n") {
				t.Errorf("the page of %s lacks %q", preset, want)
			}
		}
	}
}
