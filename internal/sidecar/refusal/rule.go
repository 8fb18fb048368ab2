// Package refusal holds the one table of the reasons for which the sidecar refuses an exchange.
//
// Each row has a rule ID, an HTTP status, what is wrong, and what to do. Error responses, audit records and docs/refusals.md are
// made from the rows. Because and WithRemedy replace a sentence of a row by a more exact one. No sentence holds text of an exchange.
package refusal

import "net/http"

// Rule identifies a row of the table.
type Rule uint8

// The rules. The table says when each applies.
const (
	Internal Rule = iota
	Suspended
	HandoffUnavailable
	PathUnknown
	PathAmbiguous
	PathPersonal
	Method
	RouteUnknown
	RouteRefused
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
	SignedPersonal
	RequestSigned
	SignatureInvalid
	SignatureUnchecked
	CallForbidden
	ConsentMissing
	ConsentRefused
	ConsentUnknown
	HandedOver
	HumanContact
	DeskUnreachable
	DeskAnswer
	Danger
	ConsentWithdrawn
	ReceiptInvalid
	Unreachable
	AddressForbidden
	Timeout
	AnswerType
	AnswerTooLarge
	AnswerMalformed
	AnswerUnreadable
	Disconnected
	NoDisclosure
	PortGone
	Terminating
	Overloaded
	TooFast
	Stalled
	AuditUnavailable
	ConfigExpired
	// ruleCount is the number of rules.
	ruleCount
)

// StatusClientClosed is the status of Disconnected and Stalled, as in the access logs of other proxies. No client sees it.
const StatusClientClosed = 499

// Row describes a rule.
type Row struct {
	// ID is public and never changes, for example `sidecar.path_unknown`.
	ID string
	// Status is the HTTP status of the response, 400 to 599.
	Status int
	// What is a sentence that says what is wrong.
	What string
	// Remedy is a sentence that says what to do. It addresses the developer of the client, and names everyone else who has to act.
	Remedy string
}

// Remedies of several rules.
const (
	sendAgain = "Send the request again."
	waitFirst = "Try again later. If that does not help, tell the team that runs the chatbot."
	useChat   = "The developer of the chatbot or model service must send chat completions, as JSON or as an event stream."
)

// table has one row for each rule.
var table = [ruleCount]Row{
	Internal: {
		"sidecar.internal", http.StatusInternalServerError,
		"The sidecar in front of the chatbot failed.",
		"Report the exchange ID (response header Chaperone-Exchange) to the team that runs the chatbot.",
	},
	Suspended: {
		"sidecar.suspended", http.StatusServiceUnavailable,
		"The chatbot is suspended; only humans answer now.",
		"Ask the team that runs the chatbot how to reach a human.",
	},
	HandoffUnavailable: {
		"sidecar.handoff_unavailable", http.StatusServiceUnavailable,
		"No human can take over now, so no conversation begins. Those that have begun go on.",
		"Ask the team that runs the chatbot how to reach a human. It must see that the desk (spec.oversight.handoff.url) answers.",
	},
	PathUnknown: {
		"sidecar.path_unknown", http.StatusNotFound,
		"Nothing is served at this path.",
		"Send the request to a path that the page of the shape names, which the declaration gives to the port.",
	},
	PathAmbiguous: {
		"sidecar.path_ambiguous", http.StatusBadRequest,
		"Servers can read this path in different ways.",
		"Send the path without percent escapes, dot segments, doubled slashes and special characters.",
	},
	PathPersonal: {
		"sidecar.path_personal", http.StatusUnprocessableEntity,
		"The path contains personal data.",
		"Put identifiers without a meaning of their own into paths, and personal data into the body, where the sidecar redacts it.",
	},
	Method: {
		"sidecar.method", http.StatusMethodNotAllowed,
		"No route of this path has the request method.",
		"Send the request with a method that the response header Allow names, which is POST for chats.",
	},
	RouteUnknown: {
		"sidecar.route_unknown", http.StatusBadRequest,
		"No route fits the path as it is spelled, the method, the type, the query or the body of the request.",
		"Send a request as the API describes it. To pass it unread, the shape must have a route that names this path and method.",
	},
	RouteRefused: {
		"sidecar.route_refused", http.StatusForbidden,
		"The shape of the chatbot's API refuses requests of this route.",
		"Use another route of the API. The page of the shape that the declaration names says what each route is for.",
	},
	Query: {
		"sidecar.query_malformed", http.StatusBadRequest,
		"The query is malformed or has too many parameters.",
		"Send few parameters, as percent-encoded name=value pairs.",
	},
	ContentType: {
		"sidecar.content_type", http.StatusUnsupportedMediaType,
		"The header does not declare the body as JSON.",
		"Send exactly one header Content-Type: application/json.",
	},
	ContentEncoding: {
		"sidecar.content_encoding", http.StatusUnsupportedMediaType,
		"The body has a content coding that the sidecar does not read, or more than one.",
		"Send the body with at most one of the content codings gzip, br and zstd (header Content-Encoding).",
	},
	Upgrade: {
		"sidecar.upgrade", http.StatusBadRequest,
		"The request asks for another protocol or a tunnel, which the sidecar does not support.",
		"Send plain HTTP requests, not with CONNECT, and without the header Upgrade except for an offer of h2c, which is ignored.",
	},
	BodyTooLarge: {
		"sidecar.body_too_large", http.StatusRequestEntityTooLarge,
		"The body is larger than the limit of the sidecar.",
		"Send fewer or shorter texts at once.",
	},
	BodyIncomplete: {
		"sidecar.body_incomplete", http.StatusBadRequest,
		"The body did not arrive completely.", sendAgain,
	},
	BodyTimeout: {
		"sidecar.body_timeout", http.StatusRequestTimeout,
		"The body did not arrive in time.", sendAgain,
	},
	BodyMalformed: {
		"sidecar.body_malformed", http.StatusBadRequest,
		"The body is not strict JSON.",
		"Send one JSON object in UTF-8, without duplicate member names and without data after the object.",
	},
	BodyShape: {
		"sidecar.body_shape", http.StatusBadRequest,
		"The body is not a chat request.",
		"Send a request as the API that the port declares defines it: the page of its shape names the members.",
	},
	PartUnreadable: {
		"sidecar.part_unreadable", http.StatusUnprocessableEntity,
		"A message contains a part that is not text.",
		"Send and request text only, because the sidecar finds personal data only in text.",
	},
	NamePersonal: {
		"sidecar.name_personal", http.StatusUnprocessableEntity,
		"The name of a JSON member of the body contains personal data.",
		"Put personal data into values, where the sidecar redacts it.",
	},
	SignedPersonal: {
		"sidecar.signed_personal", http.StatusUnprocessableEntity,
		"A signed text of the body contains personal data, which the sidecar cannot redact without breaking the signature.",
		"Leave the signed part out: begin a new conversation, or ask the model for no reasoning.",
	},
	RequestSigned: {
		"sidecar.request_signed", http.StatusUnprocessableEntity,
		"The request has a signature of AWS (SigV4) over its body and its host, which the sidecar changes.",
		"Call the model with a bearer key, which needs no signature. For Amazon Bedrock, set AWS_BEARER_TOKEN_BEDROCK to an API key.",
	},
	SignatureInvalid: {
		"sidecar.signature_invalid", http.StatusUnauthorized,
		"The signature does not fit the message.",
		"Send the message as the messaging service signs it. The team that runs the chatbot must declare the secret that this service uses, and the public address that it calls.",
	},
	SignatureUnchecked: {
		"sidecar.signature_unchecked", http.StatusServiceUnavailable,
		"The sidecar cannot check the signature of the message, because it cannot read the secret.",
		"The team that runs the chatbot must see that the Secret in spec.ports[].signature.secretKeyRef has the key with a text, and restart the chatbot if it was declared after the start of the pod.",
	},
	CallForbidden: {
		"sidecar.call_forbidden", http.StatusForbidden,
		"The call of the model asks for something that the declaration does not allow.",
		"Leave out what the call asks for, or declare it for the processor under spec.processors of the ChatbotDeployment.",
	},
	ConsentMissing: {
		"sidecar.consent_missing", http.StatusForbidden,
		"The person has not consented to the recording of the conversation.",
		"Ask the person the question in the response header Chaperone-Question, and send the answer as the next message of the conversation.",
	},
	ConsentRefused: {
		"sidecar.consent_refused", http.StatusForbidden,
		"The person does not consent to the recording of the conversation.",
		"Offer the person another way to reach the organization.",
	},
	ConsentUnknown: {
		"sidecar.consent_unknown", http.StatusForbidden,
		"The sidecar cannot tell whether the person has consented to the recording of the conversation, because the request does not say to which conversation it belongs.",
		"Send the header Chaperone-Conversation, or have the app ask for consent: spec.consent.recordingAskedBy is then app.",
	},
	HandedOver: {
		"sidecar.handed_over", http.StatusForbidden,
		"The conversation was handed over to a human, so that the message did not go to the chatbot.",
		"Show the person the text, and what the member handoff of the error says.",
	},
	HumanContact: {
		"sidecar.human_contact", http.StatusForbidden,
		"The person asks for a human, so that the message did not go to the chatbot.",
		"Show the person the contact.",
	},
	DeskUnreachable: {
		"sidecar.desk_unreachable", http.StatusForbidden,
		"The desk where humans answer did not take the conversation.",
		"Show the person the contact. The team that runs the chatbot must see that the desk (spec.oversight.handoff.url) answers.",
	},
	DeskAnswer: {
		"sidecar.desk_answer", http.StatusForbidden,
		"A human answers in this conversation, so that the message went to the desk and not to the chatbot.",
		"Show the person what the human says.",
	},
	Danger: {
		"sidecar.danger", http.StatusForbidden,
		"The message speaks of danger to a person, so that it did not go to the chatbot.",
		"Show the person the contact for people in danger.",
	},
	ConsentWithdrawn: {
		"sidecar.consent_withdrawn", http.StatusForbidden,
		"The person has withdrawn the consent to the recording of the conversation.",
		"Send the next message of the person: the sidecar asks again. What was recorded before is dealt with at the address that the declaration gives for withdrawals.",
	},
	ReceiptInvalid: {
		"sidecar.receipt_invalid", http.StatusForbidden,
		"The header Chaperone-Consent-Receipt has no receipt that this chatbot has issued for this conversation.",
		"Send the receipt of the last answer of the same conversation, with the same header Chaperone-Conversation and to the same path, or none: the person is then asked.",
	},
	Unreachable: {
		"sidecar.upstream_unreachable", http.StatusBadGateway,
		"The sidecar cannot reach the chatbot or model service.", waitFirst,
	},
	AddressForbidden: {
		"sidecar.address_forbidden", http.StatusBadGateway,
		"The name of the processor leads to an address at which no processor answers.",
		"The team that runs the chatbot must see where the name in spec.processors[].host leads, and declare privateNetwork: true there if the processor is in a private network and is called without TLS.",
	},
	Timeout: {
		"sidecar.upstream_timeout", http.StatusGatewayTimeout,
		"The chatbot or model service did not answer in time.", waitFirst,
	},
	AnswerType: {
		"sidecar.answer_type", http.StatusBadGateway,
		"The answer of the chatbot or model service is neither JSON nor an event stream.", useChat,
	},
	AnswerTooLarge: {
		"sidecar.answer_too_large", http.StatusBadGateway,
		"The answer is larger than the limit of the sidecar.",
		"Ask for less at once, such as a smaller batch, or, if the API has them, for a streamed answer, which may be longer.",
	},
	AnswerMalformed: {
		"sidecar.answer_malformed", http.StatusBadGateway,
		"The answer does not have the form of a chat completion.", useChat,
	},
	AnswerUnreadable: {
		"sidecar.answer_unreadable", http.StatusBadGateway,
		"The answer contains a part that is not text.",
		"The developer of the chatbot or model service must send text only, because the sidecar finds personal data only in text.",
	},
	Disconnected: {
		"sidecar.disconnected", StatusClientClosed,
		"The client closed the connection before the answer was complete.", sendAgain,
	},
	NoDisclosure: {
		"sidecar.no_disclosure", http.StatusNotFound,
		"There is no disclosure document for this request.",
		"Request the document with GET. If GET is refused too, the chatbot declares no disclosure.",
	},
	PortGone: {
		"sidecar.port_gone", http.StatusServiceUnavailable,
		"The sidecar no longer serves the port of this connection.",
		"Open a new connection to the Service of the chatbot.",
	},
	Terminating: {
		"sidecar.terminating", http.StatusServiceUnavailable,
		"The sidecar is shutting down and ended the exchange.",
		"Send the request again, on a new connection to the Service of the chatbot.",
	},
	Overloaded: {
		"sidecar.overloaded", http.StatusServiceUnavailable,
		"The sidecar has no memory or processor time for this exchange now.",
		"Send the request again after the seconds in the header Retry-After. If that does not help, the team that runs the chatbot must run more pods.",
	},
	TooFast: {
		"sidecar.too_fast", http.StatusTooManyRequests,
		"Messages of the conversation, or from this address, come faster than the chatbot allows.",
		"Send the message again after the seconds in the header Retry-After.",
	},
	Stalled: {
		"sidecar.client_stalled", StatusClientClosed,
		"The client stopped reading the answer for too long.", "Read the answer while it arrives.",
	},
	AuditUnavailable: {
		"sidecar.audit_unavailable", http.StatusServiceUnavailable,
		"The sidecar cannot write audit records, and serves nothing without a record.",
		"Send the request again after the seconds in the header Retry-After. If that does not help, the team that runs the cluster must make room for the logs of the pod.",
	},
	ConfigExpired: {
		"sidecar.config_expired", http.StatusServiceUnavailable,
		"The configuration of the sidecar has expired, and the sidecar serves nothing under rules that may have changed since.",
		"Send the request again after the seconds in the header Retry-After. If that does not help, the team that runs the cluster must see why the manager does not renew the configuration.",
	},
}

// ListRows returns the rows in the order of the rules.
func ListRows() []Row { return table[:] }
