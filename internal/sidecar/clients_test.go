package sidecar_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// clientsFolder has the clients and servers in Node.js, and requireClients is the variable with which a test fails where they are missing.
const (
	clientsFolder  = "../../test/clients"
	requireClients = "CHAPERONE_REQUIRE_CLIENTS"
)

// newNode returns a command that runs a program of clientsFolder, with the Node.js that is one of its packages. It skips the test where the
// packages are missing, or not those of the lock file.
func newNode(t *testing.T, program string, arguments ...string) *exec.Cmd {
	t.Helper()
	node, err := findNode()
	switch {
	case err == nil:
	case os.Getenv(requireClients) != "":
		t.Fatalf("real clients cannot run: %v", err)
	default:
		t.Skipf("real clients cannot run: %v: run `make clients`", err)
	}
	command := exec.CommandContext(t.Context(), node, append([]string{program}, arguments...)...)
	command.Dir = clientsFolder
	return command
}

// findNode returns the path of the Node.js of the packages that are installed.
func findNode() (string, error) {
	want, err := os.ReadFile(filepath.Join(clientsFolder, "package-lock.json"))
	if err != nil {
		return "", err
	}
	if installed, err := os.ReadFile(filepath.Join(clientsFolder, "node_modules/.installed-for")); err != nil || !bytes.Equal(installed, want) {
		return "", errors.New("the packages of package-lock.json are not installed")
	}
	nodes, err := filepath.Glob(filepath.Join(clientsFolder, "node_modules/node-*/bin/node"))
	if err != nil || len(nodes) == 0 {
		return "", errors.Join(err, errors.New("no package has Node.js for this platform"))
	}
	return filepath.Abs(nodes[0])
}

// runNode runs a client and decodes the JSON that it prints.
func runNode(t *testing.T, result any, program string, arguments ...string) {
	t.Helper()
	command := newNode(t, program, arguments...)
	var faults bytes.Buffer
	command.Stderr = &faults
	out, err := command.Output()
	if err == nil {
		err = json.Unmarshal(out, result)
	}
	if err != nil {
		t.Fatalf("%s: %v, output %q\n%s", program, err, out, &faults)
	}
}

// startNode starts a server, which ends with the test, and returns the URL that it prints.
func startNode(t *testing.T, program string, arguments ...string) string {
	t.Helper()
	command := newNode(t, program, arguments...)
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var faults bytes.Buffer
	command.Stderr = &faults
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	t.Cleanup(func() {
		_, _ = input.Close(), command.Wait()
	})
	if err != nil {
		_ = input.Close()
		_, _ = io.Copy(io.Discard, output)
		t.Fatalf("%s: %v\n%s", program, err, &faults)
	}
	return strings.TrimSpace(line)
}

// lateUpstream leads to a server in Node.js that needs the addresses of the sidecar, and so starts after it.
type lateUpstream struct{ url atomic.Pointer[url.URL] }

func (u *lateUpstream) serve(w http.ResponseWriter, r *http.Request) {
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u.url.Load()) }}
	proxy.ServeHTTP(w, r)
}

func (u *lateUpstream) start(t *testing.T, program string, arguments ...string) {
	t.Helper()
	address, err := url.Parse(startNode(t, program, arguments...))
	if err != nil {
		t.Fatal(err)
	}
	u.url.Store(address)
}

// uiMessage is what a person sees of an answer in a client of the Vercel AI SDK.
type uiMessage struct {
	Parts  []struct{ Type, Text string }
	Errors []string
}

// texts returns the parts that are text, each after its type.
func (m uiMessage) texts() (all []string) {
	for _, part := range m.Parts {
		if part.Text != "" {
			all = append(all, part.Type+": "+part.Text)
		}
	}
	return all
}

// TestClientOfVercel puts the sidecar between the server and the client of the Vercel AI SDK: the client, which refuses events that it does not
// know, gets the statement and the redacted answer, and reads the message of a refusal.
func TestClientOfVercel(t *testing.T) {
	const path = "/api/chat"
	for _, version := range []string{"5", "6"} {
		t.Run("ai "+version, func(t *testing.T) {
			url := startNode(t, "vercel-server.mjs", version)
			h := newHarness(t, nil, func(c *sidecarconfig.Config) {
				c.Ports[0].Shape, c.Ports[0].Parameters, c.Ports[0].Upstream = "vercel-ui-message-stream", map[string]string{"path": path}, url
			})
			ask := func(text string, pieces string) []string {
				var got uiMessage
				runNode(t, &got, "vercel-client.mjs", version, "http://"+h.address(listen)+path, text, pieces)
				if len(got.Errors) > 0 {
					t.Errorf("the client found errors: %v", got.Errors)
				}
				return got.texts()
			}
			want := []string{"reasoning: Hm. ", "text: You are chatting with an AI system.", "text: Write to [redacted:email], or wait."}
			if diff := cmp.Diff(want, ask("Whom?", `["Write to ada@","shop.","example",", or wait."]`)); diff != "" {
				t.Errorf("the person sees (-want +got):\n%s", diff)
			}
			h.stop()
			if got := h.audit.String(); !strings.Contains(got, `"disclosed":true`) || strings.Contains(got, "ada@") {
				t.Errorf("record is %s", got)
			}
		})
	}
}

// TestClientOfVercelIsRefused: the client shows the message of a refusal that concerns the person as an answer, and any other as an error.
func TestClientOfVercelIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		change          func(*sidecarconfig.Config)
		path, text      string
		answer, failure string
	}{
		"suspended":     {change: suspend, answer: "text: The chat assistant is switched off at the moment."},
		"too long":      {text: strings.Repeat("a", 5000), answer: "text: Your message is too long."},
		"unknown route": {path: "/other", failure: "sidecar.path_unknown"},
	} {
		for _, version := range []string{"5", "6"} {
			t.Run(name+", ai "+version, func(t *testing.T) {
				h := newHarness(t, nil, func(c *sidecarconfig.Config) {
					c.Ports[0].Shape, c.Ports[0].Parameters, c.Limits.RequestBytes = "vercel-ui-message-stream", map[string]string{"path": "/api/chat"}, 4000
					if tc.change != nil {
						tc.change(c)
					}
				})
				var got uiMessage
				runNode(t, &got, "vercel-client.mjs", version, "http://"+h.address(listen)+withDefault(tc.path, "/api/chat"), withDefault(tc.text, "Hi"), "[]")
				if answer := strings.Join(got.texts(), ""); !strings.HasPrefix(answer, tc.answer) || (answer == "") != (tc.answer == "") {
					t.Errorf("the person sees %q", answer)
				}
				if failure := strings.Join(got.Errors, ""); !strings.Contains(failure, tc.failure) || (failure == "") != (tc.failure == "") {
					t.Errorf("errors are %v", got.Errors)
				}
			})
		}
	}
}

// agentMessages is what a person sees in a client of the Agent User Interaction Protocol.
type agentMessages struct{ Messages, Errors []string }

// TestClientOfAGUI: the client, which checks the order of events, gets the statement as a message of its own, also after a snapshot that
// replaces all messages, and the redacted answer.
func TestClientOfAGUI(t *testing.T) {
	const path = "/agent"
	text := []string{
		`{"type":"TEXT_MESSAGE_START","messageId":"m1","role":"assistant"}`, `{"type":"TEXT_MESSAGE_CONTENT","messageId":"m1","delta":"Write to ada@"}`,
		`{"type":"TEXT_MESSAGE_CONTENT","messageId":"m1","delta":"shop."}`, `{"type":"TEXT_MESSAGE_CONTENT","messageId":"m1","delta":"example"}`,
		`{"type":"TEXT_MESSAGE_END","messageId":"m1"}`,
	}
	chunks := []string{
		`{"type":"TEXT_MESSAGE_CHUNK","messageId":"m1","role":"assistant","delta":"Write to ada@"}`,
		`{"type":"TEXT_MESSAGE_CHUNK","messageId":"m1","delta":"shop.example"}`,
	}
	snapshot := `{"type":"MESSAGES_SNAPSHOT","messages":[{"id":"q1","role":"user","content":"Hi"},{"id":"m1","role":"assistant","content":"Write to ada@shop.example"}]}`
	for name, events := range map[string][]string{"text": text, "chunks": chunks, "text and snapshot": append(text[:len(text):len(text)], snapshot), "snapshot": {snapshot}} {
		t.Run(name, func(t *testing.T) {
			upstream := func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				all := append([]string{`{"type":"RUN_STARTED","threadId":"t1","runId":"r1"}`}, events...)
				for _, event := range append(all, `{"type":"RUN_FINISHED","threadId":"t1","runId":"r1"}`) {
					_, _ = io.WriteString(w, "data: "+event+"\n\n")
				}
			}
			h := newHarness(t, upstream, func(c *sidecarconfig.Config) { c.Ports[0].Shape = "ag-ui" })
			var got agentMessages
			runNode(t, &got, "ag-ui-client.mjs", "http://"+h.address(listen)+path, "Hi")
			want := agentMessages{
				Messages: []string{"user: Hi", "assistant: You are chatting with an AI system.", "assistant: Write to [redacted:email]"}, Errors: []string{},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the person sees (-want +got):\n%s", diff)
			}
		})
	}
}

// TestClientOfAGUIIsRefused: the client shows the message of a refusal as an answer.
func TestClientOfAGUIIsRefused(t *testing.T) {
	h := newHarness(t, nil, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape, c.Suspended = "ag-ui", true
	})
	var got agentMessages
	runNode(t, &got, "ag-ui-client.mjs", "http://"+h.address(listen)+"/agent", "Hi")
	if len(got.Messages) != 2 || !strings.HasPrefix(got.Messages[1], "assistant: ") || len(got.Errors) > 0 {
		t.Errorf("the person sees %v, errors are %v", got.Messages, got.Errors)
	}
}
