package stage

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// machines are the architectures that images are made for, by the name that Go and OCI share.
func machines() map[string]elf.Machine {
	return map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
}

// Architectures are what images can be made for, sorted.
func Architectures() []string { return slices.Sorted(maps.Keys(machines())) }

// checkProgram refuses what could not start in an image from scratch: a program of another system or machine, or one that asks
// for a loader.
func checkProgram(content []byte, architecture string) error {
	file, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("is no Linux program: %w", err)
	}
	if want, known := machines()[architecture]; !known || file.Machine != want {
		return fmt.Errorf("is for %s, want %s", file.Machine, architecture)
	}
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP {
			return errors.New("is linked dynamically, and the image holds no loader; build it with CGO_ENABLED=0")
		}
	}
	return nil
}
