package sidecar

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/seal"
)

// Trust says which configurations a sidecar takes: those that one of the keys has signed for the chatbot, within their time, and never an
// older one after a newer one.
type Trust struct {
	// Chatbot is `namespace/name` of the ChatbotDeployment.
	Chatbot string
	// Keys are the public keys that the pod got when it was created.
	Keys []ed25519.PublicKey
	// SerialFile is the file in which the sidecar remembers the serial of the newest configuration, for when its container restarts.
	SerialFile string
}

// guard decides which configurations the server takes. Without Trust it takes all of them, for ever. It is safe for concurrent use, except
// for remember, which has one caller at a time.
type guard struct {
	trust *Trust
	now   func() time.Time
	// lowest is the lowest serial that is taken.
	lowest atomic.Int64
	// pushed is the serial of the last configuration that did not come from the file (push.go). The file can be older than it for a while.
	pushed atomic.Int64
	// taken is the statement about the active configuration; nil before the first one, and without trust.
	taken atomic.Pointer[seal.Statement]
}

// retryError is a reason to reject a configuration that can pass without a new one.
type retryError struct{ error }

// olderError says that a newer configuration was taken before.
type olderError struct{ serial, lowest int64 }

func (e olderError) Error() string {
	return fmt.Sprintf("verify configuration: serial %d is older than %d, which was taken before", e.serial, e.lowest)
}

// newGuard returns a guard that takes nothing older than what an earlier process of the same pod took.
func newGuard(o Options) (*guard, error) {
	g := &guard{trust: o.Trust, now: o.Now}
	if g.trust == nil {
		return g, nil
	}
	text, err := os.ReadFile(g.trust.SerialFile)
	if errors.Is(err, fs.ErrNotExist) {
		return g, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the serial of the last configuration: %w", err)
	}
	serial, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read the serial of the last configuration: %w", err)
	}
	g.lowest.Store(serial)
	return g, nil
}

// selectSignature returns the signature, or nil without trust: it does not matter then.
func (g *guard) selectSignature(signature []byte) []byte {
	if g.trust == nil {
		return nil
	}
	return signature
}

// check returns the statement about the files, or the reason why they must not be taken. Without trust it returns nil for both.
func (g *guard) check(f Files) (*seal.Statement, error) {
	if g.trust == nil {
		return nil, nil
	}
	s, err := g.open(f.Signature)
	if err != nil {
		return nil, err
	}
	if s.Digest != seal.ComputeDigest(f.Config) {
		return nil, errors.New("verify configuration: the signature is that of another file")
	}
	return s, g.checkTime(s)
}

// open returns what the signature states, or the reason why it cannot be trusted for this chatbot. It is called only with trust.
func (g *guard) open(signature []byte) (*seal.Statement, error) {
	s, err := seal.Open(signature, g.trust.Keys)
	if err != nil {
		return nil, fmt.Errorf("verify configuration: %w", err)
	}
	if s.Chatbot != g.trust.Chatbot {
		return nil, fmt.Errorf("verify configuration: it is signed for the chatbot %s; this is %s", s.Chatbot, g.trust.Chatbot)
	}
	return &s, nil
}

// checkTime returns the reason why no configuration with the statement must be taken now: it is too old, or not valid.
func (g *guard) checkTime(s *seal.Statement) error {
	now := g.now()
	switch {
	case s.Serial < g.lowest.Load():
		return olderError{s.Serial, g.lowest.Load()}
	case now.Before(s.NotBefore):
		return retryError{fmt.Errorf("verify configuration: it is valid from %s", s.NotBefore.Format(time.RFC3339))}
	case !now.Before(s.Expires):
		return fmt.Errorf("verify configuration: it expired at %s", s.Expires.Format(time.RFC3339))
	}
	return nil
}

// remember writes the serial of the statement about the files to the file, if it is greater than the one before. From then on, nothing older is
// taken. The files must be ready to become active, because those that were pushed replace the ones that were stored before. It returns an error if
// something newer has been taken since the statement was checked. s may be nil.
func (g *guard) remember(s *seal.Statement, f Files) error {
	if s == nil || s.Serial == g.lowest.Load() {
		return nil
	}
	if s.Serial < g.lowest.Load() {
		return olderError{s.Serial, g.lowest.Load()}
	}
	if f.isPushed {
		// Stored before its serial is: a process that remembers the serial without the file would not start.
		if err := g.storePushed(f, s.Serial); err != nil {
			return retryError{err}
		}
	}
	path := g.trust.SerialFile
	if err := os.WriteFile(path+".new", []byte(strconv.FormatInt(s.Serial, 10)+"\n"), 0o600); err != nil {
		return retryError{fmt.Errorf("remember the serial of the configuration: %w", err)}
	}
	if err := os.Rename(path+".new", path); err != nil {
		return retryError{fmt.Errorf("remember the serial of the configuration: %w", err)}
	}
	g.lowest.Store(s.Serial)
	return nil
}

// hasExpired reports whether the active configuration is older than the manager allowed. It is false without trust.
func (g *guard) hasExpired() bool {
	s := g.taken.Load()
	return s != nil && !g.now().Before(s.Expires)
}

// readExpiry returns when the active configuration expires, in seconds of Unix time; 0 without trust.
func (g *guard) readExpiry() float64 {
	if s := g.taken.Load(); s != nil {
		return float64(s.Expires.Unix())
	}
	return 0
}

// newReceipts returns the receipts of a configuration, or nil if it has none.
func (sh *shared) newReceipts(config sidecarconfig.Config, v *filter.Voice) *filter.Receipts {
	o := sh.options
	return filter.NewReceipts(config, v, filter.ReceiptOptions{Keys: sh.secrets, FindUID: sh.guard.findUID, Voids: sh.voids, Now: o.Now, Log: o.Log})
}

// findUID returns the UID of the declaration that the active configuration is of; "" without trust.
func (g *guard) findUID() string {
	if s := g.taken.Load(); s != nil {
		return s.UID
	}
	return ""
}

// findOutage returns the refusal for every governed exchange while the server must not serve any, or nil.
func (sh *shared) findOutage() *refusal.Refusal {
	switch {
	case !sh.sink.isAvailable():
		return refusal.New(refusal.AuditUnavailable)
	case sh.guard.hasExpired():
		return refusal.New(refusal.ConfigExpired)
	}
	return nil
}

// isOutdated reports whether the active configuration has expired and governs, so that the server refuses exchanges. A configuration that
// only observes refuses nothing, also not then: nothing that it lets through was governed before.
func (s *Server) isOutdated() bool {
	return s.shared.guard.hasExpired() && s.active.Load().config.Mode != sidecarconfig.ModeObserve
}

// endOutdated ends the sockets of the active configuration when it has expired, and logs it once.
func (s *Server) endOutdated() {
	active := s.active.Load()
	if !s.isOutdated() || active.retired.Err() != nil {
		return
	}
	s.shared.options.Log.Error("Refusing exchanges, because the configuration has expired", "hash", active.hash)
	active.retire()
}

// renew takes the statement about files whose configuration is active already: the manager has signed it again. A configuration that has
// expired is loaded again, because its sockets have ended.
func (s *Server) renew(f Files) error {
	statement, err := s.shared.guard.check(f)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.shared.guard.remember(statement, f); err != nil {
		return err
	}
	s.shared.guard.taken.Store(statement)
	return nil
}

// Files are a configuration file and its signature.
type Files struct {
	Config []byte
	// Signature is empty if there is none.
	Signature []byte
	// isPushed means that the manager has sent the files, so that the mounted ones can be older.
	isPushed bool
}

// maxReads is how often ReadFiles tries again when the folder of the files goes away while it reads them.
const maxReads = 3

// ReadFiles reads the configuration file at the path and the signature beside it. The kubelet replaces both at once by renaming a symbolic
// link, so ReadFiles resolves the link once and reads both from the folder to which it leads.
func ReadFiles(path string) (f Files, err error) {
	for range maxReads {
		if f, err = readFilesOnce(path); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return f, err
}

func readFilesOnce(path string) (Files, error) {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return Files{}, err
	}
	config, err := os.ReadFile(resolved)
	if err != nil {
		return Files{}, err
	}
	signature, err := os.ReadFile(resolved + contract.SidecarSignatureSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		// Either there is none, or the folder has just been removed.
		if _, gone := os.Stat(resolved); gone != nil {
			return Files{}, gone
		}
		return Files{Config: config}, nil
	}
	return Files{Config: config, Signature: signature}, err
}
