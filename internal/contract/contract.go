// Package contract holds the names, paths and ports by which the parts of an installation find each other. Each is written once, here: code
// refers to the constants, the manifests of the webhooks and of the admission baseline are generated from them (hack/generate), and a test
// compares the hand-written manifests with them. Labels and annotations that users write are in api/v1alpha1.
package contract

import (
	"fmt"
	"net/netip"
	"strings"
)

// Names of the objects of an installation.
const (
	// OperatorNamespace is the namespace of Chaperone itself in the manifests, and in a manager without --namespace and POD_NAMESPACE.
	OperatorNamespace = "chaperone-system"
	// Manager is the name of the manager's Deployment, ServiceAccount, ClusterRole and Lease.
	Manager = "chaperone-manager"
	// WebhookService is the Service through which API servers call the webhooks.
	WebhookService = "chaperone-webhook"
	// WebhookSecret is the Secret that holds the certificates of the webhooks.
	WebhookSecret = "chaperone-webhook-cert"
	// KeySecret is the Secret that holds the keys with which the manager signs the configurations of sidecars.
	KeySecret = "chaperone-signing-keys"
	// MutatingWebhooks is the name of the MutatingWebhookConfiguration.
	MutatingWebhooks = "chaperone-mutating"
	// ValidatingWebhooks is the name of the ValidatingWebhookConfiguration.
	ValidatingWebhooks = "chaperone-validating"
	// Sidecar is the name of the sidecar container. Names of containers, ports and volumes that begin with it, and names of objects
	// that begin with it and a dash, belong to Chaperone.
	Sidecar = "chaperone"
)

// What the manager, the injected pods and the sidecar agree on. Names that only injection uses are in internal/inject.
const (
	// SidecarConfigKey is the key of the configuration in its ConfigMap, and its file name in the sidecar.
	SidecarConfigKey = "config.json"
	// SidecarSignatureKey is the key of the configuration's signature in the ConfigMap (package seal), and its file name in the sidecar.
	SidecarSignatureKey = SidecarConfigKey + SidecarSignatureSuffix
	// SidecarSignatureSuffix is what the name of a signature has after that of its configuration.
	SidecarSignatureSuffix = ".signature"
	// SidecarConfigFolder is where pods mount the ConfigMap.
	SidecarConfigFolder = "/etc/chaperone"
	// SidecarSignatureFolder is where pods mount the secrets with which messages to the ports are signed. Each is a file with the name of
	// its port (PortName).
	SidecarSignatureFolder = "/etc/chaperone-signatures"
	// SidecarReceiptKey is the file in SidecarSignatureFolder with the key that signs receipts of consent. No port can have this name.
	SidecarReceiptKey = "consent.receipts"
	// SidecarStateFolder is an empty volume of the pod in which the sidecar remembers what it must not forget when its container restarts.
	SidecarStateFolder = "/var/lib/chaperone"
	// SidecarSerialFile is the file in SidecarStateFolder with the serial of the newest configuration that the sidecar has taken.
	SidecarSerialFile = "serial"
	// SidecarPushPath is where the admin port of the sidecar takes a signed configuration, before the kubelet has renewed the file.
	SidecarPushPath = "/config"
	// SidecarPushHeader has the signature of a configuration that is sent to SidecarPushPath, in base64.
	SidecarPushHeader = "Chaperone-Signature"
	// SidecarProgram is the path of the program in the sidecar's image.
	SidecarProgram = "/sidecar"
)

// Ports of the sidecar. The range is free of the ports of Istio (15000 to 15199), Linkerd, Dapr and Consul, and of the ranges of ephemeral
// ports and node ports (docs/adr/0025-the-sidecar-and-other-injectors.md).
const (
	// FirstReservedPort and LastReservedPort are the range of port numbers that a governed pod reserves for the sidecar, both included.
	FirstReservedPort = 23000
	LastReservedPort  = 23199
	// SidecarAdminPort serves the sidecar's /healthz, /readyz, /metrics and the status of its configuration.
	SidecarAdminPort = 23090
	// SidecarEgressAddress is where the sidecar listens for the app's model traffic: on the loopback interface of the pod only.
	SidecarEgressAddress = "127.0.0.1:23081"
	// SidecarFirstPort is the port number on which the sidecar listens for spec.ports[0]. spec.ports has at most ten ports: for
	// spec.ports[9] the sidecar listens on 23109.
	SidecarFirstPort = 23100
)

// PortName returns the name of a declared port: its own name, or one made of its number if it is declared by number. The configuration and
// the sidecar's argument --upstream name the port so. In the pod, the sidecar's port has this name unless the app's container port with the
// number has a name of its own.
func PortName(name string, number int32) string {
	if name != "" {
		return name
	}
	return fmt.Sprintf("port-%d", number)
}

// Schemes with which the sidecar calls models.
const (
	schemeHTTP  = "http"
	schemeHTTPS = "https"
)

// EgressScheme returns the scheme with which the sidecar calls a host for an app whose URL does not say it: https for every host outside the
// cluster; http for Services (`model`, `model.shop.svc`, …) and loopback addresses, which rarely have certificates. A Service on port 443
// is expected to have a certificate.
func EgressScheme(host string) string {
	if _, port, _ := strings.Cut(host, ":"); IsNear(host) && port != "443" {
		return schemeHTTP
	}
	return schemeHTTPS
}

// IsNear reports whether a host, which may have a port, is a Service of the cluster (`model`, `model.shop.svc`, …) or a loopback address.
func IsNear(host string) bool {
	name, _, _ := strings.Cut(strings.ToLower(host), ":")
	address, err := netip.ParseAddr(name)
	return !strings.Contains(name, ".") || strings.HasSuffix(name, ".svc") || strings.HasSuffix(name, ".svc.cluster.local") ||
		err == nil && address.IsLoopback()
}

// EgressName returns the first segment of the path at which the sidecar forwards calls to a processor with the scheme, http or https: the
// name of the processor, or `<name>.<scheme>` if the scheme is not that of EgressScheme. Names of processors have no dots.
func EgressName(processor, host, scheme string) string {
	if scheme == EgressScheme(host) {
		return processor
	}
	return processor + "." + scheme
}

// EgressNames returns both names that EgressName can return for a processor.
func EgressNames(processor, host string) []string {
	return []string{EgressName(processor, host, schemeHTTP), EgressName(processor, host, schemeHTTPS)}
}

// IsFormerSidecarPort reports whether sidecars that were injected when the reserved range began at 15000 listen on the port for clients.
// They do so until their pods are created again.
func IsFormerSidecarPort(port int32) bool { return port == 15090 || port >= 15100 && port <= 15109 }

// What marks the objects that Chaperone writes.
const (
	// DecisionRecord is the name of the ConfigMap in the namespace of Chaperone that says which policy revision decided about all declarations.
	DecisionRecord = "chaperone-decisions"
	// FieldManager is the manager of the fields that Chaperone writes, except those of the statuses of PolicyExceptions,
	// JurisdictionProfiles, GovernancePolicies and ChatShapes.
	FieldManager = "chaperone"
	// LabelManagedBy is on the ConfigMaps and NetworkPolicies that Chaperone writes, with the value ManagedBy; the cache of ConfigMaps is
	// filtered by it.
	LabelManagedBy = "app.kubernetes.io/managed-by"
	// ManagedBy is the value of LabelManagedBy.
	ManagedBy = "chaperone"
	// EventReporter is the reporting component of Chaperone's events.
	EventReporter = "chaperone"
	// KeyPrefix begins the keys of the labels and annotations that belong to Chaperone.
	KeyPrefix = "chaperone.dev/"
)

// Ports on which the manager listens by default.
const (
	// WebhookPort serves the webhooks over HTTPS.
	WebhookPort = 9443
	// MetricsPort serves the metrics over HTTPS, to authorized clients.
	MetricsPort = 8443
	// ProbePort serves /healthz and /readyz.
	ProbePort = 8081
)

// Paths of the webhooks.
const (
	PathMutatePods           = "/mutate-pods"
	PathValidatePods         = "/validate-pods"
	PathValidateWorkloads    = "/validate-workloads"
	PathValidateServices     = "/validate-services"
	PathValidateConnections  = "/validate-connections"
	PathValidateNetwork      = "/validate-networkpolicies"
	PathValidateEndpoints    = "/validate-endpoints"
	PathValidateDeclarations = "/validate-chatbotdeployments"
	PathValidateProfiles     = "/validate-jurisdictionprofiles"
	PathValidateShapes       = "/validate-chatshapes"
	PathValidatePolicies     = "/validate-governancepolicies"
	PathMutateExceptions     = "/mutate-policyexceptions"
	PathValidateExceptions   = "/validate-policyexceptions"
)

// ListenAddress returns the address that listens on a port of every interface, for example `:8443`.
func ListenAddress(port int) string { return fmt.Sprintf(":%d", port) }

// IsManaged reports whether labels are those of an object that Chaperone writes (LabelManagedBy).
func IsManaged(labels map[string]string) bool { return labels[LabelManagedBy] == ManagedBy }
