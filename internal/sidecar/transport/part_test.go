package transport

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped/shapedtest"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// The events of an answer with two parts, between which an address is cut.
const (
	partText  = `data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Write to joe"}}` + "\n\n"
	partEnd   = `data: {"type":"content_block_stop","index":0}` + "\n\n"
	nextText  = `data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"@shop.example now"}}` + "\n\n"
	nextEnd   = `data: {"type":"content_block_stop","index":1}` + "\n\n"
	streamEnd = `data: {"type":"message_stop"}` + "\n\n"
)

// newPartedBody returns the rewritten form of the stream that is written to the pipe.
func newPartedBody(t *testing.T) (*streamBody, *io.PipeWriter) {
	t.Helper()
	stream, app := io.Pipe()
	body, sc := newStreamBody(t, stream)
	set, err := redact.NewSet([]string{"email"})
	if err != nil {
		t.Fatal(err)
	}
	sc.Route.Format = shapedtest.Preset(t, "anthropic-messages")
	sc.Cancel = func() { _ = stream.CloseWithError(errReset) }
	body.stream = transform.New(set).Stream(sc.Route.Format, "", &sc.AnswerRedactions)
	return body, app
}

// TestEndOfAPartInAPause: the end of a part does not wait for a next part that comes late, and a datum that is cut between the two is not shown as
// a whole. A next part that comes at once is read together with it, and one for which the beginning of a datum must wait.
func TestEndOfAPartInAPause(t *testing.T) {
	for name, tc := range map[string]struct {
		pause time.Duration
		// end is what the first part has of the address, and shown when clients have the end of that part.
		end   string
		shown time.Duration
		want  string
	}{
		"at once":                         {0, "joe", 0, `Write to |[redacted:email]| |now|`},
		"shortly before the end":          {partPause - 1, "joe", partPause - 1, `Write to |[redacted:email]| |now|`},
		"late behind a telling beginning": {5 * partPause, "joe@", 5 * partPause, `Write to |[redacted:email]| |now|`},
		"late":                            {5 * partPause, "joe", partPause, `Write to |joe|[redacted:email] |now|`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				body, app := newPartedBody(t)
				begun, shown := time.Now(), time.Duration(0)
				go func() {
					rest := strings.TrimPrefix("joe@shop", tc.end)
					_, _ = io.WriteString(app, strings.Replace(partText, "joe", tc.end, 1)+partEnd)
					time.Sleep(tc.pause)
					_, _ = io.WriteString(app, strings.Replace(nextText, "@shop", rest, 1)+nextEnd+streamEnd)
					_ = app.Close()
				}()
				var out strings.Builder
				piece := make([]byte, copyBufferBytes)
				for {
					n, err := body.Read(piece)
					out.Write(piece[:n])
					if shown == 0 && strings.Contains(out.String(), partEnd) {
						shown = time.Since(begun)
					}
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				_ = body.Close()
				if shown != tc.shown {
					t.Errorf("the part ends after %s, want %s", shown, tc.shown)
				}
				if diff := cmp.Diff(tc.want, joinTexts(out.String())); diff != "" {
					t.Errorf("texts (-want +got):\n%s\n%s", diff, out.String())
				}
			})
		})
	}
}

// joinTexts returns the texts of the deltas, each with a line after it.
func joinTexts(stream string) string {
	var texts strings.Builder
	for _, rest := range strings.Split(stream, `"text":"`)[1:] {
		text, _, _ := strings.Cut(rest, `"`)
		texts.WriteString(text + "|")
	}
	return texts.String()
}

// TestPauseAfterAPartThatEndsTheConnection: the client leaves, or the app takes too long, while a read goes on.
func TestPauseAfterAPartThatEndsTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body, app := newPartedBody(t)
		go func() { _, _ = io.WriteString(app, partText+partEnd) }()
		piece := make([]byte, copyBufferBytes)
		out := ""
		for !strings.Contains(out, partEnd) {
			n, err := body.Read(piece)
			if err != nil {
				t.Fatal(err)
			}
			out += string(piece[:n])
		}
		if err := body.Close(); err != nil {
			t.Error(err)
		}
		if _, err := io.WriteString(app, nextText); !errors.Is(err, errReset) {
			t.Errorf("the app writes on: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		body, app := newPartedBody(t)
		body.maxPause, body.pauseTimer = time.Minute, time.AfterFunc(time.Minute, body.scope.Cancel)
		go func() { _, _ = io.WriteString(app, partText+partEnd) }()
		begun := time.Now()
		if out, err := io.ReadAll(body); !errors.Is(err, errPause) || !strings.Contains(string(out), partEnd) {
			t.Errorf("error is %v, stream %s", err, out)
		}
		if took := time.Since(begun); took != time.Minute {
			t.Errorf("the pause ends after %s", took)
		}
		_ = body.Close()
	})
}
