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

// Serving passes the serving certificate of the Secret to the webhook server of its replica. Every replica runs it, leader or not. All
// fields are required.
type Serving struct {
	Client client.Client
	Clock  clock.PassiveClock
	// Namespace is the namespace of the Secret.
	Namespace string
	// Keeper holds the certificate for the webhook server.
	Keeper *certificate.Keeper
}

// SetupWithManager registers the reconciler and its watch.
func (s *Serving) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("serving").
		// The server must present a new certificate of the Secret without a restart.
		For(&corev1.Secret{}).
		// Every replica serves webhooks, so every replica needs the certificate, not only the leader.
		WithOptions(controller.Options{NeedLeaderElection: ptr.To(false)}).
		Complete(s)
}

// Reconcile gives the serving certificate of the Secret to the Keeper. If the pair in the Secret is malformed, or its key does not fit, the
// previous certificate stays in use until the leader repairs the Secret. Reconcile does not check the validity and the names of the
// certificate.
func (s *Serving) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	if request.NamespacedName != (types.NamespacedName{Namespace: s.Namespace, Name: contract.WebhookSecret}) {
		return ctrl.Result{}, nil
	}
	var secret corev1.Secret
	if err := s.Client.Get(ctx, request.NamespacedName, &secret); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	serving := certificate.Parse(secret.Data).Serving
	// The Secret is empty until the leader has issued the first certificate.
	if len(serving.Certificate) == 0 && len(serving.Key) == 0 {
		return ctrl.Result{}, nil
	}
	if err := s.Keeper.Replace(serving); err != nil {
		logf.FromContext(ctx).Info("Keeping the previous certificate", "reason", err.Error())
	}
	return ctrl.Result{}, nil
}

// Check returns nil if API servers can verify the certificate of this replica. Otherwise it returns the reason: the replica has no
// certificate, it has expired, the caBundle of a webhook does not verify it, or the webhook configurations cannot be read. Check does not
// check the names of the certificate. Check ignores webhook configurations that do not exist.
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
		for _, caBundle := range p.listCABundles() {
			// Without a caBundle, API servers do not trust the certificate. nil would tell Keeper.Check to verify nothing: pass an empty slice.
			if err := s.Keeper.Check(now, append([]byte{}, caBundle...)); err != nil {
				return fmt.Errorf("webhook configuration %s: %w", p.object.GetName(), err)
			}
		}
	}
	return nil
}
