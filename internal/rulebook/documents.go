package rulebook

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// generatedNotice is the first line of every generated document.
const generatedNotice = "<!-- Written by make generate. Do not edit. -->\n"

// retiredRules is the only document in docs/rules that is written by hand.
const retiredRules = "retired.md"

// Documents returns the text of each document, by its path below the folder docs. The same bundle and cases give the same text.
func (b *Book) Documents() map[string]string {
	files := map[string]string{
		"coverage.md": b.formatCoverage(), "crosswalk.md": b.formatCrosswalk(), "jurisdictions.md": b.formatPlaces(),
		"rules/README.md": b.formatIndex(),
	}
	for i := range b.contents.Rules {
		files["rules/"+b.contents.Rules[i].ID+".md"] = b.formatPage(&b.contents.Rules[i])
	}
	for name, text := range files {
		files[name] = generatedNotice + text
	}
	return files
}

// WriteDocuments writes the documents below the folder docs, and removes the pages of rules that no longer exist.
func (b *Book) WriteDocuments(docs string) error {
	files := b.Documents()
	if err := os.MkdirAll(filepath.Join(docs, "rules"), 0o755); err != nil {
		return err
	}
	pages, err := filepath.Glob(filepath.Join(docs, "rules", "*.md"))
	if err != nil {
		return err
	}
	// Remove the pages that are not written again, but keep the page of the retired rules, which is not generated.
	for _, page := range pages {
		name := filepath.Base(page)
		_, isWritten := files["rules/"+name]
		if !isWritten && name != retiredRules {
			if err := os.Remove(page); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := os.WriteFile(filepath.Join(docs, filepath.FromSlash(name)), []byte(files[name]), 0o644); err != nil {
			return err
		}
	}
	return nil
}
