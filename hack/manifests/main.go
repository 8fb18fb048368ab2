// Program manifests writes the manifests in config that follow from internal/webhook/registration. `make generate` runs it.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/chaperone-dev/chaperone/internal/webhook/registration"
)

func main() {
	if err := write("config"); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func write(folder string) error {
	files, err := registration.Manifests()
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil { //nolint:gosec // manifests are for everyone to read
			return fmt.Errorf("write manifest: %w", err)
		}
	}
	return nil
}
