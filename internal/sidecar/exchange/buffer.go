package exchange

import (
	"bytes"
	"sync"
)

// buffers hold bodies before they are rewritten. What is passed on is new memory: the HTTP transport may still read it when
// the exchange is over.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled keeps one large body from occupying memory for ever.
const maxPooled = 64 << 10

// TakeBuffer returns an empty buffer.
func TakeBuffer() *bytes.Buffer {
	b, _ := buffers.Get().(*bytes.Buffer)
	return b
}

// PutBuffer returns a buffer to the pool. It reports whether the pool keeps it.
func PutBuffer(b *bytes.Buffer) bool {
	if b.Cap() > maxPooled {
		return false
	}
	b.Reset()
	buffers.Put(b)
	return true
}
