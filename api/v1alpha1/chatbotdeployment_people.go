package v1alpha1

// Disclosure says how people learn that they talk to an AI system.
type Disclosure struct {
	// statements are the texts by language (BCP 47 tag to text of 1 to 1024 characters). Unset: a built-in statement is used.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8}){0,4}$'))",message="spec.disclosure.statements: every key must be a BCP 47 language tag such as \"en\" or \"de\""
	Statements map[string]Statement `json:"statements,omitempty"`
	// says lists what the statements tell people.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=9
	Says []StatementContent `json:"says,omitempty"`
	// placements are where the statement is given.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=4
	Placements []Placement `json:"placements,omitempty"`
	// repeatHours is after how many hours of a continuing conversation the statement is given again.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=720
	RepeatHours *int32 `json:"repeatHours,omitempty"`
}

// Consent says on what basis, and with whose consent, personal data is processed.
type Consent struct {
	// lawfulBasis are the bases on which support chats are processed (GDPR Art. 6(1) and its counterparts).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	LawfulBasis []LawfulBasis `json:"lawfulBasis,omitempty"`
	// recording is what is asked before a conversation is recorded.
	// +optional
	Recording RecordingConsent `json:"recording,omitempty"`
	// sensitive is what is asked before sensitive categories are processed.
	// +optional
	Sensitive SensitiveConsent `json:"sensitive,omitempty"`
	// marketing is what is asked before the conversation or its contact data is used for marketing.
	// +optional
	Marketing MarketingConsent `json:"marketing,omitempty"`
	// outbound is what is asked before the chatbot contacts people first.
	// +optional
	Outbound OutboundConsent `json:"outbound,omitempty"`
	// voiceBiometrics is what is asked before voice prints or face geometry are taken.
	// +optional
	VoiceBiometrics BiometricConsent `json:"voiceBiometrics,omitempty"`
	// saleOrSharing is what is asked before personal data is sold or shared for advertising.
	// +optional
	SaleOrSharing SaleConsent `json:"saleOrSharing,omitempty"`
	// honoursOptOutSignal is true when a universal opt-out signal (Sec-GPC) is honoured.
	// +optional
	HonoursOptOutSignal *bool `json:"honoursOptOutSignal,omitempty"`
	// withdrawalURL is where people withdraw consent.
	// +optional
	WithdrawalURL URL `json:"withdrawalURL,omitempty"`
	// privacyNoticeURL is the privacy notice.
	// +optional
	PrivacyNoticeURL URL `json:"privacyNoticeURL,omitempty"`
	// privacyNoticeSays lists what the privacy notice contains.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=21
	PrivacyNoticeSays []NoticeContent `json:"privacyNoticeSays,omitempty"`
}

// PersonalData says which personal data the chatbot handles.
type PersonalData struct {
	// categories that it collects, sensitive ones by the words of the legal data (`health`, `biometric`, …), others freely
	// (`contact`, `order`). An empty list states: none. Unset means undeclared.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Categories []Word `json:"categories,omitzero"`
	// redact lists what is taken out before the model or the store sees it; what the law requires is added by itself.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	Redact []RedactCategory `json:"redact,omitempty"`
	// childProfiling is whether minors are profiled or targeted.
	// +optional
	ChildProfiling ChildProfiling `json:"childProfiling,omitempty"`
}

// Retention says how long what people say is kept, in days (0 to 36525).
type Retention struct {
	// transcriptDays is how long transcripts are kept; 0 means not at all.
	// +optional
	TranscriptDays *Days `json:"transcriptDays,omitempty"`
	// recordingDays is how long voice recordings are kept; 0 means not at all.
	// +optional
	RecordingDays *Days `json:"recordingDays,omitempty"`
	// auditDays is how long logs and evidence of the system's operation are kept.
	// +optional
	AuditDays *Days `json:"auditDays,omitempty"`
	// requestRecordDays is how long records of requests and complaints are kept.
	// +optional
	RequestRecordDays *Days `json:"requestRecordDays,omitempty"`
	// justification says why transcripts are kept longer than usual.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	Justification string `json:"justification,omitempty"`
}

// Residency says where data is stored.
type Residency struct {
	// regions are the values of the node label topology.kubernetes.io/region on which the pods may run.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Regions []RegionName `json:"regions,omitempty"`
	// countries where data is stored (ISO 3166-1 alpha-2).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Countries []CountryCode `json:"countries,omitempty"`
	// localCopy is true when a copy is kept in the country of the customers.
	// +optional
	LocalCopy *bool `json:"localCopy,omitempty"`
}

// Processor is one party that processes personal data on the deployer's behalf.
type Processor struct {
	// name is unique in the list.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name"`
	// host is its DNS name, with an optional port, when the chatbot calls it.
	// +optional
	// +kubebuilder:validation:MaxLength=259
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$`
	Host string `json:"host,omitempty"`
	// country where it processes (ISO 3166-1 alpha-2).
	// +optional
	Country CountryCode `json:"country,omitempty"`
	// agreement is where the contract with it is kept.
	// +optional
	Agreement URL `json:"agreement,omitempty"`
	// agreementSays lists what that contract contains.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=13
	AgreementSays []AgreementContent `json:"agreementSays,omitempty"`
	// transfer lists the grounds on which data goes to it when it is abroad.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=11
	Transfer []TransferMechanism `json:"transfer,omitempty"`
	// trainsOnData is true when it trains models on the conversations. Unset means undeclared.
	// +optional
	TrainsOnData *bool `json:"trainsOnData,omitempty"`
	// breachNoticeHours is within how many hours it reports a breach.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=8784
	BreachNoticeHours *int32 `json:"breachNoticeHours,omitempty"`
}

// Rights says how requests of data subjects are taken and answered.
type Rights struct {
	// contact for requests: an e-mail address or URL of the organisation.
	// +optional
	Contact Contact `json:"contact,omitempty"`
	// requests that are taken.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=15
	Requests []RightsRequest `json:"requests,omitempty"`
	// acknowledgeDays is within how many days a request is acknowledged.
	// +optional
	AcknowledgeDays *Days `json:"acknowledgeDays,omitempty"`
	// responseDays is within how many days a request is answered.
	// +optional
	ResponseDays *Days `json:"responseDays,omitempty"`
	// appealDays is within how many days an appeal is decided.
	// +optional
	AppealDays *Days `json:"appealDays,omitempty"`
	// complaintDays is within how many days a complaint is resolved.
	// +optional
	ComplaintDays *Days `json:"complaintDays,omitempty"`
}
