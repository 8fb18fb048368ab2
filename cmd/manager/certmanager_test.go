package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/test/env"
)

// certManagerFolder is the module that runs the controllers of cert-manager.
const certManagerFolder = "../../test/certmanager"

// certLimit bounds what cert-manager does: its controllers wait for each other.
const certLimit = 60 * time.Second

// TestCertManager applies config/cert-manager to an API server with the resource definitions of cert-manager, runs cert-manager's controllers, and
// serves the certificate that they issue.
func TestCertManager(t *testing.T) {
	if os.Getenv("CHAPERONE_CERT_MANAGER") == "" {
		t.Skip("run `make test-cert-manager`")
	}
	i := &installation{t: t, cluster: env.Start(t, env.Options{})}
	i.admin = i.clientAs(i.cluster.Config)
	i.installCertManager(t)
	for _, webhooks := range i.apply(i.build("config/cert-manager")) {
		i.applyOne(webhooks)
	}
	folder := t.TempDir()
	first := i.readCertificate(t, folder, nil)
	stop, done := i.startManagerWith("--webhook-cert-dir", folder)
	i.becomesReady(done)

	bundle := i.injectedBundle(t, nil)
	eventually(t, certLimit, func() error { return i.serves(first, bundle) })

	t.Run("a new certificate is served", func(t *testing.T) {
		i.renew(t, "chaperone-webhook")
		second := i.readCertificate(t, folder, first)
		eventually(t, certLimit, func() error { return i.serves(second, bundle) })
		first = second
	})
	t.Run("a renewed authority and the old one verify the same certificates", func(t *testing.T) {
		i.renew(t, "chaperone-webhook-authority")
		i.renew(t, "chaperone-webhook")
		third := i.readCertificate(t, folder, first)
		renewed := i.injectedBundle(t, bundle)
		if err := verify(first, renewed); err != nil {
			t.Errorf("the certificate of before, by the renewed authority: %v", err)
		}
		if err := verify(third, bundle); err != nil {
			t.Errorf("the new certificate, by the authority of before: %v", err)
		}
		eventually(t, certLimit, func() error { return i.serves(third, renewed) })
	})
	t.Run("a deleted registration comes back with its authority", func(t *testing.T) {
		i.delete(t, &admissionv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: contract.ValidatingWebhooks}})
		i.injectedBundle(t, nil)
	})
	t.Run("the manager writes neither", i.writesNoCertificate)
	i.stops(t, stop, done)
}

// installCertManager applies cert-manager's definitions and starts its controllers, which end with the test.
func (i *installation) installCertManager(t *testing.T) {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/cert-manager/cert-manager")
	list.Dir = certManagerFolder
	folder, err := list.Output()
	if err != nil {
		t.Fatalf("find cert-manager: %v (run `make test-cert-manager`)", err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(folder)), "deploy", "crds", "*.yaml"))
	if err != nil || len(files) < 6 {
		t.Fatalf("cert-manager has %d definitions (%v)", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		object := &unstructured.Unstructured{}
		if err := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096).Decode(object); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		i.applyOne(object)
	}
	eventually(t, certLimit, func() error {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(schema.GroupVersionKind{Group: "cert-manager.io", Version: "v1", Kind: "CertificateList"})
		return i.admin.List(t.Context(), list)
	})
	i.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "cert-manager"}})
	program := exec.Command(filepath.Join("..", "..", "bin", "certmanager"))
	program.Env = append(os.Environ(), "KUBECONFIG="+i.kubeconfig(""))
	program.Stderr = t.Output()
	if err := program.Start(); err != nil {
		t.Fatalf("start cert-manager: %v (run `make test-cert-manager`, which builds it)", err)
	}
	t.Cleanup(func() {
		_ = program.Process.Kill()
		_ = program.Wait()
	})
}

// readCertificate waits for a certificate other than the one of before, and writes it where the manager reads it, as a kubelet does.
func (i *installation) readCertificate(t *testing.T, folder string, before []byte) []byte {
	t.Helper()
	var secret corev1.Secret
	eventually(t, certLimit, func() error {
		key := types.NamespacedName{Namespace: contract.OperatorNamespace, Name: "chaperone-webhook-tls"}
		if err := i.admin.Get(t.Context(), key, &secret); err != nil {
			return err
		}
		if got := secret.Data["tls.crt"]; len(got) == 0 || bytes.Equal(got, before) {
			return errors.New("no new certificate")
		}
		return nil
	})
	for name, content := range map[string][]byte{"tls.crt": secret.Data["tls.crt"], "tls.key": secret.Data["tls.key"]} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return secret.Data["tls.crt"]
}

// injectedBundle waits until every webhook has the same authority, another one than before, and returns it.
func (i *installation) injectedBundle(t *testing.T, before []byte) []byte {
	t.Helper()
	var bundle []byte
	eventually(t, certLimit, func() error {
		if err := i.published(); err != nil {
			return err
		}
		var validating admissionv1.ValidatingWebhookConfiguration
		i.get(t, &validating, "", contract.ValidatingWebhooks)
		bundle = validating.Webhooks[0].ClientConfig.CABundle
		if bytes.Equal(bundle, before) {
			return errors.New("the authority is that of before")
		}
		return nil
	})
	return bundle
}

// renew does what `cmctl renew` does, and waits until the certificate is issued.
func (i *installation) renew(t *testing.T, name string) {
	t.Helper()
	revision := i.revision(t, name)
	certificate := newCertificate(name)
	patch := fmt.Sprintf(`{"status":{"conditions":[{"type":"Issuing","status":"True","reason":"ManuallyTriggered","message":"renewed by a test",`+
		`"lastTransitionTime":%q},{"type":"Ready","status":"True","reason":"Ready","message":"","lastTransitionTime":%[1]q}]}}`,
		time.Now().UTC().Format(time.RFC3339))
	if err := i.admin.Status().Patch(t.Context(), certificate, client.RawPatch(types.MergePatchType, []byte(patch))); err != nil {
		t.Fatal(err)
	}
	eventually(t, certLimit, func() error {
		if got := i.revision(t, name); got <= revision {
			return fmt.Errorf("%s has revision %d", name, got)
		}
		return nil
	})
}

func newCertificate(name string) *unstructured.Unstructured {
	certificate := &unstructured.Unstructured{}
	certificate.SetGroupVersionKind(schema.GroupVersionKind{Group: "cert-manager.io", Version: "v1", Kind: "Certificate"})
	certificate.SetNamespace(contract.OperatorNamespace)
	certificate.SetName(name)
	return certificate
}

// revision returns how often the certificate was issued.
func (i *installation) revision(t *testing.T, name string) int64 {
	t.Helper()
	certificate := newCertificate(name)
	if err := i.admin.Get(t.Context(), client.ObjectKeyFromObject(certificate), certificate); err != nil {
		t.Fatal(err)
	}
	revision, _, _ := unstructured.NestedInt64(certificate.Object, "status", "revision")
	return revision
}

// serves returns an error unless the webhook server presents the certificate, and an API server with the bundle trusts it.
func (i *installation) serves(want, bundle []byte) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	connection, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", i.webhook), &tls.Config{RootCAs: roots, ServerName: "chaperone-webhook.chaperone-system.svc"})
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	if leaf := connection.ConnectionState().PeerCertificates[0]; !bytes.HasPrefix(want, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})) {
		return fmt.Errorf("the certificate with the serial number %s serves", leaf.SerialNumber)
	}
	return nil
}

// verify returns an error unless the bundle verifies the certificate.
func verify(certificate, bundle []byte) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	block, _ := pem.Decode(certificate)
	if block == nil {
		return errors.New("no certificate")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "chaperone-webhook.chaperone-system.svc"})
	return err
}

// writesNoCertificate checks that the manager neither makes its Secret nor owns an authority in a webhook.
func (i *installation) writesNoCertificate(t *testing.T) {
	key := types.NamespacedName{Namespace: contract.OperatorNamespace, Name: contract.WebhookSecret}
	if err := i.admin.Get(t.Context(), key, &corev1.Secret{}); !apierrors.IsNotFound(err) {
		t.Errorf("want no Secret %s, got %v", contract.WebhookSecret, err)
	}
	var mutating admissionv1.MutatingWebhookConfiguration
	i.get(t, &mutating, "", contract.MutatingWebhooks)
	if slices.ContainsFunc(mutating.ManagedFields, func(entry metav1.ManagedFieldsEntry) bool { return entry.Manager == contract.FieldManager }) {
		t.Errorf("the manager owns fields of the webhooks: %+v", mutating.ManagedFields)
	}
}
