package transform

import (
	"hash/maphash"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
)

// historySeed is that of all hashes of histories, which never leave the process.
var historySeed = maphash.MakeSeed()

// Repeating returns a Transform that tells by which answer in the history of a request the person has last seen a statement
// (Request.ShownBy), if the statement is due again after some hours.
func (t *Transform) Repeating(isDueAgain bool) *Transform {
	repeating := *t
	repeating.repeats = isDueAgain
	return &repeating
}

// againSearch identifies the latest answer in the history that shows a statement, by all that was said up to it. It does nothing unless repeats is
// set.
type againSearch struct {
	repeats bool
	hash    maphash.Hash
	// shownBy is Request.ShownBy.
	shownBy uint64
}

// begin prepares for a request.
func (a *againSearch) begin(repeats bool) {
	if a.repeats = repeats; repeats {
		a.hash.SetSeed(historySeed)
	}
}

// searchSegment takes a text of the message that is being read.
func (a *againSearch) searchSegment(s *dialect.Segment) {
	if a.repeats && (s.Kind == dialect.Prose || s.Kind == dialect.Decline) {
		_, _ = a.hash.Write(s.Text) // It never fails.
	}
}

// endMessage takes the author of the message that was read. shows means that people saw a statement in it.
func (a *againSearch) endMessage(m dialect.Message, shows bool) {
	if !a.repeats {
		return
	}
	_ = a.hash.WriteByte(byte(m.Role)) // It never fails.
	if shows {
		a.shownBy = a.hash.Sum64()
	}
}
