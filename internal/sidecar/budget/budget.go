// Package budget bounds the memory and the processor time that all exchanges of a sidecar take together.
//
// A Budget has three shares of the sidecar's memory: one for open exchanges with their requests, one for answers that are read whole, and
// one for the work of rewriting large bodies. An exchange reserves bytes before it needs them, and is refused when a share is used up. The
// numbers are estimates from measurements of this program (docs/adr/0024-bounded-load.md), not what the Go runtime allocates.
package budget

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"
)

const (
	// DefaultMemoryBytes is the memory of a sidecar whose limit is unknown. It is the limit of an injected sidecar.
	DefaultMemoryBytes = 128 << 20
	// MinMemoryBytes is the least memory that a Budget divides: below it, one request of the default size would not fit.
	MinMemoryBytes = 64 << 20

	// exchangeBytes is what an open exchange takes without its bodies: two connections with their buffers, and four goroutines.
	exchangeBytes = 48 << 10
	// heldFactor is what a byte of a body takes while its exchange holds it: up to two bytes in the buffer, which doubles as it grows, and one
	// in the rewritten body.
	heldFactor = 3
	// smallBytes is the length up to which a body costs nothing: it fits into what an exchange takes anyway.
	smallBytes = 8 << 10
	// workFactor is what a byte of a body takes while it is rewritten, at the worst: a text that is many times longer after normalization.
	workFactor = 8
	// maxWorkWait is how long an exchange waits until it may rewrite a large body: several times as long as one body of 1 MiB takes.
	maxWorkWait = 5 * time.Second
	// connectionBytes is what a connection takes whose exchange is not open: it is idle, or its request is read only to be refused.
	connectionBytes = 16 << 10
)

// Budget divides the memory of one sidecar among its exchanges. It is safe for concurrent use.
type Budget struct {
	memory                  int64
	requests, answers, work *semaphore.Weighted
	// sockets counts the open sockets.
	sockets *semaphore.Weighted
}

// New divides the memory, in bytes. Less than MinMemoryBytes counts as MinMemoryBytes. The three shares leave 5/16 of the memory for
// connections, for the program itself and for garbage.
func New(memory int64) *Budget {
	memory = max(memory, MinMemoryBytes)
	b := &Budget{memory: memory}
	b.requests = semaphore.NewWeighted(memory / 16 * 5)
	b.answers = semaphore.NewWeighted(memory / 16 * 3)
	b.work = semaphore.NewWeighted(b.workBytes())
	b.sockets = semaphore.NewWeighted(memory / 16 * 5 / exchangeBytes / 2)
	return b
}

// workBytes returns the size of the share for the work of rewriting.
func (b *Budget) workBytes() int64 { return b.memory / 16 * 3 }

// MaxBodyBytes returns the length of the longest body of a request, and of all texts of an answer, which is a thirty-second of the memory
// (ADR 24). At the worst, rewriting it takes more than the share for that. Work then reserves the whole share, so that nothing else is
// rewritten meanwhile.
func (b *Budget) MaxBodyBytes() int64 { return b.memory / 32 }

// MaxAnswerBytes returns the length of the longest answer that is read whole. It takes the whole share for answers while it is held. Its
// texts together must not be longer than MaxBodyBytes: what passes unread, such as vectors, takes no work.
func (b *Budget) MaxAnswerBytes() int64 { return b.memory / 16 * 3 / heldFactor }

// MaxConnections returns the largest number of client connections of one listen address that are open at the same time. Together they take
// an eighth of the memory.
func (b *Budget) MaxConnections() int { return int(b.memory / 8 / connectionBytes) }

// Open reserves what an exchange takes, without its bodies. ok is false if the share is used up. The caller must release the reservation
// when the exchange is over, also if ok is false.
func (b *Budget) Open() (held *Reservation, ok bool) {
	held = &Reservation{share: b.requests, base: exchangeBytes}
	return held, held.grow(exchangeBytes)
}

// OpenSocket takes one of the places for sockets, which are half of those for exchanges: a socket can stay open for hours, and many of them
// must leave room for requests. ok is false if none is free. Otherwise the caller must call done when the socket is closed.
func (b *Budget) OpenSocket() (done func(), ok bool) {
	if !b.sockets.TryAcquire(1) {
		return nil, false
	}
	return func() { b.sockets.Release(1) }, true
}

// Answer returns an empty reservation for an answer that is read whole. The caller must release it.
func (b *Budget) Answer() *Reservation { return &Reservation{share: b.answers} }

// Work waits until a body of the length may be rewritten. ok is false if that takes longer than maxWorkWait, or if the context ends. The
// caller must call done when the body is rewritten; done is never nil.
func (b *Budget) Work(ctx context.Context, length int) (done func(), ok bool) {
	if length <= smallBytes {
		return func() {}, true
	}
	// A body that would take more than the whole share waits until no other body is rewritten.
	weight := min(int64(length)*workFactor, b.workBytes())
	ctx, cancel := context.WithTimeout(ctx, maxWorkWait)
	defer cancel()
	if b.work.Acquire(ctx, weight) != nil {
		return func() {}, false
	}
	return func() { b.work.Release(weight) }, true
}

// Decode waits until a decoder of compressed bodies may have the memory, in bytes. It is like Work otherwise. It passes Work the length of
// the body whose work takes that memory.
func (b *Budget) Decode(ctx context.Context, memory int) (done func(), ok bool) {
	return b.Work(ctx, memory/workFactor)
}

// Reservation is what one exchange has reserved of a share. It is not safe for concurrent use.
type Reservation struct {
	share *semaphore.Weighted
	// base is how many bytes the exchange has reserved besides those for its body.
	base int64
	// taken is how many bytes the exchange has reserved, base included.
	taken int64
}

// Hold reserves what a body of the length takes, instead of what the body took so far. It returns false, and reserves nothing more, if the
// share is used up.
func (r *Reservation) Hold(length int) bool {
	if length <= smallBytes {
		return true
	}
	return r.grow(r.base + int64(length)*heldFactor)
}

// Take reserves memory, in bytes, besides the body. The reservation keeps it when it shrinks (base). Take returns false, and reserves nothing
// more, if the share is used up.
func (r *Reservation) Take(memory int) bool {
	if !r.grow(r.taken + int64(memory)) {
		return false
	}
	r.base += int64(memory)
	return true
}

// Keep counts what is reserved for the body besides that for the next body, which is made of it: both are in memory until the caller calls
// done, once and before Release. A body that Keep counts is not dropped by Drop.
func (r *Reservation) Keep() (done func()) {
	size := r.taken - r.base
	r.base = r.taken
	return func() {
		r.base -= size
		r.taken -= size
		r.share.Release(size)
	}
}

// grow raises what is reserved to the total, in bytes. It never lowers it. It returns false, and reserves nothing more, if the share has no
// room.
func (r *Reservation) grow(total int64) bool {
	if total <= r.taken {
		return true
	}
	if !r.share.TryAcquire(total - r.taken) {
		return false
	}
	r.taken = total
	return true
}

// Drop gives what is reserved for the body back to the share, and keeps the rest.
func (r *Reservation) Drop() {
	r.share.Release(r.taken - r.base)
	r.taken = r.base
}

// Release gives everything back to the share.
func (r *Reservation) Release() {
	r.share.Release(r.taken)
	r.taken = 0
}
