package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/chaperone-dev/chaperone/test/bench/proc"
)

// operatorNamespace is where the operator's own objects live.
const operatorNamespace = "chaperone-system"

// localWebhookAddress is the placeholder in config/local for the address of a manager that runs outside the cluster.
const localWebhookAddress = "127.0.0.1:9443"

// setUp returns the steps that `make demo` and `make run` share where there is no node, in order.
func setUp() []step {
	return []step{
		{"Start a real control plane: etcd, kube-apiserver, kube-controller-manager", startCluster},
		{"Install the resource definition and the operator's own, narrow permissions", installBase},
		{"Declare a chatbot before the webhooks are there, as in a cluster that adopts Chaperone late", declareEarly},
		{"Start the manager as its own service account", startManager},
		{"Register the webhooks; the manager fills in its certificate authority", installWebhooks},
	}
}

func startCluster(ctx context.Context, s *stage) error { return s.startCluster(ctx) }

// startCluster starts localcluster with additional options, and waits until the cluster is ready.
func (s *stage) startCluster(ctx context.Context, options ...string) error {
	args := append([]string{"up", "--dir", filepath.Join(s.bin, "localcluster"), "--data", s.data}, options...)
	p, err := s.start("localcluster", filepath.Join(s.bin, "localcluster-run"), args...)
	if err != nil {
		return err
	}
	err = s.waitReady(ctx, p, func() error { _, err := os.Stat(filepath.Join(s.data, "ready")); return err })
	if err != nil {
		return err
	}
	_, err = s.show(ctx, "version")
	return err
}

func installBase(ctx context.Context, s *stage) error {
	if _, err := s.show(ctx, "apply", "--server-side", "-k", "config/local/base"); err != nil {
		return err
	}
	_, err := s.kubectl(ctx, "wait", "--for=condition=Established", "--timeout=60s", "crd/chatbotdeployments.chaperone.dev")
	return err
}

func declareEarly(ctx context.Context, s *stage) error {
	_, err := s.show(ctx, "apply", "-f", "hack/demo/manifests/legacy.yaml")
	return err
}

func startManager(ctx context.Context, s *stage) error {
	kubeconfig, err := s.writeServiceAccountKubeconfig(ctx, "chaperone-manager")
	if err != nil {
		return err
	}
	if s.webhookPort, err = findFreePort(); err != nil {
		return err
	}
	health, err := findFreePort()
	if err != nil {
		return err
	}
	metrics, err := findFreePort()
	if err != nil {
		return err
	}
	limit, err := proc.MemoryLimit(s.root)
	if err != nil {
		return err
	}
	p, err := s.startWith([]string{"GOMEMLIMIT=" + limit}, "manager", filepath.Join(s.bin, "manager"),
		"--kubeconfig", kubeconfig,
		"--namespace", operatorNamespace,
		"--sidecar-image", "chaperone/sidecar@sha256:"+strings.Repeat("0", 64),
		"--webhook-host", "127.0.0.1",
		"--webhook-url-host", "127.0.0.1",
		"--webhook-port", fmt.Sprint(s.webhookPort),
		"--health-probe-bind-address", fmt.Sprintf("127.0.0.1:%d", health),
		"--metrics-bind-address", fmt.Sprintf("127.0.0.1:%d", metrics))
	if err != nil {
		return err
	}
	ready := fmt.Sprintf("http://127.0.0.1:%d/readyz", health)
	if err := s.waitReady(ctx, p, func() error { return checkStatus(ctx, ready, http.StatusOK) }); err != nil {
		return err
	}
	s.say("The manager is ready: policy compiled, caches synced, certificate issued.")
	return nil
}

// writeServiceAccountKubeconfig writes a kubeconfig with a token of the account, so that the manager has only the permissions of the shipped
// RBAC. It returns the path.
func (s *stage) writeServiceAccountKubeconfig(ctx context.Context, account string) (string, error) {
	token, err := s.kubectl(ctx, "create", "token", account, "-n", operatorNamespace, "--duration=3h")
	if err != nil {
		return "", err
	}
	admin, err := os.ReadFile(s.kubeconfig)
	if err != nil {
		return "", err
	}
	path := filepath.Join(s.work, account+".kubeconfig")
	if err := os.WriteFile(path, admin, 0o600); err != nil {
		return "", err
	}
	own := *s
	own.kubeconfig = path
	for _, args := range [][]string{
		{"config", "set-credentials", account, "--token", strings.TrimSpace(token)},
		{"config", "set-context", "--current", "--user", account},
	} {
		if _, err := own.kubectl(ctx, args...); err != nil {
			return "", err
		}
	}
	return path, nil
}

func installWebhooks(ctx context.Context, s *stage) error {
	manifests, err := s.kubectl(ctx, "kustomize", "config/local/webhook")
	if err != nil {
		return err
	}
	manifests = strings.ReplaceAll(manifests, localWebhookAddress, fmt.Sprintf("127.0.0.1:%d", s.webhookPort))
	s.say("$ kubectl kustomize config/local/webhook | kubectl apply --server-side -f -")
	out, err := s.kubectlWith(ctx, manifests, "apply", "--server-side", "-f", "-")
	s.say("%s", out)
	if err != nil {
		return err
	}
	if err := waitFor(ctx, "the certificate authority in every webhook", func() error { return s.checkWebhooksTrusted(ctx) }); err != nil {
		return err
	}
	return s.waitForPolicies(ctx)
}

// waitForPolicies waits until the admission policies are in force: API servers look for new ones once a second, and have seen all of them once
// they enforce that of which the binding was applied last.
func (s *stage) waitForPolicies(ctx context.Context) error {
	manager := "system:serviceaccount:" + operatorNamespace + ":chaperone-manager"
	return waitFor(ctx, "the admission policies", func() error {
		out, err := s.kubectl(ctx, "create", "configmap", "coredns", "-n", "default", "--dry-run=server", "--as", manager)
		if err == nil {
			return fmt.Errorf("the manager may write what is not its own: %s", out)
		}
		return checkContains(err.Error(), "chaperone scope")
	})
}

func (s *stage) checkWebhooksTrusted(ctx context.Context) error {
	out, err := s.kubectl(ctx, "get", "mutatingwebhookconfigurations,validatingwebhookconfigurations", "-o",
		`jsonpath={range .items[*].webhooks[*]}{.name}{"="}{.clientConfig.caBundle}{"\n"}{end}`)
	if err != nil {
		return err
	}
	for line := range strings.SplitSeq(strings.TrimSpace(out), "\n") {
		if name, bundle, _ := strings.Cut(line, "="); bundle == "" {
			return fmt.Errorf("webhook %s has no certificate authority yet", name)
		}
	}
	return nil
}

func checkStatus(ctx context.Context, url string, want int) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != want {
		return fmt.Errorf("%s answers %s, want %d", url, resp.Status, want)
	}
	return nil
}

// waitForStop prints how to use the cluster and returns when the user interrupts.
func (s *stage) waitForStop(ctx context.Context) error {
	fmt.Fprintf(s.out, `
Chaperone is up. In another terminal:

  cd %s
  export KUBECONFIG=%s
  export PATH=%s:%s:$PATH
  %s
  kubectl get cbd -A

Logs: %s. Press Ctrl-C to stop everything.
`, s.root, s.kubeconfig, s.assets, s.bin, s.describeApply("config/samples/support.yaml"), filepath.Join(s.work, "*.log"))
	for _, p := range s.processes {
		fmt.Fprintf(s.out, "The %s is process %d.\n", p.name, p.cmd.Process.Pid)
	}
	if len(s.images) > 0 {
		fmt.Fprintf(s.out, `
Inside the node: bin/localcluster-run shell --data %s
Its logs:        %s
Image of a chatbot to try with: %s
`, s.data, filepath.Join(s.data, "logs", "*.log"), s.images["samplebot"].Reference)
	}
	<-ctx.Done()
	return nil
}
