// Package certificate manages the certificates of the webhook server in a cluster without cert-manager. The leader renews the
// Secret and publishes its authorities in the caBundle of the webhook configurations. Every replica serves the certificate of the
// Secret. internal/certificate decides what to issue and when. Keys never leave the Secret and the memory of the manager.
package certificate

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/chaperone-dev/chaperone/internal/certificate"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

// conflictRetry is the time until the next attempt after a conflict. By then the cache usually has the object of the other writer.
const conflictRetry = time.Second

// Options are what the reconciler needs. All fields are required.
type Options struct {
	Client client.Client
	Clock  clock.PassiveClock
	// Namespace is the namespace of the Secret.
	Namespace string
	// Names are the names for which the serving certificate is valid.
	Names     certificate.Names
	Lifetimes certificate.Lifetimes
}

// Reconciler renews the Secret and publishes its authorities in the webhook configurations. Only the leader runs it.
type Reconciler struct {
	Options

	// newest is the newest authority, in DER, that the reconciler has seen in every webhook configuration. It has seen it there since
	// publishedSince. One worker at a time uses them. A new leader starts without them and waits a little longer.
	newest         []byte
	publishedSince time.Time
}

// Each of these RBAC rules is for one object, and the cache lists and watches that object by its name. The manager cannot delete the objects,
// nor read others.
//
// +kubebuilder:rbac:groups="",namespace=chaperone-system,resources=secrets,resourceNames=chaperone-webhook-cert,verbs=get;list;watch;create;patch;update
// +kubebuilder:rbac:groups=admissionregistration.k8s.io,resources=mutatingwebhookconfigurations,resourceNames=chaperone-mutating,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=admissionregistration.k8s.io,resources=validatingwebhookconfigurations,resourceNames=chaperone-validating,verbs=get;list;watch;patch

// SetupWithManager registers the reconciler and its watches.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	enqueueSecret := handler.EnqueueRequestsFromMapFunc(func(context.Context, client.Object) []reconcile.Request {
		return []reconcile.Request{{NamespacedName: r.secretKey()}}
	})
	b := ctrl.NewControllerManagedBy(mgr).
		Named("certificate").
		// The Secret is empty at first, and other clients may change it.
		For(&corev1.Secret{})
	for _, kind := range listKinds() {
		// If another client changes a caBundle, API servers cannot call the webhooks until the reconciler writes it again.
		b = b.Watches(kind.newObject(), enqueueSecret)
	}
	return b.Complete(r)
}

func (r *Reconciler) secretKey() types.NamespacedName {
	return types.NamespacedName{Namespace: r.Namespace, Name: contract.WebhookSecret}
}

// Reconcile renews the certificates that are due, and writes the certificates of all authorities into the caBundle of every webhook. It
// writes only what has changed.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	if request.NamespacedName != r.secretKey() { // A client without the filters of controllers.CacheOptions sees other Secrets too.
		return ctrl.Result{}, nil
	}
	nextCheck, err := r.reconcile(ctx)
	if apierrors.IsConflict(err) {
		return ctrl.Result{RequeueAfter: conflictRetry}, nil
	}
	if err != nil || nextCheck.IsZero() {
		return ctrl.Result{}, err
	}
	// A RequeueAfter of 0 or less would mean never, so wait a second for a check that is due.
	return ctrl.Result{RequeueAfter: max(nextCheck.Sub(r.Clock.Now()), time.Second)}, nil
}

// reconcile does the work of Reconcile. It returns the time of the next check, or the zero time if the Secret did not exist: the watch then
// reports its creation.
func (r *Reconciler) reconcile(ctx context.Context) (nextCheck time.Time, err error) {
	secret := &corev1.Secret{}
	if err := r.Client.Get(ctx, r.secretKey(), secret); err != nil {
		if client.IgnoreNotFound(err) == nil {
			err = r.createSecret(ctx)
		}
		return time.Time{}, err
	}
	published, err := readPublications(ctx, r.Client)
	if err != nil {
		return time.Time{}, err
	}
	state := certificate.Parse(secret.Data)
	now := r.Clock.Now()
	if isPublished(state, published) {
		r.notePublished(state, now)
	} else {
		r.newest, r.publishedSince = nil, time.Time{}
	}
	renewal := certificate.Renewal{State: state, Names: r.Names, PublishedSince: r.publishedSince, Lifetimes: r.Lifetimes}
	desired, nextCheck, err := renewal.Renew(now)
	if err != nil {
		return time.Time{}, fmt.Errorf("renew certificates: %w", err)
	}
	// Write the Secret first: an authority must not be published before its key is stored.
	if err := r.writeSecret(ctx, secret, desired); err != nil {
		return time.Time{}, err
	}
	for _, p := range published {
		if err := r.publish(ctx, p, desired.CABundle()); err != nil {
			return time.Time{}, err
		}
	}
	r.notePublished(desired, now)
	return nextCheck, nil
}

// createSecret makes an empty Secret in place of one that was deleted. While the namespace ends, there is nothing to do.
func (r *Reconciler) createSecret(ctx context.Context) error {
	key := r.secretKey()
	logf.FromContext(ctx).Info("Creating the Secret for certificates again", "Secret", klog.KRef(key.Namespace, key.Name))
	empty := corev1ac.Secret(key.Name, key.Namespace).WithLabels(map[string]string{"app.kubernetes.io/name": "chaperone"}).WithType(corev1.SecretTypeOpaque)
	// Server-side apply names the Secret in its URL, so that RBAC can limit the creation to the name.
	err := r.Client.Apply(ctx, empty, client.FieldOwner(contract.FieldManager))
	if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create Secret for certificates: %w", err)
	}
	return nil
}

// notePublished notes that every webhook configuration contains the newest authority of the state. The time stays that of the first note.
func (r *Reconciler) notePublished(state certificate.State, now time.Time) {
	if len(state.Authorities) == 0 {
		return
	}
	if newest := state.Authorities[0].Certificate.Raw; !bytes.Equal(newest, r.newest) {
		r.newest, r.publishedSince = newest, now
	}
}

// writeSecret writes the state into the Secret, unless the Secret holds exactly that already. It removes all other data of the Secret.
func (r *Reconciler) writeSecret(ctx context.Context, secret *corev1.Secret, state certificate.State) error {
	data, err := state.Encode()
	if err != nil {
		return fmt.Errorf("encode certificates: %w", err)
	}
	if maps.EqualFunc(data, secret.Data, slices.Equal[[]byte]) {
		return nil
	}
	logf.FromContext(ctx).Info("Renewing certificates", "Secret", klog.KObj(secret), "authorities", len(state.Authorities))
	secret.Data = data
	// Use Update, which fails if another writer was faster: a patch could combine the key of one writer with the certificate of another.
	if err := r.Client.Update(ctx, secret, client.FieldOwner(contract.FieldManager)); err != nil {
		return fmt.Errorf("write certificates: %w", err)
	}
	return nil
}

// isPublished reports whether the caBundle of every webhook contains the newest authority. Only then may this authority replace a valid
// serving certificate, because API servers verify the certificate with the caBundle. If no webhook configuration exists, isPublished
// returns true.
func isPublished(state certificate.State, published []publication) bool {
	for _, p := range published {
		for _, caBundle := range p.listCABundles() {
			if !state.IsPublishedIn(caBundle) {
				return false
			}
		}
	}
	return true
}
