package rulebook_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/rulebook"
	"github.com/chaperone-dev/chaperone/policies"
	"github.com/chaperone-dev/chaperone/test/conformance/cases"
)

func newBook(t *testing.T) *rulebook.Book {
	t.Helper()
	book, err := rulebook.New(t.Context(), policies.FS, cases.FS)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// A page for a terminal says what is required, what to do, what fails and passes, and the law with its sources.
func TestFormat(t *testing.T) {
	book := newBook(t)
	text, ok := book.Format("retention.justifyAbove", []string{"de"})
	if !ok {
		t.Fatal("there is no such rule")
	}
	for _, want := range []string{
		"retention.justifyAbove\n\nTime above which keeping transcripts needs a justification",
		"\nAction:         deny\n", "\nField:          spec.retention.transcriptDays\n", "\nRemedy:         Lower the number of days",
		"\nExamples that fail\n", "    spec:\n      retention:\n        transcriptDays: 3650\n    Warn: retention.justifyAbove\n",
		"\nExamples that pass\n", "        transcriptDays: 180\n    Allow\n",
		"\nWhat the law says\n\n  - European Union (eu): a justification for transcripts kept longer than 180 days, from 2018-05-25,\n    collectsData (default; default)\n    General Data",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(text, "(us-ca)") {
		t.Error("the page shows the law of a place that was not requested")
	}
	if all, _ := book.Format("retention.justifyAbove", nil); !strings.Contains(all, "(us-ca)") || !strings.Contains(all, "(eu)") {
		t.Error("without codes the page lacks the law of places")
	}
	if none, _ := book.Format("retention.justifyAbove", []string{"lk"}); !strings.Contains(none, "None of lk sets a value.") {
		t.Error("the page does not say that the place sets nothing")
	}
	if _, ok := book.Format("retention.nothing", nil); ok {
		t.Error("a rule that does not exist has a page")
	}
}

// The list and the documents have every rule, and the same page for it as a terminal can show as Markdown.
func TestEveryRuleIsExplained(t *testing.T) {
	book := newBook(t)
	documents, list := book.Documents(), book.FormatList()
	for _, id := range book.List() {
		page, ok := book.FormatMarkdown(id)
		if !ok || !strings.HasSuffix(documents["rules/"+id+".md"], page) {
			t.Errorf("%s: the document is not the page", id)
		}
		if !strings.Contains(list, id+" ") {
			t.Errorf("%s is not in the list", id)
		}
		if text, _ := book.Format(id, nil); !strings.Contains(text, "\nExamples that pass\n") {
			t.Errorf("%s: no example passes", id)
		}
	}
	for _, name := range []string{"coverage.md", "crosswalk.md", "jurisdictions.md", "rules/README.md"} {
		if documents[name] == "" {
			t.Errorf("%s is empty", name)
		}
	}
	if n := len(book.List()) + 4; len(documents) != n {
		t.Errorf("%d documents, want %d", len(documents), n)
	}
}

// Remedies and messages are formats in the METADATA of rules. No page shows one that is not completed with values.
func TestNoPageHasAnUnformattedVerb(t *testing.T) {
	verb := regexp.MustCompile(`%(!|[sdvq]\b)`)
	book := newBook(t)
	for name, page := range book.Documents() {
		if found := verb.FindString(page); found != "" {
			t.Errorf("%s has %q", name, found)
		}
	}
	for _, id := range book.List() {
		text, _ := book.Format(id, nil)
		if found := verb.FindString(text); found != "" {
			t.Errorf("explain %s has %q", id, found)
		}
	}
}

// Pages of rules that no longer exist go; the page that people write stays.
func TestWriteDocuments(t *testing.T) {
	docs := t.TempDir()
	rules := filepath.Join(docs, "rules")
	if err := os.Mkdir(rules, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"old.rule.md", "retired.md"} {
		if err := os.WriteFile(filepath.Join(rules, name), []byte("by hand"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	book := newBook(t)
	if err := book.WriteDocuments(docs); err != nil {
		t.Fatal(err)
	}
	written, err := filepath.Glob(filepath.Join(rules, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Join(rules, "README.md"), filepath.Join(rules, "retired.md")}
	for _, id := range book.List() {
		want = append(want, filepath.Join(rules, id+".md"))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, written); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := rulebook.New(t.Context(), fstest.MapFS{}, cases.FS); err == nil || !strings.HasPrefix(err.Error(), "load policy: ") {
		t.Errorf("without a policy the error is %v", err)
	}
	unknown := fstest.MapFS{"a.yaml": {Data: []byte("- {rule: a.b, cases: [{name: x, surprise: 1}]}")}}
	if _, err := rulebook.New(t.Context(), policies.FS, unknown); err == nil || !strings.Contains(err.Error(), "read examples: a.yaml: ") {
		t.Errorf("with a case that a page would show wrongly the error is %v", err)
	}
}
