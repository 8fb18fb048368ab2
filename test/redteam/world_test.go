package redteam

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// limit bounds every wait: several times what the slowest takes on two busy cores.
const limit = 2 * time.Minute

// world is a control plane without a node, with real controllers of Kubernetes and with Chaperone as config/default installs it: the
// manager runs as its service account, in a process of its own.
type world struct {
	root    string
	server  string
	manager int
	mu      sync.Mutex
	clients map[person]*http.Client
	// down is true while the manager is stopped.
	down bool
}

// addressOfBot is that of the governed pod in the shop.
const addressOfBot = "10.1.2.3"

// start runs the set-up of the demo and ends it with the test.
func start(t *testing.T) *world {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{root: root, clients: map[person]*http.Client{}}
	kubeconfig := w.startDemo(t)
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	w.server = config.Host
	w.clients[administrator] = newClient(t, config)
	w.makePeople(t, config)
	w.chatbot(t, shop)
	w.governs(t, shop, 1)
	// What leads to a pod by its address can be told apart only if it has one, which no node gives it here.
	w.must(t, administrator, merge, pods(shop)+"/bot/status", `{"status":{"podIP":"`+addressOfBot+`","podIPs":[{"ip":"`+addressOfBot+`"}]}}`)
	// API servers look for new policies once a second, and have been seen without this one when others were in force.
	eventually(t, "the policy on marks", func() error {
		return refuses(broad, merge, pods(shop)+"/bot/status"+dryRun, `{"metadata":{"labels":{"chaperone.dev/chatbot":null}}}`, "chaperone floor")(t, w)
	})
	return w
}

func newClient(t *testing.T, config *rest.Config) *http.Client {
	t.Helper()
	config = rest.CopyConfig(config)
	config.QPS = -1
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// startDemo returns the kubeconfig that the demo prints once all is installed.
func (w *world) startDemo(t *testing.T) string {
	t.Helper()
	demo := exec.Command(filepath.Join(w.root, "bin", "demo"), "--stay", "--node=never", "--root", w.root)
	demo.Stderr = os.Stderr
	demo.SysProcAttr = processAttributes()
	stdout, err := demo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Start(); err != nil {
		t.Fatalf("start the demo: %v (run `make test-redteam`, which builds what is needed)", err)
	}
	t.Cleanup(func() {
		_ = demo.Process.Signal(syscall.SIGTERM)
		if err := demo.Wait(); err != nil {
			t.Errorf("the demo's end: %v", err)
		}
	})
	kubeconfig := ""
	for lines := bufio.NewScanner(stdout); w.manager == 0 && lines.Scan(); {
		fmt.Println(lines.Text())
		if _, after, found := strings.Cut(lines.Text(), "export KUBECONFIG="); found {
			kubeconfig = after
		}
		if _, after, found := strings.Cut(lines.Text(), "The manager is process "); found {
			w.manager, err = strconv.Atoi(strings.TrimSuffix(after, "."))
		}
	}
	if kubeconfig == "" || w.manager == 0 || err != nil {
		t.Fatalf("the demo's set-up did not hold, see above (%v)", err)
	}
	// Ends with the demo.
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	return kubeconfig
}

// stopManager stops the manager without ending it, until resume is called.
func (w *world) stopManager(t *testing.T) (resume func()) {
	t.Helper()
	if err := syscall.Kill(w.manager, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	w.down = true
	return func() {
		w.down = false
		_ = syscall.Kill(w.manager, syscall.SIGCONT)
	}
}

// eventually tries until there is no error.
func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	if err := within(limit, try); err != nil {
		t.Fatalf("%s: still not after %s: %v", what, limit, err)
	}
}

// repairTime is how long a repair may take.
const repairTime = 5 * time.Second

// within tries until there is no error, and returns the last error after the time.
func within(d time.Duration, try func() error) error {
	deadline := time.Now().Add(d)
	for {
		err := try()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// silentConnection opens a connection to the webhook, on which the test sends nothing until its end.
func (w *world) silentConnection(t *testing.T) net.Conn {
	t.Helper()
	address, err := url.Parse(w.webhookURL(t))
	if err != nil {
		t.Fatal(err)
	}
	connection, err := net.Dial("tcp", address.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}
