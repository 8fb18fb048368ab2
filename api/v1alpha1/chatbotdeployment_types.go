package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ChatbotDeployment declares one AI chatbot: who runs it, where its customers are, what it tells them, and how long it keeps
// what they say. Chaperone decides what the law requires of it and governs the pods that its selector matches.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=chatbotdeployments,shortName=cbd,scope=Namespaced,categories=chaperone
// +kubebuilder:printcolumn:name="Jurisdictions",type=string,JSONPath=`.status.jurisdictions`
// +kubebuilder:printcolumn:name="Outcome",type=string,JSONPath=`.status.outcome`
// +kubebuilder:printcolumn:name="Findings",type=integer,JSONPath=`.status.findingsTotal`
// +kubebuilder:printcolumn:name="Governed",type=string,JSONPath=`.status.workloads.summary`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Revision",type=string,JSONPath=`.status.policyRevision`,priority=1
// +kubebuilder:printcolumn:name="Next evaluation",type=string,JSONPath=`.status.nextEvaluation`,priority=1
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$') && size(self.metadata.name) <= 52",message="metadata.name must be a DNS label of at most 52 characters: it is used as a label value and as the suffix of object names"
type ChatbotDeployment struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what the team states about the chatbot.
	// +required
	Spec ChatbotDeploymentSpec `json:"spec"`
	// status is what Chaperone found and did; users never write it.
	// +optional
	Status ChatbotDeploymentStatus `json:"status,omitempty"`
}

// ChatbotDeploymentList is a list of ChatbotDeployments.
//
// +kubebuilder:object:root=true
type ChatbotDeploymentList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ChatbotDeployment `json:"items"`
}

// ChatbotDeploymentSpec is what the team states about the chatbot. What the sidecar carries out need not be declared: it is
// configured with what the law requires. Only what people alone can answer has to be.
type ChatbotDeploymentSpec struct {
	// selector matches the pods of the chatbot in this namespace by their labels. It must not be empty, and must not overlap
	// with the selector of another ChatbotDeployment.
	// +required
	// +kubebuilder:validation:XValidation:rule="(has(self.matchLabels) && size(self.matchLabels) > 0) || (has(self.matchExpressions) && size(self.matchExpressions) > 0)",message="spec.selector must have matchLabels or matchExpressions: an empty selector would govern every pod of the namespace"
	Selector metav1.LabelSelector `json:"selector"`

	// ports are the named container ports through which people reach the chatbot. The sidecar takes them over.
	// +required
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=10
	Ports []ChatPort `json:"ports"`

	// purpose says what the chatbot is for.
	// +required
	Purpose Purpose `json:"purpose"`

	// channels are the ways in which people reach the chatbot.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=5
	Channels []Channel `json:"channels"`

	// jurisdictions are the codes of the places where the customers are: ISO 3166-1 alpha-2 in lower case (`de`), ISO 3166-2 for
	// parts (`us-ca`), `eu` for the Union. A part brings its parents with it.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Jurisdictions []Code `json:"jurisdictions"`

	// sectors are the codes of the regulated sectors that the chatbot serves, for example `retail`, `payments`. An empty list
	// states: none. Unset means undeclared: what the law of a place asks of certain sectors only then applies.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	Sectors []Code `json:"sectors,omitzero"`

	// riskClass is the operator's own classification, in the words of the EU AI Act (Regulation (EU) 2024/1689). Unset means
	// undeclared: rules for every class then apply.
	// +optional
	RiskClass RiskClass `json:"riskClass,omitempty"`

	// audience says whom the chatbot talks to.
	// +optional
	Audience *Audience `json:"audience,omitempty"`
	// disclosure says how people learn that they talk to an AI system.
	// +optional
	Disclosure *Disclosure `json:"disclosure,omitempty"`
	// consent says on what basis, and with whose consent, personal data is processed.
	// +optional
	Consent *Consent `json:"consent,omitempty"`
	// personalData says which personal data the chatbot handles.
	// +optional
	PersonalData *PersonalData `json:"personalData,omitempty"`
	// retention says how long what people say is kept.
	// +optional
	Retention *Retention `json:"retention,omitempty"`
	// residency says where data is stored.
	// +optional
	Residency *Residency `json:"residency,omitempty"`
	// processors are the parties that process personal data on the deployer's behalf, model vendors above all.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	Processors []Processor `json:"processors,omitempty"`
	// rights says how requests of data subjects are taken and answered.
	// +optional
	Rights *Rights `json:"rights,omitempty"`
	// oversight says how humans watch over the chatbot and take over.
	// +optional
	Oversight *Oversight `json:"oversight,omitempty"`
	// fairness says how equal treatment is looked after.
	// +optional
	Fairness *Fairness `json:"fairness,omitempty"`
	// accountability names who answers for the chatbot.
	// +optional
	Accountability *Accountability `json:"accountability,omitempty"`
	// assessments are the assessments that were made, one entry per type.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Assessments []Assessment `json:"assessments,omitempty"`
	// intellectualProperty says which rights the model and its training data rest on.
	// +optional
	IntellectualProperty *IntellectualProperty `json:"intellectualProperty,omitempty"`
	// contract says what the terms towards consumers contain.
	// +optional
	Contract *Contract `json:"contract,omitempty"`
	// security says which controls are in place.
	// +optional
	Security *Security `json:"security,omitempty"`

	// enforcement is what a finding that denies does: Deny refuses the object, Quarantine lets humans answer only, Warn and
	// Audit report. Unset means Deny.
	// +optional
	Enforcement Enforcement `json:"enforcement,omitempty"`
	// suspended is the kill switch: while true, only humans answer.
	// +optional
	Suspended bool `json:"suspended,omitempty"`
}

// ChatPort is one named container port of the chatbot.
type ChatPort struct {
	// name is the name of a container port of the governed pods (IANA service name, RFC 6335 section 5.1).
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=15
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:XValidation:rule="!self.startsWith('chaperone')",message="spec.ports[].name must not begin with the reserved prefix \"chaperone\""
	Name string `json:"name"`
	// api is the shape of the messages. A message of another shape is refused, never passed unread.
	// +required
	API ChatAPI `json:"api"`
	// path is the HTTP path of the chat endpoint.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^/[A-Za-z0-9._~/-]*$`
	Path string `json:"path"`
}

// Purpose says what the chatbot is for.
type Purpose struct {
	// kinds are the purposes, from the closed list that legal conditions read.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=9
	Kinds []PurposeKind `json:"kinds"`
	// description says it in one sentence, for people.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Description string `json:"description,omitempty"`
	// outbound is true when the chatbot contacts people first. Unset means undeclared: rules for outbound contact then apply.
	// +optional
	Outbound *bool `json:"outbound,omitempty"`
	// generatesMedia is true when it produces audio, images, video or published text. Unset means undeclared.
	// +optional
	GeneratesMedia *bool `json:"generatesMedia,omitempty"`
	// practices lists what the chatbot does that law may prohibit. An empty list states: none. Unset means undeclared.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=15
	Practices []Practice `json:"practices,omitzero"`
}

// Audience says whom the chatbot talks to.
type Audience struct {
	// minimumAge of the people it serves, in years.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=120
	MinimumAge *int32 `json:"minimumAge,omitempty"`
	// ageAssurance is how age is established.
	// +optional
	AgeAssurance AgeAssurance `json:"ageAssurance,omitempty"`
	// languages of the people it serves (BCP 47).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Languages []LanguageTag `json:"languages,omitempty"`
}

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

// Oversight says how humans watch over the chatbot and take over.
type Oversight struct {
	// handoff is how people reach a human.
	// +optional
	Handoff *Handoff `json:"handoff,omitempty"`
	// reviewer is the contact of the people who oversee the system and review decisions.
	// +optional
	Reviewer Contact `json:"reviewer,omitempty"`
	// significantDecisions says how far decisions with significant effects are automated; `none`: it takes no such decisions.
	// +optional
	SignificantDecisions SignificantDecisions `json:"significantDecisions,omitempty"`
	// crisisContact is the number or URL to which people in danger are referred.
	// +optional
	CrisisContact Contact `json:"crisisContact,omitempty"`
}

// Handoff is how people reach a human instead of the bot.
type Handoff struct {
	// url receives the handoff.
	// +optional
	URL URL `json:"url,omitempty"`
	// mode is when a human can be reached.
	// +optional
	Mode HandoffMode `json:"mode,omitempty"`
	// afterFailures is after how many failed answers a human is offered.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	AfterFailures *int32 `json:"afterFailures,omitempty"`
	// maxWaitSeconds is within how many seconds the human is reached.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=86400
	MaxWaitSeconds *int32 `json:"maxWaitSeconds,omitempty"`
}

// Fairness says how equal treatment is looked after.
type Fairness struct {
	// attributes on which nobody is treated worse.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	Attributes []Word `json:"attributes,omitempty"`
	// cohorts by which outcomes are compared while running.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	Cohorts []Word `json:"cohorts,omitempty"`
	// accessibility standard that the chat meets.
	// +optional
	Accessibility Accessibility `json:"accessibility,omitempty"`
}

// Accountability names who answers for the chatbot.
type Accountability struct {
	// deployer is who uses the system under its own authority (EU AI Act Art. 3(4)).
	// +optional
	Deployer *NamedParty `json:"deployer,omitempty"`
	// developer is who develops the system (EU AI Act Art. 3(3): provider).
	// +optional
	Developer *NamedParty `json:"developer,omitempty"`
	// modelSupplier is who supplies the model.
	// +optional
	ModelSupplier *NamedParty `json:"modelSupplier,omitempty"`
	// dataProtectionOfficer is the officer's contact (GDPR Art. 37).
	// +optional
	DataProtectionOfficer Contact `json:"dataProtectionOfficer,omitempty"`
	// grievanceOfficer is the officer's contact.
	// +optional
	GrievanceOfficer Contact `json:"grievanceOfficer,omitempty"`
	// localRepresentative is the contact of the representative in the jurisdiction (GDPR Art. 27).
	// +optional
	LocalRepresentative Contact `json:"localRepresentative,omitempty"`
	// riskOwner is the contact of who owns the system's risks.
	// +optional
	RiskOwner Contact `json:"riskOwner,omitempty"`
	// records are the documents that exist.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	Records []AccountabilityRecord `json:"records,omitempty"`
	// registrations are the filings that exist, by the free names of the legal data.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	Registrations []Word `json:"registrations,omitzero"`
	// smallOperator is true when the operator is below the thresholds of rules for large operators; say why in
	// smallOperatorReason.
	// +optional
	SmallOperator *bool `json:"smallOperator,omitempty"`
	// smallOperatorReason says why smallOperator holds (turnover, staff, people served); it is shown in reports.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	SmallOperatorReason string `json:"smallOperatorReason,omitempty"`
}

// NamedParty is an organisation with a contact.
type NamedParty struct {
	// name of the organisation.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Name string `json:"name"`
	// contact: an e-mail address or URL of the organisation.
	// +optional
	Contact Contact `json:"contact,omitempty"`
}

// Assessment is one assessment that was made.
//
// +kubebuilder:validation:XValidation:rule="!has(self.expires) || !has(self.completed) || self.expires > self.completed",message="spec.assessments[].expires must be after completed"
type Assessment struct {
	// type of the assessment.
	// +required
	Type AssessmentType `json:"type"`
	// reference is where it is kept.
	// +optional
	Reference URL `json:"reference,omitempty"`
	// completed is the day on which it was completed (ISO date).
	// +optional
	Completed Date `json:"completed,omitempty"`
	// expires is the last day on which it counts (ISO date).
	// +optional
	Expires Date `json:"expires,omitempty"`
}

// IntellectualProperty says which rights the model and its training data rest on.
type IntellectualProperty struct {
	// model is the model in use.
	// +optional
	Model *Model `json:"model,omitempty"`
	// trainingData is what the model was trained on, as far as known.
	// +optional
	TrainingData *TrainingData `json:"trainingData,omitempty"`
	// outputRights is who holds the rights in answers.
	// +optional
	OutputRights RightsHolder `json:"outputRights,omitempty"`
	// tradeSecretTerms is where the terms on trade secrets are kept.
	// +optional
	TradeSecretTerms URL `json:"tradeSecretTerms,omitempty"`
	// customerDataOwnership is who owns what customers type in.
	// +optional
	CustomerDataOwnership RightsHolder `json:"customerDataOwnership,omitempty"`
}

// Model is the model in use.
type Model struct {
	// name of the model.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Name string `json:"name,omitempty"`
	// version of the model.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	Version string `json:"version,omitempty"`
	// license: SPDX identifier, or the name of the vendor's terms.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	License string `json:"license,omitempty"`
	// provenance is where its origin is documented.
	// +optional
	Provenance URL `json:"provenance,omitempty"`
}

// TrainingData is what the model was trained on.
type TrainingData struct {
	// licenses of the data: SPDX identifiers or names of terms.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=256
	Licenses []string `json:"licenses,omitempty"`
	// summary is where the summary of the training data is published.
	// +optional
	Summary URL `json:"summary,omitempty"`
	// optOutsHonoured is true when reservations of rights were honoured (Directive (EU) 2019/790 Art. 4(3)).
	// +optional
	OptOutsHonoured *bool `json:"optOutsHonoured,omitempty"`
}

// Contract says what the terms towards consumers contain.
type Contract struct {
	// termsURL is where the terms are shown.
	// +optional
	TermsURL URL `json:"termsURL,omitempty"`
	// termsVersion is the version shown.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	TermsVersion string `json:"termsVersion,omitempty"`
	// termsSay lists what the terms contain.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=12
	TermsSay []TermsContent `json:"termsSay,omitempty"`
	// excludes lists the liability that the terms exclude. An empty list states: none. Unset means undeclared.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=5
	Excludes []ExcludedLiability `json:"excludes,omitzero"`
	// withdrawalURL is the online function to withdraw or cancel.
	// +optional
	WithdrawalURL URL `json:"withdrawalURL,omitempty"`
	// liabilityNotice is the text on who answers for the bot's statements, by language.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	LiabilityNotice map[string]Statement `json:"liabilityNotice,omitempty"`
}

// Security says which controls are in place.
type Security struct {
	// encryptionInTransit is true when every hop is encrypted.
	// +optional
	EncryptionInTransit *bool `json:"encryptionInTransit,omitempty"`
	// encryptionAtRest is true when stored data is encrypted.
	// +optional
	EncryptionAtRest *bool `json:"encryptionAtRest,omitempty"`
	// controls lists further controls.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=13
	Controls []SecurityControl `json:"controls,omitempty"`
	// incidentPlan is where the plan is kept.
	// +optional
	IncidentPlan URL `json:"incidentPlan,omitempty"`
	// incidentContact: an e-mail address or URL of the organisation.
	// +optional
	IncidentContact Contact `json:"incidentContact,omitempty"`
}
