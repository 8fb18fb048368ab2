package sidecar

import (
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// audit writes the records: one JSON object per line, in the order in which exchanges end.
//
// Members: time (RFC 3339, UTC, when the exchange began), exchange, chatbot, direction (ingress or egress), port (or egress
// entry), api, outcome, rule (when refused), status (0: nothing was sent), streamed, disclosed, redacted (by leg and kind),
// requestBytes, answerBytes (as sent), durationMs, configHash, policyRevision. None of them comes from a text of a person.
type audit struct {
	metrics *metrics

	mu   sync.Mutex
	to   io.Writer
	line []byte
}

func (a *audit) write(g *generation, sc *scope, outcome string, out *recorder) {
	duration := g.shared.options.Now().Sub(sc.started)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.line = appendRecord(a.line[:0], g, sc, outcome, out, duration)
	if _, err := a.to.Write(a.line); err != nil {
		a.metrics.auditFailures.Inc()
	}
}

func appendRecord(b []byte, g *generation, sc *scope, outcome string, out *recorder, duration time.Duration) []byte {
	b = append(b, `{"time":"`...)
	b = sc.started.UTC().AppendFormat(b, time.RFC3339Nano)
	b = appendMember(b, `","exchange":`, sc.exchange)
	b = appendMember(b, `,"chatbot":`, g.config.Chatbot)
	b = appendMember(b, `,"direction":`, sc.route.direction)
	b = appendMember(b, `,"port":`, sc.route.name)
	b = appendMember(b, `,"api":`, sc.route.api)
	b = appendMember(b, `,"outcome":`, outcome)
	if sc.refused != nil {
		b = appendMember(b, `,"rule":`, sc.refused.rule)
	}
	b = strconv.AppendInt(append(b, `,"status":`...), int64(out.status), 10)
	b = strconv.AppendBool(append(b, `,"streamed":`...), sc.streamed)
	b = strconv.AppendBool(append(b, `,"disclosed":`...), sc.disclosed)
	b = appendCounts(append(b, `,"redacted":{"request":`...), sc.requestFinds)
	b = appendCounts(append(b, `,"answer":`...), sc.answerFinds)
	b = strconv.AppendInt(append(b, `},"requestBytes":`...), int64(sc.requestBytes), 10)
	b = strconv.AppendInt(append(b, `,"answerBytes":`...), out.bytes, 10)
	b = strconv.AppendFloat(append(b, `,"durationMs":`...), float64(duration.Microseconds())/1000, 'f', -1, 64)
	b = appendMember(b, `,"configHash":`, g.hash)
	b = appendMember(b, `,"policyRevision":`, g.config.Revision)
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
