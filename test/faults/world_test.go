package faults

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// limit bounds every wait: several times what the slowest takes on two busy cores.
const limit = 3 * time.Minute

// image is that of sidecars, which nobody starts here.
const image = "registry.example/sidecar@sha256:0000000000000000000000000000000000000000000000000000000000000001"

// world is an API server, and managers with the rights of their service account.
type world struct {
	// whole is the test that everything ends with.
	whole        *testing.T
	root, folder string
	server       *apiServer
	admin        client.Client
	balancer     *balancer
	replicas     []*replica
}

// replica is a process of the manager.
type replica struct {
	webhook, probe string
	command        *exec.Cmd
	log            *logBuffer
	unfollow       context.CancelFunc
	// reason is why the replica was not ready when it was asked last; it points to nil if it was.
	reason  atomic.Pointer[error]
	started time.Time
	// ended is closed when the process has ended.
	ended chan struct{}
	// clock is by how much its clock differs; nil for one that has the machine's clock.
	clock *skew
}

// setup is how a replica differs from those that an installation has.
type setup struct {
	// traps are those between the replica and its API server; nil for none.
	traps *traps
	// folder is that of the program; empty for bin.
	folder string
	clock  *skew
}

// replicaCount is how many managers run. One of them leads.
const replicaCount = 3

func start(t *testing.T) *world {
	t.Helper()
	logf.SetLogger(logr.Discard())
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{whole: t, root: root, folder: t.TempDir()}
	w.server = startServer(t, w.folder)
	w.admin = newClient(t, w.server.config(administratorToken))
	w.balancer = startBalancer(t)
	webhooks := w.install(t)
	for range replicaCount {
		w.startReplica(t)
	}
	w.isReady(t)
	for _, configuration := range webhooks {
		w.pointToBalancer(t, configuration)
		w.apply(t, configuration)
	}
	for namespace := range map[string]bool{governed: true, plain: true} {
		w.create(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	}
	eventually(t, "a declaration", func() error { return w.admin.Create(t.Context(), builders.ChatbotDeployment()) })
	eventually(t, "injection", func() error {
		pod := builders.Pod()
		if err := w.admin.Create(t.Context(), pod, client.DryRunAll); err != nil {
			return err
		}
		if len(pod.Spec.InitContainers) == 0 {
			return errors.New("no sidecar")
		}
		return nil
	})
	return w
}

// install applies config/default, and returns its webhook configurations.
func (w *world) install(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "tool", "-modfile=hack/tools/go.mod", "kustomize", "build", "config/default")
	cmd.Dir = w.root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("kustomize build config/default: %v", err)
	}
	var webhooks []*unstructured.Unstructured
	for decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(out), 4096); ; {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(object)
		if errors.Is(err, io.EOF) {
			return webhooks
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(object.GetKind(), "WebhookConfiguration") {
			webhooks = append(webhooks, object)
			continue
		}
		w.apply(t, object)
	}
}

func (w *world) apply(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	configuration := client.ApplyConfigurationFromUnstructured(object)
	if err := w.admin.Apply(t.Context(), configuration, client.FieldOwner("kubectl"), client.ForceOwnership); err != nil {
		t.Fatalf("apply %s %s: %v", object.GetKind(), object.GetName(), err)
	}
}

func (w *world) create(t *testing.T, object client.Object) {
	t.Helper()
	if err := w.admin.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

// pointToBalancer has API servers call the webhooks through the balancer, in place of a Service.
func (w *world) pointToBalancer(t *testing.T, configuration *unstructured.Unstructured) {
	t.Helper()
	list, _, err := unstructured.NestedSlice(configuration.Object, "webhooks")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range list {
		webhook := entry.(map[string]any)
		path, _, _ := unstructured.NestedString(webhook, "clientConfig", "service", "path")
		webhook["clientConfig"] = map[string]any{"url": "https://" + w.balancer.address + path}
	}
	if err := unstructured.SetNestedSlice(configuration.Object, list, "webhooks"); err != nil {
		t.Fatal(err)
	}
}

// startReplica starts another manager. It ends with the whole test, not with the fault t.
func (w *world) startReplica(t *testing.T) *replica {
	t.Helper()
	return w.startReplicaWith(t, setup{})
}

func (w *world) startReplicaWith(t *testing.T, s setup) *replica {
	t.Helper()
	r := &replica{webhook: freeAddress(t), probe: freeAddress(t), log: &logBuffer{}, started: time.Now(), clock: s.clock, ended: make(chan struct{})}
	server := w.server.url
	if s.traps != nil {
		server = s.traps.listen(w.whole, r)
	}
	_, port, _ := net.SplitHostPort(r.webhook)
	r.command = exec.Command(filepath.Join(cmp.Or(s.folder, filepath.Join(w.root, "bin")), "manager"),
		"--sidecar-image", image, "--webhook-host", "127.0.0.1", "--webhook-url-host", "127.0.0.1", "--webhook-port", port,
		"--health-probe-bind-address", r.probe, "--metrics-bind-address", "0", "--shutdown-delay", shutdownDelay.String())
	r.command.Env = append(os.Environ(), "KUBECONFIG="+w.writeKubeconfig(t, port, server))
	if s.clock != nil {
		r.command.Env = append(r.command.Env, s.clock.variable())
	}
	r.command.Stderr = r.log
	r.command.SysProcAttr = processAttributes()
	if err := r.command.Start(); err != nil {
		t.Fatalf("start a manager: %v (run `make test-faults`, which builds what is needed)", err)
	}
	// Ends with the process.
	go func() {
		_ = r.command.Wait()
		close(r.ended)
	}()
	w.whole.Cleanup(func() {
		r.signal(w.whole, syscall.SIGKILL)
		<-r.ended
		if w.whole.Failed() {
			w.whole.Logf("manager %s ended with %s; the end of its log:\n%s", r.webhook, r.command.ProcessState, r.log.end())
		}
	})
	ctx, cancel := context.WithCancel(w.whole.Context())
	r.unfollow = cancel
	// Ends with the test, or when the replica is taken away.
	go w.balancer.follow(ctx, r)
	w.replicas = append(w.replicas, r)
	return r
}

// replaceAll starts replicas in place of those that run, which end when the others are ready.
func (w *world) replaceAll(t *testing.T, setups ...setup) {
	t.Helper()
	before := slices.Clone(w.replicas)
	for _, s := range setups {
		w.startReplicaWith(t, s)
	}
	w.isReady(t)
	for _, old := range before {
		w.terminate(t, old)
	}
}

// terminate ends the replica as a kubelet does.
func (w *world) terminate(t *testing.T, r *replica) {
	t.Helper()
	r.signal(t, syscall.SIGTERM)
	w.end(r)
}

// end waits for the end of the process, and forgets the replica. It ends the following when the process has ended: what a kubelet sees.
func (w *world) end(r *replica) {
	<-r.ended
	r.unfollow()
	w.replicas = slices.DeleteFunc(slices.Clone(w.replicas), func(other *replica) bool { return other == r })
}

// restartEnded starts others in place of replicas that have ended, as a kubelet does, and returns how many have.
func (w *world) restartEnded(t *testing.T) int {
	t.Helper()
	count := 0
	for _, r := range slices.Clone(w.replicas) {
		select {
		case <-r.ended:
			w.end(r)
			w.startReplica(t)
			count++
		default:
		}
	}
	return count
}

// isReady waits until every replica is ready.
func (w *world) isReady(t *testing.T) {
	t.Helper()
	eventually(t, "replicas", func() error {
		for _, r := range w.replicas {
			select {
			case <-r.ended:
				t.Fatalf("a manager ended with %s:\n%s", r.command.ProcessState, r.log.end())
			default:
			}
		}
		if got := w.balancer.count(); got != len(w.replicas) {
			return fmt.Errorf("%d of %d are ready: %w", got, len(w.replicas), w.reasons())
		}
		return nil
	})
}

// reasons joins why replicas are not ready.
func (w *world) reasons() error {
	var errs []error
	for _, r := range w.replicas {
		if err := r.reason.Load(); err != nil {
			errs = append(errs, *err)
		}
	}
	return errors.Join(errs...)
}

// leader waits until one of the replicas leads.
func (w *world) leader(t *testing.T) *replica {
	t.Helper()
	var leader *replica
	eventually(t, "a leader", func() error {
		if leading := slices.IndexFunc(w.replicas, (*replica).hasLed); leading >= 0 {
			leader = w.replicas[leading]
			return nil
		}
		return errors.New("none has acquired the lease")
	})
	return leader
}

// hasLed reports whether the replica leads, or led: one that loses the lease ends.
func (r *replica) hasLed() bool {
	return strings.Contains(strings.ToLower(r.log.String()), "successfully acquired lease")
}

func (r *replica) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := r.command.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
}

func (w *world) writeKubeconfig(t *testing.T, name, server string) string {
	t.Helper()
	content := clientcmdapi.NewConfig()
	content.Clusters["c"] = &clientcmdapi.Cluster{Server: server, InsecureSkipTLSVerify: true}
	content.AuthInfos["u"] = &clientcmdapi.AuthInfo{Token: managerToken}
	content.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	content.CurrentContext = "x"
	path := filepath.Join(w.folder, "kubeconfig-"+name)
	if err := clientcmd.WriteToFile(*content, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func newClient(t *testing.T, config *rest.Config) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// eventually tries until there is no error.
func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: still not after %s: %v", what, limit, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// logBuffer keeps what a process writes.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// end returns the last lines.
func (l *logBuffer) end() string {
	const length = 4000
	text := l.String()
	return text[max(0, len(text)-length):]
}
