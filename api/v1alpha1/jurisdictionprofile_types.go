package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// JurisdictionProfile adds an organization's own values to the law of one jurisdiction or sector, or replaces built-in values. A profile
// that requires less than a built-in value must set spec.loosens, and causes a finding about every chatbot that it affects.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=jurisdictionprofiles,shortName=jp,scope=Cluster,categories=chaperone
// +kubebuilder:printcolumn:name="Code",type=string,JSONPath=`.spec.code`
// +kubebuilder:printcolumn:name="Loosens",type=boolean,JSONPath=`.spec.loosens`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type JurisdictionProfile struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what the organization requires.
	// +required
	Spec JurisdictionProfileSpec `json:"spec"`
	// status is the result of applying the profile.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status JurisdictionProfileStatus `json:"status,omitempty"`
}

// JurisdictionProfileList is a list of JurisdictionProfiles.
//
// +kubebuilder:object:root=true
type JurisdictionProfileList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []JurisdictionProfile `json:"items"`
}

// JurisdictionProfileSpec is what the organization requires in a jurisdiction or sector.
//
// +kubebuilder:validation:XValidation:rule="!has(self.loosens) || !self.loosens || (has(self.reason) && self.reason != \"\")",message="spec.reason must say why when spec.loosens is true"
type JurisdictionProfileSpec struct {
	// code is the code of the jurisdiction or sector in the legal data (`eu`, `us-ca`, `retail`). A code can have only one profile.
	// +required
	Code Code `json:"code"`
	// values are the organization's own values, in the format of the legal data.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Values []ProfileValue `json:"values"`
	// loosens allows values to require less than the built-in values that they replace. Unset means false: then Chaperone refuses such a
	// profile.
	// +optional
	Loosens bool `json:"loosens,omitempty"`
	// reason states why the profile loosens the law. It is required when loosens is true. The findings that loosens causes show it.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	Reason string `json:"reason,omitempty"`
	// inAdvance allows a code that no chatbot uses yet. Unset means false: then Chaperone refuses such a profile, because the code is likely
	// a mistake.
	// +optional
	InAdvance bool `json:"inAdvance,omitempty"`
}

// ProfileValue is one value of the organization, in the format of a point of the legal data.
type ProfileValue struct {
	// dimension is the name of the dimension in the legal data, for example `retention.transcriptMax`.
	// +required
	Dimension DimensionName `json:"dimension"`
	// value is the required value. The dimension determines its type: true, a level (a word such as `opt-in`), a number, a list of words,
	// or a map from words to numbers.
	// +required
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Value runtime.RawExtension `json:"value"`
	// replaces is true if the value replaces the code's built-in values of the dimension. Unset means false: then the value is added to them,
	// and the strictest value applies.
	// +optional
	Replaces bool `json:"replaces,omitempty"`
	// reference names the place in the organization's own rules that sets the value, for example `Privacy handbook, section 4.2`.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Reference string `json:"reference"`
	// url is the URL of the place that reference names.
	// +optional
	URL URL `json:"url,omitempty"`
	// from is the first day on which the value applies (ISO date, UTC); unset means always.
	// +optional
	From Date `json:"from,omitempty"`
	// until is the last day on which the value applies (ISO date, UTC); unset means no end.
	// +optional
	Until Date `json:"until,omitempty"`
	// when are the conditions under which the value applies, in the format of the legal data, for example `{channels: [voice]}`.
	// All must hold.
	// +optional
	// +kubebuilder:pruning:PreserveUnknownFields
	When *runtime.RawExtension `json:"when,omitempty"`
}

// DimensionName is the name of a dimension of the legal data, in the form `topic.name`.
//
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[a-z_]+\.[A-Za-z]+$`
type DimensionName string

// JurisdictionProfileStatus is the result of applying a profile.
type JurisdictionProfileStatus struct {
	// observedGeneration is the generation of the spec that this status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions holds Ready, and Stalled while Ready is False.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}
