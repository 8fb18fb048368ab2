// Package proc has what the benchmarks and the demo need of another process: the processor time that it used, a free address for it to listen
// on, and the limit of memory with which the manager is installed. It reads the proc file system of Linux.
package proc

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/yaml"
)

// ticksPerSecond is the unit of the CPU times in /proc/PID/stat (USER_HZ, fixed at 100 on Linux: proc_pid_stat(5)).
const ticksPerSecond = 100

// CPU returns the processor time that the process has used so far, in user and system mode together, in steps of 10 ms.
func CPU(pid int) (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The second field is the program's name in parentheses and may hold anything; utime and stime are fields 14 and 15.
	text := string(data)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return 0, errors.New("/proc/PID/stat has another form")
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / ticksPerSecond, errors.Join(err, err2)
}

// FreeAddress returns a loopback address on which nothing listened a moment ago.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// MemoryLimit returns the GOMEMLIMIT with which the tree at root installs the manager, such as "320MiB". Without one, it returns an error.
func MemoryLimit(root string) (string, error) {
	file := filepath.Join(root, "config", "manager", "deployment.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the limit of memory: %w", err)
	}
	var deployment appsv1.Deployment
	if err := yaml.Unmarshal(text, &deployment); err != nil {
		return "", fmt.Errorf("decode %s: %w", file, err)
	}
	for _, c := range deployment.Spec.Template.Spec.Containers {
		for _, variable := range c.Env {
			if variable.Name == "GOMEMLIMIT" {
				return variable.Value, nil
			}
		}
	}
	return "", fmt.Errorf("%s has no GOMEMLIMIT", file)
}
