package sidecarconfig

import "encoding/json"

// Version is the only value of Config.Version that this build reads.
const Version = 3

// DefaultShape is the shape of an egress entry whose processor names none, and the one in which the sidecar refuses exchanges that belong
// to no port or egress entry.
const DefaultShape = "openai-chat"

// ParameterPath is the name of the parameter with the path of the chat endpoint.
const ParameterPath = "path"

// Names of the detectors, which Config.Redact lists.
const (
	// DetectEmail finds e-mail addresses (local part, @, and a domain with at least one dot or an IP address in brackets).
	DetectEmail = "email"
	// DetectPhone finds telephone numbers: international ones (with + or 00), national ones with the trunk prefix 0, those in North
	// American form, and those after a word such as "phone".
	DetectPhone = "phone"
	// DetectPaymentCard finds primary account numbers: 13 to 19 digits, Luhn check digit (ISO/IEC 7812-1).
	DetectPaymentCard = "payment-card"
	// DetectIBAN finds international bank account numbers: length by country, mod 97 check (ISO 13616).
	DetectIBAN = "iban"
	// DetectNationalID finds identifiers that a state gives to persons, such as tax and social insurance numbers of Config.RedactPlaces.
	DetectNationalID = "national-id"
)

// Places of the statement, which Disclose.Placements lists.
const (
	// PlaceFirstMessage puts the statement before the first answer of a conversation.
	PlaceFirstMessage = "first-message"
	// PlaceEveryMessage puts the statement before every answer.
	PlaceEveryMessage = "every-message"
	// PlaceBeforeFirstMessage is for clients that fetch the statement before their first request (GET /.well-known/chaperone/disclosure),
	// which they can do with every placement. With this one, the first answer and the header carry the statement too, for clients that do
	// not fetch it.
	PlaceBeforeFirstMessage = "before-first-message"
	// PlaceHeader sends the statement in the response header Chaperone-Disclosure.
	PlaceHeader = "header"
)

// Ways to mark generated content, which Disclose.Marking lists.
const (
	// MarkVisible marks content by the statement itself, for people.
	MarkVisible = "visible"
	// MarkMachineReadable marks content by the response header Chaperone-Marking.
	MarkMachineReadable = "machine-readable"
)

// Ways in which people learn of refusals, which Port.Refusals has.
const (
	// RefusalsAsAnswers says a refusal that concerns the person as an answer of the chatbot with status 200.
	RefusalsAsAnswers = "answers"
	// RefusalsAsErrors leaves every refusal an error.
	RefusalsAsErrors = "errors"
)

// Modes, which Config.Mode has. An empty mode governs everything: the sidecar refuses what it cannot read.
const (
	// ModeObserve passes every exchange on unchanged, and counts what governing would do.
	ModeObserve = "observe"
	// ModePassUndeclared governs the declared paths, and treats every other exchange as ModeObserve does.
	ModePassUndeclared = "pass-undeclared"
)

// Defaults and bounds of Limits.
const (
	// DefaultRequestBytes bounds a chat request: 1 MiB holds several hundred pages of text.
	DefaultRequestBytes = 1 << 20
	// DefaultResponseBytes bounds an answer that is not streamed: 4 MiB, more than models write in one answer.
	DefaultResponseBytes = 4 << 20
	// DefaultFirstByteSeconds is the longest wait for the upstream's response header: twice the minute that slow models take.
	DefaultFirstByteSeconds = 120
	// DefaultIdleSeconds is the longest pause inside a streamed answer, and the longest time in which the body of another answer arrives.
	// After that time the sidecar cuts the stream off, or refuses the other answer.
	DefaultIdleSeconds = 60
)

// Config is what one sidecar executes. It is immutable after Parse.
type Config struct {
	// Version is the version of the format, always 3. A sidecar keeps its configuration when the file has another version. Version 1 had the
	// listen addresses of the former ports (contract.IsFormerSidecarPort), to which sidecars with it listen until their pods are created again.
	// Version 2 had APIs and paths in place of shapes.
	Version int `json:"version"`
	// Chatbot is `namespace/name` of the ChatbotDeployment.
	Chatbot string `json:"chatbot"`
	// Revision identifies the policy that decided: 1 to 128 printable ASCII characters without spaces. The sidecar copies it to
	// its audit records. It is not part of the hash of a configuration.
	Revision string `json:"revision"`
	// Suspended means that only humans answer: the sidecar refuses every chat request, and every call of the app to its models, and names
	// the handoff if there is one. It still serves the disclosure document.
	Suspended bool `json:"suspended,omitempty"`
	// Mode is empty, ModeObserve or ModePassUndeclared. It must be empty when Suspended is true.
	Mode string `json:"mode,omitempty"`
	// Ports are the declared ports of the pod: 1 to 10, with unique names and listen addresses.
	Ports []Port `json:"ports"`
	// Egress are the model services that the app reaches through the sidecar: 0 to 32, with unique names.
	Egress []Egress `json:"egress,omitempty"`
	// Disclose tells people that they talk to an AI; nil discloses nothing.
	Disclose *Disclose `json:"disclose,omitempty"`
	// Truthful means that the chatbot must not say that it is a human or a licensed professional: the sidecar replaces such sentences of answers,
	// and answers truly who asks.
	Truthful bool `json:"truthful,omitempty"`
	// Redact is the set of detectors (DetectEmail, …) that inspect requests and answers; empty means none.
	Redact []string `json:"redact"`
	// RedactPlaces are the codes of the declared places (`de`, `us-ca`, `eu`), whose national forms the detectors find: 0 to 64.
	RedactPlaces []string `json:"redactPlaces,omitempty"`
	// RedactLanguages are the tags (BCP 47) of the languages in which people write, whose words the detectors know: 0 to 64.
	RedactLanguages []string `json:"redactLanguages,omitempty"`
	// Contacts are public e-mail addresses, telephone numbers and URLs of the organisation that the detectors leave in place: at most 80, of
	// 1 to 1280 bytes without control characters.
	Contacts []string `json:"contacts,omitempty"`
	// Unredacted names the categories of personal data that must be redacted but have no detector. The sidecar does not act on
	// them. The list documents the gap.
	Unredacted []string `json:"unredacted,omitempty"`
	// Handoff describes how a person reaches a human; nil means that there is no way.
	Handoff *Handoff `json:"handoff,omitempty"`
	// Oversight says when the sidecar turns from the chatbot to a human besides on request; nil if there is nothing to say.
	Oversight *Oversight `json:"oversight,omitempty"`
	// Values are what the declaration states by place or by class of records; nil if it states nothing so.
	Values *Values `json:"values,omitempty"`
	// Consent has people asked, before a message of a conversation goes on, whether the conversation may be recorded; nil if not.
	Consent *Consent `json:"consent,omitempty"`
	// Notice holds the links that the header of every answer to a client carries; nil means none. Refusals before the body is read have no
	// links.
	Notice *Notice `json:"notice,omitempty"`
	// Model is the declared model, with which the sidecar compares the one that calls name. It has no name if none is declared.
	Model Model `json:"model,omitzero"`
	// Limits bound one exchange; zero fields mean the defaults.
	Limits Limits `json:"limits"`
}

// Port is one declared port. The sidecar listens in place of the app and passes on the exchanges that it can read.
type Port struct {
	// Name is the port name that the Service refers to: 1 to 15 lower-case letters, digits and dashes.
	Name string `json:"name"`
	// Shape is the name of the shape of the messages (internal/shape), and Revision its revision; 0 means any. A sidecar refuses a
	// configuration with a preset that it does not have in this revision.
	Shape    string `json:"shape"`
	Revision int    `json:"revision,omitempty"`
	// Document is the shape (shape.LoadBare), unless it is a preset.
	Document json.RawMessage `json:"document,omitempty"`
	// Parameters are the values of parameters of the shape that differ from its defaults. ParameterPath is an absolute path of plain
	// characters, without escapes.
	Parameters map[string]string `json:"parameters,omitempty"`
	// Refusals says how people learn of refusals that concern them: RefusalsAsAnswers, RefusalsAsErrors, or empty for what the shape asks for.
	Refusals string `json:"refusals,omitempty"`
	// Signature has the sidecar check the signature of messages, with the secret in the file of the port (contract.SidecarSignatureFolder);
	// nil if the declaration names no secret.
	Signature *Signature `json:"signature,omitempty"`
	// Listen is `:port` or `ip:port`, port 1 to 65535. The operator uses :23100 to :23109 (contract.SidecarFirstPort).
	Listen string `json:"listen"`
	// Upstream is the URL of the app in the same pod, for example `http://127.0.0.1:8080`: a loopback address and no path. The
	// operator leaves it empty, because only the pod says on which port the app listens. The sidecar's arguments supply it (see
	// WithUpstreams).
	Upstream string `json:"upstream,omitempty"`
}

// Signature says how the declaration has messages to a port checked. It holds no secret.
type Signature struct {
	// Secret is the name of the Secret and its key, `name/key`, so that a sidecar with the file of another one counts as out of date.
	Secret string `json:"secret"`
	// URL is what stands before the path in the public URL of the port, without a slash at its end, for example `https://bot.shop.example`;
	// "" if the shape's signature covers no URL.
	URL string `json:"url,omitempty"`
}

// Egress is one model service, served to the app at `http://127.0.0.1:23081/<name>/…`.
type Egress struct {
	// Name is the first segment of the path: 1 to 63 lower-case letters, digits and dashes.
	Name string `json:"name"`
	// Shape, Revision and Document are the shape of the calls, as in Port.
	Shape    string          `json:"shape"`
	Revision int             `json:"revision,omitempty"`
	Document json.RawMessage `json:"document,omitempty"`
	// Parameters are like Port.Parameters. The path is the one below the name.
	Parameters map[string]string `json:"parameters,omitempty"`
	// Upstream is the base URL of the service (http or https, without user, query and fragment). The sidecar appends the path to it.
	Upstream string `json:"upstream"`
	// StoresConversations means that the service may store conversations, and TrainsOnData that it may train on them: the sidecar then leaves
	// the members of calls that say so (shape.Egress) as the app sends them.
	StoresConversations bool `json:"storesConversations,omitempty"`
	TrainsOnData        bool `json:"trainsOnData,omitempty"`
	// PrivateNetwork means that the name of the service may lead to a private address although it is called without TLS.
	PrivateNetwork bool `json:"privateNetwork,omitempty"`
}

// Model is a model as people name it: a name of at most 1024 bytes, such as `Claude Sonnet 4.5`, and a version of at most 512.
type Model struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// Disclose is the statement that a person talks to an AI, and its placements.
type Disclose struct {
	// Placements is a non-empty set of PlaceFirstMessage, PlaceEveryMessage, PlaceBeforeFirstMessage, PlaceHeader.
	Placements []string `json:"placements"`
	// Statements maps a language (BCP 47) to the text: 1 to 64 entries of 1 to 2000 bytes without control characters.
	Statements map[string]string `json:"statements"`
	// DefaultLanguage is the key of the statement for clients that accept none of the languages in Statements.
	DefaultLanguage string `json:"defaultLanguage"`
	// RepeatHours is the number of hours after which a continuing conversation shows the statement again: 0 (never) to 8760.
	RepeatHours int `json:"repeatHours,omitempty"`
	// Marking is the set of ways in which generated content is marked: MarkVisible, MarkMachineReadable; empty for none.
	Marking []string `json:"marking,omitempty"`
}

// Handoff describes how a person reaches a human.
type Handoff struct {
	// URL opens the human channel (http or https); empty when there is only a contact.
	URL string `json:"url,omitempty"`
	// Mode is the kind of handoff, lower-case words with dashes, for example `on-request`. Clients receive it unchanged.
	Mode string `json:"mode,omitempty"`
	// MaxWaitSeconds is the promised longest wait, 0 (no promise) to 86400.
	MaxWaitSeconds int `json:"maxWaitSeconds,omitempty"`
	// Contact is the public telephone number or address of a desk, not of a private person: at most 256 bytes.
	Contact string `json:"contact,omitempty"`
	// Unavailable means that the law wants people to reach a human, and nobody answers at URL: the sidecar begins no conversation, goes on with
	// those that have begun, and gives people the contact instead of the URL.
	Unavailable bool `json:"unavailable,omitempty"`
}

// Oversight says when the sidecar turns from the chatbot to a human, and what the desk gets.
type Oversight struct {
	// CrisisContact is the public telephone number or URL for people in danger, of at most 1280 bytes; "" if danger is not looked for.
	CrisisContact string `json:"crisisContact,omitempty"`
	// AfterFailures is the number of failed answers of a conversation in a row after which it is handed over; 0 for never. At most 100.
	AfterFailures int `json:"afterFailures,omitempty"`
	// HandoffByApp means that the app itself hands conversations over: the sidecar does so only for a suspended chatbot and in danger.
	HandoffByApp bool `json:"handoffByApp,omitempty"`
	// WithoutTranscript means that the desk gets no text, because only the app knows whether people agree to the recording.
	WithoutTranscript bool `json:"withoutTranscript,omitempty"`
}

// Modes of a Handoff.
const (
	// HandoffNone means that no human can be reached, and HandoffContact that people learn a contact.
	HandoffNone    = "none"
	HandoffContact = "contact-offered"
)

// WithoutDeadEnd returns the handoff without the URL if nobody answers there. h may be nil.
func (h *Handoff) WithoutDeadEnd() *Handoff {
	if h == nil || !h.Unavailable {
		return h
	}
	reachable := *h
	reachable.URL = ""
	return &reachable
}

// Consent is what the question says about the deployer. Each text is in UTF-8 without control characters, and may be empty.
type Consent struct {
	// Name is the name of the deployer, of at most 1024 bytes.
	Name string `json:"name,omitempty"`
	// Contact is the public address or telephone number of the deployer, of at most 1280 bytes.
	Contact string `json:"contact,omitempty"`
	// Purpose is what the chatbot is for, of at most MaxPurposeBytes.
	Purpose string `json:"purpose,omitempty"`
	// ReceiptKey has the sidecar issue and take receipts of consent, with the key in the file contract.SidecarReceiptKey. It is the name of the
	// Secret and its key, `name/key`, so that a sidecar with the file of another one counts as out of date; "" for no receipts.
	ReceiptKey string `json:"receiptKey,omitempty"`
}

// MaxPurposeBytes is the length of the longest Consent.Purpose: a long question is not read.
const MaxPurposeBytes = 512

// Notice holds links to what the law lets people see and do. Each is an http or https URL, or empty.
type Notice struct {
	// PrivacyNoticeURL is the privacy notice.
	PrivacyNoticeURL string `json:"privacyNoticeURL,omitempty"`
	// TermsURL is the terms of the contract.
	TermsURL string `json:"termsURL,omitempty"`
	// WithdrawalURL is where a person withdraws consent or withdraws from a contract.
	WithdrawalURL string `json:"withdrawalURL,omitempty"`
}

// Limits bound one exchange.
type Limits struct {
	// RequestBytes is the largest request body: 1 KiB to 16 MiB, 0 means DefaultRequestBytes.
	RequestBytes int64 `json:"requestBytes,omitempty"`
	// ResponseBytes is the largest answer that is not streamed: 1 KiB to 64 MiB, 0 means DefaultResponseBytes.
	ResponseBytes int64 `json:"responseBytes,omitempty"`
	// FirstByteSeconds is the longest wait for the upstream's response header: 1 to 900, 0 means DefaultFirstByteSeconds.
	FirstByteSeconds int `json:"firstByteSeconds,omitempty"`
	// IdleSeconds is the longest pause inside a streamed answer, and the longest time in which the body of another answer arrives: 1 to
	// 900, 0 means DefaultIdleSeconds.
	IdleSeconds int `json:"idleSeconds,omitempty"`
	// ConversationMessagesPerMinute and CallerMessagesPerMinute bound the messages that people send in a minute in one conversation, and from
	// one address: 0 (no limit) to 6000. ConversationBytesPerMinute and CallerBytesPerMinute bound their bytes: 1 KiB to 1 GiB, 0 means no limit.
	ConversationMessagesPerMinute int   `json:"conversationMessagesPerMinute,omitempty"`
	ConversationBytesPerMinute    int64 `json:"conversationBytesPerMinute,omitempty"`
	CallerMessagesPerMinute       int   `json:"callerMessagesPerMinute,omitempty"`
	CallerBytesPerMinute          int64 `json:"callerBytesPerMinute,omitempty"`
}

// HasPace reports whether messages may come too fast.
func (l Limits) HasPace() bool {
	return l.ConversationMessagesPerMinute+l.CallerMessagesPerMinute > 0 || l.ConversationBytesPerMinute+l.CallerBytesPerMinute > 0
}

// OrDefaults returns the limits with every zero field replaced by its default.
func (l Limits) OrDefaults() Limits {
	if l.RequestBytes == 0 {
		l.RequestBytes = DefaultRequestBytes
	}
	if l.ResponseBytes == 0 {
		l.ResponseBytes = DefaultResponseBytes
	}
	if l.FirstByteSeconds == 0 {
		l.FirstByteSeconds = DefaultFirstByteSeconds
	}
	if l.IdleSeconds == 0 {
		l.IdleSeconds = DefaultIdleSeconds
	}
	return l
}

// Detectors returns the detector names that Config.Redact may hold, sorted.
func Detectors() []string {
	return []string{DetectEmail, DetectIBAN, DetectNationalID, DetectPaymentCard, DetectPhone}
}

// detectorsOf has, for each category of personal data that declarations and law name, the detectors that find it. For bank accounts it has
// that for IBANs: national account numbers cannot be told from other digits.
var detectorsOf = map[string][]string{
	"email":        {DetectEmail},
	"phone":        {DetectPhone},
	"payment-card": {DetectPaymentCard},
	"iban":         {DetectIBAN},
	"bank-account": {DetectIBAN},
	"national-id":  {DetectNationalID},
}

// DetectorsOf returns the detectors that find a category of personal data; none if no detector does.
func DetectorsOf(category string) []string { return detectorsOf[category] }

// Placements returns the values that Disclose.Placements may hold, sorted.
func Placements() []string {
	return []string{PlaceBeforeFirstMessage, PlaceEveryMessage, PlaceFirstMessage, PlaceHeader}
}

// Markings returns the values that Disclose.Marking may hold, sorted.
func Markings() []string {
	return []string{MarkMachineReadable, MarkVisible}
}
