package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/chaperone-dev/chaperone/hack/image/internal/archive"
	"github.com/chaperone-dev/chaperone/hack/image/internal/dockerfile"
	"github.com/chaperone-dev/chaperone/hack/image/internal/stage"
)

// targetOS is the system of all images.
const targetOS = "linux"

// image describes a finished image, as the program prints it.
type image struct {
	Target string `json:"target"`
	// Reference names the image by the digest of its manifest: what a pod says.
	Reference string `json:"reference"`
	// Tagged names the same image by its tag.
	Tagged  string `json:"tagged"`
	Digest  string `json:"digest"`
	Archive string `json:"archive"`
}

// workshop makes images; build stages are carried out once.
type workshop struct {
	options options
	// work holds one folder for each build stage.
	work   string
	stages map[string]*stage.Stage
}

func newWorkshop(o options, work string) *workshop {
	return &workshop{options: o, work: work, stages: map[string]*stage.Stage{}}
}

// make makes the image of a recipe and writes its archive.
func (w *workshop) make(ctx context.Context, r recipe) (image, error) {
	name := archive.Name{Repository: w.options.prefix + "/" + r.target.Name, Tag: w.options.tag}
	if err := name.Validate(); err != nil {
		return image{}, err
	}
	files, err := w.collectFiles(ctx, r)
	if err != nil {
		return image{}, err
	}
	made, err := archive.New(archive.Platform{OS: targetOS, Architecture: w.options.architecture}, newConfig(r.target, w.options.labels), files)
	if err != nil {
		return image{}, err
	}
	digest, err := made.Digest()
	if err != nil {
		return image{}, fmt.Errorf("compute digest: %w", err)
	}
	path := filepath.Join(w.options.out, r.target.Name+".tar")
	if err := save(path, made, name); err != nil {
		return image{}, fmt.Errorf("write archive: %w", err)
	}
	return image{
		Target: r.target.Name, Reference: name.Repository + "@" + digest.String(), Tagged: name.Tagged(), Digest: digest.String(), Archive: path,
	}, nil
}

// collectFiles returns the files that the target of a recipe copies out of its build stages. It carries these stages out.
func (w *workshop) collectFiles(ctx context.Context, r recipe) ([]archive.File, error) {
	var files []archive.File
	for _, c := range r.target.Copies {
		file, err := w.findStage(r, c.Stage).File(ctx, c.Source)
		if err != nil {
			return nil, err
		}
		files = append(files, archive.File{Path: c.Path, Content: file.Content, Program: file.Program})
	}
	return files, nil
}

// findStage returns the build stage with the name in the Dockerfile of a recipe. It returns the same stage for the same name, so that the
// stage is carried out once.
func (w *workshop) findStage(r recipe, name string) *stage.Stage {
	key := filepath.Join(r.path, name)
	if w.stages[key] == nil {
		w.stages[key] = &stage.Stage{
			Context: w.options.root, Work: filepath.Join(w.work, key), Programs: w.options.programs,
			Architecture: w.options.architecture, Build: r.file.Builds[name],
		}
	}
	return w.stages[key]
}

// newConfig returns the configuration of the image of a target, with more labels. Of two labels with one key, that in labels counts.
func newConfig(t dockerfile.Target, labels map[string]string) v1.Config {
	all := maps.Clone(t.Labels)
	maps.Copy(all, labels)
	return v1.Config{User: t.User, Entrypoint: t.Entrypoint, Cmd: t.Cmd, Env: t.Env, Labels: all}
}

// save writes an archive to a temporary file in the same folder and renames it, so that no reader sees a part of it.
func save(path string, made v1.Image, name archive.Name) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	if err := archive.Write(file, made, name); err != nil {
		_ = file.Close()
		return err
	}
	if err := file.Chmod(0o644); err != nil {
		_ = file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
