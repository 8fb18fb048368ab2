package sidecar

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// configStatus describes the active configuration and the last rejected one. The admin port serves it as JSON. It is immutable.
type configStatus struct {
	// Active is the hash of the active configuration (sidecarconfig.Hash).
	Active string `json:"active"`
	// Chatbot, Revision and Suspended are those of the active configuration.
	Chatbot   string `json:"chatbot"`
	Revision  string `json:"policyRevision"`
	Suspended bool   `json:"suspended"`
	// Serial is the serial of the statement that the manager signed about the active configuration, and Expires is when it expires (RFC
	// 3339). Serial is 0 and Expires is empty for a sidecar that takes configurations without a signature.
	Serial  int64  `json:"serial"`
	Expires string `json:"expires,omitempty"`
	// Rejected is the hash of the last file that was rejected, and Error the reason. Both are empty when the newest file is
	// active.
	Rejected string `json:"rejected,omitempty"`
	Error    string `json:"error,omitempty"`
}

// publishAccepted sets the status to the active configuration, without a rejected file.
func (s *Server) publishAccepted(active *loadedConfig) {
	status := &configStatus{
		Active: active.hash, Chatbot: active.config.Chatbot, Revision: active.config.Revision, Suspended: active.config.Suspended,
	}
	if taken := s.shared.guard.taken.Load(); taken != nil {
		status.Serial, status.Expires = taken.Serial, taken.Expires.Format(time.RFC3339)
	}
	s.status.Store(status)
	s.shared.options.Log.Info("Applying configuration", "hash", active.hash, "policyRevision", active.config.Revision, "serial", status.Serial)
}

// publishRejected adds a rejected file and the reason to the status. For a file that cannot be read, the caller passes nil, and the status
// has the hash of an empty file.
func (s *Server) publishRejected(file []byte, err error) {
	status := *s.status.Load()
	status.Rejected, status.Error = sidecarconfig.Hash(file), err.Error()
	s.status.Store(&status)
	s.shared.options.Log.Error("Keeping the previous configuration", "hash", status.Active, "rejected", status.Rejected, "error", status.Error)
}

// Watch reads the file at every tick and applies it when its content or its signature has changed, until the context is done. It looks at
// the secrets of signatures, too, and ends the sockets of a configuration that has expired. It compares the content and not the modification
// time, because the kubelet updates a mounted ConfigMap by replacing a symbolic link. It tries each content once, unless the reason to reject
// it can pass, and logs each error once.
func (s *Server) Watch(ctx context.Context, path string, ticks <-chan time.Time) {
	last := seen{identity: s.active.Load().identity(), signature: s.shared.guard.selectSignature(s.shared.options.Signature)}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			s.shared.secrets.Look()
			last = s.reloadIfChanged(ctx, path, last)
			s.endOutdated()
		}
	}
}

// seen is what the last tick found.
type seen struct {
	// file is the content; nil if it could not be read, and before the first tick. signature is that of the file.
	file, signature []byte
	// identity is that of the content, or the text of the error.
	identity string
}

// reloadIfChanged applies the content of the file unless it is the same as at the last tick. The parameter last is the result of the previous
// call.
func (s *Server) reloadIfChanged(ctx context.Context, path string, last seen) seen {
	files, err := ReadFiles(path)
	if err != nil {
		// Report the same error only once.
		if last.identity != err.Error() {
			s.shared.metrics.reloadFailures.Inc()
			s.publishRejected(nil, fmt.Errorf("read configuration: %w", err))
		}
		return seen{identity: err.Error()}
	}
	files.Signature = s.shared.guard.selectSignature(files.Signature)
	isSignedAgain := !bytes.Equal(files.Signature, last.signature)
	if last.file != nil && bytes.Equal(files.Config, last.file) && !isSignedAgain {
		return last
	}
	now := seen{files.Config, files.Signature, identify(files.Config)}
	if now.identity == last.identity && !isSignedAgain {
		return now
	}
	return s.takeOrReject(ctx, files, now, last)
}

// takeOrReject makes files active, or publishes why not. now is what was found at this tick, and last what was found at the one before.
func (s *Server) takeOrReject(ctx context.Context, files Files, now, last seen) seen {
	err := s.take(ctx, files, now.identity)
	if err == nil || s.shared.guard.isLate(err) {
		return now
	}
	if retry := (retryError{}); errors.As(err, &retry) {
		// Without the content, the next tick tries again.
		now = seen{identity: err.Error()}
	}
	if now.file != nil || now.identity != last.identity {
		s.shared.metrics.reloadFailures.Inc()
		s.publishRejected(files.Config, err)
	}
	return now
}

// take makes files active. identity is that of their configuration.
func (s *Server) take(ctx context.Context, files Files, identity string) error {
	if active := s.active.Load(); identity == active.identity() && !s.isOutdated() {
		// A rejected file has been replaced by the content that is still active, or the manager has signed this content again: load
		// nothing, but remove the rejection from the status.
		if err := s.renew(files); err != nil {
			return err
		}
		s.publishAccepted(active)
		return nil
	}
	if err := s.activate(ctx, files); err != nil {
		return err
	}
	s.shared.metrics.reloads.Inc()
	return nil
}

// identify returns a string that differs for files that differ in what the sidecar executes or in the policy revision. The hash alone does
// not cover the revision.
func identify(file []byte) string {
	config, err := sidecarconfig.Parse(file)
	if err != nil {
		return sidecarconfig.Hash(file)
	}
	return sidecarconfig.Hash(file) + " " + config.Revision
}

// identity returns what identify returns for the file from which the configuration was loaded.
func (c *loadedConfig) identity() string { return c.hash + " " + c.config.Revision }
