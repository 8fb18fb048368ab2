package products

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
	"github.com/chaperone-dev/chaperone/policies"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// What the chatbots say to people.
const (
	statement = "You are chatting with an AI system."
	contact   = "You can reach Jo at [redacted:email] or [redacted:phone]. Card [redacted:payment-card], IBAN [redacted:iban]."
	question  = "Before this chat begins: your conversation may be recorded and read by Shop GmbH and by its service providers. " +
		"Contact: privacy@shop.example. Privacy notice: https://shop.example/privacy " +
		`Do you agree? Please answer "yes" or "no". If you answer "no", your message is not passed on.`
	suspended = "The chat assistant is switched off at the moment. You can reach a human here: privacy@shop.example"
)

// sidecar is a running sidecar in front of a product. Its configuration is what the operator would make of the declaration.
type sidecar struct {
	t      *testing.T
	engine *engine.Engine
	// url is where people reach the product through the sidecar, and admin is the address of probes.
	url, admin string
	// path is the file with the configuration.
	path string
	// shape is the declared shape.
	shape string
}

// startSidecar starts a sidecar that observes the app at a URL. It ends with the test.
func startSidecar(t *testing.T, shape, app string) *sidecar {
	t.Helper()
	e, err := engine.New(t.Context(), policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	s := &sidecar{t: t, engine: e, url: "http://" + freePort(t), admin: freePort(t), path: filepath.Join(t.TempDir(), "config.json"), shape: shape}
	s.write(observe)
	listening, err := url.Parse(app)
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), buildSidecar(t), "--unsigned", "--config", s.path, "--admin", s.admin, "--egress", freePort(t),
		"--upstream", builders.ChatPort+"="+listening.Port())
	run.Cancel = func() error { return run.Process.Signal(os.Interrupt) }
	run.Stdout = io.Discard
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Wait() })
	s.declare(observe)
	return s
}

// buildSidecar returns the path of the program, which Go builds once and keeps.
func buildSidecar(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sidecar")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "../../cmd/sidecar").CombinedOutput(); err != nil {
		t.Fatalf("build the sidecar: %v\n%s", err, out)
	}
	return path
}

// observe declares that nothing is changed.
func observe(d *v1alpha1.ChatbotDeployment) { d.Spec.Enforcement = "Audit" }

// govern declares that everything is governed.
func govern(d *v1alpha1.ChatbotDeployment) { d.Spec.Enforcement = "Deny" }

// requireConsent declares a place where the law requires that people agree before a conversation is recorded.
func requireConsent(d *v1alpha1.ChatbotDeployment) { d.Spec.Jurisdictions = []v1alpha1.Code{"us-ca"} }

// suspend declares that only humans answer.
func suspend(d *v1alpha1.ChatbotDeployment) { d.Spec.Suspended = true }

// declare changes the usual declaration, and waits until the sidecar executes it.
func (s *sidecar) declare(change ...func(*v1alpha1.ChatbotDeployment)) {
	s.t.Helper()
	hash := s.write(change...)
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	deadline, last := time.Now().Add(20*time.Second), ""
	for time.Now().Before(deadline) {
		<-every.C
		if res, err := http.Get("http://" + s.admin + "/config-status"); err == nil {
			body, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if last = string(body); strings.Contains(last, hash) {
				return
			}
		}
	}
	s.t.Fatalf("the sidecar never executed the configuration %s: %s", hash, last)
}

// write writes the configuration for a declaration, and returns its hash.
func (s *sidecar) write(change ...func(*v1alpha1.ChatbotDeployment)) string {
	s.t.Helper()
	d := builders.ChatbotDeployment(change...)
	d.Spec.Ports = []v1alpha1.ChatPort{{Name: builders.ChatPort, Shape: v1alpha1.ShapeName(s.shape)}}
	d.Spec.Disclosure = &v1alpha1.Disclosure{Statements: map[string]v1alpha1.Statement{"en": statement}}
	d.Spec.PersonalData.Redact = []v1alpha1.RedactCategory{"email", "phone", "payment-card", "iban"}
	verdict := s.engine.Declaration(s.t.Context(), facts.NewDeclarationInput(d, facts.Environment{}, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)))
	config, err := render.Config(d, verdict, s.engine.Statements(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	// The port of the operator is the same for all tests of this machine.
	config.Ports[0].Listen = strings.TrimPrefix(s.url, "http://")
	data, err := config.Marshal()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(s.path+".new", data, 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(s.path+".new", s.path); err != nil {
		s.t.Fatal(err)
	}
	return sidecarconfig.Hash(data)
}
