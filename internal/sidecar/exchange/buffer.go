package exchange

import (
	"bytes"
	"sync"
)

// buffers hold bodies as they were received. Rewritten bodies must not come from this pool: the HTTP transport may still read the body
// of a request when the exchange is over.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooledBytes is the largest capacity that the pool accepts, so that one large body does not occupy memory for ever.
const maxPooledBytes = 64 << 10

// TakeBuffer returns an empty buffer.
func TakeBuffer() *bytes.Buffer {
	b, _ := buffers.Get().(*bytes.Buffer)
	return b
}

// PutBuffer empties a buffer, without clearing its memory, and returns it to the pool. It returns false, and leaves the buffer to the
// garbage collector, if the buffer is larger than maxPooledBytes.
func PutBuffer(b *bytes.Buffer) bool {
	if b.Cap() > maxPooledBytes {
		return false
	}
	b.Reset()
	buffers.Put(b)
	return true
}
