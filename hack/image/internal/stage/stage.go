// Package stage carries out a build stage of a Dockerfile without a container: it copies the build context as the Dockerfile
// and .dockerignore say into a separate folder and runs `go build` there. So a source that the Dockerfile forgets to copy is
// missing here too, and no trace of this machine's folders or of its version control reaches a program.
package stage

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/hack/image/internal/dockerfile"
)

// authorities is where the images have the certificate authorities; their build stage has them from its base.
const authorities = "/etc/ssl/certs/ca-certificates.crt"

// Stage is a build stage that is carried out as far as its files are asked for.
type Stage struct {
	// Context is the root of the build context, where .dockerignore lies.
	Context string
	// Work is an empty folder for this stage alone; the caller removes it.
	Work string
	// Programs is a folder of programs that are already built, by base name; empty means to build them.
	Programs string
	// Architecture is what the programs are for, as GOARCH names it.
	Architecture string
	Build        dockerfile.Build

	copied bool
}

// File is one file of a stage.
type File struct {
	Content []byte
	// Program tells an executable from data.
	Program bool
}

// File makes and reads the file that the stage has at an absolute path: a program, or the certificate authorities.
func (s *Stage) File(ctx context.Context, path string) (File, error) {
	if path == authorities {
		content, err := readAuthorities()
		return File{Content: content}, err
	}
	program, known := s.Build.Programs[path]
	if !known {
		return File{}, fmt.Errorf("no instruction of the build stage makes %s; it makes %q and has %s", path,
			slices.Sorted(maps.Keys(s.Build.Programs)), authorities)
	}
	file := filepath.Join(s.Programs, filepath.Base(path))
	if s.Programs == "" {
		file = s.pathOf(path)
		if err := s.compile(ctx, program, file); err != nil {
			return File{}, fmt.Errorf("build %s: %w", filepath.Base(path), err)
		}
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return File{}, fmt.Errorf("read program: %w", err)
	}
	if err := checkProgram(content, s.Architecture); err != nil {
		return File{}, fmt.Errorf("%s: %w", file, err)
	}
	return File{Content: content, Program: true}, nil
}

// goSettings returns the environment variables of the go command as they are in a container. The settings of this machine would change the
// program.
func goSettings() []string {
	return []string{"GOFLAGS=-mod=readonly -buildvcs=false", "GOWORK=off", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0"}
}

// compile runs `go build` as the stage says.
func (s *Stage) compile(ctx context.Context, p dockerfile.Program, file string) error {
	if err := s.Copy(); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", slices.Concat([]string{"build", "-o", file}, p.Args)...)
	cmd.Dir = s.pathOf(s.Build.Folder)
	cmd.Env = slices.Concat(os.Environ(), goSettings(), s.Build.Env)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// pathOf returns where a path of the stage is on this machine.
func (s *Stage) pathOf(path string) string {
	return filepath.Join(s.Work, filepath.FromSlash(path))
}
