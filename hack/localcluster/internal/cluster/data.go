package cluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// marker is a file that says that a folder belongs to a cluster and may be
// removed. It also carries the lock against two clusters in one folder.
const marker = ".localcluster"

// data is the folder of one running cluster.
type data struct {
	dir  string
	lock *os.File
}

// openData makes the folder or clears what an earlier cluster left in it. It
// refuses a folder that holds anything else, and one that is in use.
func openData(dir string) (*data, error) {
	if dir == "" {
		return nil, errors.New("--data is needed: a new folder for the cluster's own files")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, marker)); err != nil && len(entries) > 0 {
		return nil, fmt.Errorf("data folder %s is not empty and not of a local cluster: name a new one", dir)
	}
	lock, err := os.OpenFile(filepath.Join(dir, marker), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("data folder %s is in use by another cluster", dir), lock.Close())
	}
	d := &data{dir: dir, lock: lock}
	if err := d.reset(); err != nil {
		return nil, errors.Join(fmt.Errorf("clear data folder: %w", err), lock.Close())
	}
	return d, nil
}

// reset leaves the empty folders of a new cluster.
func (d *data) reset() error {
	if err := d.clear(marker); err != nil {
		return err
	}
	for _, name := range []string{"etcd", "logs", "pki"} {
		if err := os.Mkdir(d.path(name), 0o700); err != nil {
			return err
		}
	}
	return nil
}

// close ends the use of the folder and removes it, unless it is to be kept; a
// failed cluster leaves its logs.
func (d *data) close(keep, failed bool) error {
	defer func() { _ = d.lock.Close() }()
	if err := os.RemoveAll(d.path("ready")); err != nil {
		return err
	}
	switch {
	case keep:
		return nil
	case failed:
		return d.clear(marker, "logs")
	}
	return os.RemoveAll(d.dir)
}

// clear removes everything but the named entries.
func (d *data) clear(keep ...string) error {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return err
	}
	kept := make(map[string]bool, len(keep))
	for _, name := range keep {
		kept[name] = true
	}
	for _, entry := range entries {
		if kept[entry.Name()] {
			continue
		}
		if err := os.RemoveAll(d.path(entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (d *data) path(elements ...string) string {
	return filepath.Join(append([]string{d.dir}, elements...)...)
}

// write makes a file appear whole.
func (d *data) write(name string, content []byte) error {
	part := d.path(name + ".part")
	if err := os.WriteFile(part, content, 0o600); err != nil {
		return err
	}
	return os.Rename(part, d.path(name))
}
