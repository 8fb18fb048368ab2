package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// authorities is what the images of these tests have instead of this machine's certificate authorities.
const authorities = "made up"

// repository copies testdata/repo into a folder of its own, with files of an own age.
func repository(t *testing.T, changed time.Time) string {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS("testdata/repo")); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Chtimes(path, changed, changed))
	})
	if err != nil {
		t.Fatal(err)
	}
	bundle := filepath.Join(t.TempDir(), "authorities.pem")
	if err := os.WriteFile(bundle, []byte(authorities), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", bundle)
	return root
}

// made runs the program and returns what it says that it made.
func made(t *testing.T, args ...string) []image {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), append([]string{"--json"}, args...), &out); err != nil {
		t.Fatal(err)
	}
	var all []image
	for decoder := json.NewDecoder(&out); ; {
		var one image
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
}

func folder(name string) entry { return entry{Name: name, Type: tar.TypeDir, Mode: 0o755} }
func program(name string) entry {
	return entry{Name: name, Type: tar.TypeReg, Mode: 0o755, Content: "\x7fELF"}
}

func TestImageIsWhatTheTargetSays(t *testing.T) {
	out := filepath.Join(t.TempDir(), "images")
	got := made(t, "--root", repository(t, time.Now()), "--out", out, "--prefix", "registry.example/team", "--tag", "v1", "hello")
	if len(got) != 1 {
		t.Fatalf("made %v, want one image", got)
	}
	name := "registry.example/team/hello"
	want := image{
		Target: "hello", Reference: name + "@" + got[0].Digest, Tagged: name + ":v1", Digest: got[0].Digest, Archive: filepath.Join(out, "hello.tar"),
	}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("printed (-want +got):\n%s", diff)
	}
	index, img := unpack(t, got[0].Archive, got[0].Digest)
	checkIndex(t, index, want)
	checkConfiguration(t, img)
	wantLayers := [][]entry{
		{folder("etc/"), folder("etc/ssl/"), folder("etc/ssl/certs/"), {Name: "etc/ssl/certs/ca-certificates.crt", Type: tar.TypeReg, Mode: 0o644, Content: authorities}},
		{folder("usr/"), folder("usr/bin/"), program("usr/bin/hello")},
	}
	if diff := cmp.Diff(wantLayers, layers(t, img)); diff != "" {
		t.Errorf("layers (-want +got):\n%s", diff)
	}
}

// checkIndex wants the image under its two names.
func checkIndex(t *testing.T, index *v1.IndexManifest, want image) {
	t.Helper()
	var names []string
	for _, d := range index.Manifests {
		names = append(names, d.Annotations["io.containerd.image.name"])
		if d.Digest.String() != want.Digest || d.Platform == nil || d.Platform.OS != "linux" || d.Platform.Architecture != runtime.GOARCH {
			t.Errorf("descriptor is %+v, want digest %s and this machine's platform", d, want.Digest)
		}
	}
	if diff := cmp.Diff([]string{want.Tagged, want.Reference}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func checkConfiguration(t *testing.T, img v1.Image) {
	t.Helper()
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	want := v1.Config{
		User: "65532:65532", Entrypoint: []string{"/usr/bin/hello"}, Cmd: []string{"--to", "everybody"},
		Env:    []string{"GREETING=good day", "LANGUAGE=en"},
		Labels: map[string]string{"title": "Says hello", "licenses": "Apache-2.0"},
	}
	if diff := cmp.Diff(want, file.Config); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	if file.OS != "linux" || file.Architecture != runtime.GOARCH || file.Created.Unix() != 0 {
		t.Errorf("image is for %s/%s, made at %s", file.OS, file.Architecture, file.Created)
	}
}

func TestSameInputSameArchive(t *testing.T) {
	first := made(t, "--root", repository(t, time.Unix(1_700_000_000, 0)), "--out", t.TempDir())
	second := made(t, "--root", repository(t, time.Now()), "--out", t.TempDir())
	if len(first) != 2 || len(second) != 2 {
		t.Fatalf("made %v and %v, want both targets", first, second)
	}
	for i := range first {
		a, errA := os.ReadFile(first[i].Archive)
		b, errB := os.ReadFile(second[i].Archive)
		if err := errors.Join(errA, errB); err != nil {
			t.Fatal(err)
		}
		if first[i].Digest != second[i].Digest || !bytes.Equal(a, b) {
			t.Errorf("%s: digests %s and %s; same archive: %t", first[i].Target, first[i].Digest, second[i].Digest, bytes.Equal(a, b))
		}
	}
}

func TestLabelsOfTheCommandLine(t *testing.T) {
	root := repository(t, time.Now())
	plain := made(t, "--root", root, "--out", t.TempDir())
	released := made(t, "--root", root, "--out", t.TempDir(), "--label", "version=v2", "--label", "title=Says it again")
	if plain[0].Digest == released[0].Digest {
		t.Error("a label changed nothing")
	}
	_, err := parseOptions([]string{"--out", t.TempDir(), "--label", "version"})
	if err == nil || !strings.Contains(err.Error(), "KEY=VALUE") {
		t.Errorf("a label without a value: error %v, want one that says how labels are given", err)
	}
}

// change is one edit of a file of the repository.
type change struct {
	file, old, new string
}

// changed copies the repository with one edit.
func changed(t *testing.T, c change) (root string) {
	t.Helper()
	root = repository(t, time.Now())
	path := filepath.Join(root, c.file)
	content, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(content), c.old) {
		t.Fatalf("%s lacks %q: %v", c.file, c.old, err)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(content), c.old, c.new)), 0o600); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestChangedInputChangesTheDigest(t *testing.T) {
	cases := map[string]change{
		"a source":           {"hello/main.go", "greeting)", "greeting + greeting)"},
		"an embedded file":   {"hello/greeting.txt", "Hello", "Hallo"},
		"a flag of go build": {"Dockerfile", ` -ldflags "-s -w"`, ""},
	}
	before := made(t, "--root", repository(t, time.Now()), "--out", t.TempDir(), "hello")
	for name, edit := range cases {
		t.Run(name, func(t *testing.T) {
			if after := made(t, "--root", changed(t, edit), "--out", t.TempDir(), "hello"); after[0].Digest == before[0].Digest {
				t.Errorf("the digest is still %s", after[0].Digest)
			}
		})
	}
}

func TestChangedTargetChangesTheDigest(t *testing.T) {
	cases := map[string]change{
		"a label":           {"Dockerfile", "Says hello", "Says hallo"},
		"the user":          {"Dockerfile", "65532:65532", "65533:65533"},
		"a path":            {"Dockerfile", "/usr/bin/hello", "/bin/hello"},
		"a variable":        {"Dockerfile", "good day", "good night"},
		"the default words": {"Dockerfile", "everybody", "nobody"},
	}
	root, programs := repository(t, time.Now()), t.TempDir()
	before := made(t, "--root", root, "--out", t.TempDir(), "hello")
	_, img := unpack(t, before[0].Archive, before[0].Digest)
	take(t, img, filepath.Join(programs, "hello"))
	for name, edit := range cases {
		t.Run(name, func(t *testing.T) {
			after := made(t, "--root", changed(t, edit), "--out", t.TempDir(), "--bin", programs, "hello")
			if after[0].Digest == before[0].Digest {
				t.Errorf("the digest is still %s", after[0].Digest)
			}
		})
	}
	if same := made(t, "--root", root, "--out", t.TempDir(), "--bin", programs, "hello"); same[0].Digest != before[0].Digest {
		t.Errorf("digest of the same program is %s, want %s", same[0].Digest, before[0].Digest)
	}
}

func TestRefusals(t *testing.T) {
	root, programs := repository(t, time.Now()), t.TempDir()
	if err := os.WriteFile(filepath.Join(programs, "echo"), []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	cases := map[string]struct {
		args []string
		want string
	}{
		"no folder":                    {[]string{"--root", root}, "--out is needed"},
		"no such target: names all":    {[]string{"--root", root, "--out", out, "helo"}, `there is no target "helo"; the targets are ["hello" "echo"]`},
		"no Dockerfile":                {[]string{"--root", out, "--out", out}, "read Dockerfile: open "},
		"no such option":               {[]string{"--push"}, "-push"},
		"no program in the folder":     {[]string{"--root", root, "--out", out, "--bin", out, "echo"}, "target echo: read program: open "},
		"a program that is none":       {[]string{"--root", root, "--out", out, "--bin", programs, "echo"}, "is no Linux program"},
		"an architecture that is none": {[]string{"--root", root, "--out", out, "--arch", "abacus"}, `--arch is "abacus"; it is one of ["amd64" "arm64"]`},
		"a name without a registry":    {[]string{"--root", root, "--out", out, "--prefix", "hello", "echo"}, `"hello/echo:dev" names no image`},
		"a tag that no image can have": {[]string{"--root", root, "--out", out, "--tag", "a/b", "echo"}, "names no image"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if err := run(t.Context(), tc.args, io.Discard); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q in it", err, tc.want)
			}
		})
	}
	if left, err := os.ReadDir(out); err != nil || len(left) > 0 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
}

func TestPrintsOneLineForEachImage(t *testing.T) {
	var out bytes.Buffer
	folder := t.TempDir()
	if err := run(t.Context(), []string{"--root", repository(t, time.Now()), "--out", folder}, &out); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		reference, archive, _ := strings.Cut(strings.TrimSpace(line), "  ")
		name, _, _ := strings.Cut(reference, "@sha256:")
		if want := filepath.Join(folder, strings.TrimPrefix(name, "local.test/chaperone/")+".tar"); archive != want {
			t.Errorf("line %q, want the archive %s", line, want)
		}
	}
	if n := strings.Count(out.String(), "\n"); n != 2 {
		t.Errorf("%d lines, want 2: %s", n, out.String())
	}
}
