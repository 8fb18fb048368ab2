package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/test/samplebot/bot"
)

// process is a running sidecar.
type process struct {
	cmd                 *exec.Cmd
	config, chat, admin string
	records             *bufio.Reader
	log                 bytes.Buffer
	settings            sidecarconfig.Config
}

// newCommand returns the sidecar with the arguments as a process (see TestMain).
func newCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "RUN_SIDECAR=1")
	return cmd
}

// freePort returns a loopback address with a port that is free now. Another process may take the port before the sidecar does.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// start runs a sidecar with more arguments in front of the handler and returns when it serves.
func start(t *testing.T, upstream http.Handler, args ...string) *process {
	t.Helper()
	return startWith(t, upstream, nil, args...)
}

// newProcess returns a sidecar in front of the upstream that is not started yet.
func newProcess(t *testing.T, upstream string) *process {
	t.Helper()
	p := &process{config: filepath.Join(t.TempDir(), "config.json"), chat: freePort(t), admin: freePort(t)}
	p.settings = sidecarconfig.Config{
		Version: sidecarconfig.Version, Chatbot: "shop/support", Revision: "rev1",
		Ports: []sidecarconfig.Port{{Name: "http", Shape: sidecarconfig.DefaultShape, Parameters: map[string]string{"path": bot.Path}, Listen: p.chat, Upstream: upstream}},
		Disclose: &sidecarconfig.Disclose{
			Placements: []string{sidecarconfig.PlaceFirstMessage}, Statements: map[string]string{"en": "You chat with an AI."}, DefaultLanguage: "en",
		},
		Redact:  sidecarconfig.Detectors(),
		Handoff: &sidecarconfig.Handoff{Contact: "the desk"},
	}
	return p
}

// startWith is start with a file for the standard output; nil means a pipe to p.records.
func startWith(t *testing.T, upstream http.Handler, output *os.File, args ...string) *process {
	t.Helper()
	app := httptest.NewServer(upstream)
	t.Cleanup(app.Close)
	p := newProcess(t, app.URL)
	p.write(t)
	p.cmd = newCommand(t, "--unsigned", "--config", p.config, "--admin", p.admin, "--egress", freePort(t))
	p.cmd.Args = append(p.cmd.Args, args...)
	p.cmd.Stderr = &p.log
	if output != nil {
		p.cmd.Stdout = output
	} else {
		records, err := p.cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		p.records = bufio.NewReader(records)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.eventually(t, "/readyz", sidecarconfig.Hash(p.file(t)))
	return p
}

func (p *process) file(t *testing.T) []byte {
	t.Helper()
	file, err := p.settings.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func (p *process) write(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(p.config+".new", p.file(t), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(p.config+".new", p.config); err != nil {
		t.Fatal(err)
	}
}

// eventually asks the admin port until the answer holds the text.
func (p *process) eventually(t *testing.T, path, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			t.Fatalf("%s never held %s, last %s", path, want, last)
		case <-every.C:
		}
		if res, err := http.Get("http://" + p.admin + path); err == nil {
			body, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if last = string(body); strings.Contains(last, want) {
				return
			}
		}
	}
}

func (p *process) ask(t *testing.T, text string, streamed bool) (int, string) {
	t.Helper()
	body := fmt.Sprintf(`{"model":"m","stream":%t,"messages":[{"role":"user","content":%q}]}`, streamed, text)
	res, err := http.Post("http://"+p.chat+bot.Path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for line := range strings.SplitSeq(string(answer), "\n") {
		var part struct {
			Choices []struct{ Message, Delta struct{ Content string } }
		}
		if json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &part) == nil && len(part.Choices) > 0 {
			said += part.Choices[0].Message.Content + part.Choices[0].Delta.Content
		}
	}
	if said == "" {
		said = string(answer)
	}
	return res.StatusCode, said
}

func (p *process) record(t *testing.T) map[string]any {
	t.Helper()
	line, err := p.records.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var r map[string]any
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

const contact = "You can reach Jo at [redacted:email] or [redacted:phone]. Card [redacted:payment-card], IBAN [redacted:iban]."

func TestSidecarAsAProcess(t *testing.T) {
	p := start(t, bot.Handler(bot.Options{CutBytes: 5}))
	for _, streamed := range []bool{false, true} {
		if _, got := p.ask(t, "I am joe@shop.example", streamed); got != "You chat with an AI.\n\nYou said: I am [redacted:email]" {
			t.Errorf("streamed %t: echo is %q", streamed, got)
		}
		_, got := p.ask(t, "show contact", streamed)
		if diff := cmp.Diff("You chat with an AI.\n\n"+contact, got); diff != "" {
			t.Errorf("streamed %t (-want +got):\n%s", streamed, diff)
		}
	}
	for range 4 {
		if r := p.record(t); r["outcome"] != "answered" || r["disclosed"] != true {
			t.Errorf("record is %v", r)
		}
	}

	p.settings.Suspended = true
	p.write(t)
	p.eventually(t, "/config-status", sidecarconfig.Hash(p.file(t)))
	status, got := p.ask(t, "Hello", false)
	if status != http.StatusServiceUnavailable || !strings.Contains(got, "Contact a human: the desk.") {
		t.Errorf("while suspended: %d, %s", status, got)
	}
	if r := p.record(t); r["rule"] != "sidecar.suspended" {
		t.Errorf("record is %v", r)
	}

	if err := os.WriteFile(p.config, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.eventually(t, "/config-status", "not JSON at byte")
	if status, _ := p.ask(t, "Hello", false); status != http.StatusServiceUnavailable {
		t.Errorf("under the configuration before: %d", status)
	}

	rest := p.stop(t)
	if n := strings.Count(rest, "\n"); n != 1 {
		t.Errorf("%d records are left, want one: %s", n, rest)
	}
}

// stop ends the process and returns the records that are left.
func (p *process) stop(t *testing.T) string {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(p.records)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the process ended with %v", err)
	}
	return string(rest)
}

// TestTerminationWithOpenStreams: the process ends in order after the drain time, and leaves a record of each stream.
func TestTerminationWithOpenStreams(t *testing.T) {
	p := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, `data: {"choices":[{"index":0,"delta":{"content":"one "}}]}`+"\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}), "--drain", "1ns")
	const streams = 20
	for range streams {
		res, err := http.Post("http://"+p.chat+bot.Path, "application/json", strings.NewReader(`{"stream":true,"messages":[{"content":"Hi"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
	}
	if records := p.stop(t); strings.Count(records, `"outcome":"refused","rule":"sidecar.terminating"`) != streams {
		t.Errorf("records are %s", records)
	}
	if text := p.log.String(); !strings.Contains(text, `"exchanges":20`) {
		t.Errorf("log is %s", text)
	}
}

// TestNoLogHoldsAnAnswer: an app that sends more than it announces or no HTTP at all leaves nothing in the log.
func TestNoLogHoldsAnAnswer(t *testing.T) {
	const said = "canary-7f3a ada@shop.example"
	answers := map[string]string{
		"a body with 204":                "HTTP/1.1 204 No Content\r\n\r\n" + said,
		"a body with 204 and its length": fmt.Sprintf("HTTP/1.1 204 No Content\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(said), said),
		"a body with 304":                "HTTP/1.1 304 Not Modified\r\n\r\n" + said,
		"more than the length":           "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}" + said,
		"data after the last chunk":      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + said,
		"a chunk that is none":           "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" + said + "\r\n",
		"no answer of HTTP":              said + "\r\n\r\n",
		"a header that is none":          "HTTP/1.1 200 OK\r\n" + said + "\r\n\r\n",
	}
	p := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		for name, text := range answers {
			if strings.Contains(string(body), name+`"`) {
				_, _ = io.WriteString(conn, text)
			}
		}
		// The connection stays open until the other side has seen what is wrong with it.
		_, _ = io.Copy(io.Discard, conn)
	}))
	for name := range answers {
		res, err := http.Post("http://"+p.chat+bot.Path, "application/json", strings.NewReader(`{"messages":[{"content":"`+name+`"}]}`))
		// An answer that breaks off ends in an error, before or after its header.
		if err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	}
	records := p.stop(t)
	if n := strings.Count(records, "\n"); n != len(answers) {
		t.Errorf("%d records of %d exchanges", n, len(answers))
	}
	if text := records + p.log.String(); strings.Contains(text, "canary") || strings.Contains(text, "ada@") {
		t.Errorf("a log holds text of an answer: %s", text)
	}
	if !strings.Contains(p.log.String(), "Applying configuration") {
		t.Errorf("the log is %q, want only lines of the sidecar", p.log.String())
	}
}

func TestSidecarDoesNotStartWithoutAConfiguration(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(broken, []byte(`{"version":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		args []string
		want string
	}{
		"no file":        {[]string{"--unsigned", "--config", broken + ".none"}, "sidecar: read configuration: lstat "},
		"broken file":    {[]string{"--unsigned", "--config", broken}, "ports is empty, and so is egress"},
		"unknown option": {[]string{"--port", "1"}, "flag provided but not defined: -port"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := newCommand(t, tc.args...).CombinedOutput()
			if err == nil || !strings.Contains(string(out), tc.want) {
				t.Errorf("ended with %v: %s, want %q", err, out, tc.want)
			}
		})
	}
}
