package stage_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/hack/image/internal/dockerfile"
	"github.com/chaperone-dev/chaperone/hack/image/internal/stage"
)

const hello = "package main\n\nfunc main() {}\n"

// newStage is a stage over a build context of these files.
func newStage(t *testing.T, files map[string]string, sources ...dockerfile.Source) *stage.Stage {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := dockerfile.Build{
		Folder: "/src", Sources: sources, Env: []string{"CGO_ENABLED=0", "GOOS=linux"},
		Programs: map[string]dockerfile.Program{"/out/hello": {Args: []string{"-trimpath", "."}}},
	}
	return &stage.Stage{Context: root, Work: t.TempDir(), Architecture: runtime.GOARCH, Build: build}
}

func source(to string, from ...string) dockerfile.Source {
	folder := strings.HasSuffix(to, "/")
	return dockerfile.Source{From: from, To: filepath.Clean(to), IntoFolder: folder}
}

func TestCopy(t *testing.T) {
	files := map[string]string{
		"go.mod": "module hello\n", "a/b/c.go": "c", "a/b/c_test.go": "t", "a/d.go": "d", "secret/key.go": "k", ".git/config": "g",
	}
	cases := map[string]struct {
		ignore  string
		sources []dockerfile.Source
		want    []string
	}{
		"a file into a folder":       {"", []dockerfile.Source{source("/src/", "go.mod")}, []string{"src/go.mod"}},
		"a file to a path":           {"", []dockerfile.Source{source("/src/x", "go.mod")}, []string{"src/x"}},
		"a folder's content":         {"", []dockerfile.Source{source("/src/e", "a")}, []string{"src/e/b/c.go", "src/e/b/c_test.go", "src/e/d.go"}},
		"without what is ignored":    {"**/*_test.go\n", []dockerfile.Source{source("/src/a", "a")}, []string{"src/a/b/c.go", "src/a/d.go"}},
		"only what is let in":        {"*\n!a\n", []dockerfile.Source{source("/src", ".")}, []string{"src/a/b/c.go", "src/a/b/c_test.go", "src/a/d.go"}},
		"several sources, in order":  {"", []dockerfile.Source{source("/src/", "go.mod"), source("/src/a/b", "a/b")}, []string{"src/a/b/c.go", "src/a/b/c_test.go", "src/go.mod"}},
		"several files, to a folder": {"", []dockerfile.Source{source("/src/", "go.mod", "a/d.go")}, []string{"src/d.go", "src/go.mod"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			files[".dockerignore"] = tc.ignore
			s := newStage(t, files, tc.sources...)
			if err := s.Copy(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, below(t, s.Work)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

// below lists the files of a folder.
func below(t *testing.T, folder string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(folder, path)
		all = append(all, relative)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

func TestCopyRefuses(t *testing.T) {
	cases := map[string]struct {
		from, want string
	}{
		"a path that is not there":             {"none", "COPY none: lstat "},
		"a path out of the context":            {"../x", "COPY ../x: leads out of the build context"},
		"a path that is ignored":               {"secret", "COPY secret: .dockerignore leaves out all of it"},
		"a link, which could lead out as well": {"link", "is not a plain file"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, map[string]string{".dockerignore": "secret\n", "secret/key": "k"}, source("/src/x", tc.from))
			if err := os.Symlink("/etc/passwd", filepath.Join(s.Context, "link")); err != nil {
				t.Fatal(err)
			}
			if err := s.Copy(); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q in it", err, tc.want)
			}
		})
	}
}

func TestFileBuildsTheProgram(t *testing.T) {
	s := newStage(t, map[string]string{"go.mod": "module hello\n", "main.go": hello}, source("/src/", "go.mod", "main.go"))
	file, err := s.File(t.Context(), "/out/hello")
	if err != nil || !file.Program || !strings.HasPrefix(string(file.Content), "\x7fELF") {
		t.Fatalf("program %t, %d bytes: %v", file.Program, len(file.Content), err)
	}
	if strings.Contains(string(file.Content), s.Work) {
		t.Error("the program names the folder that it was built in")
	}
	s.Programs = filepath.Join(s.Work, "out")
	again, err := s.File(t.Context(), "/out/hello")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(file, again); diff != "" {
		t.Error("the program that was built is another")
	}
	s.Architecture = map[string]string{"amd64": "arm64", "arm64": "amd64"}[runtime.GOARCH]
	if _, err := s.File(t.Context(), "/out/hello"); err == nil || !strings.Contains(err.Error(), "want "+s.Architecture) {
		t.Errorf("a program for another machine: %v", err)
	}
}

func TestFileRefuses(t *testing.T) {
	forgotten := newStage(t, map[string]string{"go.mod": "module hello\n", "main.go": hello}, source("/src/", "go.mod"))
	cases := map[string]struct {
		path, want string
	}{
		"a source that is not copied: missing": {"/out/hello", "build hello: exit status 1\nno Go files in "},
		"a file that nothing makes":            {"/out/desk", `makes /out/desk; it makes ["/out/hello"] and has /etc/ssl/certs/ca-certificates.crt`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := forgotten.File(t.Context(), tc.path); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q in it", err, tc.want)
			}
		})
	}
}
