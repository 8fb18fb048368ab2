package transport

import (
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

const (
	// maxAnswers bounds the answers of a connection that are open at the same time. A page shows a few conversations, and the sidecar keeps
	// up to 64 KiB for each.
	maxAnswers = 16
	// maxShown bounds the conversations of which a connection remembers when the person saw the statement. A person who opens more of them
	// on one page gets the statement again.
	maxShown = 1024
)

// answers are the answers that the app has begun, by the conversation that their frames name. The one that got a frame last is the last one.
type answers []openAnswer

// openAnswer is an answer in a conversation, which is "" if the frames name none.
type openAnswer struct {
	conversation string
	stream       *transform.Stream
}

// find returns the answer that is open in the conversation, or nil.
func (a *answers) find(conversation string) *transform.Stream {
	at := slices.IndexFunc(*a, func(o openAnswer) bool { return o.conversation == conversation })
	if at < 0 {
		return nil
	}
	found := (*a)[at]
	*a = append(slices.Delete(*a, at, at+1), found)
	return found.stream
}

// add adds an answer. If there are too many, it forgets the one that got no frame for the longest time: what is held back of that answer is
// not shown.
func (a *answers) add(conversation string, stream *transform.Stream) {
	if len(*a) == maxAnswers {
		*a = slices.Delete(*a, 0, 1)
	}
	*a = append(*a, openAnswer{conversation, stream})
}

// dropEnded forgets the answers that have ended.
func (a *answers) dropEnded() {
	*a = slices.DeleteFunc(*a, func(o openAnswer) bool { return o.stream.HasEnded() })
}

// areOpen reports whether more of an answer must follow.
func (a answers) areOpen() bool {
	return slices.ContainsFunc(a, func(o openAnswer) bool { return o.stream.IsOpen() })
}

// countIn adds the replacements from now on to other counts.
func (a *answers) countIn(counts *redact.Counts) {
	for _, o := range *a {
		o.stream.CountIn(counts)
	}
}
