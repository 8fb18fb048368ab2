package observe

import (
	"sync"
	"time"
)

const (
	// maxCopies is the number of exchanges that are copied at the same time, and maxCopy the size in bytes of the copy of one body. With two
	// bodies for each exchange, that is 8 MiB in all, a sixteenth of the memory that an injected sidecar has.
	maxCopies = 16
	maxCopy   = 256 << 10
	// maxWindow is the largest window of a decoder of compressed copies, in bytes. One copy is decoded at a time.
	maxWindow = 8 << 20
	// readRate is the number of bytes that are read per second in the long run, and readBurst the number that may be read at once. Reading
	// costs more CPU than passing, and a chatbot with few clients stays below readRate: some 25 short exchanges per second.
	readRate  = 64 << 10
	readBurst = 512 << 10
)

// budget bounds what observing costs. It is safe for concurrent use.
type budget struct {
	now func() time.Time

	mu sync.Mutex
	// copies is the number of exchanges that are being copied or read.
	copies int
	// balance is the number of bytes that may be read now; it is negative after an exchange that was larger than the rest.
	balance float64
	// filled is the time up to which balance has grown.
	filled time.Time
}

func newBudget(now func() time.Time) *budget {
	return &budget{now: now, balance: readBurst, filled: now()}
}

// take reports whether another exchange may be copied. If so, the caller must call give when the copies are read. It returns false while
// maxCopies exchanges are copied or read, and while the balance has no bytes left.
func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	b.balance = min(b.balance+now.Sub(b.filled).Seconds()*readRate, readBurst)
	b.filled = now
	if b.copies == maxCopies || b.balance <= 0 {
		return false
	}
	b.copies++
	return true
}

// give ends the copying of an exchange, so that another one may be copied. bytes is how long its copies were.
func (b *budget) give(bytes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.copies--
	b.balance -= float64(bytes)
}
