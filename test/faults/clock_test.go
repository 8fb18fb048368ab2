package faults

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// The clocks that managers may have, by docs/adr/0121: each leads, with one of them set back while it does.
var (
	borne = []time.Duration{5 * time.Minute, -10 * time.Minute, 14 * time.Minute}
	// wrong are clocks with which no manager runs.
	wrong = []time.Duration{24 * time.Hour, -24 * time.Hour, -time.Hour}
)

// skewedClocks runs managers and sidecars with clocks that differ from that of the API server, which is right.
func skewedClocks(t *testing.T, w *world, n sizes) {
	programs := w.buildSkewed(t)
	var setups []setup
	for _, by := range borne {
		setups = append(setups, setup{folder: programs, clock: newSkew(w.whole, by)})
	}
	l := w.startLoad(t)
	w.replaceAll(t, setups...)
	for number := range borne {
		leader := w.leader(t)
		w.leadsWithItsClock(t, programs, number)
		leader.clock.set(t, -10*time.Minute)
		w.leadsWithItsClock(t, programs, number+len(borne))
		if len(w.replicas) > 1 {
			w.terminate(t, leader)
		}
	}
	l.reach(t, governed, n.other)
	allAdmitted(t, l.take(), n.other)

	w.startReplica(t)
	w.startReplica(t)
	w.isReady(t)
	for _, by := range wrong {
		lease := w.lease(t)
		r := w.startReplicaWith(t, setup{folder: programs, clock: newSkew(w.whole, by)})
		w.endsForItsClock(t, r)
		if after := w.lease(t); after != lease {
			t.Errorf("lease %+v after a manager with a clock of %s, before %+v", after, by, lease)
		}
	}
	// The one that leads is the last of those whose clock can be set.
	leader := w.leader(t)
	if leader.clock == nil {
		t.Fatal("another replica leads than the one that was left")
	}
	leader.clock.set(t, -time.Hour)
	w.endsForItsClock(t, leader)
	w.leader(t)
	w.startReplica(t)
	w.isReady(t)
	l.reach(t, governed, n.other)
	allAdmitted(t, l.end(), n.other)
}

// endsForItsClock waits for the end of a manager, which must say why.
func (w *world) endsForItsClock(t *testing.T, r *replica) {
	t.Helper()
	late := time.AfterFunc(limit, func() { r.signal(t, syscall.SIGKILL) })
	defer late.Stop()
	w.end(r)
	if text := r.log.end(); r.command.ProcessState.ExitCode() != 1 || !strings.Contains(text, "manager: the clock of this machine is ") {
		t.Errorf("a manager with a wrong clock ended with %s:\n%s", r.command.ProcessState, text)
	}
}

// leadsWithItsClock has the leader decide about a new declaration, sign its configuration and issue a certificate. Those who check it have the
// right time, or another one. The lease stays where it is.
func (w *world) leadsWithItsClock(t *testing.T, programs string, number int) {
	t.Helper()
	lease := w.lease(t)
	eventually(t, "a changed Secret", func() error {
		secret, err := w.readSecret(t, contract.WebhookSecret)
		if err != nil {
			return err
		}
		delete(secret.Data, "tls.crt")
		delete(secret.Data, "tls.key")
		return w.admin.Update(t.Context(), secret)
	})
	w.declare(t, namespaceOfClock(number))
	eventually(t, "a declaration", func() error { return w.isDeclared(t, namespaceOfClock(number)) })
	for _, r := range w.replicas {
		eventually(t, "a certificate that is valid now", func() error { return w.serves(t, r) })
	}
	for by, want := range map[time.Duration]string{
		0: "", -30 * time.Minute: "", 24 * time.Hour: "",
		-3 * time.Hour: "it is valid from", 8 * 24 * time.Hour: "it expired at",
	} {
		if err := w.takes(t, programs, newSkew(t, by), number); err == nil && want != "" || err != nil && (want == "" || !strings.Contains(err.Error(), want)) {
			t.Errorf("a sidecar whose clock is %s ahead: %v, want %q", by, err, want)
		}
	}
	if after := w.lease(t); after != lease {
		t.Errorf("lease %+v, before %+v", after, lease)
	}
	if leading := slices.DeleteFunc(slices.Clone(w.replicas), func(r *replica) bool { return !r.hasLed() }); len(leading) != 1 {
		t.Errorf("%d replicas lead", len(leading))
	}
}

func namespaceOfClock(number int) string { return fmt.Sprintf("clock-%d", number) }

// leaseState says who leads, and how often that has changed.
type leaseState struct {
	holder      string
	transitions int32
}

func (w *world) lease(t *testing.T) leaseState {
	t.Helper()
	var lease coordinationv1.Lease
	if err := w.admin.Get(t.Context(), types.NamespacedName{Namespace: contract.OperatorNamespace, Name: contract.Manager}, &lease); err != nil {
		t.Fatal(err)
	}
	return leaseState{*lease.Spec.HolderIdentity, *lease.Spec.LeaseTransitions}
}

// serves returns an error unless the replica has the certificate of the Secret, and it is valid by the clock of this test, which API servers have.
func (w *world) serves(t *testing.T, r *replica) error {
	t.Helper()
	secret, err := w.readSecret(t, contract.WebhookSecret)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(secret.Data["ca.crt"])
	connection, err := tls.Dial("tcp", r.webhook, &tls.Config{RootCAs: roots})
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	pair, err := tls.X509KeyPair(secret.Data["tls.crt"], secret.Data["tls.key"])
	if err != nil {
		return err
	}
	if !connection.ConnectionState().PeerCertificates[0].Equal(pair.Leaf) {
		return errors.New("an earlier certificate serves")
	}
	return nil
}

// takes starts a sidecar with the clock, as a pod of the declaration has it, and returns an error unless it executes the configuration.
func (w *world) takes(t *testing.T, programs string, clock *skew, number int) error {
	t.Helper()
	pod := builders.Pod(func(p *corev1.Pod) { p.Namespace = namespaceOfClock(number) })
	var configuration corev1.ConfigMap
	if err := errors.Join(
		w.admin.Create(t.Context(), pod, client.DryRunAll),
		w.admin.Get(t.Context(), types.NamespacedName{Namespace: pod.Namespace, Name: "chaperone-" + builders.Name}, &configuration),
	); err != nil {
		t.Fatal(err)
	}
	folder, admin := t.TempDir(), freeAddress(t)
	config := writeFile(t, folder, contract.SidecarConfigKey, []byte(configuration.Data[contract.SidecarConfigKey]))
	writeFile(t, folder, contract.SidecarSignatureKey, []byte(configuration.Data[contract.SidecarSignatureKey]))
	args := pod.Spec.InitContainers[0].Args
	sidecar := exec.CommandContext(t.Context(), filepath.Join(programs, "sidecar"), append(slices.Clone(args),
		"--config", config, "--state", folder, "--admin", admin, "--egress", freeAddress(t), "--listen-host", "127.0.0.1")...)
	sidecar.Env = []string{clock.variable()}
	log := &logBuffer{}
	sidecar.Stderr = log
	sidecar.SysProcAttr = processAttributes()
	if err := sidecar.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	// Ends with the sidecar.
	go func() { ended <- sidecar.Wait() }()
	defer func() { _ = sidecar.Process.Kill() }()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		select {
		case err := <-ended:
			return fmt.Errorf("it ended with %w: %s", err, log.end())
		case <-time.After(100 * time.Millisecond):
			if readActive("http://"+admin+"/config-status") == configuration.Annotations[v1alpha1.AnnotationConfigHash] {
				return nil
			}
		}
	}
	return fmt.Errorf("it does not execute the configuration: %s", log.end())
}

// readActive returns the hash of the configuration that a sidecar executes; empty if it does not say.
func readActive(url string) string {
	response, err := http.Get(url)
	if err != nil {
		return ""
	}
	defer func() { _ = response.Body.Close() }()
	var status struct {
		Active string `json:"active"`
	}
	body, _ := io.ReadAll(response.Body)
	_ = json.Unmarshal(body, &status)
	return status.Active
}

// cachesMayTake is longer than controllers of a manager wait for their caches before they end it.
const cachesMayTake = 2*time.Minute + 20*time.Second

// followersGoOn looks at replicas that do not lead until they are older than controllers wait for caches that only a leader would fill.
func followersGoOn(t *testing.T, w *world, n sizes) {
	l := w.startLoad(t)
	leader := w.leader(t)
	for _, r := range w.replicas {
		if r != leader {
			time.Sleep(time.Until(r.started.Add(cachesMayTake)))
		}
	}
	w.isReady(t)
	if now := w.leader(t); now != leader {
		t.Errorf("%s leads, and before %s", now.webhook, leader.webhook)
	}
	l.reach(t, governed, n.other)
	allAdmitted(t, l.end(), n.other)
}
