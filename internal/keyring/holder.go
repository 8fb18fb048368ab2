package keyring

import (
	"errors"
	"slices"
	"sync/atomic"
)

// ErrNoKeys means that this replica has read no keys yet.
var ErrNoKeys = errors.New("the keys that sign the configurations of sidecars are not there yet")

// Holder holds the ring of one replica. The zero value holds none. It is safe for concurrent use.
type Holder struct {
	current atomic.Pointer[Ring]
}

// Load returns the ring, or ErrNoKeys.
func (h *Holder) Load() (Ring, error) {
	ring := h.current.Load()
	if ring == nil {
		return Ring{}, ErrNoKeys
	}
	return *ring, nil
}

// Replace replaces the ring and reports whether its keys differ from those before. It ignores a ring without keys: the keys before stay in
// use until the leader has made new ones.
func (h *Holder) Replace(ring Ring) (changed bool) {
	if ring.IsEmpty() {
		return false
	}
	previous := h.current.Swap(&ring)
	return previous == nil || !slices.Equal(previous.ListAccepted(), ring.ListAccepted())
}
