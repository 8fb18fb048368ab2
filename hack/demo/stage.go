package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// waitLimit bounds each wait. The slowest step takes a tenth of it on two busy cores.
const waitLimit = 2 * time.Minute

// A step is an action of the demo. act returns an error if the action or a check of its result fails.
type step struct {
	title string
	act   func(context.Context, *stage) error
}

// A stage is the state of the running demo: its folders, its processes, and what earlier steps found out.
type stage struct {
	// root is the repository, bin has its programs, assets has kubectl, and work is a temporary folder.
	root, bin, assets, work string
	// data is the folder of the local cluster.
	data        string
	kubeconfig  string
	webhookPort int
	// chatURL is the address of the chatbot behind its sidecar, and send sends a chat request to it.
	chatURL string
	send    sender
	// adopted is the address of the chatbot that is brought from Audit to Deny, and load is its customer.
	adopted string
	load    *load
	// images has the images that the demo made, by target. It is empty without a node.
	images    map[string]madeImage
	started   time.Time
	done      int // The number of steps that were begun.
	out       io.Writer
	processes []*process
}

func newStage(root string) (*stage, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	assets := os.Getenv("KUBEBUILDER_ASSETS")
	if assets == "" {
		return nil, errors.New("KUBEBUILDER_ASSETS is not set; run this through `make demo`")
	}
	work, err := os.MkdirTemp("", "chaperone-demo-")
	if err != nil {
		return nil, err
	}
	s := &stage{root: root, bin: filepath.Join(root, "bin"), assets: assets, work: work, out: os.Stdout, started: time.Now()}
	s.data = filepath.Join(work, "cluster")
	s.kubeconfig = filepath.Join(s.data, "kubeconfig")
	return s, nil
}

// play runs the steps in order, and stops at the first one that fails.
func (s *stage) play(ctx context.Context, steps []step) error {
	for _, st := range steps {
		s.done++
		fmt.Fprintf(s.out, "\n── %d. %s\n", s.done, st.title)
		start := time.Now()
		if err := st.act(ctx, s); err != nil {
			return fmt.Errorf("step %d (%s) failed: %w", s.done, st.title, err)
		}
		fmt.Fprintf(s.out, "   ✓ %.1f s\n", time.Since(start).Seconds())
	}
	return nil
}

// say prints lines of output, indented.
func (s *stage) say(format string, args ...any) {
	for line := range strings.SplitSeq(strings.TrimRight(fmt.Sprintf(format, args...), "\n"), "\n") {
		fmt.Fprintln(s.out, "   "+line)
	}
}

// kubectl runs kubectl as the cluster administrator, and returns its output and its errors together.
func (s *stage) kubectl(ctx context.Context, args ...string) (string, error) {
	return s.kubectlWith(ctx, "", args...)
}

// kubectlWith runs kubectl as the cluster administrator with a standard input.
func (s *stage) kubectlWith(ctx context.Context, stdin string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(s.assets, "kubectl"), append([]string{"--kubeconfig", s.kubeconfig}, args...)...)
	cmd.Dir = s.root
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(out.String()))
	}
	return out.String(), nil
}

// show prints a kubectl command as a user would type it, runs it, and prints and returns its output.
func (s *stage) show(ctx context.Context, args ...string) (string, error) {
	s.say("$ kubectl %s", quoteForShell(args))
	out, err := s.kubectl(ctx, args...)
	s.say("%s", out)
	return out, err
}

// isPlain matches an argument that a shell leaves as it is.
var isPlain = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`).MatchString

// quoteForShell returns the arguments as one can type them in a shell.
func quoteForShell(args []string) string {
	quoted := make([]string, 0, len(args))
	for _, arg := range args {
		if !isPlain(arg) {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		quoted = append(quoted, arg)
	}
	return strings.Join(quoted, " ")
}

// showRefused shows a kubectl command that must be refused. Each of the texts must be in the output.
func (s *stage) showRefused(ctx context.Context, texts []string, args ...string) error {
	out, err := s.show(ctx, args...)
	if err == nil {
		return errors.New("was admitted, but must be refused")
	}
	return checkContains(out, texts...)
}

// waitFor polls until check returns no error. After waitLimit it returns the last error.
func waitFor(ctx context.Context, what string, check func() error) error {
	ctx, cancel := context.WithTimeout(ctx, waitLimit)
	defer cancel()
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w (last: %w)", what, ctx.Err(), err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// checkContains returns an error for each of the texts that is not in the output.
func checkContains(output string, texts ...string) error {
	var errs []error
	for _, text := range texts {
		if !strings.Contains(output, text) {
			errs = append(errs, fmt.Errorf("%q is missing", text))
		}
	}
	return errors.Join(errs...)
}

// findFreePort returns a loopback port that was free a moment ago.
func findFreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// runProgram runs a program of the project, and returns its output with its exit code. The error says that it could not run.
func (s *stage) runProgram(ctx context.Context, name string, args ...string) (string, int, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, name), args...)
	cmd.Dir = s.root
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(out), exit.ExitCode(), nil
	}
	return string(out), 0, err
}
