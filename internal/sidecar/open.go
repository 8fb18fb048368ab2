package sidecar

import (
	"net/http"
	"sync"
	"time"
)

// closeTime is how long records of exchanges that are cut at the end may take: their handlers have nothing else left to do.
const closeTime = 2 * time.Second

// openExchanges counts the exchanges that are being served, so that the process does not end before their records are written.
type openExchanges struct {
	mu   sync.Mutex
	n    int
	late bool
	// changed is signaled when n is zero, or late is set.
	changed sync.Cond
}

func newOpenExchanges() *openExchanges {
	o := &openExchanges{}
	o.changed.L = &o.mu
	return o
}

// serve counts the exchange while the handler serves it.
func (o *openExchanges) serve(w http.ResponseWriter, r *http.Request, handler http.Handler) {
	o.add(1)
	defer o.add(-1)
	handler.ServeHTTP(w, r)
}

func (o *openExchanges) add(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.n += n; o.n == 0 {
		o.changed.Broadcast()
	}
}

// wait returns when no exchange is open, or after the limit.
func (o *openExchanges) wait(limit time.Duration) {
	timer := time.AfterFunc(limit, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.late = true
		o.changed.Broadcast()
	})
	defer timer.Stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.n > 0 && !o.late {
		o.changed.Wait()
	}
}
