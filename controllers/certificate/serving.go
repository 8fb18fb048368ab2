package certificate

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/chaperone-dev/chaperone/internal/certificate"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

// Serving passes the pair of the Secret to the webhook server. Every replica runs it, leader or not.
type Serving struct {
	Client client.Client
	Clock  clock.PassiveClock
	// Namespace is that of the Secret.
	Namespace string
	Keeper    *certificate.Keeper
}

// SetupWithManager registers the reconciler and its watch.
func (s *Serving) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("serving").
		// The Secret: the server must present its certificate at once, without a restart.
		For(&corev1.Secret{}).
		WithOptions(controller.Options{NeedLeaderElection: ptr.To(false)}).
		Complete(s)
}

// Reconcile takes the pair of the Secret. When the pair is invalid, the last good pair stays in use until the leader repairs the
// Secret.
func (s *Serving) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	if request.NamespacedName != (types.NamespacedName{Namespace: s.Namespace, Name: contract.WebhookSecret}) {
		return ctrl.Result{}, nil
	}
	var secret corev1.Secret
	if err := s.Client.Get(ctx, request.NamespacedName, &secret); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	serving := certificate.Parse(secret.Data).Serving
	if len(serving.Certificate) == 0 && len(serving.Key) == 0 {
		return ctrl.Result{}, nil
	}
	if err := s.Keeper.Replace(serving); err != nil {
		logf.FromContext(ctx).Info("Keeping the last good certificate", "reason", err.Error())
	}
	return ctrl.Result{}, nil
}

// Check returns nil when API servers can use the webhooks of this replica, and otherwise the reason: the replica has no valid
// certificate, or a published caBundle does not verify it. A webhook configuration that does not exist publishes nothing.
func (s *Serving) Check(ctx context.Context) error {
	published, err := readPublications(ctx, s.Client)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	if err := s.Keeper.Check(now, nil); err != nil {
		return err
	}
	for _, p := range published {
		for _, bundle := range p.bundles() {
			// An empty caBundle verifies nothing, whereas nil means that nothing is published.
			if err := s.Keeper.Check(now, append([]byte{}, bundle...)); err != nil {
				return fmt.Errorf("webhook configuration %s: %w", p.object.GetName(), err)
			}
		}
	}
	return nil
}
