package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/test/builders"
)

const operatorNamespace = "chaperone-system"

// testInstallation looks at what config/default made.
func testInstallation(t *testing.T, w *world) {
	var namespace corev1.Namespace
	if err := w.Get(t.Context(), client.ObjectKey{Name: operatorNamespace}, &namespace); err != nil {
		t.Fatal(err)
	}
	if level := namespace.Labels["pod-security.kubernetes.io/enforce"]; level != "restricted" {
		t.Errorf("pod security of %s is %q, want restricted", operatorNamespace, level)
	}
	var manager appsv1.Deployment
	if err := w.Get(t.Context(), managerKey(), &manager); err != nil {
		t.Fatal(err)
	}
	if manager.Status.ReadyReplicas != 2 {
		t.Errorf("%d replicas of the manager are ready, want 2", manager.Status.ReadyReplicas)
	}
	account := "system:serviceaccount:" + operatorNamespace + ":chaperone-manager"
	for _, request := range [][]string{
		{"*", "*"}, {"get", "secrets"}, {"create", "pods"}, {"create", "pods/exec"}, {"impersonate", "users"}, {"create", "clusterrolebindings"},
	} {
		out, _ := w.try(t.Context(), "", append([]string{"auth", "can-i", "--as", account, "-A"}, request...)...)
		if !strings.HasPrefix(out, "no") {
			t.Errorf("may the manager %s %s everywhere? %s", request[0], request[1], out)
		}
	}
	// A pod that is not restricted does not get in beside it.
	w.refused(t, []string{"violates PodSecurity"}, "run", "intruder", "-n", operatorNamespace, "--image=x")
}

func managerKey() client.ObjectKey {
	return client.ObjectKey{Namespace: operatorNamespace, Name: "chaperone-manager"}
}

// testOutage takes every replica of the manager away.
func testOutage(t *testing.T, w *world) {
	w.chatbot(t, "outage")
	bot, front := w.bot("outage", 1), service("outage", "bot")
	w.create(t, bot, front)
	w.runs(t, bot)
	url := w.url(t, front)
	chat(t, url)

	w.scaleManager(t, 0)
	t.Cleanup(func() {
		// For the parts that follow, whatever became of this one.
		_, _ = w.try(context.WithoutCancel(t.Context()), "", "scale", "-n", operatorNamespace, "deployment/chaperone-manager", "--replicas=2")
	})
	for i := range 10 {
		governed := builders.Pod(func(p *corev1.Pod) {
			p.Namespace, p.Name, p.Spec = "outage", fmt.Sprintf("late-%d", i), w.restricted(p.Spec)
		})
		if err := w.Create(t.Context(), governed); err == nil {
			t.Errorf("pod %s of a chatbot was admitted while no manager runs", governed.Name)
		}
		other := governed.DeepCopy()
		other.Namespace, other.ResourceVersion = visitors, ""
		w.create(t, other)
	}
	w.refused(t, []string{"chaperone floor"}, "run", "claims", "-n", visitors, "--image=x", "--labels=chaperone.dev/chatbot=support")
	chat(t, url)

	w.scaleManager(t, 2)
	begun := time.Now()
	eventually(t, "admission after the outage", func() error {
		return w.Create(t.Context(), builders.Pod(func(p *corev1.Pod) {
			p.Namespace, p.Name, p.Spec = "outage", "afterwards", w.restricted(p.Spec)
		}), client.DryRunAll)
	})
	t.Logf("admission worked %.1f s after the replicas were ready", time.Since(begun).Seconds())
}

func (w *world) scaleManager(t *testing.T, replicas int) {
	t.Helper()
	w.kubectl(t, "scale", "-n", operatorNamespace, "deployment/chaperone-manager", fmt.Sprintf("--replicas=%d", replicas))
	if replicas == 0 {
		w.kubectl(t, "wait", "-n", operatorNamespace, "pods", "--all", "--for=delete", "--timeout=120s")
		return
	}
	w.kubectl(t, "rollout", "status", "-n", operatorNamespace, "deployment/chaperone-manager", "--timeout=150s")
}

// testUpgrade gives the manager another image while pods are created and chats go on.
func testUpgrade(t *testing.T, w *world) {
	w.chatbot(t, "upgrade")
	bot, front := w.bot("upgrade", 1), service("upgrade", "bot")
	w.create(t, bot, front)
	w.runs(t, bot)
	url := w.url(t, front)
	chat(t, url)

	next := w.nextManager(t)
	chats, pods := load(t, url), w.admissions(t, "upgrade")
	w.kubectl(t, "set", "image", "-n", operatorNamespace, "deployment/chaperone-manager", "manager="+next)
	w.kubectl(t, "rollout", "status", "-n", operatorNamespace, "deployment/chaperone-manager", "--timeout=150s")
	// The last old replica still serves until it has ended.
	eventually(t, "end of the old replicas", func() error {
		var list corev1.PodList
		if err := w.List(t.Context(), &list, client.InNamespace(operatorNamespace)); err != nil {
			return err
		}
		for _, pod := range list.Items {
			if pod.Spec.Containers[0].Image != next {
				return fmt.Errorf("pod %s has the image %s", pod.Name, pod.Spec.Containers[0].Image)
			}
		}
		return nil
	})
	admitted, problems := pods()
	t.Logf("%d pods admitted meanwhile", admitted)
	if admitted < 50 {
		t.Errorf("only %d pods were admitted, so this shows nothing", admitted)
	}
	if len(problems) > 0 {
		t.Errorf("%d admissions went wrong, the first: %s", len(problems), problems[0])
	}
	seen := chats()
	seen.allGoverned(t)
	seen.noneFailed(t)
}

// admissions creates governed pods all the time, for nothing but the answer (dry run), until stop is called. It returns how many
// came back with their sidecar, and what happened to the others.
func (w *world) admissions(t *testing.T, namespace string) (stop func() (int, []string)) {
	t.Helper()
	done, ended := make(chan struct{}), make(chan struct{})
	admitted, problems := 0, []string(nil)
	go func() {
		defer close(ended)
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
			}
			pod := builders.Pod(func(p *corev1.Pod) { p.Namespace, p.Name = namespace, fmt.Sprintf("dry-%d", i) })
			pod.Spec = w.restricted(pod.Spec)
			err := w.Create(t.Context(), pod, client.DryRunAll)
			switch {
			case err != nil:
				problems = append(problems, err.Error())
			case len(pod.Spec.InitContainers) != 1:
				problems = append(problems, "admitted without a sidecar")
			default:
				admitted++
			}
		}
	}()
	return func() (int, []string) { close(done); <-ended; return admitted, problems }
}

// testUninstallation takes Chaperone away as README says, while its manager runs.
func testUninstallation(t *testing.T, w *world) {
	w.chatbot(t, "leaving")
	bot, front := w.bot("leaving", 2), service("leaving", "bot")
	w.create(t, bot, front)
	w.runs(t, bot)
	url := w.url(t, front)
	chat(t, url)
	before := w.pods(t, "leaving")

	if out, code := w.uninstall(t); code != 0 || !strings.Contains(out, "leaving/support: 2, whose app can then be reached") {
		t.Errorf("uninstall, without --yes: exit code %d: %s", code, out)
	}
	if out, code := w.uninstall(t, "--yes", "--release-pods"); code != 0 {
		t.Fatalf("uninstall: exit code %d: %s", code, out)
	}
	w.kubectl(t, "wait", "--for=delete", "namespace/"+operatorNamespace, "--timeout=150s")

	for _, kinds := range []string{
		"namespaces", "crds", "clusterroles", "clusterrolebindings", "mutatingwebhookconfigurations", "validatingwebhookconfigurations",
		"validatingadmissionpolicies", "validatingadmissionpolicybindings",
	} {
		if left := w.kubectl(t, "get", kinds, "-o", "name"); strings.Contains(left, "chaperone") {
			t.Errorf("left of the %s: %s", kinds, left)
		}
	}
	eventually(t, "objects in users' namespaces", func() error {
		left := w.kubectl(t, "get", "configmaps,networkpolicies", "-A", "-l", "app.kubernetes.io/managed-by=chaperone", "-o", "name")
		if left != "" {
			return fmt.Errorf("left: %s", left)
		}
		return nil
	})
	// Its pods still run, and still answer through the sidecar that they have.
	if after := w.pods(t, "leaving"); names(before) != names(after) {
		t.Errorf("pods before %s, after %s", names(before), names(after))
	}
	chat(t, url)
	// New ones are plain pods of a plain cluster.
	w.kubectl(t, "rollout", "restart", "-n", "leaving", "deployment/support-bot")
	w.runs(t, bot)
	for _, pod := range w.pods(t, "leaving") {
		if len(pod.Spec.InitContainers) > 0 {
			t.Errorf("pod %s has a sidecar, and nothing is installed", pod.Name)
		}
	}
	eventually(t, "plain chat", func() error {
		got, err := ask(t.Context(), url, "Hello", false)
		if err == nil && got.status != http.StatusOK {
			err = fmt.Errorf("status %d", got.status)
		}
		return err
	})
}

// uninstall runs the command and returns what it says, and its exit code.
func (w *world) uninstall(t *testing.T, flags ...string) (string, int) {
	t.Helper()
	args := append([]string{"uninstall", "--kubeconfig", w.kubeconfig}, flags...)
	cmd := exec.CommandContext(t.Context(), w.bin("kubectl-chaperone"), args...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func names(pods []corev1.Pod) string {
	var list []string
	for _, pod := range pods {
		list = append(list, string(pod.UID))
	}
	return strings.Join(list, " ")
}
