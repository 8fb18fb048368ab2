package observe

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// Tap is a body that counts what is read of it, and keeps a copy of its beginning if it is asked to. It is safe for concurrent use: the
// HTTP transport may still read the body of a request when the exchange is over.
type Tap struct {
	// reading is held by the read that is under way. isEnded is set when no other may begin.
	reading sync.Mutex
	isEnded atomic.Bool

	body io.ReadCloser
	// limit is the size of the copy in bytes, 0 for none.
	limit int
	// onError gets the error that ended the body early.
	onError func(error)

	mu    sync.Mutex
	copy  []byte
	count int64
	// isTaken is set when the copy must not change any more.
	isTaken bool
	// isRead is set when the body has been read to its end.
	isRead bool
}

// Open begins to read the body. onError gets an error of the body other than io.EOF; nil ignores it.
func (t *Tap) Open(body io.ReadCloser, copies bool, onError func(error)) {
	t.body, t.onError = body, onError
	if copies {
		t.limit = maxCopy
	}
}

// Read reads from the body. It returns http.ErrBodyReadAfterClose after End.
func (t *Tap) Read(p []byte) (int, error) {
	t.reading.Lock()
	defer t.reading.Unlock()
	if t.isEnded.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := t.body.Read(p)
	t.mu.Lock()
	t.count += int64(n)
	if !t.isTaken && t.limit > 0 {
		t.copy = append(t.copy, p[:min(n, t.limit-len(t.copy))]...)
	}
	t.isRead = t.isRead || err == io.EOF
	t.mu.Unlock()
	if err != nil && err != io.EOF && t.onError != nil {
		t.onError(err)
	}
	return n, err
}

// IsRead returns true once the body has been read to its end.
func (t *Tap) IsRead() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.isRead
}

// End lets no other read begin, and returns when none is under way; interrupt makes one that is under way return. The body of a request must
// not be read once its handler has returned: the server then reads from the same connection, and panics if somebody else does.
func (t *Tap) End(interrupt func()) {
	t.isEnded.Store(true)
	if !t.reading.TryLock() {
		interrupt()
		t.reading.Lock()
	}
	t.reading.Unlock()
}

// Close closes the body.
func (t *Tap) Close() error { return t.body.Close() }

// Take returns the copy, the number of bytes that were read, and whether the copy has all of them. Later reads do not change the copy. A
// Tap that is not open stands for a message without a body, whose copy is empty and whole.
func (t *Tap) Take() (beginning []byte, count int64, isWhole bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.isTaken = true
	return t.copy, t.count, t.count == int64(len(t.copy))
}
