package shape

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"sigs.k8s.io/json"
)

// presets holds the shapes that Chaperone brings.
//
//go:embed presets/*.yaml
var presets embed.FS

// Load reads a shape from YAML and checks it. It refuses unknown keys, meanings and variables, selectors that cannot be parsed, and
// whatever else the sidecar could not execute. The error has one line for each fault, which says what is wrong, where, and what to do.
func Load(document []byte) (*Shape, error) {
	s, err := decode(document)
	if err != nil {
		return nil, err
	}
	return s, s.expand(s.Parameters).check()
}

// decode reads a shape without checking it.
func decode(document []byte) (*Shape, error) {
	data, err := toJSON(document)
	if err != nil {
		return nil, fmt.Errorf("read shape: %w", err)
	}
	s := &Shape{}
	strict, err := json.UnmarshalStrict(data, s)
	if err = errors.Join(append(strict, err)...); err != nil {
		return nil, fmt.Errorf("read shape: %w: remove or correct what is named, the keys of a shape are a closed list", err)
	}
	return s, nil
}

// Presets returns the shapes that Chaperone brings, sorted by name. It reads them once. The caller must not change them.
var Presets = sync.OnceValues(loadPresets)

// PresetPaths returns the path of the first route of each preset, by the name of the preset.
func PresetPaths() (map[string]string, error) {
	list, err := Presets()
	if err != nil {
		return nil, err
	}
	paths := make(map[string]string, len(list))
	for _, s := range list {
		paths[s.Name] = s.expand(s.Parameters).Routes[0].Path[0]
	}
	return paths, nil
}

func loadPresets() ([]*Shape, error) {
	files, err := fs.Glob(presets, "presets/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list presets: %w", err)
	}
	list := make([]*Shape, 0, len(files))
	for _, file := range files {
		content, err := presets.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read preset: %w", err)
		}
		s, err := Load(content)
		if err != nil {
			return nil, fmt.Errorf("preset %s: %w", file, err)
		}
		if name := strings.TrimSuffix(path.Base(file), ".yaml"); s.Name != name {
			return nil, fmt.Errorf("preset %s has the name %q: name the file after the shape", file, s.Name)
		}
		list = append(list, s)
	}
	return list, nil
}
