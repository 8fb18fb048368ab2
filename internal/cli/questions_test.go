package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/test/golden"
)

// writeDrafts writes the drafts of assess for the manifests into a file, and returns its path.
func writeDrafts(t *testing.T, manifests ...string) string {
	t.Helper()
	got := run(t, nil, "", append([]string{"assess", "-o", "draft"}, manifests...)...)
	if got.exit != cli.ExitPassed {
		t.Fatalf("exit %d: %s", got.exit, got.err)
	}
	file := filepath.Join(t.TempDir(), "it's a draft.yaml")
	if err := os.WriteFile(file, []byte(got.out), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// shellWord matches a word of a command line: pieces that are plain, in single quotes, or an escaped character.
var shellWord = regexp.MustCompile(`(?:[^\s'\\]|'[^']*'|\\.)+`)

// findCommand returns the arguments of the command that init shows for all answers, as a shell reads them.
func findCommand(t *testing.T, shown string) []string {
	t.Helper()
	_, command, isShown := strings.Cut(shown, "All answers at once, to replace with what is true:\n\n  kubectl chaperone ")
	if !isShown {
		t.Fatalf("no command in:\n%s", shown)
	}
	command, _, _ = strings.Cut(command, "\n\n")
	var words []string
	for _, word := range shellWord.FindAllString(strings.ReplaceAll(command, "\\\n", ""), -1) {
		word = strings.ReplaceAll(word, `'\''`, "\x00")
		words = append(words, strings.ReplaceAll(strings.ReplaceAll(word, "'", ""), "\x00", "'"))
	}
	return words
}

// The command that init shows runs as it stands, and writes declarations that pass: nothing is asked in a second round.
func TestInitShowsACommandThatPasses(t *testing.T) {
	const bots, literal, server = "testdata/assess/bots.yaml", "testdata/real/chatbot-literal-keys.yaml", "testdata/real/vllm-plain.yaml"
	tests := map[string]struct {
		manifests, flags []string
	}{
		"a draft as it is": {[]string{assessedBot}, nil},
		"a place that asks for parties and assessments": {[]string{literal}, []string{"--jurisdiction", "kr,us-ca"}},
		"a place that data is abroad of":                {[]string{literal}, []string{"--jurisdiction", "us-ca,kr"}},
		"filings, and grounds for transfers": {
			[]string{assessedBot}, []string{"--jurisdiction", "cn,in", "--set", "processors[].country=AT", "--as-of", "2027-03-01"},
		},
		"a wire format that nobody knows, and messaging services": {[]string{bots}, []string{"--jurisdiction", "eu"}},
		"several drafts, of which one has an answer": {
			[]string{literal, assessedBot, server}, []string{"--jurisdiction", "de", "--set", "retention.transcriptDays=9999", "--set", "chatbot:processors[0].country=DE"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			draft := writeDrafts(t, test.manifests...)
			open := run(t, nil, "", append([]string{"init", "--from", draft}, test.flags...)...)
			if open.exit != cli.ExitBadInput || open.out != "" {
				t.Fatalf("exit %d: %s%s", open.exit, open.out, open.err)
			}
			filled := run(t, nil, "", findCommand(t, open.err)...)
			if filled.exit != cli.ExitPassed {
				t.Fatalf("the command: exit %d: %s\nIt was shown in:\n%s", filled.exit, filled.err, open.err)
			}
			if checked := run(t, nil, filled.out, "check", "-"); checked.exit != cli.ExitPassed {
				t.Errorf("check: exit %d\n%s%s", checked.exit, checked.out, checked.err)
			}
		})
	}
}

// What init shows about a draft with blanks: each field, what it means, what it takes, and how to answer.
func TestInitShowsQuestions(t *testing.T) {
	got := run(t, nil, "", "init", "--from", writeDraft(t, assessedBot), "--jurisdiction", "eu")
	shown := regexp.MustCompile(`--from \S+`).ReplaceAllString(got.err, "--from DRAFT")
	golden.CompareText(t, "testdata/init-questions.golden", shown)
}

// An answer for a file with several drafts says for which draft it is where that makes a difference, and init says where it is set.
func TestInitAnswersOneOfSeveralDrafts(t *testing.T) {
	const shapes = `kind: ChatbotDeployment
metadata: {name: NAME, namespace: shop}
spec: {ports: [{name: http, shape: openai-chat}], processors: [{name: model}]}
---
`
	drafts := strings.ReplaceAll(shapes, "NAME", "first") + strings.ReplaceAll(shapes, "NAME", "second") +
		strings.Replace(strings.ReplaceAll(shapes, "NAME", "first"), "shop", "bank", 1)
	tests := map[string]struct {
		answers []string
		want    string
	}{
		"an index in all": {
			[]string{"ports[0].shape=n8n-chat"},
			"--set ports[0].shape: shop/first, shop/second and bank/first have a place for it, and an index means another item in each: " +
				"name the draft, such as --set 'shop/first:ports[0].shape=n8n-chat', or write [] for all items that lack the field",
		},
		"an index in one":             {[]string{"second:ports[0].shape=n8n-chat"}, "note: set in shop/second: ports[0].shape\n"},
		"a name in two namespaces":    {[]string{"first:ports[0].shape=n8n-chat"}, "shop/first and bank/first have a place for it"},
		"a name with its namespace":   {[]string{"bank/first:spec.ports[0].shape=n8n-chat"}, "note: set in bank/first: ports[0].shape\n"},
		"one answer for all":          {[]string{"channels=web", "retention.transcriptDays=30"}, "note: set in all 3 drafts: channels, retention.transcriptDays\n"},
		"one of all has its own":      {[]string{"retention.transcriptDays=30", "second:retention.transcriptDays=10"}, "note: set in shop/first and bank/first: retention.transcriptDays\n"},
		"the items that lack a field": {[]string{"second:processors[].country=US", "processors[].country=AT"}, "note: set in shop/first and bank/first: processors[].country\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			args := []string{"init", "--from", "-"}
			for _, answer := range test.answers {
				args = append(args, "--set", answer)
			}
			got := run(t, nil, drafts, args...)
			if !strings.Contains(got.err, test.want) || got.exit != cli.ExitBadInput {
				t.Errorf("exit %d, no %q in:\n%s", got.exit, test.want, got.err)
			}
		})
	}
}
