package v1alpha1

// Disclosure is how people learn that they talk to an AI system.
type Disclosure struct {
	// statements map a language (BCP 47 tag) to a text of 1 to 1024 characters. When unset, Chaperone uses a built-in statement.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8}){0,4}$'))",message="spec.disclosure.statements: every key must be a BCP 47 language tag such as \"en\" or \"de\""
	Statements map[string]Statement `json:"statements,omitempty"`
	// says lists what the statements contain.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=9
	Says []StatementContent `json:"says,omitempty"`
	// placements are where people see the statement.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=4
	Placements []Placement `json:"placements,omitempty"`
	// repeatHours is the number of hours after which a continuing conversation shows the statement again.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=720
	RepeatHours *int32 `json:"repeatHours,omitempty"`
}

// Consent states the legal basis and the consent for processing personal data.
type Consent struct {
	// lawfulBasis lists the legal bases for processing conversations (GDPR Art. 6(1) and its counterparts).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	LawfulBasis []LawfulBasis `json:"lawfulBasis,omitempty"`
	// recording is the consent obtained before a conversation is recorded.
	// +optional
	Recording RecordingConsent `json:"recording,omitempty"`
	// sensitive is the consent obtained before sensitive categories are processed.
	// +optional
	Sensitive SensitiveConsent `json:"sensitive,omitempty"`
	// marketing is the consent obtained before the conversation or its contact data is used for marketing.
	// +optional
	Marketing MarketingConsent `json:"marketing,omitempty"`
	// outbound is the consent obtained before the chatbot contacts people first.
	// +optional
	Outbound OutboundConsent `json:"outbound,omitempty"`
	// voiceBiometrics is the consent obtained before voice prints or face geometry are captured.
	// +optional
	VoiceBiometrics BiometricConsent `json:"voiceBiometrics,omitempty"`
	// saleOrSharing is the consent obtained before personal data is sold or shared for advertising.
	// +optional
	SaleOrSharing SaleConsent `json:"saleOrSharing,omitempty"`
	// honoursOptOutSignal is true when the chatbot honors a universal opt-out signal (Sec-GPC).
	// +optional
	HonoursOptOutSignal *bool `json:"honoursOptOutSignal,omitempty"`
	// withdrawalURL is the page on which people withdraw consent.
	// +optional
	WithdrawalURL URL `json:"withdrawalURL,omitempty"`
	// privacyNoticeURL is the address of the privacy notice.
	// +optional
	PrivacyNoticeURL URL `json:"privacyNoticeURL,omitempty"`
	// privacyNoticeSays lists what the privacy notice contains.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=21
	PrivacyNoticeSays []NoticeContent `json:"privacyNoticeSays,omitempty"`
}

// PersonalData describes the personal data that the chatbot handles.
type PersonalData struct {
	// categories are the categories of data that the chatbot collects: sensitive ones by the words of the legal data (`health`,
	// `biometric`, …), others by any word (`contact`, `order`). An empty list means none. Unset means undeclared.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Categories []Word `json:"categories,omitzero"`
	// redact lists the categories that the sidecar redacts from messages. Chaperone adds what the law requires.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	Redact []RedactCategory `json:"redact,omitempty"`
	// childProfiling states whether minors are profiled or targeted.
	// +optional
	ChildProfiling ChildProfiling `json:"childProfiling,omitempty"`
}

// Retention states how long conversations and records are kept, in days (0 to 36525).
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
	// justification is the reason for keeping transcripts longer than usual.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	Justification string `json:"justification,omitempty"`
}

// Residency states where data is stored.
type Residency struct {
	// regions are the regions in which the pods may run (values of the node label topology.kubernetes.io/region).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Regions []RegionName `json:"regions,omitempty"`
	// countries are the countries in which data is stored (ISO 3166-1 alpha-2).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Countries []CountryCode `json:"countries,omitempty"`
	// localCopy is true when a copy is kept in the country of the customers.
	// +optional
	LocalCopy *bool `json:"localCopy,omitempty"`
}

// Processor is a party that processes personal data on behalf of the deployer.
type Processor struct {
	// name is unique in the list.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name"`
	// host is the DNS name of the processor, with an optional port. Set it when the chatbot calls the processor.
	// +optional
	// +kubebuilder:validation:MaxLength=259
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$`
	Host string `json:"host,omitempty"`
	// country is where the processor processes data (ISO 3166-1 alpha-2).
	// +optional
	Country CountryCode `json:"country,omitempty"`
	// agreement is the address of the contract with the processor.
	// +optional
	Agreement URL `json:"agreement,omitempty"`
	// agreementSays lists what the contract contains.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=13
	AgreementSays []AgreementContent `json:"agreementSays,omitempty"`
	// transfer lists the grounds for transferring data to a processor abroad.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=11
	Transfer []TransferMechanism `json:"transfer,omitempty"`
	// trainsOnData is true when the processor trains models on the conversations. Unset means undeclared.
	// +optional
	TrainsOnData *bool `json:"trainsOnData,omitempty"`
	// breachNoticeHours is the number of hours within which the processor reports a breach.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=8784
	BreachNoticeHours *int32 `json:"breachNoticeHours,omitempty"`
}

// Rights states how requests of data subjects are received and answered.
type Rights struct {
	// contact is where people send requests: an e-mail address or URL of the organisation.
	// +optional
	Contact Contact `json:"contact,omitempty"`
	// requests are the kinds of requests that people can make.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=15
	Requests []RightsRequest `json:"requests,omitempty"`
	// acknowledgeDays is the number of days within which a request is acknowledged.
	// +optional
	AcknowledgeDays *Days `json:"acknowledgeDays,omitempty"`
	// responseDays is the number of days within which a request is answered.
	// +optional
	ResponseDays *Days `json:"responseDays,omitempty"`
	// appealDays is the number of days within which an appeal is decided.
	// +optional
	AppealDays *Days `json:"appealDays,omitempty"`
	// complaintDays is the number of days within which a complaint is resolved.
	// +optional
	ComplaintDays *Days `json:"complaintDays,omitempty"`
}
