package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/controllers"
	"github.com/chaperone-dev/chaperone/controllers/registration"
	certificates "github.com/chaperone-dev/chaperone/internal/certificate"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/keyring"
	"github.com/chaperone-dev/chaperone/internal/podtemplate"
	webhooks "github.com/chaperone-dev/chaperone/internal/webhook/registration"
)

const (
	// shutdownTimeout is the longest time that the manager waits for controllers and admission requests to end. An admission request has a
	// deadline of a few seconds.
	shutdownTimeout = 20 * time.Second
	// cacheSyncTimeout is the longest time that a readiness probe waits for the caches.
	cacheSyncTimeout = 500 * time.Millisecond
)

// newManager returns the manager without controllers, and the configuration of the certificates that it manages itself; nil if another
// program manages them.
func newManager(o options, s *shutdown) (manager.Manager, *controllers.Certificates, error) {
	restConfig, err := ctrl.GetConfig()
	if err != nil {
		return nil, nil, fmt.Errorf("find cluster: %w", err)
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, nil, fmt.Errorf("register types: %w", err)
	}
	who, err := readCallers(o.webhookClientCA)
	if err != nil {
		return nil, nil, err
	}
	managed := newCertificates(o)
	// The manager gives up leadership when it stops, so that another replica need not wait for the end of the lease.
	mgr, err := ctrl.NewManager(restConfig, ctrl.Options{
		Scheme:                        scheme,
		Cache:                         controllers.CacheOptions(o.namespace),
		Metrics:                       newMetricsOptions(o),
		HealthProbeBindAddress:        o.probeAddress,
		WebhookServer:                 newWebhookServer(o, who, managed, s),
		LeaderElection:                o.leaderElect,
		LeaderElectionID:              contract.Manager,
		LeaderElectionNamespace:       o.namespace,
		LeaderElectionReleaseOnCancel: true,
		GracefulShutdownTimeout:       ptr.To(shutdownTimeout),
	})
	if err != nil {
		return nil, nil, fmt.Errorf("build manager: %w", err)
	}
	return reportingManager{mgr}, managed, nil
}

// newCertificates returns the configuration of the certificates that the manager manages itself; nil if --webhook-cert-dir names a folder
// with a certificate that another program manages.
func newCertificates(o options) *controllers.Certificates {
	if o.webhookCertDir != "" {
		return nil
	}
	return &controllers.Certificates{
		Namespace: o.namespace,
		Names:     o.certificateNames(),
		Lifetimes: certificates.DefaultLifetimes(),
		Keeper:    &certificates.Keeper{},
	}
}

// newRegistration returns what this installation registers with API servers.
func newRegistration(o options, kinds podtemplate.Table) (*registration.Desired, error) {
	objects, err := webhooks.NewObjects(webhooks.Installation{
		Namespace: o.namespace, Service: o.webhookService, URLHost: o.webhookURLHost, Port: o.webhookPort, Kinds: kinds,
	})
	if err != nil {
		return nil, fmt.Errorf("build registration: %w", err)
	}
	return ptr.To(registration.Desired(objects)), nil
}

// readKinds returns the kinds of workloads whose pod templates are reviewed. If the file of the installation cannot be used, those that are
// built in remain, and the log says why: without the manager, no pod of a governed namespace would start.
func readKinds(o options) (podtemplate.Table, error) {
	kinds, err := podtemplate.BuiltIn()
	if err != nil || o.workloadKinds == "" {
		return kinds, err
	}
	content, err := os.ReadFile(o.workloadKinds)
	if errors.Is(err, fs.ErrNotExist) {
		return kinds, nil
	}
	extended := kinds
	if err == nil {
		extended, err = kinds.Extend(content)
	}
	if err != nil {
		ctrl.Log.Error(err, "Leaving out the further kinds of workloads", "file", o.workloadKinds)
		return kinds, nil
	}
	return extended, nil
}

// sidecarKeys returns the function by which the reviewer learns the keys of which sidecars require a signature.
func sidecarKeys(holder *keyring.Holder, c clock.PassiveClock) func() (facts.SidecarKeys, error) {
	return func() (facts.SidecarKeys, error) {
		ring, err := holder.Load()
		if err != nil {
			return facts.SidecarKeys{}, err
		}
		return facts.SidecarKeys{New: ring.ListNew(c.Now(), keyring.DefaultLifetimes()), Accepted: ring.ListAccepted()}, nil
	}
}

// newMetricsOptions returns options that serve the metrics over HTTPS, to clients that RBAC permits to read them.
func newMetricsOptions(o options) metricsserver.Options {
	return metricsserver.Options{
		BindAddress:    o.metricsAddress,
		SecureServing:  true,
		FilterProvider: filters.WithAuthenticationAndAuthorization,
		TLSOpts:        []func(*tls.Config){requireTLS13, requireHTTP1},
	}
}

// requireHTTP1 makes the server refuse HTTP/2. The streams of HTTP/2 allow clients to exhaust a server (CVE-2023-44487 and its successors),
// and the clients of the manager do not need several requests at once on a connection.
func requireHTTP1(c *tls.Config) {
	c.NextProtos = []string{"http/1.1"}
}

// requireTLS13 makes the server refuse TLS versions before 1.3.
func requireTLS13(c *tls.Config) {
	c.MinVersion = tls.VersionTLS13
}

// addChecks adds the health checks of the whole process. controllers.Add adds those of the organisation and the certificate. There is no
// check of the policy bundle, because a manager that cannot compile it does not start.
func addChecks(mgr manager.Manager, s *shutdown) error {
	checkCaches := func(r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), cacheSyncTimeout)
		defer cancel()
		if !mgr.GetCache().WaitForCacheSync(ctx) {
			return errors.New("caches are not synced")
		}
		return nil
	}
	if err := errors.Join(
		mgr.AddHealthzCheck("ping", healthz.Ping),
		mgr.AddReadyzCheck("shutdown", s.Check),
		mgr.AddReadyzCheck("caches", checkCaches),
		mgr.AddReadyzCheck("webhook", mgr.GetWebhookServer().StartedChecker()),
	); err != nil {
		return fmt.Errorf("add health checks: %w", err)
	}
	return nil
}
