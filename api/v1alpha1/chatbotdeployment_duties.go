package v1alpha1

// Oversight declares how humans oversee the chatbot and take over from it.
type Oversight struct {
	// handoff declares how people reach a human. Unset means that they reach one as the law requires, which the team has to see to.
	// +optional
	Handoff *Handoff `json:"handoff,omitempty"`
	// reviewer is the contact of the people who oversee the chatbot and review its decisions: an e-mail address, telephone number or URL.
	// Some laws require one.
	// +optional
	Reviewer Contact `json:"reviewer,omitempty"`
	// significantDecisions declares how far the chatbot automates decisions with legal or similarly significant effects on people. `none`
	// means that it makes no such decisions. Unset means undeclared: then the rules for significant decisions apply.
	// +optional
	SignificantDecisions SignificantDecisions `json:"significantDecisions,omitempty"`
	// crisisContact is the telephone number or URL to which the chatbot refers people in danger, for example `988`. The sidecar answers a
	// message that speaks of danger with it, in place of the chatbot. Some laws require one.
	// +optional
	CrisisContact Contact `json:"crisisContact,omitempty"`
}

// Handoff declares how people reach a human instead of the chatbot.
type Handoff struct {
	// url is the address of the service that takes over the conversation. The sidecar posts a handoff to it (docs/handover.md). Who asks for a
	// human where nothing there takes it gets the contact of the deployer, or this address.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.matches('(?i)^https?://([^/@]*@)?(localhost([:/?#]|$)|127[.]|0[.]0[.]0[.]0|169[.]254[.]|[[](::1?[]]|fe80:))')",message="spec.oversight.handoff.url must not lead to the machine of whoever calls it, where no human answers: it is a loopback or link-local address"
	URL URL `json:"url,omitempty"`
	// mode declares when people can reach a human. Unset means as the law requires.
	// +optional
	Mode HandoffMode `json:"mode,omitempty"`
	// handledBy says who hands a conversation over when a person asks for a human, or when answers fail. `app`: the app does. Unset means
	// `sidecar`, which answers such a message in place of the chatbot. In danger, and for a suspended chatbot, the sidecar does so in any case.
	// +optional
	HandledBy HandledBy `json:"handledBy,omitempty"`
	// afterFailures is the number of failed answers of a conversation in a row after which it is handed over. Unset means never. It counts only
	// where requests say to which conversation they belong. No built-in rule reads this number.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	AfterFailures *int32 `json:"afterFailures,omitempty"`
	// maxWaitSeconds is the longest time in seconds that a person waits for a human. Unset means as the law requires.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=86400
	MaxWaitSeconds *int32 `json:"maxWaitSeconds,omitempty"`
	// withinPercent is the percentage of people, from 0 to 100, who reach a human within maxWaitSeconds. Unset means undeclared.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	WithinPercent *int32 `json:"withinPercent,omitempty"`
	// meanWaitSeconds is the mean time in seconds that people wait for a human. Unset means undeclared.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=86400
	MeanWaitSeconds *int32 `json:"meanWaitSeconds,omitempty"`
	// humanHours is the number of hours a day in which people can reach a human.
	// +optional
	HumanHours *HumanHours `json:"humanHours,omitempty"`
}

// HumanHours is the number of hours, from 0 to 24, in which people can reach a human on each kind of day, in their local time. A kind of day
// that is unset is undeclared.
type HumanHours struct {
	// weekday is the number of hours on each day from Monday to Friday.
	// +optional
	Weekday *HoursPerDay `json:"weekday,omitempty"`
	// saturday is the number of hours on a Saturday.
	// +optional
	Saturday *HoursPerDay `json:"saturday,omitempty"`
	// sunday is the number of hours on a Sunday.
	// +optional
	Sunday *HoursPerDay `json:"sunday,omitempty"`
}

// Fairness declares how the deployer ensures that the chatbot treats people equally.
type Fairness struct {
	// attributes are the attributes of people, such as `age` or `language`, by which the chatbot does not discriminate.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	Attributes []Word `json:"attributes,omitzero"`
	// cohorts are the attributes, such as `language` or `region`, by which the deployer groups people to compare outcomes while the chatbot
	// runs. The sidecar does not do this.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	Cohorts []Word `json:"cohorts,omitzero"`
	// accessibility is the accessibility standard that the chat meets. Unset means undeclared.
	// +optional
	Accessibility Accessibility `json:"accessibility,omitempty"`
	// accessibilityStatementURL is the URL of the statement about how the chat meets accessibility requirements (Directive (EU) 2019/882 Annex
	// V; Directive (EU) 2016/2102 Art. 7).
	// +optional
	AccessibilityStatementURL URL `json:"accessibilityStatementURL,omitempty"`
}

// Accountability names the parties that are responsible for the chatbot. Which parties must be named depends on the law.
type Accountability struct {
	// deployer is the organization that uses the chatbot under its own authority (EU AI Act Art. 3(4)).
	// +optional
	Deployer *NamedParty `json:"deployer,omitempty"`
	// developer is the organization that develops the chatbot (in the EU AI Act Art. 3(3): provider).
	// +optional
	Developer *NamedParty `json:"developer,omitempty"`
	// modelSupplier is the organization that supplies the model of the chatbot.
	// +optional
	ModelSupplier *NamedParty `json:"modelSupplier,omitempty"`
	// dataProtectionOfficer is the contact of the data protection officer (GDPR Art. 37).
	// +optional
	DataProtectionOfficer Contact `json:"dataProtectionOfficer,omitempty"`
	// grievanceOfficer is the contact of the person who handles complaints about personal data, as Indian law requires.
	// +optional
	GrievanceOfficer Contact `json:"grievanceOfficer,omitempty"`
	// localRepresentative is the contact of the representative that a deployer established abroad has in the jurisdiction (GDPR Art. 27).
	// +optional
	LocalRepresentative Contact `json:"localRepresentative,omitempty"`
	// riskOwner is the contact of the person who is responsible for the risks of the chatbot.
	// +optional
	RiskOwner Contact `json:"riskOwner,omitempty"`
	// records are the kinds of documents about the chatbot that the deployer keeps.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	Records []AccountabilityRecord `json:"records,omitzero"`
	// disclosableRecords lists what of the chatbot's work the deployer can produce as evidence when a court orders it (Directive (EU) 2024/2853
	// Art. 9).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=6
	DisclosableRecords []DisclosableRecord `json:"disclosableRecords,omitzero"`
	// registrations are the completed filings and registrations, by their names in the legal data, for example `eu-high-risk-database`. An
	// empty list means none.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Registrations []Word `json:"registrations,omitzero"`
	// establishments lists further places in which the deployer is established, besides deployer.country (ISO 3166-1 alpha-2, or 3166-2 for
	// a part of a country).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Establishments []PlaceCode `json:"establishments,omitzero"`
	// roles lists what the deployer is in the words of laws that bind only some, for example `public-body` or `online-platform`. An empty
	// list means none of those that the legal data names. Unset means undeclared: then a law that turns on a role warns instead of denying.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Roles []Word `json:"roles,omitzero"`
	// staff is the number of people that the deployer employs, as full-time equivalents.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10000000
	Staff *int32 `json:"staff,omitempty"`
	// turnover is the turnover of the deployer's last business year, by currency (ISO 4217): `{EUR: 600000}`. A threshold of law counts
	// only in its own currency. The size class is that of the amount in EUR; without one, other currencies bound it, and it is undeclared
	// only if the bounds are in different classes.
	// +optional
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^[A-Z]{3}$') && self[k] >= 0)",message="spec.accountability.turnover: every key must be a currency code such as \"EUR\", and no amount may be negative"
	Turnover map[string]int64 `json:"turnover,omitempty"`
	// peopleServed is the number of people whose personal data the deployer handles in a year.
	// +optional
	// +kubebuilder:validation:Minimum=0
	PeopleServed *int64 `json:"peopleServed,omitempty"`
	// smallOperator is true if the deployer is below every threshold of size, and no number is declared. It takes effect only with
	// smallOperatorReason. False says that it may be above them. Unset means undeclared.
	// +optional
	SmallOperator *bool `json:"smallOperator,omitempty"`
	// smallOperatorReason states why smallOperator is true (turnover, staff, number of people served).
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:Pattern=`^$|[^\P{L}\x{115F}\x{1160}\x{3164}\x{FFA0}]|\p{N}`
	SmallOperatorReason string `json:"smallOperatorReason,omitempty"`
}

// NamedParty is an organization and its contact.
type NamedParty struct {
	// name is the name of the organization.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`[^\P{L}\x{115F}\x{1160}\x{3164}\x{FFA0}]|\p{N}`
	Name string `json:"name"`
	// contact is the contact of the organization: an e-mail address, telephone number or URL.
	// +optional
	Contact Contact `json:"contact,omitempty"`
	// country is the place in which the organization has its main establishment (ISO 3166-1 alpha-2, or 3166-2 for a part of a country). The
	// law of some places binds only those who are established there, and that of others only those who are not.
	// +optional
	Country PlaceCode `json:"country,omitempty"`
}

// Assessment is one assessment of the chatbot that the deployer has completed.
//
// +kubebuilder:validation:XValidation:rule="!has(self.expires) || !has(self.completed) || self.expires > self.completed",message="spec.assessments[].expires must be after completed"
// +kubebuilder:validation:XValidation:rule="!has(self.completed) || self.completed >= timestamp('2000-01-01T00:00:00Z')",message="spec.assessments[].completed must be in 2000 or later: no chatbot was assessed before"
type Assessment struct {
	// type is the type of the assessment, for example `dpia` (data protection impact assessment) or `bias-audit`.
	// +required
	Type AssessmentType `json:"type"`
	// reference is the URL of the assessment.
	// +optional
	Reference URL `json:"reference,omitempty"`
	// completed is the day on which the assessment was completed (ISO date, UTC). Without it the assessment does not count.
	// +optional
	Completed Date `json:"completed,omitempty"`
	// expires is the last day on which the assessment is valid (ISO date, UTC). Unset means that it is valid until it is older
	// than the law allows.
	// +optional
	Expires Date `json:"expires,omitempty"`
}

// IntellectualProperty declares the rights in the chatbot's model, its training data and its output.
type IntellectualProperty struct {
	// model is the model that the chatbot uses.
	// +optional
	Model *Model `json:"model,omitempty"`
	// trainingData describes the data that the model was trained on, as far as known.
	// +optional
	TrainingData *TrainingData `json:"trainingData,omitempty"`
	// outputRights is the party that holds the rights in the chatbot's answers.
	// +optional
	OutputRights RightsHolder `json:"outputRights,omitempty"`
	// tradeSecretTerms is the URL of the terms that protect trade secrets in conversations.
	// +optional
	TradeSecretTerms URL `json:"tradeSecretTerms,omitempty"`
	// use lists the ways in which the model and its training data are used, of those that a license may restrict. Chaperone checks whether
	// the licenses allow them. An empty list means none. Unset means undeclared: then the licenses must allow every use.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=4
	Use []LicensedUse `json:"use,omitzero"`
	// licenseReview is the URL of a review of the licenses by people. It is needed for licenses that impose duties, and for licenses that
	// the legal data does not contain.
	// +optional
	LicenseReview URL `json:"licenseReview,omitempty"`
	// customerDataOwnership is the party that holds the rights in what customers write.
	// +optional
	CustomerDataOwnership RightsHolder `json:"customerDataOwnership,omitempty"`
}

// Model identifies the model that the chatbot uses.
type Model struct {
	// name is the name of the model.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Name string `json:"name,omitempty"`
	// version is the version of the model.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	Version string `json:"version,omitempty"`
	// license is the license of the model as an SPDX expression (`Apache-2.0`, `MIT OR GPL-2.0-only`). The identifier of a license that is
	// not on the SPDX list begins with LicenseRef- (`LicenseRef-gemma`).
	// +optional
	// +kubebuilder:validation:MaxLength=256
	License string `json:"license,omitempty"`
	// provenance is the URL of the documentation of where the model comes from.
	// +optional
	Provenance URL `json:"provenance,omitempty"`
}

// TrainingData describes the data that the model was trained on.
type TrainingData struct {
	// licenses are the licenses of the data, each as an SPDX expression. The identifier of a license that is not on the SPDX list begins with
	// LicenseRef-.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=256
	Licenses []string `json:"licenses,omitzero"`
	// summary is the URL of the published summary of the training data.
	// +optional
	Summary URL `json:"summary,omitempty"`
	// optOutsHonoured is true if the training left out works whose right holders had opted out of text and data mining (Directive (EU)
	// 2019/790 Art. 4(3)).
	// +optional
	OptOutsHonoured *bool `json:"optOutsHonoured,omitempty"`
}

// Contract declares the contract terms that apply to the people who use the chatbot.
type Contract struct {
	// termsURL is the URL of the terms.
	// +optional
	TermsURL URL `json:"termsURL,omitempty"`
	// termsVersion is the version of the terms.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	TermsVersion string `json:"termsVersion,omitempty"`
	// termsSay lists what the terms contain. Chaperone compares it with what the law requires.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=12
	TermsSay []TermsContent `json:"termsSay,omitzero"`
	// excludes lists the kinds of liability that the terms exclude. An empty list means none. Unset means undeclared.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=5
	Excludes []ExcludedLiability `json:"excludes,omitzero"`
	// withdrawalURL is the URL of the page on which people withdraw from the contract or cancel it. The sidecar links to it, unless
	// spec.consent.withdrawalURL is set: it then links to that page only.
	// +optional
	WithdrawalURL URL `json:"withdrawalURL,omitempty"`
	// withdrawalSays lists what people find where they withdraw from the contract or cancel it. Chaperone compares it with what the law
	// requires.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=6
	WithdrawalSays []WithdrawalContent `json:"withdrawalSays,omitzero"`
	// refundDays is the number of days within which money is paid back to which people have a right. Unset means undeclared.
	// +optional
	RefundDays *Days `json:"refundDays,omitempty"`
	// disclaims lists what the terms say about the chatbot's answers that some law does not let them say. An empty list means none. Unset
	// means undeclared.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=2
	Disclaims []Disclaimer `json:"disclaims,omitzero"`
	// answersChecked lists the checks of the chatbot's answers. An empty list means none. Unset means undeclared.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=2
	AnswersChecked []AnswerCheck `json:"answersChecked,omitzero"`
	// liabilityNotice maps a language (BCP 47 tag) to a text about the liability for what the chatbot says, of 1 to 1024 characters.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(key, size(key) <= 63)",message="spec.contract.liabilityNotice: a key has at most 63 characters"
	LiabilityNotice map[string]Statement `json:"liabilityNotice,omitempty"`
}

// Security declares the security controls that are in place.
type Security struct {
	// encryptionInTransit is true if every connection that carries conversations is encrypted.
	// +optional
	EncryptionInTransit *bool `json:"encryptionInTransit,omitempty"`
	// encryptionAtRest is true if stored conversations are encrypted.
	// +optional
	EncryptionAtRest *bool `json:"encryptionAtRest,omitempty"`
	// controls are the other security controls that are in place. Chaperone compares them with those that the law requires.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=13
	Controls []SecurityControl `json:"controls,omitzero"`
	// incidentPlan is the URL of the plan for security incidents.
	// +optional
	IncidentPlan URL `json:"incidentPlan,omitempty"`
	// incidentContact is the contact that is alerted at once of a security incident: an e-mail address, telephone number or URL.
	// +optional
	IncidentContact Contact `json:"incidentContact,omitempty"`
}

// ExchangeLimits bound one exchange through the sidecar. A request, and the texts of an answer, cannot exceed a thirty-second of the sidecar's
// memory, which is 4 MiB of the 128 MiB that an injected sidecar has. A whole answer cannot exceed a sixteenth, which is 8 MiB.
type ExchangeLimits struct {
	// requestBytes is the largest body of a request, in bytes. The sidecar refuses a larger one with status 413. Unset means the
	// value of the shape, or else 1048576.
	// +optional
	// +kubebuilder:validation:Minimum=1024
	// +kubebuilder:validation:Maximum=16777216
	RequestBytes int64 `json:"requestBytes,omitempty"`
	// responseBytes is the largest answer that is not streamed, in bytes. The sidecar refuses a larger one with status 502. Streamed
	// answers may be longer. Unset means the value of the shape, or else 4194304.
	// +optional
	// +kubebuilder:validation:Minimum=1024
	// +kubebuilder:validation:Maximum=67108864
	ResponseBytes int64 `json:"responseBytes,omitempty"`
	// firstByteSeconds is the longest wait for the header of the answer, for example while a model thinks. The sidecar then responds with
	// status 504. Unset means 120.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=900
	FirstByteSeconds int32 `json:"firstByteSeconds,omitempty"`
	// idleSeconds is the longest pause inside a streamed answer, the longest time in which another answer arrives, and the longest time for
	// which a client may stop reading. The sidecar then ends the exchange. Unset means 60.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=900
	IdleSeconds int32 `json:"idleSeconds,omitempty"`
	// conversationMessagesPerMinute is how many messages of people each pod takes in a minute in one conversation. It refuses further ones with
	// status 429. It holds where requests name the conversation, as those of a socket do. Unset means any number.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=6000
	ConversationMessagesPerMinute int32 `json:"conversationMessagesPerMinute,omitempty"`
	// conversationBytesPerMinute is how many bytes these messages have in a minute. Requests that repeat the conversation count as a whole. Unset
	// means any number.
	// +optional
	// +kubebuilder:validation:Minimum=1024
	// +kubebuilder:validation:Maximum=1073741824
	ConversationBytesPerMinute int64 `json:"conversationBytesPerMinute,omitempty"`
	// callerMessagesPerMinute is how many messages of people each pod takes in a minute from one address: the last one in the header
	// X-Forwarded-For, or else that of the connection. Leave it unset if a program calls the chatbot for many people, or if no proxy in front of the
	// pod writes this header. Unset means any number.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=6000
	CallerMessagesPerMinute int32 `json:"callerMessagesPerMinute,omitempty"`
	// callerBytesPerMinute is how many bytes these messages have in a minute. Unset means any number.
	// +optional
	// +kubebuilder:validation:Minimum=1024
	// +kubebuilder:validation:Maximum=1073741824
	CallerBytesPerMinute int64 `json:"callerBytesPerMinute,omitempty"`
}
