// Package assets builds the programs of the control plane from Go modules and
// finds them again. The versions come from hack/localcluster/go.mod alone; the
// programs lie in <dir>/<Kubernetes version>/ so that two versions never mix.
package assets

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Env names the environment variable with which a user brings own programs; it
// is the one that controller-runtime's envtest reads.
const Env = "KUBEBUILDER_ASSETS"

// source is the folder of this module in the repository.
const source = "hack/localcluster"

// Set is a folder of programs of one Kubernetes version.
type Set struct {
	// source is the folder of the Go module that pins the programs.
	source string
	// root holds the lock and one folder for each version.
	root string
	// user is the folder that the user named by Env; empty when there is none
	// or when it is this set's own folder.
	user     string
	programs []program
	// modules are the go.mod and go.sum of each folder that pins programs.
	modules   map[string]module
	heartbeat time.Duration
}

// module is what pins programs.
type module struct{ goMod, goSum string }

// What chooses the programs of a set.
type What int

const (
	// ControlPlane is etcd, kube-apiserver, kube-controller-manager and kubectl.
	ControlPlane What = iota
	// Node is the control plane and all that one node needs.
	Node
)

// Open finds the set of this repository. An empty dir means bin/localcluster of
// the repository, which is looked for upwards from the working directory and
// from the running program. Nothing has to be built yet.
func Open(dir string, what What) (*Set, error) {
	repository, err := findRepository()
	if err != nil {
		return nil, err
	}
	if dir == "" {
		dir = filepath.Join(repository, "bin", "localcluster")
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("folder of the programs: %w", err)
	}
	programs := controlPlane()
	if what == Node {
		programs = append(programs, node()...)
	}
	return newSet(filepath.Join(repository, filepath.FromSlash(source)), dir, os.Getenv(Env), programs)
}

// newSet reads the versions of the module in the folder source.
func newSet(source, root, user string, programs []program) (*Set, error) {
	s := &Set{source: source, root: root, programs: programs, modules: map[string]module{}, heartbeat: heartbeat}
	for _, p := range programs {
		if err := s.readModule(p.folder); err != nil {
			return nil, err
		}
		if s.versionOf(p) == "" {
			return nil, fmt.Errorf("%s requires no %s", filepath.Join(source, p.folder, "go.mod"), p.module)
		}
	}
	if user != "" && !sameFolder(user, s.own()) {
		s.user = user
	}
	return s, nil
}

func (s *Set) readModule(folder string) error {
	if _, known := s.modules[folder]; known {
		return nil
	}
	goMod, err := os.ReadFile(filepath.Join(s.source, folder, "go.mod"))
	if err != nil {
		return err
	}
	goSum, err := os.ReadFile(filepath.Join(s.source, folder, "go.sum"))
	if err != nil {
		return err
	}
	s.modules[folder] = module{goMod: string(goMod), goSum: string(goSum)}
	return nil
}

// Root is the folder that was opened: it holds one folder for each version.
func (s *Set) Root() string { return s.root }

// Version is the Kubernetes version, such as v1.37.2.
func (s *Set) Version() string { return s.required(".", kubernetes) }

// Path is the folder to use as KUBEBUILDER_ASSETS: the user's own if that is
// set, otherwise <dir>/<version>. It may not exist yet.
func (s *Set) Path() string {
	if s.user != "" {
		return s.user
	}
	return s.own()
}

// Program returns the path of one binary: the user's if there is one, otherwise
// the built one. When there is neither, the error says how to build it.
func (s *Set) Program(name string) (string, error) {
	for _, dir := range []string{s.user, s.own()} {
		if path := filepath.Join(dir, name); dir != "" && executable(path) {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s (Kubernetes %s) is not in %s: run `localcluster build` (or `make localcluster`) first",
		name, s.Version(), s.Path())
}

func (s *Set) own() string { return filepath.Join(s.root, s.Version()) }

// versionOf is the version of a program's module, empty if its go.mod requires none.
func (s *Set) versionOf(p program) string {
	if p.module == own {
		return "of this repository"
	}
	return s.required(p.folder, p.module)
}

// required reads the version of a module from the go.mod in a folder, empty if there is none.
func (s *Set) required(folder, module string) string {
	line := regexp.MustCompile(`(?m)^\s*(?:require\s+)?` + regexp.QuoteMeta(module) + `\s+(v\S+)`)
	match := line.FindStringSubmatch(s.modules[folder].goMod)
	if match == nil {
		return ""
	}
	return match[1]
}

// findRepository returns the nearest folder above the working directory, or
// above the running program, that holds this module's go.mod.
func findRepository() (string, error) {
	starts := make([]string, 0, 2)
	if dir, err := os.Getwd(); err == nil {
		starts = append(starts, dir)
	}
	if path, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(path))
	}
	for _, start := range starts {
		for dir := start; ; dir = filepath.Dir(dir) {
			if isRepository(dir) {
				return dir, nil
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return "", errors.New("no " + source + "/go.mod above the working directory: run it inside the repository")
}

func isRepository(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(source), "go.mod"))
	return err == nil && strings.HasPrefix(string(text), "module github.com/chaperone-dev/chaperone/"+source)
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

func sameFolder(a, b string) bool {
	left, errLeft := filepath.EvalSymlinks(a)
	right, errRight := filepath.EvalSymlinks(b)
	if errLeft != nil || errRight != nil {
		return filepath.Clean(a) == filepath.Clean(b)
	}
	return left == right
}
