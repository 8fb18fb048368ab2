package transport

import (
	"context"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// partPause is how long the end of a part of a message may wait for the next part. Servers send the next part of a text in the same breath. If
// they make a pause, as before the next part of a reasoning, people see the end of the part meanwhile.
const partPause = 500 * time.Millisecond

// readResult is what a read of the original body has returned. inTime is false if the pause timer has fired and canceled the request; the error
// is then the result of that.
type readResult struct {
	n      int
	err    error
	inTime bool
}

// read reads a piece of the original body. isRead is false if the end of a part has waited for too long before a piece has come. The read then
// goes on, and the next call returns its result.
func (b *streamBody) read() (read readResult, isRead bool) {
	tooLong := b.timePart()
	if b.reading == nil {
		b.pauseTimer.Reset(b.maxPause)
		if tooLong == nil {
			return b.readPiece(), true
		}
		// The goroutine ends with the read. Close waits for it.
		b.reading = make(chan readResult, 1)
		go func(done chan<- readResult) { done <- b.readPiece() }(b.reading)
	}
	select {
	case read = <-b.reading:
	case <-tooLong:
		if len(b.reading) == 0 {
			return readResult{}, false
		}
		read = <-b.reading
	}
	b.reading = nil
	return read, true
}

// readPiece waits for a piece of the original body.
func (b *streamBody) readPiece() readResult {
	n, err := b.upstream.Read(b.in[:])
	return readResult{n, err, b.pauseTimer.Stop()}
}

// timePart returns what tells when the end of a part has waited for too long, counted from the first call since it waits; nil if none waits.
func (b *streamBody) timePart() <-chan time.Time {
	waiting := b.stream.Waiting()
	switch {
	case waiting == 0:
		return nil
	case waiting != b.waiting:
		b.waiting, b.partTimer = waiting, time.NewTimer(partPause)
	}
	return b.partTimer.C
}

// letGo writes what waits for the next part of a message.
func (b *streamBody) letGo() {
	var err error
	if b.out, err = b.stream.LetGo(b.out[:0]); err != nil {
		b.refuse(err)
	}
}

// endReading ends a read that goes on, because nothing may close the body meanwhile.
func (b *streamBody) endReading() {
	if b.reading != nil {
		b.scope.Cancel()
		<-b.reading
		b.reading = nil
	}
}

// letGoLater has what waits in an answer for the next part of a message sent when it has waited for too long. The caller holds l.mu.
func (l *relay) letGoLater(ctx context.Context, answer *transform.Stream) {
	waiting := answer.Waiting()
	if waiting == 0 {
		return
	}
	// A further frame with which the same waits begins another timer, which then finds that it does not wait any more.
	time.AfterFunc(partPause, func() {
		if err := l.letGo(ctx, answer, waiting); err != nil {
			code, _ := l.explain(err)
			l.close(code)
		}
	})
}

// letGo sends what waits in an answer, if it still does. An error ends the connection.
func (l *relay) letGo(ctx context.Context, answer *transform.Stream, waiting int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if answer.Waiting() != waiting {
		return nil
	}
	out, err := answer.LetGo(nil)
	if sendErr := l.sendFrames(ctx, out); sendErr != nil {
		return sendErr
	}
	if err != nil {
		return l.refuseAnswer(ctx, err)
	}
	return nil
}
