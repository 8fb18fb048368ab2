package dockerfile

import (
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// Target is an image: what a stage from scratch says.
type Target struct {
	Name string
	// User is "uid:gid".
	User string
	// Entrypoint and Cmd are lists of words; nil when the stage has none.
	Entrypoint, Cmd []string
	// Env are NAME=value, sorted by name.
	Env    []string
	Labels map[string]string
	// Copies is what the image holds, in the order of the stage.
	Copies []Copy
}

// Copy takes one file out of a build stage. Both paths are absolute.
type Copy struct {
	Stage, Source, Path string
}

const targetInstructions = "a target has LABEL, ENV, COPY --from, USER, ENTRYPOINT and CMD"

// readTarget returns the target that a stage from scratch describes.
func (f *File) readTarget(s instructions.Stage) (Target, error) {
	t := Target{Name: s.Name, Labels: map[string]string{}}
	env := map[string]string{}
	for _, command := range s.Commands {
		if err := expand(command, env); err != nil {
			return t, err
		}
		var err error
		switch c := command.(type) {
		case *instructions.LabelCommand:
			setPairs(t.Labels, c.Labels)
		case *instructions.EnvCommand:
			setPairs(env, c.Env)
		case *instructions.UserCommand:
			t.User = c.User
		case *instructions.EntrypointCommand:
			t.Entrypoint, err = parseExecForm(c, c.ShellDependantCmdLine)
		case *instructions.CmdCommand:
			t.Cmd, err = parseExecForm(c, c.ShellDependantCmdLine)
		case *instructions.CopyCommand:
			err = f.addCopy(&t, c)
		default:
			err = refuseUnknown(c, targetInstructions)
		}
		if err != nil {
			return t, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		t.Env = append(t.Env, name+"="+env[name])
	}
	return t, nil
}

// setPairs sets the keys of a map to the values of the pairs.
func setPairs(to map[string]string, pairs instructions.KeyValuePairs) {
	for _, pair := range pairs {
		to[pair.Key] = pair.Value
	}
}

// parseExecForm returns the words of a command line in exec form (["/program", "argument"]). Shell form is an error, because an image from
// scratch has no shell.
func parseExecForm(c instructions.Command, line instructions.ShellDependantCmdLine) ([]string, error) {
	if line.PrependShell {
		return nil, refuse(c.Location(), `%s needs a shell, which an image from scratch lacks; write it as ["/program", "argument"]`, c.Name())
	}
	return line.CmdLine, nil
}

// addCopy adds the file that a COPY of a target copies: one file of a build stage above, to a path in the image.
func (f *File) addCopy(t *Target, c *instructions.CopyCommand) error {
	if hasOptions(c) || len(c.SourcePaths) != 1 || strings.HasSuffix(c.DestPath, "/") {
		return refuse(c.Location(), "COPY of a target takes one file to one path, with --from alone")
	}
	if _, known := f.Builds[c.From]; !known {
		return refuse(c.Location(), "COPY --from=%s names no build stage above it; they are %q", c.From, slices.Sorted(maps.Keys(f.Builds)))
	}
	t.Copies = append(t.Copies, Copy{Stage: c.From, Source: Path("/", c.SourcePaths[0]), Path: Path("/", c.DestPath)})
	return nil
}

// hasOptions reports whether a COPY has a flag other than --from, or inline content.
func hasOptions(c *instructions.CopyCommand) bool {
	return c.Chown != "" || c.Chmod != "" || c.Link || c.Parents || len(c.ExcludePatterns) > 0 || len(c.SourceContents) > 0
}
