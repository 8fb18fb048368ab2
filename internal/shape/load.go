package shape

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
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
	err = s.expand(s.Parameters).check()
	s.isChecked = err == nil
	return s, err
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

// presetLoaders hold one function for each preset, which reads it once, sorted by name. A process that uses few presets reads few.
var presetLoaders = sync.OnceValues(listPresets)

// presetLoader reads the preset with the name, once.
type presetLoader struct {
	name string
	load func() (*Shape, error)
}

func listPresets() ([]presetLoader, error) {
	files, err := fs.Glob(presets, "presets/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list presets: %w", err)
	}
	list := make([]presetLoader, 0, len(files))
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".yaml")
		list = append(list, presetLoader{name, sync.OnceValues(func() (*Shape, error) { return loadPreset(name) })})
	}
	return list, nil
}

func loadPreset(name string) (*Shape, error) {
	content, err := ReadPreset(name)
	if err != nil {
		return nil, fmt.Errorf("read preset: %w", err)
	}
	s, err := Load(content)
	if err != nil {
		return nil, fmt.Errorf("preset %s: %w", name, err)
	}
	if s.Name != name {
		return nil, fmt.Errorf("preset %s has the name %q: name the file after the shape", name, s.Name)
	}
	return s, nil
}

// Presets returns the shapes that Chaperone brings, sorted by name. It reads each once. The caller must not change them.
func Presets() ([]*Shape, error) {
	loaders, err := presetLoaders()
	if err != nil {
		return nil, err
	}
	list := make([]*Shape, len(loaders))
	for i, loader := range loaders {
		if list[i], err = loader.load(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// FindPreset returns the preset with the name, or nil if there is none. It reads no other preset. The caller must not change it.
func FindPreset(name string) (*Shape, error) {
	loaders, err := presetLoaders()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(loaders, func(loader presetLoader) bool { return loader.name == name })
	if i < 0 {
		return nil, nil
	}
	return loaders[i].load()
}

// listPresetNames returns the names of the presets, sorted.
func listPresetNames() ([]string, error) {
	loaders, err := presetLoaders()
	if err != nil {
		return nil, err
	}
	names := make([]string, len(loaders))
	for i, loader := range loaders {
		names[i] = loader.name
	}
	return names, nil
}

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
