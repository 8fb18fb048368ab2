package sidecar

import (
	"bytes"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

const (
	// gatherTime is how long the first record waits for others, so that several are written at once. A write for each would be a tenth of
	// what passing a short exchange costs. A process that is killed loses what waits.
	gatherTime = 5 * time.Millisecond
	// maxSpare is the capacity in bytes up to which the memory of written lines is used again.
	maxSpare = 64 << 10
	// maxWriteTime is how long one write of records may take before the sink counts as unavailable.
	maxWriteTime = 5 * time.Second
	// retryEvery is the time between two attempts to write the same records.
	retryEvery = time.Second
	// maxWaitingBytes is how much may wait to be written before the sink counts as unavailable. The records of the exchanges that are open
	// then come on top: as many as fit into the memory of the sidecar, with less than a KiB each.
	maxWaitingBytes = 1 << 20
)

// sink writes records in the background and keeps those that it cannot write. It is unavailable when a write fails or takes too long, or
// when too much waits. New exchanges are then refused. It tries again until the records are written, and is then available without a
// restart. It is safe for concurrent use.
type sink struct {
	metrics *metrics
	log     *slog.Logger
	out     io.Writer
	now     func() time.Time
	// stopped is closed when the sink must not try again.
	stopped  chan struct{}
	stopOnce sync.Once

	// mu guards everything below.
	mu sync.Mutex
	// idle is signaled when nothing waits any more, when the goroutine of run ends, and when the limit of a flush has passed.
	idle sync.Cond
	// waiting holds whole lines that run has not taken yet.
	waiting []byte
	// unwritten is the number of lines that are not written, also of those that run has taken.
	unwritten int
	// spare is memory for waiting, without content.
	spare []byte
	// isRunning means that the goroutine of run exists or will after gatherTime.
	isRunning bool
	// hasFailed means that the last write failed or takes too long.
	hasFailed bool
	// refused is the number of exchanges that were refused because the sink was unavailable, since refusedSince. One record tells of them all.
	refused      int
	refusedSince time.Time
}

func newSink(m *metrics, o Options) *sink {
	s := &sink{metrics: m, log: o.Log, out: o.Audit, now: o.Now, stopped: make(chan struct{})}
	s.idle.L = &s.mu
	m.addSink(s)
	return s
}

// isAvailable reports whether the record of another exchange can be written.
func (s *sink) isAvailable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.isAvailableLocked()
}

// isAvailableLocked is isAvailable for a caller that holds s.mu.
func (s *sink) isAvailableLocked() bool { return !s.hasFailed && len(s.waiting) < maxWaitingBytes }

// countUnwritten returns the number of records that wait, and of exchanges that are not in a record yet.
func (s *sink) countUnwritten() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unwritten + s.refused
}

// add takes the line that appendLine appends, and has it written after gatherTime, or together with a line that is written earlier.
func (s *sink) add(appendLine func([]byte) []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addLocked(appendLine)
}

// addLocked is add for a caller that holds s.mu.
func (s *sink) addLocked(appendLine func([]byte) []byte) {
	if s.waiting == nil {
		s.waiting, s.spare = s.spare, nil
	}
	s.waiting = appendLine(s.waiting)
	s.unwritten++
	if !s.isRunning {
		s.isRunning = true
		// The goroutine ends when nothing waits, or with stop. A write that never returns holds it until the process exits.
		time.AfterFunc(gatherTime, s.run)
	}
}

// addRefused counts an exchange that was refused because the sink is unavailable.
func (s *sink) addRefused() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused == 0 {
		s.refusedSince = s.now()
	}
	s.refused++
	s.summarizeLocked()
}

// summarizeLocked adds the record of the refused exchanges when the sink is available. The caller holds s.mu.
func (s *sink) summarizeLocked() {
	if s.refused == 0 || !s.isAvailableLocked() {
		return
	}
	count, since := s.refused, s.refusedSince
	s.refused = 0
	s.addLocked(func(b []byte) []byte {
		row := refusal.New(refusal.AuditUnavailable).Row
		b = append(since.UTC().AppendFormat(append(b, `{"time":"`...), time.RFC3339Nano), `","outcome":"refused"`...)
		b = appendMember(b, `,"rule":`, row.ID)
		b = strconv.AppendInt(append(b, `,"status":`...), int64(row.Status), 10)
		b = strconv.AppendInt(append(b, `,"exchanges":`...), int64(count), 10)
		return append(b, "}\n"...)
	})
}

// run writes what waits until nothing does, or until the sink is stopped.
func (s *sink) run() {
	var lines []byte
	for {
		s.mu.Lock()
		if n := cap(lines); n > 0 && n <= maxSpare {
			s.spare = lines[:0]
		}
		// write returns lines only after the sink has been stopped.
		if len(lines) > 0 || len(s.waiting) == 0 {
			s.isRunning = false
			s.idle.Broadcast()
			s.mu.Unlock()
			return
		}
		lines, s.waiting = s.waiting, nil
		s.mu.Unlock()
		lines = s.write(lines)
	}
}

// write writes the lines and tries again after an error, until the sink is stopped. It returns what is not written then.
func (s *sink) write(lines []byte) (rest []byte) {
	for {
		timer := time.AfterFunc(maxWriteTime, func() { s.setFailed("the write does not end") })
		n, err := s.out.Write(lines)
		timer.Stop()
		s.mu.Lock()
		s.unwritten -= bytes.Count(lines[:n], []byte("\n"))
		s.mu.Unlock()
		if err == nil {
			s.setWritten()
			return lines[:0]
		}
		lines = lines[n:]
		s.metrics.auditFailures.Inc()
		s.setFailed(err.Error())
		select {
		case <-s.stopped:
			return lines
		case <-time.After(retryEvery):
		}
	}
}

// setFailed makes the sink unavailable. It logs the reason once.
func (s *sink) setFailed(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.hasFailed {
		s.log.Error("Refusing exchanges because records cannot be written", "reason", reason)
	}
	s.hasFailed = true
}

// setWritten makes the sink available again.
func (s *sink) setWritten() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hasFailed {
		s.log.Info("Serving exchanges again because records can be written", "refused", s.refused)
	}
	s.hasFailed = false
	s.summarizeLocked()
}

// flush waits until all records are written, but no longer than the limit.
func (s *sink) flush(limit time.Duration) {
	timedOut := false
	timer := time.AfterFunc(limit, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		timedOut = true
		s.idle.Broadcast()
	})
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.isRunning && !timedOut {
		s.idle.Wait()
	}
}

// stop ends the attempts to write records again.
func (s *sink) stop() { s.stopOnce.Do(func() { close(s.stopped) }) }
