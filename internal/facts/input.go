package facts

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/shape"
)

// DeclarationInput is what the decision about a declaration depends on, besides the bundle and the organisation.
type DeclarationInput struct {
	// Declaration is read only.
	Declaration *v1alpha1.ChatbotDeployment
	// AsOf is the day of the decision (ISO date, UTC).
	AsOf string
	// NamespaceLabels are the labels of the declaration's namespace.
	NamespaceLabels map[string]string
	// Exceptions are the approved exceptions of this declaration, including expired ones, sorted by name.
	Exceptions []Exception
	// Shapes are the ChatShapes that the declaration names. If it names a shape that does not exist, they are all ChatShapes, because the
	// finding offers their names.
	Shapes shape.Documents
}

// NewDeclarationInput returns the input for the decision about the declaration on the day of now (in UTC).
func NewDeclarationInput(declaration *v1alpha1.ChatbotDeployment, environment Environment, now time.Time) DeclarationInput {
	return DeclarationInput{
		Declaration:     declaration,
		AsOf:            now.UTC().Format(policy.DateFormat),
		NamespaceLabels: environment.NamespaceLabels,
		Exceptions:      selectExceptions(declaration, environment.Exceptions),
		Shapes:          selectShapes(&declaration.Spec, environment.Shapes),
	}
}

// SidecarTemplate is the governance sidecar that a governed pod must have. NewSidecar compares the sidecar of a pod with it.
type SidecarTemplate struct {
	// Container is the complete native sidecar (an init container with restartPolicy Always). It has a value in every field for which the
	// API server has a default, so that it can be compared with the sidecar of a stored pod field by field.
	Container corev1.Container
	// Volumes are the volumes that the sidecar mounts; their names begin with the reserved prefix.
	Volumes []corev1.Volume
	// UserID is the Linux user ID (UID) that the sidecar runs as. No other container may run as this user.
	UserID int64
	// Keys are the keys of which the sidecar requires a signature; zero if they are not known, as outside of a cluster.
	Keys SidecarKeys
	// ConfigHash is the value that injection gives to the annotation chaperone.dev/config-hash of the pod.
	ConfigHash string
	// Ports maps the name of each port in spec.ports to the port number on which the sidecar listens for it.
	Ports map[string]int32
	// EgressURL is the base URL of the loopback listener on which the sidecar takes model traffic, without a trailing slash.
	EgressURL string
	// ModelPaths has, by the name of a processor, the paths that the sidecar serves for it (ListModelPaths). If a processor is
	// missing here, the paths of its URLs are not checked.
	ModelPaths map[string]shape.Paths
}

// SidecarKeys are public keys, in the form of the sidecar's argument --trust.
type SidecarKeys struct {
	// New are the keys that the sidecar of a new pod trusts.
	New []string
	// Accepted are the keys that a sidecar may trust: New, and those with which pods were created before. Those sign too.
	Accepted []string
}

// WorkloadInput is what the decision about a pod (or a workload's pod template) depends on, besides the bundle.
type WorkloadInput struct {
	// Pod is the final pod, after injection, or a pod made from a workload's template. It is read only.
	Pod *corev1.Pod
	// Declaration governs the pod; nil when the pod claims a chatbot that no declaration governs.
	Declaration *v1alpha1.ChatbotDeployment
	// Selected is true if the selector of Declaration matches the pod's labels.
	Selected bool
	// Verdict is the decision about Declaration on the day of the pod's decision; zero when Declaration is nil.
	Verdict policy.Verdict
	// Sidecar is the sidecar that the pod must have.
	Sidecar SidecarTemplate
	// ExistingEphemeral are the names of the ephemeral containers that the pod already has. The API cannot remove them, so
	// the rule against new ephemeral containers ignores them.
	ExistingEphemeral []string
	// BreakGlass is true if the user has break-glass access to the declaration.
	BreakGlass bool
	// ConfigMaps has the data of ConfigMaps from which the pod gets variables, by name, as far as it is known. Admission reads none.
	ConfigMaps map[string]map[string]string
}
