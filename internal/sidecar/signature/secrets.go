package signature

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const (
	// GraceTime is how long a replaced secret still holds: the messaging service, the app and the kubelet, which takes up to two minutes,
	// change to the new one at different moments.
	GraceTime = 10 * time.Minute
	// maxSecretBytes is the largest file. Secrets of messaging services have 16 to 256 characters.
	maxSecretBytes = 4096
)

// Secrets reads the secrets of ports from files, at each message, so that a new secret holds without a restart. Its owner calls Look from time
// to time, so that the time of a change is known without a message too. It is safe for concurrent use.
type Secrets struct {
	folder string
	now    func() time.Time
	mu     sync.Mutex
	known  map[string]secret
}

// secret is what a file held last, and what it held before that.
type secret struct {
	current, previous []byte
	// replaced is when previous was found replaced. After GraceTime, previous is nil.
	replaced time.Time
}

// NewSecrets returns the secrets in the files of the folder, each named after its port.
func NewSecrets(folder string, now func() time.Time) *Secrets {
	return &Secrets{folder: folder, now: now, known: map[string]secret{}}
}

// Look reads the secrets of the ports that it is told, and of those that it has read before. One that cannot be read is none.
func (s *Secrets) Look(ports ...string) {
	s.mu.Lock()
	ports = slices.AppendSeq(ports, maps.Keys(s.known))
	s.mu.Unlock()
	for _, port := range ports {
		if _, err := s.Read(port); err != nil {
			s.remember(port)
		}
	}
}

// remember has Look read the secret of a port whose file cannot be read yet.
func (s *Secrets) remember(port string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, isKnown := s.known[port]; !isKnown {
		s.known[port] = secret{}
	}
}

// Read returns the secret of the port, and the one before it if that was replaced within GraceTime. An error says that the file cannot be
// read, is empty, or is too long; it does not say what the file holds. Callers must not change the result.
func (s *Secrets) Read(port string) ([][]byte, error) {
	current, err := s.readFile(port)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.known[port]
	if !bytes.Equal(known.current, current) {
		known = secret{current: current, previous: known.current, replaced: s.now()}
		s.known[port] = known
	}
	if known.previous == nil || s.now().Sub(known.replaced) > GraceTime {
		known.previous = nil
		s.known[port] = known
		return [][]byte{known.current}, nil
	}
	return [][]byte{known.current, known.previous}, nil
}

// readFile returns the content of the file without the line break with which many editors end it.
func (s *Secrets) readFile(port string) ([]byte, error) {
	file, err := os.Open(filepath.Join(s.folder, port))
	if err != nil {
		return nil, fmt.Errorf("open secret: %w", err)
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxSecretBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read secret: %w", err)
	}
	content = bytes.TrimRight(content, "\r\n")
	if len(content) == 0 || len(content) > maxSecretBytes {
		return nil, errors.New("the file of the secret is empty or too long")
	}
	return content, nil
}
