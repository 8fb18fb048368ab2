// Package archive makes an OCI image of a few files and writes it as one OCI layout in a tar, the form whose manifest keeps its
// digest when a node imports it. Nothing but the input reaches a byte of it: no clock, no user, no order of a file system.
package archive

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"path"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Platform is what the programs of an image run on. containerd imports nothing of an image that does not say it.
type Platform struct {
	OS, Architecture string
}

// File is one file of an image. It belongs to user and group 0.
type File struct {
	// Path is absolute and clean.
	Path    string
	Content []byte
	// Program tells an executable (mode 0755) from data (0644).
	Program bool
}

// New makes an image with one layer for each file, as COPY does. No file twice.
func New(platform Platform, config v1.Config, files []File) (v1.Image, error) {
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.ConfigFile(base, &v1.ConfigFile{
		OS: platform.OS, Architecture: platform.Architecture, Config: config, Created: v1.Time{Time: epoch()},
		RootFS: v1.RootFS{Type: "layers"},
	})
	if err != nil {
		return nil, fmt.Errorf("set configuration: %w", err)
	}
	for _, file := range files {
		layer, err := newLayer(file)
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", file.Path, err)
		}
		history := v1.History{Created: v1.Time{Time: epoch()}, CreatedBy: "COPY " + file.Path}
		if image, err = mutate.Append(image, mutate.Addendum{Layer: layer, History: history}); err != nil {
			return nil, fmt.Errorf("add %s: %w", file.Path, err)
		}
	}
	return image, nil
}

// epoch is the time of everything in an image, so that equal files give an equal image.
func epoch() time.Time { return time.Unix(0, 0).UTC() }

// newLayer packs one file and the folders above it.
func newLayer(file File) (v1.Layer, error) {
	var content bytes.Buffer
	w := tar.NewWriter(&content)
	for _, folder := range listFolders(file.Path) {
		header := &tar.Header{Typeflag: tar.TypeDir, Name: folder[1:] + "/", Mode: 0o755, ModTime: epoch(), Format: tar.FormatPAX}
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
	}
	if err := writeFile(w, file.Path[1:], fileMode(file), file.Content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	opener := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content.Bytes())), nil }
	return tarball.LayerFromOpener(opener, tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
}

func fileMode(file File) int64 {
	if file.Program {
		return 0o755
	}
	return 0o644
}

// listFolders returns the folders above a path, the outermost first, without the root.
func listFolders(file string) []string {
	var all []string
	for folder := path.Dir(file); folder != "/"; folder = path.Dir(folder) {
		all = append(all, folder)
	}
	slices.Reverse(all)
	return all
}

// writeFile writes a plain file that belongs to user and group 0.
func writeFile(w *tar.Writer, name string, mode int64, content []byte) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content)), ModTime: epoch(), Format: tar.FormatPAX}
	if err := w.WriteHeader(header); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}
