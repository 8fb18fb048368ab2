// Package keyring manages the keys that sign the configurations of sidecars. Every replica reads them from their Secret, because the webhooks
// put the public keys into pods, and any replica rotates them there: the API server lets only one of several writers win. internal/keyring
// decides when keys are made and removed. Private keys never leave the Secret and the memory of the manager.
package keyring

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/keyring"
)

// conflictRetry is the time until the next attempt after a conflict. By then the cache usually has the object of the other writer.
const conflictRetry = time.Second

// Options are what the reconciler needs. All fields are required.
type Options struct {
	// Client writes the Secret.
	Client client.Client
	// Secrets reads the Secret.
	Secrets client.Reader
	// Pods reads the governed pods; it must have at least their init containers.
	Pods  client.Reader
	Clock clock.PassiveClock
	// Namespace is the namespace of the Secret.
	Namespace string
	Lifetimes keyring.Lifetimes
	// Holder gets the keys, for the webhooks and the chatbot reconciler of this replica.
	Holder *keyring.Holder
	// Changed is called when the keys of Holder have changed, for the chatbot reconciler: if keys are lost, new ones must sign at once.
	Changed func()
}

// Reconciler makes keys, removes them, and gives them to Options.Holder.
type Reconciler struct{ Options }

// These rules are for one object. The manager cannot delete it, nor read other Secrets.
//
// +kubebuilder:rbac:groups="",namespace=chaperone-system,resources=secrets,resourceNames=chaperone-signing-keys,verbs=get;list;watch;create;patch;update

// SetupWithManager registers the reconciler. secrets is a cache that holds only the Secret.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, secrets cache.Cache) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("keyring").
		// The Secret is empty at first, and other clients may change it.
		WatchesRawSource(source.Kind(secrets, &corev1.Secret{}, &handler.TypedEnqueueRequestForObject[*corev1.Secret]{})).
		// Once at the start: a Secret that is not there has no event.
		WatchesRawSource(source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
			queue.Add(reconcile.Request{NamespacedName: r.key()})
			return nil
		})).
		// Every replica serves webhooks, so every replica needs the keys, not only the leader. Every replica can make them, too: while
		// Chaperone is upgraded, the first new replica must become ready before the old leader ends.
		WithOptions(controller.Options{NeedLeaderElection: ptr.To(false)}).
		Complete(r)
}

// Reconcile makes the keys that are missing or due, removes those whose time has passed, and gives the keys to the Holder. It writes only
// what has changed. If the Secret does not exist, it makes it again, and its watch reports that.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	if request.NamespacedName != r.key() { // A client without the filter of the cache sees other Secrets too.
		return ctrl.Result{}, nil
	}
	secret, err := r.read(ctx)
	if apierrors.IsNotFound(err) {
		return ctrl.Result{}, r.create(ctx)
	}
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("read signing keys: %w", err)
	}
	now := r.Clock.Now()
	found := keyring.Parse(secret.Data)
	ring, next, err := found.Renew(now, r.Lifetimes, func(key string) (bool, error) { return r.isTrusted(ctx, key) })
	if err != nil {
		return ctrl.Result{}, err
	}
	if !slices.Equal(ring.ListAccepted(), found.ListAccepted()) {
		if err := r.write(ctx, secret.DeepCopy(), ring); err != nil {
			if apierrors.IsConflict(err) {
				return ctrl.Result{RequeueAfter: conflictRetry}, nil
			}
			return ctrl.Result{}, err
		}
	}
	if r.Holder.Replace(ring) {
		logf.FromContext(ctx).Info("Using the signing keys", "Secret", klog.KObj(secret), "keys", ring.Len())
		r.Changed()
	}
	// A RequeueAfter of 0 or less would mean never, so wait a second for a check that is due.
	return ctrl.Result{RequeueAfter: max(next.Sub(now), time.Second)}, nil
}

func (r *Reconciler) key() types.NamespacedName {
	return types.NamespacedName{Namespace: r.Namespace, Name: contract.KeySecret}
}

func (r *Reconciler) read(ctx context.Context) (*corev1.Secret, error) {
	secret := &corev1.Secret{}
	return secret, r.Secrets.Get(ctx, r.key(), secret)
}

// create makes the Secret again, with the keys that this replica knows: pods trust them, and cannot learn others. While the namespace ends,
// there is nothing to do.
func (r *Reconciler) create(ctx context.Context) error {
	secret := corev1ac.Secret(contract.KeySecret, r.Namespace).WithLabels(map[string]string{"app.kubernetes.io/name": "chaperone"}).WithType(corev1.SecretTypeOpaque)
	owner := client.FieldOwner(contract.FieldManager)
	if ring, err := r.Holder.Load(); err == nil {
		data, err := ring.Encode()
		if err != nil {
			return err
		}
		secret.WithData(data)
	} else {
		// Another owner takes no keys away that a replica has written meanwhile.
		owner += "-empty"
	}
	logf.FromContext(ctx).Info("Creating the Secret for signing keys again", "Secret", klog.KRef(r.Namespace, contract.KeySecret), "keys", len(secret.Data) > 0)
	// Server-side apply names the Secret in its URL, so that RBAC can limit the creation to the name.
	err := r.Client.Apply(ctx, secret, owner, client.ForceOwnership)
	if err != nil && !apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		return fmt.Errorf("create Secret for signing keys: %w", err)
	}
	return nil
}

// write writes the ring into the Secret.
func (r *Reconciler) write(ctx context.Context, secret *corev1.Secret, ring keyring.Ring) error {
	data, err := ring.Encode()
	if err != nil {
		return err
	}
	logf.FromContext(ctx).Info("Changing the signing keys", "Secret", klog.KObj(secret), "keys", ring.Len())
	secret.Data = data
	// Use Update, which fails if another writer was faster: two replicas must not sign with different keys.
	if err := r.Client.Update(ctx, secret, client.FieldOwner(contract.FieldManager)); err != nil {
		return fmt.Errorf("write signing keys: %w", err)
	}
	return nil
}

// isTrusted reports whether the sidecar of a governed pod trusts the key. Such a pod has no other way to learn a key than to be created again.
func (r *Reconciler) isTrusted(ctx context.Context, key string) (bool, error) {
	var pods corev1.PodList
	if err := r.Pods.List(ctx, &pods, client.UnsafeDisableDeepCopy); err != nil {
		return false, fmt.Errorf("list governed pods: %w", err)
	}
	return slices.ContainsFunc(pods.Items, func(pod corev1.Pod) bool {
		return slices.Contains(strings.Split(inject.FindTrust(&pod), ","), key)
	}), nil
}
