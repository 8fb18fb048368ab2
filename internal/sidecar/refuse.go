package sidecar

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/openai"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// The rules under which the sidecar itself refuses; those about documents are in `internal/sidecar/openai`.
const (
	ruleSuspended       = "sidecar.suspended"
	ruleAPIUnsupported  = "sidecar.api_unsupported"
	rulePathUnknown     = "sidecar.path_unknown"
	rulePathAmbiguous   = "sidecar.path_ambiguous"
	ruleMethod          = "sidecar.method"
	ruleQuery           = "sidecar.query_malformed"
	ruleContentType     = "sidecar.content_type"
	ruleContentEncoding = "sidecar.content_encoding"
	ruleUpgrade         = "sidecar.upgrade"
	ruleBodyTooLarge    = "sidecar.body_too_large"
	ruleBodyIncomplete  = "sidecar.body_incomplete"
	ruleBodyTimeout     = "sidecar.body_timeout"
	ruleUnreachable     = "sidecar.upstream_unreachable"
	ruleTimeout         = "sidecar.upstream_timeout"
	ruleAnswerType      = "sidecar.answer_type"
	ruleAnswerTooLarge  = "sidecar.answer_too_large"
	ruleDisconnected    = "sidecar.disconnected"
	ruleNoDisclosure    = "sidecar.no_disclosure"
	ruleGone            = "sidecar.port_gone"
	ruleInternal        = "sidecar.internal"
)

// statusClientClosed is never seen by a client: it is gone. The record has it, as proxies commonly write it.
const statusClientClosed = 499

// statuses gives each rule its HTTP status.
var statuses = map[string]int{
	ruleSuspended:               http.StatusServiceUnavailable,
	ruleAPIUnsupported:          http.StatusNotImplemented,
	rulePathUnknown:             http.StatusNotFound,
	rulePathAmbiguous:           http.StatusBadRequest,
	ruleMethod:                  http.StatusMethodNotAllowed,
	ruleQuery:                   http.StatusBadRequest,
	ruleContentType:             http.StatusUnsupportedMediaType,
	ruleContentEncoding:         http.StatusUnsupportedMediaType,
	ruleUpgrade:                 http.StatusBadRequest,
	ruleBodyTooLarge:            http.StatusRequestEntityTooLarge,
	ruleBodyIncomplete:          http.StatusBadRequest,
	ruleBodyTimeout:             http.StatusRequestTimeout,
	ruleUnreachable:             http.StatusBadGateway,
	ruleTimeout:                 http.StatusGatewayTimeout,
	ruleAnswerType:              http.StatusBadGateway,
	ruleAnswerTooLarge:          http.StatusBadGateway,
	ruleDisconnected:            statusClientClosed,
	ruleNoDisclosure:            http.StatusNotFound,
	ruleGone:                    http.StatusServiceUnavailable,
	ruleInternal:                http.StatusInternalServerError,
	openai.RuleBodyMalformed:    http.StatusBadRequest,
	openai.RuleBodyShape:        http.StatusBadRequest,
	openai.RulePartUnreadable:   http.StatusUnprocessableEntity,
	openai.RuleNamePersonal:     http.StatusUnprocessableEntity,
	openai.RuleAnswerMalformed:  http.StatusBadGateway,
	openai.RuleAnswerUnreadable: http.StatusBadGateway,
}

// finding says why an exchange is refused. It holds no text of the exchange.
type finding struct {
	rule, what, remedy string
	// handoff is the way to a human, when that is the remedy.
	handoff *sidecarconfig.Handoff
}

// Error lets the upstream's handlers return a finding.
func (f *finding) Error() string { return f.what + " " + f.remedy }

func (f *finding) status() int {
	if status, ok := statuses[f.rule]; ok {
		return status
	}
	return http.StatusInternalServerError
}

// findingOf turns an error of the answer's rewriting into a finding; false for any other error.
func findingOf(err error) (*finding, bool) {
	var own *finding
	if errors.As(err, &own) {
		return own, true
	}
	var document *openai.Refused
	if errors.As(err, &document) {
		return &finding{rule: document.Rule, what: document.What, remedy: document.Remedy}, true
	}
	if errors.Is(err, sse.ErrTooLong) {
		return &finding{
			rule: ruleAnswerTooLarge, what: "An event of the answer is larger than 64 KiB.",
			remedy: "Ask the chatbot's developer to stream in smaller pieces.",
		}, true
	}
	return nil, false
}

// refusal is the body of a refused exchange: the error envelope of the chat completions interface, with our members.
type refusal struct {
	Error refusalError `json:"error"`
}

type refusalError struct {
	Message  string                 `json:"message"`
	Type     string                 `json:"type"`
	Code     string                 `json:"code"`
	Rule     string                 `json:"rule"`
	What     string                 `json:"what"`
	Remedy   string                 `json:"remedy"`
	Exchange string                 `json:"exchange,omitempty"`
	Handoff  *sidecarconfig.Handoff `json:"handoff,omitempty"`
}

func (f *finding) body(exchange string) []byte {
	body, err := json.Marshal(refusal{Error: refusalError{
		Message: f.what + " " + f.remedy, Type: "chaperone_refusal", Code: f.rule, Rule: f.rule, What: f.what, Remedy: f.remedy,
		Exchange: exchange, Handoff: f.handoff,
	}})
	if err != nil {
		return []byte(`{"error":{"message":"The exchange is refused.","type":"chaperone_refusal"}}`)
	}
	return body
}

// refuse ends an exchange. It is the only place that writes a refusal; the record says so too.
func refuse(w http.ResponseWriter, r *http.Request, f *finding) {
	sc := scopeOf(r)
	sc.refused = f
	body := f.body(sc.exchange)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	if f.rule == ruleMethod {
		h.Set("Allow", http.MethodPost)
	}
	w.WriteHeader(f.status())
	// A client that is gone is recorded as such.
	_, _ = w.Write(body)
}

// refusalEvent ends a stream whose header is out already: an error event, then the end.
func refusalEvent(dst []byte, sc *scope, f *finding) []byte {
	sc.refused = f
	return sse.Append(sse.Append(dst, f.body(sc.exchange)), []byte("[DONE]"))
}
