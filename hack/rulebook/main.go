// Command rulebook writes the documents that say what the policy holds: a page for every rule, what carries every goal, to which
// frameworks rules are related, and which places and sectors there are. All of it is read from the bundle (METADATA and legal
// data) and from the conformance cases, so that the documents say what is run. Equal input gives equal files.
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/policies"
)

// byHand is the document among the pages of rules that people write.
const byHand = "retired.md"

func main() {
	root := flag.String("root", ".", "root folder of the repository")
	flag.Parse()
	if err := run(context.Background(), *root); err != nil {
		fmt.Fprintln(os.Stderr, "rulebook:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string) error {
	contents, err := engine.ReadContents(ctx, policies.FS)
	if err != nil {
		return err
	}
	cases, err := readCases(filepath.Join(root, "test", "conformance", "cases"))
	if err != nil {
		return fmt.Errorf("read cases: %w", err)
	}
	b := &book{Contents: contents, cases: cases}
	files := map[string]string{
		"coverage.md": b.coverage(), "crosswalk.md": b.crosswalk(), "jurisdictions.md": b.places(), "rules/README.md": b.index(),
	}
	for i := range b.Rules {
		files["rules/"+b.Rules[i].ID+".md"] = b.page(&b.Rules[i])
	}
	return write(filepath.Join(root, "docs"), files)
}

// write writes the files below the folder, and removes pages of rules that are no more.
func write(folder string, files map[string]string) error {
	if err := os.MkdirAll(filepath.Join(folder, "rules"), 0o755); err != nil {
		return err
	}
	pages, err := filepath.Glob(filepath.Join(folder, "rules", "*.md"))
	if err != nil {
		return err
	}
	for _, page := range pages {
		if name := filepath.Base(page); files["rules/"+name] == "" && name != byHand {
			if err := os.Remove(page); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := os.WriteFile(filepath.Join(folder, filepath.FromSlash(name)), []byte(head+files[name]), 0o644); err != nil {
			return err
		}
	}
	return nil
}
