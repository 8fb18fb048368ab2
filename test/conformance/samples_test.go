package conformance_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/cli"
)

const samples = "../../config/samples"

// expectation is what the comment at the head of a sample says: an outcome and rule ids, or `refused` and a field.
var expectation = regexp.MustCompile(`(?m)^# expected: (\w+)(?: (.+))?$`)

// build compiles the CLI and returns its path.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "kubectl-chaperone")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/kubectl-chaperone").CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}

// execute runs the program in the folder of the samples.
func execute(t *testing.T, program string, args ...string) (out, errs string, exit int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, args...)
	command.Dir = samples
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	var exited *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &exited) {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), command.ProcessState.ExitCode()
}

// The program as it is shipped says of every sample what the sample says of itself.
func TestSamples(t *testing.T) {
	program := build(t)
	files, err := filepath.Glob(filepath.Join(samples, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	// Each by itself: what an organisation adds would concern the others.
	added, err := filepath.Glob(filepath.Join(samples, "organisation", "*.yaml"))
	if err != nil || len(added) < 6 {
		t.Fatalf("%d samples of an organisation: %v", len(added), err)
	}
	files = slices.DeleteFunc(append(files, added...), func(file string) bool { return filepath.Base(file) == "kustomization.yaml" })
	var compliant atomic.Int32
	t.Run("sample", func(t *testing.T) {
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				t.Parallel()
				if checkSample(t, program, file) == "Allow " {
					compliant.Add(1)
				}
			})
		}
	})
	// The chatbot of the shop with a preset, with a shape inline and with one of the organisation, and bots on messaging services. The
	// others each show what is wrong.
	if n := int(compliant.Load()); n < 3 || n > len(files)/4 || len(files) < 30 {
		t.Errorf("%d samples of %d comply with nothing to warn about, want three or more, and less than a quarter of at least 30", n, len(files))
	}
}

// checkSample compares what the program says of a sample with what the sample says of itself, and returns that outcome with the rules.
func checkSample(t *testing.T, program, file string) (outcome string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		t.Fatal(err)
	}
	stated := expectation.FindStringSubmatch(string(text))
	if stated == nil || !strings.HasPrefix(string(text), "# ") {
		t.Fatal("the sample must begin with what it shows, and a line `# expected: …`")
	}
	name, err := filepath.Rel(samples, file)
	if err != nil {
		t.Fatal(err)
	}
	out, errs, exit := execute(t, program, "check", name, "-o", "json", "--as-of", defaultAsOf)
	if stated[1] == "refused" {
		if exit != cli.ExitBadInput || !strings.Contains(errs, stated[2]) {
			t.Errorf("exit code %d, errors %q, want %d and %q", exit, errs, cli.ExitBadInput, stated[2])
		}
		return stated[1]
	}
	want := newResult(stated[1], strings.Fields(stated[2]))
	if diff := cmp.Diff(want, lastItem(t, out).result()); diff != "" {
		t.Errorf("check (-want +got):\n%s%s", diff, errs)
	}
	if exit != exitCode(want) {
		t.Errorf("exit code is %d, want %d: %s", exit, exitCode(want), errs)
	}
	return want.Outcome + " " + stated[2]
}

func lastItem(t *testing.T, out string) judged {
	t.Helper()
	var report struct{ Items []judged }
	if err := json.Unmarshal([]byte(out), &report); err != nil || len(report.Items) == 0 {
		t.Fatalf("no report (%v): %s", err, out)
	}
	return report.Items[len(report.Items)-1]
}

func exitCode(r result) int {
	switch {
	case len(r.Rules) == 1 && r.Rules[0] == "declaration.unknown_code":
		return cli.ExitBadInput
	case r.Outcome == "Deny":
		return cli.ExitRefused
	}
	return cli.ExitPassed
}

// The whole folder at once: what can be judged is judged, what cannot is named, and the exit code says so.
func TestSamplesFolder(t *testing.T) {
	out, errs, exit := execute(t, build(t), "check", ".", "--as-of", defaultAsOf)
	if exit != cli.ExitBadInput {
		t.Errorf("exit code is %d, want %d", exit, cli.ExitBadInput)
	}
	for _, want := range []string{"ChatbotDeployment shop/support: Allow\n", "Deployment shop/support-bot: Allow\n", "Service shop/support-bot: Allow\n", "Pod shop/host-network: Deny"} {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q", want)
		}
	}
	for _, want := range []string{"error: unknown-field.yaml: document 1: ", "use one of ae, ae-adgm, ae-difc"} {
		if !strings.Contains(errs, want) {
			t.Errorf("errors lack %q:\n%s", want, errs)
		}
	}
}
