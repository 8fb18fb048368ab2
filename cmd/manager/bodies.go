package main

import (
	"container/list"
	"errors"
	"io"
	"sync"
)

// errCrowded says that a body had to make room for others.
var errCrowded = errors.New("too many bodies at the same time")

// bodies bounds the bytes that bodies have in memory, from when they arrive until their requests are answered. When there are too many, the
// one that has come no further for longest is refused. API servers send theirs at once, so that senders that stop lose first, and those that
// send nothing take nothing. It is safe for concurrent use.
type bodies struct {
	maxBytes int64
	mu       sync.Mutex
	bytes    int64
	// arriving are those that are not complete, sorted by when their last bytes came.
	arriving *list.List
}

func newBodies(maxBytes int64) *bodies { return &bodies{maxBytes: maxBytes, arriving: list.New()} }

// body is a reader of a body that counts what arrives of it.
type body struct {
	from io.Reader
	all  *bodies
	// stop makes a Read of from end at once.
	stop  func()
	bytes int64
	// place is that in all.arriving, or nil once the body is complete or refused.
	place *list.Element
}

// expect returns a body that is about to arrive. The caller must release it.
func (b *bodies) expect(from io.Reader, stop func()) *body {
	b.mu.Lock()
	defer b.mu.Unlock()
	arriving := &body{from: from, all: b, stop: stop}
	arriving.place = b.arriving.PushBack(arriving)
	return arriving
}

// Read returns errCrowded once the body has been refused.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if !b.all.add(b, n) {
		return 0, errCrowded
	}
	return n, err
}

// add counts the bytes that arrived, and reports whether the body may stay.
func (b *bodies) add(arriving *body, n int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if arriving.place == nil {
		return false
	}
	b.arriving.MoveToBack(arriving.place)
	b.bytes += int64(n)
	arriving.bytes += int64(n)
	for b.bytes > b.maxBytes && arriving.place != nil {
		stopped, _ := b.arriving.Front().Value.(*body)
		stopped.leave()
		stopped.stop()
	}
	return arriving.place != nil
}

// complete keeps the body, as long as it is not released, and reports false if it has been refused.
func (b *body) complete() bool {
	b.all.mu.Lock()
	defer b.all.mu.Unlock()
	if b.place == nil {
		return false
	}
	b.all.arriving.Remove(b.place)
	b.place = nil
	return true
}

// release ends the count of what arrived.
func (b *body) release() {
	b.all.mu.Lock()
	defer b.all.mu.Unlock()
	b.leave()
}

func (b *body) leave() {
	if b.place != nil {
		b.all.arriving.Remove(b.place)
		b.place = nil
	}
	b.all.bytes -= b.bytes
	b.bytes = 0
}
