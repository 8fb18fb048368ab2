package v1alpha1

// Disclosure declares how people learn that they talk to an AI system. The sidecar shows the statement as the law requires, even where it is
// not declared.
type Disclosure struct {
	// statements maps a language (BCP 47 tag) to the statement in this language, a text of 1 to 1024 characters. Where the audience or the
	// law names a language without a statement, the built-in one is added, if there is one in this language; if that leaves none, the
	// built-in ones in all languages are there, and English stands in for the others.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8}){0,4}$'))",message="spec.disclosure.statements: every key must be a BCP 47 language tag such as \"en\" or \"de\""
	Statements map[string]Statement `json:"statements,omitempty"`
	// says lists what the statements tell people. Reports show what the law wants a statement to contain and this list lacks. A missing or
	// incomplete list changes no outcome. The texts themselves are read for what they may not say.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=9
	Says []StatementContent `json:"says,omitzero"`
	// placements lists when and where the sidecar shows the statement. Chaperone adds the placement that the law requires.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=4
	Placements []Placement `json:"placements,omitzero"`
	// repeatHours is the number of hours after which the sidecar shows the statement again in a continuing conversation. Unset means as often
	// as the law requires.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=720
	RepeatHours *int32 `json:"repeatHours,omitempty"`
	// before maps a kind of notice that people get before something happens to the number of days between the notice and what it is about: 0
	// means before it, on the same day. The kinds: `admt-pre-use` (before automated decision-making is used), `candidate` (to applicants),
	// `workers` (to workers or their representatives), `emotion-recognition` (to people whose emotions are inferred), `recording-announcement`
	// (at the start of a call that is recorded), `profiling`, and `call-monitoring`. A kind that is not listed is not given.
	// +optional
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(key, size(key) <= 63)",message="spec.disclosure.before: a key has at most 63 characters"
	Before map[string]Days `json:"before,omitempty"`
}

// Consent declares the legal basis for processing personal data, and how people consent. Where a kind of consent is unset, the one that the
// law requires applies. The sidecar asks people whether the conversation may be recorded where the law requires that they opt in; the team
// has to obtain all other consent.
type Consent struct {
	// lawfulBasis lists the legal bases for processing conversations (GDPR Art. 6(1) and its counterparts).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	LawfulBasis []LawfulBasis `json:"lawfulBasis,omitempty"`
	// recording is how people consent before a conversation is recorded.
	// +optional
	Recording RecordingConsent `json:"recording,omitempty"`
	// recordingAskedBy says who asks people whether the conversation may be recorded, where the law requires that they opt in. `app`: the app,
	// or the page around it, asks before the first message. Unset means `sidecar`, which answers the first message of a conversation with the
	// question, and passes messages on after a yes.
	// +optional
	RecordingAskedBy AskedBy `json:"recordingAskedBy,omitempty"`
	// receiptKeyRef is a key of a Secret in the namespace of the chatbot, with at least 32 random bytes. With it, the sidecar signs receipts of
	// consent: a client that sends the receipt of the last answer (header Chaperone-Consent-Receipt) need not ask the person again when
	// another pod serves the conversation. Only the sidecar's container gets this key, as a file. When the Secret changes, the sidecar takes
	// the new value, and accepts the previous one for ten minutes. Pods do not start without the key. Unset means no receipts.
	// +optional
	ReceiptKeyRef *SecretKey `json:"receiptKeyRef,omitempty"`
	// sensitive is how people consent before sensitive categories of personal data are processed.
	// +optional
	Sensitive SensitiveConsent `json:"sensitive,omitempty"`
	// marketing is how people consent before the conversation or its contact data is used for marketing: `none` if they can neither
	// consent nor object, `own-customers` if they consent, unless they are customers who get offers of similar products and can object each
	// time, `prohibited` if nothing is used for it.
	// +optional
	Marketing MarketingConsent `json:"marketing,omitempty"`
	// outbound is how people consent before the chatbot contacts them first.
	// +optional
	Outbound OutboundConsent `json:"outbound,omitempty"`
	// voiceBiometrics is how people consent before voice prints or face geometry are captured.
	// +optional
	VoiceBiometrics BiometricConsent `json:"voiceBiometrics,omitempty"`
	// saleOrSharing is how people consent before personal data is sold, or shared for advertising.
	// +optional
	SaleOrSharing SaleConsent `json:"saleOrSharing,omitempty"`
	// honoursOptOutSignal is true if the chatbot respects a universal opt-out signal of browsers (Sec-GPC).
	// +optional
	HonoursOptOutSignal *bool `json:"honoursOptOutSignal,omitempty"`
	// withdrawalURL is the URL of the page on which people withdraw consent. The sidecar links to it.
	// +optional
	WithdrawalURL URL `json:"withdrawalURL,omitempty"`
	// privacyNoticeURL is the URL of the privacy notice. The sidecar links to it.
	// +optional
	PrivacyNoticeURL URL `json:"privacyNoticeURL,omitempty"`
	// privacyNoticeSays lists what the privacy notice contains. Chaperone compares it with what the law requires.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=22
	PrivacyNoticeSays []NoticeContent `json:"privacyNoticeSays,omitzero"`
}

// PersonalData declares the personal data that the chatbot handles.
type PersonalData struct {
	// categories lists the categories of personal data that the chatbot collects. Sensitive categories have the names of the legal data
	// (`health`, `biometric`, …); others have any name (`contact`, `order`). An empty list means none. Unset means undeclared: then the rules
	// for sensitive data apply.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Categories []Word `json:"categories,omitzero"`
	// redact lists the categories of data that the sidecar redacts from messages. Chaperone adds the categories that the law requires.
	// Categories for which the sidecar has no detector are not redacted; the condition SidecarConfigured names them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	Redact []RedactCategory `json:"redact,omitzero"`
	// childProfiling declares how people consent before minors are profiled or targeted with advertising; `prohibited` means that this does
	// not happen. Unset means undeclared.
	// +optional
	ChildProfiling ChildProfiling `json:"childProfiling,omitempty"`
}

// Retention declares for how many days (0 to 36525) conversations and records are kept.
type Retention struct {
	// transcriptDays is the number of days for which transcripts are kept. 0 means that they are not kept. Unset means undeclared.
	// +optional
	TranscriptDays *Days `json:"transcriptDays,omitempty"`
	// recordingDays is the number of days for which voice recordings are kept. 0 means that they are not kept.
	// +optional
	RecordingDays *Days `json:"recordingDays,omitempty"`
	// auditDays is the number of days for which logs and evidence of what the chatbot did are kept.
	// +optional
	AuditDays *Days `json:"auditDays,omitempty"`
	// requestRecordDays is the number of days for which records of requests and complaints are kept.
	// +optional
	RequestRecordDays *Days `json:"requestRecordDays,omitempty"`
	// classes maps a class of records, such as `contract` or `call-recording`, to the number of days for which records of this class are kept.
	// Name the classes that conversations belong to: each is held against the shortest and the longest time that the law sets for it. The
	// legal data has the names.
	// +optional
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(key, size(key) <= 63)",message="spec.retention.classes: a key has at most 63 characters"
	Classes map[string]Days `json:"classes,omitempty"`
	// justification states why transcripts are kept for longer than the usual time. A finding that asks for it states the usual time.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^$|[^\P{L}\x{115F}\x{1160}\x{3164}\x{FFA0}]|\p{N}`
	Justification string `json:"justification,omitempty"`
}

// Residency declares where data is stored.
type Residency struct {
	// regions lists the regions in which the pods may run: values of the node label topology.kubernetes.io/region. Empty means any region.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Regions []RegionName `json:"regions,omitempty"`
	// countries lists the places in which data is stored (ISO 3166-1 alpha-2, or 3166-2 for a part of a country, where the law of that part
	// asks). Unset means undeclared: then data counts as stored in any country.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Countries []PlaceCode `json:"countries,omitempty"`
	// localCopy is true if a copy of the data is kept in the country of the customers.
	// +optional
	LocalCopy *bool `json:"localCopy,omitempty"`
}

// Processor is a party that processes personal data on behalf of the deployer.
type Processor struct {
	// name is the name of the processor, unique in the list. It is part of the URL through which the chatbot calls the processor.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name"`
	// host is the DNS name of the processor with an optional port, for example `api.model.example`. Set it if the chatbot calls the processor.
	// The sidecar calls it with the scheme, http or https, of the URL in the chatbot's own environment variable.
	// +optional
	// +kubebuilder:validation:MaxLength=259
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$`
	// +kubebuilder:validation:XValidation:rule="!self.startsWith('169.254.')",message="spec.processors[].host must not be a link-local address: on it, the node or the cloud answers, and no processor"
	Host string `json:"host,omitempty"`
	// shape names the wire format of the calls to the processor. Unset means `openai-chat`. A declaration that names a shape which does not
	// exist is denied.
	// +optional
	Shape ShapeName `json:"shape,omitempty"`
	// parameters are the values of parameters of the shape. A parameter that is not set has the default of the shape, for example the path
	// `/v1/messages` of `anthropic-messages`.
	// +optional
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(key, size(key) <= 63)",message="spec.processors[].parameters: a key has at most 63 characters"
	Parameters map[string]ShapeParameter `json:"parameters,omitempty"`
	// country is the place in which the processor processes data (ISO 3166-1 alpha-2, or 3166-2 for a part of a country, where the law of
	// that part asks). Unset means that it is unknown: then data counts as crossing every border.
	// +optional
	Country PlaceCode `json:"country,omitempty"`
	// agreement is the URL of the contract with the processor.
	// +optional
	Agreement URL `json:"agreement,omitempty"`
	// agreementSays lists what the contract contains. Chaperone compares it with what the law requires.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=13
	AgreementSays []AgreementContent `json:"agreementSays,omitzero"`
	// transfer lists the legal grounds for transferring data to the processor abroad.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=13
	Transfer []TransferMechanism `json:"transfer,omitzero"`
	// certifiedUnder lists the certifications of the processor on which an adequacy decision rests, for example `data-privacy-framework` of a
	// processor in the United States. State it once the public list has been looked up.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	CertifiedUnder []Word `json:"certifiedUnder,omitzero"`
	// trainsOnData is true if the processor trains models on the conversations. Unset means undeclared: then the rules for training apply.
	// +optional
	TrainsOnData *bool `json:"trainsOnData,omitempty"`
	// storesConversations is true if the processor may store what the chatbot sends to it, as the agreement says. Unset means that it may not:
	// then the sidecar asks the processor to store nothing, where its API has a way to say so, and refuses calls that need what was stored,
	// such as those with `previous_response_id` of the OpenAI Responses API.
	// +optional
	StoresConversations bool `json:"storesConversations,omitempty"`
	// privateNetwork is true if the host is a name outside of the cluster that leads to a private address, such as 10.1.2.3, and that the chatbot
	// calls without TLS. With TLS, the certificate says who answers.
	// +optional
	PrivateNetwork bool `json:"privateNetwork,omitempty"`
	// breachNoticeHours is the number of hours within which the processor notifies the deployer of a breach of personal data.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=8784
	BreachNoticeHours *int32 `json:"breachNoticeHours,omitempty"`
}

// OutboundContact declares when and how often the chatbot contacts people first, by calls or messages.
type OutboundContact struct {
	// earliestHour is the first hour of the day, from 0 to 24, at which people are contacted, in the local time of the person: 8 means not
	// before 8:00 (47 CFR 64.1200(c)(1)).
	// +optional
	EarliestHour *HourOfDay `json:"earliestHour,omitempty"`
	// latestHour is the hour of the day, from 0 to 24, from which on people are no longer contacted, in the local time of the person: 21 means
	// not after 21:00.
	// +optional
	LatestHour *HourOfDay `json:"latestHour,omitempty"`
	// maxPerWeek is the largest number of contacts, whether people answer or not, that one person gets in seven days (12 CFR
	// 1006.14(b)(2) for the collection of a debt).
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	MaxPerWeek *int32 `json:"maxPerWeek,omitempty"`
	// registersChecked lists the registers of people who want no calls or messages that are checked before each contact, by their names in
	// the legal data, for example `us-national-do-not-call` or `gb-tps`. An empty list means none.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	RegistersChecked []Word `json:"registersChecked,omitzero"`
}

// Rights declares how the deployer handles requests of people about their data. Where a number of days is unset, the time that the law
// requires applies. The team has to keep to it: the sidecar answers no requests.
type Rights struct {
	// contact is the contact to which people send requests: an e-mail address, telephone number or URL of the organization.
	// +optional
	Contact Contact `json:"contact,omitempty"`
	// requests lists the kinds of requests that people can make. An empty list means none. Unset means those that the law requires.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=15
	Requests []RightsRequest `json:"requests,omitzero"`
	// acknowledgeDays is the number of days within which the deployer acknowledges a request.
	// +optional
	AcknowledgeDays *Days `json:"acknowledgeDays,omitempty"`
	// responseDays is the number of days within which the deployer responds to a request.
	// +optional
	ResponseDays *Days `json:"responseDays,omitempty"`
	// appealDays is the number of days within which the deployer decides an appeal.
	// +optional
	AppealDays *Days `json:"appealDays,omitempty"`
	// complaintDays is the number of days within which the deployer resolves a complaint.
	// +optional
	ComplaintDays *Days `json:"complaintDays,omitempty"`
}
