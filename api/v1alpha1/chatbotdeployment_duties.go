package v1alpha1

// Oversight states how humans oversee the chatbot and take over from it.
type Oversight struct {
	// handoff is how people reach a human.
	// +optional
	Handoff *Handoff `json:"handoff,omitempty"`
	// reviewer is the contact of the people who oversee the system and review decisions.
	// +optional
	Reviewer Contact `json:"reviewer,omitempty"`
	// significantDecisions states how far decisions with significant effects are automated; `none` means that the chatbot takes no
	// such decisions.
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
	// afterFailures is the number of failed answers after which a human is offered.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	AfterFailures *int32 `json:"afterFailures,omitempty"`
	// maxWaitSeconds is the number of seconds within which a person reaches a human.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=86400
	MaxWaitSeconds *int32 `json:"maxWaitSeconds,omitempty"`
}

// Fairness states how equal treatment is ensured.
type Fairness struct {
	// attributes are the attributes on which the chatbot does not treat people differently.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	Attributes []Word `json:"attributes,omitempty"`
	// cohorts are the groups whose outcomes are compared while the chatbot runs.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	Cohorts []Word `json:"cohorts,omitempty"`
	// accessibility is the standard that the chat meets.
	// +optional
	Accessibility Accessibility `json:"accessibility,omitempty"`
}

// Accountability names the parties that are responsible for the chatbot.
type Accountability struct {
	// deployer is the organisation that uses the system under its own authority (EU AI Act Art. 3(4)).
	// +optional
	Deployer *NamedParty `json:"deployer,omitempty"`
	// developer is the organisation that develops the system (EU AI Act Art. 3(3): provider).
	// +optional
	Developer *NamedParty `json:"developer,omitempty"`
	// modelSupplier is the organisation that supplies the model.
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
	// riskOwner is the contact of the owner of the system's risks.
	// +optional
	RiskOwner Contact `json:"riskOwner,omitempty"`
	// records are the documents that the deployer keeps.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	Records []AccountabilityRecord `json:"records,omitempty"`
	// registrations are the completed filings, by their names in the legal data.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Registrations []Word `json:"registrations,omitzero"`
	// smallOperator is true when the deployer is below the thresholds of the rules for large operators. Give the reason in
	// smallOperatorReason.
	// +optional
	SmallOperator *bool `json:"smallOperator,omitempty"`
	// smallOperatorReason is the reason for smallOperator (turnover, staff, people served). Reports show it.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	SmallOperatorReason string `json:"smallOperatorReason,omitempty"`
}

// NamedParty is an organisation with a contact.
type NamedParty struct {
	// name is the name of the organisation.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Name string `json:"name"`
	// contact is an e-mail address or URL of the organisation.
	// +optional
	Contact Contact `json:"contact,omitempty"`
}

// Assessment is a completed assessment.
//
// +kubebuilder:validation:XValidation:rule="!has(self.expires) || !has(self.completed) || self.expires > self.completed",message="spec.assessments[].expires must be after completed"
type Assessment struct {
	// type is the type of the assessment.
	// +required
	Type AssessmentType `json:"type"`
	// reference is the address of the assessment.
	// +optional
	Reference URL `json:"reference,omitempty"`
	// completed is the day on which the assessment was completed (ISO date).
	// +optional
	Completed Date `json:"completed,omitempty"`
	// expires is the last day on which the assessment is valid (ISO date).
	// +optional
	Expires Date `json:"expires,omitempty"`
}

// IntellectualProperty states the rights in the model, its training data and its output.
type IntellectualProperty struct {
	// model is the model in use.
	// +optional
	Model *Model `json:"model,omitempty"`
	// trainingData is the data that the model was trained on, as far as known.
	// +optional
	TrainingData *TrainingData `json:"trainingData,omitempty"`
	// outputRights is the party that holds the rights in answers.
	// +optional
	OutputRights RightsHolder `json:"outputRights,omitempty"`
	// tradeSecretTerms is the address of the terms on trade secrets.
	// +optional
	TradeSecretTerms URL `json:"tradeSecretTerms,omitempty"`
	// use lists the uses of the model and its training data, against which their licenses are checked. Unset means undeclared and
	// counts as every use. An empty list means none of them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=4
	Use []LicensedUse `json:"use,omitzero"`
	// licenseReview is the address of the review of the licenses: their duties, and terms that the legal data does not know.
	// +optional
	LicenseReview URL `json:"licenseReview,omitempty"`
	// customerDataOwnership is the owner of what customers write.
	// +optional
	CustomerDataOwnership RightsHolder `json:"customerDataOwnership,omitempty"`
}

// Model is the model in use.
type Model struct {
	// name is the name of the model.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Name string `json:"name,omitempty"`
	// version is the version of the model.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	Version string `json:"version,omitempty"`
	// license is an SPDX expression (`Apache-2.0`, `MIT OR GPL-2.0-only`). The name of terms that are not on the SPDX list begins
	// with LicenseRef- (`LicenseRef-gemma`).
	// +optional
	// +kubebuilder:validation:MaxLength=256
	License string `json:"license,omitempty"`
	// provenance is the address of the documentation of the model's origin.
	// +optional
	Provenance URL `json:"provenance,omitempty"`
}

// TrainingData is the data that the model was trained on.
type TrainingData struct {
	// licenses are the licenses of the data: SPDX expressions. The name of terms that are not on the SPDX list begins with
	// LicenseRef-.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=256
	Licenses []string `json:"licenses,omitempty"`
	// summary is the address of the published summary of the training data.
	// +optional
	Summary URL `json:"summary,omitempty"`
	// optOutsHonoured is true when the training honored reservations of rights (Directive (EU) 2019/790 Art. 4(3)).
	// +optional
	OptOutsHonoured *bool `json:"optOutsHonoured,omitempty"`
}

// Contract describes the terms for consumers.
type Contract struct {
	// termsURL is the address of the terms.
	// +optional
	TermsURL URL `json:"termsURL,omitempty"`
	// termsVersion is the version of the terms.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	TermsVersion string `json:"termsVersion,omitempty"`
	// termsSay lists what the terms contain.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=12
	TermsSay []TermsContent `json:"termsSay,omitempty"`
	// excludes lists the liability that the terms exclude. An empty list means none. Unset means undeclared.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=5
	Excludes []ExcludedLiability `json:"excludes,omitzero"`
	// withdrawalURL is the page on which people withdraw from the contract or cancel it.
	// +optional
	WithdrawalURL URL `json:"withdrawalURL,omitempty"`
	// liabilityNotice is the text about liability for the chatbot's statements, by language (BCP 47).
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	LiabilityNotice map[string]Statement `json:"liabilityNotice,omitempty"`
}

// Security lists the security controls that are in place.
type Security struct {
	// encryptionInTransit is true when every connection is encrypted.
	// +optional
	EncryptionInTransit *bool `json:"encryptionInTransit,omitempty"`
	// encryptionAtRest is true when stored data is encrypted.
	// +optional
	EncryptionAtRest *bool `json:"encryptionAtRest,omitempty"`
	// controls are further controls.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=13
	Controls []SecurityControl `json:"controls,omitempty"`
	// incidentPlan is the address of the incident plan.
	// +optional
	IncidentPlan URL `json:"incidentPlan,omitempty"`
	// incidentContact is the contact for incidents: an e-mail address or URL of the organisation.
	// +optional
	IncidentContact Contact `json:"incidentContact,omitempty"`
}
