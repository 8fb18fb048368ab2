// Package refusal holds the one table of the reasons for which the sidecar refuses an exchange.
//
// Each row has a rule id, an HTTP status, what is wrong and what to do. Answers to clients, audit records and docs/refusals.md
// are made from the rows. No row, and nothing that is put into one, holds text of an exchange.
package refusal

import "net/http"

// Rule identifies a row of the table.
type Rule uint8

// The rules.
const (
	Internal Rule = iota
	Suspended
	APIUnsupported
	PathUnknown
	PathAmbiguous
	Method
	Query
	ContentType
	ContentEncoding
	Upgrade
	BodyTooLarge
	BodyIncomplete
	BodyTimeout
	BodyMalformed
	BodyShape
	PartUnreadable
	NamePersonal
	Unreachable
	Timeout
	AnswerType
	AnswerTooLarge
	AnswerMalformed
	AnswerUnreadable
	Disconnected
	NoDisclosure
	PortGone
	rules
)

// StatusClientClosed is the status of Disconnected. No client sees it; the record has it, as proxies commonly write it.
const StatusClientClosed = 499

// Row is what is known of a rule.
type Row struct {
	// ID is public and never changes, for example `sidecar.path_unknown`.
	ID string
	// Status is the HTTP status, 400 to 599.
	Status int
	// What is wrong, and Remedy, what to do: a sentence each.
	What, Remedy string
}

const (
	askDeveloper = "Ask the chatbot's developer to answer with chat completions."
	reportID     = "Report the exchange id to the operator."
	textOnly     = "Use text only; personal data in anything else cannot be found."
)

// table has one row for each rule.
var table = [rules]Row{
	Internal:       {"sidecar.internal", http.StatusInternalServerError, "The sidecar failed.", reportID},
	Suspended:      {"sidecar.suspended", http.StatusServiceUnavailable, "The chatbot is suspended; only humans answer now.", "Contact a human."},
	APIUnsupported: {"sidecar.api_unsupported", http.StatusNotImplemented, "This version of the sidecar cannot read the interface of the port.", "Declare a port with an interface that it can read."},
	PathUnknown:    {"sidecar.path_unknown", http.StatusNotFound, "Nothing is served at this path.", "Use the declared path."},
	PathAmbiguous:  {"sidecar.path_ambiguous", http.StatusBadRequest, "The path can be read in more than one way.", "Send the path as it is documented, without escapes, dots and doubled slashes."},
	Method:         {"sidecar.method", http.StatusMethodNotAllowed, "The method is not POST.", "Send chat requests with POST."},
	Query:          {"sidecar.query_malformed", http.StatusBadRequest, "The query is malformed or too long.", "Send plain name=value pairs."},
	ContentType:    {"sidecar.content_type", http.StatusUnsupportedMediaType, "The body is not declared as JSON.", "Send one header Content-Type: application/json."},
	ContentEncoding: {
		"sidecar.content_encoding", http.StatusUnsupportedMediaType, "The body is encoded.", "Send the body without Content-Encoding.",
	},
	Upgrade:        {"sidecar.upgrade", http.StatusBadRequest, "The connection cannot be upgraded.", "Use plain HTTP requests."},
	BodyTooLarge:   {"sidecar.body_too_large", http.StatusRequestEntityTooLarge, "The body is larger than its limit.", "Send fewer or shorter messages."},
	BodyIncomplete: {"sidecar.body_incomplete", http.StatusBadRequest, "The body did not arrive whole.", "Send it again."},
	BodyTimeout:    {"sidecar.body_timeout", http.StatusRequestTimeout, "The body did not arrive in time.", "Send it again."},
	BodyMalformed: {
		"sidecar.body_malformed", http.StatusBadRequest, "The body is not strict JSON.",
		"Send one JSON object in UTF-8, without doubled members and without anything behind it.",
	},
	BodyShape:      {"sidecar.body_shape", http.StatusBadRequest, "The body is not a chat request.", "Send a chat completions request: an object with a list of messages."},
	PartUnreadable: {"sidecar.part_unreadable", http.StatusUnprocessableEntity, "A message holds a part that is not text.", textOnly},
	NamePersonal: {
		"sidecar.name_personal", http.StatusUnprocessableEntity, "The name of a member holds personal data.",
		"Put personal data into values, where it is redacted.",
	},
	Unreachable:      {"sidecar.upstream_unreachable", http.StatusBadGateway, "The chatbot cannot be reached.", "Try again later."},
	Timeout:          {"sidecar.upstream_timeout", http.StatusGatewayTimeout, "The chatbot did not answer in time.", "Try again later."},
	AnswerType:       {"sidecar.answer_type", http.StatusBadGateway, "The chatbot's answer is neither JSON nor an event stream.", askDeveloper},
	AnswerTooLarge:   {"sidecar.answer_too_large", http.StatusBadGateway, "The answer is larger than its limit.", "Ask for a streamed answer."},
	AnswerMalformed:  {"sidecar.answer_malformed", http.StatusBadGateway, "The answer is not of its form.", askDeveloper},
	AnswerUnreadable: {"sidecar.answer_unreadable", http.StatusBadGateway, "The answer holds a part that is not text.", textOnly},
	Disconnected:     {"sidecar.disconnected", StatusClientClosed, "The client has gone.", "Ask again."},
	NoDisclosure:     {"sidecar.no_disclosure", http.StatusNotFound, "Nothing is disclosed here.", "Ask with GET, where a disclosure is declared."},
	PortGone:         {"sidecar.port_gone", http.StatusServiceUnavailable, "This port is no longer served.", "Connect again."},
}

// ListRows returns the rows in the order of the rules.
func ListRows() []Row { return table[:] }
