package conformance_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const docs = "../../docs"

// Every rule has a page with an example that fails, unless none denies, and one that passes; no page is about anything else.
func TestEveryRuleHasAPage(t *testing.T) {
	ids := ruleIDs(t)
	for _, id := range ids {
		text, err := os.ReadFile(filepath.Join(docs, "rules", id+".md"))
		if err != nil {
			t.Errorf("%v; run `make generate`", err)
			continue
		}
		if _, exempt := exempted(id, denying); !exempt && !strings.Contains(string(text), "\n### Fails\n") {
			t.Errorf("%s: no example fails", id)
		}
		if !strings.Contains(string(text), "\n### Passes\n") {
			t.Errorf("%s: no example passes", id)
		}
	}
	pages, err := filepath.Glob(filepath.Join(docs, "rules", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		name := strings.TrimSuffix(filepath.Base(page), ".md")
		if !slices.Contains(append(ids, "README", "retired"), name) {
			t.Errorf("%s is the page of no rule", page)
		}
	}
}

// Where documents point to within the project, something is.
func TestDocumentsLinkToWhatIsThere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^():#<\s]+)(?:#[^)]*)?\)`)
	links := 0
	for _, pattern := range []string{"../../*.md", docs + "/*.md", docs + "/*/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(filepath.Clean(file))
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range link.FindAllStringSubmatch(string(text), -1) {
				links++
				if _, err := os.Stat(filepath.Join(filepath.Dir(file), found[1])); err != nil {
					t.Errorf("%s links to %s: %v", file, found[1], err)
				}
			}
		}
	}
	if links < 500 {
		t.Errorf("only %d links were found", links)
	}
}
