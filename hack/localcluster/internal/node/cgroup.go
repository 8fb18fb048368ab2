package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// hierarchy is one mounted tree of cgroups: version 2 has one for all controllers, version 1 usually one for each.
type hierarchy struct {
	path        string
	unified     bool
	controllers []string
}

// needed are the controllers that kubelet and runc cannot do without.
func needed() []string { return []string{"cpu", "cpuset", "memory", "pids"} }

// hierarchies reads what is mounted.
func hierarchies() ([]hierarchy, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	return parseMounts(string(text)), nil
}

// parseMounts finds the cgroup mounts in the text of mountinfo (proc(5)): "… mount point … - type source options".
func parseMounts(text string) []hierarchy {
	var found []hierarchy
	for line := range strings.Lines(text) {
		before, after, _ := strings.Cut(line, " - ")
		mount, kind := strings.Fields(before), strings.Fields(after)
		if len(mount) < 5 || len(kind) < 3 || slices.ContainsFunc(found, func(h hierarchy) bool { return h.path == mount[4] }) {
			continue
		}
		switch kind[0] {
		case "cgroup":
			found = append(found, hierarchy{path: mount[4], controllers: strings.Split(kind[2], ",")})
		case "cgroup2":
			controllers, _ := os.ReadFile(filepath.Join(mount[4], "cgroup.controllers"))
			found = append(found, hierarchy{path: mount[4], unified: true, controllers: strings.Fields(string(controllers))})
		}
	}
	return found
}

// missingControllers returns the needed controllers that no tree has.
func missingControllers(trees []hierarchy) []string {
	return slices.DeleteFunc(needed(), func(controller string) bool {
		return slices.ContainsFunc(trees, func(h hierarchy) bool { return slices.Contains(h.controllers, controller) })
	})
}

// makeGroup makes the cgroup name in every tree that has controllers, or is of version 1, so that all pods are below it.
func makeGroup(name string) error {
	trees, err := hierarchies()
	if err != nil {
		return err
	}
	for _, h := range trees {
		if err := h.make(name); err != nil {
			return fmt.Errorf("make cgroup: %w", err)
		}
	}
	return nil
}

func (h hierarchy) make(name string) error {
	group := filepath.Join(h.path, name)
	if h.unified {
		if len(h.controllers) == 0 {
			return nil
		}
		for _, controller := range needed() {
			// One that is on already, or that another owner keeps, fails here; kubelet then says which it lacks.
			_ = os.WriteFile(filepath.Join(h.path, "cgroup.subtree_control"), []byte("+"+controller), 0o644)
		}
	}
	if err := os.MkdirAll(group, 0o755); err != nil || !slices.Contains(h.controllers, "cpuset") || h.unified {
		return err
	}
	// A cpuset without processors takes no process.
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		value, err := os.ReadFile(filepath.Join(h.path, file))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(group, file), value, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// processesOf returns the processes that are left in the cgroup name, in any tree.
func processesOf(name string) []string {
	trees, err := hierarchies()
	if err != nil {
		return nil
	}
	var pids []string
	for _, h := range trees {
		_ = filepath.WalkDir(filepath.Join(h.path, name), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.IsDir() {
				return err
			}
			text, _ := os.ReadFile(filepath.Join(path, "cgroup.procs"))
			pids = append(pids, strings.Fields(string(text))...)
			return nil
		})
	}
	slices.Sort(pids)
	return slices.Compact(pids)
}

// removeGroup removes the cgroup name with all below it from every tree. Groups whose processes have just been killed are busy
// for a moment, so it tries for up to wait.
func removeGroup(name string, wait time.Duration) error {
	trees, err := hierarchies()
	if err != nil {
		return err
	}
	deadline := time.Now().Add(wait)
	for {
		var problems []error
		for _, h := range trees {
			problems = append(problems, removeTree(filepath.Join(h.path, name)))
		}
		err := errors.Join(problems...)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// removeTree removes a cgroup, those below it first: its files cannot be removed and need not be.
func removeTree(group string) error {
	entries, err := os.ReadDir(group)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			if err := removeTree(filepath.Join(group, entry.Name())); err != nil {
				return err
			}
		}
	}
	if err := os.Remove(group); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
