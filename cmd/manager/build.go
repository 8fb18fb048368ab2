package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/controllers"
	certificates "github.com/chaperone-dev/chaperone/internal/certificate"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

const (
	// gracefulShutdown bounds the wait for admission requests in flight; each has its own deadline of a few seconds.
	gracefulShutdown = 20 * time.Second
	// cacheCheck bounds how long a readiness probe waits for the caches.
	cacheCheck = 500 * time.Millisecond
)

// newManager returns the manager, and how it manages certificates (nil when another program does).
func newManager(o options, s *shutdown) (manager.Manager, *controllers.Certificates, error) {
	restConfig, err := ctrl.GetConfig()
	if err != nil {
		return nil, nil, fmt.Errorf("find cluster: %w", err)
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, nil, fmt.Errorf("register types: %w", err)
	}
	kept := newCertificates(o)
	mgr, err := ctrl.NewManager(restConfig, ctrl.Options{
		Scheme:                        scheme,
		Cache:                         controllers.CacheOptions(o.namespace),
		Metrics:                       newMetricsOptions(o),
		HealthProbeBindAddress:        o.probeAddress,
		WebhookServer:                 &closingServer{Server: newWebhookServer(o, kept), shutdown: s},
		LeaderElection:                o.leaderElect,
		LeaderElectionID:              contract.Manager,
		LeaderElectionNamespace:       o.namespace,
		LeaderElectionReleaseOnCancel: true,
		GracefulShutdownTimeout:       ptr.To(gracefulShutdown),
	})
	if err != nil {
		return nil, nil, fmt.Errorf("build manager: %w", err)
	}
	return mgr, kept, nil
}

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

func newMetricsOptions(o options) metricsserver.Options {
	return metricsserver.Options{
		BindAddress:    o.metricsAddress,
		SecureServing:  true,
		FilterProvider: filters.WithAuthenticationAndAuthorization,
		TLSOpts:        []func(*tls.Config){func(c *tls.Config) { requireTLS13(c, false) }},
	}
}

func newWebhookServer(o options, kept *controllers.Certificates) webhook.Server {
	return webhook.NewServer(webhook.Options{
		Host: o.webhookHost, Port: o.webhookPort, CertDir: o.webhookCertDir,
		TLSOpts: []func(*tls.Config){func(c *tls.Config) {
			requireTLS13(c, o.webhookHTTP2)
			if kept != nil {
				c.GetCertificate = kept.Keeper.GetCertificate
			}
		}},
	})
}

// requireTLS13 refuses earlier versions of TLS, and HTTP/2 unless http2 is set: its streams allow clients to exhaust a server
// (CVE-2023-44487 and its successors), and one connection per request is enough here.
func requireTLS13(c *tls.Config, http2 bool) {
	c.MinVersion = tls.VersionTLS13
	if !http2 {
		c.NextProtos = []string{"http/1.1"}
	}
}

// addChecks adds the health checks of the whole process; controllers.Add adds those of the organisation and the certificate. The
// built-in policy needs none: a manager without a compiled policy does not start.
func addChecks(mgr manager.Manager, s *shutdown) error {
	caches := func(r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), cacheCheck)
		defer cancel()
		if !mgr.GetCache().WaitForCacheSync(ctx) {
			return errors.New("caches are not synced")
		}
		return nil
	}
	if err := errors.Join(
		mgr.AddHealthzCheck("ping", healthz.Ping),
		mgr.AddReadyzCheck("shutdown", s.Check),
		mgr.AddReadyzCheck("caches", caches),
		mgr.AddReadyzCheck("webhook", mgr.GetWebhookServer().StartedChecker()),
	); err != nil {
		return fmt.Errorf("add health checks: %w", err)
	}
	return nil
}
