package cluster

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/assets"
	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/node"
)

// imageName is the annotation of an OCI layout's index by which containerd names an image (containerd, images package).
const imageName = "io.containerd.image.name"

// image is one of an archive: its name with a tag, and the digest of its manifest.
type image struct{ name, digest string }

// byDigest is the name by which pods ask for exactly this image.
func (i image) byDigest() string {
	name := i.name
	if colon := strings.LastIndex(name, ":"); colon > strings.LastIndex(name, "/") {
		name = name[:colon]
	}
	return name + "@" + i.digest
}

// Load imports OCI image archives into the node whose data folder is given. Pods then find the images by tag and by digest, so
// that none is looked for in a registry.
func Load(ctx context.Context, set *assets.Set, data string, archives []string) error {
	for _, archive := range archives {
		path, err := filepath.Abs(archive)
		if err != nil {
			return err
		}
		images, err := readIndex(path)
		if err != nil {
			return fmt.Errorf("read %s: %w", archive, err)
		}
		if err := ctr(ctx, set, data, "images", "import", path); err != nil {
			return fmt.Errorf("import %s: %w", archive, err)
		}
		for _, i := range images {
			if err := ctr(ctx, set, data, "images", "tag", "--force", i.name, i.byDigest()); err != nil {
				return fmt.Errorf("name %s by digest: %w", i.name, err)
			}
		}
	}
	return nil
}

func ctr(ctx context.Context, set *assets.Set, data string, args ...string) error {
	cmd, err := node.Enter(ctx, data, set.SearchPath(), append([]string{"ctr"}, args...)...)
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// readIndex reads the images of an archive from its index (OCI image layout specification, "index.json file").
func readIndex(archive string) ([]image, error) {
	file, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	for entries := tar.NewReader(file); ; {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("it has no index.json: want an archive of an OCI image layout")
		}
		if err != nil {
			return nil, err
		}
		if entry.Name == "index.json" {
			return parseIndex(entries)
		}
	}
}

func parseIndex(in io.Reader) ([]image, error) {
	var index struct {
		Manifests []struct {
			Digest      string
			Annotations map[string]string
		}
	}
	if err := json.NewDecoder(in).Decode(&index); err != nil {
		return nil, fmt.Errorf("index.json: %w", err)
	}
	var images []image
	for _, m := range index.Manifests {
		name := m.Annotations[imageName]
		if name == "" {
			return nil, fmt.Errorf("index.json: image %s has no name (annotation %s)", m.Digest, imageName)
		}
		images = append(images, image{name: name, digest: m.Digest})
	}
	return images, nil
}
