package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// GovernancePolicy is what an organization requires of its chatbots in addition to the law: its own rules in Rego, the actions of rules, and
// the weakest enforcement that a chatbot may have.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=governancepolicies,shortName=gp,scope=Cluster,categories=chaperone
// +kubebuilder:printcolumn:name="Floor",type=string,JSONPath=`.spec.floor`
// +kubebuilder:printcolumn:name="Rules",type=integer,JSONPath=`.status.rulesTotal`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type GovernancePolicy struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what the organization requires.
	// +required
	Spec GovernancePolicySpec `json:"spec"`
	// status is the result of applying the policy.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status GovernancePolicyStatus `json:"status,omitempty"`
}

// GovernancePolicyList is a list of GovernancePolicies.
//
// +kubebuilder:object:root=true
type GovernancePolicyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []GovernancePolicy `json:"items"`
}

// GovernancePolicySpec is what the organization requires. namespaceSelector, jurisdictions and sectors select chatbots. The policy applies
// to a chatbot if all three fields select it; an unset field selects every chatbot.
//
// +kubebuilder:validation:XValidation:rule="has(self.floor) || (has(self.enforcement) && size(self.enforcement) > 0) || (has(self.modules) && size(self.modules) > 0) || has(self.notApplicable) || (has(self.approvers) && size(self.approvers) > 0)",message="spec must have modules, enforcement, floor, notApplicable or approvers: without any it does nothing"
type GovernancePolicySpec struct {
	// namespaceSelector matches the namespaces of the chatbots by their labels. Unset means all namespaces.
	// +optional
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`
	// jurisdictions selects the chatbots that declare at least one of these codes, or a place within one of them (`de` is within `eu`). Empty
	// means all chatbots.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Jurisdictions []Code `json:"jurisdictions,omitempty"`
	// sectors selects the chatbots that declare at least one of these codes. Empty means all chatbots.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	Sectors []Code `json:"sectors,omitempty"`
	// modules are Rego modules. Each package `organisation.<name>` is a rule with the id `organisation.<name>`.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	Modules []RegoModule `json:"modules,omitempty"`
	// parameters are values that the modules read as data.parameters.
	// +optional
	// +kubebuilder:pruning:PreserveUnknownFields
	Parameters *runtime.RawExtension `json:"parameters,omitempty"`
	// enforcement sets the actions of rules. If several policies set the action of a rule, the strictest applies. Unset means that the rules
	// keep their own actions.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=128
	Enforcement []RuleEnforcement `json:"enforcement,omitempty"`
	// floor is the weakest enforcement that a chatbot may have. No policy can lower the action of a rule below the floor. If
	// the rule's own action is already weaker than the floor, no policy can lower it. Unset means that there is no such limit.
	// +optional
	Floor Enforcement `json:"floor,omitempty"`
	// notApplicable limits what the teams of chatbots can say in spec.notApplicable. Unset means that every reason counts.
	// +optional
	NotApplicable *NotApplicableTerms `json:"notApplicable,omitempty"`
	// approvers says which groups of users approve exceptions from which rules. A user still needs the verb approve on the exception. For a
	// rule that no entry names, the verb is enough. If several policies name a rule, each of them must let the user approve.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	Approvers []Approvers `json:"approvers,omitempty"`
}

// Approvers are the groups of users who approve exceptions from some rules, and reasons why some dimensions do not apply.
//
// +kubebuilder:validation:XValidation:rule="has(self.rules) || has(self.topics)",message="spec.approvers[] must have rules or topics"
type Approvers struct {
	// topics are the topics of the rules and dimensions: what is before the dot in their names.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Topics []RuleTopic `json:"topics,omitempty"`
	// rules are the ids of rules, or the names of dimensions, such as `retention.transcriptMax`.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Rules []RuleID `json:"rules,omitempty"`
	// groups are the groups, as the API server knows them, of the users who may approve, such as `privacy-officers`.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	Groups []string `json:"groups"`
}

// RuleTopic is the topic of rules and dimensions that an exception can name.
//
// +kubebuilder:validation:Enum=accountability;agreement;conflicts;consent;contract;fairness;intellectual_property;liability;network;organisation;outbound;oversight;personal_data;prohibited;residency;retention;rights;security;transparency;workload
type RuleTopic string

// NotApplicableTerms limit what teams can say about dimensions that do not apply.
type NotApplicableTerms struct {
	// approval lists the dimensions, such as `fairness.accessibility`, of which a team can say only with an approval that they do not apply.
	// A reason in spec.notApplicable of a ChatbotDeployment then counts while a PolicyException with the same words in its own
	// spec.notApplicable is active. Until then the finding stands, and names what is missing.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	Approval []RuleID `json:"approval"`
}

// RegoModule is one Rego v1 module.
type RegoModule struct {
	// name is the name of the module, unique in the list. Messages of the compiler begin with it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Name string `json:"name"`
	// rego is the source code of the module, at most 65536 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=65536
	Rego string `json:"rego"`
}

// RuleEnforcement sets the action of some rules.
//
// +kubebuilder:validation:XValidation:rule="has(self.rules) || has(self.groups)",message="spec.enforcement[] must have rules or groups"
type RuleEnforcement struct {
	// rules are the ids of built-in rules (`retention.transcriptMax`) or of rules of the organization (`organisation.tone`).
	// The rules about the sidecar (`workload.sidecar_*`, `connection.sidecar_closed`) and about unknown values (`declaration.*`) always
	// deny: Chaperone refuses a policy with another action for one of them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Rules []RuleID `json:"rules,omitempty"`
	// groups are groups of built-in rules about workloads, Services and connections: `effect` (rules without which traffic could bypass the
	// sidecar, which deny) or `hygiene` (good practices such as images by digest, which warn unless a policy says otherwise). An action that
	// the same policy sets for a single rule takes precedence over that of its group. The rules about the sidecar always deny, so the action
	// of `effect` can only be Deny.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=2
	Groups []RuleGroup `json:"groups,omitempty"`
	// action is what findings of these rules do.
	// +required
	Action Enforcement `json:"action"`
}

// RuleGroup is a group of built-in rules.
//
// +kubebuilder:validation:Enum=effect;hygiene
type RuleGroup string

// RuleID is the stable id of a rule, `topic.name`.
//
// +kubebuilder:validation:MaxLength=127
// +kubebuilder:validation:Pattern=`^[a-z_]+\.[A-Za-z][A-Za-z0-9_]*$`
type RuleID string

// GovernancePolicyStatus is the result of applying a policy.
type GovernancePolicyStatus struct {
	// observedGeneration is the generation of the spec that this status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions holds Ready, and Stalled while Ready is False.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// rules are the ids of the rules that the modules of the policy define, sorted.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Rules []RuleID `json:"rules,omitempty"`
	// rulesTotal is the number of rules that the modules define, for the printed column.
	// +optional
	RulesTotal int32 `json:"rulesTotal"`
	// disabled are the rules that exceeded a limit, for example of time. Until the modules change, the outcome of every chatbot to which the
	// policy applies is Undecided.
	// +optional
	// +listType=map
	// +listMapKey=rule
	// +kubebuilder:validation:MaxItems=64
	Disabled []DisabledRule `json:"disabled,omitempty"`
}

// DisabledRule is a rule that Chaperone stopped evaluating.
type DisabledRule struct {
	// rule is the id of the rule.
	Rule RuleID `json:"rule"`
	// message names the limit that the rule exceeded.
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message"`
}
