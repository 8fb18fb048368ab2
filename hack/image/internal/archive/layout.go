package archive

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	// containerdName is the annotation that containerd names an imported image by (core/images/annotations.go).
	containerdName = "io.containerd.image.name"
	// referenceName is the annotation of the image layout specification; other tools pick an image by it.
	referenceName = "org.opencontainers.image.ref.name"
)

// Name is what an image is called.
type Name struct {
	// Repository has no tag, such as "registry.example/team/manager".
	Repository string
	Tag        string
}

// Tagged is the name with its tag.
func (n Name) Tagged() string { return n.Repository + ":" + n.Tag }

// Validate refuses a name that a node could not look up as it stands: one without a registry would get another there.
func (n Name) Validate() error {
	if _, err := name.NewTag(n.Tagged(), name.StrictValidation); err != nil {
		return fmt.Errorf("%q names no image: %w", n.Tagged(), err)
	}
	return nil
}

// Write writes an image as an OCI layout in a tar. The index lists the image twice: by tag, and by the digest of its manifest.
// A kubelet looks for an image under exactly the name that the pod gives, and pods name images by digest.
func Write(w io.Writer, image v1.Image, called Name) error {
	files, err := collectBlobs(image)
	if err != nil {
		return err
	}
	index, err := newIndex(image, called)
	if err != nil {
		return err
	}
	if files["index.json"], err = json.Marshal(index); err != nil {
		return fmt.Errorf("write index: %w", err)
	}
	files["oci-layout"] = []byte(`{"imageLayoutVersion":"1.0.0"}`)
	t := tar.NewWriter(w)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if err := writeFile(t, path, 0o644, files[path]); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return t.Close()
}

// newIndex lists the image under its two names.
func newIndex(image v1.Image, called Name) (*v1.IndexManifest, error) {
	descriptor, err := partial.Descriptor(image)
	if err != nil {
		return nil, fmt.Errorf("describe image: %w", err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	// The library sets ArtifactType to the type of the configuration, but an image is not an artifact.
	descriptor.ArtifactType = ""
	descriptor.Platform = &v1.Platform{OS: config.OS, Architecture: config.Architecture}
	tagged, digested := *descriptor, *descriptor
	tagged.Annotations = map[string]string{containerdName: called.Tagged(), referenceName: called.Tag}
	digested.Annotations = map[string]string{containerdName: called.Repository + "@" + descriptor.Digest.String()}
	return &v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{tagged, digested}}, nil
}

// collectBlobs returns the manifest, the configuration and the layers, by their path in the layout.
func collectBlobs(image v1.Image) (map[string][]byte, error) {
	files := map[string][]byte{}
	manifest, err := image.RawManifest()
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	config, err := image.RawConfigFile()
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	layers, err := image.Layers()
	if err != nil {
		return nil, fmt.Errorf("read layers: %w", err)
	}
	contents := [][]byte{manifest, config}
	for _, layer := range layers {
		content, err := readCompressed(layer)
		if err != nil {
			return nil, fmt.Errorf("read layer: %w", err)
		}
		contents = append(contents, content)
	}
	for _, content := range contents {
		files[fmt.Sprintf("blobs/sha256/%x", sha256.Sum256(content))] = content
	}
	return files, nil
}

func readCompressed(layer v1.Layer) ([]byte, error) {
	r, err := layer.Compressed()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(r)
}
