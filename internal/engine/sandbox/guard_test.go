package sandbox

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// TestGuard has the guard look at work in this process, which nothing else limits.
func TestGuard(t *testing.T) {
	tests := map[string]struct {
		work func(stop topdown.Cancel, over *atomic.Bool) answer
		want answer
	}{
		"work that is done": {
			func(topdown.Cancel, *atomic.Bool) answer { return answer{Failure: "of its own"} },
			answer{Failure: "of its own"},
		},
		"work that panics": {
			func(topdown.Cancel, *atomic.Bool) answer { panic("no") },
			answer{Failure: "the evaluation panicked: no"},
		},
		"too much time, then it stops": {
			func(stop topdown.Cancel, over *atomic.Bool) answer {
				for !stop.Cancelled() && !over.Load() {
				}
				return answer{Failure: "stopped"}
			},
			answer{Limit: LimitTime},
		},
		"too much time, and it does not stop": {
			func(_ topdown.Cancel, over *atomic.Bool) answer {
				for !over.Load() {
				}
				return answer{}
			},
			answer{Limit: LimitTime, Ends: true},
		},
		"too much memory": {
			func(_ topdown.Cancel, over *atomic.Bool) answer {
				var kept [][]byte
				for range 64 {
					kept = append(kept, make([]byte, 1<<20))
				}
				for !over.Load() {
					time.Sleep(time.Millisecond)
				}
				return answer{Failure: string(kept[0])}
			},
			answer{Limit: LimitMemory, Ends: true},
		},
	}
	g := newGuard(Limits{Memory: 32 << 20})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			runtime.GC() // What earlier cases left would make room.
			var over atomic.Bool
			defer over.Store(true)
			got := g.run(50*time.Millisecond, func(stop topdown.Cancel) answer { return test.work(stop, &over) })
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}
