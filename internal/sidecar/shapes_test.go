package sidecar_test

import (
	gocmp "cmp"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/awsstream"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// readExample returns the example of a preset for a kind of document.
func readExample(t *testing.T, s *shape.Shape, of string) shape.Example {
	t.Helper()
	for _, e := range s.Examples {
		if e.Of == of {
			if of == shape.OfStream && s.Stream.Framing == shape.FramingAWS {
				e.In, e.Out = encodeForAWS(e.In), encodeForAWS(e.Out)
			}
			return e
		}
	}
	t.Fatalf("%s has no example of a %s", s.Name, of)
	return shape.Example{}
}

// encodeForAWS encodes events, one on each line, as AWS does.
func encodeForAWS(lines string) string {
	var stream []byte
	for line := range strings.Lines(lines) {
		stream = awsstream.Append(stream, []byte(strings.TrimSpace(line)))
	}
	return string(stream)
}

// variable matches a variable of a path.
var variable = regexp.MustCompile(`\{[a-z]+\}`)

// fillPath puts segments in place of the variables of a path.
func fillPath(path string) string {
	segments := map[string]string{"{model}": "gemini-3-pro", "{version}": "v1beta"}
	return variable.ReplaceAllStringFunc(path, func(name string) string { return gocmp.Or(segments[name], "1") })
}

// mediaTypesOf returns the media types of the answers that a shape reads, by the kind of the document.
func mediaTypesOf(s *shape.Shape) map[string]string {
	all := map[string]string{shape.OfAnswer: "application/json"}
	mediaTypes := map[string]string{
		shape.FramingSSE: "text/event-stream", shape.FramingNamedSSE: "text/event-stream", shape.FramingNDJSON: "application/x-ndjson", shape.FramingPrefixLines: "text/plain",
		shape.FramingAWS: "application/vnd.amazon.eventstream",
	}
	if s.Stream.Framing != "" {
		all[shape.OfStream] = gocmp.Or(s.Stream.MediaType, mediaTypes[s.Stream.Framing])
	}
	if all[shape.OfStream] == all[shape.OfAnswer] {
		// The API has no whole answers.
		delete(all, shape.OfAnswer)
	}
	return all
}

// hasProse reports whether answers have a text that people read.
func hasProse(s *shape.Shape) bool {
	return slices.ContainsFunc(s.Answer.Places, func(p shape.Place) bool { return p.Is == shape.Prose || p.Insert != "" }) || answersInStreams(s)
}

// answersInStreams reports whether all answers are streams. A statement in a whole one, which is an error, is none.
func answersInStreams(s *shape.Shape) bool { return s.Say != nil && s.Say.Body == "" }

// answersTurns reports whether the first route is a turn with JSON whose response has the answer. Sockets, forms, and chatbots that answer on
// another connection, have tests of their own.
func answersTurns(s *shape.Shape) bool {
	first := &s.Routes[0]
	return first.Use == shape.UseTurn && first.Answer+first.Stream == "" && s.Of(first).Request.Fields == ""
}

// TestPresetsOverTheWire sends the examples of each preset to a model service, through the egress of a sidecar: what the service gets and
// what the app gets are the results that the shape promises.
func TestPresetsOverTheWire(t *testing.T) {
	presets, err := shape.Presets()
	if err != nil {
		t.Fatal(err)
	}
	paths, err := shape.PresetPaths()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range presets {
		if !answersTurns(s) {
			continue
		}
		path := fillPath(paths[s.Name])
		for of, mediaType := range mediaTypesOf(s) {
			t.Run(s.Name+", "+of, func(t *testing.T) {
				request, response := readExample(t, s, shape.OfRequest), readExample(t, s, of)
				upstream := func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", mediaType)
					_, _ = io.WriteString(w, response.In)
				}
				h := newHarness(t, upstream, func(c *sidecarconfig.Config) {
					c.Egress[0].Shape, c.Egress[0].Parameters = s.Name, nil
				})
				got := h.send("POST", "http://"+h.address(contract.SidecarEgressAddress)+"/"+h.config.Egress[0].Name+path, request.In)
				if diff := cmp.Diff(response.Out, got.body); got.status != 200 || diff != "" {
					t.Errorf("status %d, answer (-want +got):\n%s", got.status, diff)
				}
				seen := h.listReceived()
				if len(seen) != 1 || seen[0].URI != "/base"+path {
					t.Fatalf("the service saw %v", seen)
				}
				if diff := cmp.Diff(request.Out, seen[0].Body); diff != "" {
					t.Errorf("request (-want +got):\n%s", diff)
				}
				if r := h.takeRecord(); r.Shape != s.Name || r.Streamed != (of == shape.OfStream) {
					t.Errorf("record is %+v", r)
				}
			})
		}
	}
}

// TestDisclosureInEachPreset: a person who chats through a port of any preset gets the statement, and a refusal in the form of the API.
func TestDisclosureInEachPreset(t *testing.T) {
	presets, err := shape.Presets()
	if err != nil {
		t.Fatal(err)
	}
	paths, err := shape.PresetPaths()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range presets {
		if !answersTurns(s) || !hasProse(s) {
			continue // A statement can stand in no answer without a text.
		}
		t.Run(s.Name, func(t *testing.T) {
			of := shape.OfAnswer
			if answersInStreams(s) {
				of = shape.OfStream
			}
			upstream := func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", mediaTypesOf(s)[of])
				_, _ = io.WriteString(w, readExample(t, s, of).In)
			}
			h := newHarness(t, upstream, func(c *sidecarconfig.Config) { c.Ports[0].Shape, c.Ports[0].Parameters = s.Name, nil })
			ask := func(body string) answer {
				return h.send("POST", "http://"+h.address(listen)+fillPath(paths[s.Name]), body)
			}
			got := ask(readExample(t, s, shape.OfRequest).In)
			if statement := h.config.Disclose.Statements["en"]; got.status != 200 || !strings.Contains(got.body, statement) {
				t.Errorf("status %d, answer without %q: %s", got.status, statement, got.body)
			}
			// Routes with a condition on the body do not match, and a later one refuses.
			rules := map[int]string{400: `"rule":"sidecar.body_shape"`, 403: `"rule":"sidecar.route_refused"`}
			if refused := ask(`7`); !strings.Contains(refused.body, gocmp.Or(rules[refused.status], "another status")) {
				t.Errorf("status %d, refusal %s", refused.status, refused.body)
			}
			if list := h.records(); len(list) != 2 || !list[0].Disclosed {
				t.Errorf("records are %+v", list)
			}
		})
	}
}
