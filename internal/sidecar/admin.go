package sidecar

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// adminTimeout is how long a client of the admin port may take to send a body, and then to receive the response.
const adminTimeout = 10 * time.Second

// maxSettleWait is how long a response of the admin port waits for exchanges that have ended, but are not counted yet.
const maxSettleWait = time.Second

// newAdminHandler returns the handler of the admin port. It is read-only, except for what the manager has signed:
//
//	/healthz        200 while the process serves
//	/readyz         200 while the server accepts exchanges, 503 while the server drains and while it cannot write audit records, or its
//	                configuration has expired; the body is that of /config-status
//	/config-status  which configuration is active, why the last rejected one was rejected, and whether audit records can be written
//	/config         PUT takes a configuration that the manager has signed (push.go)
//	/observations   what passed through unchanged under the active configuration, what governing it would do, and what no route matched
//	                (observe.Summary)
//	/metrics        Prometheus text
func (s *Server) newAdminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		code := http.StatusOK
		if s.closing.Load() || !s.shared.sink.isAvailable() || s.isOutdated() {
			code = http.StatusServiceUnavailable
		}
		s.writeStatus(w, code)
	})
	mux.HandleFunc("GET /config-status", func(w http.ResponseWriter, _ *http.Request) { s.writeStatus(w, http.StatusOK) })
	mux.HandleFunc("PUT "+contract.SidecarPushPath, s.takePushed)
	mux.HandleFunc("GET /observations", func(w http.ResponseWriter, _ *http.Request) {
		s.shared.readings.settle(maxSettleWait)
		active := s.active.Load()
		writeJSON(w, http.StatusOK, active.observer.Summarize(active.ports, active.models))
	})
	metrics := promhttp.HandlerFor(s.shared.metrics.registry, promhttp.HandlerOpts{})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		s.shared.readings.settle(maxSettleWait)
		metrics.ServeHTTP(w, r)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// An error means that the connection supports no deadlines, as in tests.
		control, now := http.NewResponseController(w), time.Now()
		_ = control.SetReadDeadline(now.Add(adminTimeout))
		// net/http writes the response after the rest of the body, which can take until the read deadline.
		_ = control.SetWriteDeadline(now.Add(2 * adminTimeout))
		mux.ServeHTTP(w, r)
	})
}

// status is what the admin port tells.
type status struct {
	*configStatus
	// AuditAvailable means that audit records can be written.
	AuditAvailable bool `json:"auditAvailable"`
	// Expired means that the active configuration is no longer valid. Unless it only observes, the sidecar refuses all exchanges.
	Expired bool `json:"expired"`
}

// writeStatus responds with the HTTP status code and the status.
func (s *Server) writeStatus(w http.ResponseWriter, code int) {
	writeJSON(w, code, status{s.status.Load(), s.shared.sink.isAvailable(), s.shared.guard.hasExpired()})
}

// writeJSON responds with the HTTP status code and the value.
func writeJSON(w http.ResponseWriter, code int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		code, body = http.StatusInternalServerError, []byte(`{}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(append(body, '\n'))
}
