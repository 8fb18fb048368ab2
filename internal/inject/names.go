package inject

import (
	"fmt"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// Names in a governed pod. Those that begin with contract.Sidecar are reserved.
const (
	// AdminPortName is the name of the sidecar's port for health and metrics.
	AdminPortName = "chaperone-admin"
	// configVolume is the volume that holds the sidecar's configuration.
	configVolume = "chaperone-config"
	// stateVolume is an empty volume in which the sidecar remembers the serial of its configuration.
	stateVolume = "chaperone-state"
	// noTokenVolume is an empty volume that the sidecar mounts at tokenFolder. The ServiceAccount admission plugin, which runs
	// again after webhooks, adds a token to every container without a mount there; the sidecar needs none.
	noTokenVolume = "chaperone-no-token"
	// signatureVolume is the volume with the secrets with which messages to the ports and receipts of consent are signed.
	signatureVolume = "chaperone-signatures"
	// tokenFolder is where the ServiceAccount admission plugin mounts tokens (kubernetes:
	// plugin/pkg/admission/serviceaccount, DefaultAPITokenMountPath).
	tokenFolder = "/var/run/secrets/kubernetes.io/serviceaccount"
	// tokenVolumePrefix begins the name of the projected volume that the ServiceAccount admission plugin adds.
	tokenVolumePrefix = "kube-api-access-"
)

// flagTrust is the sidecar's flag with the keys of which one must have signed the configuration.
const flagTrust = "--trust"

// userID is the user and group of the sidecar, as in the Dockerfile; no other container of a governed pod may run as it.
const userID int64 = 10742

// egressURL is the base URL of the sidecar's listener for model traffic, without a trailing slash.
const egressURL = "http://" + contract.SidecarEgressAddress

// ConfigMapName returns the name of the ConfigMap with the sidecar's configuration, in the chatbot's namespace.
func ConfigMapName(chatbot string) string { return contract.Sidecar + "-" + chatbot }

// IngressPort returns the port number on which the sidecar listens for spec.ports[i], i from 0 to 9.
func IngressPort(i int) int32 { return contract.SidecarFirstPort + int32(i) }

// TakenPortName returns the name that the app's own port gets when the sidecar takes over the name of spec.ports[i].
func TakenPortName(i int) string { return contract.Sidecar + "-" + strconv.Itoa(i) }

// formatUpstream returns the value of the sidecar's flag --upstream for a port of the app, for example `http=8080`.
func formatUpstream(port string, number int32) string { return fmt.Sprintf("%s=%d", port, number) }
