// Command smallest finds, for each jurisdiction alone, the smallest declaration that passes, and writes it to
// config/samples/smallest and a table of them to docs/smallest.md. What is legal is known to the policy: it is asked, and what
// it finds missing is added. The day is fixed, so that the same policy gives the same files.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"

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
	debug.SetGCPercent(gcPercent)
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
	samples, err := findAll(ctx, j)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(root, "config", "samples", "smallest"), samples); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "docs", "smallest.md"), []byte(table(asOf, samples)), 0o644)
}

// gcPercent lets the heap grow to five times of what is in use: evaluations leave much behind, and a quarter of the time went
// into sweeping it.
const gcPercent = 400

// findAll finds the sample of every place, in the order of codes. It ends when all its goroutines have.
func findAll(ctx context.Context, j *judge) ([]sample, error) {
	codes := j.engine.Codes().Jurisdictions
	samples, errs := make([]sample, len(codes)), make([]error, len(codes))
	var places sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, code := range codes {
		slots <- struct{}{}
		places.Go(func() {
			defer func() { <-slots }()
			samples[i], errs[i] = find(ctx, j, code)
		})
	}
	places.Wait()
	return samples, errors.Join(errs...)
}

func find(ctx context.Context, j *judge, code string) (sample, error) {
	p, err := placeOf(code)
	if err != nil {
		return sample{}, fmt.Errorf("read place %s: %w", code, err)
	}
	s, err := j.smallest(ctx, p)
	if err != nil {
		return sample{}, fmt.Errorf("find smallest for %s: %w", code, err)
	}
	return s, nil
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
