package worker

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

// TestGuard runs work under the guard in this process, which has no other limits.
func TestGuard(t *testing.T) {
	tests := map[string]struct {
		work func(stop topdown.Cancel, over *atomic.Bool) sandbox.Response
		want sandbox.Response
	}{
		"work that is done": {
			func(topdown.Cancel, *atomic.Bool) sandbox.Response { return sandbox.Response{Failure: "of its own"} },
			sandbox.Response{Failure: "of its own"},
		},
		"work that panics": {
			func(topdown.Cancel, *atomic.Bool) sandbox.Response { panic("no") },
			sandbox.Response{Failure: "the evaluation panicked: no"},
		},
		"too much time, then it stops": {
			func(stop topdown.Cancel, over *atomic.Bool) sandbox.Response {
				for !stop.Cancelled() && !over.Load() {
				}
				return sandbox.Response{Failure: "stopped"}
			},
			sandbox.Response{Limit: sandbox.LimitTime},
		},
		"too much time, and it does not stop": {
			func(_ topdown.Cancel, over *atomic.Bool) sandbox.Response {
				for !over.Load() {
				}
				return sandbox.Response{}
			},
			sandbox.Response{Limit: sandbox.LimitTime, Ends: true},
		},
		"too much memory": {
			func(_ topdown.Cancel, over *atomic.Bool) sandbox.Response {
				var kept [][]byte
				for range 64 {
					kept = append(kept, make([]byte, 1<<20))
				}
				for !over.Load() {
					time.Sleep(time.Millisecond)
				}
				return sandbox.Response{Failure: string(kept[0])}
			},
			sandbox.Response{Limit: sandbox.LimitMemory, Ends: true},
		},
	}
	g := newGuard(sandbox.Limits{Memory: 32 << 20})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			runtime.GC() // What earlier cases left would make room.
			var over atomic.Bool
			defer over.Store(true)
			got := g.run(50*time.Millisecond, func(stop topdown.Cancel) sandbox.Response { return test.work(stop, &over) })
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("response (-want +got):\n%s", diff)
			}
		})
	}
}
