package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/test/golden"
)

// legalAnswers are the answers of a shop in Austria that serves the European Union, for any draft.
func legalAnswers() []string {
	var flags []string
	for _, answer := range []string{
		"purpose.kinds=[support]", "channels=[web]", "audience.minimumAge=18",
		"consent.lawfulBasis=[contract]", "consent.privacyNoticeURL=https://shop.example/privacy", "personalData.categories=[contact]",
		"retention.transcriptDays=30", "residency.countries=[AT]", "rights.contact=privacy@shop.example", "oversight.significantDecisions=none",
		"accountability.deployer.name=Shop GmbH", "accountability.smallOperator=true", "accountability.smallOperatorReason=12 employees",
		"security.incidentContact=soc@shop.example",
		"security.controls=[access-control, backup, data-masking, encryption-at-rest, encryption-in-transit, vulnerability-management]",
	} {
		flags = append(flags, "--set", answer)
	}
	return append(flags, "--jurisdiction", "eu")
}

// processorAnswers are the answers about the processors of a draft that has some.
func processorAnswers() []string {
	return []string{
		"--set", "processors[].country=AT", "--set", "processors[].agreement=https://shop.example/dpa", "--set", "processors[].trainsOnData=false",
	}
}

// writeDraft writes the draft of assess for the manifest into a file, and returns its path.
func writeDraft(t *testing.T, manifest string) string {
	t.Helper()
	got := run(t, nil, "", "assess", manifest, "-o", "draft")
	if got.exit != cli.ExitPassed {
		t.Fatalf("exit %d: %s", got.exit, got.err)
	}
	file := filepath.Join(t.TempDir(), "draft.yaml")
	if err := os.WriteFile(file, []byte(got.out), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// An answer for a processor that the draft does not have adds one, and a map takes any key.
func TestInitAddsItems(t *testing.T) {
	args := append([]string{"init", "--from", writeDraft(t, assessedBot)}, legalAnswers()...)
	args = append(args, "--set", "processors[2].name=transcripts", "--set", "processors[2].host=vault.example")
	args = append(append(args, processorAnswers()...), "--set", "disclosure.statements.en=You are chatting with an AI system.")
	got := run(t, nil, "", args...)
	if got.exit != cli.ExitPassed || !strings.Contains(got.out, "host: vault.example\n") || !strings.Contains(got.out, "host: api.anthropic.com\n") {
		t.Errorf("exit %d: %s\n%s", got.exit, got.err, got.out)
	}
}

// A wire format that nobody knows is a blank, and no guess; assess says how to find it out.
func TestDraftLeavesTheUnknownWireFormatBlank(t *testing.T) {
	const bot = "{apiVersion: v1, kind: Pod, metadata: {name: bot, namespace: shop, labels: {app: bot}}, spec: {containers: [{name: bot, image: shop/chatbot, " +
		"ports: [{name: http, containerPort: 8080}], env: [{name: OPENAI_API_KEY, value: x}]}]}}"
	draft := run(t, nil, bot, "assess", "-", "-o", "draft")
	checked := run(t, nil, draft.out, "check", "-")
	if want := "spec.ports[0].shape is blank: Which wire format do its clients speak?"; !strings.Contains(checked.err, want) {
		t.Errorf("no %q in:\n%s", want, checked.err)
	}
	text := run(t, nil, bot, "assess", "-")
	words := strings.Join(strings.Fields(text.out), " ")
	for _, want := range []string{"wire format not known: the declaration has to name one (`kubectl chaperone shapes` lists them).", "`kubectl chaperone observe` says which one fits."} {
		if !strings.Contains(words, want) {
			t.Errorf("no %q in:\n%s", want, words)
		}
	}
	args := append(append([]string{"init", "--from", "-"}, legalAnswers()...), processorAnswers()...)
	if open := run(t, nil, draft.out, args...); open.exit != cli.ExitBadInput || !strings.Contains(open.err, "spec.ports[].shape: Which wire format") {
		t.Errorf("without an answer: exit %d, %s", open.exit, open.err)
	}
	filled := run(t, nil, draft.out, append(args, "--set", "ports[0].shape=n8n-chat")...)
	for _, want := range []string{"shape: n8n-chat\n", "enforcement: Audit # Only observes. Then Warn, then Deny.\n"} {
		if !strings.Contains(filled.out, want) {
			t.Errorf("exit %d, no %q in:\n%s%s", filled.exit, want, filled.out, filled.err)
		}
	}
	if strings.Count(filled.out, "#") != 1 {
		t.Errorf("questions are left:\n%s", filled.out)
	}
}

// check says which blanks are left, in words.
func TestCheckListsBlanks(t *testing.T) {
	got := run(t, nil, "", "check", writeDraft(t, assessedBot))
	for _, want := range []string{
		"ChatbotDeployment shop/open-webui: spec.jurisdictions is blank: Where are the customers?",
		"spec.accountability.deployer.name is blank: Which company or person runs the chatbot?",
		"spec.processors[1].country is blank: In which country does this processor process the data?",
	} {
		if !strings.Contains(got.err, want) {
			t.Errorf("no %q in:\n%s", want, got.err)
		}
	}
	if strings.Contains(got.err, "null") || got.exit != cli.ExitBadInput {
		t.Errorf("exit %d, errors:\n%s", got.exit, got.err)
	}
}

// The API server drops a blank in an optional field without a word, so check refuses it also in a declaration that passes otherwise.
func TestCheckRefusesOptionalBlanks(t *testing.T) {
	declaration, err := os.ReadFile(filepath.Join("testdata", "init-from.golden"))
	if err != nil {
		t.Fatal(err)
	}
	got := run(t, nil, string(declaration)+"  sectors:\n", "check", "-")
	if want := "spec.sectors is blank: "; got.exit != cli.ExitBadInput || !strings.Contains(got.err, want) {
		t.Errorf("exit %d, no %q in:\n%s", got.exit, want, got.err)
	}
}

func TestInitFillsADraft(t *testing.T) {
	draft := writeDraft(t, assessedBot)
	got := run(t, nil, "", append(append([]string{"init", "--from", draft}, legalAnswers()...), processorAnswers()...)...)
	if got.exit != cli.ExitPassed || got.err != "" {
		t.Fatalf("exit %d: %s", got.exit, got.err)
	}
	golden.CompareText(t, "testdata/init-from.golden", got.out)
	if checked := run(t, nil, got.out, "check", "-"); checked.exit != cli.ExitPassed {
		t.Errorf("check: exit %d\n%s%s", checked.exit, checked.out, checked.err)
	}
}

func TestInitFromRefuses(t *testing.T) {
	draft := writeDraft(t, assessedBot)
	large, largeFile := "#"+strings.Repeat(" ", manifest.MaxFileBytes), filepath.Join(t.TempDir(), "large.yaml")
	if err := os.WriteFile(largeFile, []byte(large), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		stdin string
		args  []string
		exit  int
		want  []string
	}{
		"questions that are left, each with its flag": {
			args: append([]string{"--from", draft}, legalAnswers()...), exit: cli.ExitBadInput,
			want: []string{
				"- spec.processors[].country: In which country", "--set 'processors[1].trainsOnData=false'  # api-anthropic-com\n",
				"error: shop/open-webui: questions are left: 3; replace",
			},
		},
		"what the law requires besides": {
			args: append(append([]string{"--from", draft, "--set", "security.controls=[backup]"}, legalAnswers()[:28]...), append(processorAnswers(), "--jurisdiction", "eu", "--set", "accountability.roles=[important-entity]")...),
			exit: cli.ExitBadInput, want: []string{"What the law requires besides", "- spec.security.controls: ", "--set 'security.controls=[backup, access-control, "},
		},
		"a value that the schema does not take": {
			args: append(append([]string{"--from", draft}, append(legalAnswers(), processorAnswers()...)...), "--set", "audience.minimumAge=old"),
			exit: cli.ExitBadInput, want: []string{`--set audience.minimumAge: "old" is not what the field takes: give a whole number from 0 to 120`},
		},
		"a text that the schema does not take": {
			args: append(append([]string{"--from", draft}, append(legalAnswers(), processorAnswers()...)...), "--set", "consent.privacyNoticeURL=shop.example"),
			exit: cli.ExitBadInput, want: []string{"- spec.consent.privacyNoticeURL: Invalid value", "--set consent.privacyNoticeURL=https://shop.example/privacy\n"},
		},
		"a draft that is not there":      {args: []string{"--from", draft, "--set", "other:channels=web"}, exit: cli.ExitBadInput, want: []string{`--set other:channels: no draft of the file has the name "other": use one of shop/open-webui`}},
		"a code that is none":            {args: []string{"--from", draft, "--jurisdiction", "atlantis"}, exit: cli.ExitBadInput, want: []string{`"atlantis" is not a code`}},
		"an answer without a value":      {args: []string{"--from", draft, "--set", "channels"}, exit: cli.ExitBadInput, want: []string{`--set is "channels": give FIELD=VALUE`}},
		"an answer that is no YAML":      {args: []string{"--from", draft, "--set", "channels=[web"}, exit: cli.ExitBadInput, want: []string{"is not YAML"}},
		"an answer for no field":         {args: []string{"--from", draft, "--set", "processors[7].country=AT"}, exit: cli.ExitBadInput, want: []string{"no draft has a place for it"}},
		"a field that is misspelled":     {args: []string{"--from", draft, "--set", "retention.transcriptDay=30"}, exit: cli.ExitBadInput, want: []string{"--set retention.transcriptDay: a declaration has no such field: did you mean retention.transcriptDays,"}},
		"a field of misspelled items":    {args: []string{"--from", draft, "--set", "processors[0].contry=AT"}, exit: cli.ExitBadInput, want: []string{"did you mean processors[].country,"}},
		"the end of a field":             {args: []string{"--from", draft, "--set", "minimumAge=18"}, exit: cli.ExitBadInput, want: []string{"did you mean audience.minimumAge or perPlace[].audience.minimumAge?"}},
		"a host that each item has":      {args: []string{"--from", draft, "--set", "processors[].host=api.other.example"}, exit: cli.ExitBadInput, want: []string{"[] stands for the items that lack the field"}},
		"answers without a draft":        {args: []string{"--set", "channels=[web]"}, exit: cli.ExitBadInput, want: []string{"--set is given without --from"}},
		"a file that is not there":       {args: []string{"--from", "testdata/none.yaml"}, exit: cli.ExitBadInput, want: []string{"testdata/none.yaml: cannot be opened"}},
		"a file that is too large":       {args: []string{"--from", largeFile}, exit: cli.ExitBadInput, want: []string{"large.yaml: is larger than 10485760 bytes: split it"}},
		"an input that is too large":     {stdin: large, args: []string{"--from", "-"}, exit: cli.ExitBadInput, want: []string{"-: is larger than 10485760 bytes: split it"}},
		"a file with other objects":      {args: []string{"--from", assessedBot}, exit: cli.ExitBadInput, want: []string{"document 1 is not a ChatbotDeployment"}},
		"an empty standard input":        {args: []string{"--from", "-"}, exit: cli.ExitBadInput, want: []string{"no declaration is in it"}},
		"a declaration without a spec":   {stdin: "kind: ChatbotDeployment", args: []string{"--from", "-"}, exit: cli.ExitBadInput, want: []string{"document 1 has no spec"}},
		"a document that cannot be read": {stdin: "a: [", args: []string{"--from", "-"}, exit: cli.ExitBadInput, want: []string{"document 1 is not YAML"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(t, nil, test.stdin, append([]string{"init"}, test.args...)...)
			if got.exit != test.exit || got.out != "" {
				t.Errorf("exit %d, want %d; output %q", got.exit, test.exit, got.out)
			}
			for _, want := range test.want {
				if !strings.Contains(got.err, want) {
					t.Errorf("no %q in:\n%s", want, got.err)
				}
			}
		})
	}
}

// On a terminal init asks for what the flags leave open, again if an answer is not YAML, and for what the law requires besides.
func TestInitAsksOnATerminal(t *testing.T) {
	terminal := func(o *cli.Options) { o.IsTerminal = true }
	args := append(append([]string{"init", "--from", writeDraft(t, assessedBot)}, legalAnswers()[:28]...), processorAnswers()...)
	args = append(args, "--set", "accountability.roles=[important-entity]")
	controls := "access-control, backup, data-masking, encryption-at-rest, encryption-in-transit, incident-plan, multi-factor, staff-training, vulnerability-management"
	got := run(t, terminal, "[eu\neu\n"+controls+"\n", args...)
	if got.exit != cli.ExitPassed {
		t.Fatalf("exit %d: %s", got.exit, got.err)
	}
	for _, want := range []string{"shop/open-webui: spec.jurisdictions\n  Where are the customers?", `"[eu" is not YAML`, "(1 of 2)> ", "  For example: [eu]\n", "shop/open-webui: spec.security.controls\n"} {
		if !strings.Contains(got.err, want) {
			t.Errorf("no %q in:\n%s", want, got.err)
		}
	}
	if checked := run(t, nil, got.out, "check", "-"); checked.exit != cli.ExitPassed {
		t.Errorf("check: exit %d\n%s", checked.exit, checked.out)
	}
	if ended := run(t, terminal, "", args...); ended.exit != cli.ExitBadInput || !strings.Contains(ended.err, "spec.jurisdictions is not answered") {
		t.Errorf("an input that ends: exit %d, %s", ended.exit, ended.err)
	}
}

// A blank item of a list is asked for like a field, and an empty answer removes it.
func TestInitAsksForItems(t *testing.T) {
	terminal := func(o *cli.Options) { o.IsTerminal = true }
	args := append([]string{"init", "--from", writeDraft(t, assessedBot)}, append(legalAnswers(), processorAnswers()...)...)
	got := run(t, terminal, "\nweb\n", append(args, "--set", "channels=[null, null, voice]")...)
	if got.exit != cli.ExitPassed || !strings.Contains(got.out, "  channels: [web, voice]\n") {
		t.Errorf("exit %d: %s\n%s", got.exit, got.err, got.out)
	}
	if asked := strings.Count(got.err, "spec.channels[0]\n"); asked != 2 || strings.Contains(got.err, "channels[1]") {
		t.Errorf("channels[0] is asked for %d times, want 2:\n%s", asked, got.err)
	}
}
