package controllers_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// sidecarAddress is the address of the pod whose sidecar the test runs, on the loopback interface.
const sidecarAddress = "127.77.0.1"

// TestChatbotIsQuarantinedTheSecondALawTakesEffect: Law 21.719 of Chile takes effect on 2026-12-01. The chatbot does not meet it, and its
// enforcement is Quarantine. Its mounted file never changes: no kubelet runs here, so what the sidecar learns comes from the manager.
func TestChatbotIsQuarantinedTheSecondALawTakesEffect(t *testing.T) {
	const law = "2026-12-01T00:00:00Z"
	midnight, err := time.Parse(time.RFC3339, law)
	if err != nil {
		t.Fatal(err)
	}
	now := clocktesting.NewFakePassiveClock(midnight.Add(-time.Second))
	startControllersAt(t, now)
	w := newWorld(t)
	d := w.declareCompliant("support", func(d *v1alpha1.ChatbotDeployment) {
		d.Spec.Enforcement = v1alpha1.EnforcementQuarantine
		d.Spec.Jurisdictions = []v1alpha1.Code{"cl"}
		d.Spec.Consent.LawfulBasis = []v1alpha1.LawfulBasis{"public-task"}
		d.Spec.Rights.Contact = "https://shop.example/people"
	})
	w.awaitRunning(v1alpha1.RunningServe)
	address := w.startSidecar(d)
	w.awaitCondition("support", v1alpha1.ConditionWorkloadsGoverned, "True/AllGoverned")
	w.awaitAnswer(address, http.StatusOK, "hello")

	begun := time.Now()
	now.SetTime(midnight)
	w.awaitAnswer(address, http.StatusServiceUnavailable, "only humans answer")
	t.Logf("quarantined %s after the law took effect", time.Since(begun))
	w.awaitRunning(v1alpha1.RunningQuarantine)
	if got := w.read("support").Status.Running.Since.UTC().Format(time.RFC3339); got != law {
		t.Errorf("quarantined since %s", got)
	}
	w.awaitCondition("support", v1alpha1.ConditionSuspended, "True/Quarantined")

	w.change(func(d *v1alpha1.ChatbotDeployment) {
		d.Spec.Jurisdictions = []v1alpha1.Code{"eu"}
		d.Spec.Consent.LawfulBasis = []v1alpha1.LawfulBasis{"contract"}
	})
	begun = time.Now()
	w.awaitAnswer(address, http.StatusOK, "hello")
	t.Logf("served again %s after the declaration complied", time.Since(begun))
	w.awaitRunning(v1alpha1.RunningServe)

	w.change(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Suspended = true })
	begun = time.Now()
	w.awaitAnswer(address, http.StatusServiceUnavailable, "only humans answer")
	t.Logf("stopped %s after spec.suspended", time.Since(begun))
	w.awaitRunning(v1alpha1.RunningSuspend)
	w.awaitCondition("support", v1alpha1.ConditionWorkloadsGoverned, "True/AllGoverned")
}

// change edits the declaration "support".
func (w *world) change(edit func(*v1alpha1.ChatbotDeployment)) {
	w.t.Helper()
	eventually(w.t, func() error {
		d := w.read("support")
		edit(d)
		return w.client.Update(w.t.Context(), d)
	})
}

func (w *world) awaitRunning(want v1alpha1.RunningAction) {
	w.t.Helper()
	w.awaitStatus("status.running.action", func(s *v1alpha1.ChatbotDeploymentStatus) string {
		if s.Running == nil {
			return ""
		}
		return string(s.Running.Action)
	}, string(want))
}

// startSidecar runs a sidecar with what the ConfigMap has now, and a pod whose status says so. It returns where the sidecar serves the chat.
func (w *world) startSidecar(d *v1alpha1.ChatbotDeployment) string {
	w.t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(rw, `{"choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}]}`)
	}))
	w.t.Cleanup(app.Close)
	var configMap corev1.ConfigMap
	w.get(&configMap, owned)
	ring, err := builders.Keys()
	if err != nil {
		w.t.Fatal(err)
	}
	chat := ""
	admin := net.JoinHostPort(sidecarAddress, fmt.Sprint(contract.SidecarAdminPort))
	server, err := sidecar.New(w.t.Context(), []byte(configMap.Data[contract.SidecarConfigKey]), sidecar.Options{
		Admin: admin, Upstreams: map[string]int32{builders.ChatPort: int32(app.Listener.Addr().(*net.TCPAddr).Port)},
		Signature: []byte(configMap.Data[contract.SidecarSignatureKey]),
		Trust: &sidecar.Trust{
			Chatbot: w.namespace + "/support", Keys: ring.Verifiers(), SerialFile: filepath.Join(w.t.TempDir(), "serial"),
		},
		Listen: func(network, address string) (net.Listener, error) {
			if address == admin {
				return net.Listen(network, address)
			}
			l, err := net.Listen(network, "127.0.0.1:0")
			if err == nil && address == contract.ListenAddress(contract.SidecarFirstPort) {
				chat = "http://" + l.Addr().String() + "/v1/chat/completions"
			}
			return l, err
		},
		Now: func() time.Time { return noon.Add(8 * 24 * time.Hour) },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(server.Close)
	pod := w.governedPod(d, "bot", w.read("support").Status.SidecarConfigHash, func(p *corev1.Pod) { p.Namespace = w.namespace })
	pod.Status.PodIP, pod.Status.PodIPs = sidecarAddress, []corev1.PodIP{{IP: sidecarAddress}}
	w.run(pod)
	return chat
}

// awaitAnswer asks the chatbot until it answers as wanted.
func (w *world) awaitAnswer(address string, status int, text string) {
	w.t.Helper()
	eventually(w.t, func() error {
		request, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, address,
			strings.NewReader(`{"model":"m","messages":[{"role":"user","content":"Hi"}]}`))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(response.Body)
		if err = errors.Join(err, response.Body.Close()); err != nil {
			return err
		}
		if response.StatusCode != status || !strings.Contains(string(body), text) {
			return fmt.Errorf("want %d with %q, got %d: %s", status, text, response.StatusCode, body)
		}
		return nil
	})
}
