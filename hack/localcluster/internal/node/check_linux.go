package node

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// oldestKernel is what kube-proxy asks for in its nftables mode (k8s.io/kubernetes pkg/proxy/nftables).
const oldestKernel = "5.13"

// Check returns everything that keeps this machine from running a node, each with what to do about it. It tries things for real,
// in namespaces that end with it. What an earlier run left in cgroups is removed.
func Check(r Requirements) []error {
	if os.Geteuid() != 0 {
		return []error{errors.New("a node needs root, for namespaces, mounts and cgroups: run it as root")}
	}
	problems := []error{kernelProblem(kernelRelease()), cgroupProblem()}
	if _, err := candidates(r.Base); err != nil {
		problems = append(problems, err)
	}
	if err := folderProblem(r.Folder); err != nil {
		problems = append(problems, err)
	} else {
		problems = append(problems, probe(r)...)
	}
	for slot := range slots {
		name := Network{Slot: slot}.Name()
		if len(processesOf(name)) == 0 && !linkExists(name) {
			if err := removeGroup(name, 0); err != nil {
				problems = append(problems, fmt.Errorf("the cgroup %s of an earlier run cannot be removed: %w", name, err))
			}
		}
	}
	return present(problems)
}

func present(problems []error) []error {
	var list []error
	for _, p := range problems {
		if p != nil {
			list = append(list, p)
		}
	}
	return list
}

func linkExists(name string) bool {
	_, err := os.Stat(filepath.Join("/sys/class/net", name))
	return err == nil
}

func kernelRelease() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(release))
}

func kernelProblem(release string) error {
	var major, minor, wantMajor, wantMinor int
	_, err := fmt.Sscanf(release, "%d.%d", &major, &minor)
	_, wantErr := fmt.Sscanf(oldestKernel, "%d.%d", &wantMajor, &wantMinor)
	if err = errors.Join(err, wantErr); err != nil {
		return fmt.Errorf("kernel release %q cannot be read: %w", release, err)
	}
	if major < wantMajor || (major == wantMajor && minor < wantMinor) {
		return fmt.Errorf("kernel %s is too old for kube-proxy with nftables: use a machine with %s or newer", release, oldestKernel)
	}
	return nil
}

func cgroupProblem() error {
	trees, err := hierarchies()
	if err != nil {
		return fmt.Errorf("read mounts: %w", err)
	}
	if missing := missingControllers(trees); len(missing) > 0 {
		return fmt.Errorf("no cgroup tree has the controllers %s: mount cgroups (/sys/fs/cgroup) with them", strings.Join(missing, ", "))
	}
	name := fmt.Sprintf("chaperone-check-%d", os.Getpid())
	return errors.Join(wrapped("cgroups are not writable, run on the machine itself or in a privileged container", makeGroup(name)),
		removeGroup(name, time.Second))
}

// folderProblem finds folders that the node would cover by mounts of its own.
func folderProblem(folder string) error {
	for _, covered := range []string{"/run", "/var"} {
		if folder == covered || strings.HasPrefix(folder, covered+"/") {
			return fmt.Errorf("folder %s is below %s, which a node replaces inside: name another one (for temporary folders, set TMPDIR)", folder, covered)
		}
	}
	return nil
}

func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// probe tries inside new namespaces what a node will do there.
func probe(r Requirements) []error {
	folder := r.Folder
	for folder != "/" {
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			break
		}
		folder = filepath.Dir(folder)
	}
	scratch, err := os.MkdirTemp(folder, ".node-check-")
	if err != nil {
		return []error{fmt.Errorf("folder for containers: %w", err)}
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	cmd := exec.Command("/proc/self/exe", CommandProbe, scratch)
	cmd.Env = append(os.Environ(), "PATH="+r.SearchPath)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces, Pdeathsig: syscall.SIGKILL}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && out.Len() == 0 {
		return []error{fmt.Errorf("no new namespaces may be made here (%w): run on the machine itself or in a privileged container", err)}
	}
	var problems []error
	for line := range strings.Lines(strings.TrimSpace(out.String())) {
		problems = append(problems, errors.New(strings.TrimSpace(line)))
	}
	return problems
}

// Probe is what runs inside for Check: it returns a problem for each thing that does not work. scratch is a folder where
// containers will be.
func Probe(scratch string) []error {
	problems := []error{wrapped("mounts are not possible, run on the machine itself or in a privileged container", mounts()), overlayProblem(scratch)}
	searchPath := os.Getenv("PATH")
	for _, try := range []struct {
		tool string
		args []string
		what string
	}{
		{"ip", []string{"link", "add", "probe0", "type", "veth", "peer", "name", "probe1"}, "the kernel has no veth links, load the module veth"},
		{"nft", []string{"add table ip chaperone-check; add chain ip chaperone-check c { type nat hook output priority 0; }"},
			"the kernel has no nftables with NAT, load the modules nf_tables and nft_chain_nat"},
	} {
		// A program that is missing here is brought by the build, or Check's caller names it.
		if err := (tool{try.tool, searchPath}).run(try.args...); err != nil && !strings.HasSuffix(err.Error(), "is missing") {
			problems = append(problems, wrapped(try.what, err))
		}
	}
	return present(problems)
}

func overlayProblem(scratch string) error {
	for _, dir := range []string{"lower", "upper", "work", "merged"} {
		if err := os.Mkdir(filepath.Join(scratch, dir), 0o755); err != nil {
			return err
		}
	}
	options := fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", scratch)
	return wrapped(fmt.Sprintf("containers need overlay mounts, and %s is on a file system that cannot hold them: use a folder on a local disk",
		filepath.Dir(scratch)), syscall.Mount("overlay", filepath.Join(scratch, "merged"), "overlay", 0, options))
}
