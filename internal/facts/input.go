package facts

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// DeclarationInput is everything that the decision about a declaration depends on.
type DeclarationInput struct {
	// Declaration is read, never changed.
	Declaration *v1alpha1.ChatbotDeployment
	// AsOf is the day for which is decided (ISO date, UTC).
	AsOf string
	// NamespaceLabels are the labels of its namespace.
	NamespaceLabels map[string]string
	// Exceptions are the approved ones of this declaration, sorted by name.
	Exceptions []Exception
}

// NewDeclarationInput returns the input for judging the declaration on the day of now (taken in UTC).
func NewDeclarationInput(declaration *v1alpha1.ChatbotDeployment, environment Environment, now time.Time) DeclarationInput {
	return DeclarationInput{
		Declaration:     declaration,
		AsOf:            now.UTC().Format(policy.DateFormat),
		NamespaceLabels: environment.NamespaceLabels,
		Exceptions:      selectExceptions(declaration.Name, environment.Exceptions),
	}
}

// SidecarTemplate is the governance sidecar as it must stand in a governed pod: what the workload rules compare with.
type SidecarTemplate struct {
	// Container is the complete native sidecar (init container with restartPolicy Always), with every field that the API
	// server would default already set, so that a plain comparison is enough.
	Container corev1.Container
	// Volumes are the volumes that the sidecar mounts; their names begin with the reserved prefix.
	Volumes []corev1.Volume
	// UserID is the numeric user of the sidecar, which no other container may use.
	UserID int64
	// ConfigHash is the value of the annotation chaperone.dev/config-hash.
	ConfigHash string
	// Ports maps the name of each governed port to the port number on which the sidecar listens for it.
	Ports map[string]int32
	// EgressURL is the base URL of the loopback listener for model traffic, without a trailing slash.
	EgressURL string
	// ModelURLVariables are the names of environment variables that hold a model's base URL.
	ModelURLVariables []string
}

// WorkloadInput is everything that the decision about a pod (or a workload's pod template) depends on.
type WorkloadInput struct {
	// Pod is the final pod, after injection. For a workload's template: a pod made of the template. Read, never changed.
	Pod *corev1.Pod
	// Declaration governs the pod; nil when the pod claims a chatbot that no declaration governs.
	Declaration *v1alpha1.ChatbotDeployment
	// Verdict is the decision about Declaration for the same day; zero when Declaration is nil.
	Verdict policy.Verdict
	// Sidecar is the template that the pod must hold.
	Sidecar SidecarTemplate
	// ExistingEphemeral are the names of the ephemeral containers that the pod has already; the API lets none go.
	ExistingEphemeral []string
	// BreakGlass: whoever asks may break the glass of the declaration.
	BreakGlass bool
}
