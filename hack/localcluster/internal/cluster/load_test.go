package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestImagesOfAnArchive(t *testing.T) {
	for name, test := range map[string]struct{ index, want, wrong string }{
		"named: also by digest": {
			`{"manifests": [{"digest": "sha256:ab", "annotations": {"io.containerd.image.name": "local.test:5000/shop/bot:v1"}}]}`,
			"local.test:5000/shop/bot@sha256:ab", ""},
		"named without a tag: also by digest": {
			`{"manifests": [{"digest": "sha256:ab", "annotations": {"io.containerd.image.name": "local.test:5000/bot"}}]}`,
			"local.test:5000/bot@sha256:ab", ""},
		"without a name: refused": {`{"manifests": [{"digest": "sha256:ab"}]}`, "", "image sha256:ab has no name"},
		"not JSON: refused":       {`{`, "", "index.json: "},
	} {
		t.Run(name, func(t *testing.T) {
			content, err := pack(entry{"index.json", 0o644, []byte(test.index)})
			if err != nil {
				t.Fatal(err)
			}
			archive := filepath.Join(t.TempDir(), "image.tar")
			if err := os.WriteFile(archive, content, 0o600); err != nil {
				t.Fatal(err)
			}
			images, err := readIndex(archive)
			if test.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), test.wrong) {
					t.Errorf("error %v, want %q in it", err, test.wrong)
				}
				return
			}
			if err != nil || len(images) != 1 || images[0].byDigest() != test.want {
				t.Errorf("images %v, %v, want %s", images, err, test.want)
			}
		})
	}
}

func TestArchiveOfAnotherFormatIsRefused(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "image.tar")
	content, err := pack(entry{"manifest.json", 0o644, []byte("[]")})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(archive, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readIndex(archive); err == nil || !strings.Contains(err.Error(), "OCI image layout") {
		t.Errorf("error %v, want one that names the format", err)
	}
}
