package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// PolicyException waives named rules for one chatbot until the end of the day spec.expires, or approves reasons why dimensions do not apply
// to it. It takes effect when a user other than its requester approves it: a user with the verb `approve` on policyexceptions approves by
// setting the annotation chaperone.dev/approved-by to the digest in the status, which changes with the spec. Waived findings stay visible.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=policyexceptions,shortName=pex,scope=Namespaced,categories=chaperone
// +kubebuilder:printcolumn:name="Chatbot",type=string,JSONPath=`.spec.chatbot`
// +kubebuilder:printcolumn:name="Expires",type=string,JSONPath=`.spec.expires`
// +kubebuilder:printcolumn:name="Active",type=string,JSONPath=`.status.conditions[?(@.type=="Active")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Active")].reason`
// +kubebuilder:printcolumn:name="Ticket",type=string,JSONPath=`.spec.ticket`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type PolicyException struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what the requester asks for.
	// +required
	Spec PolicyExceptionSpec `json:"spec"`
	// status states whether the exception is in effect.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status PolicyExceptionStatus `json:"status,omitempty"`
}

// PolicyExceptionList is a list of PolicyExceptions.
//
// +kubebuilder:object:root=true
type PolicyExceptionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []PolicyException `json:"items"`
}

// MaxExceptionDays is the longest time in days for which an exception can be requested: half a year, so that it is reviewed while
// people still remember its reason.
const MaxExceptionDays = 180

// PolicyExceptionSpec is what the requester asks for. The requester is the user who wrote the spec last. After each change of the spec the
// exception must be approved again.
//
// +kubebuilder:validation:XValidation:rule="has(self.rules) || has(self.notApplicable)",message="spec must have rules or notApplicable: without either it does nothing"
// +kubebuilder:validation:XValidation:rule="!has(self.rules) || has(self.compensatingControl)",message="spec.compensatingControl must say what reduces the risk instead of the waived rules"
type PolicyExceptionSpec struct {
	// chatbot is the name of a ChatbotDeployment in the namespace of the exception.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=52
	Chatbot string `json:"chatbot"`
	// rules are the ids of the rules to waive, for example `retention.transcriptMax`. Chaperone refuses an exception for a rule
	// that cannot be waived: `connection.*`, `declaration.*`, `service.*`, `workload.sidecar_*` and `workload.governed_port_*`.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Rules []RuleID `json:"rules,omitempty"`
	// notApplicable repeats entries of spec.notApplicable of the chatbot, in the same words, for which a GovernancePolicy demands an
	// approval. An approval is for these words: when the chatbot states another reason, the exception no longer counts for it.
	// +optional
	// +listType=map
	// +listMapKey=dimension
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	NotApplicable []NotApplicable `json:"notApplicable,omitempty"`
	// reason states why the chatbot cannot comply, or why what it says of dimensions that do not apply is right.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	Reason string `json:"reason"`
	// ticket is the number or URL of the ticket in which the exception was discussed.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Ticket string `json:"ticket"`
	// compensatingControl states what reduces the risk instead of the waived rules. An exception that waives rules needs it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	CompensatingControl string `json:"compensatingControl,omitempty"`
	// expires is the last day on which the exception is in effect (ISO date, UTC), at most 180 days after it is written.
	// +required
	Expires Date `json:"expires"`
	// inAdvance allows a chatbot that does not exist yet. Unset means false: then Chaperone refuses an exception for an unknown chatbot.
	// +optional
	InAdvance bool `json:"inAdvance,omitempty"`
}

// PolicyExceptionStatus states whether an exception is in effect.
type PolicyExceptionStatus struct {
	// observedGeneration is the generation of the spec that this status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions holds one condition, Active.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}
