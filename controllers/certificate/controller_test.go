package certificate_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	certificates "github.com/chaperone-dev/chaperone/controllers/certificate"
	"github.com/chaperone-dev/chaperone/internal/certificate"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/test/env"
)

var (
	cluster env.Cluster
	noon    = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

func TestMain(m *testing.M) { os.Exit(env.Main(m, env.Options{}, &cluster)) }

// webhooks is a cluster in which the manager manages its own certificates.
type webhooks struct {
	t       *testing.T
	client  client.Client
	clock   *clocktesting.FakePassiveClock
	leader  *certificates.Reconciler
	serving *certificates.Serving
	key     types.NamespacedName
}

// lifetimes are short enough for several rotations in one test.
var lifetimes = certificate.Lifetimes{
	AuthorityValidity: 6 * time.Minute, AuthorityRenewBefore: 3 * time.Minute,
	ServingValidity: 2 * time.Minute, ServingRenewBefore: 90 * time.Second, Propagation: 10 * time.Second,
}

func newWebhooks(t *testing.T) *webhooks {
	t.Helper()
	c, err := client.New(cluster.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "system-"}}
	if err := c.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	w := &webhooks{t: t, client: c, clock: clocktesting.NewFakePassiveClock(noon)}
	w.key = types.NamespacedName{Namespace: ns.Name, Name: contract.WebhookSecret}
	w.leader = &certificates.Reconciler{Options: certificates.Options{
		Client: c, Clock: w.clock, Namespace: ns.Name, Lifetimes: lifetimes,
		Names: certificate.ListServiceNames("chaperone-webhook", ns.Name),
	}}
	w.serving = &certificates.Serving{Client: c, Clock: w.clock, Namespace: ns.Name, Keeper: &certificate.Keeper{}}
	w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: contract.WebhookSecret}})
	return w
}

// install creates the webhook configurations, with three webhooks in total. The end of the test removes them.
func (w *webhooks) install() {
	w.t.Helper()
	// Without rules the API server sends nothing to the server, which does not exist.
	clientConfig := admissionv1.WebhookClientConfig{URL: ptr.To("https://127.0.0.1:1/")}
	w.create(&admissionv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: contract.MutatingWebhooks},
		Webhooks: []admissionv1.MutatingWebhook{{
			Name: "inject.chaperone.dev", ClientConfig: clientConfig, AdmissionReviewVersions: []string{"v1"},
			SideEffects: ptr.To(admissionv1.SideEffectClassNone), TimeoutSeconds: ptr.To[int32](3),
		}},
	})
	validating := func(name string) admissionv1.ValidatingWebhook {
		return admissionv1.ValidatingWebhook{
			Name: name, ClientConfig: clientConfig, AdmissionReviewVersions: []string{"v1"},
			SideEffects: ptr.To(admissionv1.SideEffectClassNone), TimeoutSeconds: ptr.To[int32](5),
		}
	}
	w.create(&admissionv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: contract.ValidatingWebhooks},
		Webhooks:   []admissionv1.ValidatingWebhook{validating("validate.chaperone.dev"), validating("guard.chaperone.dev")},
	})
}

func (w *webhooks) create(object client.Object) {
	w.t.Helper()
	if err := w.client.Create(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
	// The context of the test ends before its cleanup.
	ctx := context.WithoutCancel(w.t.Context())
	w.t.Cleanup(func() {
		if err := w.client.Delete(ctx, object); client.IgnoreNotFound(err) != nil {
			w.t.Error(err)
		}
	})
}

// step runs both reconcilers as their watches do, and returns after how long the leader runs again.
func (w *webhooks) step() time.Duration {
	w.t.Helper()
	request := reconcile.Request{NamespacedName: w.key}
	result, err := w.leader.Reconcile(w.t.Context(), request)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.serving.Reconcile(w.t.Context(), request); err != nil {
		w.t.Fatal(err)
	}
	return result.RequeueAfter
}

func (w *webhooks) secret() *corev1.Secret {
	w.t.Helper()
	var secret corev1.Secret
	if err := w.client.Get(w.t.Context(), w.key, &secret); err != nil {
		w.t.Fatal(err)
	}
	return &secret
}

func (w *webhooks) validating() *admissionv1.ValidatingWebhookConfiguration {
	w.t.Helper()
	var c admissionv1.ValidatingWebhookConfiguration
	if err := w.client.Get(w.t.Context(), types.NamespacedName{Name: contract.ValidatingWebhooks}, &c); err != nil {
		w.t.Fatal(err)
	}
	return &c
}

// resourceVersions are those of the Secret and of both webhook configurations.
func (w *webhooks) resourceVersions() []string {
	w.t.Helper()
	var mutating admissionv1.MutatingWebhookConfiguration
	if err := w.client.Get(w.t.Context(), types.NamespacedName{Name: contract.MutatingWebhooks}, &mutating); err != nil {
		w.t.Fatal(err)
	}
	return []string{w.secret().ResourceVersion, w.validating().ResourceVersion, mutating.ResourceVersion}
}

func TestEmptySecretIsFilledAndPublished(t *testing.T) {
	w := newWebhooks(t)
	if err := w.serving.Check(t.Context()); err == nil {
		t.Error("ready without a certificate")
	}
	w.step()
	if err := w.serving.Check(t.Context()); err != nil {
		t.Errorf("not ready before webhooks are installed: %v", err)
	}
	w.install()
	if err := w.serving.Check(t.Context()); err == nil {
		t.Error("ready although the webhook configurations hold no caBundle")
	}
	w.step()
	if err := w.serving.Check(t.Context()); err != nil {
		t.Errorf("not ready: %v", err)
	}
	configuration := w.validating()
	if url := ptr.Deref(configuration.Webhooks[0].ClientConfig.URL, ""); url != "https://127.0.0.1:1/" {
		t.Errorf("more than the caBundle was changed: url %q", url)
	}
	before := w.resourceVersions()
	w.step()
	if diff := cmp.Diff(before, w.resourceVersions()); diff != "" {
		t.Errorf("resource versions after a step with unchanged input (-before +after):\n%s", diff)
	}
}

func TestWipedCABundleIsRepaired(t *testing.T) {
	w := newWebhooks(t)
	w.install()
	w.step()
	configuration := w.validating()
	want := string(configuration.Webhooks[1].ClientConfig.CABundle)
	configuration.Webhooks[1].ClientConfig.CABundle = nil
	if err := w.client.Update(t.Context(), configuration); err != nil {
		t.Fatal(err)
	}
	if err := w.serving.Check(t.Context()); err == nil || !strings.Contains(err.Error(), contract.ValidatingWebhooks) {
		t.Errorf("want not ready because of %s, got %v", contract.ValidatingWebhooks, err)
	}
	w.step()
	if got := string(w.validating().Webhooks[1].ClientConfig.CABundle); got != want {
		t.Errorf("caBundle: want %q, got %q", want, got)
	}
	if err := w.serving.Check(t.Context()); err != nil {
		t.Errorf("not ready after the repair: %v", err)
	}
}

func TestLostSecretIsMadeAgain(t *testing.T) {
	w := newWebhooks(t)
	w.install()
	w.step()
	before := w.secret()
	if err := w.client.Delete(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	w.step()
	w.step()
	if now := w.secret(); now.UID == before.UID || len(now.Data) == 0 {
		t.Errorf("the Secret was not made again: UID %s, %d data", now.UID, len(now.Data))
	}
	if err := w.serving.Check(t.Context()); err != nil {
		t.Errorf("not ready after the repair: %v", err)
	}
}

func TestTruncatedSecretIsRepairedWhileThePreviousCertificateServes(t *testing.T) {
	w := newWebhooks(t)
	w.install()
	w.step()
	secret := w.secret()
	secret.Data[certificate.DataCertificate] = secret.Data[certificate.DataCertificate][:80]
	if err := w.client.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	if _, err := w.serving.Reconcile(t.Context(), reconcile.Request{NamespacedName: w.key}); err != nil {
		t.Fatal(err)
	}
	if err := w.serving.Check(t.Context()); err != nil {
		t.Errorf("the last good pair is not served: %v", err)
	}
	w.step()
	if err := new(certificate.Keeper).Replace(certificate.Parse(w.secret().Data).Serving); err != nil {
		t.Errorf("Secret was not repaired: %v", err)
	}
	if err := w.serving.Check(t.Context()); err != nil {
		t.Errorf("not ready after the repair: %v", err)
	}
}

// TestRotationIsNeverSeen follows the leader's schedule through several authorities: after each step, the caBundle from before
// that step verifies the served certificate.
func TestRotationIsNeverSeen(t *testing.T) {
	w := newWebhooks(t)
	w.install()
	again := w.step()
	authorities := map[string]bool{}
	for range 40 {
		known := w.validating().Webhooks[0].ClientConfig.CABundle
		w.clock.SetTime(w.clock.Now().Add(again))
		again = w.step()
		if err := w.serving.Keeper.Check(w.clock.Now(), known); err != nil {
			t.Fatalf("%s: %v", w.clock.Now().Format(time.TimeOnly), err)
		}
		if err := w.serving.Check(t.Context()); err != nil {
			t.Fatalf("%s: %v", w.clock.Now().Format(time.TimeOnly), err)
		}
		authorities[string(w.secret().Data[certificate.DataAuthorityKey])] = true
	}
	if len(authorities) < 3 {
		t.Errorf("authorities in %s: want at least 3, got %d", w.clock.Now().Sub(noon), len(authorities))
	}
}

// TestNewAuthoritySignsOnlyAfterItIsPublishedEverywhere takes the new authority out of one webhook of three, as a GitOps tool that
// restores what it applied does.
func TestNewAuthoritySignsOnlyAfterItIsPublishedEverywhere(t *testing.T) {
	w := newWebhooks(t)
	w.install()
	w.step()
	old := w.validating().Webhooks[1].ClientConfig.CABundle
	w.clock.SetTime(noon.Add(lifetimes.AuthorityValidity - lifetimes.AuthorityRenewBefore - time.Second))
	w.step()
	w.clock.SetTime(w.clock.Now().Add(time.Second))
	w.step()
	served := w.secret().Data[certificate.DataCertificate]

	configuration := w.validating()
	configuration.Webhooks[1].ClientConfig.CABundle = old
	if err := w.client.Update(t.Context(), configuration); err != nil {
		t.Fatal(err)
	}
	w.clock.SetTime(w.clock.Now().Add(lifetimes.Propagation))
	w.step()
	if diff := cmp.Diff(string(served), string(w.secret().Data[certificate.DataCertificate])); diff != "" {
		t.Errorf("serving certificate while one webhook does not have the new authority (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(string(w.secret().Data[certificate.DataAuthorities]), string(w.validating().Webhooks[1].ClientConfig.CABundle)); diff != "" {
		t.Errorf("caBundle of that webhook (-want +got):\n%s", diff)
	}

	// API servers learn about the authority only now, although it is older than the period Propagation.
	w.step()
	if diff := cmp.Diff(string(served), string(w.secret().Data[certificate.DataCertificate])); diff != "" {
		t.Errorf("serving certificate right after the publication (-want +got):\n%s", diff)
	}
	w.clock.SetTime(w.clock.Now().Add(lifetimes.Propagation))
	w.step()
	if string(w.secret().Data[certificate.DataCertificate]) == string(served) {
		t.Error("the old authority's certificate is still served after the new authority is published everywhere")
	}
	if err := w.serving.Check(t.Context()); err != nil {
		t.Errorf("not ready after the rotation: %v", err)
	}
}

// staleReader returns an older Secret than the API server has, as a stale cache does.
type staleReader struct {
	client.Client
	secret *corev1.Secret
}

func (s staleReader) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	if secret, ok := object.(*corev1.Secret); ok {
		s.secret.DeepCopyInto(secret)
		return nil
	}
	return s.Client.Get(ctx, key, object, options...)
}

func TestStaleCacheOverwritesNothing(t *testing.T) {
	w := newWebhooks(t)
	w.install()
	empty := w.secret()
	w.step()
	before := w.resourceVersions()

	stale := *w.leader
	stale.Client = staleReader{w.client, empty}
	result, err := stale.Reconcile(t.Context(), reconcile.Request{NamespacedName: w.key})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(time.Second, result.RequeueAfter); diff != "" {
		t.Errorf("requeue after a conflict (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, w.resourceVersions()); diff != "" {
		t.Errorf("resource versions after a conflict (-before +after):\n%s", diff)
	}
}

func TestOtherObjectsAreIgnored(t *testing.T) {
	w := newWebhooks(t)
	other := reconcile.Request{NamespacedName: types.NamespacedName{Namespace: w.key.Namespace, Name: "other"}}
	for name, reconciler := range map[string]reconcile.Reconciler{"leader": w.leader, "serving": w.serving} {
		result, err := reconciler.Reconcile(t.Context(), other)
		if err != nil || result != (reconcile.Result{}) {
			t.Errorf("%s: %+v, %v", name, result, err)
		}
	}
	if data := w.secret().Data; len(data) > 0 {
		t.Errorf("the Secret has %d keys, want none", len(data))
	}
}
