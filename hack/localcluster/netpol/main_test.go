package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/assets"
	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/cluster"
)

// fakeNFT keeps the script that it is given, whole or not at all.
const fakeNFT = "#!/bin/sh\ncat >%[1]s.new && mv %[1]s.new %[1]s\n"

func TestFollowsACluster(t *testing.T) {
	kubeconfig := startCluster(t)
	dir := t.TempDir()
	script, program, ready := filepath.Join(dir, "script"), filepath.Join(dir, "nft"), filepath.Join(dir, "ready")
	write(t, program, strings.ReplaceAll(fakeNFT, "%[1]s", script), 0o755)
	write(t, ready, "left by an earlier run", 0o644)
	inBackground(t, func() error {
		return run(t.Context(), []string{"--kubeconfig", kubeconfig, "--nft", program, "--table", "mine", "--ready-file", ready}, io.Discard)
	})
	eventually(t, ready, "enforcing\n")
	eventually(t, script, "table ip mine {")

	client := newClient(t, kubeconfig)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Labels: map[string]string{"app": "web"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "registry.example/web:1"}}},
	}
	pod, err := client.CoreV1().Pods("kube-public").Create(t.Context(), pod, metav1.CreateOptions{})
	must(t, err)
	pod.Status.PodIP, pod.Status.PodIPs = "10.244.0.10", []corev1.PodIP{{IP: "10.244.0.10"}}
	_, err = client.CoreV1().Pods("kube-public").UpdateStatus(t.Context(), pod, metav1.UpdateOptions{})
	must(t, err)
	policies := client.NetworkingV1().NetworkPolicies("kube-public")
	policy := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: "deny"}}
	_, err = policies.Create(t.Context(), policy, metav1.CreateOptions{})
	must(t, err)
	eventually(t, script, "chain ingress-10-244-0-10 {")
	must(t, policies.Delete(t.Context(), "deny", metav1.DeleteOptions{}))
	eventuallyNot(t, script, "chain ingress-10-244-0-10 {")
}

// startCluster runs a control plane until the test ends.
func startCluster(t *testing.T) (kubeconfig string) {
	t.Helper()
	set, err := assets.Open("", assets.ControlPlane)
	must(t, err)
	for _, name := range []string{"etcd", "kube-apiserver", "kube-controller-manager"} {
		_, err := set.Program(name)
		must(t, err)
	}
	data := filepath.Join(t.TempDir(), "data")
	inBackground(t, func() error {
		return cluster.Up(t.Context(), cluster.Options{Data: data, Assets: set, Out: io.Discard})
	})
	eventually(t, filepath.Join(data, "ready"), ".")
	return filepath.Join(data, "kubeconfig")
}

// inBackground runs f, which ends with the test's context, and waits for it.
func inBackground(t *testing.T, f func() error) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- f() }()
	t.Cleanup(func() { must(t, <-ended) })
}

func newClient(t *testing.T, kubeconfig string) kubernetes.Interface {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	must(t, err)
	client, err := kubernetes.NewForConfig(config)
	must(t, err)
	return client
}

func eventually(t *testing.T, file, text string)    { t.Helper(); await(t, file, text, true) }
func eventuallyNot(t *testing.T, file, text string) { t.Helper(); await(t, file, text, false) }

// await waits until the file is there and has the text, or has it no more.
func await(t *testing.T, file, text string, want bool) {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		content, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(content), text) == want {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("%q in %s: want %t, the file is:\n%s", text, filepath.Base(file), want, content)
		case <-ticker.C:
		}
	}
}

func write(t *testing.T, file, content string, mode os.FileMode) {
	t.Helper()
	must(t, os.WriteFile(file, []byte(content), mode))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestBadArguments(t *testing.T) {
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	write(t, kubeconfig, `{"clusters": [{"name": "x", "cluster": {"server": "https://127.0.0.1:1"}}],
		"contexts": [{"name": "x", "context": {"cluster": "x"}}], "current-context": "x"}`, 0o600)
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no kubeconfig: asks for it":          {nil, "--kubeconfig is needed"},
		"a kubeconfig that is not there":      {[]string{"--kubeconfig", "/nonexistent"}, "load kubeconfig: "},
		"an argument without an option":       {[]string{"here"}, `unexpected argument "here"`},
		"an option that does not exist":       {[]string{"--interval=1s"}, "-interval"},
		"a table that nft would read as more": {[]string{"--kubeconfig", kubeconfig, "--table", "a {} flush ruleset"}, `table is "a {} flush ruleset"`},
		"an nft that is not there":            {[]string{"--kubeconfig", kubeconfig, "--nft", "/nonexistent"}, "find nft: "},
	} {
		t.Run(name, func(t *testing.T) {
			if err := run(t.Context(), test.args, io.Discard); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
		})
	}
}
