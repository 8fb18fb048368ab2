package inject

import (
	"fmt"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// Names that a governed pod reserves. Everything that begins with ContainerName belongs to Chaperone.
const (
	// ContainerName is the name of the native sidecar, and the reserved prefix of container, port and volume names.
	ContainerName = contract.Sidecar
	// AdminPortName is the name of the sidecar's port for health and metrics.
	AdminPortName = "chaperone-admin"
	// ConfigVolume is the volume that holds the sidecar's configuration.
	ConfigVolume = "chaperone-config"
	// ConfigKey is the key of the configuration in the ConfigMap, and its file name below ConfigFolder.
	ConfigKey = "config.json"
	// ConfigFolder is where the sidecar finds its configuration.
	ConfigFolder = "/etc/chaperone"
	// NoTokenVolume is an empty volume that the sidecar mounts at TokenFolder. The ServiceAccount admission plugin, which runs
	// again after webhooks, adds a token to every container without a mount there; the sidecar needs none.
	NoTokenVolume = "chaperone-no-token"
	// TokenFolder is where the ServiceAccount admission plugin mounts tokens (kubernetes:
	// plugin/pkg/admission/serviceaccount, DefaultAPITokenMountPath).
	TokenFolder = "/var/run/secrets/kubernetes.io/serviceaccount"
	// TokenVolumePrefix is the prefix of the projected volume that the plugin adds.
	TokenVolumePrefix = "kube-api-access-"
	// RegionLabel is the node label that enforces residency.
	RegionLabel = "topology.kubernetes.io/region"
)

// Numbers that a governed pod reserves. The app may not use ports 15000 to 15199 nor the sidecar's user.
const (
	// UserID is the user and group of the sidecar; no other container may use it.
	UserID int64 = 10742
	// FirstIngressPort is where the sidecar listens for spec.ports[0]; the next port follows, ten at most.
	FirstIngressPort int32 = 15100
	// EgressPort is the loopback listener for model traffic.
	EgressPort int32 = 15081
	// AdminPort serves /healthz, /readyz and /metrics.
	AdminPort int32 = 15090
)

// EgressURL is the base URL of the loopback listener for model traffic, without a trailing slash.
const EgressURL = "http://127.0.0.1:15081"

// ConfigMapName returns the name of the ConfigMap with the sidecar's configuration, in the chatbot's namespace.
func ConfigMapName(chatbot string) string { return ContainerName + "-" + chatbot }

// IngressPort returns the port number on which the sidecar listens for spec.ports[i], i from 0 to 9.
func IngressPort(i int) int32 { return FirstIngressPort + int32(i) }

// TakenPortName returns the name that the app's own port gets when the sidecar takes over the name of spec.ports[i].
func TakenPortName(i int) string { return ContainerName + "-" + strconv.Itoa(i) }

// ModelURLVariables returns the environment variables from which known model clients read the base URL of their service, sorted.
// Source: the documentation of the clients.
func ModelURLVariables() []string {
	return []string{
		"ANTHROPIC_API_URL",
		"ANTHROPIC_BASE_URL",
		"AZURE_OPENAI_ENDPOINT",
		"COHERE_BASE_URL",
		"GEMINI_BASE_URL",
		"GOOGLE_GEMINI_BASE_URL",
		"GROQ_BASE_URL",
		"LLM_BASE_URL",
		"MISTRAL_BASE_URL",
		"MISTRAL_ENDPOINT",
		"OLLAMA_BASE_URL",
		"OPENAI_API_BASE",
		"OPENAI_BASE_URL",
		"VLLM_BASE_URL",
	}
}

func formatUpstream(port string, number int32) string { return fmt.Sprintf("%s=%d", port, number) }
