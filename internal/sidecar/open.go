package sidecar

import (
	"net/http"
	"sync"
	"time"
)

const (
	// maxRefusalWait is how long clients may take to receive the refusal of an exchange that the server ends.
	maxRefusalWait = 2 * time.Second
	// maxRecordWait is how long the server waits for the end of exchanges whose connections it has closed, and then for their records to be
	// written. Such an exchange has only its record left, so one second suffices for each.
	maxRecordWait = time.Second
)

// openExchanges counts the exchanges that are being served, so that the process does not exit before their records are written.
type openExchanges struct {
	mu    sync.Mutex
	count int
	// changed is signaled when count becomes 0, and when the limit of a wait has passed.
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

// add adds n, which may be negative, to the number of open exchanges.
func (o *openExchanges) add(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.count += n
	if o.count == 0 {
		o.changed.Broadcast()
	}
}

// wait returns when no exchange is open, or after the limit; 0 means at once. It returns the number of exchanges that are still open.
func (o *openExchanges) wait(limit time.Duration) int {
	timedOut := false
	timer := time.AfterFunc(limit, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		timedOut = true
		o.changed.Broadcast()
	})
	defer timer.Stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.count > 0 && !timedOut {
		o.changed.Wait()
	}
	return o.count
}
