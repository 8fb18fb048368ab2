package sidecar

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// configStatus names the active configuration and the last one that was rejected, with the reason. It is immutable.
type configStatus struct {
	// Active is the hash of the active file.
	Active string `json:"active"`
	// Chatbot, Revision and Suspended are those of the active configuration.
	Chatbot   string `json:"chatbot"`
	Revision  string `json:"policyRevision"`
	Suspended bool   `json:"suspended"`
	// Rejected is the hash of the last file that was rejected, and Error the reason. Both are empty when the newest file is
	// active.
	Rejected string `json:"rejected,omitempty"`
	Error    string `json:"error,omitempty"`
}

func (s *Server) publishAccepted(next *snapshot) {
	s.status.Store(&configStatus{
		Active: next.hash, Chatbot: next.config.Chatbot, Revision: next.config.Revision, Suspended: next.config.Suspended,
	})
	s.shared.options.Log.Info("Applying configuration", "hash", next.hash, "policyRevision", next.config.Revision)
}

func (s *Server) publishRejected(file []byte, err error) {
	status := *s.status.Load()
	status.Rejected, status.Error = sidecarconfig.Hash(file), err.Error()
	s.status.Store(&status)
	s.shared.options.Log.Error("Keeping the configuration before", "hash", status.Active, "rejected", status.Rejected, "error", status.Error)
}

// Watch reads the file again at every tick and applies it when its content has changed, until the context is done. It
// compares the content and not the time or identity of the file, because the kubelet replaces a mounted ConfigMap by swapping
// a link. Each content is tried, and its error logged, once.
func (s *Server) Watch(ctx context.Context, path string, ticks <-chan time.Time) {
	seen := s.active.Load().content()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			seen = s.look(ctx, path, seen)
		}
	}
}

// look reads the file and applies new content. It returns what identifies the content, or the text of the error.
func (s *Server) look(ctx context.Context, path, seen string) string {
	file, err := os.ReadFile(path)
	if err != nil {
		if seen != err.Error() {
			s.shared.metrics.reloadFailures.Inc()
			s.publishRejected(nil, fmt.Errorf("read configuration: %w", err))
		}
		return err.Error()
	}
	content := identify(file)
	if content == seen {
		return seen
	}
	if content == s.active.Load().content() {
		s.publishAccepted(s.active.Load())
		return content
	}
	// Apply logs the error and keeps it in the status.
	_ = s.Apply(ctx, file)
	return content
}

// identify returns a text that differs for files that differ in what is executed or in the revision.
func identify(file []byte) string {
	config, err := sidecarconfig.Parse(file)
	if err != nil {
		return sidecarconfig.Hash(file)
	}
	return sidecarconfig.Hash(file) + " " + config.Revision
}

func (s *snapshot) content() string { return s.hash + " " + s.config.Revision }
