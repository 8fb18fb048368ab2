package shaped_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/awsstream"
	"github.com/chaperone-dev/chaperone/internal/sidecar/ndjson"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// selectTexts returns the texts of a document to which the steps lead, by a reader of its own.
func selectTexts(value any, steps []shape.Step) (texts []string) {
	if len(steps) == 0 {
		if text, isText := value.(string); isText {
			return []string{text}
		}
		return nil
	}
	switch step := steps[0]; step.Kind {
	case shape.ToElements:
		list, _ := value.([]any)
		for _, element := range list {
			texts = append(texts, selectTexts(element, steps[1:])...)
		}
	case shape.ToCase:
		if object, _ := value.(map[string]any); fmt.Sprint(object[step.Name]) == step.Text {
			return selectTexts(value, steps[1:])
		}
	case shape.ToMember:
		object, _ := value.(map[string]any)
		return selectTexts(object[step.Name], steps[1:])
	}
	return texts
}

// build returns a document that has the text where the steps lead, and nothing else.
func build(steps []shape.Step, text string) any {
	if len(steps) == 0 {
		return text
	}
	below := build(steps[1:], text)
	switch step := steps[0]; step.Kind {
	case shape.ToElements:
		return []any{below}
	case shape.ToCase:
		object, _ := below.(map[string]any)
		object[step.Name] = step.Text
		return object
	default:
		return map[string]any{step.Name: below}
	}
}

// growth is a text of a stream: how a shape says that it arrives in pieces, and where it is said again.
type growth struct {
	template shape.Template
	pieces   []shape.Step
	restated [][]shape.Step
}

// readGrowths returns the texts of the streams of a shape, by name, as far as they can change.
func readGrowths(t *testing.T, s *shape.Shape) map[string]growth {
	t.Helper()
	found := map[string]growth{}
	for name, text := range s.Stream.Flushes {
		g := growth{}
		var err error
		if g.template, err = shape.ParseTemplate(text, shape.FlushVariables()); err != nil {
			t.Fatal(err)
		}
		for i := range s.Stream.Places {
			p := &s.Stream.Places[i]
			if p.Flush != name || p.Is == shape.Signed {
				continue
			}
			for _, selector := range p.At {
				steps, err := shape.ParseSelector(selector)
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case p.Grows == shape.GrowsRestated:
					g.restated = append(g.restated, steps)
				case g.pieces == nil && steps[len(steps)-1].Kind == shape.ToMember:
					g.pieces = steps
				}
			}
		}
		// Where a template repeats keys or the type of an event, only the event of a client has them.
		if g.pieces != nil && !g.template.Has(shape.VarType) && !g.template.Has(shape.VarKey) {
			found[name] = g
		}
	}
	return found
}

// piece returns an event with a piece of the text.
func (g growth) piece(text string) string {
	var b strings.Builder
	for _, p := range g.template {
		b.WriteString(p.Literal)
		switch p.Variable {
		case shape.VarText:
			b.WriteString(quote(text))
		case shape.VarName:
			b.WriteString(quote(g.pieces[len(g.pieces)-1].Name))
		case shape.VarIndex, shape.VarCall, shape.VarSubindex:
			b.WriteString("0")
		}
	}
	return b.String()
}

// framings has, for each framing, how a server writes the events of a stream, and how a client reads them.
var framings = map[string]struct {
	write func(events []string) string
	read  func(t *testing.T, stream string) []string
}{
	shape.FramingNamedSSE: {
		func(events []string) string {
			var stream []byte
			for _, event := range events {
				stream = sse.AppendNamed(stream, []byte(event))
			}
			return string(stream)
		},
		func(t *testing.T, stream string) []string {
			t.Helper()
			return splitWith(t, &sse.NamedSplitter{}, stream)
		},
	},
	shape.FramingPrefixLines: {
		func(events []string) string {
			var stream []byte
			for _, event := range events {
				stream = ndjson.AppendPrefixed(stream, []byte(event))
			}
			return string(stream)
		},
		func(t *testing.T, stream string) []string {
			t.Helper()
			return splitWith(t, &ndjson.PrefixSplitter{}, stream)
		},
	},
	shape.FramingSSE: {
		func(events []string) string { return "data: " + strings.Join(events, "\n\ndata: ") + "\n\n" },
		func(t *testing.T, stream string) []string { t.Helper(); return splitWith(t, &sse.Splitter{}, stream) },
	},
	// The frames of a socket are documents on a line each.
	shape.FramingWebSocket: {
		func(events []string) string { return strings.Join(events, "\n") + "\n" },
		func(t *testing.T, stream string) []string {
			t.Helper()
			return splitWith(t, &ndjson.Splitter{}, stream)
		},
	},
	shape.FramingNDJSON: {
		func(events []string) string { return strings.Join(events, "\n") + "\n" },
		func(t *testing.T, stream string) []string {
			t.Helper()
			return splitWith(t, &ndjson.Splitter{}, stream)
		},
	},
	shape.FramingAWS: {
		func(events []string) string {
			var stream []byte
			for _, event := range events {
				stream = awsstream.Append(stream, []byte(event))
			}
			return string(stream)
		},
		func(t *testing.T, stream string) []string {
			t.Helper()
			return splitWith(t, &awsstream.Splitter{}, stream)
		},
	},
	shape.FramingJSONArray: {
		func(events []string) string { return "[" + strings.Join(events, ",\r\n") + "]" },
		func(t *testing.T, stream string) (events []string) {
			t.Helper()
			var elements []json.RawMessage
			if err := json.Unmarshal([]byte(stream), &elements); err != nil {
				t.Fatalf("%s: %v", stream, err)
			}
			for _, element := range elements {
				events = append(events, string(element))
			}
			return events
		},
	},
}

// listStreams returns the shape of each stream that routes of a preset read, by a name, apart from packets of socket.io.
func listStreams(t *testing.T, s *shape.Shape) map[string]*shape.Shape {
	t.Helper()
	usual, err := s.With(nil)
	if err != nil {
		t.Fatal(err)
	}
	streams := map[string]*shape.Shape{}
	for i := range usual.Routes {
		r := &usual.Routes[i]
		if of := usual.Of(r); r.IsRead() && of.Stream.Framing != "" && of.Stream.Framing != shape.FramingSocketIO {
			streams[strings.TrimSuffix(s.Name+", "+r.Stream, ", ")] = of
		}
	}
	return streams
}

// TestShapesForEveryCutOfTheText: for each text that a shape says grows, what a client puts together of the pieces, and each restatement, is
// the redaction of the whole text with the statement, wherever the text is cut.
func TestShapesForEveryCutOfTheText(t *testing.T) {
	presets, err := shape.Presets()
	if err != nil {
		t.Fatal(err)
	}
	for _, preset := range presets {
		for stream, s := range listStreams(t, preset) {
			growths := readGrowths(t, s)
			for _, name := range slices.Sorted(maps.Keys(growths)) {
				t.Run(stream+"/"+name, func(t *testing.T) {
					for _, text := range []cutText{{answerText, answerRedacted}, {argumentsText, argumentsRedacted}} {
						characters := strings.Split(text.whole, "")
						for cut := range characters {
							checkCut(t, s, growths[name], text, strings.Join(characters[:cut], ""))
						}
					}
				})
			}
		}
	}
}

// argumentsText are the arguments of a tool call, and argumentsRedacted what becomes of them: JSON stays JSON.
const (
	argumentsText     = `{"phone": 4915112345671, "to":["joe@shop.example",4111111111111111.0]}`
	argumentsRedacted = `{"phone": "[redacted:phone]", "to":["[redacted:email]","[redacted:payment-card]"]}`
)

// cutText is a text and its redaction.
type cutText struct{ whole, redacted string }

// checkCut streams a text in two pieces, of which the first is given, and says it again in each way that the shape knows.
func checkCut(t *testing.T, s *shape.Shape, g growth, text cutText, first string) {
	t.Helper()
	second := strings.TrimPrefix(text.whole, first)
	events := []string{g.piece(first), g.piece(second)}
	for _, steps := range g.restated {
		data, err := json.Marshal(build(steps, text.whole))
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, string(data))
	}
	framing := framings[s.Stream.Framing]
	out, err := rewriteWith(newCodecOf(t, s), "AI.", framing.write(events))
	if err != nil {
		t.Fatal(err)
	}
	var pieces string
	var restated []string
	for _, data := range framing.read(t, out) {
		var value any
		if err := json.Unmarshal([]byte(data), &value); err != nil {
			t.Fatal(err)
		}
		pieces += strings.Join(selectTexts(value, g.pieces), "")
		for _, steps := range g.restated {
			restated = append(restated, selectTexts(value, steps)...)
		}
	}
	want := strings.TrimPrefix(pieces, "AI.\n\n")
	if diff := cmp.Diff(text.redacted, want); diff != "" {
		t.Fatalf("pieces of %q and %q (-want +got):\n%s", first, second, diff)
	}
	for _, again := range restated {
		if again != pieces {
			t.Fatalf("after %q and %q the pieces are %q and the restatement %q", first, second, pieces, again)
		}
	}
}
