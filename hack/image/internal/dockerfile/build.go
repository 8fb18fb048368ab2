package dockerfile

import (
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// Build is what a build stage does: sources from the build context go into a folder, and go builds programs there.
type Build struct {
	// Folder is the stage's working directory, absolute.
	Folder string
	// Sources are the COPY lines, in order.
	Sources []Source
	// Env are NAME=value, sorted by name.
	Env []string
	// Programs are the files that `go build` makes, by absolute path.
	Programs map[string]Program
}

// Source copies files and folders of the build context, relative to its root, to the absolute path To. IntoFolder is true when
// To is a folder that keeps the names of files.
type Source struct {
	From       []string
	To         string
	IntoFolder bool
}

// Program is one `go build` without its -o: the words between "build" and the end.
type Program struct {
	Args []string
}

// operators are characters with a meaning for a shell. Only && between commands is supported.
const operators = ";|&<>()`*?"

const buildInstructions = "a build stage has WORKDIR, ARG, ENV, COPY, and RUN with `go mod download` and `go build -o`"

// newBuild reads a build stage.
func newBuild(s instructions.Stage, args map[string]string) (Build, error) {
	b := Build{Folder: "/", Programs: map[string]Program{}}
	variables, env := map[string]string{}, map[string]string{}
	for _, command := range s.Commands {
		if err := expand(command, variables); err != nil {
			return b, err
		}
		if arg, ok := command.(*instructions.ArgCommand); ok {
			if err := declare(variables, arg, args); err != nil {
				return b, err
			}
			continue
		}
		if err := b.add(command, variables, env); err != nil {
			return b, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		b.Env = append(b.Env, name+"="+env[name])
	}
	return b, nil
}

// declare gives a build argument its value.
func declare(variables map[string]string, c *instructions.ArgCommand, args map[string]string) error {
	for _, arg := range c.Args {
		value, given := args[arg.Key]
		if !given && arg.Value == nil {
			return refuse(c.Location(), "ARG %s has no default, and no value is known for it", arg.Key)
		}
		if !given {
			value = *arg.Value
		}
		variables[arg.Key] = value
	}
	return nil
}

// add reads one instruction; variables and env are what it may change.
func (b *Build) add(command instructions.Command, variables, env map[string]string) error {
	switch c := command.(type) {
	case *instructions.WorkdirCommand:
		b.Folder = Path(b.Folder, c.Path)
	case *instructions.EnvCommand:
		setPairs(env, c.Env)
		setPairs(variables, c.Env)
	case *instructions.CopyCommand:
		return b.addSource(c)
	case *instructions.RunCommand:
		return b.addRun(c, variables)
	default:
		return refuseUnknown(c, buildInstructions)
	}
	return nil
}

// addSource adds what a COPY of a build stage copies.
func (b *Build) addSource(c *instructions.CopyCommand) error {
	if hasOptions(c) || c.From != "" {
		return refuse(c.Location(), "COPY of a build stage takes files of the build context, without options")
	}
	into := strings.HasSuffix(c.DestPath, "/")
	if len(c.SourcePaths) > 1 && !into {
		return refuse(c.Location(), "COPY of several files goes to a folder: end %q with a slash", c.DestPath)
	}
	b.Sources = append(b.Sources, Source{From: c.SourcePaths, To: Path(b.Folder, c.DestPath), IntoFolder: into})
	return nil
}

// addRun adds the programs that a RUN builds: go commands joined by &&.
func (b *Build) addRun(c *instructions.RunCommand, variables map[string]string) error {
	if !c.PrependShell || len(c.FlagsUsed) > 0 || len(c.Files) > 0 {
		return refuse(c.Location(), "RUN is understood as a plain line alone; %s", buildInstructions)
	}
	all, err := shell.NewLex('\\').ProcessWords(strings.Join(c.CmdLine, " "), environment(variables))
	if err != nil {
		return refuse(c.Location(), "RUN: %w", err)
	}
	for len(all) > 0 {
		line := all
		if end := slices.Index(all, "&&"); end >= 0 {
			line, all = all[:end], all[end+1:]
		} else {
			all = nil
		}
		if err := b.addGoCommand(c, line); err != nil {
			return err
		}
	}
	return nil
}

// addGoCommand adds the program that a go command builds. It ignores `go mod download`, because `go build` downloads what is missing.
func (b *Build) addGoCommand(c *instructions.RunCommand, line []string) error {
	if slices.Equal(line, []string{"go", "mod", "download"}) {
		return nil
	}
	for _, word := range line {
		if strings.ContainsAny(word, operators) {
			return refuse(c.Location(), "RUN has %q, and no shell runs it here; %s", word, buildInstructions)
		}
	}
	out := slices.Index(line, "-o")
	if len(line) < 2 || line[0] != "go" || line[1] != "build" || out < 0 || out+1 >= len(line) {
		return refuse(c.Location(), "RUN %s is not understood; %s", strings.Join(line, " "), buildInstructions)
	}
	args := slices.Concat(line[2:out], line[out+2:])
	b.Programs[Path(b.Folder, line[out+1])] = Program{Args: args}
	return nil
}
