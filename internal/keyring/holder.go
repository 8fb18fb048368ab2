package keyring

import (
	"errors"
	"slices"
	"sync/atomic"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// ErrNoKeys means that this replica has read no keys yet.
var ErrNoKeys = errors.New("the keys that sign the configurations of sidecars are not there yet: Secret " + contract.KeySecret + " of the installation")

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

// Replace replaces the ring and reports whether its keys differ from those before.
func (h *Holder) Replace(ring Ring) (changed bool) {
	previous := h.current.Swap(&ring)
	return previous == nil || !slices.Equal(previous.ListAccepted(), ring.ListAccepted())
}
