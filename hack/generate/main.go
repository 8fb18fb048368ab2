// Command generate bounds the label selectors in the definitions, and writes the manifests that follow from the registration of the webhooks, and
// the documents that show what the policy holds: the page of every rule and every shape, coverage, crosswalk and places below docs, and the
// smallest declaration of every jurisdiction with a table of them. Equal input gives equal files.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/chaperone-dev/chaperone/config/crd"
	"github.com/chaperone-dev/chaperone/internal/cli/schema"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/rulebook"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/starter"
	"github.com/chaperone-dev/chaperone/internal/webhook/registration"
	"github.com/chaperone-dev/chaperone/policies"
	"github.com/chaperone-dev/chaperone/test/conformance/cases"
)

// asOf is the day for which the smallest declarations are found: a fixed one, so that the files change only with the policy.
const asOf = "2026-11-23"

// gcPercent lets the heap grow to five times of what is in use: evaluations leave much behind, and a quarter of the time went
// into collecting it.
const gcPercent = 400

func main() {
	root := flag.String("root", ".", "root folder of the repository")
	flag.Parse()
	debug.SetGCPercent(gcPercent)
	if err := run(context.Background(), *root); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string) error {
	if err := boundSelectors(filepath.Join(root, "config", "crd", "bases")); err != nil {
		return err
	}
	if err := writeManifests(filepath.Join(root, "config")); err != nil {
		return err
	}
	book, err := rulebook.New(ctx, policies.FS, cases.FS)
	if err != nil {
		return err
	}
	docs := filepath.Join(root, "docs")
	if err := writeShapes(filepath.Join(docs, "shapes")); err != nil {
		return err
	}
	if err := book.WriteDocuments(docs); err != nil {
		return err
	}
	engine, err := engine.New(ctx, policies.FS)
	if err != nil {
		return err
	}
	validator, err := schema.New(crd.Definitions()...)
	if err != nil {
		return err
	}
	day, err := time.Parse(policy.DateFormat, asOf)
	if err != nil {
		return err
	}
	declarations, err := starter.New(engine, validator, policies.FS, day).FindEach(ctx)
	if err != nil {
		return err
	}
	if err := starter.WriteSamples(filepath.Join(root, "config", "samples", "smallest"), declarations); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(docs, "smallest.md"), []byte(starter.FormatPage(asOf, declarations)), 0o644)
}

// writeShapes writes the page of each shape, their index and their JSON schema.
func writeShapes(folder string) error {
	pages, err := shape.FormatPages()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("write shapes: %w", err)
	}
	for name, content := range pages {
		content += listPictures(folder, strings.TrimSuffix(name, ".md"))
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			return fmt.Errorf("write shapes: %w", err)
		}
	}
	return nil
}

// listPictures returns the section with the pictures of a shape, which test/products takes; "" if there are none.
func listPictures(folder, shapeName string) string {
	// Glob fails only for a wrong pattern.
	found, _ := filepath.Glob(filepath.Join(folder, "pictures", shapeName+".*.png"))
	section := ""
	for _, path := range found {
		name := filepath.Base(path)
		visit := strings.TrimSuffix(strings.TrimPrefix(name, shapeName+"."), ".png")
		section += fmt.Sprintf("\n%s:\n\n![what the person sees, %s](pictures/%s)\n", visit, visit, name)
	}
	if section == "" {
		return ""
	}
	return "\n## What the person sees\n\nPictures of a product with its own web client, which [test/products](../../test/products/README.md) takes.\n" + section
}

func writeManifests(folder string) error {
	files, err := registration.NewManifests()
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return fmt.Errorf("write manifest: %w", err)
		}
	}
	return nil
}
