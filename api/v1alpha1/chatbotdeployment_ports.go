package v1alpha1

import "k8s.io/apimachinery/pkg/runtime"

// PortName is the name of a container port (an IANA service name, RFC 6335 section 5.1).
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=15
// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
// +kubebuilder:validation:XValidation:rule="!self.startsWith('chaperone')",message="the name of a port must not begin with the reserved prefix \"chaperone\""
type PortName string

// ChatPort is one container port of the chatbot.
//
// +kubebuilder:validation:XValidation:rule="has(self.name) != has(self.port)",message="spec.ports[] must have exactly one of name and port"
// +kubebuilder:validation:XValidation:rule="has(self.shape) != has(self.inline)",message="spec.ports[] must have exactly one of shape and inline; shape and parameters took the place of api and path"
type ChatPort struct {
	// name is the name of a container port of the selected pods (an IANA service name, RFC 6335 section 5.1).
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=15
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:XValidation:rule="!self.startsWith('chaperone')",message="spec.ports[].name must not begin with the reserved prefix \"chaperone\""
	Name string `json:"name,omitempty"`
	// port is the number of the TCP port on which the app listens, for pods whose container port has no name or is not listed. The sidecar
	// then has the name that the container port has in the pod, or else `port-` and the number (`port-8080`): the name that a Service targets.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port int32 `json:"port,omitempty"`
	// shape names the wire format of the messages, for example `openai-chat`: a preset of Chaperone. The sidecar refuses messages in another
	// format, and a declaration that names a shape which does not exist is denied.
	// +optional
	Shape ShapeName `json:"shape,omitempty"`
	// inline is the wire format of an app of one's own: a shape (docs/shapes) without name, evidence and examples. It is read strictly, and a
	// declaration with a faulty one is denied.
	// +optional
	// +kubebuilder:pruning:PreserveUnknownFields
	Inline *runtime.RawExtension `json:"inline,omitempty"`
	// parameters are the values of parameters of the shape, for example `path: /chat`. A parameter that is not set has the default of the
	// shape.
	// +optional
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(key, size(key) <= 63)",message="spec.ports[].parameters: a key has at most 63 characters"
	Parameters map[string]ShapeParameter `json:"parameters,omitempty"`
	// refusals says how people learn of a refusal that concerns them, for example because the chatbot is suspended: `answers`, by an answer of
	// the chatbot with status 200, for clients that do not show errors; or `errors`. Without it, the shape decides.
	// +optional
	Refusals RefusalForm `json:"refusals,omitempty"`
	// signature has the sidecar check that messages come from the messaging service that calls the port, for shapes whose messages are signed
	// (such as slack and whatsapp-cloud), and sign them again for the app after redaction. Without it, nothing is checked, and the sidecar
	// removes signatures, because redaction breaks them.
	// +optional
	Signature *PortSignature `json:"signature,omitempty"`
}

// PortSignature says with which secret the messaging service signs its messages to a port.
type PortSignature struct {
	// secretKeyRef is a key of a Secret in the namespace of the chatbot, which holds what the messaging service and the app share: the app
	// secret of Meta, the signing secret of Slack, the auth token of Twilio. Only the sidecar's container gets this key, as a file. When the
	// Secret changes, the sidecar takes the new value, and accepts the previous one for ten minutes. Pods do not start without the key.
	// +required
	SecretKeyRef SecretKey `json:"secretKeyRef"`
	// url is what stands before the path in the public URL that the messaging service calls, for example `https://bot.shop.example`. Shapes
	// whose signature covers the URL (such as twilio-messaging) need it, all others ignore it.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$`
	URL string `json:"url,omitempty"`
}

// SecretKey is a key of a Secret in the namespace of the object that names it.
type SecretKey struct {
	// name is the name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Name string `json:"name"`
	// key is the key in the data of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[-._a-zA-Z0-9]+$`
	// +kubebuilder:validation:XValidation:rule="!self.startsWith('..')",message="the key of a Secret must not begin with \"..\""
	Key string `json:"key"`
}
