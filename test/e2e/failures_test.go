package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// testKilledSidecar kills the sidecar's process while customers chat: it comes back, and meanwhile nothing passes unread.
func testKilledSidecar(t *testing.T, w *world) {
	w.chatbot(t, "killed")
	bot, front := w.bot("killed", 1), service("killed", "bot")
	w.create(t, bot, front)
	w.runs(t, bot)
	url := w.url(t, front)
	chat(t, url)
	pod := w.pods(t, "killed")[0]
	stop := load(t, url)
	for round := int32(1); round <= 2; round++ {
		w.killSidecar(t, pod.Name)
		eventually(t, "return of the sidecar", func() error {
			now := w.pod(t, "killed", pod.Name)
			if status := now.Status.InitContainerStatuses[0]; status.RestartCount < round || !podReady(now) {
				return fmt.Errorf("%d restarts, ready %v", status.RestartCount, podReady(now))
			}
			return nil
		})
		if out, err := w.visit(t.Context(), "http://"+pod.Status.PodIP+":8080/healthz"); err == nil {
			t.Errorf("the app was open to other pods: %s", out)
		}
		chat(t, url)
	}
	seen := stop()
	seen.allGoverned(t)
}

// killSidecar ends the process with the signal that cannot be caught.
func (w *world) killSidecar(t *testing.T, name string) {
	t.Helper()
	id := w.pod(t, "killed", name).Status.InitContainerStatuses[0].ContainerID
	w.inNode(t, "ctr", "tasks", "kill", "--signal", "SIGKILL", strings.TrimPrefix(id, "containerd://"))
}

// testDrain deletes a pod while it streams answers: each of them comes to its end.
func testDrain(t *testing.T, w *world) {
	const streams = 20
	w.chatbot(t, "drain")
	bot := w.bot("drain", 1, func(spec *corev1.PodSpec) {
		// A word every 150 ms: an answer of 40 words takes six seconds, longer than the pod waits before it ends.
		spec.Containers[0].Args = append(spec.Containers[0].Args, "--pause", "150ms")
	})
	front := service("drain", "bot")
	w.create(t, bot, front)
	w.runs(t, bot)
	url := w.url(t, front)
	chat(t, url)
	pod := w.pods(t, "drain")[0]

	message := strings.Repeat("word ", 60) + secret
	var begun, group sync.WaitGroup
	problems := make([]error, streams)
	for i := range problems {
		begun.Add(1)
		group.Go(func() {
			begun.Done()
			problems[i] = completeStream(t.Context(), url, message)
		})
	}
	begun.Wait()
	time.Sleep(time.Second)
	if err := w.Delete(t.Context(), &pod); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	if err := errors.Join(problems...); err != nil {
		t.Errorf("answers that were cut: %v", err)
	}
	eventually(t, "end of the pod", func() error {
		err := w.Get(t.Context(), client.ObjectKeyFromObject(&pod), &corev1.Pod{})
		if !apierrors.IsNotFound(err) {
			return fmt.Errorf("the pod is still there: %w", err)
		}
		return nil
	})
}

func completeStream(ctx context.Context, url, message string) error {
	got, err := ask(ctx, url, message, true)
	if err != nil {
		return err
	}
	if !strings.HasSuffix(strings.TrimSpace(got.body), "data: [DONE]") {
		return fmt.Errorf("status %d, the stream ends with %q", got.status, got.body[max(0, len(got.body)-200):])
	}
	return got.governed()
}

// killRuntime is for the shell of a system that need not have more tools than that.
const killRuntime = `for p in /proc/[0-9]*; do if [ "$(cat "$p/comm")" = containerd ]; then kill -9 "${p#/proc/}" && echo killed; fi; done`

// testRestartedRuntime kills the container runtime: pods go on, and new ones start afterwards.
func testRestartedRuntime(t *testing.T, w *world) {
	w.chatbot(t, "runtime")
	bot, front := w.bot("runtime", 1), service("runtime", "bot")
	w.create(t, bot, front)
	w.runs(t, bot)
	url := w.url(t, front)
	chat(t, url)
	before := w.pods(t, "runtime")
	stop := load(t, url)
	if out := w.inNode(t, "sh", "-c", killRuntime); !strings.Contains(out, "killed") {
		t.Fatalf("no container runtime was found: %s", out)
	}
	eventually(t, "return of the container runtime", func() error {
		_, err := w.visit(t.Context(), "http://"+before[0].Status.PodIP+":23090/healthz")
		return err
	})
	w.kubectl(t, "scale", "-n", "runtime", "deployment/"+bot.Name, "--replicas=2")
	w.runs(t, bot)
	seen := stop()
	seen.allGoverned(t)
	seen.noneFailed(t)
	after := w.pod(t, "runtime", before[0].Name)
	for _, status := range append(after.Status.InitContainerStatuses, after.Status.ContainerStatuses...) {
		if status.RestartCount > 0 {
			t.Errorf("container %s was restarted", status.Name)
		}
	}
}
