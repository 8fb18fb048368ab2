package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// variable chooses how much is tried: "short" takes about two minutes, and "all" has every fault, and the load that the bars name.
const variable = "CHAPERONE_FAULTS"

// sizes are the least answers of API servers without which a fault shows nothing, and how often some faults happen.
type sizes struct {
	rolling, other, stopped int
	kills                   int
}

func chooseSizes() sizes {
	if os.Getenv(variable) == "all" {
		return sizes{rolling: 20_000, other: 2_000, stopped: 16, kills: 5}
	}
	return sizes{rolling: 2_000, other: 200, stopped: 8, kills: 1}
}

// TestFaults breaks one thing after the other, while pods are created all the time.
func TestFaults(t *testing.T) {
	if os.Getenv(variable) == "" {
		t.Skip("run `make test-faults`")
	}
	w, n := start(t), chooseSizes()
	for _, fault := range []struct {
		name   string
		isLong bool
		run    func(*testing.T, *world, sizes)
	}{
		{"one replica hangs", false, oneHangs},
		{"all replicas hang", false, allHang},
		{"rolling restart of all replicas", false, rollingRestart},
		{"twenty writers on a hundred objects, and the leader is killed", false, writersAndKilledLeader},
		{"the authorities are wiped from the webhooks", false, wipedBundle},
		{"a bad policy", false, badPolicy},
		{"the API server is killed and starts again", false, restartedServer},
		{"the authority of the certificates rotates", true, rotatedAuthority},
		{"managers are killed in the middle of what they do", true, killedAtPoints},
		{"clocks differ, and are set", true, skewedClocks},
		{"replicas that do not lead go on", true, followersGoOn},
	} {
		t.Run(fault.name, func(t *testing.T) {
			if fault.isLong && os.Getenv(variable) != "all" {
				t.Skip("run `make test-faults FAULTS=all`")
			}
			fault.run(t, w, n)
		})
	}
}

// oneHangs stops a replica that does not lead. API servers wait for it in vain until the balancer sends them elsewhere.
func oneHangs(t *testing.T, w *world, n sizes) {
	hung := w.replicas[0]
	if hung == w.leader(t) {
		hung = w.replicas[1]
	}
	l := w.startLoad(t)
	l.reach(t, governed, n.other)
	allAdmitted(t, l.take(), n.other)
	hung.signal(t, syscall.SIGSTOP)
	defer hung.signal(t, syscall.SIGCONT)
	eventually(t, "a balancer that leaves it out", func() error {
		if got := w.balancer.count(); got != len(w.replicas)-1 {
			return fmt.Errorf("%d replicas are ready", got)
		}
		return nil
	})
	l.recover(t)
	l.reach(t, governed, n.other)
	allAdmitted(t, l.end(), n.other)
}

// allHang stops every replica: governed pods are refused, and others do not notice.
func allHang(t *testing.T, w *world, n sizes) {
	l := w.startLoad(t)
	l.reach(t, governed, n.other)
	allAdmitted(t, l.take(), n.other)
	for _, r := range w.replicas {
		r.signal(t, syscall.SIGSTOP)
	}
	// What was answered before is still on its way.
	l.wait(t, "a first refusal", func(seen tally) bool { return seen.refused > 0 }, governed)
	before := l.take()
	l.reach(t, governed, n.stopped)
	l.reach(t, plain, n.stopped)
	during := l.take()
	for _, r := range w.replicas {
		r.signal(t, syscall.SIGCONT)
	}
	unnoticed(t, before, 1)
	unnoticed(t, during, n.stopped)
	noneAdmitted(t, during[governed], n.stopped)
	w.isReady(t)
	l.recover(t)
	unnoticed(t, l.end(), 0)
}

// rollingRestart replaces one replica after the other, as a Deployment does: the new one is ready before the old one ends.
func rollingRestart(t *testing.T, w *world, n sizes) {
	l := w.startLoad(t)
	for rounds := 0; ; rounds++ {
		for _, old := range append([]*replica{}, w.replicas...) {
			w.startReplica(t)
			w.isReady(t)
			w.terminate(t, old)
		}
		l.mu.Lock()
		total := l.tallies[governed].total()
		l.mu.Unlock()
		if total >= n.rolling {
			t.Logf("%d rounds", rounds+1)
			break
		}
	}
	allAdmitted(t, l.end(), n.rolling)
}

const (
	objects     = 100
	writers     = 20
	editsOfEach = 25
)

// writersAndKilledLeader edits declarations from many sides, and kills the leader meanwhile, in the middle of what it does.
func writersAndKilledLeader(t *testing.T, w *world, n sizes) {
	const namespace = "crowd"
	w.create(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	for i := range objects {
		w.create(t, builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) {
			d.Namespace, d.Name = namespace, fmt.Sprintf("bot-%d", i)
			d.Spec.Selector.MatchLabels = map[string]string{"app": d.Name}
		}))
	}
	l := w.startLoad(t)
	for range n.kills {
		conflicts, finish := w.edit(t, namespace)
		leader := w.leader(t)
		leader.signal(t, syscall.SIGKILL)
		w.end(leader)
		w.startReplica(t)
		finish()
		t.Logf("%d conflicts between writers in %d edits", *conflicts, writers*editsOfEach)
		w.leader(t)
		eventually(t, "convergence", func() error { return w.hasConverged(t, namespace, objects) })
	}
	w.isReady(t)
	l.recover(t)
	l.reach(t, plain, n.other/10)
	unnoticed(t, l.end(), n.other/10)
}

// edit has the writers edit the declarations, each until it has made its edits, and returns the conflicts between them. finish waits for them.
func (w *world) edit(t *testing.T, namespace string) (conflicts *int, finish func()) {
	t.Helper()
	conflicts = new(int)
	var mu sync.Mutex
	var group sync.WaitGroup
	for writer := range writers {
		group.Go(func() {
			for i := range editsOfEach {
				key := client.ObjectKey{Namespace: namespace, Name: fmt.Sprintf("bot-%d", (writer*7+i)%objects)}
				for {
					err := w.editOne(t.Context(), key, fmt.Sprintf("Answers questions about orders (%d.%d).", writer, i))
					if err == nil {
						break
					}
					if !apierrors.IsConflict(err) && !isPassing(err) {
						t.Errorf("edit %s: %v", key, err)
						return
					}
					mu.Lock()
					*conflicts++
					mu.Unlock()
				}
			}
		})
	}
	return conflicts, group.Wait
}

// isPassing reports whether the error is of an API server that waited in vain for a replica which has ended. People try again.
func isPassing(err error) bool { return strings.Contains(err.Error(), "failed calling webhook") }

func (w *world) editOne(ctx context.Context, key client.ObjectKey, description string) error {
	var d v1alpha1.ChatbotDeployment
	if err := w.admin.Get(ctx, key, &d); err != nil {
		return err
	}
	d.Spec.Purpose.Description = description
	return w.admin.Update(ctx, &d)
}

// hasConverged returns an error unless the namespace has so many declarations, each is decided as it is, and each has its objects and no others.
func (w *world) hasConverged(t *testing.T, namespace string, count int) error {
	var declarations v1alpha1.ChatbotDeploymentList
	var configurations corev1.ConfigMapList
	var policies networkingv1.NetworkPolicyList
	own := client.MatchingLabels{contract.LabelManagedBy: contract.ManagedBy}
	if err := errors.Join(
		w.admin.List(t.Context(), &declarations, client.InNamespace(namespace)),
		w.admin.List(t.Context(), &configurations, client.InNamespace(namespace), own),
		w.admin.List(t.Context(), &policies, client.InNamespace(namespace), own),
	); err != nil {
		return err
	}
	for _, d := range declarations.Items {
		if d.Status.ObservedGeneration != d.Generation {
			return fmt.Errorf("%s: generation %d, observed %d", d.Name, d.Generation, d.Status.ObservedGeneration)
		}
	}
	if got := [3]int{len(declarations.Items), len(configurations.Items), len(policies.Items)}; got != [3]int{count, count, count} {
		return fmt.Errorf("declarations, configurations and NetworkPolicies: %v, want %d of each", got, count)
	}
	return nil
}

// wipedBundle takes the authorities from the webhooks, as a manifest that is applied by force does.
func wipedBundle(t *testing.T, w *world, n sizes) {
	l := w.startLoad(t)
	l.reach(t, governed, n.other)
	allAdmitted(t, l.take(), n.other)
	var validating admissionv1.ValidatingWebhookConfiguration
	eventually(t, "a wiped caBundle", func() error {
		if err := w.admin.Get(t.Context(), types.NamespacedName{Name: contract.ValidatingWebhooks}, &validating); err != nil {
			return err
		}
		for i := range validating.Webhooks {
			validating.Webhooks[i].ClientConfig.CABundle = nil
		}
		return w.admin.Update(t.Context(), &validating)
	})
	eventually(t, "a repaired caBundle", func() error {
		if err := w.admin.Get(t.Context(), types.NamespacedName{Name: contract.ValidatingWebhooks}, &validating); err != nil {
			return err
		}
		for _, webhook := range validating.Webhooks {
			if len(webhook.ClientConfig.CABundle) == 0 {
				return fmt.Errorf("%s has none", webhook.Name)
			}
		}
		return nil
	})
	unnoticed(t, l.take(), 1)
	w.isReady(t)
	l.recover(t)
	l.reach(t, governed, n.other)
	allAdmitted(t, l.end(), n.other)
}

// badPolicy tries to add policies that no engine can adopt, again and again.
func badPolicy(t *testing.T, w *world, n sizes) {
	l := w.startLoad(t)
	for i := range 10 {
		bad := &v1alpha1.GovernancePolicy{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("bad-%d", i)},
			Spec: v1alpha1.GovernancePolicySpec{Modules: []v1alpha1.RegoModule{{
				Name: "broken", Rego: "package organisation.broken\n\ndeny contains finding if {",
			}}},
		}
		if err := w.admin.Create(t.Context(), bad); err == nil {
			t.Errorf("a policy that does not compile was admitted")
		}
	}
	l.reach(t, governed, n.other)
	l.reach(t, plain, 1)
	allAdmitted(t, l.end(), n.other)
}

// restartedServer kills the API server and starts it again: managers must not end, and must not delete what they cannot see for a while.
func restartedServer(t *testing.T, w *world, n sizes) {
	var before corev1.ConfigMap
	key := client.ObjectKey{Namespace: governed, Name: "chaperone-" + builders.Name}
	if err := w.admin.Get(t.Context(), key, &before); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.server.stop(t)
		time.Sleep(2 * time.Second) // Watches and leases notice.
		w.server.start(t)
		w.restartLeader(t)
	}
	w.waitForLease(t, time.Now())
	w.restartLeader(t)
	w.isReady(t)
	l := w.startLoad(t)
	l.recover(t)
	l.reach(t, governed, n.other)
	allAdmitted(t, l.end(), n.other)
	var after corev1.ConfigMap
	if err := w.admin.Get(t.Context(), key, &after); err != nil {
		t.Fatal(err)
	}
	if before.UID != after.UID {
		t.Error("the configuration was deleted and created again")
	}
}

// restartLeader starts another replica if the leader has ended, as it does when it cannot renew its lease for ten seconds. No other replica has
// a reason to end.
func (w *world) restartLeader(t *testing.T) {
	t.Helper()
	if ended := w.restartEnded(t); ended > 1 {
		t.Errorf("%d managers ended with the API server", ended)
	}
}

// waitForLease waits until a replica has acquired or renewed the lease after the given time. One that could not has ended by then.
func (w *world) waitForLease(t *testing.T, after time.Time) {
	t.Helper()
	eventually(t, "a lease", func() error {
		var lease coordinationv1.Lease
		if err := w.admin.Get(t.Context(), client.ObjectKey{Namespace: contract.OperatorNamespace, Name: contract.Manager}, &lease); err != nil {
			return err
		}
		if renewed := lease.Spec.RenewTime; renewed == nil || !renewed.After(after) {
			return fmt.Errorf("renewed at %v", renewed)
		}
		return nil
	})
}

// rotatedAuthority takes away the key of the authority, so that a new authority has to replace it, and looks at every step.
func rotatedAuthority(t *testing.T, w *world, n sizes) {
	var secret corev1.Secret
	key := client.ObjectKey{Namespace: contract.OperatorNamespace, Name: contract.WebhookSecret}
	read := func() error { return w.admin.Get(t.Context(), key, &secret) }
	if err := read(); err != nil {
		t.Fatal(err)
	}
	authorities, serving := string(secret.Data["ca.crt"]), string(secret.Data["tls.crt"])
	l := w.startLoad(t)
	l.reach(t, governed, n.other)
	delete(secret.Data, "ca.key")
	if err := w.admin.Update(t.Context(), &secret); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a second authority, with the certificate of the first", func() error {
		if err := read(); err != nil {
			return err
		}
		if got := string(secret.Data["ca.crt"]); got == authorities || !strings.HasSuffix(got, authorities) {
			return errors.New("the Secret does not have a new authority before the old one")
		}
		if string(secret.Data["tls.crt"]) != serving {
			t.Error("the new authority has signed before API servers knew it")
		}
		return nil
	})
	eventually(t, "a certificate of the new authority", func() error {
		if err := read(); err != nil {
			return err
		}
		if string(secret.Data["tls.crt"]) == serving {
			return errors.New("the old certificate serves")
		}
		return nil
	})
	if !strings.HasSuffix(string(secret.Data["ca.crt"]), authorities) {
		t.Error("the old authority is gone while replicas may serve its certificate")
	}
	allAdmitted(t, l.end(), n.other)
}
