package sidecar_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// faultySink is where records go: it can be full, so that a write fails after its first bytes, or blocked, so that a write does not end.
type faultySink struct {
	buffer
	mu   sync.Mutex
	full bool
	// blocked is nil, or closed when writes end again.
	blocked chan struct{}
}

func (s *faultySink) set(full bool, blocked chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full, s.blocked = full, blocked
}

func (s *faultySink) Write(p []byte) (int, error) {
	s.mu.Lock()
	full, blocked := s.full, s.blocked
	s.mu.Unlock()
	if blocked != nil {
		<-blocked
	}
	if full {
		n, _ := s.buffer.Write(p[:min(len(p), 7)])
		return n, errors.New("no space left on device")
	}
	return s.buffer.Write(p)
}

// TestNoExchangeWithoutARecord: while records cannot be written, exchanges are refused, and probes and metrics tell it. That ends without a
// restart, and then all records are there.
func TestNoExchangeWithoutARecord(t *testing.T) {
	for name, fail := range map[string]func(*faultySink) (repair func()){
		"full": func(s *faultySink) func() {
			s.set(true, nil)
			return func() { s.set(false, nil) }
		},
		"blocked": func(s *faultySink) func() {
			blocked := make(chan struct{})
			s.set(false, blocked)
			return func() {
				s.set(false, nil)
				close(blocked)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := mustMarshal(t)
			synctest.Test(t, func(t *testing.T) {
				var p pipes
				sink := &faultySink{}
				server, err := sidecar.New(t.Context(), file, sidecar.Options{Listen: p.listen, Audit: sink})
				if err != nil {
					t.Fatal(err)
				}
				defer server.Close()
				check := func(address, path string, status int, text string) {
					t.Helper()
					got, body := get(t, p.dial(address), path)
					if got != status || !strings.Contains(body, text) {
						t.Errorf("%s gives %d, want %d and %s: %s", path, got, status, text, body)
					}
				}
				admin := contract.ListenAddress(contract.SidecarAdminPort)
				repair := fail(sink)
				check(listen, "/other", http.StatusNotFound, `"sidecar.path_unknown"`)
				time.Sleep(6 * time.Second)
				check(admin, "/readyz", http.StatusServiceUnavailable, `"auditAvailable":false`)
				check(admin, "/healthz", http.StatusOK, "ok")
				check(admin, "/metrics", http.StatusOK, "chaperone_audit_available 0\n")
				check(admin, "/metrics", http.StatusOK, "chaperone_audit_waiting_records 1\n")
				for range 3 {
					check(listen, "/other", http.StatusServiceUnavailable, `"sidecar.audit_unavailable"`)
				}
				repair()
				time.Sleep(2 * time.Second)
				check(admin, "/readyz", http.StatusOK, `"auditAvailable":true`)
				check(admin, "/metrics", http.StatusOK, "chaperone_audit_available 1\n")
				check(listen, "/other", http.StatusNotFound, `"sidecar.path_unknown"`)
				time.Sleep(time.Second)
				lines := strings.Split(strings.TrimSpace(sink.String()), "\n")
				if len(lines) != 3 || !strings.Contains(lines[1], `"outcome":"refused","rule":"sidecar.audit_unavailable","status":503,"exchanges":3}`) {
					t.Errorf("records are %s", lines)
				}
				for _, i := range []int{0, len(lines) - 1} {
					if !strings.HasPrefix(lines[i], `{"time":"`) || !strings.Contains(lines[i], `"rule":"sidecar.path_unknown"`) {
						t.Errorf("record is %s", lines[i])
					}
				}
			})
		})
	}
}

// get sends a request without a body and returns the status and the body of the response.
func get(t *testing.T, conn net.Conn, path string) (status int, body string) {
	t.Helper()
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// TestTerminationWithoutRecordsIsAnError: the process must not end as if all were well.
func TestTerminationWithoutRecordsIsAnError(t *testing.T) {
	sink := &faultySink{full: true}
	h := newHarnessWith(t, answerText("Hi"), nil, func(o *sidecar.Options) { o.Audit = sink })
	h.ask(hello)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.server.Run(ctx); err == nil || !strings.Contains(err.Error(), "exchanges without a record: 1") {
		t.Errorf("error is %v", err)
	}
}

// TestRecordsAreWrittenInTime: the record of a governed exchange does not wait for the exchange that passed unchanged before it.
func TestRecordsAreWrittenInTime(t *testing.T) {
	config := defaultConfig("http://127.0.0.1:1") // Nobody answers there.
	config.Mode = sidecarconfig.ModePassUndeclared
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
		defer server.Close()
		count := func(want int) {
			t.Helper()
			if got := strings.Count(sink.String(), "\n"); got != want {
				t.Errorf("there are %d records, want %d: %s", got, want, sink.String())
			}
		}
		get(t, p.dial(listen), "/other")
		time.Sleep(50 * time.Millisecond)
		count(0)
		get(t, p.dial(listen), filter.DisclosurePath)
		time.Sleep(20 * time.Millisecond)
		count(1)
		time.Sleep(100 * time.Millisecond)
		count(2)
		get(t, p.dial(listen), "/other")
		time.Sleep(200 * time.Millisecond)
		count(3)
	})
}
