package sidecar

import (
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// audit writes the records: one JSON object per line, in the order in which exchanges end.
//
// Members: time (RFC 3339, UTC, when the exchange began), exchange, chatbot, direction (ingress or egress), port (or egress
// entry), api, outcome, rule (when refused), status (0: nothing was sent), streamed, disclosed (the statement stood in an answer
// that clients show; a header alone does not count), redacted (by leg and kind), requestBytes, answerBytes (sent), durationMs,
// configHash, policyRevision. No member comes from a text of a person.
type audit struct {
	metrics *metrics

	mu   sync.Mutex
	to   io.Writer
	line []byte
}

// write appends the record of an exchange.
func (a *audit) write(s *snapshot, e filter.Ended, duration time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.line = appendRecord(a.line[:0], s, e, duration)
	if _, err := a.to.Write(a.line); err != nil {
		a.metrics.auditFailures.Inc()
	}
}

func appendRecord(b []byte, s *snapshot, e filter.Ended, duration time.Duration) []byte {
	sc := e.Scope
	b = append(b, `{"time":"`...)
	b = sc.Started.UTC().AppendFormat(b, time.RFC3339Nano)
	b = appendMember(b, `","exchange":`, sc.ID)
	b = appendMember(b, `,"chatbot":`, s.config.Chatbot)
	b = appendMember(b, `,"direction":`, sc.Route.Direction)
	b = appendMember(b, `,"port":`, sc.Route.Name)
	b = appendMember(b, `,"api":`, sc.Route.API)
	b = appendMember(b, `,"outcome":`, e.Outcome)
	if sc.Refused != nil {
		b = appendMember(b, `,"rule":`, sc.Refused.ID)
	}
	b = strconv.AppendInt(append(b, `,"status":`...), int64(e.Status), 10)
	b = strconv.AppendBool(append(b, `,"streamed":`...), sc.Streamed)
	b = strconv.AppendBool(append(b, `,"disclosed":`...), sc.Disclosed)
	b = appendCounts(append(b, `,"redacted":{"request":`...), sc.RequestFinds)
	b = appendCounts(append(b, `,"answer":`...), sc.AnswerFinds)
	b = strconv.AppendInt(append(b, `},"requestBytes":`...), int64(sc.RequestBytes), 10)
	b = strconv.AppendInt(append(b, `,"answerBytes":`...), e.Bytes, 10)
	b = strconv.AppendFloat(append(b, `,"durationMs":`...), float64(duration.Microseconds())/1000, 'f', -1, 64)
	b = appendMember(b, `,"configHash":`, s.hash)
	b = appendMember(b, `,"policyRevision":`, s.config.Revision)
	return append(b, "}\n"...)
}

func appendMember(b []byte, name, value string) []byte {
	b = append(b, name...)
	return jsontext.AppendString(b, value)
}

func appendCounts(b []byte, counts redact.Counts) []byte {
	b = append(b, '{')
	first := true
	for _, kind := range redact.Kinds() {
		if counts[kind] == 0 {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendMember(b, "", kind.String())
		b = strconv.AppendInt(append(b, ':'), int64(counts[kind]), 10)
	}
	return append(b, '}')
}
