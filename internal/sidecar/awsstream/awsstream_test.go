package awsstream_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/awsstream"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// encode returns an event with the payload and with headers, which are names and values in turn.
func encode(t *testing.T, payload string, headers ...string) string {
	t.Helper()
	m := eventstream.Message{Payload: []byte(payload)}
	for i := 0; i < len(headers); i += 2 {
		m.Headers = append(m.Headers, eventstream.Header{Name: headers[i], Value: eventstream.StringValue(headers[i+1])})
	}
	var out bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func encodeEvent(t *testing.T, kind, payload string) string {
	t.Helper()
	return encode(t, payload, ":event-type", kind, ":content-type", "application/json", ":message-type", "event")
}

// split returns the data of the events of a stream that arrives in pieces.
func split(pieces ...string) (list []string, err error) {
	var s awsstream.Splitter
	take := func(data []byte) error {
		list = append(list, string(data))
		return nil
	}
	for _, piece := range pieces {
		if err := s.Write([]byte(piece), take); err != nil {
			return list, err
		}
	}
	return list, s.Close(take)
}

func TestSplitterForEveryCut(t *testing.T) {
	exception := encode(t, `{"message":"slow"}`, ":exception-type", "throttlingException", ":content-type", "application/json", ":message-type", "exception")
	stream := encodeEvent(t, "messageStart", `{"role":"assistant"}`) + encodeEvent(t, "pause", "") + exception +
		encode(t, "", ":error-code", "500", ":error-message", `"no"`, ":message-type", "error")
	want := []string{
		`{"messageStart":{"role":"assistant"}}`, `{"pause":{}}`, `{"throttlingException":{"message":"slow"}}`,
		`{"internalServerException":{"message":"500: \"no\""}}`,
	}
	for cut := range len(stream) + 1 {
		got, err := split(stream[:cut], stream[cut:])
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("cut at %d: error is %v, events (-want +got):\n%s", cut, err, diff)
		}
	}
}

// TestSplitterRefuses: no event with a fault is passed on.
func TestSplitterRefuses(t *testing.T) {
	good := encodeEvent(t, "messageStart", `{"role":"assistant"}`)
	flip := func(at int) string {
		out := []byte(good)
		out[at] ^= 1
		return string(out)
	}
	tooLong := string(binary.BigEndian.AppendUint32(nil, 1<<24))
	cases := map[string]struct {
		stream string
		want   error
	}{
		"header changed":            {flip(20), awsstream.ErrMalformed},
		"payload changed":           {flip(len(good) - 6), awsstream.ErrMalformed},
		"checksum changed":          {flip(len(good) - 1), awsstream.ErrMalformed},
		"checksum of the lengths":   {flip(9), awsstream.ErrMalformed},
		"length of the headers":     {flip(7), awsstream.ErrMalformed},
		"too short":                 {"\x00\x00\x00\x0fabc", awsstream.ErrMalformed},
		"too long":                  {tooLong, sse.ErrTooLong},
		"payload above 64 KiB":      {encodeEvent(t, "a", `"`+strings.Repeat("a", sse.MaxEvent)+`"`), sse.ErrTooLong},
		"end in the middle":         {good[:len(good)-1], awsstream.ErrMalformed},
		"end in the length":         {good[:3], awsstream.ErrMalformed},
		"no headers":                {encode(t, "{}"), awsstream.ErrMalformed},
		"no type":                   {encode(t, "{}", ":message-type", "event"), awsstream.ErrMalformed},
		"type that is no word":      {encodeEvent(t, `a":{},"b`, "{}"), awsstream.ErrMalformed},
		"exception with a name":     {encode(t, "{}", ":exception-type", "slow", ":message-type", "exception"), awsstream.ErrMalformed},
		"unknown kind":              {encode(t, "{}", ":event-type", "a", ":message-type", "secret"), awsstream.ErrMalformed},
		"payload that is not JSON":  {encode(t, "x", ":event-type", "a", ":content-type", "text/plain", ":message-type", "event"), awsstream.ErrMalformed},
		"server-sent events, alone": {"data: {\"a\":1}\n\n", sse.ErrTooLong},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for cut := range len(tc.stream) + 1 {
				if cut > 64 {
					break // The rest of a long event is not read in another way.
				}
				if got, err := split(tc.stream[:cut], tc.stream[cut:]); !errors.Is(err, tc.want) || len(got) > 0 {
					t.Fatalf("cut at %d: error is %v, events are %q", cut, err, got)
				}
			}
		})
	}
}

func TestSplitterStopsAtAnError(t *testing.T) {
	wrong := errors.New("wrong")
	count := 0
	var s awsstream.Splitter
	event := encodeEvent(t, "a", "{}")
	err := s.Write([]byte(event+event), func([]byte) error {
		count++
		return wrong
	})
	if !errors.Is(err, wrong) || count != 1 {
		t.Errorf("error is %v after %d events", err, count)
	}
}

// TestAppendIsReadByTheLibrary: an event has the headers that clients of AWS look at.
func TestAppendIsReadByTheLibrary(t *testing.T) {
	for data, want := range map[string][3]string{
		`{"messageStart":{"role":"a}"}}`:        {":event-type", "messageStart", "event"},
		`{"validationException":{"message":1}}`: {":exception-type", "validationException", "exception"},
	} {
		m, err := eventstream.NewDecoder().Decode(bytes.NewReader(awsstream.Append(nil, []byte(data))), nil)
		if err != nil {
			t.Fatal(err)
		}
		got := [3]string{want[0], m.Headers.Get(want[0]).String(), m.Headers.Get(":message-type").String()}
		if diff := cmp.Diff(want, got); diff != "" || m.Headers.Get(":content-type").String() != "application/json" {
			t.Errorf("%s: headers (-want +got):\n%s", data, diff)
		}
		if read, err := split(string(awsstream.Append(nil, []byte(data)))); err != nil || len(read) != 1 || read[0] != data {
			t.Errorf("%s becomes %q, %v", data, read, err)
		}
	}
}
