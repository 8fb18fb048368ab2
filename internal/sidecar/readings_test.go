package sidecar_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/observe"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestPassedExchangesAreFinishedTogether: an exchange that passed unchanged waits for others before it is counted and has its record, unless
// many wait or the server ends.
func TestPassedExchangesAreFinishedTogether(t *testing.T) {
	config := defaultConfig("http://127.0.0.1:1") // Nobody answers there.
	config.Mode = sidecarconfig.ModeObserve
	file, err := config.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var p pipes
		sink := &faultySink{}
		server, err := sidecar.New(t.Context(), file, sidecar.Options{Listen: p.listen, Audit: sink})
		if err != nil {
			t.Fatal(err)
		}
		check := func(want int) {
			t.Helper()
			synctest.Wait()
			if got := strings.Count(sink.String(), "\n"); got != want {
				t.Errorf("want %d records, got %d", want, got)
			}
		}
		get(t, p.dial(listen), "/other")
		time.Sleep(50 * time.Millisecond)
		check(0)
		time.Sleep(100 * time.Millisecond)
		check(1)
		for range 64 {
			get(t, p.dial(listen), "/other")
		}
		time.Sleep(10 * time.Millisecond) // Records are gathered, too.
		check(65)
		get(t, p.dial(listen), "/other")
		check(65)
		asked := time.Now()
		var got observe.Summary
		_, body := get(t, p.dial(contract.ListenAddress(contract.SidecarAdminPort)), "/observations")
		if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.Routes) != 1 || got.Routes[0].Exchanges != 66 || time.Since(asked) > 50*time.Millisecond {
			t.Errorf("after %v there are not all exchanges: %s, error %v", time.Since(asked), body, err)
		}
		get(t, p.dial(listen), "/other")
		begun := time.Now()
		server.Close()
		if got := strings.Count(sink.String(), "\n"); got != 67 || time.Since(begun) > 50*time.Millisecond {
			t.Errorf("after %v there are %d records, want 67 at once", time.Since(begun), got)
		}
	})
}

// slowToy is a toy whose first request takes until read is closed to look at.
type slowToy struct {
	toy
	hasBegun       *atomic.Bool
	begun, release chan struct{}
}

func (s slowToy) AcceptRequest(contentType string) bool {
	if !s.hasBegun.Swap(true) {
		close(s.begun)
		<-s.release
	}
	return s.toy.AcceptRequest(contentType)
}

// TestFewExchangesWaitToBeFinished: what ends while many others wait is counted at once, and the memory of those that wait is bounded.
func TestFewExchangesWaitToBeFinished(t *testing.T) {
	format := slowToy{hasBegun: new(atomic.Bool), begun: make(chan struct{}), release: make(chan struct{})}
	h := newHarnessWith(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "bot|Hi\n") }, func(c *sidecarconfig.Config) {
		c.Mode, c.Ports[0].Shape = sidecarconfig.ModeObserve, "toy"
	}, func(o *sidecar.Options) { o.Formats = map[string]dialect.Format{"toy": format} })
	ask := func() { h.send(http.MethodPost, h.url()+"/", "", "Content-Type", toyMedia) }
	ask()
	<-format.begun
	const waiting, atOnce = 256, 3
	for range waiting + atOnce {
		ask()
	}
	if got := h.observations(atOnce).Routes[0].Exchanges; got != atOnce {
		t.Errorf("%d exchanges are counted at once, want %d", got, atOnce)
	}
	close(format.release)
	h.observations(1 + waiting + atOnce)
}
