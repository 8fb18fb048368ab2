package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/chaperone-dev/chaperone/test/drain"
	"github.com/chaperone-dev/chaperone/test/samplebot/bot"
)

// asProgram makes the test binary run samplebot.
const asProgram = "SAMPLEBOT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// newCommand returns samplebot as a process.
func newCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// process is a samplebot that listens.
type process struct {
	cmd  *exec.Cmd
	urls []string
}

// start runs samplebot with options and returns when all listeners are open.
func start(t *testing.T, listeners int, args ...string) *process {
	t.Helper()
	s := &process{cmd: newCommand(t, args...)}
	s.cmd.Stderr = os.Stderr
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	for lines := bufio.NewScanner(stdout); len(s.urls) < listeners && lines.Scan(); {
		s.urls = append(s.urls, "http://"+strings.TrimPrefix(lines.Text(), "samplebot listens on "))
	}
	if len(s.urls) < listeners {
		t.Fatalf("samplebot listens only on %q", s.urls)
	}
	return s
}

// stop sends SIGTERM and returns the result of the process.
func (s *process) stop(t *testing.T) error {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	return s.cmd.Wait()
}

// findFreeAddress returns a loopback address without a listener.
func findFreeAddress(t *testing.T) string {
	t.Helper()
	listeners, err := drain.Listen(t.Context(), []string{"127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listeners[0].Close() }()
	return listeners[0].Addr().String()
}

func TestServesOnSeveralPortsUntilSIGTERM(t *testing.T) {
	grpcAddress := findFreeAddress(t)
	s := start(t, 3, "--listen", "127.0.0.1:0", "--also", "127.0.0.1:0", "--also", "127.0.0.1:0", "--grpc-health", grpcAddress)
	for _, url := range s.urls {
		if out, err := newCommand(t, "healthy", url+"/healthz").CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("healthy: %v, %q", err, out)
		}
		if out, err := newCommand(t, "ask", url, "Hello").Output(); err != nil || string(out) != bot.Greeting+"\n" {
			t.Errorf("ask: %v, %q", err, out)
		}
	}
	if got := checkGRPC(t, grpcAddress); got != healthv1.HealthCheckResponse_SERVING {
		t.Errorf("gRPC health is %s", got)
	}
	if err := s.stop(t); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

func checkGRPC(t *testing.T, address string) healthv1.HealthCheckResponse_ServingStatus {
	t.Helper()
	connection, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	response, err := healthv1.NewHealthClient(connection).Check(t.Context(), &healthv1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return response.Status
}

func TestHealthReportsTheEndOfTheContext(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	address := findFreeAddress(t)
	stop, err := startHealth(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	end()
	for checkGRPC(t, address) != healthv1.HealthCheckResponse_NOT_SERVING {
		if t.Context().Err() != nil {
			t.Fatal("gRPC health still reports SERVING")
		}
	}
}

func TestRunningStreamFinishesAfterSIGTERM(t *testing.T) {
	s := start(t, 1, "serve", "--listen", "127.0.0.1:0", "--pause", "20ms")
	question := `{"stream":true,"messages":[{"role":"user","content":"one two three four five six"}]}`
	res, err := http.Post(s.urls[0]+bot.Path, "application/json", strings.NewReader(question))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	response, err := io.ReadAll(res.Body)
	if err != nil || !strings.HasSuffix(string(response), "data: [DONE]\n\n") {
		t.Errorf("the stream ended with %v: %s", err, response)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the process ended with %v", err)
	}
}

func TestExitCodes(t *testing.T) {
	s := start(t, 1, "--listen", "127.0.0.1:0")
	question := filepath.Join(t.TempDir(), "question.json")
	if err := os.WriteFile(question, []byte(`{"messages":[{"role":"user","content":"from a file"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	url, closed := s.urls[0], "http://"+findFreeAddress(t)
	type result struct {
		code int
		said string
	}
	cases := map[string]struct {
		args []string
		want result
	}{
		"get: 0 and the body":                   {[]string{"get", url + "/healthz"}, result{0, "\n\nok\n"}},
		"get, another status: 22 and the body":  {[]string{"get", url + "/none"}, result{22, "404 page not found\n"}},
		"get, no listener: 7":                   {[]string{"get", closed}, result{7, "connection refused"}},
		"get, post a text":                      {[]string{"get", "--post", `{"messages":[]}`, url + bot.Path}, result{0, `"You said: "`}},
		"get, post a file":                      {[]string{"get", "--post", "@" + question, url + bot.Path}, result{0, "You said: from a file"}},
		"get, post a file that is not there: 2": {[]string{"get", "--post", "@" + question + ".none", url}, result{2, "no such file"}},
		"get, a header without a colon: 2":      {[]string{"get", "--header", "x", url}, result{2, "is not Key: value"}},
		"get without a URL: 2":                  {[]string{"get"}, result{2, "0 words after the options, want 1"}},
		"healthy, another status: 1":            {[]string{"healthy", url + "/none"}, result{1, "not healthy: status is not 2xx"}},
		"healthy, no listener: 1":               {[]string{"healthy", closed}, result{1, "not healthy: no response"}},
		"ask, another status: 22":               {[]string{"ask", url + "/none", "Hello"}, result{22, "404 page not found\n"}},
		"ask, no listener: 7":                   {[]string{"ask", closed, "Hello"}, result{7, "connection refused"}},
		"serve, an address that is taken: 1":    {[]string{"serve", "--listen", strings.TrimPrefix(url, "http://")}, result{1, "address already in use"}},
		"serve, gRPC on an address in use: 1":   {[]string{"--grpc-health", strings.TrimPrefix(url, "http://")}, result{1, "gRPC health: listen: "}},
		"a command that does not exist: 2":      {[]string{"gte", url}, result{2, "usage:"}},
		"help: 0":                               {[]string{"get", "--help"}, result{0, "usage:"}},
		"an option that does not exist: 2":      {[]string{"--port", "1"}, result{2, "flag provided but not defined: -port"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			cmd := newCommand(t, tc.args...)
			out, _ := cmd.CombinedOutput()
			got := result{cmd.ProcessState.ExitCode(), tc.want.said}
			if !strings.Contains(string(out), tc.want.said) {
				got.said = string(out)
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(result{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
