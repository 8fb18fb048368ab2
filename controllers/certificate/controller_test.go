package controllers_test

import (
	"context"
	"strings"
	"testing"
	"time"

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
)

// webhooks is a cluster in which the manager keeps its own certificates.
type webhooks struct {
	t       *testing.T
	client  client.Client
	clock   *clocktesting.FakePassiveClock
	leader  *certificates.Reconciler
	serving *certificates.Serving
	key     types.NamespacedName
}

// lifetimes are as short as rotation under load is tried with.
var lifetimes = certificate.Lifetimes{
	AuthorityValidity: 6 * time.Minute, AuthorityRenewBefore: 3 * time.Minute,
	ServingValidity: 2 * time.Minute, ServingRenewBefore: 90 * time.Second, Propagation: 10 * time.Second,
}

func newWebhooks(t *testing.T) *webhooks {
	t.Helper()
	c := newClient(t)
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "system-"}}
	if err := c.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	w := &webhooks{t: t, client: c, clock: clocktesting.NewFakePassiveClock(noon)}
	w.key = types.NamespacedName{Namespace: ns.Name, Name: contract.WebhookSecret}
	w.leader = &certificates.Reconciler{Options: certificates.Options{
		Client: c, Clock: w.clock, Namespace: ns.Name, Lifetimes: lifetimes,
		Names: certificate.ServiceNames("chaperone-webhook", ns.Name),
	}}
	w.serving = &certificates.Serving{Client: c, Clock: w.clock, Namespace: ns.Name, Keeper: &certificate.Keeper{}}
	w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: contract.WebhookSecret}})
	return w
}

// install creates the webhook configurations, with three webhooks in all; the test removes what it created.
func (w *webhooks) install() {
	w.t.Helper()
	// No rule: nothing is sent to the server, which is not there.
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
	// The test's context ends before its cleanup.
	ctx := context.WithoutCancel(w.t.Context())
	w.t.Cleanup(func() {
		if err := w.client.Delete(ctx, object); client.IgnoreNotFound(err) != nil {
			w.t.Error(err)
		}
	})
}

// step runs both reconcilers as their watches would and returns when the leader looks again.
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
	before := []string{w.secret().ResourceVersion, configuration.ResourceVersion}
	w.step()
	if after := []string{w.secret().ResourceVersion, w.validating().ResourceVersion}; before[0] != after[0] || before[1] != after[1] {
		t.Errorf("unchanged input was written: %v, then %v", before, after)
	}
}

func TestWipedBundleIsRepaired(t *testing.T) {
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

func TestTruncatedSecretIsRepairedWhileTheLastGoodPairServes(t *testing.T) {
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

// TestRotationIsNeverSeen follows the leader's own schedule through several authorities: after each of its steps, what is
// served is vouched for by what was published before that step.
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
