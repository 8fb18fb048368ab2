package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ChatbotDeployment declares one AI chatbot: who runs it, where its customers are, what it tells them, and how long it keeps
// conversations. Chaperone decides what the law requires of the chatbot, and adds a sidecar to the pods that spec.selector matches.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=chatbotdeployments,shortName=cbd,scope=Namespaced,categories=chaperone
// +kubebuilder:printcolumn:name="Jurisdictions",type=string,JSONPath=`.status.jurisdictions`
// +kubebuilder:printcolumn:name="Enforcement",type=string,JSONPath=`.status.enforcement`
// +kubebuilder:printcolumn:name="Outcome",type=string,JSONPath=`.status.outcome`
// +kubebuilder:printcolumn:name="Findings",type=integer,JSONPath=`.status.findingsTotal`
// +kubebuilder:printcolumn:name="Governed",type=string,JSONPath=`.status.workloads.summary`
// +kubebuilder:printcolumn:name="Running",type=string,JSONPath=`.status.running.action`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Not applicable",type=integer,JSONPath=`.status.notApplicableTotal`,priority=1
// +kubebuilder:printcolumn:name="Revision",type=string,JSONPath=`.status.policyRevision`,priority=1
// +kubebuilder:printcolumn:name="Next evaluation",type=string,JSONPath=`.status.nextEvaluation`,priority=1
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$') && size(self.metadata.name) <= 52",message="metadata.name must be a DNS label of at most 52 characters: it is used as a label value and as the suffix of object names"
type ChatbotDeployment struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what the team declares about the chatbot.
	// +required
	Spec ChatbotDeploymentSpec `json:"spec"`
	// status is what Chaperone found and did. Users do not write it.
	// +optional
	// +structType=atomic
	// +kubebuilder:default:={"observedGeneration":-1}
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

// ChatbotDeploymentSpec is what the team declares about the chatbot. Declare what only people know, for example contacts, processors and
// documents. What the sidecar does, for example disclosure, can be left out: Chaperone then configures the sidecar with what the law
// requires. The condition SidecarConfigured names the obligations that the sidecar does not carry out: the team has to. An optional field
// that is unset is undeclared: if a law requires it, a finding names it, and if a law depends on it, the stricter case is assumed. An empty
// list says that there is nothing of what the field lists.
//
// +kubebuilder:validation:XValidation:rule="size(self.ports) > 0 || has(self.processors) && self.processors.exists(p, has(p.host))",message="spec.ports is empty, and no entry of spec.processors has a host: the sidecar would read nothing"
type ChatbotDeploymentSpec struct {
	// selector matches the pods of the chatbot in this namespace by their labels. It must not be empty, and no pod may match the
	// selectors of two ChatbotDeployments.
	// +required
	// +kubebuilder:validation:XValidation:rule="(has(self.matchLabels) && size(self.matchLabels) > 0) || (has(self.matchExpressions) && size(self.matchExpressions) > 0)",message="spec.selector must have matchLabels or matchExpressions: an empty selector would govern every pod of the namespace"
	Selector metav1.LabelSelector `json:"selector"`

	// ports are the container ports through which people reach the chatbot, each by its name or by its number. The sidecar takes the names
	// over, so that Services with a named targetPort lead to the sidecar. An empty list is for a chatbot that fetches its messages from a service,
	// so that nothing calls it: the sidecar then reads what it sends to processors.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=10
	Ports []ChatPort `json:"ports"`

	// openPorts are the names of other container ports of the pods that stay reachable from other pods, for example for metrics or for the
	// checks of a load balancer. Under Deny, the NetworkPolicy closes every port that is neither here nor in ports. The sidecar does not read
	// what passes through these ports: do not open one by which people reach the chatbot.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=10
	OpenPorts []PortName `json:"openPorts,omitempty"`

	// purpose is what the chatbot is for.
	// +required
	Purpose Purpose `json:"purpose"`

	// channels are the ways in which people reach the chatbot.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=5
	Channels []Channel `json:"channels"`

	// jurisdictions are the codes of the places where the customers are: ISO 3166-1 alpha-2 for countries (`de`), ISO 3166-2 for
	// subdivisions (`us-ca`), and `eu` for the European Union. For `us-ca`, the law of `us` applies too.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Jurisdictions []Code `json:"jurisdictions"`

	// sectors are the codes of the regulated sectors that the chatbot serves, for example `retail` or `payments`. An empty list
	// means none. Unset means undeclared: then the rules that a place has only for certain sectors apply too.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	Sectors []Code `json:"sectors,omitzero"`

	// riskClass is the deployer's own classification, in the words of the EU AI Act (Regulation (EU) 2024/1689). Unset means
	// undeclared: then the rules for every class apply.
	// +optional
	RiskClass RiskClass `json:"riskClass,omitempty"`

	// audience describes the people that the chatbot talks to.
	// +optional
	Audience *Audience `json:"audience,omitempty"`
	// disclosure is how people learn that they talk to an AI system.
	// +optional
	Disclosure *Disclosure `json:"disclosure,omitempty"`
	// consent declares the legal basis for processing personal data, and how people consent. Where a kind of consent is unset, the one that
	// the law requires applies. The sidecar asks whether conversations may be recorded; the team has to obtain all other consent.
	// +optional
	Consent *Consent `json:"consent,omitempty"`
	// personalData declares the personal data that the chatbot handles.
	// +optional
	PersonalData *PersonalData `json:"personalData,omitempty"`
	// retention declares how long conversations and records are kept.
	// +optional
	Retention *Retention `json:"retention,omitempty"`
	// residency declares where data is stored.
	// +optional
	Residency *Residency `json:"residency,omitempty"`
	// processors are the parties that process personal data on behalf of the deployer, especially model vendors. An empty list
	// means none, for example when the deployer runs the model itself. Unset means undeclared: then the rules assume that a
	// processor may hold the data in any country and train models on it.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	Processors []Processor `json:"processors,omitzero"`
	// rights declares how the deployer handles requests of people about their data. Where a number of days is unset, the time that the law
	// requires applies. The team has to keep to it: the sidecar answers no requests.
	// +optional
	Rights *Rights `json:"rights,omitempty"`
	// outboundContact declares when and how often a chatbot with purpose.outbound contacts people first. The sidecar does not carry it out: the
	// team has to.
	// +optional
	OutboundContact *OutboundContact `json:"outboundContact,omitempty"`
	// oversight declares how humans oversee the chatbot and take over from it.
	// +optional
	Oversight *Oversight `json:"oversight,omitempty"`
	// fairness declares how the deployer ensures that the chatbot treats people equally.
	// +optional
	Fairness *Fairness `json:"fairness,omitempty"`
	// accountability names the parties that are responsible for the chatbot.
	// +optional
	Accountability *Accountability `json:"accountability,omitempty"`
	// assessments are the completed assessments, one entry per type.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Assessments []Assessment `json:"assessments,omitzero"`
	// intellectualProperty declares the rights in the model, its training data and its output.
	// +optional
	IntellectualProperty *IntellectualProperty `json:"intellectualProperty,omitempty"`
	// contract declares the contract terms that apply to the people who use the chatbot.
	// +optional
	Contract *Contract `json:"contract,omitempty"`
	// security declares the security controls that are in place.
	// +optional
	Security *Security `json:"security,omitempty"`
	// limits bound each exchange through the sidecar. Unset means the defaults.
	// +optional
	Limits *ExchangeLimits `json:"limits,omitempty"`

	// perPlace lists values that apply to the customers of some places only. A field that an entry does not set keeps the value of the whole
	// declaration. Each jurisdiction is in at most one entry.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	PerPlace []PlaceValues `json:"perPlace,omitempty"`
	// notApplicable lists dimensions of the legal data that do not apply to the chatbot, each with the reason. A finding about such a dimension
	// does nothing; it is shown and counted as not applicable, with the reason. The sidecar still carries out what the law requires. For
	// dimensions that a GovernancePolicy names in spec.notApplicable.approval, a reason counts once a PolicyException with the same words is
	// approved.
	// +optional
	// +listType=map
	// +listMapKey=dimension
	// +kubebuilder:validation:MaxItems=64
	NotApplicable []NotApplicable `json:"notApplicable,omitempty"`
	// confirmed lists statements of this declaration that are true although a finding doubts them (agreement.doubtful), or that are complete
	// although a finding misses something (accountability.seat_law), each with the reason. Such a finding is then only a remark, and shows the
	// reason.
	// +optional
	// +listType=map
	// +listMapKey=field
	// +kubebuilder:validation:MaxItems=32
	Confirmed []Confirmation `json:"confirmed,omitempty"`
	// enforcement is the strongest effect that findings about this chatbot have: Deny refuses the object, Quarantine lets only humans
	// answer, Warn admits it with a warning, Audit admits it and only reports. Under Warn the sidecar governs the declared paths and passes
	// all others on; under Audit it only observes: it passes everything on unchanged and counts what governing would do. Unset means Deny. A GovernancePolicy can require a stricter
	// one. Findings of the rules `declaration.*`, `workload.sidecar_*` and `connection.sidecar_closed` always deny.
	// +optional
	Enforcement Enforcement `json:"enforcement,omitempty"`
	// suspended is the kill switch: while it is true, the sidecar stops the chatbot and only humans answer. Unset means false.
	// +optional
	Suspended bool `json:"suspended,omitempty"`
	// repair says what becomes of pods that lack the sidecar or have another one than new pods get, for example after an upgrade of Chaperone.
	// Automatic: they are evicted in waves, so that their workload makes new ones; PodDisruptionBudgets hold, and the last ready pod is never
	// evicted. Manual: they stay until somebody restarts them. Under the effective enforcements Warn and Audit nothing is evicted. Unset means
	// Automatic.
	// +optional
	Repair Repair `json:"repair,omitempty"`
}

// Repair says whether Chaperone replaces pods by itself.
//
// +kubebuilder:validation:Enum=Automatic;Manual
type Repair string

// The ways of repair.
const (
	RepairAutomatic Repair = "Automatic"
	RepairManual    Repair = "Manual"
)

// Purpose is what the chatbot is for.
type Purpose struct {
	// kinds are the purposes of the chatbot that make a difference in law.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=10
	Kinds []PurposeKind `json:"kinds"`
	// description states the purpose in one sentence, for people.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Description string `json:"description,omitempty"`
	// outbound is true when the chatbot contacts people first. Unset means undeclared: then the rules for outbound contact apply.
	// +optional
	Outbound *bool `json:"outbound,omitempty"`
	// generatesMedia is true when the chatbot produces audio, images, video or published text. Unset means undeclared: then the rules for
	// generated media apply.
	// +optional
	GeneratesMedia *bool `json:"generatesMedia,omitempty"`
	// practices lists the practices of the chatbot that some law prohibits, or binds to duties (`automatic-renewal`: it sells or manages
	// contracts that renew by themselves). An empty list means none. Unset means undeclared.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=18
	Practices []Practice `json:"practices,omitzero"`
}

// PlaceValues are values that apply to the customers of some places.
//
// +kubebuilder:validation:XValidation:rule="has(self.retention) && (has(self.retention.transcriptDays) || has(self.retention.recordingDays) || has(self.retention.auditDays) || has(self.retention.requestRecordDays) || has(self.retention.classes) || has(self.retention.justification)) || has(self.rights) && (has(self.rights.contact) || has(self.rights.requests) || has(self.rights.acknowledgeDays) || has(self.rights.responseDays) || has(self.rights.appealDays) || has(self.rights.complaintDays)) || has(self.audience) && (has(self.audience.who) || has(self.audience.access) || has(self.audience.minimumAge) || has(self.audience.ageAssurance) || has(self.audience.parentalConsent) || has(self.audience.languages)) || has(self.residency) && (has(self.residency.regions) || has(self.residency.countries) || has(self.residency.localCopy))",message="spec.perPlace[] must have a value in retention, rights, audience or residency: without any it does nothing"
// +kubebuilder:validation:XValidation:rule="!has(self.residency) || !has(self.residency.regions)",message="spec.perPlace[].residency.regions cannot be stated by place: the same pods serve all places, so state spec.residency.regions"
type PlaceValues struct {
	// jurisdictions are the places, each a code of spec.jurisdictions.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Jurisdictions []Code `json:"jurisdictions"`
	// retention declares how long conversations and records of these customers are kept.
	// +optional
	Retention *Retention `json:"retention,omitempty"`
	// rights declares how the deployer handles requests of these customers.
	// +optional
	Rights *Rights `json:"rights,omitempty"`
	// audience describes these customers.
	// +optional
	Audience *Audience `json:"audience,omitempty"`
	// residency declares where data of these customers is stored. The regions of pods cannot be stated by place, because the same pods serve all
	// places.
	// +optional
	Residency *Residency `json:"residency,omitempty"`
}

// NotApplicable says why a dimension of the legal data does not apply.
type NotApplicable struct {
	// dimension is the name of the dimension, for example `fairness.accessibility`. It is the id of the rule in findings.
	// +required
	Dimension RuleID `json:"dimension"`
	// reason says in a sentence why the dimension does not apply.
	// +required
	Reason StatedReason `json:"reason"`
}

// Confirmation says why a statement of the declaration is true although a finding doubts it.
type Confirmation struct {
	// field is the path of the statement as the finding names it, for example `spec.jurisdictions`.
	// +required
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^spec\.[A-Za-z][A-Za-z0-9.\[\]]*$`
	Field string `json:"field"`
	// reason says in a sentence why the statement is true.
	// +required
	Reason StatedReason `json:"reason"`
}

// Audience describes the people that the chatbot talks to.
type Audience struct {
	// who lists the capacities in which people use the chatbot. Some laws bind only those who serve consumers, others only employers. Unset
	// means undeclared: then a law that turns on this warns instead of denying.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Who []Capacity `json:"who,omitempty"`
	// access says who can reach the chatbot: anyone, only people with an account, or only people inside the organization.
	// +optional
	Access Access `json:"access,omitempty"`
	// minimumAge is the lowest age in years of the people that the chatbot serves. Unset means undeclared: then the rules for minors apply.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=120
	MinimumAge *int32 `json:"minimumAge,omitempty"`
	// ageAssurance is how the deployer establishes the age of people. Unset means as the law requires. The sidecar asks nobody for their
	// age.
	// +optional
	AgeAssurance AgeAssurance `json:"ageAssurance,omitempty"`
	// parentalConsent is how a parent consents before people use the chatbot who are below the age at which they can consent themselves (GDPR
	// Art. 8; 16 CFR 312.5). Where it is at least `declared`, a lower minimumAge is allowed. Unset means that no parent is asked; the sidecar
	// asks none.
	// +optional
	ParentalConsent ParentalConsent `json:"parentalConsent,omitempty"`
	// languages are the languages of the people that the chatbot serves (BCP 47).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Languages []LanguageTag `json:"languages,omitempty"`
}
