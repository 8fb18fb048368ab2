package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/config"

	certificates "github.com/chaperone-dev/chaperone/internal/certificate"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

// defaultShutdownDelay is the default time between the signal to terminate and the stop of the manager, which releases leadership when its
// controllers and servers have ended. The manager is not ready in this time but still serves admission requests, so that API servers can
// move their connections to other replicas. Each of the other replicas reads the lease every 2 to 4.4 seconds, so that one of them leads
// about 4.4 seconds after the release at the latest.
const defaultShutdownDelay = 2 * time.Second

// byDigest matches an image reference with a SHA-256 digest.
var byDigest = regexp.MustCompile(`^[^@\s]+@sha256:[0-9a-f]{64}$`)

// options are the values of the flags.
type options struct {
	// sidecarImage is the image of the sidecar. It must have a digest, because the image of a tag can change.
	sidecarImage string
	// sidecarResources are the resources of injected sidecars; nil for those of the template.
	sidecarResources *corev1.ResourceRequirements
	// namespace is the namespace of Chaperone itself, with the lease, the Secret and the Service of the webhooks.
	namespace string
	// policyDir is a folder with a policy bundle; empty for the bundle that is embedded in the binary.
	policyDir string
	// workloadKinds is a file with further kinds of workloads; empty for none, and it need not exist.
	workloadKinds string

	webhookHost string
	webhookPort int
	// webhookService is the name of the Service through which API servers call the webhooks.
	webhookService string
	// webhookURLHost is the host in the URL by which API servers call a manager outside the cluster; empty for a manager inside.
	webhookURLHost string
	// webhookCertDir is a folder with tls.crt and tls.key that another program manages; empty if the manager manages its own certificates.
	webhookCertDir string
	webhookHTTP2   bool
	// webhookClientCA is a PEM file with the authorities of the certificates with which API servers call the webhooks; empty if everybody may call.
	webhookClientCA string

	metricsAddress string
	probeAddress   string
	leaderElect    bool
	shutdownDelay  time.Duration
	debug          bool
}

// parseOptions parses the flags in args; name is the name of the program for the usage text. The variable POD_NAMESPACE is the default of
// --namespace. It returns an error if a flag cannot be parsed or Validate returns one.
func parseOptions(name string, args []string, getenv func(string) string, output io.Writer) (options, error) {
	o := options{namespace: contract.OperatorNamespace}
	if podNamespace := getenv("POD_NAMESPACE"); podNamespace != "" {
		o.namespace = podNamespace
	}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(output)
	// This adds the flag --kubeconfig.
	config.RegisterFlags(flags)
	flags.StringVar(&o.sidecarImage, "sidecar-image", "", "image of the sidecar, by digest: name@sha256:... (required)")
	flags.Func("sidecar-resources", "requests and limits of injected sidecars, for example "+exampleSidecarResources, func(value string) error {
		resources, err := parseSidecarResources(value)
		o.sidecarResources = resources
		return err
	})
	flags.StringVar(&o.namespace, "namespace", o.namespace, "namespace of Chaperone itself; the default is POD_NAMESPACE if that is set")
	flags.StringVar(&o.policyDir, "policy-dir", "", "folder with the policy bundle to use instead of the built-in one")
	flags.StringVar(&o.workloadKinds, "workload-kinds", "", "file with further kinds of workloads and the paths of their pod templates; it need not exist")
	flags.StringVar(&o.webhookHost, "webhook-host", "", "address on which the webhooks listen; empty means all")
	flags.IntVar(&o.webhookPort, "webhook-port", contract.WebhookPort, "port on which the webhooks listen")
	flags.StringVar(&o.webhookService, "webhook-service-name", contract.WebhookService, "Service through which API servers call the webhooks, in --namespace")
	flags.StringVar(&o.webhookURLHost, "webhook-url-host", "", "host in the webhooks' URL, when the manager runs outside of the cluster")
	flags.StringVar(&o.webhookCertDir, "webhook-cert-dir", "", "folder with tls.crt and tls.key that another program manages, for example cert-manager")
	flags.StringVar(&o.webhookClientCA, "webhook-client-ca", "", "PEM file with the authorities of the client certificates with which API servers call the webhooks; empty means that everybody may call")
	flags.BoolVar(&o.webhookHTTP2, "webhook-http2", false, "serve the webhooks over HTTP/2 too")
	flags.StringVar(&o.metricsAddress, "metrics-bind-address", contract.ListenAddress(contract.MetricsPort), "address of the metrics (HTTPS, authorized); 0 for none")
	flags.StringVar(&o.probeAddress, "health-probe-bind-address", contract.ListenAddress(contract.ProbePort), "address of /healthz and /readyz; 0 for none")
	flags.BoolVar(&o.leaderElect, "leader-elect", true, "let only one of several managers reconcile; all of them serve admission")
	flags.DurationVar(&o.shutdownDelay, "shutdown-delay", defaultShutdownDelay, "how long to serve admission after the signal to terminate")
	flags.BoolVar(&o.debug, "debug", false, "log reasons as well as changes")
	if err := flags.Parse(args); err != nil {
		return options{}, fmt.Errorf("read flags: %w", err)
	}
	return o, o.Validate()
}

// Validate returns an error that lists everything that is wrong with the options.
func (o options) Validate() error {
	var problems []error
	if !byDigest.MatchString(o.sidecarImage) {
		problems = append(problems, fmt.Errorf("--sidecar-image is %q; it must name an image by digest: name@sha256:<64 hexadecimal digits>", o.sidecarImage))
	}
	if o.namespace == "" {
		problems = append(problems, errors.New("--namespace is empty"))
	}
	if o.webhookPort < 1 || o.webhookPort > 65535 {
		problems = append(problems, fmt.Errorf("--webhook-port is %d; it must be 1 to 65535", o.webhookPort))
	}
	// --webhook-url-host is the host in a certificate that the manager makes. A certificate from --webhook-cert-dir has its names already.
	if o.webhookCertDir != "" && o.webhookURLHost != "" {
		problems = append(problems, errors.New("--webhook-cert-dir and --webhook-url-host exclude each other: the files state their names"))
	}
	if o.shutdownDelay < 0 {
		problems = append(problems, fmt.Errorf("--shutdown-delay is %s; it must not be negative", o.shutdownDelay))
	}
	return errors.Join(problems...)
}

// certificateNames returns the names by which API servers call the webhooks.
func (o options) certificateNames() certificates.Names {
	if o.webhookURLHost != "" {
		return certificates.ListHostNames(o.webhookURLHost)
	}
	return certificates.ListServiceNames(o.webhookService, o.namespace)
}

// setLogger makes all loggers of the process write lines of JSON to output.
func setLogger(o options, output io.Writer) {
	level := slog.LevelInfo
	if o.debug {
		level = slog.LevelDebug
	}
	logger := logr.FromSlogHandler(slog.NewJSONHandler(output, &slog.HandlerOptions{Level: level}))
	ctrl.SetLogger(logger)
	klog.SetLogger(logger)
}
