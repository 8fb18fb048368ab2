package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// ChatShape is a wire format of the organization's own, as data. Declarations name it in spec.ports[].shape and spec.processors[].shape,
// like a preset.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=chatshapes,shortName=cs,scope=Cluster,categories=chaperone
// +kubebuilder:printcolumn:name="Revision",type=integer,JSONPath=`.status.revision`
// +kubebuilder:printcolumn:name="Chatbots",type=integer,JSONPath=`.status.chatbots`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z][a-z0-9-]{0,62}$')",message="metadata.name must have up to 63 lower-case letters, digits and hyphens, and begin with a letter"
type ChatShape struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the shape: a document as docs/shapes describes it, without the key shape, because metadata.name is the name. Title, revision and
	// refusal have defaults, evidence is optional, and at least one example is required. The API server keeps all keys, and Chaperone refuses
	// unknown ones.
	// +required
	// +kubebuilder:pruning:PreserveUnknownFields
	// +kubebuilder:validation:Type=object
	Spec runtime.RawExtension `json:"spec"`
	// status says whether declarations can use the shape, and how many do.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status ChatShapeStatus `json:"status,omitempty"`
}

// ChatShapeList is a list of ChatShapes.
//
// +kubebuilder:object:root=true
type ChatShapeList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ChatShape `json:"items"`
}

// ChatShapeStatus says whether declarations can use a shape, and how many do.
type ChatShapeStatus struct {
	// observedGeneration is the generation of the spec that this status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// revision is the revision of the shape, as records of exchanges have it; unset if the shape cannot be read.
	// +optional
	Revision int64 `json:"revision,omitempty"`
	// chatbots is the number of ChatbotDeployments that name the shape.
	// +optional
	Chatbots int32 `json:"chatbots"`
	// conditions holds Ready, and Stalled while Ready is False.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}
