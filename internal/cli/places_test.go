package cli_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chaperone-dev/chaperone/internal/cli"
)

// What init writes, check accepts on the same day.
func TestInitWritesWhatCheckAccepts(t *testing.T) {
	for name, args := range map[string][]string{
		"one place":            {"--jurisdiction", "eu"},
		"a place and a sector": {"--jurisdiction", "us-ca", "--sector", "health"},
		"several, some of them twice and in capitals": {"--jurisdiction", "DE,fr", "--jurisdiction", "de", "--name", "helper"},
		"a name of the largest length":                {"--name", strings.Repeat("x", 52), "--jurisdiction", "eu"},
		"a name that YAML reads as a boolean":         {"--name", "true", "--jurisdiction", "eu"},
		"a name that YAML reads as a number":          {"--name", "123", "--jurisdiction", "eu"},
		"a day":                                       {"--jurisdiction", "gb", "--as-of", "2027-06-01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			written := run(t, nil, "", append([]string{"init"}, args...)...)
			if written.exit != cli.ExitPassed || written.err != "" {
				t.Fatalf("exit code %d, stderr %q", written.exit, written.err)
			}
			check := []string{"check", "-"}
			if args[len(args)-2] == "--as-of" {
				check = append(check, args[len(args)-2:]...)
			}
			checked := run(t, nil, written.out, check...)
			if checked.exit != cli.ExitPassed || checked.err != "" {
				t.Errorf("check: exit code %d, stderr %q: %s", checked.exit, checked.err, checked.out)
			}
		})
	}
}

func TestInitSaysWhatItWrites(t *testing.T) {
	got := run(t, nil, "", "init", "--jurisdiction", "eu", "--sector", "retail", "--name", "helper")
	for _, want := range []string{
		"# The smallest declaration of a support chatbot that passes on 2026-11-23 for European Union (eu), Retail and online selling (retail).\n",
		"# Replace each value with what is true of your chatbot", "# - contract.processorAgreementSays\n",
		"metadata: {name: helper, namespace: shop}", "jurisdictions: [eu]", "sectors: [retail]",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("output lacks %q:\n%s", want, got.out)
		}
	}
}

// A person at a terminal sees what takes long, and no rest of it; a pipe gets nothing.
func TestInitShowsProgressOnATerminalOnly(t *testing.T) {
	args := []string{"init", "--jurisdiction", "eu", "--sector", "retail"}
	terminal := run(t, func(o *cli.Options) { o.IsTerminal = true }, "", args...)
	if want := "Trying what can be left out for eu, retail …\r\x1b[K"; terminal.err != want {
		t.Errorf("a terminal shows %q, want %q", terminal.err, want)
	}
	if piped := run(t, nil, "", args...); piped.err != "" || piped.out != terminal.out {
		t.Errorf("a pipe shows %q, and the output differs: %t", piped.err, piped.out != terminal.out)
	}
}

func TestPlacesAndRulesThatDoNotExist(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"a jurisdiction by its name":   {[]string{"init", "--jurisdiction", "germany"}, `error: --jurisdiction: "germany" is not a code of the legal data: did you mean de (Germany)?`},
		"a code that is not of ISO":    {[]string{"init", "--jurisdiction", "UK"}, `error: --jurisdiction: "UK" is not a code of the legal data: did you mean gb (United Kingdom)?`},
		"a misspelt jurisdiction":      {[]string{"init", "--jurisdiction", "us-cal"}, `us-ca (California)`},
		"a misspelt sector":            {[]string{"init", "--jurisdiction", "eu", "--sector", "retial"}, `error: --sector: "retial" is not a code of the legal data: did you mean retail (`},
		"a code with a folder":         {[]string{"init", "--jurisdiction", "../sectors/retail"}, "is not a code"},
		"each is named":                {[]string{"init", "--jurisdiction", "uk,eu,zz"}, "\nerror: --jurisdiction: \"zz\" is not a code"},
		"no jurisdiction":              {[]string{"init", "--sector", "retail"}, "error: no jurisdiction is given: name where the customers are, such as --jurisdiction eu"},
		"a day that does not exist":    {[]string{"init", "--jurisdiction", "eu", "--as-of", "soon"}, `error: --as-of is "soon"`},
		"a name with a space":          {[]string{"init", "--jurisdiction", "eu", "--name", "Bad Name"}, `error: --name is "Bad Name": a lowercase RFC 1123 label must consist of`},
		"a name with more YAML":        {[]string{"init", "--jurisdiction", "eu", "--name", "x, namespace: evil"}, `error: --name is "x, namespace: evil"`},
		"an empty name":                {[]string{"init", "--jurisdiction", "eu", "--name", ""}, `error: --name is ""`},
		"a long name":                  {[]string{"init", "--jurisdiction", "eu", "--name", strings.Repeat("x", 53)}, "must be no more than 52 characters"},
		"a misspelt rule":              {[]string{"explain", "retention.justify"}, `error: there is no rule, field or word "retention.justify": did you mean retention.justifyAbove`},
		"a misspelt field":             {[]string{"explain", "spec.retention.days"}, "did you mean spec.retention.auditDays, spec.retention.recordingDays, spec.retention.requestRecordDays or spec.retention.transcriptDays?"},
		"a misspelt word":              {[]string{"explain", "legitimate-interest"}, "did you mean legitimate-interests?"},
		"a word that is near no other": {[]string{"explain", "retial"}, "did you mean retail, "},
		"a place of no law":            {[]string{"explain", "retention.justifyAbove", "--jurisdiction", "eur"}, "did you mean eu (European Union)?"},
		"a format that does not exist": {[]string{"explain", "retention.justifyAbove", "-o", "pdf"}, `error: --output is "pdf": use text or markdown`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(t, nil, "", tc.args...)
			if got.exit != cli.ExitBadInput || !strings.Contains(got.err, tc.want) || got.out != "" {
				t.Errorf("exit code %d, stdout %q, stderr %q, want %d and %q", got.exit, got.out, got.err, cli.ExitBadInput, tc.want)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	tests := map[string]struct {
		args []string
		want []string
	}{
		"a rule":                   {[]string{"retention.justifyAbove"}, []string{"retention.justifyAbove\n", "Examples that fail", "(us-ca)", "https://eur-lex.europa.eu/"}},
		"a rule for some places":   {[]string{"retention.justifyAbove", "--jurisdiction", "de"}, []string{"European Union (eu)"}},
		"a rule as its document":   {[]string{"workload.host_path", "-o", "markdown"}, []string{"# workload.host_path\n", "### Fails\n"}},
		"a field":                  {[]string{"spec.retention.transcriptDays"}, []string{"0 means that they are not kept", "Takes:           a whole number from 0 to ", "retention.transcriptMax"}},
		"a field by its last word": {[]string{"basis"}, []string{"spec.consent.lawfulBasis\n", "legal-obligation"}},
		"a value of dimensions":    {[]string{"legitimate-interests"}, []string{"Field:           spec.consent.lawfulBasis", "Rule:            consent.lawfulBasis", "Named by:        ", " more"}},
		"a field of other rules":   {[]string{"spec.processors[].country"}, []string{"Rules:           residency.noneOf, residency.processor_country\n"}},
		"a field with keys":        {[]string{"spec.disclosure.statements"}, []string{"transparency.audience_languages", "transparency.claims_human", "transparency.names_no_ai"}},
		"words of a field":         {[]string{"Kill Switch"}, []string{"spec.suspended\n", "suspended is the kill switch"}},
		"a role":                   {[]string{"public-body"}, []string{"a role of the deployer", "Directive 2014/24/EU", "spec.accountability.roles"}},
		"a code":                   {[]string{"de"}, []string{"a code of a jurisdiction", "Germany"}},
		"a value of a field":       {[]string{"web"}, []string{"spec.channels", "the ways in which people reach the chatbot"}},
		"all rules":                {nil, []string{"retention.justifyAbove ", "workload.host_path "}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(t, nil, "", append([]string{"explain"}, tc.args...)...)
			if got.exit != cli.ExitPassed || got.err != "" {
				t.Errorf("exit code %d, stderr %q", got.exit, got.err)
			}
			for _, want := range tc.want {
				if !strings.Contains(got.out, want) {
					t.Errorf("output lacks %q:\n%s", want, got.out)
				}
			}
		})
	}
	if got := run(t, nil, "", "explain", "retention.justifyAbove", "--jurisdiction", "de"); strings.Contains(got.out, "(us-ca)") {
		t.Error("the law of a place that was not requested is shown")
	}
}

// Without a policy, or a place to write to, nothing is explained, and the exit code says so.
func TestPlacesAndRulesWithoutDecision(t *testing.T) {
	broken := func(o *cli.Options) {
		o.Engine, o.Policies = nil, fstest.MapFS{"data/jurisdictions/eu.yaml": {Data: []byte("name: EU")}}
	}
	full := func(o *cli.Options) { o.Out = fullDisk{} }
	for _, args := range [][]string{{"explain", "retention.justifyAbove"}, {"init", "--jurisdiction", "eu"}} {
		for name, change := range map[string]func(*cli.Options){"a broken policy": broken, "a full disk": full} {
			if got := run(t, change, "", args...); got.exit != cli.ExitRefused || got.err == "" {
				t.Errorf("%s with %s: exit code %d, stderr %q", args[0], name, got.exit, got.err)
			}
		}
	}
	want := "error: read data/places.yaml: "
	if got := run(t, broken, "", "init", "--jurisdiction", "uk"); got.exit != cli.ExitRefused || !strings.HasPrefix(got.err, want) {
		t.Errorf("a wrong code with a broken policy: exit code %d, stderr %q, want %d and %q", got.exit, got.err, cli.ExitRefused, want)
	}
}
