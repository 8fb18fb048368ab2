package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/hack/image/internal/dockerfile"
	"github.com/chaperone-dev/chaperone/hack/image/internal/stage"
)

// ownRecipes are those of this repository.
func ownRecipes(t *testing.T) (root string, all recipes) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	all, err = readRecipes(options{root: root, architecture: runtime.GOARCH})
	if err != nil {
		t.Fatal(err)
	}
	return root, all
}

// file is what every image of this repository holds.
func file(name string) dockerfile.Copy {
	return dockerfile.Copy{Stage: "build", Source: "/out/" + name, Path: "/" + name}
}

func TestTargetsOfThisRepository(t *testing.T) {
	const authorities = "/etc/ssl/certs/ca-certificates.crt"
	listen := []string{"--listen", ":8080"}
	want := map[string]dockerfile.Target{
		"manager":    {User: "65532:65532", Copies: []dockerfile.Copy{file("manager")}},
		"sidecar":    {User: "10742:10742", Copies: []dockerfile.Copy{{Stage: "build", Source: authorities, Path: authorities}, file("sidecar")}},
		"samplebot":  {User: "65532:65532", Copies: []dockerfile.Copy{file("samplebot")}, Cmd: append([]string{"serve"}, listen...)},
		"sampledesk": {User: "65532:65532", Copies: []dockerfile.Copy{file("sampledesk")}, Cmd: listen},
	}
	got := map[string]dockerfile.Target{}
	_, all := ownRecipes(t)
	for _, r := range all {
		target := r.target
		for _, label := range []string{"title", "description", "source", "licenses"} {
			if target.Labels["org.opencontainers.image."+label] == "" {
				t.Errorf("%s has no label %s", target.Name, label)
			}
		}
		if diff := cmp.Diff([]string{"/" + target.Name}, target.Entrypoint); diff != "" {
			t.Errorf("entry point of %s (-want +got):\n%s", target.Name, diff)
		}
		got[target.Name] = dockerfile.Target{User: target.User, Copies: target.Copies, Cmd: target.Cmd, Env: target.Env}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
}

// TestBuildContextsAreWhole finds what a Dockerfile forgets to copy, or .dockerignore to let in, without a build.
func TestBuildContextsAreWhole(t *testing.T) {
	root, all := ownRecipes(t)
	for _, r := range all {
		t.Run(r.target.Name, func(t *testing.T) {
			s := stage.Stage{Context: root, Work: t.TempDir(), Build: r.file.Builds["build"]}
			if err := s.Copy(); err != nil {
				t.Fatal(err)
			}
			args := s.Build.Programs["/out/"+r.target.Name].Args
			cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", args[len(args)-1])
			cmd.Dir = filepath.Join(s.Work, s.Build.Folder)
			cmd.Env = slices.Concat(os.Environ(), []string{"GOFLAGS=-mod=readonly", "GOWORK=off"}, s.Build.Env)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "github.com/chaperone-dev/chaperone/") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
