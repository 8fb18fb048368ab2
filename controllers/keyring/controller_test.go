package keyring_test

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	controller "github.com/chaperone-dev/chaperone/controllers/keyring"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/keyring"
	"github.com/chaperone-dev/chaperone/test/builders"
	"github.com/chaperone-dev/chaperone/test/env"
)

var (
	cluster env.Cluster
	noon    = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
)

func TestMain(m *testing.M) { os.Exit(env.Main(m, env.Options{}, &cluster)) }

// world is a cluster with one replica.
type world struct {
	t       *testing.T
	client  client.Client
	clock   *clocktesting.FakePassiveClock
	options controller.Options
	// changes counts the calls of Options.Changed.
	changes int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c, err := client.New(cluster.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "system-"}}
	if err := c.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, client: c, clock: clocktesting.NewFakePassiveClock(noon)}
	w.options = controller.Options{
		Client: c, Secrets: c, Pods: client.NewNamespacedClient(c, ns.Name), Clock: w.clock, Namespace: ns.Name, Holder: &keyring.Holder{},
		Lifetimes: keyring.DefaultLifetimes(), Changed: func() { w.changes++ },
	}
	w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: contract.KeySecret}})
	return w
}

func (w *world) create(object client.Object) {
	w.t.Helper()
	if err := w.client.Create(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) key() types.NamespacedName {
	return types.NamespacedName{Namespace: w.options.Namespace, Name: contract.KeySecret}
}

// step runs the reconciler as its watch does. It returns the keys that the replica uses, newest first, and after how long it runs again.
func (w *world) step() ([]string, time.Duration) {
	w.t.Helper()
	result, err := (&controller.Reconciler{Options: w.options}).Reconcile(w.t.Context(), ctrl.Request{NamespacedName: w.key()})
	if err != nil {
		w.t.Fatal(err)
	}
	ring, err := w.options.Holder.Load()
	if err != nil {
		w.t.Fatal(err)
	}
	return ring.ListAccepted(), result.RequeueAfter
}

func (w *world) secret() *corev1.Secret {
	w.t.Helper()
	secret := &corev1.Secret{}
	if err := w.client.Get(w.t.Context(), w.key(), secret); err != nil {
		w.t.Fatal(err)
	}
	return secret
}

// governedPod creates a pod whose sidecar trusts the keys.
func (w *world) governedPod(trusted []string) *corev1.Pod {
	w.t.Helper()
	d := builders.ChatbotDeployment()
	pod, err := inject.Sidecar(builders.Pod(), d, inject.WithKeys(inject.Template(d, builders.Image, "hash"), facts.SidecarKeys{New: trusted}))
	if err != nil {
		w.t.Fatal(err)
	}
	pod.Namespace = w.options.Namespace
	w.create(pod)
	return pod
}

func TestEmptySecretGetsAKeyThatIsKept(t *testing.T) {
	w := newWorld(t)
	first, next := w.step()
	if len(first) != 1 || next != keyring.DefaultRotateAfter || w.changes != 1 {
		t.Errorf("%d keys, next step after %s, %d changes", len(first), next, w.changes)
	}
	before := w.secret().ResourceVersion
	w.clock.SetTime(noon.Add(time.Hour))
	second, _ := w.step()
	if diff := cmp.Diff(first, second); diff != "" || w.secret().ResourceVersion != before || w.changes != 1 {
		t.Errorf("keys (-before +after), %d changes:\n%s", w.changes, diff)
	}
}

func TestAKeyIsRetiredWhenNoSidecarTrustsIt(t *testing.T) {
	w := newWorld(t)
	first, _ := w.step()
	pod := w.governedPod(first)
	w.clock.SetTime(noon.Add(keyring.DefaultRotateAfter))
	both, _ := w.step()
	if len(both) != 2 || both[1] != first[0] {
		t.Fatalf("keys %q, want a new one and %q", both, first)
	}
	w.clock.SetTime(noon.Add(keyring.DefaultRotateAfter + keyring.DefaultRetireAfter))
	if trusted, next := w.step(); !slices.Equal(trusted, both) || next != 24*time.Hour {
		t.Errorf("keys %q, next step after %s; want those of before, as a pod trusts the old one", trusted, next)
	}
	if err := w.client.Delete(t.Context(), pod, client.GracePeriodSeconds(0)); err != nil {
		t.Fatal(err)
	}
	if left, _ := w.step(); !slices.Equal(left, both[:1]) {
		t.Errorf("keys %q, want %q", left, both[:1])
	}
}

func TestLostKeysAreMadeAgain(t *testing.T) {
	w := newWorld(t)
	first, _ := w.step()
	secret := w.secret()
	secret.Data = nil
	if err := w.client.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	second, _ := w.step()
	if len(second) != 1 || second[0] == first[0] || w.changes != 2 {
		t.Errorf("keys %q, %d changes; want one other key than %q", second, w.changes, first)
	}
}

// A Secret that is deleted loses no keys as long as one replica runs: pods trust them.
func TestDeletedSecretIsMadeAgainWithItsKeys(t *testing.T) {
	w := newWorld(t)
	first, _ := w.step()
	deleted := w.secret()
	if err := w.client.Delete(t.Context(), deleted); err != nil {
		t.Fatal(err)
	}
	w.step()
	if again := w.secret(); again.UID == deleted.UID || !slices.Equal(keyring.Parse(again.Data).ListAccepted(), first) {
		t.Errorf("keys %q; want %q in a new Secret", keyring.Parse(again.Data).ListAccepted(), first)
	}
	if left, _ := w.step(); !slices.Equal(left, first) || w.changes != 1 {
		t.Errorf("keys %q, %d changes; want %q", left, w.changes, first)
	}
}

// A replica that starts while there is no Secret makes it, and takes no keys away that another one has put there.
func TestMissingSecretIsMade(t *testing.T) {
	w := newWorld(t)
	if err := w.client.Delete(t.Context(), w.secret()); err != nil {
		t.Fatal(err)
	}
	starting := controller.Reconciler{Options: w.options}
	starting.Secrets = missingReader{w.client}
	reconcile := func() {
		t.Helper()
		if _, err := starting.Reconcile(t.Context(), ctrl.Request{NamespacedName: w.key()}); err != nil {
			t.Fatal(err)
		}
	}
	reconcile()
	first, _ := w.step()
	if err := w.client.Delete(t.Context(), w.secret()); err != nil {
		t.Fatal(err)
	}
	w.step() // Another replica makes it again, with its keys.
	starting.Holder = &keyring.Holder{}
	reconcile()
	if left := keyring.Parse(w.secret().Data).ListAccepted(); len(first) != 1 || !slices.Equal(left, first) {
		t.Errorf("keys %q; want %q", left, first)
	}
}

// missingReader finds nothing, as a stale cache does.
type missingReader struct{ client.Reader }

func (missingReader) Get(_ context.Context, key client.ObjectKey, _ client.Object, _ ...client.GetOption) error {
	return apierrors.NewNotFound(corev1.Resource("secrets"), key.Name)
}

// Two replicas of a new installation find the Secret empty at the same time: both use the key of the one that was faster.
func TestReplicasUseTheSameKeys(t *testing.T) {
	w := newWorld(t)
	empty := w.secret()
	first, _ := w.step()
	other := controller.Reconciler{Options: w.options}
	other.Holder, other.Secrets = &keyring.Holder{}, staleReader{w.client, empty}
	result, err := other.Reconcile(t.Context(), ctrl.Request{NamespacedName: w.key()})
	if _, noKeys := other.Holder.Load(); err != nil || result.RequeueAfter != time.Second || noKeys == nil {
		t.Errorf("result %+v, error %v, %v; want another attempt after a second", result, err, noKeys)
	}
	other.Secrets = w.client
	if _, err := other.Reconcile(t.Context(), ctrl.Request{NamespacedName: w.key()}); err != nil {
		t.Fatal(err)
	}
	if ring, err := other.Holder.Load(); err != nil || !slices.Equal(ring.ListAccepted(), first) {
		t.Errorf("keys %q, %v; want %q", ring.ListAccepted(), err, first)
	}
}

// staleReader returns an older Secret than the API server has, as a stale cache does.
type staleReader struct {
	client.Reader
	secret *corev1.Secret
}

func (s staleReader) Get(_ context.Context, _ client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	s.secret.DeepCopyInto(object.(*corev1.Secret))
	return nil
}

func TestOtherSecretsAreIgnored(t *testing.T) {
	w := newWorld(t)
	other := ctrl.Request{NamespacedName: types.NamespacedName{Namespace: w.options.Namespace, Name: contract.WebhookSecret}}
	w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: other.Namespace, Name: other.Name}})
	if _, err := (&controller.Reconciler{Options: w.options}).Reconcile(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	secret := &corev1.Secret{}
	if err := w.client.Get(t.Context(), other.NamespacedName, secret); err != nil || len(secret.Data) > 0 {
		t.Errorf("data %v, %v", secret.Data, err)
	}
}
