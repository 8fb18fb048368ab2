package shape_test

import (
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

// TestLoadRefusesOtherAnswers that no service shows, or that could be read in two ways.
func TestLoadRefusesOtherAnswers(t *testing.T) {
	preset := readPreset(t, "twilio-messaging")
	for _, tc := range []struct{ old, broken, want string }{
		{"texts: text/plain", "texts: [text/xml]", `answer.xml.types: "text/xml" has another meaning already.`},
		{"texts: text/plain", "texts: [application/json]", `answer.texts: "application/json" has another meaning already.`},
		{"texts: text/plain", "texts: [Text]", `answer.texts: "Text" is not a media type.`},
		{"types: [text/xml, application/xml, text/html], ", "types: [], ", "answer.xml.types: it is empty."},
		{"messages: [Message, Sms]", "messages: []", "answer.xml.messages: it is empty."},
		{"apart: Media", "apart: Sound", "answer.xml.apart: it lists an element that is not in parts."},
		{"elsewhere: to", "elsewhere: 'x:to'", `answer.xml: "x:to" is not the name of an element or attribute.`},
		{"use: turn, answersElsewhere: true", "use: turn", "routes[0].answer: it has texts or xml, and the route is not one with answersElsewhere."},
		{"\nrequest:\n", "\nrequest:\n  texts: text/plain\n", "request: only an answer can be a plain text or XML."},
		{"  type: text/plain\n", "  type: text/csv\n", `type: "text/csv" is not a type that the answer has in texts or xml.`},
		{"  route: status\n  in: '{\"status\"", "  route: status\n  type: text/plain\n  in: '{\"status\"", `type: "text/plain" is not a type that the answer has in texts or xml.`},
	} {
		if !strings.Contains(preset, tc.old) {
			t.Fatalf("the preset has no %q", tc.old)
		}
		if _, err := shape.Load([]byte(strings.Replace(preset, tc.old, tc.broken, 1))); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error is %v, want one with %q", err, tc.want)
		}
	}
}
