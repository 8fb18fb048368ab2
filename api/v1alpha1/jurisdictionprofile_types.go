package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// JurisdictionProfile adds an organisation's own values to the law of one jurisdiction or sector, or puts them in the place of
// built-in ones. It may tighten freely; asking for less than a built-in value needs spec.loosens, and is a finding of every
// chatbot that it touches.
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

	// spec is what the organisation wants.
	// +required
	Spec JurisdictionProfileSpec `json:"spec"`
	// status is what Chaperone made of it.
	// +optional
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

// JurisdictionProfileSpec is what the organisation wants of a jurisdiction or sector.
//
// +kubebuilder:validation:XValidation:rule="!has(self.loosens) || !self.loosens || (has(self.reason) && self.reason != \"\")",message="spec.reason must say why when spec.loosens is true"
type JurisdictionProfileSpec struct {
	// code of the jurisdiction or sector, as in the legal data (`eu`, `us-ca`, `retail`). One profile per code.
	// +required
	Code Code `json:"code"`
	// values are the organisation's own, in the words of the legal data.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Values []ProfileValue `json:"values"`
	// loosens says that values may ask for less than the built-in ones that they replace. Without it such a profile is refused.
	// +optional
	Loosens bool `json:"loosens,omitempty"`
	// reason says why it loosens; it is shown with every finding that this causes.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	Reason string `json:"reason,omitempty"`
	// inAdvance says that no chatbot uses the code yet. Without it a profile for a code that no chatbot uses is refused: it would
	// most likely be a mistake.
	// +optional
	InAdvance bool `json:"inAdvance,omitempty"`
}

// ProfileValue is one value, in the format of a point of the legal data.
type ProfileValue struct {
	// dimension is the name in the vocabulary of the legal data, for example `retention.transcriptMax`.
	// +required
	Dimension DimensionName `json:"dimension"`
	// value of the dimension's type: true, a level, a number, a list of words, or a map from words to numbers.
	// +required
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Value runtime.RawExtension `json:"value"`
	// replaces puts the value in the place of the built-in values of the code for the dimension, while it applies. Without it the
	// value is added, and the strictest counts.
	// +optional
	Replaces bool `json:"replaces,omitempty"`
	// reference is the place in the organisation's own rules where the value stands.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Reference string `json:"reference"`
	// url is where that place can be read.
	// +optional
	URL URL `json:"url,omitempty"`
	// from is the first day on which the value applies (ISO date, UTC); unset means always.
	// +optional
	From Date `json:"from,omitempty"`
	// until is the last day on which it applies (ISO date, UTC); unset means without end.
	// +optional
	Until Date `json:"until,omitempty"`
	// when has the conditions of the legal data under which the value applies, all of which must hold, for example
	// `{channels: [voice]}`.
	// +optional
	// +kubebuilder:pruning:PreserveUnknownFields
	When *runtime.RawExtension `json:"when,omitempty"`
}

// DimensionName is a name in the vocabulary of the legal data, `topic.name`.
//
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[a-z_]+\.[A-Za-z]+$`
type DimensionName string

// JurisdictionProfileStatus is what Chaperone made of a profile.
type JurisdictionProfileStatus struct {
	// observedGeneration is the generation of the spec that this status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions: Ready.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}
