package faults

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"sync"
	"syscall"
	"testing"
)

// point is a moment in the work of a manager: one of its requests to the API server.
type point struct {
	method string
	path   *regexp.Regexp
	// isDone is true for the moment after the API server has done what the manager asked for, and before the manager knows. It is false for
	// the moment before the API server gets the request.
	isDone bool
}

func (p point) matches(r *http.Request) bool {
	return r.Method == p.method && p.path.MatchString(r.URL.Path)
}

// traps stand between managers and their API server. They kill the first manager that comes to a point.
type traps struct {
	server *url.URL
	mu     sync.Mutex
	// set is the point at which a manager is killed; nil if none is.
	set *point
	// killed gets the manager that was killed.
	killed chan *replica
}

// newTraps returns traps in front of the API server. No point is set.
func newTraps(t *testing.T, server string) *traps {
	t.Helper()
	address, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	return &traps{server: address, killed: make(chan *replica, 1)}
}

// arm sets the point at which the next manager is killed.
func (s *traps) arm(p point) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set = &p
}

// spring kills the manager if the request is the point that is set, and reports whether it has. Then no point is set.
func (s *traps) spring(r *http.Request, isDone bool, victim *replica) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set == nil || s.set.isDone != isDone || !s.set.matches(r) {
		return false
	}
	s.set = nil
	_ = victim.command.Process.Signal(syscall.SIGKILL)
	s.killed <- victim
	return true
}

// listen passes requests of one manager on to the API server, and returns the URL for it. It ends with the test.
func (s *traps) listen(t *testing.T, victim *replica) string {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, MaxIdleConnsPerHost: 16}
	proxy := &httputil.ReverseProxy{
		Transport: transport, FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(s.server)
			r.Out.Header.Set("Authorization", "Bearer "+managerToken) // Clients send no token without TLS.
		},
		ModifyResponse: func(response *http.Response) error {
			if s.spring(response.Request, true, victim) {
				return errors.New("the manager was killed")
			}
			return nil
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.spring(r, false, victim) {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}
