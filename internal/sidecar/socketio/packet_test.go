package socketio_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/socketio"
)

func TestPacketsAreReadAndWritten(t *testing.T) {
	for frame, want := range map[string]string{
		`42["user_uttered",{"message":"hi"}]`:             `{"packet":"42","event":"user_uttered","data":[{"message":"hi"}]}`,
		`42["ping"]`:                                      `{"packet":"42","event":"ping","data":[]}`,
		`42/chat,["a","b",{"c":[1]}]`:                     `{"packet":"42/chat,","event":"a","data":["b",{"c":[1]}]}`,
		`42/chat,17["a",1]`:                               `{"packet":"42/chat,17","event":"a","data":[1]}`,
		`427["a",null]`:                                   `{"packet":"427","event":"a","data":[null]}`,
		`437[{"output":"yes"},2]`:                         `{"packet":"437","data":[{"output":"yes"},2]}`,
		`43/chat,7[]`:                                     `{"packet":"43/chat,7","data":[]}`,
		`40{"token":"x"}`:                                 `{"packet":"40","data":[{"token":"x"}]}`,
		`40/chat,{"token":"x"}`:                           `{"packet":"40/chat,","data":[{"token":"x"}]}`,
		`44{"message":"no"}`:                              `{"packet":"44","data":[{"message":"no"}]}`,
		`0{"sid":"s","upgrades":[],"pingInterval":25000}`: `{"packet":"0","data":[{"sid":"s","upgrades":[],"pingInterval":25000}]}`,
	} {
		p, err := socketio.Parse([]byte(frame))
		if err != nil || p.Kind != socketio.Message || string(p.Document) != want {
			t.Errorf("%s is %s, error %v, want %s", frame, p.Document, err, want)
			continue
		}
		if again, err := socketio.Format(p.Document, "none"); err != nil || string(again) != frame {
			t.Errorf("%s is written as %s, error %v", frame, again, err)
		}
	}
}

func TestDocumentsWithoutPacketAreEvents(t *testing.T) {
	got, err := socketio.Format([]byte(`{"event":"said","data":["x"]}`), "42/chat,")
	if err != nil || string(got) != `42/chat,["said","x"]` {
		t.Errorf("frame is %s, error %v", got, err)
	}
}

func TestControlPackets(t *testing.T) {
	for _, frame := range []string{"1", "2", "3", "2probe", "3probe", "5", "6", "40", "41", "40/chat,", "41/chat,"} {
		if p, err := socketio.Parse([]byte(frame)); err != nil || p.Kind != socketio.Control {
			t.Errorf("%s is %+v, error %v, want a control packet", frame, p, err)
		}
	}
}

func TestFramesThatAreNoPackets(t *testing.T) {
	for _, frame := range []string{
		"", "4", "7", "{}", "hello", "2hello", "6x", "42[", "42[]", "42[1]", `42{"a":1}`, `451-["a",{"_placeholder":true,"num":0}]`, "46", "b4AAE", "42hello",
		// Nothing can hide in a namespace or in the ID of an acknowledgement, or break out of the content.
		"42/joe@shop.example", "40/joe@shop.example", "41/pay DE89 3704", "42/a", "43", "424242424242424242", `424242424242["a"]`, "40123", "0joe",
		`40"a"],"PACKET":"4","y":["b"`, `43[1],"Packet":"42"`, `40{}],"Packet":"","x":[0`, `43"x"`, `42/joe@shop.example,["a"]`,
	} {
		if p, err := socketio.Parse([]byte(frame)); !errors.Is(err, socketio.ErrUnreadable) {
			t.Errorf("%q is %+v, error %v, want ErrUnreadable", frame, p, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`42/chat,17["a",{"b":1}]`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		p, err := socketio.Parse(frame)
		if err != nil || p.Kind != socketio.Message || !json.Valid(p.Document) {
			return
		}
		if _, err := socketio.Format(p.Document, socketio.DefaultPrefix); err != nil && frame[1] == '2' {
			t.Errorf("%q cannot be written again", frame)
		}
	})
}
