package products

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// requireProducts is the variable with which a test fails where the products are missing.
const requireProducts = "CHAPERONE_REQUIRE_PRODUCTS"

// program is a running process that reads commands from its standard input, and ends with it.
type program struct {
	input  io.WriteCloser
	output *bufio.Reader
}

// startNode starts a program of Node.js in a folder, which ends when the test closes its input: killed, it could not end its browser. It
// skips the test where Node.js or the packages of the folder are missing.
func startNode(t *testing.T, folder, script string, arguments ...string) *program {
	t.Helper()
	node := requireFile(t, "node_modules/node-"+platform()+"/bin/node")
	requireFile(t, filepath.Join(folder, "node_modules"))
	command := exec.Command(node, append([]string{script}, arguments...)...)
	command.Dir = folder
	return start(t, command)
}

// start starts a command, which ends with the test when its standard input is closed. What it says of faults is shown if the test fails.
func start(t *testing.T, command *exec.Cmd) *program {
	t.Helper()
	var faults bytes.Buffer
	command.Stderr = &faults
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	p := &program{input: input, output: bufio.NewReader(output)}
	t.Cleanup(func() {
		_ = input.Close()
		_, _ = io.Copy(io.Discard, p.output)
		_ = command.Wait()
		if t.Failed() && faults.Len() > 0 {
			t.Logf("%s says:\n%s", strings.Join(command.Args, " "), &faults)
		}
	})
	return p
}

// readLine returns the next line of the output.
func (p *program) readLine(t *testing.T) string {
	t.Helper()
	line, err := p.output.ReadString('\n')
	if err != nil {
		t.Fatalf("the program has ended: %v", err)
	}
	return strings.TrimSpace(line)
}

// platform is the name of the machine as packages of npm have it.
func platform() string {
	architecture := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if architecture == "" {
		architecture = runtime.GOARCH
	}
	return runtime.GOOS + "-" + architecture
}

// requireFile returns the absolute path of what `make products` installs. It skips the test if it is missing.
func requireFile(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err == nil {
		_, err = os.Stat(path)
	}
	require(t, err)
	return path
}

// require skips the test because of an error, or fails it if the products are required.
func require(t *testing.T, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv(requireProducts) != "":
		t.Fatalf("the product cannot run: %v", err)
	default:
		t.Skipf("the product cannot run: %v: run `make products`", err)
	}
}

// freePort returns a loopback address with a port that is free now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
