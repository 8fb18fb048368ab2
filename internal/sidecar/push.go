package sidecar

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

const (
	// maxPushedBytes is the length of the longest configuration: that of a ConfigMap.
	maxPushedBytes = 1 << 20
	// maxPushes is how many configurations may arrive at the same time. The signature is verified before, so only what the manager has signed
	// and this sidecar does not have yet takes this place.
	maxPushes = 1
	// pushedFile is the file beside the serial with the last pushed configuration and its signature (Files), for when the container restarts
	// before the kubelet has renewed the mounted file.
	pushedFile = "pushed.json"
)

// takePushed makes a configuration active that the manager sends, because kubelets take a minute or two to renew the mounted file. Anybody who
// reaches the admin port can send one, so the signature comes first, in a header: nothing else is read unless it states, for this chatbot and
// this time, a newer serial than the active one. Without trust there is nothing to verify, so nothing is taken.
func (s *Server) takePushed(w http.ResponseWriter, r *http.Request) {
	if s.shared.guard.trust == nil {
		http.NotFound(w, r)
		return
	}
	code, err := s.push(r)
	if err != nil {
		// The error says what was wrong with the signature. It does not repeat what was sent.
		http.Error(w, err.Error(), code)
		return
	}
	s.writeStatus(w, http.StatusOK)
}

// push returns the HTTP status code for an error.
func (s *Server) push(r *http.Request) (int, error) {
	signature, err := base64.StdEncoding.DecodeString(r.Header.Get(contract.SidecarPushHeader))
	if err != nil {
		return http.StatusBadRequest, errors.New("decode the signature")
	}
	statement, err := s.shared.guard.open(signature)
	if err == nil {
		err = s.shared.guard.checkTime(statement)
	}
	if err != nil {
		return http.StatusForbidden, err
	}
	if taken := s.shared.guard.taken.Load(); taken != nil && statement.Serial == taken.Serial {
		return http.StatusOK, nil
	}
	select {
	case s.pushes <- struct{}{}:
		defer func() { <-s.pushes }()
		return s.takeBody(r, signature)
	default:
		return http.StatusServiceUnavailable, errors.New("other configurations are arriving")
	}
}

// takeBody makes the configuration active that the request has, with the signature.
func (s *Server) takeBody(r *http.Request, signature []byte) (int, error) {
	config, err := io.ReadAll(io.LimitReader(r.Body, maxPushedBytes+1))
	if err != nil || len(config) > maxPushedBytes {
		return http.StatusBadRequest, errors.New("read the configuration")
	}
	files := Files{Config: config, Signature: signature, isPushed: true}
	if _, err := s.shared.guard.check(files); err != nil {
		return http.StatusForbidden, err
	}
	if err := s.take(r.Context(), files, identify(config)); err != nil {
		s.shared.metrics.reloadFailures.Inc()
		s.publishRejected(config, err)
		return http.StatusUnprocessableEntity, errors.New("the configuration was rejected; /config-status says why")
	}
	return http.StatusOK, nil
}

// storePushed writes a pushed configuration and its signature to the folder of the serial, in one file: each is useless without the other.
func (g *guard) storePushed(f Files, serial int64) error {
	path := g.pushedPath()
	content, err := json.Marshal(f)
	if err == nil {
		err = os.WriteFile(path+".new", content, 0o600)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("store the pushed configuration: %w", err)
	}
	g.pushed.Store(serial)
	return nil
}

func (g *guard) pushedPath() string {
	return filepath.Join(filepath.Dir(g.trust.SerialFile), pushedFile)
}

// selectNewest returns the files with which the server starts: those mounted, unless the manager has pushed newer ones to an earlier process of
// the pod.
func (g *guard) selectNewest(mounted Files) Files {
	if g.trust == nil {
		return mounted
	}
	if _, err := g.check(mounted); !isOlder(err) {
		return mounted
	}
	content, err := os.ReadFile(g.pushedPath())
	if err != nil {
		return mounted
	}
	var stored Files
	if err := json.Unmarshal(content, &stored); err != nil {
		return mounted
	}
	statement, err := g.check(stored)
	if err != nil {
		return mounted
	}
	g.pushed.Store(statement.Serial)
	return stored
}

func isOlder(err error) bool {
	older := olderError{}
	return errors.As(err, &older)
}

// isLate reports whether a file was not taken only because the manager has pushed a newer one: the kubelet has not renewed it yet.
func (g *guard) isLate(err error) bool {
	older := olderError{}
	return errors.As(err, &older) && older.lowest == g.pushed.Load()
}
