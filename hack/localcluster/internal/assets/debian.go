package assets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// systemPath is where the programs of a system are, whatever PATH the user has: many users lack the sbin folders.
const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// systemProgram is a program that is taken from the system, and the Debian package that has it.
type systemProgram struct{ name, pkg string }

// systemPrograms are those of a node that are not Go modules, or (runc) need a C compiler as one.
func systemPrograms() []systemProgram {
	return []systemProgram{{"ip", "iproute2"}, {"nft", "nftables"}, {"runc", "runc"}, {"curl", "curl"}}
}

// SearchPath is the PATH with which the programs of a node run: the set's own, those of Debian packages that Build unpacked,
// then the system's.
func (s *Set) SearchPath() string {
	return strings.Join([]string{s.Path(), s.own(), s.wrappers(), systemPath}, ":")
}

// unpacked is the folder in which packages are unpacked, wrappers the one with a script for each program of them.
func (s *Set) unpacked() string { return filepath.Join(s.root, "debian", "packages") }
func (s *Set) wrappers() string { return filepath.Join(s.root, "debian", "programs") }

// System returns the path of a program of the system, or of the private copy that Build made. An error names the package.
func (s *Set) System(name string) (string, error) {
	for _, dir := range append([]string{s.wrappers()}, strings.Split(systemPath, ":")...) {
		if path := filepath.Join(dir, name); executable(path) {
			return path, nil
		}
	}
	for _, p := range systemPrograms() {
		if p.name == name {
			return "", fmt.Errorf("%s is missing: install the package %s (or run `localcluster build` where apt-get works)", name, p.pkg)
		}
	}
	return "", fmt.Errorf("%s is missing", name)
}

// MissingSystemPrograms returns an error for each program of the system that is missing and that Build cannot bring either.
func (s *Set) MissingSystemPrograms() []error {
	if _, err := exec.LookPath("apt-get"); err == nil {
		return nil
	}
	var problems []error
	for _, p := range s.missingSystem() {
		_, err := s.System(p.name)
		problems = append(problems, err)
	}
	return problems
}

// missingSystem returns the programs that neither the system nor the set has.
func (s *Set) missingSystem() []systemProgram {
	return slices.DeleteFunc(systemPrograms(), func(p systemProgram) bool {
		_, err := s.System(p.name)
		return err == nil
	})
}

// unpackSystem brings the missing programs of the system: their Debian packages are downloaded and unpacked below the set's
// folder. Nothing is installed.
func (s *Set) unpackSystem(ctx context.Context, out io.Writer) error {
	var names, packages []string
	for _, p := range s.missingSystem() {
		names, packages = append(names, p.name), append(packages, p.pkg)
	}
	if len(names) == 0 {
		return nil
	}
	if errs := s.MissingSystemPrograms(); len(errs) > 0 {
		return errors.Join(errs...)
	}
	fmt.Fprintf(out, "Unpacking %s of Debian packages into %s (nothing is installed)\n", strings.Join(names, ", "), s.unpacked())
	archives := filepath.Join(s.root, "debian", "archives")
	if err := os.MkdirAll(filepath.Join(archives, "partial"), 0o755); err != nil {
		return err
	}
	if err := download(ctx, archives, packages); err != nil {
		return err
	}
	if err := s.unpack(ctx, archives); err != nil {
		return err
	}
	for _, name := range names {
		if err := s.wrap(name); err != nil {
			return err
		}
	}
	return os.RemoveAll(archives)
}

// download gets packages with what they need and the system lacks. The lists may be missing on a new machine.
func download(ctx context.Context, archives string, packages []string) error {
	args := append([]string{"install", "--download-only", "--yes", "--no-install-recommends",
		"-o", "Dir::Cache::archives=" + archives, "-o", "APT::Sandbox::User=root"}, packages...)
	if _, err := command(ctx, "apt-get", args...); err == nil {
		return nil
	}
	if out, err := command(ctx, "apt-get", "update"); err != nil {
		return fmt.Errorf("apt-get update: %w\n%s", err, out)
	}
	if out, err := command(ctx, "apt-get", args...); err != nil {
		return fmt.Errorf("apt-get install --download-only %s: %w\n%s", strings.Join(packages, " "), err, out)
	}
	return nil
}

func (s *Set) unpack(ctx context.Context, archives string) error {
	files, err := filepath.Glob(filepath.Join(archives, "*.deb"))
	if err != nil || len(files) == 0 {
		return errors.Join(fmt.Errorf("apt-get put no package into %s", archives), err)
	}
	for _, file := range files {
		if out, err := command(ctx, "dpkg", "-x", file, s.unpacked()); err != nil {
			return fmt.Errorf("unpack %s: %w\n%s", filepath.Base(file), err, out)
		}
	}
	return nil
}

// wrap writes a script that runs an unpacked program with the libraries that were unpacked beside it.
func (s *Set) wrap(name string) error {
	for _, dir := range []string{"usr/sbin", "usr/bin", "sbin", "bin"} {
		program := filepath.Join(s.unpacked(), dir, name)
		if !executable(program) {
			continue
		}
		libraries, err := filepath.Glob(filepath.Join(s.unpacked(), "usr/lib/*-linux-gnu"))
		if err != nil {
			return err
		}
		older, err := filepath.Glob(filepath.Join(s.unpacked(), "lib/*-linux-gnu"))
		if err != nil {
			return err
		}
		libraries = append(libraries, older...)
		script := fmt.Sprintf("#!/bin/sh\nLD_LIBRARY_PATH='%s' exec '%s' \"$@\"\n", strings.Join(libraries, ":"), program)
		if err := os.MkdirAll(s.wrappers(), 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(s.wrappers(), name), []byte(script), 0o755)
	}
	return fmt.Errorf("the Debian packages have no program %s", name)
}

func command(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
