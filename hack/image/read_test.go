package main

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// unpack reads an archive as any reader of OCI layouts does, and returns its index and the image by a digest.
func unpack(t *testing.T, archive, digest string) (*v1.IndexManifest, v1.Image) {
	t.Helper()
	folder := t.TempDir()
	for name, content := range entries(t, archive) {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	index, err := layout.ImageIndexFromPath(folder)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	hash, err := v1.NewHash(digest)
	if err != nil {
		t.Fatal(err)
	}
	img, err := index.Image(hash)
	if err != nil {
		t.Fatal(err)
	}
	return manifest, img
}

// entries are the files of a tar.
func entries(t *testing.T, archive string) map[string][]byte {
	t.Helper()
	file, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	all := map[string][]byte{}
	for r := tar.NewReader(file); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if all[header.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

// entry is one entry of a layer, without the content of programs.
type entry struct {
	Name     string
	Type     byte
	Mode     int64
	UID, GID int
	Time     int64
	Content  string
}

// layers are the entries of an image's layers.
func layers(t *testing.T, img v1.Image) [][]entry {
	t.Helper()
	all, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	var lists [][]entry
	for _, layer := range all {
		r, err := layer.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		lists = append(lists, list(t, r))
		_ = r.Close()
	}
	return lists
}

func list(t *testing.T, layer io.Reader) []entry {
	t.Helper()
	var all []entry
	for r := tar.NewReader(layer); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if h.Mode&0o100 != 0 && len(content) > 0 {
			content = content[:4]
		}
		all = append(all, entry{h.Name, h.Typeflag, h.Mode, h.Uid, h.Gid, h.ModTime.Unix(), string(content)})
	}
}

// take writes the program of an image, the only thing in its last layer beside folders, to a path.
func take(t *testing.T, img v1.Image, path string) {
	t.Helper()
	all, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	layer, err := all[len(all)-1].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = layer.Close() }()
	content, err := io.ReadAll(firstFile(t, layer))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// firstFile is the content of the first entry that is a file.
func firstFile(t *testing.T, layer io.Reader) io.Reader {
	t.Helper()
	for r := tar.NewReader(layer); ; {
		header, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeReg {
			return r
		}
	}
}
