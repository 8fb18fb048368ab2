package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/chaperone-dev/chaperone/hack/image/internal/dockerfile"
)

// dockerfiles are read in this order; the product's come first.
func dockerfiles() []string { return []string{"Dockerfile", "test/Dockerfile"} }

// recipe is a target with the file that it is in.
type recipe struct {
	target dockerfile.Target
	// path is the Dockerfile, relative to the repository.
	path string
	file *dockerfile.File
}

type recipes []recipe

// readRecipes reads the targets of all Dockerfiles. A name stands for one target.
func readRecipes(o options) (recipes, error) {
	args := map[string]string{"TARGETOS": targetOS, "TARGETARCH": o.architecture}
	var all recipes
	for _, path := range dockerfiles() {
		file, err := dockerfile.Read(filepath.Join(o.root, filepath.FromSlash(path)), args)
		if err != nil {
			return nil, err
		}
		for _, target := range file.Targets {
			if slices.Contains(all.names(), target.Name) {
				return nil, fmt.Errorf("%s: target %q is in another Dockerfile as well", path, target.Name)
			}
			all = append(all, recipe{target: target, path: path, file: file})
		}
	}
	return all, nil
}

func (r recipes) names() []string {
	var names []string
	for _, one := range r {
		names = append(names, one.target.Name)
	}
	return names
}

// choose returns the recipes of the names in their order; no names mean all.
func (r recipes) choose(names []string) (recipes, error) {
	if len(names) == 0 {
		return r, nil
	}
	var chosen recipes
	for _, name := range names {
		i := slices.Index(r.names(), name)
		if i < 0 {
			return nil, fmt.Errorf("there is no target %q; the targets are %q", name, r.names())
		}
		chosen = append(chosen, r[i])
	}
	return chosen, nil
}
