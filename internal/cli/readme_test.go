package cli_test

import (
	"os"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/cli"
)

// Each command of the README that names files of the repository can be run there as it stands.
func TestCommandsOfTheREADME(t *testing.T) {
	t.Chdir("../..")
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for line := range strings.Lines(string(readme)) {
		command, _, _ := strings.Cut(line, "#")
		args, isCommand := strings.CutPrefix(strings.TrimSpace(command), "kubectl chaperone ")
		if !isCommand || !strings.Contains(args, "config/samples/") {
			continue
		}
		tried++
		if got := run(t, ownEngine, "", strings.Fields(args)...); got.exit == cli.ExitBadInput || got.out == "" {
			t.Errorf("%s: exit code %d, %s", args, got.exit, got.err)
		}
	}
	if tried < 5 {
		t.Errorf("only %d commands were tried", tried)
	}
}
