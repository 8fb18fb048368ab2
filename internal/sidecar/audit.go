package sidecar

import (
	"strconv"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/observe"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// appendRecord appends the record of an exchange with its line feed. Records are JSON objects, one in each line, in the order in which
// exchanges end; that of an exchange that passed unchanged can come later, because the sidecar finishes many of them together. No
// member comes from a text of a person. One record with only the members `time` (of the first), `outcome`, `rule`, `status` and `exchanges`
// (their number) stands for all exchanges that were refused while no records could be written.
//
//	time            when the exchange began (RFC 3339, UTC)
//	exchange        the ID that the response header Chaperone-Exchange carries
//	chatbot         namespace/name of the ChatbotDeployment
//	pod             the name of the pod; only if the sidecar runs in one. The name begins with that of its ReplicaSet, which ends with the
//	                revision in status.images of the ChatbotDeployment
//	direction       ingress or egress
//	port            the name of the port or egress entry; `gone` for a port that is gone, `unknown` for an egress path of no entry
//	shape           the shape of the port or egress entry; `disclosure` for the disclosure document, `none` for a port that is gone
//	shapeRevision   the revision of the shape; only if there is one
//	route           the name of the route in the shape; empty if no route matches
//	use             what the route is for, such as turn; empty if no route matches. A connection by WebSocket has a record with socket when it
//	                ends, and before that one with turn for each message of the person with the answers to it, whose status is 101
//	outcome         one of the Outcome constants of the package filter
//	rule            the rule of the refusal, if there is one; disconnected and failed exchanges can have one, too
//	status          the HTTP status that was sent, 0 for none; 200 for a refusal that was said as an answer
//	streamed        whether the answer was a stream
//	disclosed       whether the statement was part of an answer that clients show, or of the disclosure document; a header alone
//	                does not count
//	corrected       the number of sentences that said falsely that a human or a licensed professional speaks, and were replaced; only if there are some
//	consent         asked, given, refused or withdrawn, if the message of the exchange needed the person's consent
//	handoff         how the exchange had the conversation handed over to a human, if it did: id, reason (request, failures, danger or
//	                suspended) and result (requested, continued, failed or contact). A record of its own, with time, exchange, chatbot, pod,
//	                handoff, configHash and policyRevision alone, says when a human accepts it, or that none did in the promised time: its
//	                result is accepted or late, and it also has seconds, since the request, and late
//	consentReceipt  the first 16 hexadecimal digits of the SHA-256 of the receipt in the answer, if there is one
//	redacted        the number of replacements, by leg (request, answer) and kind, with the matches in deleted headers of the answer;
//	                texts that became empty as a whole do not count
//	model           declared or other: whether a call names the declared model; only in calls that name one, if one is declared
//	observed        what was found in an exchange that passed unchanged; only in those. It has read (read, unknown, skipped or unread),
//	                wouldRefuse (the rule; only if there is one), wouldDisclose, and found (the number of pieces of personal data, by leg
//	                and kind)
//	requestBytes    the length of the body that was read; 0 if the sidecar refused the request before it read the body
//	answerBytes     the length of the body that was sent
//	durationMs      from the header of the request to the end of the response, in milliseconds
//	configHash      the hash of the configuration that was executed
//	policyRevision  the revision of that configuration
func appendRecord(b []byte, c *loadedConfig, e filter.Ended, duration time.Duration) []byte {
	sc := e.Scope
	b = c.appendOrigin(b, sc.Started, sc.ID)
	b = appendMember(b, `,"direction":`, sc.Route.Direction)
	b = appendMember(b, `,"port":`, sc.Route.Name)
	b = appendMember(b, `,"shape":`, sc.Route.API)
	if sc.Route.Revision > 0 {
		b = strconv.AppendInt(append(b, `,"shapeRevision":`...), int64(sc.Route.Revision), 10)
	}
	b = appendMember(b, `,"route":`, sc.Route.Match)
	b = appendMember(b, `,"use":`, sc.Route.Use)
	b = appendMember(b, `,"outcome":`, e.Outcome)
	if sc.Refused != nil {
		b = appendMember(b, `,"rule":`, sc.Refused.ID)
	}
	b = strconv.AppendInt(append(b, `,"status":`...), int64(e.Status), 10)
	b = strconv.AppendBool(append(b, `,"streamed":`...), sc.Streamed)
	b = strconv.AppendBool(append(b, `,"disclosed":`...), sc.Disclosed)
	if sc.Corrected > 0 {
		b = strconv.AppendInt(append(b, `,"corrected":`...), int64(sc.Corrected), 10)
	}
	if state := describeConsent(sc); state != "" {
		b = appendMember(b, `,"consent":`, state)
	}
	if h := sc.Handover; h != nil {
		b = appendHandoff(b, h.ID, h.Reason, h.Result)
	}
	if sc.ReceiptDigest != "" {
		b = appendMember(b, `,"consentReceipt":`, sc.ReceiptDigest)
	}
	b = appendCounts(append(b, `,"redacted":{"request":`...), sc.RequestRedactions)
	b = appendCounts(append(b, `,"answer":`...), sc.AnswerRedactions)
	b = append(b, '}')
	if sc.Model != "" {
		b = appendMember(b, `,"model":`, sc.Model)
	}
	if sc.Passed != nil {
		b = appendObserved(b, sc.Passed.Exchange)
	}
	b = strconv.AppendInt(append(b, `,"requestBytes":`...), int64(sc.RequestBytes), 10)
	b = strconv.AppendInt(append(b, `,"answerBytes":`...), e.Bytes, 10)
	b = strconv.AppendFloat(append(b, `,"durationMs":`...), float64(duration.Microseconds())/1000, 'f', -1, 64)
	b = appendMember(b, `,"configHash":`, c.hash)
	b = appendMember(b, `,"policyRevision":`, c.config.Revision)
	return append(b, "}\n"...)
}

// appendOrigin appends the beginning of a record: what it is about since when, and which chatbot and pod wrote it.
func (c *loadedConfig) appendOrigin(b []byte, at time.Time, exchange string) []byte {
	b = append(b, `{"time":"`...)
	b = at.UTC().AppendFormat(b, time.RFC3339Nano)
	// The string with the time is still open. The quotation mark that begins the next prefix closes it.
	b = appendMember(b, `","exchange":`, exchange)
	b = appendMember(b, `,"chatbot":`, c.config.Chatbot)
	if pod := c.shared.options.Pod; pod != "" {
		b = appendMember(b, `,"pod":`, pod)
	}
	return b
}

// describeConsent returns whether the person was asked for consent, has given it or has refused it; "" if none was needed.
func describeConsent(sc *exchange.Scope) string {
	switch {
	case sc.HasConsent:
		return "given"
	case sc.Refused.IsFor(refusal.ConsentMissing):
		return "asked"
	case sc.Refused.IsFor(refusal.ConsentRefused):
		return "refused"
	case sc.Refused.IsFor(refusal.ConsentWithdrawn):
		return "withdrawn"
	}
	return ""
}

// appendObserved appends the member `observed`.
func appendObserved(b []byte, e observe.Exchange) []byte {
	b = appendMember(b, `,"observed":{"read":`, string(e.Result))
	if e.Refused != "" {
		b = appendMember(b, `,"wouldRefuse":`, e.Refused)
	}
	b = strconv.AppendBool(append(b, `,"wouldDisclose":`...), e.Disclosed)
	b = appendCounts(append(b, `,"found":{"request":`...), e.Request)
	return append(appendCounts(append(b, `,"answer":`...), e.Answer), "}}"...)
}

// appendMember appends a string member. The prefix is what precedes the value: the quoted name with its comma and colon.
func appendMember(b []byte, prefix, value string) []byte {
	b = append(b, prefix...)
	return jsontext.AppendString(b, value)
}

// appendCounts appends an object with the counts by kind, without those that are 0.
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
		b = jsontext.AppendString(b, kind.String())
		b = strconv.AppendInt(append(b, ':'), int64(counts[kind]), 10)
	}
	return append(b, '}')
}
