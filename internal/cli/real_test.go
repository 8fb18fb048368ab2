package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/test/golden"
)

// minPassing is how many of the real manifests have to pass without an edit but the legal blanks.
const minPassing = 18

// Manifests as people publish them (testdata/real) pass when their patch is applied and their draft is filled in, under the enforcement
// Deny. The log says which do not, and why.
func TestRealManifestsPass(t *testing.T) {
	files, err := filepath.Glob("testdata/real/*.yaml")
	if err != nil || len(files) != 20 {
		t.Fatalf("%d manifests, %v", len(files), err)
	}
	passing := 0
	for _, file := range files {
		problem := adopt(t, file)
		if problem == "" {
			passing++
			continue
		}
		t.Logf("%s does not pass:\n%s", filepath.Base(file), problem)
	}
	t.Logf("%d of %d manifests pass", passing, len(files))
	if passing < minPassing {
		t.Errorf("%d manifests pass, want %d or more", passing, minPassing)
	}
}

// Bots of messaging services, MCP servers and agents pass in the same way, with the wire formats and the Secrets that their manifests show.
func TestBotsPass(t *testing.T) {
	const file = "testdata/assess/bots.yaml"
	draft := run(t, nil, "", "assess", file, "-o", "draft")
	var shown []string
	for line := range strings.Lines(draft.out) {
		field, _, _ := strings.Cut(line, " # ")
		for _, prefix := range []string{"    shape: ", "      secretKeyRef: ", "      url:", "  - name: ", "    host: ", "  ports: ", "    matchLabels: "} {
			if strings.HasPrefix(field, prefix) {
				shown = append(shown, strings.TrimSuffix(field, "\n"))
			}
		}
	}
	golden.CompareText(t, "testdata/assess-bots.golden", strings.Join(shown, "\n")+"\n")
	if problem := adopt(t, file); problem != "" {
		t.Error(problem)
	}
}

// adopt patches the manifest, fills in its draft, and checks both. It returns why they do not pass; "" if they do.
func adopt(t *testing.T, file string) string {
	t.Helper()
	manifest, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	patch := run(t, nil, "", "assess", file, "-o", "patch")
	draft := run(t, nil, "", "assess", file, "-o", "draft")
	args := append([]string{"init", "--from", "-", "--set", "enforcement=Deny"}, append(legalAnswers(), processorAnswers()...)...)
	if strings.Contains(draft.out, "host: #") { // The manifest does not say which model is called, and the answer is that none is.
		args = append(args, "--set", "processors[].host=")
	}
	if strings.Contains(draft.out, "shape: #") { // The manifest does not say which format the app speaks.
		args = append(args, "--set", "ports[].shape=openai-chat")
	}
	if strings.Contains(draft.out, "url: #") { // The signatures of a messaging service cover the address that it calls.
		args = append(args, "--set", "ports[].signature.url=https://bot.shop.example")
	}
	filled := run(t, nil, draft.out, args...)
	if patch.exit != cli.ExitPassed || draft.exit != cli.ExitPassed || filled.exit != cli.ExitPassed {
		return fmt.Sprintf("patch: %s\ndraft: %s\ninit: %s", patch.err, draft.err, filled.err)
	}
	checked := run(t, nil, kustomize(t, string(manifest), patch.out)+"\n---\n"+filled.out, "check", "-")
	if checked.exit == cli.ExitPassed {
		return ""
	}
	var denials []string
	for line := range strings.Lines(checked.out) {
		if strings.HasPrefix(line, "  deny: ") {
			denials = append(denials, line)
		}
	}
	return strings.Join(denials, "") + checked.err
}
