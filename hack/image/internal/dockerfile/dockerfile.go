// Package dockerfile reads the few instructions that the project's Dockerfiles use: build stages that copy sources and run
// `go build`, and targets from scratch that hold what a build stage made. Everything else is refused by name and line, so that
// an image never silently lacks what its Dockerfile says. It reads and carries out nothing.
package dockerfile

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// scratch is the empty base image. A stage from scratch is a target; any other stage is a build stage.
const scratch = "scratch"

// File is one Dockerfile.
type File struct {
	// Builds are the build stages by name.
	Builds map[string]Build
	// Targets are the stages from scratch, in the order of the file.
	Targets []Target
}

// Read reads a Dockerfile. args are the values of build arguments, such as TARGETARCH; an argument without a value here and
// without a default in the file is an error where it is declared. Errors name the file and the line.
func Read(path string, args map[string]string) (*File, error) {
	content, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read Dockerfile: %w", err)
	}
	defer func() { _ = content.Close() }()
	tree, err := parser.Parse(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	stages, _, err := instructions.Parse(tree.AST, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	file := &File{Builds: map[string]Build{}}
	for _, stage := range stages {
		if err := file.add(stage, args); err != nil {
			return nil, fmt.Errorf("%s:%w", path, err)
		}
	}
	return file, nil
}

// add reads one stage. The base of a build stage is not looked at: the compiler is the go command of this machine.
func (f *File) add(s instructions.Stage, args map[string]string) error {
	if s.Name == "" {
		return refuse(s.Location, "FROM %s has no name; add AS <name>", s.BaseName)
	}
	if _, taken := f.Builds[s.Name]; taken || slices.ContainsFunc(f.Targets, func(t Target) bool { return t.Name == s.Name }) {
		return refuse(s.Location, "stage %q is there twice", s.Name)
	}
	if s.BaseName == scratch {
		target, err := f.readTarget(s)
		f.Targets = append(f.Targets, target)
		return err
	}
	build, err := newBuild(s, args)
	f.Builds[s.Name] = build
	return err
}

// Path is a path in the file system of a stage, absolute and clean; relative ones start at folder.
func Path(folder, path string) string {
	if !strings.HasPrefix(path, "/") {
		path = folder + "/" + path
	}
	return filepath.ToSlash(filepath.Clean(path))
}

// expand puts the values of variables into a command; one that has no value is an error.
func expand(c instructions.Command, variables map[string]string) error {
	expandable, ok := c.(instructions.SupportsSingleWordExpansion)
	if !ok {
		return nil
	}
	lex := shell.NewLex('\\')
	err := expandable.Expand(func(word string) (string, error) {
		value, unknown, err := lex.ProcessWord(word, environment(variables))
		for name := range unknown {
			return "", fmt.Errorf("$%s has no value", name)
		}
		return value, err
	})
	if err != nil {
		return refuse(c.Location(), "%s: %w", c.Name(), err)
	}
	return nil
}

// environment is variables as the expansion takes them.
func environment(variables map[string]string) shell.EnvGetter {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		list = append(list, name+"="+variables[name])
	}
	return shell.EnvsFromSlice(list)
}

// refuse returns an error that begins with the line number of the instruction.
func refuse(at []parser.Range, format string, args ...any) error {
	line := 0
	if len(at) > 0 {
		line = at[0].Start.Line
	}
	return fmt.Errorf("%d: %w", line, fmt.Errorf(format, args...))
}

// refuseUnknown returns an error that says which instruction is not supported, and which are (understood).
func refuseUnknown(c instructions.Command, understood string) error {
	return refuse(c.Location(), "%s is not understood here; %s", c.Name(), understood)
}
