package v1alpha1

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
	// +kubebuilder:validation:MaxItems=64
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
	// use is what is done with the model and its training data, against which licences are judged. Unset means undeclared and
	// counts as every use; an empty list states: none of them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=4
	Use []LicensedUse `json:"use,omitzero"`
	// licenseReview is where the review of the licences is kept: of the duties that they bring along, and of terms that the legal
	// data does not know.
	// +optional
	LicenseReview URL `json:"licenseReview,omitempty"`
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
	// license: SPDX expression (`Apache-2.0`, `MIT OR GPL-2.0-only`), with LicenseRef- before the name of terms that are on no list
	// (`LicenseRef-gemma`).
	// +optional
	// +kubebuilder:validation:MaxLength=256
	License string `json:"license,omitempty"`
	// provenance is where its origin is documented.
	// +optional
	Provenance URL `json:"provenance,omitempty"`
}

// TrainingData is what the model was trained on.
type TrainingData struct {
	// licenses of the data: SPDX expressions, with LicenseRef- before the name of terms that are on no list.
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
