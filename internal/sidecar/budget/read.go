package budget

import (
	"errors"
	"io"
)

// ErrUsedUp means that a share of the memory has no room for the rest of a body.
var ErrUsedUp = errors.New("the memory for bodies is used up")

// Reader returns a reader of a body that reserves what has been read. Its Read returns ErrUsedUp when the share is used up.
func (r *Reservation) Reader(body io.Reader) io.Reader { return &reader{body: body, held: r} }

// reader is a body whose bytes count in a reservation.
type reader struct {
	body io.Reader
	held *Reservation
	// read is how many bytes of the body have been read.
	read int
}

// Read reads from the body, and reserves what all bytes that have been read take.
func (r *reader) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	r.read += n
	if !r.held.Hold(r.read) {
		return n, ErrUsedUp
	}
	return n, err
}
