package sidecar

import (
	"net"
	"net/http"
	"sync/atomic"

	"golang.org/x/net/netutil"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
)

// connections bounds the client connections of one listen address, because each takes memory as long as it is open. Further clients wait
// in the queue of the operating system.
type connections struct {
	limit int
	open  atomic.Int64
}

// bind makes the server count its connections and close each after its exchange while more than half of the limit are open: clients that
// keep connections for later must not keep out others. It returns a listener that accepts no connection beyond the limit.
func (c *connections) bind(server *http.Server, listener net.Listener) net.Listener {
	handler := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.open.Load() > int64(c.limit/2) {
			w.Header()["Connection"] = []string{"close"}
		}
		handler.ServeHTTP(w, r)
	})
	server.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			c.open.Add(1)
		case http.StateClosed, http.StateHijacked:
			c.open.Add(-1)
		}
	}
	return exchange.BindConnections(server, netutil.LimitListener(listener, c.limit))
}
