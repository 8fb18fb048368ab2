// Command smallest finds, for each jurisdiction alone, the smallest declaration that passes, and writes it to
// config/samples/smallest and a table of them to docs/smallest.md. What is legal is known to the policy: it is asked, and what
// it finds missing is added. The day is fixed, so that the same policy gives the same files.
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/chaperone-dev/chaperone/policies"
)

//go:embed full.yaml
var full string

func main() {
	root := flag.String("root", ".", "root folder of the repository")
	asOf := flag.String("as-of", "2026-11-23", "day for which is decided")
	recently := flag.String("completed", "2026-11-01", "day on which assessments were completed")
	flag.Parse()
	if err := run(context.Background(), *root, *asOf, *recently); err != nil {
		fmt.Fprintln(os.Stderr, "smallest:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root, asOf, recently string) error {
	j, err := newJudge(ctx, asOf, recently)
	if err != nil {
		return err
	}
	var samples []sample
	for _, code := range j.engine.Codes().Jurisdictions {
		p, err := placeOf(code)
		if err != nil {
			return fmt.Errorf("read place %s: %w", code, err)
		}
		s, err := j.smallest(ctx, p)
		if err != nil {
			return fmt.Errorf("%s: %w", code, err)
		}
		samples = append(samples, s)
	}
	if err := write(filepath.Join(root, "config", "samples", "smallest"), samples); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "docs", "smallest.md"), []byte(table(asOf, samples)), 0o644)
}

// write replaces what is in the folder by the samples.
func write(folder string, samples []sample) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, s := range samples {
		if err := os.WriteFile(filepath.Join(folder, s.code+".yaml"), []byte(s.text()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// place is a jurisdiction, and the country that it is or lies in; one of them where it is a union.
type place struct {
	code, name, country string
}

func placeOf(code string) (place, error) {
	var document struct{ Name string }
	var places struct {
		Groups      map[string][]string
		Territories map[string]string
	}
	for file, into := range map[string]any{"jurisdictions/" + code + ".yaml": &document, "places.yaml": &places} {
		content, err := policies.FS.ReadFile("data/" + file)
		if err != nil {
			return place{}, err
		}
		if err := yaml.Unmarshal(content, into); err != nil {
			return place{}, err
		}
	}
	country := code[:2]
	if members := places.Groups[places.Territories[code]]; len(members) > 0 {
		country = members[0]
	}
	return place{code: code, name: document.Name, country: strings.ToUpper(country)}, nil
}

// declared is the full specification for the place.
func (p place) declared() (*yaml.Node, error) {
	var document yaml.Node
	text := strings.NewReplacer("smallest-CODE", "smallest-"+p.code, "CODE", `"`+p.code+`"`, "COUNTRY", `"`+p.country+`"`).Replace(full)
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return nil, err
	}
	return document.Content[0], nil
}
