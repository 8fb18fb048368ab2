package exchange

import (
	"bytes"
	"testing"
)

// TestPoolRejectsLargeBuffers: one large body must not occupy memory for ever.
func TestPoolRejectsLargeBuffers(t *testing.T) {
	for _, size := range []int{maxPooledBytes + 1, 1 << 20} {
		if PutBuffer(bytes.NewBuffer(make([]byte, 0, size))) {
			t.Errorf("a buffer of %d bytes is kept", size)
		}
	}
	if !PutBuffer(bytes.NewBuffer(make([]byte, 0, maxPooledBytes))) {
		t.Errorf("a buffer of %d bytes is not kept", maxPooledBytes)
	}
}
